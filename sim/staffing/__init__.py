"""Planning: how many people each team needs when, in which shifts, and at what price.

1. `requirement`: agents by team and slot, by formula and by simulation.
2. `shifts`: the cheapest shifts that cover them within the rules of the house.
3. `roster`: who works which of these shifts, with rest and with wishes.
4. `check_plan`: the plan lived through, what was promised beside what came of it, with wages.
5. `what_if`: what one change does to each measure, and what it costs.
6. `cheapest`: a search, by simulation, where teams help each other.
7. `price_of_steps`: what one customer fewer who hangs up costs, from plan to plan.
"""

from sim.staffing.checked import check_plan
from sim.staffing.requirement import Requirement, requirement
from sim.staffing.rostering import Roster, roster
from sim.staffing.rules import Contract, CrossTrained, Rules
from sim.staffing.search import Cheapest, cheapest
from sim.staffing.shifts import ShiftPlan, shifts
from sim.staffing.steps import price_of_steps
from sim.staffing.whatif import WhatIf, usual_changes, what_if

__all__ = [
    "Cheapest",
    "Contract",
    "CrossTrained",
    "Requirement",
    "Roster",
    "Rules",
    "ShiftPlan",
    "WhatIf",
    "cheapest",
    "check_plan",
    "price_of_steps",
    "requirement",
    "roster",
    "shifts",
    "usual_changes",
    "what_if",
]
