"""The queueing formulas against published values, hand calculation, brute-force chains, limits and order."""

from __future__ import annotations

import dataclasses
import functools
import math
import operator
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from sim import theory

from . import chains

LEVELS = ["service_level", "service_level_offered", "service_level_credited", "service_level_answered"]


def measures(result: theory.SteadyState) -> dict[str, float]:
    return dataclasses.asdict(result)


class TestPublishedValues:
    """Numbers printed by others. Each test names where; the tolerance is half of the last digit printed."""

    def test_erlang_b_in_the_manual_of_abstract_micro_systems(self):
        # Erlang Library for Excel, function reference, ErlbBlockage.
        assert theory.erlang_b(10.4, 60, agents=3) == pytest.approx(0.7411421, abs=5e-8)

    @pytest.mark.parametrize(
        ("agents", "blocking", "load", "digit"),
        [(17, 0.01, 9.65160, 1e-5), (17, 0.05, 12.4613, 1e-4), (25, 0.01, 16.1245, 1e-4), (15, 0.01, 8.108, 1e-3)],
    )
    def test_load_that_lines_can_carry(self, agents, blocking, load, digit):
        # The same reference, ErlbTrafFromBlockage; the last from the manual of Westbay Engineers' calculator.
        assert theory.erlang_b(load - digit, 60, agents) < blocking < theory.erlang_b(load + digit, 60, agents)

    @pytest.mark.parametrize(
        ("arrivals_per_hour", "handle_minutes", "agents", "measure", "value"),
        [
            (10.1, 60, 11, "wait_probability", 0.71095477),
            (8, 60, 10, "mean_queue_length", 1.63672),
            (9, 60, 10, "mean_queue_length", 6.01858),
            (95 * 12, 5, 100, "mean_wait_minutes", 30.387409 / 60),
            (10.75 / 120.5 * 3600, 120.5 / 60, 13, "mean_wait_minutes", 22.270206 / 60),
            (200, 4, 20, "mean_wait_minutes", 2.243505841 / 60),
            (200, 5, 20, "mean_wait_minutes", 30.4312286 / 60),
        ],
    )
    def test_erlang_c_in_the_manual_of_abstract_micro_systems(
        self, arrivals_per_hour, handle_minutes, agents, measure, value
    ):
        # The same reference, ErlcFractionDelayed, ErlcNwaiting, ErlcWait, ErlcWait4. It computes with Excel's gamma
        # functions; exact arithmetic (see TestByHand) differs from the eighth digit on.
        result = theory.erlang_c(arrivals_per_hour, handle_minutes, agents)
        assert getattr(result, measure) == pytest.approx(value, rel=1e-6)

    def test_a_hundred_calls_in_half_an_hour(self):
        # The standard example of Erlang C and Erlang A calculators.
        patient = theory.erlang_c(200, 3, 14, within_seconds=20)
        assert patient.wait_probability == pytest.approx(0.174132, abs=5e-7)
        assert patient.service_level == pytest.approx(0.888350, abs=5e-7)
        impatient = theory.erlang_a(200, 3, 14, patience_minutes=5)
        assert impatient.abandonment == pytest.approx(0.013984, abs=5e-7)
        assert impatient.wait_probability == pytest.approx(0.14526, abs=5e-6)

    @pytest.mark.parametrize(("agents", "service_level"), [(40, 0.9372), (35, 0.4724)])
    def test_a_thousand_calls_an_hour(self, agents, service_level):
        assert theory.erlang_c(1000, 2, agents).service_level == pytest.approx(service_level, abs=5e-5)

    def test_garnett_mandelbaum_reiman(self):
        # Designing a call center with impatient customers (2002), opening table: 50 agents, 48 calls a minute,
        # one minute each, patience two minutes; with and without abandonment.
        without, with_ = theory.erlang_c(2880, 1, 50), theory.erlang_a(2880, 1, 50, patience_minutes=2)
        assert with_.abandonment == pytest.approx(0.031, abs=5e-4)
        assert 60 * without.mean_wait_minutes == pytest.approx(20.8, abs=0.05)
        assert 60 * with_.mean_wait_minutes == pytest.approx(3.7, abs=0.05)
        assert without.mean_queue_length == pytest.approx(17, abs=0.5)
        assert with_.mean_queue_length == pytest.approx(3, abs=0.5)
        assert without.occupancy == pytest.approx(0.96, abs=0.005)
        assert with_.occupancy == pytest.approx(0.93, abs=0.005)

    def test_gross_and_harris_car_inspection(self):
        # Fundamentals of Queueing Theory, M/M/3/7: three stalls, room for four more, one car a minute, six
        # minutes each: 3.09 cars wait on average, 6.06 are there.
        station = theory.erlang_c(60, 6, agents=3, lines=7)
        assert station.mean_queue_length == pytest.approx(3.09, abs=0.005)
        assert station.mean_queue_length + 3 * station.occupancy == pytest.approx(6.06, abs=0.005)

    def test_stevenson_repair_shop(self):
        # Operations Management, 14th edition, example 8 and the page after it: six servers, one hour each,
        # 2 + 2 + 1 tools an hour: tools of the first priority wait .147 hour.
        assert theory.priority_waits([2, 2, 1], 60, 6)[0] / 60 == pytest.approx(0.147, abs=5e-4)


