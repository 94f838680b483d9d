"""The simulation against exact formulas. Tolerances are four standard errors, which the runs must keep small."""

import numpy as np
import pytest
from support.agreement import agrees

import sim
import sim.workload
from sim import theory

# Measures of a simulation and the attributes of the formula's result that they estimate.
SHARED = (
    "abandonment",
    "blocking",
    "wait_probability",
    "service_level",
    "service_level_offered",
    "service_level_credited",
    "service_level_answered",
    "asa_minutes",
    "mean_wait_minutes",
    "occupancy",
)


def shared(result):
    return {name: value for name in SHARED if (value := getattr(result, name)) > 1e-3 and value < 1 - 1e-3}


@pytest.mark.parametrize(("agents", "arrivals_per_hour", "days"), [(1, 10, 20), (10, 170, 4), (100, 1900, 1)])
def test_erlang_c(agents, arrivals_per_hour, days):
    desk = sim.one_queue(arrivals_per_hour=arrivals_per_hour, handle_minutes=3, agents=agents, days=days)
    agrees(desk, shared(theory.erlang_c(arrivals_per_hour, 3, agents, 20)))


@pytest.mark.parametrize(("agents", "arrivals_per_hour", "days"), [(1, 22, 10), (10, 210, 2), (100, 2000, 1)])
def test_erlang_a(agents, arrivals_per_hour, days):
    desk = sim.one_queue(
        arrivals_per_hour=arrivals_per_hour, handle_minutes=3, agents=agents, patience_minutes=4, days=days
    )
    agrees(desk, shared(theory.erlang_a(arrivals_per_hour, 3, agents, 4, 20)))


@pytest.mark.parametrize(("agents", "lines", "days"), [(1, 1, 10), (10, 10, 2), (10, 14, 2)])
def test_erlang_b_and_finite_lines(agents, lines, days):
    rate = 21 * agents
    desk = sim.one_queue(arrivals_per_hour=rate, handle_minutes=3, agents=agents, lines=lines, days=days)
    exact = shared(theory.erlang_c(rate, 3, agents, 20, lines=lines))
    assert exact["blocking"] == pytest.approx(theory.erlang_b(rate, 3, agents)) or lines > agents
    agrees(desk, exact)


def test_finite_lines_with_patience():
    desk = sim.one_queue(arrivals_per_hour=240, handle_minutes=3, agents=10, patience_minutes=4, lines=15, days=3)
    agrees(desk, shared(theory.erlang_a(240, 3, 10, 4, 20, lines=15)))


@pytest.mark.parametrize("handle_cv", [0.0, 0.5, 2.0])
def test_pollaczek_khinchine(handle_cv):
    desk = sim.one_queue(arrivals_per_hour=14, handle_minutes=3, agents=1, handle_cv=handle_cv, days=20)
    agrees(desk, {"mean_wait_minutes": theory.mg1(14, 3, handle_cv), "occupancy": 0.7})


def test_lognormal_handle_times_with_one_agent():
    """The wait knows only the first two moments, so another family with the same ones must give the same."""
    desk = sim.one_queue(arrivals_per_hour=12, handle_minutes=3, agents=1, days=20).with_(
        case_types={"call": {"handle_time": {"distribution": "lognormal", "mean_minutes": 3, "cv": 1.2}}}
    )
    agrees(desk, {"mean_wait_minutes": theory.mg1(12, 3, 1.2)})


def test_cobham_priorities():
    desk = sim.one_queue(arrivals_per_hour=170, handle_minutes=3, agents=10, days=6).with_(
        segments={"regular": sim.Segment(share=0.7, priority=2), "vip": sim.Segment(share=0.3, priority=1)}
    )
    first, second = theory.priority_waits([51, 119], 3, 10)
    expected = {("vip", "mean_wait_minutes"): first, ("regular", "mean_wait_minutes"): second}
    agrees(desk, expected, by="segment")


def test_feedback_is_more_demand():
    """Unsolved cases that return at once make a desk of one agent an M/M/1 with arrivals / (1 - returns)."""
    desk = sim.one_queue(arrivals_per_hour=9, handle_minutes=3, agents=1, days=20).with_(
        case_types={"call": {"solved": 0.7}},
        coming_back=sim.ComingBack(
            after_no_solution={"odds": 1.0, "delay": {"distribution": "constant", "mean_minutes": 0}}, max_attempts=20
        ),
    )
    # Jackson (1957): the number in the system is geometric with load rho = (9 / 0.7) * 3 / 60.
    rho = 9 / 0.7 * 3 / 60
    mean_sojourn_minutes = rho / (1 - rho) / (9 / 60)
    agrees(
        desk,
        {"occupancy": rho, "contacts_per_case": 1 / 0.7, "resolution_hours": mean_sojourn_minutes / 60},
    )


