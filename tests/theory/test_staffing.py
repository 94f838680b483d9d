"""Staffing formulas against exact chains, an exact time-varying law, and runs."""

import math

import numpy as np
import pytest
from scipy.stats import poisson
from support.agreement import near

import sim
from sim import theory
from sim.staffing import desks

from . import chains

HALF_HOURS = 48


def test_patience_like_handle_time_makes_the_number_present_poisson():
    """Then everybody leaves at rate 1 / 4 a minute, waiting or talking: an endless desk, whoever is planned.

    m' = λ - m / 4 with a rate that jumps every two hours. Promise and run must both be the Poisson tail. The rate only
    rises, for agents who go home finish their calls beside those who are counted.
    """
    hours = np.repeat([20, 60, 70, 110, 130, 200, 210, 260, 330, 340, 400, 480], 2)
    desk = sim.one_queue(arrivals_per_hour=1, handle_minutes=4, agents=1, patience_minutes=4).with_(
        demand={"cases_per_hour": {"call": hours.tolist()}}
    )
    plan = sim.staffing.requirement(desk, {"wait_probability": 0.2})
    heads = plan.heads["agents"]
    assert (np.diff(heads) >= 0).all()
    step = 0.05
    rate = np.repeat(hours / 60, int(60 / step))
    mean = np.zeros(len(rate))
    for n in range(1, len(rate)):
        mean[n] = rate[n - 1] * 4 + (mean[n - 1] - rate[n - 1] * 4) * math.exp(-step / 4)

    def waiting(agents):
        late = rate * step * poisson.sf(np.repeat(agents, int(30 / step)) - 1, mean)
        return late.reshape(HALF_HOURS, -1).sum(axis=1)

    calls = (rate * step).reshape(HALF_HOURS, -1).sum(axis=1)
    assert plan.part_table["wait_probability"].to_numpy() == pytest.approx(waiting(heads) / calls, rel=0.01)
    assert (waiting(heads) / calls <= 0.2).all()
    assert (waiting(heads - 1) / calls > 0.2).all()

    exact = waiting(heads).sum() / calls.sum()
    assert plan.promised["wait_probability"].iloc[0] == pytest.approx(exact, rel=0.005)
    tables = [run.measures(by="slot") for run in sim.replicate(plan.staffed(), 60, seed=3, progress=False)]
    offered = [table["offered"].sum() for table in tables]
    near("P(wait)", exact, [(t["wait_probability"] * t["offered"]).sum() for t in tables], offered, sharp=0.03)


def chat_desk(rate, agents, speed=(1.0, 0.8, 0.65), patience=3.0):
    return sim.one_queue(arrivals_per_hour=rate, handle_minutes=6, agents=agents, patience_minutes=patience).with_(
        channels={"phone": {"at_once": len(speed), "speed": list(speed), "answer_within_seconds": 30}}
    )


class TestChat:
    @pytest.mark.parametrize(("agents", "rate"), [(1, 20.0), (2, 36.0), (3, 62.0)])
    def test_near_the_chain_of_every_single_agent(self, agents, rate):
        # One agent is exact; beyond, chats are not always spread as evenly as the formula has it.
        speed = [1.0, 0.8, 0.65]
        exact = chains.chats(rate, 6, agents, speed, 3.0, most=40)
        desk = desks.Desk(6.0, 3.0, 0.0, 30.0, tuple(speed)).expectations(agents, rate * 6 / 60)
        reach = 1e-6 if agents == 1 else 0.06
        assert desk[desks.WAITED] == pytest.approx(exact["wait_probability"], rel=reach)
        assert desk[desks.ABANDONED] == pytest.approx(exact["abandonment"], rel=reach)
        assert desk[desks.OCCUPANCY] == pytest.approx(exact["occupancy"], rel=reach)

    def test_the_waits_are_those_of_a_run(self):
        plan = sim.staffing.requirement(chat_desk(90.0, 1), 0.8)
        assert len(set(plan.heads["agents"][2:])) == 1
        runs = sim.replicate(plan.staffed(), 20, seed=5, progress=False)
        level = runs.measure("service_level", from_day=0.1)
        half = (level["high"] - level["low"]).iloc[0] / 2
        assert half < 0.02
        # The formula spreads chats as evenly as can be, which flatters it a little.
        assert level["estimate"].iloc[0] == pytest.approx(plan.promised["service_level"].iloc[0], abs=2 * half + 0.01)

    def test_dividing_by_the_number_at_once_would_be_wrong(self):
        # By three at once: a third of the load. But three chats go on at 0.65 of the speed each.
        own = sim.staffing.requirement(chat_desk(300.0, 1), 0.8).heads["agents"][-1]
        divided = theory.agents_needed(300 / 3, 6, 0.8, within_seconds=30, patience_minutes=3)
        assert own > 1.2 * divided

    def test_without_gain_from_chats_at_once_it_is_a_queue(self):
        """Two at half the speed each: all agents together do the work of c, once more than c are there."""
        heads = desks.Desk(6.0, None, 0.0, 1e-6, (1.0, 0.5))
        c, load = 4, 3.0
        # Birth and death by hand: n below 4 ends at n / 6, above it at 4 / 6; all 8 places taken means waiting.
        weight = np.cumprod([1.0, *(load / min(n, c) for n in range(1, 400))])
        waits = weight[2 * c :].sum() / weight.sum()
        assert heads.expectations(c, load)[desks.WAITED] == pytest.approx(waits, rel=1e-6)
        assert heads.expectations(c, 4.2)[desks.WAITED] == 1
