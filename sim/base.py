"""What every part of a scenario shares: frozen, no unknown names, numbers that are numbers, kind errors."""

from __future__ import annotations

import datetime
import difflib
import math
import os
import reprlib
import types
import typing
import weakref
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from itertools import accumulate, chain
from typing import Annotated, Any, Generic, Never, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Tag,
    ValidationError,
    model_validator,
)

Value = TypeVar("Value")
Result = TypeVar("Result")

# Strict: `true` is not 1 and "5" is not 5. NaN and infinity are refused.
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
NonNegative = Annotated[Number, Field(ge=0)]
Positive = Annotated[Number, Field(gt=0)]
Share = Annotated[Number, Field(ge=0, le=1)]
Whole = Annotated[int, Field(strict=True)]


def _not_tiny(cv: float) -> float:
    if 0 < cv < 0.001:
        raise ValueError(f"holds {cv:.3g}; it may hold 0, which is no variation, or 0.001 and more")
    return cv


Cv = Annotated[Number, Field(ge=0), AfterValidator(_not_tiny)]


def _date(value: Any) -> Any:
    """Only what looks like a date: pydantic would take a bare number for seconds since 1970."""
    try:
        if isinstance(value, str):
            return datetime.date.fromisoformat(value.strip())
        if isinstance(value, datetime.datetime) and value.time() == datetime.time():
            return value.date()
        if type(value) is datetime.date:
            return value
    except ValueError:
        pass
    raise ValueError(f"holds {show(value)}; it may hold a date such as 2026-03-02")


Date = Annotated[datetime.date, BeforeValidator(_date)]


class FrozenDict(dict[str, Any]):
    """The named parts of a scenario; a dictionary that refuses to be changed in place."""

    def _refuse(self, *_: Any, **__: Any) -> Never:
        raise TypeError(_HOW_TO_CHANGE)

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)


_HOW_TO_CHANGE = (
    "a scenario is never changed in place; make a changed copy, such as "
    'scenario.with_(teams={"phone_desk": {"extra_agents": 2}})'
)


