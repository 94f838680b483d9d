"""Nothing is lost: every customer is somewhere, every wait and every minute is accounted for. On random scenarios."""

import numpy as np
from hypothesis import given, settings
from support.random_scenarios import scenarios

import sim
from sim.log import (
    ABANDONED,
    BLOCKED,
    BOOKED,
    CALLED_BACK,
    GIVEN_UP,
    IN_SERVICE,
    OPEN,
    OUTCOMES,
    SERVED,
    SOLVED,
    STATES,
    TURNED_AWAY,
    WAITING,
    WITH_BOT,
)
from sim.scenario import DeferredChannel
from sim.workload import ATTEMPT, ENQUIRY, FOLLOW_UP_CALL, STEP

GOING_ON = (WAITING, IN_SERVICE, WITH_BOT, BOOKED)


def rows_of_cases(log):
    """Places in the log of each case's rows, in the order in which they began."""
    case = log.workload.case[log.row]
    order = np.argsort(case, kind="stable")
    return np.split(order, np.cumsum(np.bincount(case, minlength=log.workload.cases))[:-1])


@settings(max_examples=60)
@given(scenarios())
def test_every_case_ends_in_one_state_and_every_contact_in_one_outcome(scenario):
    log = sim.simulate(scenario, seed=3).log
    work = log.workload
    kind = work.kind[log.row]
    assert len(np.unique(log.row)) == len(log.row)
    assert ((log.arrived >= 0) & (log.arrived < scenario.horizon_minutes)).all()
    assert np.isin(log.outcome, range(len(OUTCOMES))).all()
    assert (np.isnan(log.ended) == np.isin(log.outcome, GOING_ON)).all()
    assert np.isin(log.state, range(len(STATES))).all()
    assert ((log.state == OPEN) == np.isnan(log.closed)).all()
    # Only contacts can be solved, and only if they were served or contained.
    assert (kind[log.solved] <= ENQUIRY).all()
    served_itself = work.self_service_solves & (
        work.appears_minutes + work.self_service_minutes < scenario.horizon_minutes
    )
    for case, rows in enumerate(rows_of_cases(log)):
        of_kind = [rows[kind[rows] == one] for one in range(4)]
        attempts, steps = of_kind[ATTEMPT], of_kind[STEP]
        # Attempt n comes after attempt n - 1 is over; steps come one after the other.
        for one in (attempts, of_kind[ENQUIRY], steps):
            assert (log.ended[one[:-1]] <= log.arrived[one[1:]]).all()
        for one in (attempts, of_kind[ENQUIRY]):
            assert work.number[log.row[one]].tolist() == list(range(1, len(one) + 1))
        assert len(attempts) <= scenario.coming_back.max_attempts
        if served_itself[case]:
            assert (log.state[case], len(rows)) == (SOLVED, 0)
            continue
        # Nothing solves a case but its last attempt, or a call that follows it up.
        assert not log.solved[attempts[:-1]].any()
        called = (of_kind[FOLLOW_UP_CALL].size and (log.outcome[of_kind[FOLLOW_UP_CALL]] == SERVED).any()) > 0
        helped = len(attempts) > 0 and log.solved[attempts[-1]]
        planned = range(work.first_step[case], work.first_step[case] + work.steps[case])
        if log.state[case] == SOLVED:
            assert helped or called
            assert log.row[steps].tolist() == list(planned)
            assert log.closed[case] == (log.ended[steps[-1]] if len(steps) else log.closed[case])
            assert not helped or log.closed[case] >= log.ended[attempts[-1]]
        elif log.state[case] == GIVEN_UP:
            assert not helped
            assert len(steps) == 0
            assert log.closed[case] >= log.ended[attempts[-1]]
        else:
            assert is_under_way(log, case, attempts, steps, of_kind[FOLLOW_UP_CALL])


def is_under_way(log, case, attempts, steps, calls):
    """Whether a case that is open at the end of the run has something to wait for."""
    work, end_of_run = log.workload, log.scenario.horizon_minutes
    if not len(attempts):
        return work.appears_minutes[case] + work.self_service_minutes[case] >= end_of_run
    if np.isnan(log.ended[[*attempts, *steps, *calls]]).any():
        return True
    last = attempts[-1]
    row, outcome = log.row[last], SERVED if log.outcome[last] == CALLED_BACK else log.outcome[last]
    if outcome == SERVED and work.follow_up[row] >= 0:
        due = log.ended[last] + work.before_minutes[work.follow_up[row]]
        if due >= end_of_run:
            return True
    returns = log.ended[last] + work.delay_after(outcome)[row]
    return work.next_attempt[row] >= 0 and np.isfinite(returns) and (outcome == TURNED_AWAY or returns >= end_of_run)


