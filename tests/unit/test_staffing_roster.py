"""Rosters of named people: against every way to deal out, rules by hand, and what is said when there is none."""

import itertools
import sys

import numpy as np
import pandas as pd
import pytest

from sim.base import ScenarioError
from sim.staffing import Contract, CrossTrained, Rules, roster, shifts
from sim.staffing.dealing import Job

HALF_DAYS = Rules(contracts=[Contract(name="half days", shift_hours=4)])
ANN, BEN, CEM = ({"person": name, "team": "desk"} for name in ("Ann", "Ben", "Cem"))


@pytest.fixture(autouse=True)
def _needs_ortools(request):
    if "without" not in request.node.name:
        pytest.importorskip("ortools", reason="rosters need OR-Tools, the extra 'roster'")


def plan_of(week, rules=HALF_DAYS):
    return shifts({"desk": week}, rules)


@pytest.fixture(scope="module")
def two_days():
    """Each day an early and a late shift."""
    return plan_of({"mon-tue": {"08:00-12:00": 1, "16:00-20:00": 1}})


def days_of(answer, person):
    return answer.table.loc[answer.table["person"] == person, "weekday"].tolist()


class TestTheBest:
    @pytest.mark.parametrize("seed", range(4))
    def test_nothing_is_better_than_it(self, seed):
        """Three people, six shifts, random wishes: all 3^6 ways, with rules and penalty written down anew."""
        draw = np.random.default_rng(seed)
        plan = plan_of({"thu-sat": {"08:00-12:00": 1, "19:00-23:00": 1}})
        people = [ANN, BEN | {"cannot_work": "fri"}, CEM | {"hours_a_week": 12}]
        wishes = [
            {
                "person": str(draw.choice(["Ann", "Ben", "Cem"])),
                "wish": str(draw.choice(["early", "late", "day off", "not alone"])),
                "day": str(draw.choice(["thu", "fri", "sat", "thu-sat"])),
                "weight": float(draw.integers(1, 5)),
            }
            for _ in range(5)
        ]
        answer = roster(plan, people, wishes, rest_hours=10, fairness=1.5)
        # 08-12 and 19-23 on thu, fri and sat; 23:00 to 08:00 is nine hours of rest.
        slots = [(day, late) for day in ("thu", "fri", "sat") for late in (False, True)]
        best = np.inf
        for who in itertools.product(["Ann", "Ben", "Cem"], repeat=6):
            work = {name: [slot for slot, one in zip(slots, who, strict=True) if one == name] for name in who}
            if any(len({day for day, _ in mine}) < len(mine) for mine in work.values()):
                continue
            if any(day == "fri" for day, _ in work.get("Ben", [])) or len(work.get("Cem", [])) > 3:
                continue
            if any(who[late] == who[late + 1] for late in (1, 3)):
                continue
            cost = 0.0
            for wish in wishes:
                days = ["thu", "fri", "sat"] if wish["day"] == "thu-sat" else [wish["day"]]
                for day, late in work.get(wish["person"], []):
                    kept = {"early": not late, "late": late, "day off": False, "not alone": False}[wish["wish"]]
                    cost += wish["weight"] * (day in days and not kept)
            for name, mine in work.items():
                fond = {
                    day
                    for wish in wishes
                    if wish["person"] == name and wish["wish"] == "late"
                    for day in (["thu", "fri", "sat"] if wish["day"] == "thu-sat" else [wish["day"]])
                }
                bad = sum(day == "sat" or (late and day not in fond) for day, late in mine)
                cost += 1.5 * bad * (bad - 1) / 2
            best = min(best, cost)
        assert answer.optimal
        assert answer.penalty == pytest.approx(best)
        assert answer.bound == pytest.approx(best)

    def test_every_shift_is_given_once(self, two_days):
        answer = roster(two_days, [ANN, BEN, CEM])
        given = answer.table.groupby(["weekday", "start"], sort=False).size()
        assert given.to_dict() == {(day, start): 1 for day in ("mon", "tue") for start in ("08:00", "16:00")}
        assert answer.people["shifts"].sum() == 4
        assert answer.people["hours"].sum() == 16
        assert (answer.week != "").to_numpy().sum() == 4

    def test_the_same_again(self, two_days):
        first, second = (roster(two_days, [ANN, BEN, CEM]) for _ in range(2))
        assert first.week.equals(second.week)

    def test_unpopular_shifts_are_shared(self):
        plan = plan_of({"sat-sun": {"08:00-12:00": 1}, "mon": {"16:00-20:00": 1}})
        assert roster(plan, [ANN, BEN, CEM]).people["unpopular"].tolist() == [1, 1, 1]
        fond = roster(plan, [ANN, BEN, CEM], [{"person": "Ann", "wish": "late"}])
        assert fond.people.loc["Ann", "unpopular"] < 2


