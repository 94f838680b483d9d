"""Priorities, teams and queues of every kind: the whole simulation against exact answers.

The answers come from textbook formulas and from Markov chains solved by brute force (`chains`), which share no code
with the simulation.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import poisson
from support.agreement import agrees, near

import sim
from sim import theory

from . import chains

ALWAYS = {"kind": "live", "open_hours": "always", "patience": "never"}


def priorities(handle_times, cases_per_hour, agents, days, patience_factors=(1, 1, 1), patience="never"):
    """A desk to which each case type brings customers of a segment of its own; the first goes first."""
    names = ["gold", "silver", "bronze"][: len(handle_times)]
    return sim.load(
        {
            "name": "priorities",
            "days": days,
            "demand": {"cases_per_hour": dict(zip(names, cases_per_hour, strict=True))},
            "case_types": {
                name: {"channels": {"phone": 1}, "handle_time": handle, "segments": {name: 1.0}}
                for name, handle in zip(names, handle_times, strict=True)
            },
            "segments": {
                name: {"share": 1 / len(names), "priority": k + 1, "patience_factor": patience_factors[k]}
                for k, name in enumerate(names)
            },
            "channels": {"phone": ALWAYS | {"patience": patience}},
            "teams": {"desk": {"skills": ["phone"], "agents": agents}},
        }
    )


def test_three_priorities_with_one_agent_and_any_handle_times():
    """Cobham (1954): W_k = W0 / ((1 - s_1 - ... - s_{k-1}) (1 - s_1 - ... - s_k)), W0 = sum of rate E[S^2] / 2."""
    minutes, cvs, rates = np.array([2.0, 4.0, 5.0]), np.array([1.2, 1 / np.sqrt(3), 1.5]), np.array([5.5, 2.5, 3.5])
    families = ["lognormal", "uniform", "hyperexponential"]
    handle = [
        {"distribution": family, "mean_minutes": float(mean), "cv": float(cv)}
        for family, mean, cv in zip(families, minutes, cvs, strict=True)
    ]
    until_free = (rates / 60 * minutes**2 * (1 + cvs**2)).sum() / 2
    busy = np.concatenate([[0], np.cumsum(rates / 60 * minutes)])
    waits = until_free / (1 - busy[:-1]) / (1 - busy[1:])
    expected = {
        (name, "mean_wait_minutes"): wait for name, wait in zip(["gold", "silver", "bronze"], waits, strict=True)
    }
    runs = agrees(
        priorities(handle, rates.tolist(), 1, 10), expected, by="segment", replications=24, sharp=0.05, seed=1
    )
    near("busy", busy[-1], [run.measures(from_day=0.25)["occupancy"].iloc[0] for run in runs], sharp=0.02)


def test_three_priorities_with_several_agents():
    """Kella and Yechiali (1985): with the same exponential handle times W0 is P(wait) mean / agents."""
    rates, agents, mean = np.array([28.0, 34.0, 20.0]), 6, 3.5
    erlang = theory.erlang_c(rates.sum(), mean, agents)
    busy = np.concatenate([[0], np.cumsum(rates / 60 * mean / agents)])
    waits = erlang.wait_probability * mean / agents / (1 - busy[:-1]) / (1 - busy[1:])
    expected = {
        (name, "mean_wait_minutes"): wait for name, wait in zip(["gold", "silver", "bronze"], waits, strict=True)
    }
    expected |= {(name, "wait_probability"): erlang.wait_probability for name in ("gold", "silver", "bronze")}
    desk = priorities([{"mean_minutes": mean}] * 3, rates.tolist(), agents, 3)
    agrees(desk, expected, by="segment", replications=24, sharp=0.08, seed=2)


def test_priorities_among_the_impatient():
    """Two queues and the busy agents as a chain; the second group is three times as patient."""
    rates, handle, agents, patience = [40.0, 50.0], 4.0, 5, [3.0, 9.0]
    desk = priorities(
        [{"mean_minutes": handle}] * 2, rates, agents, 2, (1, 3), {"distribution": "exponential", "mean_minutes": 3}
    )
    answers = chains.impatient_groups(rates, handle, agents, patience, most=60)
    expected = {}
    for name, (abandonment, wait) in zip(["gold", "silver"], answers, strict=True):
        expected |= {(name, "abandonment"): abandonment, (name, "mean_wait_minutes"): wait}
    agrees(desk, expected, by="segment", replications=24, sharp=0.02, seed=3)


@pytest.mark.parametrize(
    ("reserve", "helpers_choose", "serve_first"), [(0, 1, "preference"), (0, 0, "priority"), (1, 1, "preference")]
)
def test_helpers_with_a_pace_of_their_own(reserve, helpers_choose, serve_first):
    """The N-design: two specialists for returns, three slower helpers who rank repairs first.

    Exact answers from a chain: who serves what is a rule of the state, and all times are exponential.
    """
    rates, handle, agents, patience, factor = (36.0, 30.0), 4.0, (2, 3), (6.0, 4.0), 1.4
    centre = sim.load(
        {
            "name": "N-design",
            "days": 2,
            "demand": {"cases_per_hour": {"return": rates[0], "repair": rates[1]}},
            "case_types": {
                "return": {"channels": {"a": 1}, "handle_time": {"mean_minutes": handle}, "segments": {"vip": 1.0}},
                "repair": {"channels": {"b": 1}, "handle_time": {"mean_minutes": handle}, "segments": {"regular": 1.0}},
            },
            "segments": {"vip": {"share": 0.5, "priority": 1}, "regular": {"share": 0.5, "priority": 2}},
            "channels": {
                "a": ALWAYS | {"patience": {"mean_minutes": patience[0]}},
                "b": ALWAYS | {"patience": {"mean_minutes": patience[1]}},
            },
            "teams": {
                "helpers": {
                    "skills": ["b", {"channel": "a", "reserve": reserve}],
                    "agents": agents[1],
                    "handle_factor": factor,
                },
                "specialists": {"skills": ["a"], "agents": agents[0]},
            },
            "serve_first": serve_first,
        }
    )
    exact = chains.n_design(
        rates,
        (handle, handle * factor),
        agents,
        patience,
        most=30,
        reserve=reserve,
        helpers_choose=helpers_choose,
    )
    expected = {
        ("a", "mean_wait_minutes"): exact["wait_first"],
        ("b", "mean_wait_minutes"): exact["wait_second"],
        ("a", "abandonment"): exact["abandonment_first"],
        ("b", "abandonment"): exact["abandonment_second"],
        ("b", "wait_probability"): exact["wait_probability_second"],
    }
    runs = agrees(centre, expected, by="channel", replications=24, sharp=0.05, seed=4 + reserve + helpers_choose)
    by_team = [run.measures(by="team", from_day=0.25)["occupancy"] for run in runs]
    for team in ("specialists", "helpers"):
        near(team, exact[f"occupancy_{team}"], [each[team] for each in by_team], sharp=0.008)


def test_helpers_come_last_to_a_queue_that_they_rank_second():
    """Without a wait anywhere, returns reach a helper only when all specialists are busy: Erlang's lost traffic.

    Nobody ever waits with so many helpers, so the specialists' load is the carried load of Erlang B and the helpers
    get what overflows.
    """
    centre = sim.load(
        {
            "name": "overflow",
            "days": 4,
            "demand": {"cases_per_hour": {"return": 40}},
            "case_types": {"return": {"channels": {"a": 1, "b": 0}, "handle_time": {"mean_minutes": 5}}},
            "channels": {"a": ALWAYS, "b": ALWAYS},
            "teams": {
                "helpers": {"skills": ["b", "a"], "agents": 30},
                "specialists": {"skills": ["a"], "agents": 3},
            },
        }
    )
    lost = theory.erlang_b(40, 5, 3)
    runs = sim.replicate(centre, 12, seed=5, progress=False)
    served = [run.contacts["team"][run.contacts["arrived_minutes"] > 60].value_counts() for run in runs]
    near("helped", lost, [each["helpers"] for each in served], [each.sum() for each in served], sharp=0.02)


@pytest.mark.parametrize(
    ("family", "cv"),
    [
        ("lognormal", 1.5),
        ("erlang", 0.5),
        ("weibull", 0.6),
        ("weibull", 1.6),
        ("hyperexponential", 2.0),
        ("uniform", 0.4),
    ],
)
def test_one_agent_with_handle_times_of_every_family(family, cv):
    """Pollaczek and Khinchine: mean wait = rate E[S^2] / (2 (1 - load)), whatever the family."""
    rate, mean = 12.0, 3.0
    desk = sim.one_queue(arrivals_per_hour=rate, handle_minutes=mean, agents=1, days=10).with_(
        case_types={"call": {"handle_time": {"distribution": family, "mean_minutes": mean, "cv": cv}}}
    )
    wait = rate / 60 * mean**2 * (1 + cv**2) / 2 / (1 - rate / 60 * mean)
    expected = {"mean_wait_minutes": wait, "wait_probability": 0.6, "occupancy": 0.6}
    agrees(desk, expected, replications=16, sharp=0.06, seed=round(100 * cv))


@pytest.mark.parametrize(("agents", "rate", "days"), [(1, 15, 10), (3, 48, 4), (10, 170, 2)])
def test_constant_handle_times(agents, rate, days):
    exact = chains.constant_handle_time(rate, 3, agents, most=200)
    if agents == 1:
        assert exact["mean_wait_minutes"] == pytest.approx(theory.mg1(rate, 3, 0))
    desk = sim.one_queue(arrivals_per_hour=rate, handle_minutes=3, agents=agents, handle_cv=0, days=days)
    agrees(desk, exact, replications=24, sharp=0.05, seed=agents)


@pytest.mark.parametrize(("lines", "leave_at_once"), [(9, 0.0), (14, 0.0), (12, 0.25)])
def test_finite_lines_with_patience(lines, leave_at_once):
    """Every measure of one queue, from a chain; some customers hang up as soon as they hear that they must wait."""
    names = (
        "blocking",
        "abandonment",
        "wait_probability",
        "mean_wait_minutes",
        "asa_minutes",
        "occupancy",
        "service_level",
        "service_level_offered",
        "service_level_credited",
        "service_level_answered",
    )
    exact = chains.one_queue(150, 3, 8, lines, 2.5, no_patience_share=leave_at_once)
    desk = sim.one_queue(
        arrivals_per_hour=150, handle_minutes=3, agents=8, patience_minutes=2.5, lines=lines, days=1
    ).with_(channels={"phone": {"no_patience_share": leave_at_once}})
    agrees(desk, {name: exact[name] for name in names}, replications=24, sharp=0.1, seed=lines)


def test_those_who_find_the_desk_busy_see_what_time_sees():
    """Poisson arrivals see time averages (Wolff, 1982): with patience as long as handle times, a Poisson number."""
    load, agents = 6.0, 5
    desk = sim.one_queue(arrivals_per_hour=load * 20, handle_minutes=3, agents=agents, patience_minutes=3, days=2)
    expected = {"wait_probability": poisson.sf(agents - 1, load)}
    runs = agrees(desk, expected, replications=24, sharp=0.03, seed=6)
    moments = np.arange(360, 2880, 5.0)
    present = np.array([_present(run.contacts, moments) for run in runs])
    near("mean", load, present.mean(axis=1), sharp=0.02)
    near("variance", load, ((present - load) ** 2).mean(axis=1), sharp=0.05)
    for many in (2, 6, 9):
        near(many, poisson.pmf(many, load), (present == many).mean(axis=1), sharp=0.1)


def _present(contacts, moments):
    """Number of contacts that had arrived and were not over at each moment."""
    arrived = np.sort(contacts["arrived_minutes"])
    ended = np.sort(contacts["ended_minutes"].fillna(np.inf))
    return np.searchsorted(arrived, moments, side="right") - np.searchsorted(ended, moments, side="right")