class Frozen(BaseModel):
    """A validated part of a scenario that cannot be changed in place and knows no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    def __init__(self, **data: Any) -> None:
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise explain(error, type(self), f"this {type(self).__name__}") from None

    # Tells pydantic that parts inside parts can be made without this, so that their errors keep their place.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @model_validator(mode="before")
    @classmethod
    def _as_plain_data(cls, data: Any) -> Any:
        return data if isinstance(data, Frozen) else plain(data)

    @model_validator(mode="after")
    def _freeze(self) -> typing.Self:
        for name, value in self.__dict__.items():
            if isinstance(value, dict) and not isinstance(value, FrozenDict):
                self.__dict__[name] = FrozenDict(value)
        return self

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(_HOW_TO_CHANGE)

    def __delattr__(self, name: str) -> None:
        raise AttributeError(_HOW_TO_CHANGE)

    def __deepcopy__(self, memo: Any = None) -> typing.Self:
        return self


class ScenarioError(ValueError):
    """A scenario that cannot be simulated. The message names each key, what it holds and what it may hold."""


def plain(value: Any, _done: dict[int, tuple[Any, Any]] | None = None) -> Any:
    """A copy of nested data with plain Python numbers and lists in the place of NumPy's and pandas'."""
    done = {} if _done is None else _done
    if id(value) in done:  # YAML can repeat a part, even inside itself
        return done[id(value)][1]
    copy: Any
    if isinstance(value, BaseModel):
        return value
    if isinstance(value, Mapping):
        copy = {}
        done[id(value)] = value, copy
        copy.update((key, plain(inner, done)) for key, inner in value.items())
    elif isinstance(value, (list, tuple)):
        copy = []
        done[id(value)] = value, copy
        copy.extend(plain(inner, done) for inner in value)
    else:
        copy = value.tolist() if hasattr(value, "tolist") else value
    return copy


def show(value: Any) -> str:
    """What a key holds, as a message says it: short, however much it is."""
    return "nothing" if value is None else _brief.repr(value)


def is_number(value: object, least: float = -math.inf) -> bool:
    """Whether a value is a number, of Python or NumPy, of at least `least`; NaN is none."""
    return isinstance(plain(value), (int, float)) and bool(value >= least)  # type: ignore[operator]


def need_whole(name: str, value: object, least: int) -> None:
    """Refuse what is no whole number, of Python or NumPy, of at least `least`."""
    number = plain(value)
    if isinstance(number, bool) or not isinstance(number, int) or number < least:
        raise ValueError(f"{name} holds {value!r}; it must be a whole number of at least {least}")


def unquoted(value: Any) -> str:
    """Advice for text that was meant to be a number, such as "5", 1e3 or 0,5 in YAML; empty for all else."""
    try:
        number = float(value.replace(",", ".")) if isinstance(value, str) else math.nan
    except ValueError:
        number = math.nan
    return f": write {number:.12g}, without quotes" if math.isfinite(number) else ""


_brief = reprlib.Repr()
_brief.maxlevel, _brief.maxstring, _brief.maxother, _brief.maxlong = 2, 80, 80, 40


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
    found = error.errors()
    # A list with a wrong item is also too short, as that item does not count: one message is enough.
    inside = {finding["loc"][:n] for finding in found for n in range(len(finding["loc"]))}
    lines = {f"{what} cannot be used:": None}
    for finding in found:
        if finding["type"] == "too_short" and finding["loc"] in inside:
            continue
        path = list(finding["loc"])
        # Tags of unions, in angle brackets, are steps of pydantic's path that the author never wrote.
        where = ".".join(str(step) for step in path if not _is_tag(step) and step != "[key]")
        lines[f"  {where + ': ' if where else ''}{_sentence(dict(finding), path, model)}"] = None
    return ScenarioError("\n".join(lines))


def unknown_name(name: object, allowed: Iterable[str], kind: str = "key") -> str:
    """The sentence for a name that does not exist, with the nearest one that does."""
    names = [str(known) for known in allowed]
    by_lower = {known.lower(): known for known in reversed(names)}
    near = difflib.get_close_matches(str(name).strip().lower(), by_lower, n=1)
    hint = f" Did you mean {by_lower[near[0]]!r}?" if near else ""
    return f"no such {kind} as {_brief.repr(name)}.{hint} Allowed: {', '.join(names) or 'none'}"


_WANTED = {
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than": "a number below {lt}",
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
    "tuple_type": "a list",
}
_CONTAINERS = ("dict_type", "model_type", "model_attributes_type", "tuple_type")


def _sentence(finding: dict[str, Any], path: list[Any], model: type[BaseModel]) -> str:
    kind, holds, limits = finding["type"], finding.get("input"), finding.get("ctx", {})
    if kind == "extra_forbidden":
        return unknown_name(path[-1], _fields_at(model, path[:-1]))
    if kind == "missing":
        return f"is missing; {_description(model, path) or 'it must be given'}"
    if kind == "too_short" and holds:
        return f"holds {show(holds)}; it may hold {limits['min_length']} or more values"
    if kind in ("too_short", "string_too_short"):
        return f"is empty; {_description(model, path)}"
    if kind == "invalid_key" or path[-1:] == ["[key]"]:
        return f"the name {show(holds)} is not text; put it in quotes"
    if kind in ("value_error", "channel_kind"):
        return str(limits.get("error", finding["msg"]))
    if kind == "union_tag_invalid":
        return f"holds {show(holds)}; write a distribution such as {{mean_minutes: 4, cv: 0.8}}"
    if kind not in _WANTED:
        return f"holds {show(holds)}; {finding['msg'][0].lower()}{finding['msg'][1:]}"
    bounds = {key: f"{value:g}" if isinstance(value, float) else value for key, value in limits.items()}
    if kind in _CONTAINERS and (help_ := _description(model, path)):
        return f"holds {show(holds)}; {help_}"
    return f"holds {show(holds)}; it may hold {_WANTED[kind].format(**bounds)}{unquoted(holds)}"


def _description(model: type[BaseModel], path: list[Any]) -> str:
    """What the model says about the key at `path`; empty if nothing."""
    owner = _model_at(model, path[:-1]) if path else None
    field = owner.model_fields.get(path[-1]) if owner else None
    return field.description or "" if field else ""


def _fields_at(model: type[BaseModel], path: list[Any]) -> list[str]:
    owner = _model_at(model, path)
    return list(owner.model_fields) if owner else []


def _is_tag(step: Any) -> bool:
    return isinstance(step, str) and step.startswith("<")


def _model_at(model: type[BaseModel], path: list[Any]) -> type[BaseModel] | None:
    """The model whose fields stand at `path`, found by following annotations."""
    here: Any = model
    for step in path:
        here = _below(here, step)
    return _first_model(here)


def _below(annotation: Any, step: Any) -> Any:
    """The annotation of what stands at `step` in something with this annotation; None if nothing does."""
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return _below(args[0], step)
    if origin in (typing.Union, types.UnionType):
        for member in args:
            below = member if Tag(step) in getattr(member, "__metadata__", ()) else _below(member, step)
            if below is not None:
                return below
        return None
    if origin in (dict, tuple):
        return args[1] if origin is dict else args[0]
    field = annotation.model_fields.get(step) if _is_model(annotation) else None
    return field and field.annotation


def _first_model(annotation: Any) -> type[BaseModel] | None:
    if _is_model(annotation):
        return annotation
    options = typing.get_args(annotation)
    options = options[:1] if typing.get_origin(annotation) is Annotated else options
    return next((found for found in map(_first_model, options) if found), None)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def is_quiet() -> bool:
    """Whether no progress is to be shown: TQDM_DISABLE is set, which tqdm itself forgets in notebooks."""
    return os.environ.get("TQDM_DISABLE", "0") not in ("", "0")


def remembered(function: Callable[[Value], Result]) -> Callable[[Value], Result]:
    """Keep what a pure function of a frozen value gives, as long as that value lives."""
    kept: dict[int, tuple[weakref.ref[Value], Result]] = {}

    @wraps(function)
    def of(value: Value) -> Result:
        key = id(value)
        known = kept.get(key)
        if known is not None and known[0]() is value:
            return known[1]
        result = function(value)
        kept[key] = (weakref.ref(value, lambda _: kept.pop(key, None)), result)
        return result

    return of


Made = TypeVar("Made")


class Latest(Generic[Made]):
    """What was worked out for the last few things, each kept with all that it follows from.

    Many runs ask for the same again: every replication of a scenario, every step of a slider. The list of what is kept
    is never changed but replaced, as other threads may be reading it.

    Parameters
    ----------
    share : callable
        The share of the room for such things that one takes up; one that takes more than all of it is not kept.
    """

    def __init__(self, share: Callable[[Made], float]) -> None:
        self._share = share
        self._kept: list[tuple[tuple[Any, ...], Made, float]] = []

    def get(self, parts: tuple[Any, ...], make: Callable[[], Made]) -> Made:
        """What was made before from equal parts, or else is made now."""
        kept = self._kept
        # The last one again, or, where things are asked for in turn, the one that has not been for longest. Parts that
        # are the same objects are equal without a look inside.
        for one in chain(kept[:1], reversed(kept)):
            if one[0] == parts:
                if one is not kept[0]:
                    self._kept = [one, *(other for other in kept if other is not one)]
                return one[1]
        made = make()
        share = self._share(made)
        if share <= 1:
            all_kept = [(parts, made, share), *self._kept]
            taken = accumulate(share for *_, share in all_kept)
            self._kept = [one for one, so_far in zip(all_kept, taken, strict=True) if so_far <= 1 + 1e-9]
        return made

    def clear(self) -> None:
        """Keep nothing any longer."""
        self._kept = []