class TestByHand:
    @pytest.mark.parametrize("agents", [1, 2, 7, 30, 150])
    @pytest.mark.parametrize("load_per_agent", [Fraction(1, 10), Fraction(4, 5), Fraction(99, 100)])
    def test_erlang_formulas_in_fractions(self, agents, load_per_agent):
        # As Erlang wrote them, in exact arithmetic.
        load = load_per_agent * agents
        weights = [load**n / math.factorial(n) for n in range(agents + 1)]
        waiting = weights[-1] / (1 - load_per_agent)
        blocked, waits = weights[-1] / sum(weights), waiting / (sum(weights[:-1]) + waiting)
        assert theory.erlang_b(load, 60, agents) == pytest.approx(float(blocked), rel=1e-12)
        assert theory.erlang_c(load, 60, agents).wait_probability == pytest.approx(float(waits), rel=1e-12)

    def test_one_agent_and_room_for_one_more(self):
        # Load 2 on one agent: the states 0, 1, 2 weigh 1, 2, 4.
        result = theory.erlang_c(arrivals_per_hour=60, handle_minutes=2, agents=1, lines=2, within_seconds=60)
        assert result.blocking == pytest.approx(4 / 7)
        assert result.occupancy == pytest.approx(6 / 7)
        assert result.wait_probability == pytest.approx(2 / 3)
        assert result.mean_wait_minutes == pytest.approx(2 / 3 * 2)
        assert result.mean_wait_of_waiting_minutes == pytest.approx(2)
        assert result.service_level == pytest.approx(1 - 2 / 3 * math.exp(-1 / 2))

    def test_one_place_and_patience(self):
        # As above with two minutes of patience: the states weigh 1, 2, 2, and a waiting customer is as likely to
        # be served as to hang up, after one minute on average in both cases.
        result = theory.erlang_a(60, 2, 1, patience_minutes=2, lines=2, within_seconds=60)
        assert result.blocking == pytest.approx(2 / 5)
        assert result.abandonment == pytest.approx(2 / 3 / 2)
        assert result.mean_wait_of_waiting_minutes == pytest.approx(1)
        assert result.asa_minutes == pytest.approx(1 / 3 * 1 / (2 / 3))
        soon = 1 / 3 * (1 - math.exp(-1))
        good = 1 / 3 + soon
        assert result.service_level == pytest.approx(good / (1 - soon))
        assert result.service_level_offered == pytest.approx(good)
        assert result.service_level_credited == pytest.approx(good + soon)
        assert result.service_level_answered == pytest.approx(good / (2 / 3))

    def test_half_the_customers_have_no_patience(self):
        # One agent, one waiting place, load 2, patience endless for the others: the states weigh 1, 2, 2.
        result = theory.erlang_a(60, 2, 1, patience_minutes=1e12, lines=2, no_patience_share=0.5)
        assert result.blocking == pytest.approx(2 / 5)
        assert result.wait_probability == pytest.approx(2 / 3)
        assert result.abandonment == pytest.approx(1 / 3)
        assert result.asa_minutes == pytest.approx(1 / 3 * 2 / (2 / 3))

    @pytest.mark.parametrize("agents", [1, 3, 10, 100, 1000, 10_000])
    @pytest.mark.parametrize("load_per_agent", [0.5, 0.98, 1.0, 1.02])
    def test_patience_as_long_as_service(self, agents, load_per_agent):
        # Then everybody leaves at the same rate, waiting or served: the number present is Poisson.
        load = load_per_agent * agents
        result = theory.erlang_a(60 * load, 1, agents, patience_minutes=1)
        waiting = load * poisson.sf(agents - 1, load) - agents * poisson.sf(agents, load)
        assert result.wait_probability == pytest.approx(poisson.sf(agents - 1, load), rel=1e-8)
        assert result.mean_queue_length == pytest.approx(waiting, rel=1e-8, abs=1e-12)
        assert result.abandonment == pytest.approx(waiting / load, rel=1e-8, abs=1e-12)

    def test_one_agent_without_limits(self):
        # M/M/1: all waits are those of a sum of exponentials, P(wait > t) = load * exp(-(1 - load) t / handle).
        result = theory.erlang_c(arrivals_per_hour=15, handle_minutes=3, agents=1, within_seconds=120)
        assert result.wait_probability == pytest.approx(0.75)
        assert result.mean_wait_minutes == pytest.approx(9)
        assert result.mean_wait_of_waiting_minutes == pytest.approx(12)
        assert result.mean_queue_length == pytest.approx(2.25)
        assert result.service_level == pytest.approx(1 - 0.75 * math.exp(-0.25 * 2 / 3))


