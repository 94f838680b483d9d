"""Agents who hold several conversations at once, against Markov chains and the insensitivity of shared service."""

from __future__ import annotations

import numpy as np
import pytest
from support.agreement import agrees, near

import sim

from . import chains


def chat(rate, handle, agents, speed, patience="never", lines=None, days=2):
    """A chat desk whose agents hold as many conversations as `speed` has entries."""
    return sim.load(
        {
            "name": "chat",
            "days": days,
            "demand": {"cases_per_hour": {"question": rate}},
            "case_types": {"question": {"channels": {"chat": 1}, "handle_time": handle}},
            "channels": {
                "chat": {
                    "kind": "live",
                    "open_hours": "always",
                    "patience": patience,
                    "lines": lines,
                    "at_once": len(speed),
                    "speed": speed,
                }
            },
            "teams": {"desk": {"skills": ["chat"], "agents": agents}},
        }
    )


def test_one_agent_is_a_birth_and_death_chain():
    """With n chats the next one ends at rate n s(n) / mean; those above k wait, and lose patience."""
    rate, mean, patience, speed = 22.0, 6.0, 4.0, [1.0, 0.75, 0.6]
    arrivals, room, present = rate / 60, len(speed), np.arange(80)
    at_work = np.minimum(present, room)
    pace = np.concatenate([[0.0], speed])[at_work] * at_work / mean + (present - at_work) / patience
    share = np.cumprod(np.concatenate([[1.0], arrivals / pace[1:]]))
    share /= share.sum()
    waiting, talks = share @ (present - at_work), share @ at_work
    expected = {
        "wait_probability": share[room:].sum(),
        "mean_wait_minutes": waiting / arrivals,
        "abandonment": waiting / patience / arrivals,
        "occupancy": 1 - share[0],
        "concurrency": talks / (1 - share[0]),
        "mean_handle_minutes": talks / (arrivals - waiting / patience),
    }
    brute_force = chains.chats(rate, mean, 1, speed, patience, most=75)
    assert brute_force == pytest.approx(expected)
    desk = chat(rate, {"mean_minutes": mean}, 1, speed, {"mean_minutes": patience}, days=8)
    agrees(desk, expected, sharp=0.03, seed=1)


@pytest.mark.parametrize(
    ("agents", "speed", "rate"),
    [(2, [1.0, 0.8], 28.0), (2, [1.0, 0.7, 0.55], 30.0), (3, [1.0, 0.65], 40.0), (4, [1.0, 0.9, 0.8, 0.7], 100.0)],
)
def test_the_next_chat_goes_to_the_agent_with_the_fewest(agents, speed, rate):
    """A chain on the loads of all agents. Another way of routing gives other conversations at once."""
    patience = 3.0
    exact = chains.chats(rate, 6, agents, speed, patience, most=40)
    desk = chat(rate, {"mean_minutes": 6}, agents, speed, {"mean_minutes": patience}, days=2 if agents == 4 else 4)
    agrees(desk, exact, sharp=0.06, seed=agents + len(speed))


FAMILIES = [
    {"distribution": "constant", "mean_minutes": 5},
    {"distribution": "lognormal", "mean_minutes": 5, "cv": 1.5},
    {"distribution": "hyperexponential", "mean_minutes": 5, "cv": 2.5},
]


@pytest.mark.parametrize("handle", FAMILIES, ids=lambda handle: handle["distribution"])
@pytest.mark.parametrize(
    ("speed", "rate"),
    [([1 / n for n in range(1, 11)], 10.0), ([1.0, 0.85, 0.7, 0.5, 0.45], 26.0)],
    ids=["shared", "curve"],
)
def test_shared_service_knows_only_the_mean_handle_time(handle, speed, rate):
    """Processor sharing with blocking: the number of chats is as with exponential times (Kelly, 1979, section 3.3).

    p_n is proportional to the product of rate mean / (i s(i)), i = 1 to n: with s(n) = 1/n a geometric distribution
    that is cut off at the number of lines.
    """
    room, arrivals = len(speed), rate / 60
    share = np.cumprod([1.0, *(arrivals * 5 / (n * speed[n - 1]) for n in range(1, room + 1))])
    share /= share.sum()
    if speed[1] == 0.5:
        load = arrivals * 5
        assert share == pytest.approx(load ** np.arange(room + 1) * (1 - load) / (1 - load ** (room + 1)))
    talks = share @ np.arange(room + 1)
    days = 16 if room == 10 else 6
    desk = chat(rate, handle, 1, speed, lines=room, days=days)
    runs = agrees(
        desk,
        {
            "blocking": share[-1],
            "occupancy": 1 - share[0],
            "concurrency": talks / (1 - share[0]),
            "mean_handle_minutes": talks / arrivals / (1 - share[-1]),
        },
        sharp=0.1,
        seed=room,
    )
    moments = np.arange(360, days * 1440, 20.0)
    present = np.array([_talks(run.contacts, moments) for run in runs])
    for many in (0, 1, 3, room):
        near(many, share[many], (present == many).mean(axis=1), sharp=0.12)