@settings(max_examples=60)
@given(scenarios())
def test_times_are_in_order_and_patience_is_kept(scenario):
    log = sim.simulate(scenario, seed=4).log
    work = log.workload
    contact = log.is_contact
    answered = ~np.isnan(log.answered)
    assert (answered == (log.agent >= 0)).all()
    assert (
        answered == np.isin(log.outcome, [SERVED, CALLED_BACK, IN_SERVICE]) & (contact | ~np.isnan(log.queued))
    ).all()
    for first, second in (
        (log.booked, log.queued),
        (log.arrived, log.queued),
        (log.queued, log.answered),
        (log.answered, log.ended),
        (log.queued, log.ended),
    ):
        assert not (first > second).any()
    assert (log.closed[log.state == SOLVED] >= work.appears_minutes[log.state == SOLVED]).all()
    patience = work.patience_minutes[log.row]
    on_the_line = contact & np.isin(log.outcome, [SERVED, TURNED_AWAY])
    assert (log.wait[on_the_line] <= patience[on_the_line]).all()
    assert (log.wait[log.outcome == ABANDONED] == patience[log.outcome == ABANDONED]).all()
    # From the bot straight to the queue.
    through_bot = log.met_bot & ~np.isnan(log.queued)
    minutes = work.bot_minutes[log.row]
    assert (log.queued[through_bot] - log.arrived[through_bot] == minutes[through_bot]).all()


@settings(max_examples=60)
@given(scenarios())
def test_customers_join_live_queues_in_opening_hours_and_never_more_than_there_are_lines(scenario):
    log = sim.simulate(scenario, seed=5).log
    channel = np.where(log.is_contact, log.workload.channel[log.row], -1)
    ended = np.where(np.isnan(log.ended), scenario.horizon_minutes, log.ended)
    for code, way in enumerate(scenario.channels.values()):
        if isinstance(way, DeferredChannel):
            continue
        open_ = way.open_hours.minutes[scenario.weekdays].ravel()
        here = (channel == code) & ~np.isnan(log.queued)
        assert open_[log.queued[here].astype(int)].all()
        turned_away = (channel == code) & (log.outcome == TURNED_AWAY)
        assert not open_[log.ended[turned_away].astype(int)].any()
        blocked = (channel == code) & (log.outcome == BLOCKED)
        if way.lines is None:
            assert not blocked.any()
            continue
        # Who waits for a callback holds no line; of some it cannot be seen whether they do, at the end of the run.
        unseen = log.workload.accepts_callback[log.row] & np.isin(log.outcome, [WAITING, IN_SERVICE])
        holds = here & (log.outcome != CALLED_BACK)
        surely = holds & ~unseen & (ended > log.queued)
        times = np.concatenate([log.queued[surely], ended[surely]])
        change = np.repeat([1, -1], surely.sum())
        assert np.cumsum(change[np.lexsort((change, times))]).max(initial=0) <= way.lines
        for moment in log.arrived[blocked & ~log.met_bot & np.isnan(log.booked)].tolist():
            assert ((log.queued[holds] <= moment) & (moment <= ended[holds])).sum() >= way.lines


@settings(max_examples=40)
@given(scenarios())
def test_littles_law_holds_exactly_for_the_queue(scenario):
    """The time integral of the number waiting equals the sum of the waits: conservation, whatever the scenario."""
    log = sim.simulate(scenario, seed=7).log
    queued = log.queued[~np.isnan(log.queued)]
    until = np.where(
        np.isnan(log.answered), np.where(np.isnan(log.ended), scenario.horizon_minutes, log.ended), log.answered
    )[~np.isnan(log.queued)]
    moments = np.concatenate([queued, until])
    steps = np.concatenate([np.ones(len(until)), -np.ones(len(until))])
    order = np.argsort(moments, kind="stable")
    waiting = np.cumsum(steps[order])
    area = (waiting[:-1] * np.diff(moments[order])).sum()
    np.testing.assert_allclose(area, (until - queued).sum(), rtol=1e-9, atol=1e-6)
    assert waiting.min(initial=0) >= 0
    over = ~np.isnan(log.queued) & ~np.isin(log.outcome, [WAITING])
    np.testing.assert_allclose(np.nansum(log.wait[over]), (until - queued)[over[~np.isnan(log.queued)]].sum())


@settings(max_examples=40)
@given(scenarios())
def test_groups_add_up_to_the_whole(scenario):
    run = sim.simulate(scenario, seed=8)
    whole = run.measures().iloc[0]
    counts = [
        "contacts",
        "offered",
        "served",
        "abandoned",
        "blocked",
        "turned_away",
        "called_back",
        "bot_sessions",
        "cases",
    ]
    for by in ("channel", "type", "segment", "day", "hour", "slot", "weekday", ["channel", "day"]):
        parts = run.measures(by=by)
        for name in counts:
            assert parts[name].sum() == whole[name], (by, name)
    # Every contact is counted once, unless the bot kept it or the end of the run came first.
    outcome = run.contacts["outcome"]
    left = outcome.isin(["contained", "left_bot", "with_bot", "booked"]).sum()
    ends = ["offered", "blocked", "turned_away", "called_back"]
    assert whole[ends].sum() + left == whole["contacts"] == len(run.contacts)
    assert whole["cases"] == len(run.cases)
