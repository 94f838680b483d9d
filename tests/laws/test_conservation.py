"""Nothing is lost: every customer is somewhere, every agent does one thing at a time. On random scenarios."""

import numpy as np
from hypothesis import given, settings
from support.random_scenarios import scenarios

import sim
from sim.log import ABANDONED, IN_SERVICE, OPEN, SERVED, SOLVED, STATES, WAITING


@settings(max_examples=60)
@given(scenarios())
def test_every_case_ends_in_one_state_and_every_contact_in_one_outcome(scenario):
    log = sim.simulate(scenario, seed=3).log
    work = log.workload
    assert len(np.unique(log.row)) == len(log.row)
    assert np.isin(log.state, range(len(STATES))).all()
    assert ((log.state == OPEN) == np.isnan(log.closed)).all()
    # Every case had its first contact, and attempt n only after attempt n - 1.
    contacts = np.bincount(work.case[log.row], minlength=work.cases)
    assert (contacts >= 1).all()
    assert (contacts <= scenario.coming_back.max_attempts).all()
    last = np.zeros(work.cases)
    for row, arrived in zip(log.row, log.arrived, strict=True):
        case = work.case[row]
        assert work.attempt[row] == last[case] + 1
        last[case] += 1
        assert 0 <= arrived < scenario.horizon_minutes
    # A case is solved if and only if its last contact solved it.
    solved = np.zeros(work.cases, dtype=bool)
    solved[work.case[log.row[log.solved]]] = True
    assert (solved == (log.state == SOLVED)).all()


@settings(max_examples=60)
@given(scenarios())
def test_times_are_in_order_and_patience_is_kept(scenario):
    log = sim.simulate(scenario, seed=4).log
    served = (log.outcome == SERVED) | (log.outcome == IN_SERVICE)
    assert (served == (log.agent >= 0)).all()
    assert (log.answered[served] >= log.arrived[served]).all()
    assert (np.isnan(log.ended) == np.isin(log.outcome, [WAITING, IN_SERVICE])).all()
    patience = log.workload.patience_minutes[log.row]
    assert (log.wait[served] <= patience[served]).all()
    assert (log.wait[log.outcome == ABANDONED] == patience[log.outcome == ABANDONED]).all()


@settings(max_examples=60)
@given(scenarios())
def test_an_agent_has_one_conversation_at_a_time_and_only_on_duty(scenario):
    log = sim.simulate(scenario, seed=5).log
    ended = np.where(np.isnan(log.ended), scenario.horizon_minutes, log.ended)
    for agent in np.unique(log.agent[log.agent >= 0]):
        mine = log.agent == agent
        order = np.lexsort((ended[mine], log.answered[mine]))
        starts, ends = log.answered[mine][order], ended[mine][order]
        assert (starts[1:] >= ends[:-1]).all()
        duty = log.duty_agent == agent
        spells = list(zip(log.duty_start[duty], log.duty_end[duty], strict=True))
        assert all(
            any(on <= start and end <= off for on, off in spells) for start, end in zip(starts, ends, strict=True)
        )


@settings(max_examples=60)
@given(scenarios())
def test_nobody_waits_while_an_agent_who_could_help_is_idle(scenario):
    """At every moment at which somebody waits, all agents on duty with the skill are busy."""
    log = sim.simulate(scenario, seed=6).log
    work, rules = log.workload, sim.routing.rules(scenario)
    until = np.where(
        np.isnan(log.answered), np.where(np.isnan(log.ended), scenario.horizon_minutes, log.ended), log.answered
    )
    ended = np.where(np.isnan(log.ended), scenario.horizon_minutes, log.ended)
    for contact in np.flatnonzero(until > log.arrived)[:40]:
        row = log.row[contact]
        queue = rules.queue_of[work.case_type[work.case[row]]][work.channel[row]]
        moment = (log.arrived[contact] + until[contact]) / 2
        able = np.isin(work.agent_team[log.duty_agent], rules.teams_for[queue])
        on_duty = set(log.duty_agent[able & (log.duty_start <= moment) & (moment < log.duty_end)])
        busy = set(log.agent[(log.answered <= moment) & (moment < ended)])
        assert on_duty <= busy


@settings(max_examples=40)
@given(scenarios())
def test_littles_law_holds_exactly_for_the_queue(scenario):
    """The time integral of the number waiting equals the sum of the waits: conservation, whatever the scenario."""
    log = sim.simulate(scenario, seed=7).log
    until = np.where(
        np.isnan(log.answered), np.where(np.isnan(log.ended), scenario.horizon_minutes, log.ended), log.answered
    )
    moments = np.concatenate([log.arrived, until])
    steps = np.concatenate([np.ones(len(until)), -np.ones(len(until))])
    order = np.argsort(moments, kind="stable")
    waiting = np.cumsum(steps[order])
    area = (waiting[:-1] * np.diff(moments[order])).sum()
    np.testing.assert_allclose(area, (until - log.arrived).sum(), rtol=1e-9, atol=1e-6)
    assert waiting.min(initial=0) >= 0


@settings(max_examples=40)
@given(scenarios())
def test_groups_add_up_to_the_whole(scenario):
    run = sim.simulate(scenario, seed=8)
    whole = run.measures().iloc[0]
    for by in ("channel", "type", "segment", "day", "hour", "slot", "weekday", ["channel", "day"]):
        parts = run.measures(by=by)
        for name in ("contacts", "offered", "served", "abandoned", "blocked", "turned_away", "cases"):
            assert parts[name].sum() == whole[name], (by, name)