queues = st.fixed_dictionaries(
    {
        "arrivals_per_hour": st.floats(5, 400),
        "handle_minutes": st.floats(0.5, 6),
        "agents": st.integers(1, 12),
        "within_seconds": st.one_of(st.just(0), st.floats(1, 300)),
    }
)
impatience = st.fixed_dictionaries(
    {"patience_minutes": st.floats(0.02, 20), "no_patience_share": st.one_of(st.just(0), st.floats(0, 0.9))}
)


class TestAgainstChains:
    """Every measure against a Markov chain solved without any queueing formula."""

    @settings(max_examples=60, deadline=None)
    @given(queues, impatience, st.integers(1, 40))
    def test_limited_lines_with_patience(self, queue, impatience, places):
        queue |= impatience | {"lines": queue["agents"] + places}
        expected = chains.one_queue(**queue)
        assert measures(theory.erlang_a(**queue)) == pytest.approx(expected, rel=1e-7, abs=1e-12)

    @settings(max_examples=40, deadline=None)
    @given(queues, st.integers(1, 40))
    def test_limited_lines(self, queue, places):
        queue |= {"lines": queue["agents"] + places}
        expected = chains.one_queue(**queue)
        assert measures(theory.erlang_c(**queue)) == pytest.approx(expected, rel=1e-7, abs=1e-12)

    @pytest.mark.parametrize("patience_minutes", [0.05, 1, 8])
    @pytest.mark.parametrize("agents", [1, 4, 9, 15])
    @pytest.mark.parametrize("no_patience_share", [0, 0.2])
    def test_unlimited_lines_with_patience(self, agents, patience_minutes, no_patience_share):
        queue = {
            "arrivals_per_hour": 200,
            "handle_minutes": 3,
            "agents": agents,
            "patience_minutes": patience_minutes,
            "within_seconds": 30,
            "no_patience_share": no_patience_share,
        }
        expected = chains.one_queue(**queue, lines=agents + 120)
        assert expected["blocking"] < 1e-12
        assert measures(theory.erlang_a(**queue)) == pytest.approx(expected, rel=1e-7, abs=1e-11)

    @pytest.mark.parametrize(("agents", "handle_minutes"), [(1, 0.25), (5, 1.2), (12, 3)])
    def test_unlimited_lines(self, agents, handle_minutes):
        expected = chains.one_queue(200, handle_minutes, agents, lines=agents + 200, within_seconds=15)
        assert expected["blocking"] < 1e-12
        result = theory.erlang_c(200, handle_minutes, agents, within_seconds=15)
        assert measures(result) == pytest.approx(expected, rel=1e-7, abs=1e-11)

    @pytest.mark.parametrize("agents", [1, 3])
    def test_two_groups(self, agents):
        arrivals = [7 * agents, 6 * agents]
        expected = chains.two_groups(arrivals, 3, agents, most=50)
        assert theory.priority_waits(arrivals, 3, agents) == pytest.approx(expected, rel=1e-6)

    @pytest.mark.parametrize(
        ("stages", "mean", "cv"),
        [
            ([(1, 1.5, 1), (0, 1.5, None)], 3, math.sqrt(1 / 2)),
            ([(1, 1, 1), (0, 1, 2), (0, 1, None)], 3, math.sqrt(1 / 3)),
            # A mixture has the mean square of its parts: 0.25 * 2 * 9**2 + 0.75 * 2 * 1**2 = 42 = 9 + variance.
            ([(0.25, 9, None), (0.75, 1, None)], 3, math.sqrt(33) / 3),
        ],
    )
    def test_handle_times_of_any_shape(self, stages, mean, cv):
        (expected,) = chains.one_agent([11], [stages], most=400)
        assert theory.mg1(11, mean, cv) == pytest.approx(expected, rel=1e-6)
        assert theory.mgc_approximation(11, mean, 1, cv) == pytest.approx(expected, rel=1e-6)
        assert theory.priority_waits([11], mean, handle_cv=cv) == pytest.approx([expected], rel=1e-6)

    def test_two_groups_with_handle_times_of_their_own(self):
        steady, single = [(1, 1, 1), (0, 1, None)], [(1, 4, None)]
        expected = chains.one_agent([9, 5], [steady, single], most=45)
        result = theory.priority_waits([9, 5], [2, 4], handle_cv=[math.sqrt(1 / 2), 1])
        assert result == pytest.approx(expected, rel=1e-6)


