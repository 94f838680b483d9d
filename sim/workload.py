"""All chance of a run, drawn before it starts.

A workload says which customers come, when, why and through which channel, and carries the luck of each: how long
their conversation takes, how patient they are, what the bot makes of them, whether an answer would solve their case,
whether and when they would come back, what the back office will owe them. The engines draw nothing, so two scenarios
that differ only in staffing or policy meet the same customers with the same luck.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from sim.customers import Return, Step
from sim.demand import cases_per_minute
from sim.distributions import NEVER, Empirical, MeanCv
from sim.luck import TICKS_A_MINUTE, Luck, gamma_quantile, on_grid, pick, poisson_quantile
from sim.roster import Roster, draw_roster
from sim.scenario import Scenario
from sim.service import Bot, DeferredChannel, LiveChannel, Team, VisitChannel
from sim.timetable import MINUTES_A_DAY

NONE = -1

Uniforms = Callable[[str], np.ndarray]

# How an attempt can end; the rows of `Workload.delay_minutes`. A customer who was served may come back too.
SERVED, ABANDONED, BLOCKED, TURNED_AWAY, CONTAINED, LEFT_BOT = range(6)

# What a row is: an attempt of a customer, a question how a case is going, a step of the back office, a follow-up call.
ATTEMPT, ENQUIRY, STEP, FOLLOW_UP_CALL = range(4)

# What the bot makes of a contact; NONE if they do not meet.
HANDS_OVER, HANDS_OVER_WITH_CONTEXT, LOSES, CONTAINS, SEEMS_TO_CONTAIN = range(5)

# How often a customer asks, at most, while the back office is at work.
MOST_ENQUIRIES = 8


@dataclass(frozen=True)
class _Draws:
    """Where each case finds its numbers: the days of its type, and from there its place among all cases."""

    luck: Luck
    blocks: list[tuple[str, list[int]]]
    order: np.ndarray

    def uniforms(self, stream: str) -> np.ndarray:
        found = [
            self.luck.uniforms(stream, count, block=name, day=day, attempt=1)
            for name, counts in self.blocks
            for day, count in enumerate(counts)
        ]
        return np.concatenate(found)[self.order] if found else np.zeros(0)


@dataclass(frozen=True)
class Workload:
    """What the customers bring, as arrays. Codes are positions in the scenario's mappings.

    Cases are numbered by the time they appear. Rows are everything that could happen to them under any staffing:
    rows 0 to n - 1 are the first attempts of cases 0 to n - 1, then come further attempts, status enquiries, steps of
    the back office and follow-up calls. Times are minutes on the grid.

    Attributes
    ----------
    case_type, segment : ndarray of int, shape (cases,)
        What the customer's problem is, and who the customer is.
    appears_minutes : ndarray of float, shape (cases,)
        When the customer first asks for help; not decreasing.
    self_service_minutes : ndarray of float, shape (cases,)
        How long the customer tries self-service first; NaN for those who do not.
    self_service_solves : ndarray of bool, shape (cases,)
        Whether that solves the case.
    kind : ndarray of int, shape (rows,)
        ATTEMPT, ENQUIRY, STEP or FOLLOW_UP_CALL.
    case : ndarray of int, shape (rows,)
        The case each row belongs to.
    number : ndarray of int, shape (rows,)
        Which of its kind within the case, from 1; for a step its place in the type's list, for a follow-up call the
        attempt that it follows.
    type : ndarray of int, shape (rows,)
        As what the customer comes; further attempts may be complaints.
    channel : ndarray of int, shape (rows,)
        The channel it comes through; -1 for steps and follow-up calls.
    task : ndarray of int, shape (rows,)
        Position in ``scenario.task_names()``; -1 for what is no work of the back office.
    handle_minutes : ndarray of float, shape (rows,)
        Handle time by an agent with factor 1; for a step that is a delay, its length.
    patience_minutes : ndarray of float, shape (rows,)
        Waiting time after which a live customer hangs up; infinite for those who never do.
    solve_draw : ndarray of float, shape (rows,)
        The contact solves the case if this lies below the odds of solving.
    delay_minutes : ndarray of float, shape (6, rows)
        How long after being served without a solution, abandoning, being blocked, being turned away, being contained
        in vain or leaving the bot the customer tries again; infinite when they give up instead.
    next_attempt : ndarray of int, shape (rows,)
        Row of the attempt that would follow; -1 where none can.
    before_minutes : ndarray of float, shape (rows,)
        For an enquiry the time since the one before, or since the back office began; for a follow-up call the time
        since the conversation. 0 for others.
    bot_result : ndarray of int, shape (rows,)
        What the bot makes of it, if it is there; -1 if they do not meet.
    bot_minutes : ndarray of float, shape (rows,)
        Time with the bot.
    accepts_callback : ndarray of bool, shape (rows,)
        Whether the customer accepts the offer of a callback.
    follow_up : ndarray of int, shape (rows,)
        Row of the call that follows the conversation up; -1 for none.
    first_step, steps, first_enquiry, enquiries : ndarray of int, shape (cases,)
        Where the rows of a case's steps and enquiries begin, and how many there are.
    roster : Roster
        The agents, and who is at work when.
    """

    case_type: np.ndarray
    segment: np.ndarray
    appears_minutes: np.ndarray
    self_service_minutes: np.ndarray
    self_service_solves: np.ndarray
    kind: np.ndarray
    case: np.ndarray
    number: np.ndarray
    type: np.ndarray
    channel: np.ndarray
    task: np.ndarray
    handle_minutes: np.ndarray
    patience_minutes: np.ndarray
    solve_draw: np.ndarray
    delay_minutes: np.ndarray
    next_attempt: np.ndarray
    before_minutes: np.ndarray
    bot_result: np.ndarray
    bot_minutes: np.ndarray
    accepts_callback: np.ndarray
    follow_up: np.ndarray
    first_step: np.ndarray
    steps: np.ndarray
    first_enquiry: np.ndarray
    enquiries: np.ndarray
    roster: Roster
    _draws: _Draws | None = field(default=None, repr=False, compare=False)

    def uniforms(self, stream: str) -> np.ndarray:
        """One number in [0, 1) of a named stream for each case, shape (cases,), drawn when it is asked for.

        Parameters
        ----------
        stream : str
            What the number decides, such as "ratings". The same case has the same number in every scenario in which
            it appears.
        """
        if self._draws is None:  # a workload that was written down by hand
            return Luck(1).uniforms(stream, self.cases)
        return self._draws.uniforms(stream)

    @property
    def cases(self) -> int:
        """Number of cases."""
        return len(self.case_type)

    @property
    def rows(self) -> int:
        """Number of things that could happen."""
        return len(self.case)


def draw(scenario: Scenario, seed: int = 1, replication: int = 0) -> Workload:
    """Draw everything random about a run.

    Parameters
    ----------
    scenario : Scenario
    seed : int, default 1
        A whole number of 0 or more. The same scenario, seed and replication give the same workload.
    replication : int, default 0
        Which of the independent worlds that belong to the seed.

    Returns
    -------
    Workload

    Raises
    ------
    ValueError
        If `seed` or `replication` is not a whole number of 0 or more.
    """
    for name, value in (("seed", seed), ("replication", replication)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
            raise ValueError(f"{name} holds {value!r}; it must be a whole number of 0 or more")
    luck = Luck(int(seed), int(replication))
    arrivals = _trace(scenario) if scenario.demand.trace else _arrivals(scenario, luck)
    groups = [_Customers(scenario, luck, code, *given) for code, given in enumerate(arrivals)]
    return _assemble(scenario, groups, draw_roster(scenario, luck))


def _arrivals(scenario: Scenario, luck: Luck) -> list[tuple[list[np.ndarray], None, None]]:
    """For each case type, the arrival times of each day in the order they were drawn, not of the clock."""
    days = range(scenario.days)
    factor = gamma_quantile(
        np.array([luck.uniforms("day factor", 1, day=day)[0] for day in days]), scenario.demand.day_factor_cv
    )
    found = []
    for name in scenario.case_types:
        # Expected cases since midnight at the end of each minute.
        expected = np.concatenate(
            [np.zeros((scenario.days, 1)), np.cumsum(cases_per_minute(scenario, name), axis=1)], axis=1
        )
        draws = np.array([luck.uniforms("arrival counts", 1, block=name, day=day)[0] for day in days])
        counts = poisson_quantile(draws, expected[:, -1] * factor)
        times = []
        for day in days:
            share_of_day = luck.uniforms("arrivals", int(counts[day]), block=name, day=day)
            minute = np.interp(share_of_day * expected[day, -1], expected[day], np.arange(MINUTES_A_DAY + 1.0))
            # Rounding must carry nobody over midnight.
            latest = (day + 1) * MINUTES_A_DAY - 1 / TICKS_A_MINUTE
            times.append(np.minimum(on_grid(day * MINUTES_A_DAY + minute), latest))
        found.append((times, None, None))
    return found


def _trace(scenario: Scenario) -> list[tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]]:
    """For each case type, times, segments and channels of each day as they came; -1 where chance decides."""
    trace = scenario.demand.trace
    assert trace is not None
    time, types = on_grid(np.array(trace.minutes)), np.array(trace.types)

    def codes(column: tuple[str, ...], names: Iterable[str]) -> np.ndarray:
        places = {name: code for code, name in enumerate(names)}
        return np.array([places.get(name, NONE) for name in column] or [NONE] * len(time))

    segment, channel = codes(trace.segments, scenario.segments), codes(trace.channels, scenario.channels)
    day = (time // MINUTES_A_DAY).astype(int)
    where = [
        [np.flatnonzero((types == name) & (day == d)) for d in range(scenario.days)] for name in scenario.case_types
    ]
    return [
        ([time[rows] for rows in days], [segment[rows] for rows in days], [channel[rows] for rows in days])
        for days in where
    ]


class _Customers:
    """The cases of one type, each with the address of its luck: its day and its place in the day's draws."""

    def __init__(
        self,
        scenario: Scenario,
        luck: Luck,
        code: int,
        times: list[np.ndarray],
        segments: list[np.ndarray] | None,
        channels: list[np.ndarray] | None,
    ) -> None:
        self.scenario, self.luck, self.code = scenario, luck, code
        self.name = list(scenario.case_types)[code]
        self.type = scenario.case_types[self.name]
        self.counts = [len(day) for day in times]
        self.appears = np.concatenate(times)
        self.everybody = np.arange(len(self.appears))
        drawn = pick(self.uniforms("segments"), list(scenario.segment_shares(self.name).values()))
        self.segment = _given(segments, drawn)
        names = list(scenario.channels)
        drawn = pick(self.uniforms("channels"), [self.type.channels.get(name, 0.0) for name in names])
        self.first_channel = _given(channels, drawn)

    def uniforms(self, stream: str, attempt: int = 1) -> np.ndarray:
        """A number of the stream for each case, shape (cases of this type,)."""
        return np.concatenate(
            [
                self.luck.uniforms(stream, count, block=self.name, day=day, attempt=attempt)
                for day, count in enumerate(self.counts)
            ]
        )

    def self_service(self) -> tuple[np.ndarray, np.ndarray]:
        """Minutes of self-service (NaN for who does not try it) and whether it solves the case."""
        portal = self.type.self_service
        if portal is None:
            return np.full(len(self.appears), np.nan), np.zeros(len(self.appears), dtype=bool)
        tries = self.uniforms("self-service") < portal.share
        minutes = on_grid(portal.minutes.quantile(self.uniforms("self-service times")))
        return np.where(tries, minutes, np.nan), tries & (self.uniforms("self-service outcomes") < portal.solves)

    def rows(self) -> list[_Rows]:
        """Everything that could happen to these customers."""
        attempts = [_attempts(self, 1, self.everybody, np.full(len(self.appears), self.code), self.first_channel)]
        back = self.scenario.coming_back
        while len(attempts) < back.max_attempts and attempts[-1].goes_on.any():
            last = attempts[-1]
            attempts.append(_attempts(self, last.number + 1, last.of[last.goes_on], *_changed(self, last)))
        attempts[-1].goes_on[:] = False
        return [*attempts, *_enquiries(self), *_steps(self), *_follow_ups(self, attempts)]


