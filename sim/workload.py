"""All chance of a run, drawn before it starts.

A workload says which customers come, when, why and through which channel, and carries the luck of each: how
long their conversation takes, how patient they are, whether an answer would solve their case, whether and when
they would come back. The engines draw nothing, so two scenarios that differ only in staffing or policy meet the
same customers with the same luck.

Luck is addressed, not consumed. Every named stream (arrivals, patience, ...) is one long sequence of uniform
numbers, spawned from the seed and the stream's name; the k-th customer of a case type on a day reads the k-th
number of the block that belongs to that type, day and attempt. More demand adds customers and changes none;
another week, another type or another team leaves everybody's luck alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np

from sim.distributions import NEVER
from sim.scenario import LiveChannel, Return, Scenario
from sim.timetable import MINUTES_A_DAY

TICKS_A_MINUTE = 2.0**20
NONE = -1

# How an attempt can end; the rows of `Workload.delay_minutes`. A customer who was served may come back too.
SERVED, ABANDONED, BLOCKED, TURNED_AWAY = range(4)


def on_grid(minutes: np.ndarray) -> np.ndarray:
    """Times rounded to the 2^-20-minute grid, on which sums and differences are exact."""
    return np.round(np.asarray(minutes) * TICKS_A_MINUTE) / TICKS_A_MINUTE


class Luck:
    """Uniform numbers in [0, 1), each with a fixed address.

    Parameters
    ----------
    seed : int
        The seed of the experiment, 0 or more.
    replication : int, default 0
        Which of the experiment's independent worlds.
    """

    def __init__(self, seed: int, replication: int = 0) -> None:
        self._root = (seed, replication)
        self._streams: dict[str, tuple[np.random.PCG64DXSM, np.random.Generator]] = {}
        self._places: dict[str, int] = {}

    def uniforms(self, stream: str, count: int, *, block: str = "", day: int = 0, attempt: int = 0) -> np.ndarray:
        """The first `count` numbers of a block of a stream, shape (count,)."""
        if stream not in self._streams:
            seed, replication = self._root
            sequence = np.random.SeedSequence(seed, spawn_key=(replication, crc32(stream.encode())))
            bits = np.random.PCG64DXSM(sequence)
            self._streams[stream] = (bits, np.random.Generator(bits))
            self._places[stream] = 0
        bits, generator = self._streams[stream]
        address = (((crc32(block.encode()) << 16) | day) << 8 | attempt) << 40
        bits.advance((address - self._places[stream]) % 2**128)
        self._places[stream] = address + count
        return generator.random(count)


@dataclass(frozen=True)
class Workload:
    """What the customers bring, as arrays. Codes are positions in the scenario's mappings.

    Cases are numbered by the time they appear. Contacts 0 to n - 1 are the first attempts of cases 0 to n - 1;
    the rows after them are further attempts, one for every attempt that could happen under any staffing.
    Times are minutes on the grid.

    Attributes
    ----------
    case_type, segment : ndarray of int, shape (cases,)
        What the customer's problem is, and who the customer is.
    appears_minutes : ndarray of float, shape (cases,)
        When the first attempt is made; not decreasing.
    case : ndarray of int, shape (contacts,)
        The case each contact belongs to.
    attempt : ndarray of int, shape (contacts,)
        1 for the first attempt.
    channel : ndarray of int, shape (contacts,)
        The channel it comes through.
    handle_minutes : ndarray of float, shape (contacts,)
        Handle time by an agent of a team with factor 1.
    patience_minutes : ndarray of float, shape (contacts,)
        Waiting time after which a live customer hangs up; infinite for those who never do.
    solve_draw : ndarray of float, shape (contacts,)
        The contact solves the case if this lies below the odds of solving.
    delay_minutes : ndarray of float, shape (4, contacts)
        How long after being served without a solution, abandoning, being blocked or being turned away (the rows)
        the customer tries again; infinite when they give up instead.
    next_attempt : ndarray of int, shape (contacts,)
        Row of the attempt that would follow; -1 where none can.
    duty_minutes, duty_agent, duty_on : ndarray, shape (changes,)
        When which agent comes on duty or goes, ordered by time, then agent.
    absent_agent, absent_start, absent_end : ndarray, shape (spells,)
        Planned duty that absent agents miss, in minutes: paid all the same.
    agent_team : ndarray of int, shape (agents,)
        The team of each agent; agents of a team have neighbouring numbers.
    """

    case_type: np.ndarray
    segment: np.ndarray
    appears_minutes: np.ndarray
    case: np.ndarray
    attempt: np.ndarray
    channel: np.ndarray
    handle_minutes: np.ndarray
    patience_minutes: np.ndarray
    solve_draw: np.ndarray
    delay_minutes: np.ndarray
    next_attempt: np.ndarray
    duty_minutes: np.ndarray
    duty_agent: np.ndarray
    duty_on: np.ndarray
    absent_agent: np.ndarray
    absent_start: np.ndarray
    absent_end: np.ndarray
    agent_team: np.ndarray

    @property
    def cases(self) -> int:
        """Number of cases."""
        return len(self.case_type)

    @property
    def contacts(self) -> int:
        """Number of contacts that could happen."""
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
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ValueError(f"seed holds {seed!r}; it must be a whole number of 0 or more")
    if isinstance(replication, bool) or not isinstance(replication, (int, np.integer)) or replication < 0:
        raise ValueError(f"replication holds {replication!r}; it must be a whole number of 0 or more")
    luck = Luck(int(seed), int(replication))
    blocks = [
        _TypeOnDay(scenario, luck, code, name, first)
        for code, (name, first) in enumerate(_arrivals(scenario, luck).items())
    ]
    return _assemble(scenario, blocks, duty(scenario, luck))


def _arrivals(scenario: Scenario, luck: Luck) -> dict[str, list[np.ndarray]]:
    """For each case type, the arrival times of each day in the order they were drawn, not of the clock."""
    days = range(scenario.days)
    demand = scenario.demand
    factor = demand.factor * _day_factors(
        demand.day_factor_cv, np.array([luck.uniforms("day factor", 1, day=d)[0] for d in days])
    )
    times: dict[str, list[np.ndarray]] = {}
    for name in scenario.case_types:
        rate = demand.cases_per_hour.get(name)
        if rate is None:
            times[name] = [np.empty(0) for _ in days]
            continue
        # Expected arrivals since midnight at the end of each minute, by weekday.
        expected = np.concatenate([np.zeros((7, 1)), np.cumsum(rate.minutes / 60, axis=1)], axis=1)
        means = expected[scenario.weekdays, -1] * factor
        counts = _poisson_quantile(
            np.array([luck.uniforms("arrival counts", 1, block=name, day=d)[0] for d in days]), means
        )
        times[name] = []
        for day in days:
            share_of_day = luck.uniforms("arrivals", int(counts[day]), block=name, day=day)
            profile = expected[scenario.weekdays[day]]
            minute = np.interp(share_of_day * profile[-1], profile, np.arange(MINUTES_A_DAY + 1.0))
            # Rounding must carry nobody over midnight.
            latest = (day + 1) * MINUTES_A_DAY - 1 / TICKS_A_MINUTE
            times[name].append(np.minimum(on_grid(day * MINUTES_A_DAY + minute), latest))
    return times


def _day_factors(cv: float, u: np.ndarray) -> np.ndarray:
    if cv == 0:
        return np.ones_like(u)
    from scipy.special import gammaincinv

    shape = 1 / cv**2
    return gammaincinv(shape, u) / shape


def _poisson_quantile(u: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Smallest n with P(N <= n) >= u, so that a higher mean never gives fewer arrivals."""
    from scipy.special import pdtr, pdtrik

    with np.errstate(invalid="ignore"):
        n = np.where(mean > 0, np.ceil(pdtrik(u, mean)), 0.0)
    n = np.nan_to_num(np.maximum(n, 0))
    n = np.where((n > 0) & (pdtr(np.maximum(n - 1, 0), mean) >= u), n - 1, n)
    return np.where(mean > 0, n, 0).astype(np.int64)


