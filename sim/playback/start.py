"""From a run to the player, or to a sentence that says what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.base import is_number
from sim.languages import need_language
from sim.playback.checked import check_same_customers, checked_day, checked_minute, checked_run
from sim.run import Run
from sim.scenario import DeferredChannel, Scenario
from sim.timetable import MINUTES_A_DAY

if TYPE_CHECKING:
    from sim.playback.widget import Replay

BEFORE_OPENING_MINUTES = 5


def replay(
    run: Run,
    day: int = 0,
    other: Run | None = None,
    *,
    start: str | float | None = None,
    speed: float = 5,
    play: bool = False,
    figure: bool = True,
    language: str = "en",
) -> Replay:
    """Play one day of a run: who comes, waits, talks and leaves, minute by minute.

    With `other` two days play beside each other, to the same clock. Customers who come in both stand in the same lanes;
    click one to follow that person on both sides. All counts are those of the log.

    Parameters
    ----------
    run : Run
        From `sim.simulate`, or one of many: ``runs[0]``.
    day : int, default 0
        Day of the run, from 0.
    other : Run, optional
        Another scenario that met the same customers: a run with the same seed.
    start : str or float, optional
        Where to begin: a time such as "10:30", or minutes since 00:00. By default shortly before the first channel
        opens.
    speed : float, default 5
        Simulated minutes a second.
    play : bool, default False
        Whether it plays at once, unless the reader's system asks for less motion.
    figure : bool, default True
        Whether pages without a kernel show the day as a figure; else they say how to play it.
    language : {"en", "zh"}
        Language of the labels.

    Returns
    -------
    Replay
        A widget: leave it as the last line of a cell to see it.

    Raises
    ------
    TypeError
        If something else than a run is given.
    ValueError
        If the run has no such day, the two runs did not meet the same customers, or another argument makes no sense.
    ImportError
        Without anywidget, which ``pip install "after-sales-workbook[lab]"`` brings.

    Examples
    --------
    >>> import sim
    >>> sim.replay(sim.simulate("baseline", seed=1), day=2, start="11:00")
    <Replay of baseline, Wed 4 March 2026: ... contacts arrive, ... served, ... hang up>
    """
    runs = [checked_run(run, "run")]
    if other is not None:
        runs.append(checked_run(other, "other"))
    day = checked_day(day, *runs)
    if other is not None:
        check_same_customers(run, other, day)
    begin = _first_minute([each.scenario for each in runs], day) if start is None else checked_minute(start, "start")
    if not is_number(speed) or isinstance(speed, bool) or not 0 < speed <= MINUTES_A_DAY:
        raise ValueError(f"speed is {speed!r}; it may be a number of simulated minutes a second above 0, such as 5")
    from sim.playback.widget import Replay

    return Replay(runs, day, begin, float(speed), bool(play), need_language(language), bool(figure))


def _first_minute(scenarios: list[Scenario], day: int) -> float:
    """A little before the first live channel opens; 0 if none does, or one is open at midnight."""
    opens = [
        np.flatnonzero(way.open_hours.minutes[scenario.weekdays[day]])
        for scenario in scenarios
        for way in scenario.channels.values()
        if not isinstance(way, DeferredChannel)
    ]
    first = min((int(minutes[0]) for minutes in opens if len(minutes)), default=0)
    return float(max(0, first - BEFORE_OPENING_MINUTES))