def test_two_teams_that_share_a_queue_are_one_team():
    desk = sim.one_queue(arrivals_per_hour=170, handle_minutes=3, agents=6, days=4).with_(
        teams={"others": sim.Team(skills=["phone"], agents=4)}
    )
    agrees(desk, shared(theory.erlang_c(170, 3, 10, 20)))


def test_arrivals_follow_the_timetable():
    """Counts by slot are Poisson with the integral of the rate: mean and variance agree."""
    weekday = [0] * 14 + [4, 10, 16, 22, 30, 34, 40, 36, 30, 24, 20, 22, 28, 32, 30, 26, 20, 16, 12, 12] + [6] * 14
    saturday = [0, 5, 9, 3]
    shop = sim.one_queue(arrivals_per_hour=1, handle_minutes=1, agents=5, days=7).with_(
        demand={"cases_per_hour": {"call": {"mon-fri": weekday, "sat": saturday}}, "factor": 1.5}
    )
    # Half hours from Monday to Sunday; Saturday has quarters of a day, Sunday nothing.
    means = np.concatenate([np.tile(weekday, 5), np.repeat(saturday, 12), np.zeros(48)]) * 1.5 / 2
    replications = 60
    counts = np.array(
        [
            np.bincount((sim.workload.draw(shop, 3, r).appears_minutes // 30).astype(int), minlength=336)
            for r in range(replications)
        ]
    )
    z = (counts.mean(axis=0) - means)[means > 0] / np.sqrt(means[means > 0] / replications)
    assert np.abs(z).max() < 4.5
    # Sum of squared standardised counts: chi-squared with one degree of freedom a cell.
    squares = ((counts - means)[:, means > 0] ** 2 / means[means > 0]).sum()
    cells = (means > 0).sum() * replications
    spread = np.sqrt(2 * cells + (replications / means[means > 0]).sum())
    assert abs(squares - cells) < 4 * spread


def test_the_day_factor_makes_days_busier_or_quieter():
    """Variance of a day's calls: mean + (cv * mean)^2, and all hours of a day move together."""
    desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=1, agents=5, days=400).with_(
        demand={"day_factor_cv": 0.2}
    )
    work = sim.workload.draw(desk, 5)
    day, hour = np.divmod(work.appears_minutes, 1440)
    per_day = np.bincount(day.astype(int), minlength=400)
    mean, variance = 480, 480 + (0.2 * 480) ** 2
    assert abs(per_day.mean() - mean) < 4 * np.sqrt(variance / 400)
    # The variance of a sample variance is about 2 sigma^4 / (n - 1), a little more for a gamma mixture.
    assert abs(per_day.var(ddof=1) - variance) < 4 * variance * np.sqrt((2 + 6 * 0.2**2) / 399)
    mornings = np.bincount(day[hour < 720].astype(int), minlength=400)
    together = np.corrcoef(mornings, per_day - mornings)[0, 1]
    exact = (0.2 * 240) ** 2 / (240 + (0.2 * 240) ** 2)
    assert abs(together - exact) < 4 * (1 - exact**2) / np.sqrt(400)


def test_absence_takes_the_planned_share_away():
    desk = sim.one_queue(arrivals_per_hour=1, handle_minutes=1, agents=20, days=100).with_(
        teams={"agents": {"absence": 0.15}}
    )
    run = sim.simulate(desk, seed=2)
    at_work = run.measures(by="day")["agents"]
    assert abs(at_work.mean() - 17) < 4 * np.sqrt(20 * 0.15 * 0.85 / 100)
    assert abs(at_work.var(ddof=1) - 20 * 0.15 * 0.85) < 4 * 2.55 * np.sqrt(2 / 99)


def test_a_fraction_of_an_agent_is_the_chance_of_one_more():
    desk = sim.one_queue(arrivals_per_hour=1, handle_minutes=1, agents=1, days=400).with_(
        teams={"agents": {"agents": 2.3}}
    )
    # Last conversations go on for a moment after midnight, hence the rounding.
    at_work = sim.simulate(desk, seed=2).measures(by="day")["agents"].round(2)
    assert set(at_work) == {2.0, 3.0}
    assert abs((at_work == 3).mean() - 0.3) < 4 * np.sqrt(0.3 * 0.7 / 400)