class TestLargeAndExtreme:
    @pytest.mark.parametrize("load", [5_000, 9_900, 10_000, 10_100, 30_000])
    @pytest.mark.parametrize("patience_minutes", [0.1, 5, 200])
    @pytest.mark.parametrize("places", [0, 30, 10_000])
    def test_ten_thousand_agents(self, load, patience_minutes, places):
        agents, handle_minutes = 10_000, 3
        lines = agents + places
        expected = chains.large_queue(20 * load, handle_minutes, agents, lines, patience_minutes)
        result = measures(theory.erlang_a(20 * load, handle_minutes, agents, patience_minutes, lines=lines))
        got = {name: result[name] for name in expected}
        assert got == pytest.approx(expected, rel=1e-7, abs=1e-10)

    def test_waits_of_ten_thousand_agents(self):
        # With short patience few enough wait (nine on average) to follow one of them through the chain.
        queue = {
            "arrivals_per_hour": 200_000,
            "handle_minutes": 3,
            "agents": 10_000,
            "patience_minutes": 0.5,
            "within_seconds": 0.5,
        }
        expected = chains.one_queue(**queue, lines=10_350)
        assert expected["blocking"] < 1e-12
        assert measures(theory.erlang_a(**queue)) == pytest.approx(expected, rel=1e-6, abs=1e-10)

    @given(
        agents=st.integers(1, 10_000),
        load_per_agent=st.floats(-3, 3).map(lambda x: 10**x),
        handle_minutes=st.floats(-2, 4).map(lambda x: 10**x),
        patience_per_handle=st.floats(-9, 9).map(lambda x: 10**x),
        within_seconds=st.floats(0, 1e5),
        places=st.none() | st.integers(0, 10_000),
        no_patience_share=st.one_of(st.just(0.0), st.floats(0, 0.99)),
    )
    @settings(max_examples=150, deadline=None)
    def test_any_numbers_make_sense(
        self,
        agents,
        load_per_agent,
        handle_minutes,
        patience_per_handle,
        within_seconds,
        places,
        no_patience_share,
    ):
        patience = patience_per_handle * handle_minutes
        result = theory.erlang_a(
            60 * load_per_agent * agents / handle_minutes,
            handle_minutes,
            agents,
            patience,
            within_seconds,
            None if places is None else agents + places,
            no_patience_share,
        )
        shares = ["occupancy", "wait_probability", "abandonment", "blocking", *LEVELS]
        assert all(0 <= getattr(result, name) <= 1 + 1e-9 for name in shares)
        numbers = measures(result)
        if places == 0:
            assert math.isnan(numbers.pop("mean_wait_of_waiting_minutes"))
        assert all(math.isfinite(number) for number in numbers.values())
        # Those who wait hang up at rate 1 / patience, so the abandoned are the queue length over the patience ...
        accepted = load_per_agent * agents / handle_minutes * (1 - result.blocking)
        if result.blocking < 0.999:
            gone = no_patience_share * result.wait_probability + result.mean_queue_length / patience / accepted
            assert result.abandonment == pytest.approx(gone, rel=1e-8, abs=1e-12)
            # ... and who got a line and stayed keeps the agents busy.
            kept = load_per_agent * (1 - result.blocking) * (1 - result.abandonment)
            assert result.occupancy == pytest.approx(kept, rel=1e-6, abs=1e-6 * load_per_agent)


