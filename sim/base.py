"""What every part of a scenario shares: frozen, no unknown names, numbers that are numbers, kind errors."""

from __future__ import annotations

import difflib
import types
import typing
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

# Strict: `true` is not 1 and "5" is not 5. NaN and infinity are refused.
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
NonNegative = Annotated[Number, Field(ge=0)]
Positive = Annotated[Number, Field(gt=0)]
Share = Annotated[Number, Field(ge=0, le=1)]
Whole = Annotated[int, Field(strict=True)]


class Frozen(BaseModel):
    """A validated part of a scenario that cannot be changed in place and knows no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class ScenarioError(ValueError):
    """A scenario that cannot be simulated. The message names each key, what it holds and what it may hold."""


def explain(error: ValidationError, model: type[BaseModel], what: str) -> ScenarioError:
    """Turn pydantic's findings into sentences for the author of a scenario.

    Parameters
    ----------
    error : pydantic.ValidationError
        What validation found.
    model : type
        The model that was validated; its fields say which keys are allowed.
    what : str
        What was being read, for the first line.
    """
    lines = {f"{what} cannot be used:": None}
    for finding in error.errors():
        # Tags of unions, in angle brackets, are steps of pydantic's path that the author never wrote.
        path = [step for step in finding["loc"] if not str(step).startswith("<")]
        where = ".".join(map(str, path))
        lines[f"  {where + ': ' if where else ''}{_sentence(dict(finding), path, model)}"] = None
    return ScenarioError("\n".join(lines))


def unknown_name(name: object, allowed: typing.Iterable[str], kind: str = "key") -> str:
    """The sentence for a name that does not exist, with the nearest one that does."""
    names = [str(known) for known in allowed]
    near = difflib.get_close_matches(str(name), names, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"no such {kind} as {name!r}.{hint} Allowed: {', '.join(names) or 'none'}"


def _sentence(finding: dict[str, Any], path: list[Any], model: type[BaseModel]) -> str:
    kind, holds, limits = finding["type"], finding.get("input"), finding.get("ctx", {})
    if kind == "extra_forbidden":
        return unknown_name(path[-1], _fields_at(model, path[:-1]))
    if kind == "missing":
        return "is missing; " + _help(model, path)
    if kind == "value_error":
        return str(limits["error"])
    wanted = {
        "greater_than": "a number above {gt}",
        "greater_than_equal": "a number of at least {ge}",
        "less_than_equal": "a number of at most {le}",
        "float_type": "a number",
        "finite_number": "a finite number",
        "int_type": "a whole number",
        "int_from_float": "a whole number",
        "bool_type": "true or false",
        "string_type": "text",
        "literal_error": "{expected}",
        "model_type": "a mapping of keys to values",
        "model_attributes_type": "a mapping of keys to values",
        "dict_type": "a mapping of names to values",
        "date_from_datetime_parsing": "a date such as 2026-03-02",
        "date_type": "a date such as 2026-03-02",
    }.get(kind)
    if kind == "channel_kind":
        return str(finding["msg"])
    if wanted is None:
        return f"holds {holds!r}; {finding['msg'][0].lower()}{finding['msg'][1:]}"
    bounds = {key: f"{value:g}" if isinstance(value, float) else value for key, value in limits.items()}
    return f"holds {holds!r}; it may hold {wanted.format(**bounds)}"


def _help(model: type[BaseModel], path: list[Any]) -> str:
    owner = _model_at(model, path[:-1])
    field = owner.model_fields.get(path[-1]) if owner else None
    return field.description if field and field.description else "it must be given"


def _fields_at(model: type[BaseModel], path: list[Any]) -> list[str]:
    owner = _model_at(model, path)
    return list(owner.model_fields) if owner else []


def _model_at(model: type[BaseModel], path: list[Any]) -> type[BaseModel] | None:
    """The model whose fields stand at `path`, found by following annotations."""
    here: Any = model
    for step in path:
        if isinstance(here, type) and issubclass(here, BaseModel) and step in here.model_fields:
            here = _inner(here.model_fields[step].annotation)
    return here if isinstance(here, type) and issubclass(here, BaseModel) else None


def _inner(annotation: Any) -> Any:
    """The model inside a container annotation: the value type of a dict or tuple, the first model of a union."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is dict:
        return _inner(args[1])
    for arg in args:
        found = _inner(arg)
        if isinstance(found, type) and issubclass(found, BaseModel):
            return found
    return None
