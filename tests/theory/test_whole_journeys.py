"""What becomes of a case, against exact answers: redials, bots, self-service, the back office, status enquiries."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from support.agreement import agrees, near

import sim
from sim import theory

from . import chains

PHONE = {"kind": "live", "open_hours": "always", "patience": "never"}
AT_ONCE = {"distribution": "constant", "mean_minutes": 0}


def shop(rate, agents, handle_minutes=3.0, days=4, **changes):
    """One case type, one phone channel, one team."""
    desk = sim.one_queue(arrivals_per_hour=rate, handle_minutes=handle_minutes, agents=agents, days=days)
    return desk.with_(**changes)


def table(runs, name, from_day, to_day):
    """Contacts, tasks or cases of each run that began in a window of days."""
    began = {"contacts": "arrived_minutes", "tasks": "began_minutes", "cases": "appears_minutes"}[name]
    tables = [getattr(run, name) for run in runs]
    return [each[(each[began] >= from_day * 1440) & (each[began] < to_day * 1440)] for each in tables]


def test_unsolved_cases_that_come_back_later():
    """Jackson (1957): a queue with feedback through a delay waits like M/M/c with all contacts, first and further.

    The delay is an infinite-server station, so its law does not matter.
    """
    solved, odds, rate, agents = 0.65, 0.8, 60.0, 6
    back = 0.35 * odds
    erlang = theory.erlang_c(rate / (1 - back), 3.0, agents)
    desk = shop(
        rate,
        agents,
        days=4,
        case_types={"call": {"solved": solved}},
        coming_back={
            "after_no_solution": {"odds": odds, "delay": {"distribution": "lognormal", "mean_hours": 1, "cv": 1.5}},
            "max_attempts": 20,
        },
    )
    expected = {
        "mean_wait_minutes": erlang.mean_wait_minutes,
        "wait_probability": erlang.wait_probability,
        "service_level": erlang.service_level,
        "occupancy": erlang.occupancy,
        "repeat_rate": back,
        "contacts_per_case": 1 / (1 - back),
        "given_up": 0.35 * (1 - odds) / (1 - back),
        "resolution_hours": ((erlang.mean_wait_minutes + 3) / 60 + back * 1.0) / (1 - back),
    }
    # Further attempts follow for hours: the last day's cases are left out.
    agrees(desk, expected, from_day=0.5, to_day=3, replications=16, sharp=0.08, seed=1)


def test_hanging_up_and_dialling_again_at_once():
    """Whoever redials at once stays present, so the number present is that of more patient customers.

    With abandonment rate t and redial odds a it is an Erlang A queue with rate t (1 - a).
    """
    rate, agents, patience, odds = 130.0, 6, 4.0, 0.6
    erlang = theory.erlang_a(rate, 3, agents, patience / (1 - odds))
    hang_ups = erlang.mean_queue_length / patience * 60
    contacts = rate + odds * hang_ups
    desk = shop(
        rate,
        agents,
        days=2,
        channels={"phone": {"patience": {"mean_minutes": patience}}},
        coming_back={"after_abandonment": {"odds": odds, "delay": AT_ONCE}, "max_attempts": 20},
    )
    expected = {
        "abandonment": hang_ups / contacts,
        "mean_wait_minutes": erlang.mean_queue_length / contacts * 60,
        "contacts_per_case": contacts / rate,
        "occupancy": erlang.occupancy,
        "given_up": hang_ups * (1 - odds) / rate,
    }
    agrees(desk, expected, replications=12, to_day=1.9, sharp=0.04, seed=2)


@pytest.mark.parametrize(("lines", "patience", "odds"), [(6, 3.0, 0.7), (9, 3.0, 0.7), (9, 3.0, 0.3)])
def test_redials_after_a_while(lines, patience, odds):
    """A retrial queue (Falin and Templeton, 1997): a chain on those present and those about to try again."""
    rate, agents, delay = 110.0, 5, 12.0
    exact = chains.redials(rate, 3, agents, patience, lines, odds=odds, delay_minutes=delay, most=90)
    again = {"odds": odds, "delay": {"mean_minutes": delay}}
    desk = shop(
        rate,
        agents,
        days=2,
        channels={"phone": {"patience": {"mean_minutes": patience}, "lines": lines}},
        coming_back={"after_abandonment": again, "after_blocking": again, "max_attempts": 20},
    )
    agrees(desk, exact, replications=12, to_day=1.9, sharp=0.05, seed=lines)


DIRECT = {"contains": 0.45, "truly_solved": 0.7}
SKILL = {"skill": {"d_prime": 1.6, "threshold": 0.3, "solvable": 0.55}}


@pytest.mark.parametrize("how", [DIRECT, SKILL], ids=["direct", "skill"])
@pytest.mark.parametrize("meets_again", [True, False])
def test_a_bot_and_its_returns(how, meets_again):
    """Flow equations: what a contact leads to, times the number of contacts, met the bot or not.

    Direct: it keeps c of the sessions, solves t of these. With skill: it answers P(d'/2 - threshold) of the solvable,
    P(-d'/2 - threshold) of the others (Green and Swets, 1966), and is right about the former.
    """
    meets, leaves, context, quicker, surer, solved = 0.8, 0.15, 0.75, 0.7, 1.1, 0.8
    back_false, back_left, back_unsolved = 0.9, 0.5, 0.6
    if "skill" in how:
        can = how["skill"]["solvable"]
        d_prime, threshold = how["skill"]["d_prime"], how["skill"]["threshold"]
        right = can * norm.cdf(d_prime / 2 - threshold)
        wrong = (1 - can) * norm.cdf(-d_prime / 2 - threshold)
    else:
        right, wrong = 0.45 * 0.7, 0.45 * 0.3
    lost = (1 - right - wrong) * leaves
    over = 1 - right - wrong - lost
    # Of a contact that meets the bot, and of one that does not: it reaches agents, with so much work; it comes back.
    to_agents = np.array([over, 1.0])
    work = np.array([over * (1 - context + context * quicker), 1.0]) * 3.0
    unsolved = np.array([over * (1 - solved * (1 - context + context * surer)), 1 - solved])
    back = unsolved * back_unsolved + np.array([wrong * back_false + lost * back_left, 0.0])
    first = np.array([meets, 1 - meets])
    # Contacts of a case by kind: the first and those that follow, who meet the bot like the first or not at all.
    later = first if meets_again else np.array([0.0, 1.0])
    contacts = np.linalg.solve(np.eye(2) - np.outer(later, back), first)

    rate, agents = 40.0, 5
    desk = shop(
        rate,
        agents,
        days=4,
        case_types={"call": {"solved": solved}},
        bot=sim.Bot(
            channels=["phone"],
            meets_share=meets,
            meets_again=meets_again,
            minutes={"mean_minutes": 2},
            leaves_share=leaves,
            context_share=context,
            context_handle_factor=quicker,
            context_solve_factor=surer,
            **how,
        ),
        coming_back={
            "after_no_solution": {"odds": back_unsolved, "delay": {"mean_minutes": 50}},
            "after_false_containment": {"odds": back_false, "delay": {"mean_minutes": 90}},
            "after_leaving_the_bot": {"odds": back_left, "delay": {"mean_minutes": 30}},
            "max_attempts": 20,
        },
    )
    expected = {
        "containment": right + wrong,
        "true_containment": right,
        "false_containment": wrong,
        "left_at_bot": lost,
        "contacts_per_case": contacts.sum(),
        "mean_handle_minutes": contacts @ work / (contacts @ to_agents),
        "occupancy": rate / 60 * (contacts @ work) / agents,
        "given_up": contacts
        @ (unsolved * (1 - back_unsolved) + [wrong * (1 - back_false) + lost * (1 - back_left), 0]),
    }
    runs = agrees(desk, expected, from_day=0.5, to_day=3.5, replications=12, sharp=0.03, seed=13)
    each = [run.measures(from_day=0.5, to_day=3.5).iloc[0] for run in runs]
    reached = [one["served"] / one["contacts"] for one in each]
    near("reaches agents", contacts @ to_agents / contacts.sum(), reached, sharp=0.01)
    near("sessions", contacts[0] / contacts.sum(), [one["bot_sessions"] / one["contacts"] for one in each], sharp=0.01)


@pytest.mark.parametrize("distribution", ["exponential", "constant", "lognormal"])
def test_bot_sessions_are_limited_like_lines(distribution):
    """Contacts that find no session free go straight to people: the bot's share is that of Erlang B, for any times."""
    rate, minutes, sessions = 150.0, 4.0, 8
    desk = shop(
        rate,
        20,
        days=1,
        bot=sim.Bot(
            channels=["phone"],
            sessions=sessions,
            minutes={"distribution": distribution, "mean_minutes": minutes},
            contains=0.3,
        ),
    )
    runs = sim.replicate(desk, 16, seed=4, progress=False)
    contacts = table(runs, "contacts", 0.1, 1)
    refused = [len(each) - each["met_bot"].sum() for each in contacts]
    near("refused", theory.erlang_b(rate, minutes, sessions), refused, [len(each) for each in contacts], sharp=0.03)


def test_self_service_keeps_cases_from_people():
    """A share tries it, a part of that with success; the rest are Poisson arrivals as well, only later."""
    rate, agents, tries, solves = 90.0, 4, 0.5, 0.6
    calls = rate * (1 - tries * solves)
    erlang = theory.erlang_c(calls, 3, agents)
    desk = shop(
        rate,
        agents,
        days=4,
        case_types={
            "call": {"self_service": {"share": tries, "solves": solves, "minutes": {"mean_minutes": 6, "cv": 0.5}}}
        },
    )
    expected = {
        "self_service": tries * solves,
        "contacts_per_case": 1 - tries * solves,
        "wait_probability": erlang.wait_probability,
        "mean_wait_minutes": erlang.mean_wait_minutes,
        "occupancy": erlang.occupancy,
        "resolution_hours": (tries * 6 + (1 - tries * solves) * (3 + erlang.mean_wait_minutes)) / 60,
    }
    agrees(desk, expected, replications=20, to_day=3.9, sharp=0.08, seed=5)


def test_a_back_office_in_line_behind_the_desk():
    """Burke (1956): what leaves M/M/c is Poisson again, and a delay keeps it so; every station is an Erlang C queue.

    Some returns need an inspection, unless the money is sent at once. Little's law gives the means.
    """
    rate, odds, instant = 22.0, 0.8, 0.25
    inspect, refund, parcel = 6.0, 2.0, 150.0
    inspections = rate * odds * (1 - instant)
    desk_wait = theory.erlang_c(rate, 5, 3)
    inspection_wait = theory.erlang_c(inspections, inspect, 2)
    refund_wait = theory.erlang_c(rate, refund, 1)
    company = sim.load(
        {
            "name": "returns",
            "days": 6,
            "demand": {"cases_per_hour": {"return": rate}},
            "case_types": {
                "return": {
                    "channels": {"phone": 1},
                    "handle_time": {"mean_minutes": 5},
                    "instant_refund_share": instant,
                    "steps": [
                        {"name": "parcel", "delay": {"distribution": "gamma", "mean_minutes": parcel, "cv": 0.7}},
                        {
                            "name": "inspect",
                            "work": {"mean_minutes": inspect},
                            "odds": odds,
                            "skipped_by_instant_refund": True,
                        },
                        {"name": "refund", "work": {"mean_minutes": refund}},
                    ],
                }
            },
            "channels": {"phone": PHONE},
            "teams": {
                "desk": {"skills": ["phone"], "agents": 3},
                "inspectors": {"skills": [{"task": "inspect"}], "agents": 2},
                "cashier": {"skills": [{"task": "refund"}], "agents": 1},
            },
        }
    )
    inspected = inspections / rate
    hours = (
        desk_wait.mean_wait_minutes
        + 5
        + parcel
        + inspected * (inspection_wait.mean_wait_minutes + inspect)
        + refund_wait.mean_wait_minutes
        + refund
    ) / 60
    expected = {"refund_hours": hours, "resolution_hours": hours}
    runs = agrees(company, expected, from_day=1, to_day=5, replications=16, sharp=0.02, seed=6)
    tasks = table(runs, "tasks", 1, 5)
    for name, erlang in (("inspect", inspection_wait), ("refund", refund_wait)):
        waits = [each["wait_minutes"][each["name"] == name] for each in tasks]
        near(name, erlang.mean_wait_minutes, [each.sum() for each in waits], [len(each) for each in waits], sharp=0.07)
        late = [(each > 0).sum() for each in waits]
        near(name, erlang.wait_probability, late, [len(each) for each in waits], sharp=0.03)
    by_team = [run.measures(by="team", from_day=1)["occupancy"] for run in runs]
    for team, erlang in (("desk", desk_wait), ("inspectors", inspection_wait), ("cashier", refund_wait)):
        near(team, erlang.occupancy, [each[team] for each in by_team], sharp=0.02)
    # Little's law holds for the parcels on their way at any moment: rate times delay.
    moments = np.arange(1440, 6 * 1440, 60.0)
    for_parcel = [run.tasks[run.tasks["name"] == "parcel"] for run in runs]
    begun = [np.searchsorted(np.sort(each["began_minutes"]), moments) for each in for_parcel]
    over = [np.searchsorted(np.sort(each["ended_minutes"].dropna()), moments) for each in for_parcel]
    near("on their way", rate / 60 * parcel, (np.array(begun) - np.array(over)).mean(axis=1), sharp=0.02)


@pytest.mark.parametrize("skill", [["phone", {"task": "repair"}], [{"task": "repair"}, "phone"]], ids=["last", "first"])
def test_tasks_and_calls_at_one_team(skill):
    """Work and calls with the same exponential times are two priorities (Cobham), whichever the team prefers."""
    rate, agents, minutes, needed = 22.0, 3, 3.6, 0.8
    first, second = (rate, rate * needed) if skill[0] == "phone" else (rate * needed, rate)
    waits = theory.priority_waits([first, second], minutes, agents)
    call_wait, task_wait = waits if skill[0] == "phone" else waits[::-1]
    company = sim.load(
        {
            "name": "one team",
            "days": 6,
            "demand": {"cases_per_hour": {"repair": rate}},
            "case_types": {
                "repair": {
                    "channels": {"phone": 1},
                    "handle_time": {"mean_minutes": minutes},
                    "steps": [
                        # So long a delay that the work comes as if by chance: independent of the calls of the moment.
                        {"name": "spare part", "delay": {"distribution": "uniform", "mean_hours": 10}},
                        {"name": "repair", "work": {"mean_minutes": minutes}, "odds": needed},
                    ],
                }
            },
            "channels": {"phone": PHONE},
            "teams": {"desk": {"skills": skill, "agents": agents}},
        }
    )
    runs = agrees(company, {"mean_wait_minutes": call_wait}, from_day=1, replications=16, sharp=0.08, seed=8)
    tasks = [each[each["wait_minutes"].notna()] for each in table(runs, "tasks", 1, 5.9)]
    waited = [each["wait_minutes"].sum() for each in tasks]
    near("repairs", task_wait, waited, [len(each) for each in tasks], sharp=0.08)


@pytest.mark.parametrize("informed", [0.0, 0.4])
def test_status_enquiries(informed):
    """How often a customer asks while the back office is at work: rate times mean open time, nearly.

    With exponential gaps and an exponential open time another question comes before the end with odds
    q = rate / (rate + 1 / mean open time); after a question the case must also outlive the conversation. A customer
    asks eight times at most.
    """
    per_day, open_days, talk_minutes = 0.9, 1.2, 2.0
    ends = 1 / open_days
    comes, outlives = per_day / (per_day + ends), 1 / (1 + ends * talk_minutes / 1440)
    asked = (1 - informed) * sum(comes * (comes * outlives) ** k for k in range(8))
    assert asked == pytest.approx((1 - informed) * per_day * open_days, rel=0.01)
    rate = 12.0
    desk = shop(
        rate,
        20,
        handle_minutes=talk_minutes,
        days=20,
        case_types={
            "call": {
                "steps": [{"name": "parcel", "delay": {"mean_days": open_days}}],
                "status_enquiries_per_day": per_day,
                "kept_informed_share": informed,
            }
        },
    )
    expected = {
        "status_enquiries": asked,
        "contacts_per_case": 1 + asked,
        "resolution_hours": open_days * 24 + talk_minutes / 60,
    }
    runs = agrees(desk, expected, replications=6, from_day=0, to_day=8, sharp=0.03, seed=9)
    load = rate / 60 * talk_minutes * (1 + asked) / 20
    busy = [run.measures(from_day=10, to_day=20)["occupancy"].iloc[0] for run in runs]
    near("busy", load, busy, sharp=0.02)


def test_a_follow_up_call_finds_what_was_not_solved():
    """Of the unsolved, those who were called before they came back are helped with given odds."""
    solved, called, helps, odds = 0.6, 0.5, 0.9, 0.8
    call_mean, return_mean = 60.0, 90.0
    # Two exponential delays: the call comes first with odds proportional to its rate. Nobody waits for an agent, and
    # the call itself takes no time to speak of.
    before = return_mean / (call_mean + return_mean)
    back = (1 - solved) * odds * (1 - called + called * (before * (1 - helps) + 1 - before))
    gives_up = (1 - solved) * (1 - odds) * (1 - called + called * (1 - helps))
    desk = shop(
        40.0,
        30,
        days=4,
        case_types={"call": {"solved": solved}},
        teams={"agents": {"skills": ["phone", {"task": "follow_up"}]}},
        follow_up=sim.FollowUp(
            share=called,
            delay={"mean_minutes": call_mean},
            work={"distribution": "constant", "mean_seconds": 1},
            solves=helps,
        ),
        coming_back={
            "after_no_solution": {"odds": odds, "delay": {"mean_minutes": return_mean}},
            "max_attempts": 20,
        },
    )
    expected = {"contacts_per_case": 1 / (1 - back), "given_up": gives_up / (1 - back)}
    agrees(desk, expected, replications=12, from_day=0, to_day=3, sharp=0.04, seed=10)