class _TypeOnDay:
    """The cases of one type, each with the address of its luck: its day and its place in the day's draws."""

    def __init__(self, scenario: Scenario, luck: Luck, code: int, name: str, times: list[np.ndarray]) -> None:
        self.scenario, self.luck, self.code, self.name = scenario, luck, code, name
        self.type = scenario.case_types[name]
        self.counts = [len(day) for day in times]
        self.appears = np.concatenate(times)
        shares = scenario.segment_shares(name)
        self.segment = _pick(self.uniforms("segments", 1), list(shares.values()))

    def uniforms(self, stream: str, attempt: int) -> np.ndarray:
        """A number of the stream for each case, shape (cases of this type,)."""
        return np.concatenate(
            [
                self.luck.uniforms(stream, count, block=self.name, day=day, attempt=attempt)
                for day, count in enumerate(self.counts)
            ]
        )

    def attempts(self) -> list[_Attempts]:
        """First attempts of all cases, then second ones of those that could make one, and so on."""
        names = list(self.scenario.channels)
        shares = [self.type.channels.get(name, 0.0) for name in names]
        rows = [_Attempts(self, 1, np.arange(len(self.appears)), _pick(self.uniforms("channels", 1), shares))]
        while len(rows) < self.scenario.coming_back.max_attempts and rows[-1].can_come_back.any():
            last = rows[-1]
            again = last.can_come_back
            rows.append(_Attempts(self, last.number + 1, last.of[again], last.channel[again]))
        rows[-1].can_come_back[:] = False
        return rows