# Columns that rows of a kind do not have.
_UNUSED = np.empty(0)


@dataclass(eq=False)
class _Rows:
    """Rows of one kind and number for some cases of one type: columns of `Workload`, and what links them."""

    kind: int
    number: int
    of: np.ndarray
    type: np.ndarray
    channel: np.ndarray
    handle: np.ndarray
    task: int = NONE
    patience: np.ndarray = field(default_factory=lambda: _UNUSED)
    solve_draw: np.ndarray = field(default_factory=lambda: _UNUSED)
    delay: np.ndarray = field(default_factory=lambda: _UNUSED)
    before: np.ndarray = field(default_factory=lambda: _UNUSED)
    bot_result: np.ndarray = field(default_factory=lambda: _UNUSED)
    bot_minutes: np.ndarray = field(default_factory=lambda: _UNUSED)
    accepts: np.ndarray = field(default_factory=lambda: _UNUSED)
    goes_on: np.ndarray = field(default_factory=lambda: _UNUSED)
    followed: np.ndarray = field(default_factory=lambda: _UNUSED)


def _given(given: list[np.ndarray] | None, drawn: np.ndarray) -> np.ndarray:
    if given is None:
        return drawn
    known = np.concatenate(given)
    return np.where(known == NONE, drawn, known).astype(np.int16)


