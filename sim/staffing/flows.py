"""How much work comes when: the expected contacts and tasks of every minute, before anybody is planned.

The journey of `sim.model` is followed here with expected numbers in the place of single customers: self-service, the
bot, closed doors, customers who come back, questions how the case is going, steps of the back office, follow-up
calls. A flow that continues after a random time is convolved with the distribution of that time. Customers who hang up
depend on the plan; their share is a parameter, and whoever plans goes round twice.

Left out, as small beside the rest: lines, callbacks, limits on sessions of the bot, what follow-up calls solve, and the
time that a conversation itself takes before the customer comes back.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sim.customers import Return
from sim.demand import cases_per_minute
from sim.distributions import Empirical, MeanCv
from sim.routing import rules
from sim.scenario import Scenario
from sim.service import FOLLOW_UP, Bot, DeferredChannel, VisitChannel
from sim.timetable import MINUTES_A_DAY

_POINTS = (np.arange(20_000) + 0.5) / 20_000


@dataclass(frozen=True)
class Stream:
    """Work of one kind that one team has to do.

    Attributes
    ----------
    team : str
        The team that ranks such work highest.
    work : str
        The channel, or the task of the back office.
    case_type : str
        Empty for tasks.
    time : MeanCv or Empirical
        Handle time by an agent with factor 1.
    factor : float
        What team, newcomers and the bot's context make of it.
    per_minute : ndarray, shape (days × 1440,)
        Expected arrivals at the queue.
    """

    team: str
    work: str
    case_type: str
    time: MeanCv | Empirical
    factor: float
    per_minute: np.ndarray


def streams(
    scenario: Scenario, abandonment: Mapping[str, float] | None = None, served_by: Mapping[str, str] | None = None
) -> list[Stream]:
    """The work of every team, minute by minute.

    Parameters
    ----------
    scenario : Scenario
    abandonment : mapping of str to float, optional
        Share of the customers of a channel who hang up, by channel; 0 unless given.
    served_by : mapping of str to str, optional
        The team that is planned for a channel or a task. Otherwise the one that ranks it highest.

    Returns
    -------
    list of Stream

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=60, handle_minutes=4, agents=6)
    >>> [(one.team, one.work, one.per_minute.sum().round()) for one in streams(desk)]
    [('agents', 'phone', np.float64(1440.0))]
    """
    return _Flow(scenario, abandonment or {}, served_by or {}).streams()


def home_team(
    scenario: Scenario,
    work: str,
    case_type: str = "",
    served_by: Mapping[str, str] | None = None,
    segment: str = "",
) -> str:
    """The team that is planned for a contact (of the first segment unless named) or a task; empty if none can do it."""
    if served_by and work in served_by:
        return served_by[work]
    book, names = rules(scenario), list(scenario.teams)
    if work in scenario.channels:
        type_code, channel_code = list(scenario.case_types).index(case_type), list(scenario.channels).index(work)
        queue = book.queue_of[type_code][channel_code][list(scenario.segments).index(segment) if segment else 0]
    else:
        queue = book.task_queue[work]
    # Where every team comes in only after a while, the first that comes in is planned.
    for place in [queue, *(later for _, later in book.overflow[queue])] if queue >= 0 else []:
        if book.teams_for[place]:
            return names[book.teams_for[place][0]]
    return ""


def fraction_by_minute(time: MeanCv | Empirical, minutes: int) -> np.ndarray:
    """How a flow spreads over the minutes after a random delay, shape (at most `minutes`,); sums to at most 1."""
    return _fraction_by_minute(time, minutes)


@lru_cache(maxsize=256)
def _fraction_by_minute(time: MeanCv | Empirical, minutes: int) -> np.ndarray:
    lengths = time.quantile(_POINTS)
    lengths = lengths[lengths < minutes - 1]
    whole = np.floor(lengths).astype(int)
    part = lengths - whole
    size = int(whole.max(initial=0)) + 2
    shares = np.bincount(whole, 1 - part, size) + np.bincount(whole + 1, part, size)
    return shares / len(_POINTS)


def later(flow: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The flow after a delay: convolution with `kernel`, cut off at the end of the run."""
    size = 1 << (len(flow) + len(kernel) - 1).bit_length()
    result = np.fft.irfft(np.fft.rfft(flow, size) * np.fft.rfft(kernel, size), size)[: len(flow)]
    return np.maximum(result, 0.0)


# A customer's case: the type it began as, and as what it comes now.
_Kind = tuple[str, str]


