"""What a contact costs in runs of 1,000 to 10,000,000 contacts, and with teams of 10 to 1,000 agents at equal load."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from pathlib import Path

import sim
from benchmarks import package
from benchmarks.mm20 import AGENTS, CALLS_PER_HOUR, HANDLE_MINUTES, PATIENCE_MINUTES
from benchmarks.race import Lane, NotThereError, race

# Contacts up to which an engine is tried, and how much memory a contact takes at most while its run is made.
MOST_CONTACTS = {package.SIMPY: 100_000, package.COMPILED: 10_000_000}
BYTES_A_CONTACT = {package.SIMPY: 8_000, package.COMPILED: 1_000}
# Cost is called flat if the dearest size costs at most so many times as much as the cheapest.
FLAT = 2.0


def desk(contacts: int, agents: int = AGENTS) -> sim.Scenario:
    """One queue at the load of M/M/20+M a head, for about so many contacts."""
    per_hour = CALLS_PER_HOUR * agents / AGENTS
    minutes = contacts / per_hour * 60
    days = math.ceil(minutes / 1440)
    hours, rest = divmod(max(round(minutes / days), 1), 60)
    queue = sim.one_queue(
        arrivals_per_hour=per_hour,
        handle_minutes=HANDLE_MINUTES,
        agents=agents,
        patience_minutes=PATIENCE_MINUTES,
        days=days,
    )
    return queue.with_(demand={"cases_per_hour": {"call": {f"00:00-{hours:02}:{rest:02}": per_hour}}})


def measure(most: int, rounds: int, say: Callable[[str], None]) -> dict:
    """Cost by number of contacts, up to `most`, and by number of agents."""
    by_contacts: dict[str, list[dict]] = {name: [] for name in package.ENGINES}
    by_agents: dict[str, list[dict]] = {name: [] for name in package.ENGINES}
    for name, engine in package.ENGINES.items():
        try:
            package.need_engine(engine)
        except NotThereError as reason:
            say(f"  {name}: not there ({reason})")
            continue
        limit = min(most, MOST_CONTACTS[name])
        sizes = [10**power for power in range(3, 8) if 10**power <= limit]
        fitting = [size for size in sizes if size * BYTES_A_CONTACT[name] <= free_bytes()]
        if fitting != sizes:
            say(f"  {name}: runs of more than {fitting[-1]:,} contacts left out (not enough free memory)")
        # Long runs average over so much that few of them say enough.
        for chosen, times in (
            ([size for size in fitting if size <= 100_000], rounds),
            ([size for size in fitting if size > 100_000], min(rounds, 3)),
        ):
            lanes = race({f"{size:,}": package.whole_run(desk(size), engine) for size in chosen}, times, say)
            by_contacts[name] += [_row("contacts", label, lane) for label, lane in lanes.items()]
        size = min(limit, 50_000)
        teams = {f"{agents:,}": package.whole_run(desk(size, agents), engine) for agents in (10, 100, 1000)}
        by_agents[name] = [_row("agents", label, lane) for label, lane in race(teams, rounds, say).items()]
    goals = []
    for title, found in (("contacts", by_contacts), ("agents", by_agents)):
        goal: dict = {"goal": f"compiled engine: cost a contact flat in {title} (dearest / cheapest)", "most": FLAT}
        if found[package.COMPILED]:
            costs = [row["engine"] for row in found[package.COMPILED]]
            goal["found"] = {"median": max(costs) / min(costs)}
        goals.append(goal)
    return {"by_contacts": by_contacts, "by_agents": by_agents, "goals": goals}


def _row(what: str, label: str, lane: Lane) -> dict:
    parts = {part: statistics.median(lane.seconds(part)) / lane.contacts * 1e6 for part in lane.rounds}
    return {what: label, **parts, "whole": lane.microseconds_a_contact()}


def free_bytes() -> float:
    """Memory that is free, or infinity where nobody says."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return math.inf
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