class TestLimits:
    @settings(deadline=None)
    @given(queues)
    def test_without_waiting_places_the_queue_is_erlang_b(self, queue):
        result = theory.erlang_c(**queue, lines=queue["agents"])
        arrivals, handle, agents = queue["arrivals_per_hour"], queue["handle_minutes"], queue["agents"]
        assert result.blocking == pytest.approx(theory.erlang_b(arrivals, handle, agents))
        assert result.wait_probability == 0
        assert result.mean_wait_minutes == 0
        assert result.service_level == 1
        assert math.isnan(result.mean_wait_of_waiting_minutes)

    @settings(deadline=None)
    @given(queues)
    def test_no_patience_is_erlang_b(self, queue):
        result = theory.erlang_a(**queue, patience_minutes=1e-9)
        blocked = theory.erlang_b(queue["arrivals_per_hour"], queue["handle_minutes"], queue["agents"])
        assert result.abandonment == pytest.approx(blocked, abs=1e-6)
        assert result.wait_probability == pytest.approx(blocked, abs=1e-6)

    @settings(deadline=None)
    @given(queues)
    def test_endless_patience_is_erlang_c(self, queue):
        load = queue["arrivals_per_hour"] * queue["handle_minutes"] / 60
        queue["agents"] = math.ceil(1.05 * load) + 1
        expected = measures(theory.erlang_c(**queue))
        assert measures(theory.erlang_a(**queue, patience_minutes=1e9)) == pytest.approx(expected, abs=1e-6)

    @settings(deadline=None)
    @given(queues)
    def test_many_lines_are_no_limit(self, queue):
        load = queue["arrivals_per_hour"] * queue["handle_minutes"] / 60
        queue["agents"] = math.ceil(1.05 * load) + 1
        expected = measures(theory.erlang_c(**queue))
        limited = measures(theory.erlang_c(**queue, lines=100_000))
        assert limited == pytest.approx(expected, rel=1e-9, abs=1e-12)

    def test_patience_moves_the_queue_smoothly_from_b_to_c(self):
        waits = [theory.erlang_a(200, 3, 11, 10.0**k).mean_wait_minutes for k in range(-6, 10)]
        assert waits == sorted(waits)
        assert waits[-1] == pytest.approx(theory.erlang_c(200, 3, 11).mean_wait_minutes, rel=1e-6)

    def test_heavy_overload_is_a_flow(self):
        # Twice the load that 1,000 agents can carry: every second customer must hang up, and with patience of 10
        # minutes half have hung up after 10 ln 2 minutes.
        result = theory.erlang_a(40_000, 3, 1_000, patience_minutes=10)
        assert result.occupancy == pytest.approx(1)
        assert result.abandonment == pytest.approx(0.5, abs=1e-9)
        assert result.asa_minutes == pytest.approx(10 * math.log(2), rel=2e-3)

    def test_time_limit_of_zero_and_of_a_day(self):
        now = theory.erlang_a(200, 3, 11, 5, within_seconds=0)
        assert now.service_level_offered == pytest.approx(1 - now.wait_probability)
        assert now.service_level == pytest.approx(now.service_level_offered)
        assert now.service_level_credited == pytest.approx(now.service_level_offered)
        late = theory.erlang_a(200, 3, 11, 5, within_seconds=86_400)
        assert late.service_level == pytest.approx(1)
        assert late.service_level_answered == pytest.approx(1)
        assert late.service_level_offered == pytest.approx(1 - late.abandonment)


