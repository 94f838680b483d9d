"""The journeys tell the same story as the tables. On random scenarios."""

import numpy as np
from hypothesis import given, settings
from support.random_scenarios import scenarios

import sim
from sim.log import HAPPENINGS

ENDS = {
    "served": "is served",
    "called_back": "is called back",
    "abandoned": "hangs up",
    "blocked": "is blocked",
    "turned_away": "is turned away",
    "contained": "is contained by the bot",
    "left_bot": "leaves the bot",
}


def times_by_row(journey, happening, key="row"):
    """When it happened to each row; it may happen once."""
    here = journey[journey["happening"] == happening]
    assert not here[key].duplicated().any()
    return dict(zip(here[key], here["time_minutes"], strict=True))


def column(table, key, name, which=slice(None)):
    here = table[which]
    here = here[here[name].notna()]
    return dict(zip(here[key], here[name], strict=True))


@settings(max_examples=60)
@given(scenarios())
def test_what_the_tables_say_happens_in_the_journeys_and_nothing_else(scenario):
    run = sim.simulate(scenario, seed=11)
    journey, contacts, tasks, cases = run.log.journey, run.contacts, run.tasks, run.cases
    told = {}

    def same(happening, expected, key="row"):
        assert times_by_row(journey, happening, key) == expected, happening
        told[happening] = len(expected)

    same("asks for help", column(cases, "case", "appears_minutes"), "case")
    same("tries self-service", column(cases, "case", "appears_minutes", cases["self_service"] != "no"), "case")
    same("is solved", column(cases, "case", "closed_minutes", cases["state"] == "solved"), "case")
    same("gives up", column(cases, "case", "closed_minutes", cases["state"] == "given_up"), "case")
    same("meets the bot", column(contacts, "contact", "arrived_minutes", contacts["met_bot"]))
    same("joins the queue", column(contacts, "contact", "queued_minutes"))
    same("is answered", column(contacts, "contact", "answered_minutes"))
    for outcome, happening in ENDS.items():
        same(happening, column(contacts, "contact", "ended_minutes", contacts["outcome"] == outcome))
    steps = tasks["name"] != "follow_up"
    same("step begins", column(tasks, "task", "began_minutes", steps))
    same("step is done", column(tasks, "task", "ended_minutes", steps))
    same("is followed up", column(tasks, "task", "ended_minutes", ~steps))
    booked = ~np.isnan(run.log.booked)
    same("books a visit", dict(zip(run.log.row[booked].tolist(), run.log.booked[booked].tolist(), strict=True)))
    assert set(told) == set(HAPPENINGS)
    assert len(journey) == sum(told.values())


@settings(max_examples=60)
@given(scenarios())
def test_every_journey_is_in_order(scenario):
    journey = sim.simulate(scenario, seed=12).log.journey
    assert journey["time_minutes"].is_monotonic_increasing
    assert (journey.drop_duplicates("case")["happening"] == "asks for help").all()
    # A contact or task goes its way in the order in which things can happen, and belongs to one case.
    way = journey[journey["row"] >= 0].sort_values("row", kind="stable")
    goes_on = way["row"].diff() == 0
    assert (way["happening"].cat.codes.diff()[goes_on] > 0).all()
    assert (way["case"].diff()[goes_on] == 0).all()