class _Attempts:
    """Attempts of one number by cases of one type: the columns of `Workload` for them."""

    def __init__(self, cases: _TypeOnDay, number: int, of: np.ndarray, channel: np.ndarray) -> None:
        self.number, self.of, self.channel = number, of, channel
        scenario, names = cases.scenario, list(cases.scenario.channels)

        def uniforms(stream: str) -> np.ndarray:
            return cases.uniforms(stream, number)[of]

        handle_draw, patience_draw = uniforms("handle times"), uniforms("patience")
        self.handle, self.patience = np.empty(len(of)), np.full(len(of), np.inf)
        self.solve_draw = uniforms("outcomes")
        odds = np.zeros(len(of))
        risks = np.zeros((4, len(of)), dtype=bool)
        patience_factors = np.array([segment.patience_factor for segment in scenario.segments.values()])
        for code in np.unique(channel):
            name, here = names[code], channel == code
            self.handle[here] = cases.type.handle_time_in(name).quantile(handle_draw[here])
            odds[here] = cases.type.solved_in(name)
            way = scenario.channels[name]
            if isinstance(way, LiveChannel):
                patience = way.patience if cases.type.patience is None else cases.type.patience
                factor = patience_factors[cases.segment[of[here]]]
                self.patience[here] = _patience(patience, way.no_patience_share, patience_draw[here]) * factor
                risks[BLOCKED, here] = way.lines is not None
                risks[TURNED_AWAY, here] = not way.open_hours.minutes.all()
        self.handle, self.patience = on_grid(self.handle), on_grid(self.patience)
        risks[ABANDONED] = np.isfinite(self.patience)
        lowest = min(team.solve_factor for team in scenario.teams.values())
        risks[SERVED] = self.solve_draw >= np.clip(odds * lowest, 0, 1)
        self.delay = self._delays(scenario, uniforms("coming back"), uniforms("delays"))
        self.can_come_back = (risks & np.isfinite(self.delay)).any(axis=0)

    def _delays(self, scenario: Scenario, return_draw: np.ndarray, delay_draw: np.ndarray) -> np.ndarray:
        back = scenario.coming_back
        rules = (back.after_no_solution, back.after_abandonment, back.after_blocking, back.after_turned_away)
        return np.stack([_return_delay(rule, return_draw, delay_draw) for rule in rules])


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


def _pick(u: np.ndarray, shares: list[float]) -> np.ndarray:
    """Code of the option whose part of [0, 1) holds u."""
    edges = np.cumsum(shares)
    last = max(code for code, share in enumerate(shares) if share > 0)
    return np.minimum(np.searchsorted(edges, u, side="right"), last).astype(np.int16)