def _attempts(cases: _Customers, number: int, of: np.ndarray, types: np.ndarray, channel: np.ndarray) -> _Rows:
    """Attempts of one number, with their luck."""
    scenario = cases.scenario

    def uniforms(stream: str) -> np.ndarray:
        return cases.uniforms(stream, number)[of]

    rows = _contacts(cases, ATTEMPT, number, of, types, channel, uniforms)
    back = scenario.coming_back
    rules = (
        back.after_no_solution,
        back.after_abandonment,
        back.after_blocking,
        back.after_turned_away,
        back.after_false_containment,
        back.after_leaving_the_bot,
    )
    returns, delays = uniforms("coming back"), uniforms("delays")
    rows.delay = np.stack([_return_delay(rule, returns, delays) for rule in rules])
    rows.goes_on = (_risks(scenario, rows) & np.isfinite(rows.delay)).any(axis=0)
    rows.followed = np.zeros(len(of), dtype=bool)
    if scenario.follow_up is not None:
        rows.followed = uniforms("follow-up") < scenario.follow_up.share
    return rows


def _contacts(
    cases: _Customers,
    kind: int,
    number: int,
    of: np.ndarray,
    types: np.ndarray,
    channel: np.ndarray,
    uniforms: Uniforms,
) -> _Rows:
    """Contacts through a channel: conversation, patience, and what a bot would make of them."""
    scenario = cases.scenario
    names, kinds = list(scenario.channels), list(scenario.case_types.values())
    handle_draw, patience_draw = uniforms("handle times"), uniforms("patience")
    handle, patience = np.empty(len(of)), np.full(len(of), np.inf)
    factors = np.array([segment.patience_factor for segment in scenario.segments.values()])[cases.segment[of]]
    for type_code in np.unique(types):
        kind_of_case = kinds[type_code]
        for code in np.unique(channel[types == type_code]):
            here = (types == type_code) & (channel == code)
            way = scenario.channels[names[code]]
            handle[here] = kind_of_case.handle_time_in(names[code]).quantile(handle_draw[here])
            if not isinstance(way, DeferredChannel):
                own = way.patience if kind_of_case.patience is None else kind_of_case.patience
                patience[here] = _patience(own, way.no_patience_share, patience_draw[here]) * factors[here]
    rows = _Rows(
        kind=kind,
        number=number,
        of=of,
        type=types.astype(np.int16),
        channel=channel.astype(np.int16),
        handle=on_grid(handle),
        patience=on_grid(patience),
        solve_draw=uniforms("outcomes"),
    )
    offers = [getattr(way, "callback", None) for way in scenario.channels.values()]
    if any(offers):
        accepted = np.array([offer.accepted_share if offer else 0.0 for offer in offers])
        rows.accepts = uniforms("callbacks") < accepted[channel]
    if scenario.bot is not None:
        _meet_bot(scenario, scenario.bot, rows, uniforms)
    return rows


