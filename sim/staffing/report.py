"""Plans as text: short tables for people, JSON and CSV for programs, and what people write on a command line."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.base import ScenarioError, show
from sim.staffing.checked import planned_wages
from sim.staffing.requirement import Requirement
from sim.staffing.rules import Rules
from sim.staffing.shifts import ShiftPlan

if TYPE_CHECKING:
    import pandas as pd


def text(plan: Requirement | ShiftPlan, table: pd.DataFrame, kind: str, form: str = "text") -> str:
    """A plan, or a table made from it, as text that ends with a line break.

    Parameters
    ----------
    plan : Requirement or ShiftPlan
    table : pandas.DataFrame
        What JSON and CSV hold.
    kind : {"requirement", "shifts", "check", "what-if"}
        What the table is.
    form : {"text", "json", "csv"}
    """
    flat = table.reset_index() if table.index.names[0] is not None else table
    if form == "csv":
        return flat.to_csv(index=False, lineterminator="\n")
    if form == "json":
        records = [{str(key): _plain(value) for key, value in row.items()} for row in flat.to_dict("records")]
        return json.dumps({"kind": kind} | _about(plan) | {"rows": records}, ensure_ascii=False, indent=2) + "\n"
    lines = [_headline(plan), ""]
    if kind == "requirement" and isinstance(plan, Requirement):
        lines += _ranges(plan)
    elif kind == "shifts" and isinstance(plan, ShiftPlan):
        lines += [plan.people.round(1).to_string(index=False), "", table.to_string(index=False)]
    else:
        lines.append(table.round(3).to_string())
    return "\n".join(lines) + "\n"


def read_target(given: list[str]) -> dict[str, Any] | float | None:
    """The target that options such as ``phone.service_level=0.9`` and ``0.8`` say; None for none.

    Examples
    --------
    >>> read_target(["phone.abandonment=0.05", "service_level=0.8"])
    {'phone': {'abandonment': 0.05}, 'service_level': 0.8}
    """
    if len(given) == 1 and "=" not in given[0]:
        return _number("--target", given[0])
    target: dict[str, Any] = {}
    for one in given:
        name, value = pair("--target", one)
        channel, dot, measure = name.rpartition(".")
        if dot:
            target.setdefault(channel, {})[measure] = _number("--target", value)
        else:
            target[name] = _number("--target", value)
    return target or None


def read_rules(path: str | Path) -> Rules:
    """Rules of the house from a YAML file, with the keys of `Rules`."""
    import yaml

    file = Path(path)
    if not file.is_file():
        raise ScenarioError(f"there is no file {str(path)!r} with rules")
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{file.name} is not YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(content, dict):
        raise ScenarioError(f"{file.name} holds {show(content)}; it must hold keys such as contracts and latest_end")
    return Rules(**{str(key): value for key, value in content.items()})


def pair(option: str, given: str) -> tuple[str, str]:
    """Name and value of NAME=VALUE."""
    name, equals, value = (part.strip() for part in given.partition("="))
    if not (name and equals and value):
        raise ScenarioError(f"{option} holds {given!r}; write NAME=VALUE, such as service_level=0.8")
    return name, value


def _number(option: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise ScenarioError(f"{option} holds {value!r}; it may hold a number, such as 0.8 for 80 %") from None


def _about(plan: Requirement | ShiftPlan) -> dict[str, Any]:
    if isinstance(plan, ShiftPlan):
        return {"cost_per_week": plan.cost_per_week, "bound": plan.bound, "people": plan.people.to_dict("records")}
    goals = {name: {goal.measure: goal.value for goal in each} for name, each in plan.goals.items()}
    return {"scenario": plan.scenario.name, "goals": goals, "on": plan.on or "average", "cost": plan.cost}


def _headline(plan: Requirement | ShiftPlan) -> str:
    if isinstance(plan, ShiftPlan):
        people = int(plan.people["people"].sum())
        return f"{people} people, {plan.cost_per_week:,.0f} a week in wages (no plan costs less than {plan.bound:,.0f})"
    way = "by simulation" if plan.simulated else "by formula"
    days = "on average" if plan.on is None else f"on {100 * plan.on:g} % of days"
    span = f"{plan.scenario.days} day{'s' if plan.scenario.days > 1 else ''}"
    wages = planned_wages(plan.staffed())
    return f"{plan.scenario.name}: agents needed {days}, {way}; {wages:,.0f} in planned wages over {span}"


def _ranges(plan: Requirement) -> list[str]:
    """Lines such as ``mon 08:00-10:30  5 at work, 6 planned``."""
    lines = []
    planned = plan.as_changes()["teams"]
    for team, heads in plan.heads.items():
        absence = plan.scenario.teams[team].absence
        lines.append(f"{team}  (absence {100 * absence:g} %)")
        for weekday, ranges in planned.get(team, {"agents": {}})["agents"].items():
            spans = [f"{hours} {count}" for hours, count in ranges.items()]
            lines.append(f"  {weekday}  " + ",  ".join(spans))
        lines.append(f"  {heads.sum() * plan.scenario.slot_minutes / 60:,.0f} agent hours at work")
    lines += ["", "Numbers are people to plan, absence included."]
    return lines


def _plain(value: Any) -> Any:
    """A value that JSON has; None where there is no number."""
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