class TestOrder:
    """What must get better with more agents, and worse with more customers."""

    @settings(deadline=None)
    @given(queues, impatience)
    def test_another_agent_helps(self, queue, impatience):
        fewer = theory.erlang_a(**queue, **impatience)
        more = theory.erlang_a(**(queue | {"agents": queue["agents"] + 1}), **impatience)
        for level in LEVELS:
            assert getattr(more, level) >= getattr(fewer, level) - 1e-12
        assert more.abandonment < fewer.abandonment or fewer.abandonment < 1e-12
        assert more.mean_wait_minutes < fewer.mean_wait_minutes or fewer.mean_wait_minutes < 1e-12

    @settings(deadline=None)
    @given(queues, impatience, st.floats(1.01, 2))
    def test_more_customers_wait_longer(self, queue, impatience, factor):
        quiet = theory.erlang_a(**queue, **impatience)
        busy = theory.erlang_a(**(queue | {"arrivals_per_hour": factor * queue["arrivals_per_hour"]}), **impatience)
        for level in LEVELS:
            assert getattr(busy, level) <= getattr(quiet, level) + 1e-12
        assert busy.mean_wait_minutes > quiet.mean_wait_minutes or busy.mean_wait_minutes < 1e-12
        assert busy.occupancy > quiet.occupancy or busy.occupancy > 1 - 1e-9

    @settings(deadline=None)
    @given(queues, st.integers(0, 30))
    def test_another_line_trades_busy_tones_for_waits(self, queue, places):
        fewer = theory.erlang_c(**queue, lines=queue["agents"] + places)
        more = theory.erlang_c(**queue, lines=queue["agents"] + places + 1)
        assert more.blocking <= fewer.blocking * (1 + 1e-12)
        assert more.mean_wait_minutes >= fewer.mean_wait_minutes - 1e-12

    @settings(deadline=None)
    @given(queues, impatience)
    def test_service_levels_are_ordered(self, queue, impatience):
        result = theory.erlang_a(**queue, **impatience)
        assert result.service_level_offered <= result.service_level + 1e-12
        assert result.service_level <= result.service_level_credited + 1e-12

    def test_priority_moves_waits_but_saves_nothing(self):
        waits = theory.priority_waits([3, 4, 5], 3, 1)
        assert waits == sorted(waits)
        mean = sum(n * wait for n, wait in zip([3, 4, 5], waits, strict=True)) / 12
        assert mean == pytest.approx(theory.mg1(12, 3))

    def test_pooling_two_desks_shortens_waits(self):
        assert theory.erlang_c(200, 3, 24).mean_wait_minutes < theory.erlang_c(100, 3, 12).mean_wait_minutes

    def test_variability_costs_waiting(self):
        waits = [theory.mgc_approximation(50, 3, 3, cv, arrivals_cv=1) for cv in (0, 0.5, 1, 2)]
        assert waits == sorted(waits)
        assert waits[2] == pytest.approx(theory.erlang_c(50, 3, 3).mean_wait_minutes)
        assert theory.mgc_approximation(50, 3, 3, 1, arrivals_cv=0) == pytest.approx(waits[2] / 2)


