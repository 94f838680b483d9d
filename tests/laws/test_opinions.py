"""What holds for the customers of any scenario: every experience is known, and shows in the score with its sign."""

import numpy as np
from hypothesis import given, settings
from support.random_scenarios import scenarios

import sim
from sim.opinions import WEIGHTS, Satisfaction
from sim.satisfaction import DRIVERS, experiences, ratings, scores


@settings(max_examples=40)
@given(scenarios())
def test_every_customer_lives_through_what_the_tables_tell(scenario):
    run = sim.simulate(scenario, seed=3)
    table, contacts = experiences(run), run.contacts
    drivers = table[list(DRIVERS)]
    assert np.isfinite(drivers.to_numpy()).all()
    assert (drivers.drop(columns="courtesy") >= 0).all(axis=None)
    assert drivers["courtesy"].between(-2, 1).all()

    def count(rows):
        return contacts[rows].groupby("case").size().reindex(table["case"], fill_value=0).to_numpy()

    anyone = np.ones(len(contacts), dtype=bool)
    assert (drivers["repeats"] == np.maximum(count(anyone) - 1, 0)).all()
    assert (drivers["hang_ups"] == count(contacts["outcome"] == "abandoned")).all()
    assert (drivers["refusals"] == count(contacts["outcome"].isin(["blocked", "turned_away"]))).all()
    assert (drivers["bot_again"] == np.maximum(count(contacts["met_bot"]) - 1, 0)).all()
    assert (drivers["unsolved"] == (table["state"] == "given_up")).all()
    waited = contacts.assign(waits=contacts["wait_minutes"].fillna(1) > 0).groupby("case")["waits"].any()
    patient = waited.reindex(table["case"], fill_value=False).to_numpy()
    assert not (drivers["live_wait"] > 0)[~patient].any()


@settings(max_examples=15)
@given(scenarios())
def test_a_heavier_weight_moves_only_those_it_concerns_and_in_its_direction(scenario):
    run = sim.simulate(scenario, seed=3)
    lived, before = experiences(run), scores(run)
    for weight in WEIGHTS:
        now = getattr(scenario.satisfaction.weights, weight.name)
        judged = {"weights": {**scenario.satisfaction.weights.model_dump(), weight.name: now - 1}}
        after = scores(run, Satisfaction(**judged))
        driver = lived[weight.name].to_numpy()
        forgiven = np.where((driver < 0) | (weight.default < 0), 1 - lived["forgives"], 1)
        assert np.allclose(after - before, -driver * forgiven)


@settings(max_examples=15)
@given(scenarios())
def test_measures_are_those_of_the_ratings(scenario):
    run = sim.simulate(scenario, seed=3)
    table, row = ratings(run), run.measures().loc["all"]
    assert len(table) == (run.cases["state"] != "open").sum()
    assert table["rating"].between(1, 5).all()
    assert table["nps"].between(0, 10).all()
    assert table["ces"].between(1, 7).all()
    if len(table):
        assert np.isclose(row["csat"], (table["rating"] >= 4).mean())
        assert np.isclose(row["nps"], 100 * ((table["nps"] >= 9).mean() - (table["nps"] <= 6).mean()))
        by_type = run.measures(by="type")["mean_rating"].dropna()
        means = table.groupby("type", observed=True)["rating"].mean()
        assert np.allclose(by_type, means[by_type.index.astype(str)])
    if table["surveyed"].any():
        assert np.isclose(row["csat_surveyed"], (table.loc[table["surveyed"], "rating"] >= 4).mean())
