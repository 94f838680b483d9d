"""What was measured, as a table to read."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import native
from benchmarks.race import NotThereError

PARTS = ("sampling", "engine", "measures")


def machine() -> dict[str, str]:
    """What the numbers depend on: processor, system, versions."""
    try:
        compiler = native.version()
    except NotThereError:
        compiler = "none"
    versions = {}
    for package in ("numpy", "simpy", "numba", "ciw"):
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = "not installed"
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "date": datetime.date.today().isoformat(),
        "processor": _processor(),
        "cores": str(usable),
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "compiler": compiler,
        **versions,
    }


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


def text(results: dict[str, Any]) -> str:
    """The whole report."""
    lines = [", ".join(f"{name} {value}" for name, value in results["machine"].items() if name != "date")]
    lines.append(f"{results['machine']['date']}; CPU seconds, medians of rounds; garbage collector off")
    for name, case in results["cases"].items():
        lines += ["", _TITLES[name].format(**case)]
        lines += [f"  {line}" for line in _BODIES[name](case)]
    goals = [goal for case in results["cases"].values() for goal in case.get("goals", ())]
    if goals:
        lines += ["", "Goals"]
        lines += [f"  {verdict(goal):<12} {goal['goal']}{_found(goal)}" for goal in goals]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def verdict(goal: dict[str, Any]) -> str:
    """Whether a goal is met: by the median, for what varies."""
    if "found" not in goal:
        return "not measured"
    found = goal["found"]["median"]
    return "met" if goal.get("least", found) <= found <= goal.get("most", found) else "not met"


def _found(goal: dict[str, Any]) -> str:
    return f": {_spread(goal['found'])}" if "found" in goal else ""


def _spread(found: dict[str, float]) -> str:
    if "low" not in found:
        return _short(found["median"])
    return f"{_short(found['median'])} ({_short(found['low'])} to {_short(found['high'])}, {found['rounds']} rounds)"


def _short(number: float | None) -> str:
    if number is None:
        return ""
    return f"{number:.0f}" if number >= 1000 else f"{number:.3g}"


def _columns(header: list[str], rows: list[list[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    for first, *others in [header, *rows]:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        yield "  ".join(cells)


def _race(case: dict[str, Any]) -> Iterator[str]:
    rows = [
        [
            name,
            f"{row['contacts']:,}",
            *(_short(row["parts"].get(part)) for part in PARTS),
            _short(row["microseconds_a_contact"]),
            _short(row.get("milliseconds", row["microseconds_a_contact"] * row["contacts"] / 1e3)),
        ]
        for name, row in case["rows"].items()
    ]
    yield from _columns(["us a contact", "contacts", *PARTS, "all", "ms a run"], rows)
    if case["ratios"]:
        yield ""
        yield from _columns(["ratios", "", ""], [[name, "", _spread(found)] for name, found in case["ratios"].items()])


def _growth(case: dict[str, Any]) -> Iterator[str]:
    for what in ("contacts", "agents"):
        header = ["us a contact", what, *PARTS, "all"]
        rows = [
            [name, row[what], *(_short(row[part]) for part in PARTS), _short(row["whole"])]
            for name, found in case[f"by_{what}"].items()
            for row in found
        ]
        yield from _columns(header, rows)
        if what == "contacts":
            yield ""


def _memory(case: dict[str, Any]) -> Iterator[str]:
    names = list(dict.fromkeys(name for row in case["rows"].values() for name in row if name != "contacts"))
    rows = [
        [name, f"{row['contacts']:,}", *(_short(row[part]) for part in names)] for name, row in case["rows"].items()
    ]
    yield from _columns(["bytes a contact", "contacts", *names], rows)


def _start(case: dict[str, Any]) -> Iterator[str]:
    rows = [[name, f"{seconds:.2f}"] for name, seconds in case["rows"].items()]
    yield from _columns(["CPU seconds", ""], rows)


def _visitors(case: dict[str, Any]) -> Iterator[str]:
    header = [
        "visitors",
        "moves",
        "s, median",
        "s, 95 %",
        "s, all done",
        "CPU s a move",
        "of it server",
        "app busy",
        "others busy",
        "MiB each",
    ]
    rows = [
        [
            str(row["visitors"]),
            str(row["moves"]),
            *(f"{row[name]:.2f}" for name in ("median_seconds", "p95_seconds")),
            "" if row["complete_seconds"] is None else f"{row['complete_seconds']:.1f}",
            f"{row['cpu_seconds_a_move']:.2f}",
            f"{row['server_share']:.0%}",
            f"{row['app_busy']:.0%}",
            f"{row['others_busy']:.0%}",
            f"{row['mebibytes_a_visitor']:.0f}",
        ]
        for row in case["rows"]
    ]
    yield from _columns(header, rows)
    yield ""
    for name, what in (("median_seconds", "every second answer"), ("p95_seconds", "one answer in twenty")):
        holds = case["holds"][name]
        told = f"with {holds:.0f} visitors" if holds is not None else "with none of these"
        yield f"{what} takes longer than {case['limit_seconds']:g} s {told}"


_TITLES = {
    "visitors": "The app: each visitor moves a lever, thinks {think_seconds:g} s on average, and moves it again",
    "mm20": "M/M/20+M (Erlang A: {exact_abandonment:.2%} abandon; all agree)",
    "day": "Reference day ({share_of_repeats:.1%} repeats, {abandonment:.1%} abandoned; all leave the same log)",
    "slider": "One more agent in the shop baseline, {replications} replications, every measure with its interval",
    "growth": "Cost by number of contacts and of agents",
    "memory": "Memory",
    "start": "Before anything runs",
}
_BODIES = {
    "mm20": _race,
    "day": _race,
    "slider": _race,
    "growth": _growth,
    "memory": _memory,
    "start": _start,
    "visitors": _visitors,
}