class TestAgentsNeeded:
    @settings(deadline=None, max_examples=60)
    @given(
        st.floats(5, 600),
        st.floats(0.5, 6),
        st.floats(0.05, 0.99),
        st.floats(0, 120),
        st.none() | st.floats(0.1, 20),
        st.sampled_from(LEVELS),
    )
    def test_is_the_smallest_that_reaches_the_target(self, arrivals, handle, target, within, patience, measure):
        needed = theory.agents_needed(arrivals, handle, target, within, patience, measure=measure)

        def level(agents):
            if patience is None:
                return getattr(theory.erlang_c(arrivals, handle, agents, within), measure)
            return getattr(theory.erlang_a(arrivals, handle, agents, patience, within), measure)

        assert level(needed) >= target
        load = arrivals * handle / 60
        too_few_to_carry_the_load = patience is None and needed - 1 <= load * (1 + 1e-9)
        assert needed == 1 or too_few_to_carry_the_load or level(needed - 1) < target

    def test_large_centre(self):
        # Square-root staffing: the load plus a small multiple of its root.
        needed = theory.agents_needed(200_000, 3, 0.8)
        assert 10_000 < needed < 10_000 + 2 * math.sqrt(10_000)

    def test_callers_without_patience_leave_room_for_others(self):
        patient = theory.agents_needed(200, 3, 0.9, patience_minutes=5)
        assert theory.agents_needed(200, 3, 0.9, patience_minutes=5, no_patience_share=0.5) < patient


GOOD = {"arrivals_per_hour": 200, "handle_minutes": 3, "agents": 14}