def _risks(scenario: Scenario, rows: _Rows) -> np.ndarray:
    """Which bad ends are possible for each attempt under any staffing, shape (6, attempts)."""
    ways, kinds = list(scenario.channels.values()), list(scenario.case_types.values())
    names = list(scenario.channels)
    risks = np.zeros((6, len(rows.of)), dtype=bool)
    lowest = min(
        team.solve_factor * (1 - team.solve_drop_when_busy) * _newest(team) for team in scenario.teams.values()
    )
    if scenario.bot is not None:
        lowest *= min(1.0, scenario.bot.context_solve_factor)
    odds = np.zeros(len(rows.of))
    for type_code in np.unique(rows.type):
        for code in np.unique(rows.channel[rows.type == type_code]):
            here = (rows.type == type_code) & (rows.channel == code)
            odds[here] = kinds[type_code].solved_in(names[code])
            if isinstance(ways[code], LiveChannel):
                risks[BLOCKED, here] = ways[code].lines is not None
                risks[TURNED_AWAY, here] = not ways[code].open_hours.minutes.all()
    risks[SERVED] = rows.solve_draw >= np.clip(odds * lowest, 0, 1)
    risks[ABANDONED] = np.isfinite(rows.patience)
    if rows.bot_result is not _UNUSED:
        risks[CONTAINED] = rows.bot_result == SEEMS_TO_CONTAIN
        risks[LEFT_BOT] = rows.bot_result == LOSES
    return risks