class _Flow:
    """The journey in expected numbers, attempt by attempt."""

    def __init__(self, scenario: Scenario, abandonment: Mapping[str, float], served_by: Mapping[str, str]) -> None:
        self.scenario, self.abandonment, self.served_by = scenario, abandonment, served_by
        self.minutes = scenario.days * MINUTES_A_DAY
        self.open = {
            name: way.open_hours.minutes[scenario.weekdays].ravel() > 0 for name, way in scenario.channels.items()
        }
        self.homes: dict[tuple[str, str, str], str] = {}
        self.shares = {name: _segments(scenario, name) for name in scenario.case_types}
        self.bot_open = _bot_open(scenario)
        self.found: dict[tuple[str, str, str, float], np.ndarray] = defaultdict(lambda: np.zeros(self.minutes))
        self.solved: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(self.minutes))
        self.served = np.zeros(self.minutes)
        self.tasks: dict[str, list[tuple[MeanCv | Empirical, np.ndarray]]] = defaultdict(list)

    def streams(self) -> list[Stream]:
        """Follow everybody from the first attempt to the last step."""
        arriving = self._first_attempts()
        least = 1e-6 * max(sum(flow.sum() for flow in arriving.values()), 1e-12)
        for number in range(1, self.scenario.coming_back.max_attempts + 1):
            returns = self._attempt(arriving, number)
            arriving = {key: flow for key, flow in self._come_back(returns).items() if flow.sum() > least}
            if not arriving:
                break
        for name in self.scenario.case_types:
            self._back_office(name)
        self._follow_up()
        return [*self._contacts(), *self._tasks()]

    def _home(self, work: str, case_type: str = "", segment: str = "") -> str:
        key = work, case_type, segment
        if key not in self.homes:
            self.homes[key] = home_team(self.scenario, work, case_type, self.served_by, segment)
        return self.homes[key]

    def _teams(self, kind: _Kind, channel: str) -> dict[str, float]:
        """The teams that are planned for a type in a channel, with the share of its customers whom each serves."""
        teams: dict[str, float] = defaultdict(float)
        for segment, share in self.shares[kind[0]].items():
            teams[self._home(channel, kind[1], segment)] += share
        total = sum(teams.values())
        return {team: share / total for team, share in teams.items()}

    def _first_attempts(self) -> dict[tuple[_Kind, str], np.ndarray]:
        scenario, arriving = self.scenario, {}
        for name, kind in scenario.case_types.items():
            for channel, cases in _cases(scenario, name).items():
                flow, portal = cases, kind.self_service
                if portal is not None:
                    self.solved[f"{name} (self-service)"] += portal.share * portal.solves * cases
                    tries = later(cases, fraction_by_minute(portal.minutes, self.minutes))
                    flow = (1 - portal.share) * cases + portal.share * (1 - portal.solves) * tries
                if flow.any():
                    arriving[(name, name), channel] = flow
        return arriving

    def _attempt(
        self, arriving: Mapping[tuple[_Kind, str], np.ndarray], number: int
    ) -> dict[tuple[_Kind, str], dict[str, np.ndarray]]:
        """One attempt of everybody who makes it; returns those who were not helped, by what went wrong."""
        returns = {}
        for (kind, channel), flow in arriving.items():
            lost: dict[str, np.ndarray] = {}
            meets = number == 1 or (self.scenario.bot is not None and self.scenario.bot.meets_again)
            for context, joined in self._past_the_bot(kind, channel, flow, meets, lost):
                self._queue(kind, channel, context, joined, lost)
            returns[kind, channel] = lost
        return returns

    def _past_the_bot(
        self, kind: _Kind, channel: str, flow: np.ndarray, meets: bool, lost: dict[str, np.ndarray] | None
    ) -> list[tuple[tuple[float, float], np.ndarray]]:
        """What reaches the queue, with the factors on handle time and odds of solving that go with it."""
        bot = self.scenario.bot
        if bot is None or channel not in bot.channels or not meets:
            return [((1.0, 1.0), flow)]
        meeting = flow * self.bot_open * bot.meets_share
        truly, falsely = _contained(bot, kind[1])
        after = later(meeting, fraction_by_minute(bot.minutes, self.minutes))
        passed = (1 - truly - falsely) * after
        if lost is not None:
            self.solved[kind[0]] += truly * after
            lost["after_false_containment"] = falsely * after
            lost["after_leaving_the_bot"] = bot.leaves_share * passed
        handed = (1 - bot.leaves_share) * passed
        with_context = (bot.context_handle_factor, bot.context_solve_factor)
        return [
            ((1.0, 1.0), flow - meeting + (1 - bot.context_share) * handed),
            (with_context, bot.context_share * handed),
        ]

    def _queue(
        self,
        kind: _Kind,
        channel: str,
        context: tuple[float, float],
        joined: np.ndarray,
        lost: dict[str, np.ndarray] | None,
    ) -> None:
        """Join the queue, if it is open; `lost` None are enquiries, which change nothing about the case."""
        way, hangs_up = self.scenario.channels[channel], 0.0
        if isinstance(way, VisitChannel):
            joined = _booked(joined, way, self.open[channel])
        elif not isinstance(way, DeferredChannel):
            if lost is not None:
                _add(lost, "after_turned_away", _at_next_opening(joined, self.open[channel]))
            joined = joined * self.open[channel]
            hangs_up = self.abandonment.get(channel, 0.0)
        teams = self._teams(kind, channel)
        for name, share in teams.items():
            self.found[name, kind[1], channel, context[0]] += share * joined
        if lost is None:
            return
        usual = self.scenario.case_types[kind[1]].solved_in(channel) * context[1]
        served, solved = (1 - hangs_up) * joined, 0.0
        for name, share in teams.items():
            team = self.scenario.teams.get(name)
            solved += share * min(usual * (team.solve_factor if team else 1.0), 1.0)
        self.served += served
        self.solved[kind[0]] += solved * served
        _add(lost, "after_abandonment", hangs_up * joined)
        _add(lost, "after_no_solution", (1 - solved) * served)

    def _come_back(
        self, returns: Mapping[tuple[_Kind, str], Mapping[str, np.ndarray]]
    ) -> dict[tuple[_Kind, str], np.ndarray]:
        """Those who try again: when, as what, and through which channel."""
        back = self.scenario.coming_back
        again: dict[tuple[_Kind, str], np.ndarray] = defaultdict(lambda: np.zeros(self.minutes))
        for ((first, now), channel), lost in returns.items():
            flow = np.zeros(self.minutes)
            for rule, gone in lost.items():
                how: Return | None = getattr(back, rule)
                if how is not None and gone.any():
                    flow += how.odds * later(gone, fraction_by_minute(how.delay, self.minutes))
            angry = 0.0 if back.angrier is None else back.angrier.odds
            others = back.switch_channel.get(channel, {})
            for to, odds in [*others.items(), (channel, 1 - sum(others.values()))]:
                again[(first, now), to] += (1 - angry) * odds * flow
                if back.angrier is not None:
                    again[(first, back.angrier.type), to] += angry * odds * flow
        return again

    def _back_office(self, name: str) -> None:
        """Steps of a type, one after the other, and questions while they are open."""
        kind, flow = self.scenario.case_types[name], self.solved[name]
        if not kind.steps or not flow.any():
            return
        begun = np.cumsum(flow)
        for step in kind.steps:
            odds = step.odds * (1 - kind.instant_refund_share if step.skipped_by_instant_refund else 1.0)
            needing = odds * flow
            if step.work is not None:
                self.tasks[step.name].append((step.work, needing))
            elif step.delay is not None:
                kernel = fraction_by_minute(step.delay, max(self.minutes, 2))
                if step.freight and kind.freight_factor != 1:
                    places = np.arange(len(kernel)) * kind.freight_factor
                    kernel = np.bincount(places.astype(int), kernel)
                flow = flow - needing + later(needing, kernel)
        open_cases = np.maximum(begun - np.cumsum(flow), 0.0)
        asks = kind.status_enquiries_per_day * (1 - kind.kept_informed_share) / MINUTES_A_DAY
        ways = {
            channel: share
            for channel, share in kind.channels.items()
            if not isinstance(self.scenario.channels[channel], VisitChannel)
        }
        for channel, share in ways.items() if asks > 0 else ():
            enquiries = asks * open_cases * share / max(sum(ways.values()), 1e-12)
            again = self.scenario.bot is not None and self.scenario.bot.meets_again
            for context, joined in self._past_the_bot((name, name), channel, enquiries, again, None):
                self._queue((name, name), channel, context, joined, None)

    def _follow_up(self) -> None:
        call = self.scenario.follow_up
        if call is not None:
            self.tasks[FOLLOW_UP].append(
                (call.work, call.share * later(self.served, fraction_by_minute(call.delay, self.minutes)))
            )

    def _contacts(self) -> list[Stream]:
        found = []
        for (team, name, channel, context), flow in self.found.items():
            if team and flow.sum() > 0:
                time = self.scenario.case_types[name].handle_time_in(channel)
                found.append(Stream(team, channel, name, time, context * self._pace(team), flow))
        return found

    def _tasks(self) -> list[Stream]:
        found = []
        for name, parts in self.tasks.items():
            team = self._home(name)
            found += [
                Stream(team, name, "", time, self._pace(team), flow) for time, flow in parts if team and flow.sum() > 0
            ]
        return found

    def _pace(self, team: str) -> float:
        """The team's factor on handle time, with that of its newcomers on average over the run."""
        one = self.scenario.teams[team]
        if one.newcomers is None:
            return one.handle_factor
        new, days = one.newcomers, np.arange(self.scenario.days)
        # The tenure is even between 0 and twice learning_days: the mean of exp(-tenure / learning_days).
        still = (1 - np.exp(-2)) / 2 * np.exp(-days / new.learning_days).mean()
        return one.handle_factor * (1 + new.share * (new.handle_factor - 1) * float(still))


