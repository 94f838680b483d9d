"""What a measure is: a named ratio of two sums, and how people speak of it.

Tables, figures and sentences take their words and units from here, so that a measure is called the same everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

# The smaller unit in which short times read better.
_SMALLER = {"minutes": "seconds", "hours": "minutes"}


@dataclass(frozen=True)
class Measure:
    """The sum `over` divided by the sum `under`; a plain count or amount if `under` is empty.

    Attributes
    ----------
    over, under : str
        Names of the sums.
    meaning : str
        The definition in a line.
    unit : str
        "share", a unit of time, or what is counted.
    family : str
        The family of sums, a key of `sim.measures.FAMILIES`.
    title : str
        Its name for people, as a sentence or the heading of a figure says it.
    label : str
        Its name as a line of a table, where the lines around it say the rest; the title if empty.
    short : str
        Its name over a narrow column; the label if empty.
    title_zh : str
        The title in Chinese.
    higher_is_better : bool, optional
        None where it depends.
    may_be_negative : bool
        Whether it can lie below 0, as a loss does.

    Examples
    --------
    >>> from sim.measures import MEASURES
    >>> speed = MEASURES["asa_minutes"]
    >>> speed.title, speed.label, speed.short, speed.higher_is_better
    ('mean wait of the answered (ASA)', 'average speed of answer', 'ASA', False)
    """

    over: str
    under: str
    meaning: str
    unit: str
    family: str = ""
    title: str = ""
    label: str = ""
    short: str = ""
    title_zh: str = ""
    higher_is_better: bool | None = None
    may_be_negative: bool = False

    def __post_init__(self) -> None:
        # Each name stands in for the narrower one; a measure without a title is called by the sum that it shows.
        for field, otherwise in (("title", self.over.replace("_", " ")), ("label", "title"), ("short", "label")):
            if not getattr(self, field):
                object.__setattr__(self, field, getattr(self, otherwise, otherwise))

    @property
    def is_count(self) -> bool:
        """Whether it is one number of a run, not a ratio."""
        return not self.under

    def scale(self, largest: float) -> tuple[float, str]:
        """The factor and the unit in which values up to `largest` read best.

        Shares are said in %, short times in the smaller unit.

        Examples
        --------
        >>> Measure("wait", "served", "mean wait", "minutes").scale(0.4)
        (60.0, 'seconds')
        """
        if self.unit == "share":
            return 100.0, "%"
        if self.unit in _SMALLER and largest < 2:
            return 60.0, _SMALLER[self.unit]
        return 1.0, self.unit
