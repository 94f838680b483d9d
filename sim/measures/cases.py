"""The family of cases: how many contacts a problem takes, how long it takes to solve, what becomes of it.

The contacts of a case stay its own however late they come, so a case of the window is followed to the end of the run.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np

from sim import quick
from sim.base import remembered
from sim.log import GIVEN_UP, SOLVED, STATES, Log
from sim.measures.contacts import contacts_between
from sim.measures.grid import Choice, Grid
from sim.measures.measure import Measure
from sim.scenario import Scenario
from sim.timetable import MINUTES_A_DAY
from sim.workload import ENQUIRY, STEP

REPEAT_WINDOW_DAYS = 7.0

_measure = partial(Measure, family="cases")

MEASURES = {
    "cases": _measure("cases", "", "cases that appeared in the window", "cases", title="cases", title_zh="工单量"),
    "first_contact_resolution": _measure(
        "one_contact_cases",
        "cases",
        "cases without another contact within 7 days of the first",
        "share",
        title="first-contact resolution",
        short="FCR",
        title_zh="首次解决率",
        higher_is_better=True,
    ),
    "fcr_followed_share": _measure(
        "followed_cases",
        "cases",
        "cases seen for 7 days after the first contact; below 1, first-contact resolution is too high",
        "share",
        title="share of cases followed for 7 days",
        label="  followed for 7 days",
        title_zh="七日可追踪工单占比",
    ),
    "contacts_per_case": _measure(
        "contacts_of_cases",
        "cases",
        "contacts / cases",
        "contacts",
        title="contacts per case",
        title_zh="单工单联络次数",
        higher_is_better=False,
    ),
    "repeat_rate": _measure(
        "repeats",
        "contacts",
        "contacts after the first / contacts",
        "share",
        family="contacts",
        title="repeat rate",
        title_zh="重复联络率",
        higher_is_better=False,
    ),
    "status_enquiries": _measure(
        "enquiries",
        "cases",
        "questions how the case is going / cases",
        "contacts",
        title="status enquiries per case",
        label="status enquiries a case",
        title_zh="单工单催问次数",
        higher_is_better=False,
    ),
    "self_service": _measure(
        "self_served",
        "cases",
        "cases solved without any contact / cases",
        "share",
        title="share of cases solved by self-service",
        label="solved by self-service",
        title_zh="自助解决率",
        higher_is_better=True,
    ),
    "solved": _measure(
        "solved_cases",
        "cases",
        "cases solved by the end of the run",
        "share",
        title="share of cases solved",
        label="cases solved",
        title_zh="解决率",
        higher_is_better=True,
    ),
    "given_up": _measure(
        "given_up_cases",
        "cases",
        "cases given up by the end of the run",
        "share",
        title="share of cases given up",
        label="cases given up",
        title_zh="客户放弃求助率",
        higher_is_better=False,
    ),
    "resolution_hours": _measure(
        "resolution_hours",
        "solved_cases",
        "mean time from the first sign of a case to solved",
        "hours",
        title="mean time to the solution",
        label="time to resolution",
        title_zh="平均解决时长",
        higher_is_better=False,
    ),
    "refund_hours": _measure(
        "refund_hours",
        "refunds",
        "mean time from the first sign of a case to the end of a step named refund",
        "hours",
        title="mean time to the refund",
        label="time to the refund",
        short="refund",
        title_zh="平均退款时长",
        higher_is_better=False,
    ),
}

# The kinds of case: how it stands; another contact within 7 days of the first; the run shows these days; self-service.
_SHAPE = (len(STATES), 2, 2, 2)
_KINDS = len(STATES) * 8
_state, _again, _followed, _by_itself = np.indices(_SHAPE).reshape(4, _KINDS)
_COUNT = Choice(
    {
        "cases": np.ones(_KINDS, dtype=bool),
        "one_contact_cases": _again == 0,
        "followed_cases": _followed == 1,
        "self_served": (_state == SOLVED) & (_by_itself == 1),
        "solved_cases": _state == SOLVED,
        "given_up_cases": _state == GIVEN_UP,
    }
)
_RESOLVED = Choice({"resolution_hours": _state == SOLVED})
_ONE_GROUP = np.zeros(0, dtype=np.uint64)
SUMS = (*_COUNT.names, *_RESOLVED.names, "contacts_of_cases", "enquiries", "refunds", "refund_hours")
_HOURS = [SUMS.index(name) for name in ("resolution_hours", "refund_hours")]


class _Told(NamedTuple):
    """What a log tells of each case, shape (cases,) each."""

    kind: np.ndarray  # its place in an array of `_SHAPE`
    contacts: np.ndarray
    enquiries: np.ndarray
    refunded: np.ndarray  # when the step named refund was done; NaN without one


def sums(log: Log, grid: Grid, start: float, end: float, within_seconds: float | None = None) -> np.ndarray:
    """Sums over the cases that appeared in the window, shape (SUMS, groups); NaN by team.

    The time limit of the service levels, `within_seconds`, does not concern them.
    """
    if "team" in grid.by:
        return np.full((len(SUMS), grid.count), np.nan)
    here = cases_between(log, start, end)
    found = (_in_numpy if quick.twins("sums") is None else _compiled)(log, grid, here)
    for hours in _HOURS:
        found[hours] /= 60
    return found


def cases_between(log: Log, start: float, end: float) -> slice:
    """The cases that appeared in a window; they stand in the order of time."""
    if start <= 0 and end >= log.scenario.horizon_minutes:
        return slice(0, log.workload.cases)
    return slice(*log.workload.appears_minutes.searchsorted((start, end)).tolist())


def _in_numpy(log: Log, grid: Grid, here: slice) -> np.ndarray:
    """The sums over the cases from one number to another, times in minutes."""
    told = _told(log)
    group, appears, kind = grid.of_cases(log, here), log.workload.appears_minutes[here], told.kind[here].astype(int)
    cell = grid.cells(group, kind, _KINDS) if grid.by else kind
    after = told.refunded[here] - appears
    known = ~np.isnan(after)
    return np.vstack(
        [
            _COUNT.of(grid.table(cell, _KINDS)),
            _RESOLVED.of(grid.table(cell, _KINDS, log.closed[here] - appears)),
            *(grid.total(group, one) for one in (told.contacts[here], told.enquiries[here], known)),
            grid.total(group, np.where(known, after, 0.0)),
        ]
    )


def _compiled(log: Log, grid: Grid, here: slice) -> np.ndarray:
    """The same in one pass."""
    compiled, group = quick.twins("sums"), grid.of_cases(log, here).view(np.uint64) if grid.by else _ONE_GROUP
    assert compiled is not None
    where = here.start, here.stop, group
    found: np.ndarray = compiled.cases(
        compiled.columns(log), *where, *_told(log), _COUNT.chosen, _RESOLVED.chosen, grid.count
    )
    return found


def _told(log: Log) -> _Told:
    """Each case followed through its contacts."""
    if "cases" not in log.kept:
        log.kept["cases"] = _Told(*(_follow if quick.twins("sums") is None else _compiled_follow)(log))
        log.kept["cases"].refunded.flags.writeable = False
    told: _Told = log.kept["cases"]
    return told


def _follow(log: Log) -> tuple[np.ndarray, ...]:
    work, horizon = log.workload, log.scenario.horizon_minutes
    within = REPEAT_WINDOW_DAYS * MINUTES_A_DAY
    where = contacts_between(log, 0.0, horizon)
    row, arrived = log.row[where], log.arrived[where]
    case = work.case[row]
    # Contacts stand in the order of time, and of values that go to the same place the last one stays.
    place = np.arange(len(case))
    first_place = np.zeros(work.cases, dtype=np.int64)
    first_place[case[::-1]] = place[::-1]
    first = work.appears_minutes.copy()  # of cases without contact
    first[case] = arrived[first_place[case]]
    soon = (first_place[case] != place) & (arrived <= first[case] + within)
    again = np.zeros(work.cases, dtype=bool)
    again[case[soon]] = True
    kind = log.state << 3
    kind |= again.view(np.int8) << 2
    kind |= (first + within <= horizon).view(np.int8) << 1
    kind |= work.self_service_solves.view(np.int8)
    steps = np.flatnonzero(work.kind[log.row] == STEP)
    of_step = work.case[log.row[steps]]
    refunds = _is_refund(log.scenario)[work.case_type[of_step], work.number[log.row[steps]]]
    refunded = np.full(work.cases, np.nan)
    refunded[of_step[refunds]] = log.ended[steps[refunds]]
    return (
        kind,
        np.bincount(case, minlength=work.cases),
        np.bincount(case[work.kind[row] == ENQUIRY], minlength=work.cases),
        refunded,
    )


def _compiled_follow(log: Log) -> tuple[np.ndarray, ...]:
    sums = quick.twins("sums")
    assert sums is not None
    times = REPEAT_WINDOW_DAYS * MINUTES_A_DAY, log.scenario.horizon_minutes
    refund = _is_refund(log.scenario)
    found: tuple[np.ndarray, ...] = sums.told(sums.columns(log), *sums.parts(log), refund, *times)
    return found


def refunded(log: Log) -> np.ndarray:
    """When the step named refund was done, shape (cases,); NaN without one."""
    return _told(log).refunded


@remembered
def _is_refund(scenario: Scenario) -> np.ndarray:
    """Whether the step of that number, from 1, is a refund: shape (types, steps + 1)."""
    types = scenario.case_types.values()
    is_refund = np.zeros((len(types), 1 + max(len(kind.steps) for kind in types)), dtype=bool)
    for code, kind in enumerate(types):
        is_refund[code, 1 : 1 + len(kind.steps)] = [step.name == "refund" for step in kind.steps]
    return is_refund