def _newest(team: Team) -> float:
    return 1.0 if team.newcomers is None else min(1.0, team.newcomers.solve_factor)


def _return_delay(rule: Return | None, return_draw: np.ndarray, delay_draw: np.ndarray) -> np.ndarray:
    if rule is None:
        return np.full(len(return_draw), np.inf)
    return np.where(return_draw < rule.odds, on_grid(rule.delay.quantile(delay_draw)), np.inf)


def _patience(patience: object, no_patience_share: float, u: np.ndarray) -> np.ndarray:
    """Patience at the quantile u of the mixture of those who do not wait at all and the others."""
    if no_patience_share >= 1:
        return np.zeros(len(u))
    if patience == NEVER:
        return np.where(u < no_patience_share, 0.0, np.inf)
    rest = np.clip((u - no_patience_share) / (1 - no_patience_share), 0, None)
    return np.where(u < no_patience_share, 0.0, patience.quantile(rest))  # type: ignore[attr-defined]


def _changed(cases: _Customers, last: _Rows) -> tuple[np.ndarray, np.ndarray]:
    """As what type, and through which channel, those who come back do so."""
    scenario, back = cases.scenario, cases.scenario.coming_back
    of, number = last.of[last.goes_on], last.number + 1
    types, channel = last.type[last.goes_on], last.channel[last.goes_on].copy()
    if back.angrier is not None:
        angry = cases.uniforms("anger", number)[of] < back.angrier.odds
        types = np.where(angry, list(scenario.case_types).index(back.angrier.type), types)
    if back.switch_channel:
        names = list(scenario.channels)
        u = cases.uniforms("channel switches", number)[of]
        before = channel.copy()
        for name, others in back.switch_channel.items():
            here = before == names.index(name)
            # Those who do not switch stay: the last option.
            options = np.array([*(names.index(other) for other in others), names.index(name)])
            odds = np.cumsum(list(others.values()))
            channel[here] = options[np.searchsorted(odds, u[here], side="right")]
    return types, channel


def _meet_bot(scenario: Scenario, bot: Bot, rows: _Rows, uniforms: Uniforms) -> None:
    """What the bot makes of each contact, should it be there."""
    names, types = list(scenario.channels), list(scenario.case_types)
    in_front = np.array([name in bot.channels for name in names])[rows.channel]
    meets = in_front & (uniforms("bot meets") < bot.meets_share)
    if not bot.meets_again and (rows.number > 1 or rows.kind == ENQUIRY):
        meets[:] = False
    if bot.skill is not None:
        solvable = uniforms("bot solvable") < _by_type(bot.skill.solvable, types, rows.type)
        answers = uniforms("bot answers") < _phi(
            np.where(solvable, 0.5, -0.5) * bot.skill.d_prime - bot.skill.threshold
        )
        truly = solvable
    else:
        answers = uniforms("bot answers") < _by_type(bot.contains, types, rows.type)
        truly = uniforms("bot solvable") < _by_type(bot.truly_solved, types, rows.type)
    kept = np.where(truly, CONTAINS, SEEMS_TO_CONTAIN)
    context = np.where(uniforms("bot context") < bot.context_share, HANDS_OVER_WITH_CONTEXT, HANDS_OVER)
    passed_on = np.where(uniforms("bot leaves") < bot.leaves_share, LOSES, context)
    rows.bot_result = np.where(meets, np.where(answers, kept, passed_on), NONE).astype(np.int8)
    rows.bot_minutes = np.where(meets, on_grid(bot.minutes.quantile(uniforms("bot times"))), 0.0)