def _cases(scenario: Scenario, name: str) -> dict[str, np.ndarray]:
    """Expected cases a minute by the channel of their first attempt."""
    kind, trace = scenario.case_types[name], scenario.demand.trace
    if trace is None:
        rate = cases_per_minute(scenario, name).ravel()
        return {channel: share * rate for channel, share in kind.channels.items() if share > 0}
    size = scenario.days * MINUTES_A_DAY
    found: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(size))
    here = np.array(trace.types) == name
    minute = np.array(trace.minutes)[here].astype(int)
    channels = np.array(trace.channels or [""] * len(here))[here]
    for channel in dict.fromkeys(map(str, channels)):
        counts = np.bincount(minute[channels == channel], minlength=size)[:size] * 1.0
        for way, share in ({channel: 1.0} if channel else kind.channels).items():
            found[way] += share * counts
    return dict(found)


def _segments(scenario: Scenario, name: str) -> dict[str, float]:
    """Share of each segment among the cases of a type, as far as there are any."""
    shares, trace = scenario.segment_shares(name), scenario.demand.trace
    if trace is not None and trace.segments:
        given = Counter(segment for kind, segment in zip(trace.types, trace.segments, strict=True) if kind == name)
        drawn = given.pop("", 0)
        total = drawn + sum(given.values())
        if total:
            shares = {key: (drawn * share + given[key]) / total for key, share in shares.items()}
    return {key: share for key, share in shares.items() if share > 0}