def _talks(contacts, moments):
    served = contacts[contacts["answered_minutes"].notna()]
    begun, ended = np.sort(served["answered_minutes"]), np.sort(served["ended_minutes"].fillna(np.inf))
    return np.searchsorted(begun, moments, side="right") - np.searchsorted(ended, moments, side="right")


def test_a_long_talk_takes_its_share_of_the_agent():
    """Processor sharing is fair: a talk of x minutes takes x / (1 - load) on average, short or long alike.

    Kleinrock (1967); here with so many lines that none is ever taken in vain, which the run confirms.
    """
    minutes, rate = {"short": 2.0, "long": 8.0}, {"short": 5.0, "long": 1.25}
    load = sum(rate[name] * minutes[name] for name in minutes) / 60
    desk = chat(6.25, {"mean_minutes": 1}, 1, [1 / n for n in range(1, 11)], days=12)
    desk = desk.with_(
        demand={"cases_per_hour": {"question": None, **rate}},
        case_types={"question": None}
        | {
            name: sim.CaseType(
                channels={"chat": 1.0}, handle_time={"distribution": "constant", "mean_minutes": minutes[name]}
            )
            for name in minutes
        },
    )
    expected = {(name, "mean_handle_minutes"): minutes[name] / (1 - load) for name in minutes}
    runs = agrees(desk, expected, by="type", sharp=0.02)
    assert sum((run.contacts["wait_minutes"] > 0).sum() for run in runs) < 3


def test_channels_that_an_agent_mixes():
    """One agent with room for two chats, or four messages, or a chat and two messages: a chain on what is in hand.

    The speed goes by the curve of the channel at the number of all conversations. An agent with a choice takes chats
    first. Both queues lose patience.
    """
    rates, means, patience = np.array([9.0, 14.0]) / 60, np.array([5.0, 4.0]), np.array([4.0, 9.0])
    curves = [[1.0, 0.8], [1.0, 0.9, 0.75, 0.5]]
    size, most = [0.5, 0.25], 25

    def fits(chats, messages):
        return chats * size[0] + messages * size[1] <= 1

    def settled(held, queue):
        held, queue = list(held), list(queue)
        for hold in (0, 1):
            while queue[hold] and fits(held[0] + (hold == 0), held[1] + (hold == 1)):
                held[hold], queue[hold] = held[hold] + 1, queue[hold] - 1
        return tuple(held), tuple(queue)

    def changed(pair, place, by):
        return tuple(n + by * (k == place) for k, n in enumerate(pair))

    def moves(state):
        held, queue = state
        for hold in (0, 1):
            if queue[hold] < most:
                yield rates[hold], settled(held, changed(queue, hold, 1))
            if held[hold]:
                pace = curves[hold][min(sum(held), len(curves[hold])) - 1]
                yield held[hold] * pace / means[hold], settled(changed(held, hold, -1), queue)
            if queue[hold]:
                yield queue[hold] / patience[hold], (held, changed(queue, hold, -1))

    share = chains.long_run(((0, 0), (0, 0)), moves)
    waits = [chains.mean_of(share, lambda state, k=k: state[1][k]) / rates[k] for k in (0, 1)]
    talks = [chains.mean_of(share, lambda state, k=k: state[0][k]) for k in (0, 1)]
    idle = share[(0, 0), (0, 0)]
    expected = {}
    for k, name in enumerate(["chat", "message"]):
        abandonment = waits[k] / patience[k]
        expected |= {
            (name, "mean_wait_minutes"): waits[k],
            (name, "abandonment"): abandonment,
            (name, "mean_handle_minutes"): talks[k] / rates[k] / (1 - abandonment),
        }
    desk = sim.load(
        {
            "name": "mixed",
            "days": 8,
            "demand": {"cases_per_hour": {"chat": rates[0] * 60, "message": rates[1] * 60}},
            "case_types": {
                name: {"channels": {name: 1}, "handle_time": {"mean_minutes": means[k]}}
                for k, name in enumerate(["chat", "message"])
            },
            "channels": {
                name: {
                    "kind": "live",
                    "open_hours": "always",
                    "patience": {"mean_minutes": patience[k]},
                    "at_once": len(curves[k]),
                    "speed": curves[k],
                }
                for k, name in enumerate(["chat", "message"])
            },
            "teams": {"desk": {"skills": ["chat", "message"], "agents": 1}},
            "mix_channels": True,
        }
    )
    runs = agrees(desk, expected, by="channel", sharp=0.03)
    whole = [run.measures(from_day=0.25) for run in runs]
    near("busy", 1 - idle, [each["occupancy"].iloc[0] for each in whole], sharp=0.02)
    near("at once", sum(talks) / (1 - idle), [each["concurrency"].iloc[0] for each in whole], sharp=0.02)