def _phi(x: np.ndarray) -> np.ndarray:
    from scipy.special import ndtr

    return ndtr(x)


def _by_type(odds: object, types: list[str], codes: np.ndarray) -> np.ndarray:
    """Odds for each row, from one number or one by case type."""
    if isinstance(odds, dict):
        return np.array([odds.get(name, 0.0) for name in types])[codes]
    return np.full(len(codes), odds, dtype=float)


def _enquiries(cases: _Customers) -> list[_Rows]:
    """Questions how the case is going, from customers who are not kept informed, at a rate while steps are open."""
    kind = cases.type
    if not kind.steps or kind.status_enquiries_per_day == 0:
        return []
    of = cases.everybody[cases.uniforms("kept informed") >= kind.kept_informed_share]
    names = list(cases.scenario.channels)
    # Nobody books a visit to ask how a case is going.
    ways = cases.scenario.channels
    shares = [0.0 if isinstance(ways[name], VisitChannel) else kind.channels.get(name, 0.0) for name in names]
    if sum(shares) == 0:
        return []
    shares = [share / sum(shares) for share in shares]
    found = []
    for number in range(1, MOST_ENQUIRIES + 1):

        def uniforms(stream: str, number: int = number) -> np.ndarray:
            return cases.uniforms(f"enquiry {stream}", number)[of]

        channel = pick(uniforms("channels"), shares)
        rows = _contacts(cases, ENQUIRY, number, of, np.full(len(of), cases.code), channel, uniforms)
        rows.before = on_grid(-np.log1p(-uniforms("gaps")) / kind.status_enquiries_per_day * MINUTES_A_DAY)
        found.append(rows)
    return found


def _steps(cases: _Customers) -> list[_Rows]:
    """Steps of the back office that are needed, in order."""
    if not cases.type.steps:
        return []
    instant = cases.uniforms("instant refund") < cases.type.instant_refund_share
    tasks = cases.scenario.task_names()
    found = []
    for number, step in enumerate(cases.type.steps, start=1):
        needed = cases.uniforms("step needed", number) < step.odds
        if step.skipped_by_instant_refund:
            needed &= ~instant
        of = cases.everybody[needed]
        length = _length(step).quantile(cases.uniforms("step lengths", number)[of])
        nothing = np.full(len(of), NONE, dtype=np.int16)
        found.append(
            _Rows(
                kind=STEP,
                number=number,
                of=of,
                type=np.full(len(of), cases.code, dtype=np.int16),
                channel=nothing,
                handle=on_grid(length * (cases.type.freight_factor if step.freight else 1.0)),
                task=tasks.index(step.name) if step.work else NONE,
            )
        )
    return found


def _length(step: Step) -> MeanCv | Empirical:
    length = step.work if step.work is not None else step.delay
    assert length is not None
    return length


def _follow_ups(cases: _Customers, attempts: list[_Rows]) -> list[_Rows]:
    """Calls that follow conversations up."""
    call = cases.scenario.follow_up
    if call is None:
        return []
    found = []
    for rows in attempts:
        of = rows.of[rows.followed]

        def uniforms(stream: str, number: int = rows.number, of: np.ndarray = of) -> np.ndarray:
            return cases.uniforms(f"follow-up {stream}", number)[of]

        found.append(
            _Rows(
                kind=FOLLOW_UP_CALL,
                number=rows.number,
                of=of,
                type=np.full(len(of), cases.code, dtype=np.int16),
                channel=np.full(len(of), NONE, dtype=np.int16),
                handle=on_grid(call.work.quantile(uniforms("times"))),
                task=cases.scenario.task_names().index("follow_up"),
                solve_draw=uniforms("outcomes"),
                before=on_grid(call.delay.quantile(uniforms("delays"))),
            )
        )
    return found