def _bot_open(scenario: Scenario) -> np.ndarray:
    if scenario.bot is None:
        return np.zeros(scenario.days * MINUTES_A_DAY)
    is_open = (scenario.bot.open_hours.minutes[scenario.weekdays].ravel() > 0).astype(float)
    for event in scenario.events:
        if event.bot_down:
            is_open[event.start_minutes : event.end_minutes] = 0
    return is_open


def _contained(bot: Bot, case_type: str) -> tuple[float, float]:
    """Odds that the bot keeps a contact and solves the case, and that it keeps it in vain."""
    from scipy.special import ndtr

    def of(odds: object) -> float:
        return float(odds.get(case_type, 0.0)) if isinstance(odds, dict) else float(odds)  # type: ignore[arg-type]

    if bot.skill is not None:
        solvable, half = of(bot.skill.solvable), bot.skill.d_prime / 2
        hit, wrong = ndtr(half - bot.skill.threshold), ndtr(-half - bot.skill.threshold)
        return float(solvable * hit), float((1 - solvable) * wrong)
    return of(bot.contains) * of(bot.truly_solved), of(bot.contains) * (1 - of(bot.truly_solved))


def _add(lost: dict[str, np.ndarray], rule: str, flow: np.ndarray) -> None:
    lost[rule] = lost[rule] + flow if rule in lost else flow


def _at_next_opening(joined: np.ndarray, is_open: np.ndarray) -> np.ndarray:
    """Those who find the door closed, at the moment at which it opens again."""
    opens = np.flatnonzero(is_open & ~np.concatenate([[False], is_open[:-1]]))
    turned = np.flatnonzero(~is_open & (joined > 0))
    place = np.searchsorted(opens, turned)
    known = place < len(opens)
    flow = np.zeros(len(joined))
    np.add.at(flow, opens[place[known]], joined[turned[known]])
    return flow


def _booked(asked: np.ndarray, way: VisitChannel, is_open: np.ndarray) -> np.ndarray:
    """Visits at the times at which there are places, first come, first booked."""
    opens = is_open & ~np.concatenate([[False], is_open[:-1]])
    minutes = np.arange(len(is_open))
    since = minutes - np.maximum.accumulate(np.where(opens, minutes, 0))
    bookable = np.flatnonzero(is_open & (since % way.slot_minutes == 0))
    so_far = np.concatenate([[0.0], np.cumsum(asked)])
    flow, booked = np.zeros(len(asked)), 0.0
    for minute in map(int, bookable):
        known = float(so_far[max(0, minute - int(60 * way.lead_hours))])
        flow[minute] = min(float(way.places), known - booked)
        booked += flow[minute]
    return flow
