"""What-if table: wages by hand, directions that must hold, pairs that are sharper than two runs apart."""

import numpy as np
import pytest

import sim
from sim import theory
from sim.staffing import usual_changes, wages, what_if


@pytest.fixture(scope="module")
def desk():
    return sim.one_queue(arrivals_per_hour=60, handle_minutes=4, agents=5, patience_minutes=3, days=2).with_(
        teams={"agents": {"wage_per_hour": 18, "absence": 0.05}}
    )


@pytest.fixture(scope="module")
def table(desk):
    return what_if(desk, replications=10).table()


class TestTheTable:
    def test_directions(self, table):
        assert table.loc[("one more in agents", "service_level"), "low"] > 0
        assert table.loc[("one fewer in agents", "service_level"), "high"] < 0
        for change in ("absence doubled", "volume +10 %", "handle times +5 %"):
            assert table.loc[(change, "abandonment"), "low"] > 0, change
        luck = table["more_than_luck"]
        assert (luck == ((table["low"] > 0) | (table["high"] < 0))).all()

    def test_wages_by_hand(self, table):
        # An agent is paid, present or absent, for two days of 24 hours at 18; last calls end a little later or earlier.
        more, fewer = (table.loc[(f"one {way} in agents", "wages"), "difference"] for way in ("more", "fewer"))
        assert more == pytest.approx(48 * 18, rel=0.01)
        assert fewer == pytest.approx(-48 * 18, rel=0.01)
        assert table["base"].xs("wages", level="measure").iloc[0] == pytest.approx(5 * 48 * 18, rel=0.01)
        # Who is absent is paid all the same.
        assert abs(table.loc[("absence doubled", "wages"), "difference"]) < 20

    def test_the_difference_is_that_of_erlang_a(self, table):
        # Mixed over the agents who come, as absence is binomial.
        def abandonment(agents, absence=0.05):
            chance = [
                np.prod([agents - k for k in range(n)])
                / np.prod(range(1, n + 1))
                * (1 - absence) ** (agents - n)
                * absence**n
                for n in range(4)
            ]
            gone = [theory.erlang_a(60, 4, agents - n, 3).abandonment for n in range(4)]
            return float(np.dot(chance, gone))

        row = table.loc["one more in agents", "abandonment"]
        assert row["low"] - 0.01 <= abandonment(6) - abandonment(5) <= row["high"] + 0.01

    def test_pairs_are_sharper_than_two_runs_apart(self, desk):
        answer = what_if(desk, {"one more": desk.with_(teams={"agents": {"extra_agents": 1}})}, replications=10)
        row = answer.table().loc["one more", "abandonment"]
        apart = [runs.measures().loc["abandonment"] for runs in answer.comparison.replications]
        assert row["high"] - row["low"] < 0.8 * sum(one["high"] - one["low"] for one in apart) / np.sqrt(2)

    def test_what_means_nothing_is_left_out(self, table):
        assert "answered_in_target" not in table.index.get_level_values("measure")


class TestQuestions:
    def test_a_shop_with_a_bot(self):
        questions = usual_changes("baseline")
        assert "one more in partner" not in questions  # paid by contact: nobody to add
        assert {"one more in phone_desk", "one fewer in back_office", "bot down for a morning"} <= set(questions)
        assert questions["volume +10 %"].demand.factor == pytest.approx(1.1)
        assert questions["absence doubled"].teams["phone_desk"].absence == pytest.approx(0.12)
        (event,) = questions["bot down for a morning"].events
        assert (event.start_minutes, event.end_minutes, event.bot_down) == (480, 720, True)

    def test_a_desk_of_one_has_nobody_fewer(self):
        questions = usual_changes(sim.one_queue(arrivals_per_hour=5, handle_minutes=4, agents=1))
        assert list(questions) == ["one more in agents", "volume +10 %", "handle times +5 %"]


class TestWages:
    def test_by_hour_and_by_contact(self):
        shop = sim.load("baseline").with_(days=1)
        run = sim.simulate(shop, seed=2)
        paid, served = run.measures(by="team")["utilisation"], run.measures(by="team")["served"]
        assert paid.notna().all()
        hours = sim.measures.sums(run.log, "team").values["paid"] / 60
        by_hand = sum(
            served[name] * 3.5 if name == "partner" else hours[n] * team.wage_per_hour
            for n, (name, team) in enumerate(shop.teams.items())
        )
        assert wages.wages_of(run.log) == pytest.approx(by_hand)


class TestBadInput:
    @pytest.mark.parametrize(
        ("how", "message"),
        [
            ({"measures": ["servicelevel"]}, "Did you mean 'service_level'"),
            ({"changes": {}}, "changes is empty"),
            ({"changes": {"more": {"demand": 2}}}, "it must be a scenario"),
            ({"replications": 0}, "at least 1"),
        ],
    )
    def test_arguments(self, desk, how, message):
        with pytest.raises(ValueError, match=message):
            what_if(desk, **how)

    def test_confidence(self, desk):
        answer = what_if(desk, {"same": desk}, measures="abandonment", replications=2)
        assert answer.table().loc["same", "abandonment"]["difference"] == 0
        with pytest.raises(ValueError, match="between 0 and 1"):
            answer.table(confidence=95)