class TestWishes:
    def test_late_and_early(self, two_days):
        answer = roster(two_days, [ANN, BEN], [{"person": "Ben", "wish": "late", "weight": 2}])
        assert answer.week.loc["Ben", ["mon", "tue"]].tolist() == ["16:00-20:00"] * 2
        assert answer.wishes.loc[0, ["kept", "broken"]].tolist() == [2, 0]
        assert answer.wishes_met == 1

    def test_the_heavier_wish_wins(self, two_days):
        wishes = [
            {"person": name, "wish": "early", "day": "mon", "weight": 1 + (name == "Ben")} for name in ("Ann", "Ben")
        ]
        answer = roster(two_days, [ANN, BEN], wishes, fairness=0)
        assert answer.wishes["met"].tolist() == [False, True]
        assert answer.penalty == 1

    def test_a_day_off(self, two_days):
        answer = roster(two_days, [ANN, BEN, CEM], [{"person": "Cem", "wish": "day off", "day": ["mon", "tue"]}])
        assert days_of(answer, "Cem") == []
        assert answer.wishes.loc[0, ["kept", "broken"]].tolist() == [2, 0]

    def test_not_alone(self):
        plan = plan_of({"mon": {"08:00-12:00": 2, "12:00-16:00": 1}})
        alone = {job.shift.start // 60: job.alone for job in Job.of(plan, 600, 1080)}
        assert alone == {8: False, 12: True}
        for shy in ("Ann", "Ben", "Cem"):
            answer = roster(plan, [ANN, BEN, CEM], [{"person": shy, "wish": "not alone"}])
            assert answer.week.loc[shy, "mon"] in ("08:00-12:00", "")


class TestRules:
    def test_rest_by_hand(self):
        """From 23:00 to 09:00 are ten hours: enough for a rest of ten, too little for 10.5; also on Sundays."""
        for late, early in (("mon", "tue"), ("sun", "mon")):
            plan = plan_of({late: {"19:00-23:00": 1}, early: {"09:00-13:00": 1}})
            assert roster(plan, [ANN], rest_hours=10).people.loc["Ann", "shifts"] == 2
            with pytest.raises(
                ScenarioError, match=rf"rest_hours is 10.5: .* less rest for Ann between {late} and {early}"
            ):
                roster(plan, [ANN], rest_hours=10.5)
            assert roster(plan, [ANN, BEN], rest_hours=10.5).people["shifts"].tolist() == [1, 1]

    @pytest.mark.parametrize(
        ("more", "reason"),
        [
            ({"cannot_work": "mon"}, "cannot_work: it could be done with Ann on mon"),
            ({"hours_a_week": 7}, "hours_a_week: it could be done with Ann: 1 hours more"),
            ({"days_a_week": 1}, "days_a_week: it could be done with Ann: 1 days more"),
        ],
    )
    def test_the_rule_in_the_way_is_named(self, two_days, more, reason):
        with pytest.raises(ScenarioError) as error:
            roster(two_days, [ANN | more, BEN])
        assert reason in str(error.value)
        assert "1 of 4 shifts stay empty" in str(error.value)
        assert str(error.value).count("it could be done") == 1

    def test_several_rules_at_once(self, two_days):
        with pytest.raises(ScenarioError, match=r"no single rule: .*Ann on mon.* together"):
            roster(two_days, [ANN | {"cannot_work": "mon"}, BEN | {"days_a_week": 1}])

    def test_contracts(self):
        both = Rules(contracts=[Contract(name="short", shift_hours=4), Contract(name="long", shift_hours=6)])
        plan = plan_of({"mon": {"08:00-12:00": 1, "14:00-20:00": 1}}, both)
        answer = roster(plan, [ANN | {"contract": "long"}, BEN | {"contract": "short"}])
        assert answer.table.set_index("person")["contract"].to_dict() == {"Ann": "long", "Ben": "short"}
        with pytest.raises(ScenarioError, match="contract: it could be done with Ben a shift of short"):
            roster(plan, [ANN | {"contract": "long"}, BEN | {"contract": "long"}])

    def test_skills(self):
        rules = Rules(
            contracts=[Contract(name="half days", shift_hours=4)],
            cross_trained=[CrossTrained(name="both", teams=["a", "b"])],
            most_people={"a": 0, "b": 0},
        )
        plan = shifts({"a": {"mon": {"08:00-12:00": 1}}, "b": {"mon": {"08:00-12:00": 1}}}, rules)
        one, two = {"person": "Ann", "team": "a, b"}, {"person": "Ben", "team": ["both"]}
        assert roster(plan, [one, two]).people["shifts"].tolist() == [1, 1]
        with pytest.raises(ScenarioError, match="both mon 08:00-12:00 takes 2 people, and 1 of those named know"):
            roster(plan, [one, {"person": "Ben", "team": "a"}])


class TestReading:
    def test_a_table_with_empty_cells(self, two_days):
        table = pd.DataFrame(
            {
                "person": ["Ann ", "Ben", "Cem"],
                "team": "desk",
                "cannot_work": ["Monday", None, "sat-sun"],
                "hours_a_week": [8, np.nan, 20],
            }
        )
        wishes = pd.DataFrame({"person": ["Ben"], "wish": ["Day_off"], "day": ["mon"], "weight": [np.nan]})
        answer = roster(two_days, table, wishes)
        assert list(answer.week.index) == ["Ann", "Ben", "Cem"]
        assert days_of(answer, "Ann").count("mon") == 0
        # Ann cannot on Monday, and two are needed.
        assert answer.wishes["met"].tolist() == [False]

    @pytest.mark.parametrize(
        ("people", "message"),
        [
            ([], "people is empty"),
            (ANN, "give a table, or a list with a mapping for each row"),
            ("Ann", "give a table, or a list"),
            (["Ann"], "row 1 holds 'Ann'"),
            ([{"person": "Ann"}], "row 1 has no team"),
            ([{"name": "Ann", "team": "desk"}], "no such key as 'name'"),
            ([ANN, ANN], "'Ann' comes twice"),
            ([ANN | {"team": "Desk"}], "Did you mean 'desk'"),
            ([ANN | {"cannot_work": "Mo"}], "row 1, cannot_work: 'Mo' names no weekday"),
            ([ANN | {"hours_a_week": "40"}], "hours_a_week holds '40'"),
            ([ANN | {"days_a_week": 2.5}], "whole number of days"),
            ([ANN | {"contract": "half day"}], "Did you mean 'half days'"),
        ],
    )
    def test_tired_people(self, two_days, people, message):
        with pytest.raises(ScenarioError, match=message):
            roster(two_days, people)

    @pytest.mark.parametrize(
        ("wish", "message"),
        [
            ({"person": "Anne", "wish": "late"}, "Did you mean 'Ann'"),
            ({"person": "Ann", "wish": "lates"}, "Did you mean 'late'"),
            ({"person": "Ann", "wish": "day off"}, "a day off needs its day"),
            ({"person": "Ann", "wish": "late", "weight": -1}, "weight holds -1"),
            ({"person": "Ann"}, "row 1 has no wish"),
        ],
    )
    def test_tired_wishes(self, two_days, wish, message):
        with pytest.raises(ScenarioError, match=message):
            roster(two_days, [ANN, BEN], [wish])

    @pytest.mark.parametrize(
        "options",
        [
            {"rest_hours": 25},
            {"rest_hours": "11"},
            {"fairness": -1},
            {"seconds": 0},
            {"late_after": "6pm"},
            {"early_before": 10},
        ],
    )
    def test_tired_options(self, two_days, options):
        with pytest.raises(ScenarioError, match=f"{next(iter(options))} holds"):
            roster(two_days, [ANN, BEN], **options)

    def test_no_plan(self):
        with pytest.raises(ScenarioError, match=r"sim\.staffing\.shifts makes them"):
            roster({"desk": 3}, [ANN])


def test_without_ortools_the_extra_is_named(two_days, monkeypatch):
    monkeypatch.setitem(sys.modules, "ortools", None)
    monkeypatch.setitem(sys.modules, "ortools.sat.python", None)
    with pytest.raises(ImportError, match=r"after-sales-workbook\[roster\]"):
        roster(two_days, [ANN, BEN])


def test_files(two_days, tmp_path):
    pytest.importorskip("openpyxl", reason="Excel files need openpyxl")
    answer = roster(two_days, [ANN, BEN])
    answer.to_csv(tmp_path / "roster.csv")
    answer.to_excel(tmp_path / "roster.xlsx")
    assert len(pd.read_csv(tmp_path / "roster.csv")) == 4
    assert list(pd.read_excel(tmp_path / "roster.xlsx", sheet_name=None)) == ["week", "shifts", "people", "wishes"]
