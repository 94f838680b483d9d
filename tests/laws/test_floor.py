"""Who serves whom, seen by an onlooker who knows the rules and the log, but not the engine. On random scenarios."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from support.floor_watch import watch
from support.random_scenarios import scenarios

TICK = 2.0**-20


@settings(max_examples=60)
@given(scenarios())
def test_an_agent_never_holds_more_than_allowed_and_takes_work_only_on_duty(scenario):
    seen = watch(scenario, seed=5)
    log = seen.log
    for agent, rows in enumerate(seen.of_agent):
        for row in rows.tolist():
            start = log.answered[row]
            assert any(on <= start <= off for on, off in seen.duty[agent])
            held = seen.in_hand(agent, start)
            assert seen.fits(held)
        spells = log.duty_agent == agent
        on, off = log.duty_start[spells], log.duty_end[spells]
        spell = np.searchsorted(on, log.answered[rows], side="right") - 1
        assert (spell >= 0).all()
        assert (log.answered[rows] >= on[spell]).all()
        assert (seen.ended[rows] <= off[spell]).all()


@settings(max_examples=60)
@given(scenarios())
def test_nobody_waits_while_an_agent_with_room_may_take_them(scenario):
    """Whoever waits: of the teams whose turn it is after that wait, nobody on duty could take them."""
    seen = watch(scenario, seed=6)
    log = seen.log
    waited = np.flatnonzero(seen.queued & (seen.until > np.where(seen.queued, log.queued, 0)))
    for place in waited[:: max(1, len(waited) // 40)].tolist():
        since, until = log.queued[place], seen.until[place]
        # When it begins, in between, and at the last moment before it is over.
        for moment in (since, since + 0.3 * (until - since), (since + until) / 2, until - TICK):
            for way in seen.ways(place):
                if moment - since >= way.after:
                    assert seen.could_take(way, place, moment) == []


@settings(max_examples=60)
@given(scenarios())
def test_of_those_who_wait_an_agent_takes_the_one_whose_turn_it_is(scenario):
    """Nobody is left waiting for whom the agent had room, and who stood before the one that was taken."""
    seen = watch(scenario, seed=7)
    log = seen.log
    waited = np.flatnonzero(seen.queued & seen.answered & (log.answered > np.where(seen.queued, log.queued, 0)))
    for place in waited[:: max(1, len(waited) // 40)].tolist():
        moment, agent = log.answered[place], log.agent[place]
        mine = seen.of_agent[agent]
        ended_now = mine[seen.ended[mine] == moment]
        if len(ended_now) > 1:
            continue  # it cannot be seen which of the two ends came first, and how much room there was
        held = mine[(log.answered[mine] <= moment) & (seen.ended[mine] > moment) & (mine != place)].tolist()
        team = seen.team_of[agent]
        (own,) = (way for way in seen.ways(place) if way.team == team)
        turn = seen.standing(place, own.rank)
        others = np.flatnonzero(seen.queued & (log.queued < moment) & (seen.until > moment))
        for other in others[:: max(1, len(others) // 20)].tolist():
            for way in seen.ways(other):
                allowed = way.team == team and not way.reserve and moment - log.queued[other] > way.after
                if allowed and seen.fits([*held, other]):
                    assert turn <= seen.standing(other, way.rank)


@settings(max_examples=60)
@given(scenarios())
def test_the_reserve_stays_free(scenario):
    """After an agent has taken work with a reserve, so many others of the team are free."""
    seen = watch(scenario, seed=7)
    log = seen.log
    takes = Counter([*log.answered[seen.answered].tolist(), *seen.work.roster.duty_minutes.tolist()])
    for place in np.flatnonzero(seen.answered).tolist():
        moment, team = log.answered[place], seen.team_of[log.agent[place]]
        (own,) = (way for way in seen.ways(place) if way.team == team)
        # If others took work or went at that moment, it cannot be seen in what order.
        if own.reserve and takes[moment] == 1:
            on_duty = [agent for agent in seen.team(team) if seen.on_duty(agent, moment)]
            assert sum(not seen.in_hand(agent, moment) for agent in on_duty) >= own.reserve


@settings(max_examples=60)
@given(scenarios())
def test_who_need_not_wait_goes_to_the_right_team_and_agent(scenario):
    """The team that ranks the skill highest; of it the least loaded agent, the longest unchanged, the lowest number."""
    seen = watch(scenario, seed=8)
    log = seen.log
    duty = seen.work.roster.duty_minutes
    times = Counter([*log.arrived.tolist(), *log.queued.tolist(), *log.answered.tolist(), *log.ended.tolist(), *duty])
    at_once = np.flatnonzero(seen.answered & (log.answered == log.queued))
    checked = [
        place
        for place in at_once.tolist()
        # Nothing else happens at that moment: what was there just before can be seen.
        if times[log.queued[place]] == 2 + (log.arrived[place] == log.queued[place])
    ]
    for place in checked[:: max(1, len(checked) // 40)]:
        moment, agent = log.queued[place], log.agent[place]
        before = moment - TICK
        ways = [way for way in seen.ways(place) if way.after == 0 and seen.could_take(way, place, before)]
        assert seen.team_of[agent] == ways[0].team
        best = min(
            seen.could_take(ways[0], place, before),
            key=lambda one: (len(seen.in_hand(one, before)), seen.last_change(one, moment), one),
        )
        assert agent == best


@settings(max_examples=60)
@given(scenarios())
def test_no_work_is_lost_or_made_by_sharing_attention(scenario):
    """The speed of a conversation, added up over time, is its handle time with all factors."""
    seen = watch(scenario, seed=9)
    log = seen.log
    for place in np.flatnonzero(seen.answered)[:400].tolist():
        done, pieces = seen.work_done(place)
        if np.isnan(log.ended[place]):
            assert done <= seen.work_of(place) + (pieces + 1) * TICK
        else:
            assert done == pytest.approx(seen.work_of(place), rel=0, abs=(pieces + 1) * TICK)


@settings(max_examples=60)
@given(scenarios())
def test_every_time_lies_on_the_grid(scenario):
    log = watch(scenario, seed=10).log
    for times in (log.arrived, log.booked, log.queued, log.answered, log.ended, log.closed, log.duty_end):
        ticks = times[~np.isnan(times)] / TICK
        assert (ticks == np.round(ticks)).all()
