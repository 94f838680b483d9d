"""Figures: what a day was like, when service is good, which plan is better, whether the model fits.

Every function takes what `sim.simulate`, `sim.replicate` or `sim.compare` returned, or a table like theirs, and
returns a figure: leave it as the last line of a cell to see it; ``figure.savefig("day.png")`` writes a file. Titles
say the message and are computed from the data. Bands and bars are intervals; a figure made of one run has none and
says so. Outcomes have fixed colours, and a scenario keeps its colour.
"""

from sim.plots.beside import hockey_stick, observed_beside_simulated
from sim.plots.capacity import overload
from sim.plots.causes import drivers, fishbone
from sim.plots.contacts import service_day, waits
from sim.plots.duels import intervals, pairs
from sim.plots.estimates import comparison, curve
from sim.plots.flow import flow
from sim.plots.fronts import pareto
from sim.plots.luck import each_run, narrowing, rankings
from sim.plots.opinions import loop, tornado
from sim.plots.page import OUTCOME_COLOURS, SCENARIO_COLOURS, STYLE, Picture
from sim.plots.people import heads
from sim.plots.shares import levels
from sim.plots.starts import warm_up
from sim.plots.volumes import busy_days, day_shape, expected_cases

__all__ = [
    "OUTCOME_COLOURS",
    "SCENARIO_COLOURS",
    "STYLE",
    "Picture",
    "busy_days",
    "comparison",
    "curve",
    "day_shape",
    "drivers",
    "each_run",
    "expected_cases",
    "fishbone",
    "flow",
    "heads",
    "hockey_stick",
    "intervals",
    "levels",
    "loop",
    "narrowing",
    "observed_beside_simulated",
    "overload",
    "pairs",
    "pareto",
    "rankings",
    "service_day",
    "tornado",
    "waits",
    "warm_up",
]