class TestBadInput:
    @pytest.mark.parametrize("formula", [theory.erlang_b, theory.erlang_c])
    @pytest.mark.parametrize("name", ["arrivals_per_hour", "handle_minutes"])
    @pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, "3", None, True, [3], 1j, 10**400])
    def test_rates_must_be_positive_numbers(self, formula, name, value):
        with pytest.raises(ValueError, match=rf"{name} is .*; it must be one number, above 0 and finite"):
            formula(**(GOOD | {name: value}))

    @pytest.mark.parametrize("value", [1e-200, 1e200])
    def test_loads_beyond_all_measure(self, value):
        with pytest.raises(ValueError, match=r"arrivals_per_hour is 1e.* and handle_minutes is 1e.*Check the units"):
            theory.erlang_b(value, value, 14)

    @pytest.mark.parametrize("value", [0, -2, math.nan, math.inf, "14", None, True, 2_000_000])
    def test_agents_must_be_whole(self, value):
        with pytest.raises(ValueError, match=r"agents is .*; it must be a whole number from 1 to 1,000,000"):
            theory.erlang_b(**(GOOD | {"agents": value}))

    def test_fractional_agents_are_told_their_neighbours(self):
        with pytest.raises(ValueError, match=r"agents is 14\.5; .* Use 14 or 15\."):
            theory.erlang_c(**(GOOD | {"agents": 14.5}))

    @pytest.mark.parametrize("lines", [13, 20.5, "20", -1])
    def test_lines_hold_at_least_the_agents(self, lines):
        allowed = r"lines is .*; it must be a whole number from 14 to 1,000,000"
        with pytest.raises(ValueError, match=allowed):
            theory.erlang_c(**GOOD, lines=lines)
        with pytest.raises(ValueError, match=allowed):
            theory.erlang_a(**GOOD, patience_minutes=5, lines=lines)

    @pytest.mark.parametrize("patience", [0, -1, math.nan, math.inf, "5", None])
    def test_patience(self, patience):
        with pytest.raises(ValueError, match=r"patience_minutes is .* use erlang_c"):
            theory.erlang_a(**GOOD, patience_minutes=patience)

    @pytest.mark.parametrize("share", [-0.1, 1, math.nan, "0.5"])
    def test_no_patience_share(self, share):
        with pytest.raises(ValueError, match=r"no_patience_share is .* 0 or more and below 1"):
            theory.erlang_a(**GOOD, patience_minutes=5, no_patience_share=share)

    @pytest.mark.parametrize("seconds", [-1, math.nan, math.inf, "20"])
    def test_time_limit(self, seconds):
        with pytest.raises(ValueError, match=r"within_seconds is .* 0 or more and finite"):
            theory.erlang_c(**GOOD, within_seconds=seconds)

    def test_overload_says_how_many_agents_are_needed(self):
        with pytest.raises(ValueError, match=r"agents is 9, but the offered load is 10 .* at least 11 agents"):
            theory.erlang_c(200, 3, 9)
        with pytest.raises(ValueError, match=r"at least 2 agents"):
            theory.mg1(20, 3)
        with pytest.raises(ValueError, match=r"at least 11 agents"):
            theory.priority_waits([100, 100], 3, 10)
        with pytest.raises(ValueError, match=r"at least 11 agents"):
            theory.mgc_approximation(200, 3, 10, handle_cv=2)

    def test_a_load_equal_to_the_agents_but_for_rounding_is_overload(self):
        # Six groups of a tenth of the load each, and four more: in binary they add up to a little less than 3.
        arrivals = [6.0] * 10
        load = functools.reduce(operator.add, [each * 3 / 60 for each in arrivals])
        assert load < 3
        with pytest.raises(ValueError, match=r"at least 4 agents"):
            theory.priority_waits(arrivals, 3, 3)

    @pytest.mark.parametrize("target", [0, 1, 80, math.nan, "0.8"])
    def test_target(self, target):
        with pytest.raises(ValueError, match=r"target is .* above 0 and below 1"):
            theory.agents_needed(200, 3, target)

    def test_unknown_measure(self):
        with pytest.raises(ValueError, match=r"measure is 'speed'; it must be one of service_level, service_level_of"):
            theory.agents_needed(200, 3, measure="speed")

    def test_no_patience_share_needs_a_patience(self):
        with pytest.raises(ValueError, match=r"Give patience_minutes too"):
            theory.agents_needed(200, 3, no_patience_share=0.1)

    @pytest.mark.parametrize("arrivals", [200, [], "200", None])
    def test_groups_come_as_a_list(self, arrivals):
        with pytest.raises(ValueError, match=r"arrivals_per_hour is .* a list with one number a group"):
            theory.priority_waits(arrivals, 3, 14)

    def test_one_number_a_group(self):
        with pytest.raises(ValueError, match=r"handle_minutes has 3 values for 2 groups"):
            theory.priority_waits([1, 2], [3, 3, 3])
        with pytest.raises(ValueError, match=r"handle_cv is -1; .* 0 or more"):
            theory.priority_waits([1, 2], 3, handle_cv=[1, -1])

    @pytest.mark.parametrize("change", [{"handle_minutes": [3, 4]}, {"handle_cv": 0.5}])
    def test_priorities_without_an_exact_formula(self, change):
        with pytest.raises(ValueError, match=r"only for one agent, or for one handle_minutes and handle_cv 1"):
            theory.priority_waits(**({"arrivals_per_hour": [5, 5], "handle_minutes": 3, "agents": 2} | change))


def test_whole_floats_and_numpy_numbers_are_numbers():
    expected = theory.erlang_c(**GOOD)
    assert theory.erlang_c(np.float32(200), np.int64(3), 14.0) == expected
    assert all(type(value) is float for value in measures(expected).values())
    assert theory.priority_waits(np.array([2.0, 8.0]), 3) == theory.priority_waits([2, 8], 3)


def test_a_result_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        theory.erlang_c(**GOOD).occupancy = 0.5