def _assemble(scenario: Scenario, groups: list[_Customers], roster: Roster) -> Workload:
    """Number the cases by time, put the rows of all types together and link them."""
    sizes = [len(group.appears) for group in groups]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    appears = np.concatenate([group.appears for group in groups])
    # The sort is stable: cases of the same moment keep the order of their types and draws.
    order = np.argsort(appears, kind="stable")
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))

    parts = [(starts[code], rows) for code, group in enumerate(groups) for rows in group.rows()]
    case = np.concatenate([number[start + rows.of] for start, rows in parts])
    kind = np.concatenate([np.full(len(rows.of), rows.kind, dtype=np.int8) for _, rows in parts])
    count = np.concatenate([np.full(len(rows.of), rows.number, dtype=np.int16) for _, rows in parts])
    # Attempts by number, then case; the other kinds by case, so that the rows of a case lie together.
    is_attempt = kind == ATTEMPT
    sort = np.lexsort((np.where(is_attempt, case, count), np.where(is_attempt, count, case), kind))
    case, kind, count = case[sort], kind[sort], count[sort]

    def column(name: str, otherwise: float | bool = 0.0) -> np.ndarray:
        given = [getattr(rows, name) for _, rows in parts]
        filled = [
            np.full(len(rows.of), otherwise) if values is _UNUSED else values
            for values, (_, rows) in zip(given, parts, strict=True)
        ]
        return np.concatenate(filled)[sort]

    no_return = np.full((6, 0), np.inf)
    delay = np.concatenate(
        [np.full((6, len(rows.of)), np.inf) if rows.delay is _UNUSED else rows.delay for _, rows in parts]
        or [no_return],
        axis=1,
    )[:, sort]
    task = np.concatenate([np.full(len(rows.of), rows.task, dtype=np.int16) for _, rows in parts])[sort]

    goes_on, followed = column("goes_on", False).astype(bool), column("followed", False).astype(bool)
    following = np.full(len(case), NONE, dtype=np.int64)
    # Within an attempt rows are in the order of cases, so those that go on pair off with the next attempts.
    following[goes_on] = np.flatnonzero((kind == ATTEMPT) & (count > 1))
    follow_up = np.full(len(case), NONE, dtype=np.int64)
    calls, called = np.flatnonzero(kind == FOLLOW_UP_CALL), np.flatnonzero(followed)
    follow_up[called[np.lexsort((count[called], case[called]))]] = calls

    def block(of_kind: int) -> tuple[np.ndarray, np.ndarray]:
        rows = np.flatnonzero(kind == of_kind)
        many = np.bincount(case[rows], minlength=len(order))
        first = np.concatenate([[0], np.cumsum(many)[:-1]]) if len(order) else np.zeros(0, dtype=np.int64)
        return first + (rows[0] if len(rows) else 0), many

    portal = [group.self_service() for group in groups]
    first_step, steps = block(STEP)
    first_enquiry, enquiries = block(ENQUIRY)
    return Workload(
        case_type=np.repeat(np.arange(len(groups), dtype=np.int16), sizes)[order],
        segment=np.concatenate([group.segment for group in groups])[order],
        appears_minutes=appears[order],
        self_service_minutes=np.concatenate([minutes for minutes, _ in portal])[order],
        self_service_solves=np.concatenate([solves for _, solves in portal])[order],
        kind=kind,
        case=case,
        number=count,
        type=column("type").astype(np.int16),
        channel=column("channel").astype(np.int16),
        task=task,
        handle_minutes=column("handle"),
        patience_minutes=column("patience", np.inf),
        solve_draw=column("solve_draw"),
        delay_minutes=delay,
        next_attempt=following,
        before_minutes=column("before"),
        bot_result=column("bot_result", NONE).astype(np.int8),
        bot_minutes=column("bot_minutes"),
        accepts_callback=column("accepts", False).astype(bool),
        follow_up=follow_up,
        first_step=first_step,
        steps=steps,
        first_enquiry=first_enquiry,
        enquiries=enquiries,
        roster=roster,
        _draws=_Draws(groups[0].luck, [(group.name, group.counts) for group in groups], order),
    )
