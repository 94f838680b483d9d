"""Rates and head-counts that change, by the hour and by chance, against differential equations and mixtures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import roots_genlaguerre
from scipy.stats import binom, nbinom
from support.agreement import agrees, near

import sim
import sim.workload
from sim import theory

from . import chains

# A week's beginning: Monday is busy in the morning, Tuesday in the evening; calls an hour.
MONDAY = [10] * 7 + [30, 60, 80, 85, 80, 60, 50, 50, 45, 40, 30, 20, 20, 15, 10, 10, 10]
TUESDAY = [10] * 8 + [25, 40, 40, 50, 50, 60, 70, 80, 95, 110, 115, 100, 80, 50, 30, 15]
HOURS = MONDAY + TUESDAY


def two_days(agents, handle_minutes, patience_minutes):
    return sim.one_queue(
        arrivals_per_hour=1,
        handle_minutes=handle_minutes,
        agents=4,
        patience_minutes=patience_minutes,
        days=2,
    ).with_(
        demand={"cases_per_hour": {"call": {"mon": MONDAY, "tue": TUESDAY}}},
        teams={"agents": {"agents": agents}},
    )


def present(runs, moments):
    """Contacts in the system, and those of them that wait, at each moment: two arrays of shape (runs, moments)."""
    found = []
    for run in runs:
        contacts = run.contacts
        arrived = np.sort(contacts["arrived_minutes"])
        over = np.sort(contacts["ended_minutes"].fillna(np.inf))
        left_queue = np.sort((contacts["arrived_minutes"] + contacts["wait_minutes"]).fillna(np.inf))
        came, gone, turned = (np.searchsorted(times, moments, side="right") for times in (arrived, over, left_queue))
        found.append((came - gone, came - turned))
    return np.array(found).transpose(1, 0, 2)


def test_with_patience_as_long_as_handle_times_the_number_present_is_poisson():
    """Everybody leaves at the same rate, in service or not, so the head-count does not matter: M(t)/M/infinity.

    The mean m follows m' = rate - m / minutes (Eick, Massey and Whitt, 1993), even when agents come and go and
    there is nobody at night.
    """
    minutes = 6.0
    agents = {"mon": {"07:00-12:00": 9, "12:00-22:00": 5}, "tue": {"06:30-15:15": 4, "15:15-20:00": 12}}
    mean, means = 0.0, []
    for rate in HOURS:
        limit = rate / 60 * minutes
        mean = limit + (mean - limit) * np.exp(-60 / minutes)
        means.append(mean)
    moments = np.arange(60.0, 2880, 60)
    runs = sim.replicate(two_days(agents, minutes, minutes), 60, seed=1, progress=False)
    seen, _ = present(runs, moments)
    means = np.array(means[:-1])
    for hour in range(len(moments)):
        near(("mean", hour + 1), means[hour], seen[:, hour], sharp=0.25)
    near("all hours", means.mean(), seen.mean(axis=1), sharp=0.01)
    near("variance", 1.0, ((seen - means) ** 2 / means).mean(axis=1), sharp=0.05)


def test_erlang_a_through_two_days():
    """Kolmogorov's equations for the number present, hour by hour; on Tuesday there are two agents more."""
    handle, patience, most = 4.0, 7.0, 60
    states = list(range(most + 1))
    number = np.arange(most + 1)
    chances = np.zeros(most + 1)
    chances[0] = 1
    minutes = np.arange(0.0, 61)
    weights = np.where((minutes == 0) | (minutes == 60), 0.5, 1.0)
    waits, queue_minutes, queue_at, present_at = [], [], [], []
    for hour, rate in enumerate(HOURS):
        agents = 4 if hour < 24 else 6

        def moves(n, rate=rate, agents=agents):
            if n < most:
                yield rate / 60, n + 1
            if n > 0:
                yield min(n, agents) / handle + max(n - agents, 0) / patience, n - 1

        during = chains.chances_later(moves, states, chances, minutes)
        chances = during[-1]
        waiting = np.maximum(number - agents, 0)
        waits.append(weights @ during[:, agents:].sum(axis=1) / 60)
        queue_minutes.append(weights @ (during @ waiting))
        queue_at.append(chances @ waiting)
        present_at.append(chances @ number)
    expected = {(hour // 24, hour % 24, "wait_probability"): wait for hour, wait in enumerate(waits) if wait > 0.15}
    runs = agrees(
        two_days({"mon": 4, "tue": 6}, handle, patience),
        expected,
        by=["day", "hour"],
        from_day=0,
        replications=90,
        sharp=0.25,
        seed=2,
    )
    whole = [run.measures().iloc[0] for run in runs]
    calls = [one["offered"] for one in whole]
    waited = [one["wait_probability"] * one["offered"] for one in whole]
    near("P(wait)", np.dot(waits, HOURS) / sum(HOURS), waited, calls, sharp=0.02)
    near(
        "abandonment",
        sum(queue_minutes) / patience / sum(HOURS),
        [one["abandoned"] for one in whole],
        calls,
        sharp=0.03,
    )
    moments = np.arange(60.0, 2880, 60)
    all_present, in_queue = present(runs, moments)
    busiest = np.argsort(queue_at[:-1])[-12:]
    for hour in busiest:
        near(("queue", hour + 1), queue_at[hour], in_queue[:, hour], sharp=0.25)
        near(("present", hour + 1), present_at[hour], all_present[:, hour], sharp=0.1)
    near("mean queue", np.mean(queue_at[:-1]), in_queue.mean(axis=1), sharp=0.06)
    near("mean present", np.mean(present_at[:-1]), all_present.mean(axis=1), sharp=0.02)


MORNINGS = "06:00-12:00"


def settled(runs):
    """Contacts of all runs, by run, from 08:00 on: two hours after the first call of the day the queue is settled.

    What differs from day to day needs many days, so that these are short.
    """
    tables = [run.contacts for run in runs]
    return [each[each["arrived_minutes"] % 1440 >= 480] for each in tables]


def test_days_that_are_busier_or_quieter_than_forecast():
    """A gamma mixture of Erlang A, day by day; busy days weigh more as they bring more calls."""
    rate, cv, agents, patience = 36.0, 0.5, 3, 5.0
    shape = 1 / cv**2
    nodes, weights = roots_genlaguerre(40, shape - 1)
    factors, weights = nodes / shape, weights / weights.sum()
    answers = [theory.erlang_a(rate * factor, 3, agents, patience) for factor in factors]
    days, replications = 40, 24
    desk = sim.one_queue(
        arrivals_per_hour=rate, handle_minutes=3, agents=agents, patience_minutes=patience, days=days
    ).with_(demand={"day_factor_cv": cv, "cases_per_hour": {"call": {MORNINGS: rate}}})
    runs = sim.replicate(desk, replications, seed=3, progress=False)
    contacts = settled(runs)
    calls = [len(each) for each in contacts]
    of_calls = weights * factors
    expected = {
        "abandonment": of_calls @ [answer.abandonment for answer in answers],
        "P(wait)": of_calls @ [answer.wait_probability for answer in answers],
        "in time": of_calls @ [answer.service_level_offered for answer in answers],
    }
    assert expected["abandonment"] > 1.3 * theory.erlang_a(rate, 3, agents, patience).abandonment
    served = [each["outcome"].isin(["served", "in_service"]) for each in contacts]
    in_time = [(ok & (each["wait_minutes"] <= 1 / 3)).sum() for ok, each in zip(served, contacts, strict=True)]
    no_wait = [(ok & (each["wait_minutes"] == 0)).sum() for ok, each in zip(served, contacts, strict=True)]
    gone = [(each["outcome"] == "abandoned").sum() for each in contacts]
    near("abandonment", expected["abandonment"], gone, calls, sharp=0.05)
    near("P(wait)", expected["P(wait)"], np.subtract(calls, no_wait), calls, sharp=0.03)
    near("in time", expected["in time"], in_time, calls, sharp=0.03)


def test_calls_a_day_are_negative_binomial():
    """A Poisson number with a gamma distributed mean: its mean, variance and quantiles, and no memory."""
    cv, mean, days = 0.5, 60.0, 3600
    shape = 1 / cv**2
    desk = sim.one_queue(arrivals_per_hour=mean / 24, handle_minutes=1, agents=1, days=days).with_(
        demand={"day_factor_cv": cv}
    )
    draws = [sim.workload.draw(desk, 7, replication) for replication in range(3)]
    counts = np.concatenate([np.bincount((one.appears_minutes // 1440).astype(int), minlength=days) for one in draws])
    near("mean", mean, counts, sharp=0.01)
    near("variance", mean + (cv * mean) ** 2, (counts - mean) ** 2, sharp=0.025)
    law = nbinom(shape, shape / (shape + mean))
    for share in (0.05, 0.2, 0.5, 0.8, 0.95):
        quantile = law.ppf(share)
        near(("quantile", share), law.cdf(quantile), counts <= quantile, sharp=0.06)
    assert abs(np.corrcoef(counts[:-1], counts[1:])[0, 1]) < 4 / np.sqrt(len(counts))


@pytest.mark.parametrize(("planned", "absence"), [(4, 0.2), (3.4, 0.1)])
def test_a_head_count_that_is_a_matter_of_luck(planned, absence):
    """A mixture of Erlang A over the agents who come: binomial, of a plan that may have a fraction."""
    rate, patience = 40.0, 6.0
    whole, part = int(planned), planned % 1
    here = np.arange(whole + 2)
    chance = (1 - part) * binom.pmf(here, whole, 1 - absence) + part * binom.pmf(here, whole + 1, 1 - absence)
    answers = {int(n): theory.erlang_a(rate, 3, int(n), patience) for n in here if n > 0}

    def mixed(attribute):
        # With nobody there everybody waits, and hangs up.
        return chance[0] + sum(chance[n] * getattr(answer, attribute) for n, answer in answers.items())

    desk = sim.one_queue(arrivals_per_hour=rate, handle_minutes=3, agents=1, patience_minutes=patience, days=40).with_(
        demand={"cases_per_hour": {"call": {MORNINGS: rate}}}, teams={"agents": {"agents": planned, "absence": absence}}
    )
    runs = sim.replicate(desk, 24, seed=4, progress=False)
    contacts = settled(runs)
    calls = [len(each) for each in contacts]
    gone = [(each["outcome"] == "abandoned").sum() for each in contacts]
    no_wait = [((each["wait_minutes"] == 0) & (each["outcome"] != "abandoned")).sum() for each in contacts]
    near("abandonment", mixed("abandonment"), gone, calls, sharp=0.05)
    near("P(wait)", mixed("wait_probability"), np.subtract(calls, no_wait), calls, sharp=0.03)
    carried = [each["handle_minutes"][each["outcome"] == "served"].sum() for each in contacts]
    near("minutes a call", 3 * (1 - mixed("abandonment")), carried, calls, sharp=0.02)


def test_an_outage_of_the_system():
    """For eight minutes nobody can be answered, conversations end, the queue grows; then the agents are back.

    Kolmogorov's equations for conversations and queue, before, during and after.
    """
    rate, handle, patience, agents, most = 75.0, 4.0, 5.0, 5, 40
    states = [(talks, waiting) for talks in range(agents + 1) for waiting in range(most + 1)]
    talks, waiting = np.array(states).T

    def usual(state):
        busy, queue = state
        if busy < agents and queue == 0:
            yield rate / 60, (busy + 1, 0)
        elif queue < most:
            yield rate / 60, (busy, queue + 1)
        if busy > 0:
            yield busy / handle, (busy, queue - 1) if queue else (busy - 1, 0)
        if queue > 0:
            yield queue / patience, (busy, queue - 1)

    def outage(state):
        busy, queue = state
        if queue < most:
            yield rate / 60, (busy, queue + 1)
        if busy > 0:
            yield busy / handle, (busy - 1, queue)
        if queue > 0:
            yield queue / patience, (busy, queue - 1)

    share = chains.long_run((0, 0), usual)
    before = np.array([share.get(state, 0.0) for state in states])
    during = chains.chances_later(outage, states, before, np.arange(0.0, 9))
    back = np.zeros(len(states))
    for (busy, queue), chance in zip(states, during[-1], strict=True):
        taken = min(agents - busy, queue)
        back[states.index((busy + taken, queue - taken))] += chance
    after = chains.chances_later(usual, states, back, np.arange(0.0, 31))

    desk = sim.one_queue(
        arrivals_per_hour=rate, handle_minutes=handle, agents=agents, patience_minutes=patience, days=4
    ).with_(
        events=[
            {"name": "outage", "day": day, "start": clock, "hours": 8 / 60, "system_down": True}
            for day in range(4)
            for clock in ("03:00", "05:30", "08:00", "10:30", "13:00", "15:30", "18:00", "20:30", "23:00")
        ]
    )
    starts = np.array([day * 1440 + 180 + 150 * n for day in range(4) for n in range(9)], dtype=float)
    runs = sim.replicate(desk, 16, seed=5, progress=False)
    for moment, chances in (
        [(0, before)] + [(k, during[k]) for k in (2, 4, 7)] + [(8 + k, after[k]) for k in (1, 4, 10)]
    ):
        # Just before and just after the change are two different states: look a moment before.
        everybody, queue = present(runs, starts + moment - 1e-6)
        near(("queue", moment), chances @ waiting, queue.mean(axis=1), sharp=0.1)
        near(("talks", moment), chances @ talks, (everybody - queue).mean(axis=1), sharp=0.06)
    weights = np.where(np.isin(np.arange(31), (0, 30)), 0.5, 1.0)
    waits = weights @ (after @ (talks == agents)) / 30
    waited, calls = [], []
    for run in runs:
        contacts = run.contacts
        since = (contacts["arrived_minutes"].to_numpy()[:, None] - starts).T
        soon = ((since >= 8) & (since < 38)).any(axis=0)
        at_once = (contacts["wait_minutes"] == 0) & (contacts["outcome"] != "abandoned")
        waited.append((soon & ~at_once).sum())
        calls.append(soon.sum())
        late = ((since >= 0) & (since < 8)).any(axis=0)
        assert (contacts["wait_minutes"][late] > 0).all()
    near("P(wait) in the half hour after", waits, waited, calls, sharp=0.03)
