"""The column mapping: which columns of an export hold what.

Every system names its columns differently. A mapping is a small YAML file that says it once, so that another
export needs no code. `sim/mappings/bank_1999.yaml` is a mapping with every key explained. It is data only:
nothing in it is executed, and keys that are not known are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from sim.base import Frozen, NonNegative, Positive, ScenarioError, Share, explain
from sim.timetable import OpenHours
from sim.yamlfile import loaded

Unit = Literal["seconds", "minutes", "hours"]


class CallLogError(ValueError):
    """An export that cannot be read. The message says what was found, where, and what to do."""


class Clock(Frozen):
    """When something happened: one column with date and time, or a clock time and a column with the date.

    A clock time more than twelve hours before `follows` (or before the customer joined the queue) belongs to the
    next day: the call went on past midnight.
    """

    column: str
    format: str | None = None
    date: str | None = None
    date_format: str | None = None
    follows: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _column_alone(cls, data: Any) -> Any:
        return {"column": data} if isinstance(data, str) else data


class Length(Frozen):
    """How long something took."""

    column: str
    unit: Unit = "seconds"


Code = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]


class Outcomes(Frozen):
    """Which values of a column say that a call was served, abandoned or is still open, or is to be left out."""

    column: str
    served: tuple[Code, ...] = Field(min_length=1, description="list the values that mean an agent took the call")
    abandoned: tuple[Code, ...] = ()
    open: tuple[Code, ...] = ()
    ignored: tuple[Code, ...] = ()


class Marker(Frozen):
    """A column that shows whether something happened at all: empty, or one of `never`, means that it did not."""

    column: str
    never: tuple[Code, ...] = ()


class Names(Frozen):
    """A column of codes and the names to use for them.

    Without `names` the codes stand for themselves. A code in neither list is an error, or is left out and
    counted with ``others: leave_out``.
    """

    column: str
    names: dict[Code, str] = Field(default={})
    ignored: tuple[Code, ...] = ()
    others: Literal["refuse", "leave_out"] = "refuse"


class SegmentNames(Names):
    """The customer's segment, which some systems write down only for customers who had to wait."""

    known_if_waited: Annotated[bool, Field(strict=True)] = False
    head_start_minutes: dict[str, NonNegative] = Field(default={})
    priority: dict[str, Annotated[int, Field(strict=True, ge=1, le=9)]] = Field(default={})


class Agents(Frozen):
    """The column that says who took the call, and the values that mean nobody."""

    column: str
    nobody: tuple[Code, ...] = ()


class Way(Frozen):
    """The channel that the calls came through, as the scenario will have it."""

    name: str = "phone"
    kind: Literal["live", "deferred"] = "live"
    answer_within_seconds: Positive = 20.0
    answer_within_hours: Positive = 8.0
    target: Share = 0.8
    open_hours: OpenHours | None = None


class ColumnMapping(Frozen):
    """Which columns of an export hold what. `sim/mappings/bank_1999.yaml` explains each key.

    Examples
    --------
    >>> tickets = ColumnMapping(joined="created", answered="answered", ended="closed", type={"column": "type"})
    >>> tickets.joined.column, tickets.channel.name
    ('created', 'phone')
    """

    about: str = ""
    separator: Annotated[str, Field(min_length=1, max_length=1)] = ","
    time_zone: str | None = None
    joined: Clock = Field(description="say which column holds the moment when the customer joined the queue")
    answered: Clock | None = None
    wait: Length | None = None
    ended: Clock | None = None
    handled: Length | None = None
    outcome: Outcomes | None = None
    queued: Marker | None = None
    type: Names | None = None
    segment: SegmentNames | None = None
    agent: Agents | None = None
    channel: Way = Way()
    shortest_service_seconds: NonNegative = 0.0

    @model_validator(mode="after")
    def _enough(self) -> ColumnMapping:
        if self.answered is None and self.wait is None:
            raise ValueError("needs answered (a moment) or wait (a length), to know how long customers waited")
        if self.ended is None and self.handled is None:
            raise ValueError("needs ended (a moment) or handled (a length), to know how long calls took")
        return self

    @property
    def columns(self) -> list[str]:
        """Every column that the export must have."""
        parts = [getattr(self, name) for name in type(self).model_fields]
        named = [part.column for part in parts if hasattr(part, "column")]
        named += [one for part in parts if isinstance(part, Clock) for one in (part.date, part.follows) if one]
        return list(dict.fromkeys(named))


def mappings() -> list[str]:
    """Names of the mappings that are shipped with the package."""
    folder = resources.files("sim") / "mappings"
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def read_mapping(source: str | Path | Mapping[str, Any] | ColumnMapping) -> ColumnMapping:
    """Read a column mapping and check it.

    Parameters
    ----------
    source : str, Path, mapping or ColumnMapping
        The name of a shipped mapping, the path of a YAML file, or the same content as a dictionary.

    Raises
    ------
    CallLogError
        When there is no such mapping, or it has wrong keys or values.
    """
    if isinstance(source, ColumnMapping):
        return source
    content: Any = source
    what = "the mapping"
    if not isinstance(source, Mapping):
        shipped = resources.files("sim") / "mappings" / f"{source}.yaml"
        what = f"mapping {str(source)!r}"
        if str(source) in mappings():
            text = shipped.read_text(encoding="utf-8")
        elif Path(source).is_file():
            text = Path(source).read_text(encoding="utf-8-sig", errors="replace")
        else:
            raise CallLogError(
                f"there is no mapping and no file called {str(source)!r}. Shipped mappings: "
                f"{', '.join(mappings())}. A mapping of your own is given by its path, such as 'our_desk.yaml'"
            )
        try:
            content = loaded(text, what)
        except ScenarioError as error:
            raise CallLogError(str(error)) from None
    if not isinstance(content, Mapping):
        raise CallLogError(f"{what} must be a list of keys and values that says which columns hold what")
    try:
        return ColumnMapping.model_validate(dict(content))
    except ValidationError as error:
        raise CallLogError(str(explain(error, ColumnMapping, what))) from None