def _assemble(scenario: Scenario, blocks: list[_TypeOnDay], duty: dict[str, np.ndarray]) -> Workload:
    """Number the cases by time, put the attempts of all types together and link each to the next."""
    sizes = [len(block.appears) for block in blocks]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    appears = np.concatenate([block.appears for block in blocks])
    types = np.repeat(np.arange(len(blocks), dtype=np.int16), sizes)
    # The sort is stable: cases of the same moment keep the order of their types and draws.
    order = np.argsort(appears, kind="stable")
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))

    rows = [(starts[code], row) for code, block in enumerate(blocks) for row in block.attempts()]
    case = np.concatenate([number[start + row.of] for start, row in rows])
    attempt = np.concatenate([np.full(len(row.of), row.number, dtype=np.int16) for _, row in rows])
    sort = np.lexsort((case, attempt))
    case, attempt = case[sort], attempt[sort]

    def column(name: str) -> np.ndarray:
        return np.concatenate([getattr(row, name) for _, row in rows], axis=-1)[..., sort]

    follows = np.full(len(case), NONE, dtype=np.int64)
    goes_on = column("can_come_back")
    # Within an attempt rows are in the order of cases, so the ones that go on pair off with the next attempts.
    follows[goes_on] = np.flatnonzero(attempt > 1)
    return Workload(
        case_type=types[order],
        segment=np.concatenate([block.segment for block in blocks])[order],
        appears_minutes=appears[order],
        case=case,
        attempt=attempt,
        channel=column("channel"),
        handle_minutes=column("handle"),
        patience_minutes=column("patience"),
        solve_draw=column("solve_draw"),
        delay_minutes=column("delay"),
        next_attempt=follows,
        **duty,
    )


def duty(scenario: Scenario, luck: Luck) -> dict[str, np.ndarray]:
    """Who is at work when: the planned head-count less absence, as changes of single agents."""
    came: list[tuple[np.ndarray, ...]] = []
    missed: list[tuple[np.ndarray, ...]] = []
    agent_team: list[int] = []
    for code, (name, team) in enumerate(scenario.teams.items()):
        plan = team.head_count[scenario.weekdays].ravel()
        size = int(np.ceil(plan.max()))
        # Head-count and absence are constant between these minutes.
        steps = np.union1d(np.flatnonzero(np.diff(plan)) + 1, np.arange(0, len(plan), MINUTES_A_DAY))
        day = steps // MINUTES_A_DAY

        def by_day(stream: str, name: str = name, size: int = size) -> np.ndarray:
            return np.array([luck.uniforms(stream, size, block=name, day=d) for d in range(scenario.days)])

        planned = plan[steps][:, None] - np.arange(size) > by_day("fractional agents")[day]
        absent = (by_day("absence") < team.absence)[day]
        came.append(_changes(steps, planned & ~absent, len(agent_team)))
        missed.append(_changes(steps, planned & absent, len(agent_team)))
        agent_team += [code] * size
    moment, agent, on = (np.concatenate(column) for column in zip(*came, strict=True))
    order = np.lexsort((agent, moment))
    away, who, starts = (np.concatenate(column) for column in zip(*missed, strict=True))
    # By agent and time, starts and ends of absence alternate; one that lasts to the end of the run has no end.
    by_agent = np.lexsort((away, who))
    away, who, starts = away[by_agent], who[by_agent], starts[by_agent]
    ends = np.append(away[1:], scenario.horizon_minutes)
    ends[np.append(starts[1:], True)] = scenario.horizon_minutes
    return {
        "duty_minutes": moment[order],
        "duty_agent": agent[order].astype(np.int32),
        "duty_on": on[order],
        "absent_agent": who[starts].astype(np.int32),
        "absent_start": away[starts],
        "absent_end": ends[starts],
        "agent_team": np.array(agent_team, dtype=np.int16),
    }


def _changes(steps: np.ndarray, at_work: np.ndarray, first_agent: int) -> tuple[np.ndarray, ...]:
    """Moments, agents and directions of change in `at_work`, shape (steps, agents)."""
    before = np.vstack([np.zeros(at_work.shape[1], dtype=bool), at_work[:-1]])
    step, agent = np.nonzero(at_work != before)
    return steps[step].astype(float), agent + first_agent, at_work[step, agent]
