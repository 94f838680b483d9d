"""Changes laid over what is there: how `Scenario.with_` understands them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from sim.base import Frozen, ScenarioError, unknown_name
from sim.distributions import Empirical, MeanCv


def merged(now: Any, change: Any, where: str, *, new_parts: bool = False) -> Any:
    """`change` laid over `now`, as plain data and model parts that `load` validates.

    With `new_parts`, a name that is not there yet may come as a mapping: a file that is based on another one adds teams
    as it would write them. Without it a mapping under a new name is taken for a typing error.
    """
    if isinstance(change, BaseModel) or not isinstance(change, Mapping):
        return change
    if isinstance(now, (MeanCv, Empirical)):
        by_channel = any(isinstance(value, (Mapping, MeanCv, Empirical)) for value in change.values())
        if isinstance(now, Empirical) or "distribution" in change or by_channel:
            return dict(change)
        kept = now.model_dump(exclude_unset=True)
        if any(str(key).startswith("mean_") for key in change):
            del kept["mean_minutes"]
        return kept | dict(change)
    if isinstance(now, Frozen):
        if "kind" in change and change["kind"] != getattr(now, "kind", None):
            return dict(change)
        there = {name: getattr(now, name) for name in type(now).model_fields}
        # What the author left out stays left out, and out of the YAML.
        parts = {name: part for name, part in there.items() if name in now.model_fields_set}
    elif isinstance(now, dict):
        there, parts = now, dict(now)
    else:
        return dict(change)
    named_parts = isinstance(now, Frozen) or any(isinstance(part, Frozen) for part in there.values())
    for key, value in change.items():
        path = f"{where}.{key}" if where else str(key)
        new = key not in there
        whole = isinstance(value, BaseModel) or (new_parts and there is now and isinstance(value, Mapping))
        if new and ((named_parts and not whole) or (value is None and there is now)):
            raise ScenarioError((f"{where}: " if where else "") + _no_such_part(key, there, now, value))
        if value is None and there is now:
            del parts[key]
        else:
            parts[key] = merged(there.get(key), value, path, new_parts=new_parts)
    return parts


def _no_such_part(key: Any, there: Mapping[str, Any], now: Any, value: Any) -> str:
    if isinstance(now, Frozen):
        return unknown_name(key, there)
    hint = "" if value is None else f". To add it, give a whole sim.{type(next(iter(there.values()))).__name__}"
    return unknown_name(key, there, "name") + hint


def nested(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Changes by path, such as {"teams.desk.extra_agents": 2}, nested as `Scenario.with_` takes them.

    Raises
    ------
    ScenarioError
        If two paths are in each other's way.
    """
    whole: dict[str, Any] = {}
    for path, value in changes.items():
        steps = [step.strip() for step in str(path).split(".")]
        if not all(steps):
            raise ScenarioError(f"{path!r} is no path; write one such as teams.phone_desk.extra_agents")
        here = whole
        for step in steps[:-1]:
            inner = here.get(step, {})
            if not isinstance(inner, Mapping):
                raise ScenarioError(f"{path} and something that it is part of are both given; keep one of them")
            here[step] = dict(inner)
            here = here[step]
        if steps[-1] in here:
            raise ScenarioError(f"{path} is given twice, or with something that is part of it; keep one of them")
        here[steps[-1]] = value
    return whole
