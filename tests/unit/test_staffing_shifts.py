"""Shifts against exhaustive search, the week's rules, cross-trained people, and what is said when nothing fits."""

import itertools
import sys

import numpy as np
import pytest

import sim
from sim.staffing import Contract, CrossTrained, Rules, shifts

FOUR = Contract(name="four", shift_hours=4)
SIX = Contract(name="six", shift_hours=6, break_minutes=60, break_from_hours=2, break_to_hours=3)


def hourly(needs, start=8):
    """A timetable from one number an hour."""
    return {f"{start + n:02d}:00-{start + n + 1:02d}:00": need for n, need in enumerate(needs) if need}


def cheapest(needs, contracts, start=8):
    """Least paid hours that cover a day's needs, by trying every combination of shifts."""
    columns, hours = [], []
    for contract in contracts:
        length, pause = int(contract.shift_hours), int(contract.break_minutes // 60)
        for begin in range(24 - length + 1):
            breaks = range(int(contract.break_from_hours), int(contract.break_to_hours) + 1) if pause else [None]
            for place in breaks:
                work = np.zeros(24, dtype=int)
                work[begin : begin + length] = 1
                if place is not None:
                    work[begin + place : begin + place + pause] = 0
                seen = work[start : start + len(needs)]
                if seen.any():
                    columns.append(tuple(seen))
                    hours.append(length - pause)
    best = {}
    for column, paid in zip(columns, hours, strict=True):
        best[column] = min(paid, best.get(column, 99))
    # Cost by what is still uncovered: every way of adding one more shift.
    frontier, done = {tuple(needs): 0}, {}
    while frontier:
        left = min(frontier, key=frontier.get)
        cost = frontier.pop(left)
        if left in done:
            continue
        done[left] = cost
        if not any(left):
            return cost
        for column, paid in best.items():
            rest = tuple(max(a - b, 0) for a, b in zip(left, column, strict=True))
            if rest != left and cost + paid < frontier.get(rest, 1e9):
                frontier[rest] = cost + paid
    raise AssertionError("nothing covers it")


class TestAgainstExhaustiveSearch:
    @pytest.mark.parametrize(
        "needs",
        [(1, 1, 1, 1), (2, 1, 0, 3, 1, 1), (1, 2, 3, 3, 2, 1, 1), (2, 0, 0, 0, 2), (3, 3, 1, 1, 1, 1, 3, 3), (1,)],
    )
    def test_the_cost_is_the_least(self, needs):
        rules = Rules(contracts=(FOUR, SIX), earliest_start="00:00", start_every_minutes=60)
        plan = shifts({"desk": {"mon": hourly(needs)}}, rules, relative_gap=0)
        assert plan.cost_per_week == pytest.approx(20 * cheapest(needs, (FOUR, SIX)))
        assert plan.bound == pytest.approx(plan.cost_per_week, rel=1e-5)
        covered = plan.cover["desk"][0, 8 * 60 :: 60][: len(needs)]
        assert (covered >= needs).all()

    @pytest.mark.parametrize("seed", range(4))
    def test_on_random_days(self, seed):
        needs = tuple(int(n) for n in np.random.default_rng(seed).integers(0, 4, 7))
        rules = Rules(contracts=(FOUR, SIX), earliest_start="00:00", start_every_minutes=60)
        plan = shifts({"desk": {"tue": hourly(needs)}}, rules, relative_gap=0)
        assert plan.cost_per_week == pytest.approx(20 * cheapest(needs, (FOUR, SIX)))

    @pytest.mark.parametrize("seed", range(3))
    def test_people_of_a_week(self, seed):
        """How few people can work given numbers of whole-day shifts, two days each: by trying every number."""
        by_day = np.random.default_rng(seed).integers(0, 4, 7)
        days = dict(zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), by_day.tolist(), strict=True))
        rules = Rules(contracts=(Contract(name="four", shift_hours=4, days_a_week=2),))
        plan = shifts({"desk": {day: {"08:00-12:00": n} for day, n in days.items() if n}}, rules, relative_gap=0)

        def possible(people):
            """Whether they can be given the shifts, by trying everybody's pairs of days."""
            pairs = list(itertools.combinations(range(7), 2))
            reach = {tuple(by_day)}
            for _ in range(people):
                reach |= {
                    tuple(max(n - (day in pair), 0) for day, n in enumerate(left)) for left in reach for pair in pairs
                }
            return tuple([0] * 7) in reach

        least = next(n for n in range(1, 30) if possible(n))
        assert plan.people["people"].sum() == least


class TestTheWeek:
    def test_a_roster_that_people_can_work(self):
        plan = shifts({"desk": {"mon-sun": {"08:00-12:00": 2, "12:00-16:30": 3}}})
        roster = plan.roster
        worked = (roster != "").sum(axis=1)
        assert worked.max() <= 5
        shifts_by_day = plan.table.groupby("weekday")["people"].sum()
        assert ((roster != "").sum()[shifts_by_day.index] == shifts_by_day).all()
        assert len(roster) == plan.people["people"].sum()

    def test_weekly_hours_bind(self):
        short = Contract(name="short week", shift_hours=8, days_a_week=5, most_hours_a_week=20)
        assert short.days == 2
        plan = shifts({"desk": {"mon-fri": {"08:00-16:00": 1}}}, Rules(contracts=(short,)))
        assert plan.people["people"].tolist() == [3]  # five shifts, two each
        assert ((plan.roster != "").sum(axis=1) <= 2).all()

    def test_breaks_leave_a_gap_that_others_fill(self):
        rules = Rules(contracts=(Contract(name="full", shift_hours=8.5, break_minutes=30),))
        plan = shifts({"desk": {"mon": {"09:00-17:00": 1}}}, rules)
        # Nobody works eight hours without a break: a second person is there in the middle.
        assert plan.people["shifts"].sum() == 2
        assert plan.cover["desk"][0, 9 * 60 : 17 * 60].min() == 1
        assert plan.coverage["over"].min() >= 0

    def test_paid_breaks_and_wages(self):
        paid = Contract(
            name="paid", shift_hours=5, break_minutes=60, paid_break=True, break_from_hours=4, wage_factor=1.5
        )
        plan = shifts({"desk": {"mon": {"08:00-12:00": 1}}}, Rules(contracts=(paid,)), wages_per_hour={"desk": 10})
        assert plan.cost_per_week == pytest.approx(5 * 1.5 * 10)
        assert plan.people["cost"].sum() == pytest.approx(plan.cost_per_week)


class TestCrossTrained:
    both = Rules(
        contracts=(FOUR,),
        cross_trained=(CrossTrained(name="both", teams=("a", "b"), wage_per_hour=22),),
        start_every_minutes=60,
    )

    def test_one_person_for_two_half_hours_that_do_not_meet(self):
        needs = {"a": {"mon": {"08:00-10:00": 1}}, "b": {"mon": {"10:00-12:00": 1}}}
        plan = shifts(needs, self.both)
        assert plan.table["team"].tolist() == ["both"]
        assert plan.cost_per_week == pytest.approx(88)  # against 160 for one in each team

    def test_nobody_is_in_two_places(self):
        needs = {"a": {"mon": {"08:00-12:00": 1}}, "b": {"mon": {"08:00-12:00": 1}}}
        plan = shifts(needs, self.both)
        assert plan.cost_per_week == pytest.approx(160)  # the cross-trained cost more and save nobody
        crossed = Rules(contracts=(FOUR,), cross_trained=self.both.cross_trained, most_people={"a": 0, "b": 0})
        plan = shifts(needs, crossed)
        assert plan.table["people"].sum() == 2
        assert plan.coverage[["own", "cross_trained"]].sum().tolist() == [0, 16]

    def test_they_become_a_team_of_the_scenario(self):
        shop = sim.load("baseline").with_(days=2)
        plan = sim.staffing.requirement(shop)
        rules = Rules(
            cross_trained=(CrossTrained(name="all-rounders", teams=("phone_desk", "chat_desk")),),
            most_people={"chat_desk": 2},
        )
        planned = shifts(plan, rules)
        staffed = planned.staffed()
        team = staffed.teams["all-rounders"]
        assert [skill.channel for skill in team.skills] == ["phone", "email", "chat", "social"]
        assert team.head_count[:2].sum() == planned.cover["all-rounders"].sum()
        assert staffed.teams["phone_desk"].head_count.sum() == planned.cover["phone_desk"].sum()


class TestWhatStandsInTheWay:
    def test_too_few_people(self):
        rules = Rules(contracts=(FOUR,), most_people={"desk": 2})
        with pytest.raises(sim.ScenarioError, match="most_people of desk is 2; with 3 it could be done"):
            shifts({"desk": {"mon": {"08:00-12:00": 3}}}, rules)

    def test_too_few_days(self):
        rules = Rules(contracts=(FOUR,), most_people={"desk": 1})
        with pytest.raises(sim.ScenarioError, match="if people worked all seven days it could be done"):
            shifts({"desk": {"mon-sat": {"08:00-12:00": 1}}}, rules)

    def test_two_rules_together(self):
        rules = Rules(
            contracts=(Contract(name="four", shift_hours=4, most_people=1),), most_people={"desk": 1, "other": 1}
        )
        needs = {"desk": {"mon": {"08:00-12:00": 2}}, "other": {"mon": {"08:00-12:00": 1}}}
        with pytest.raises(sim.ScenarioError, match=r"most_people of desk and .*stand in the way together"):
            shifts(needs, rules)

    @pytest.mark.parametrize(
        ("rules", "why"),
        [
            (Rules(contracts=(FOUR,), latest_end="20:00"), "latest_end 20:00"),
            (Rules(contracts=(SIX,), earliest_start="19:00"), "no contract fits there"),
            (Rules(contracts=(Contract(name="four", shift_hours=4, teams=("other",)),)), "no contract is for desk"),
        ],
    )
    def test_hours_that_no_shift_reaches(self, rules, why):
        needs = {"desk": {"mon": {"20:00-22:00": 1}}, "other": {"mon": {"12:00-13:00": 0}}}
        with pytest.raises(sim.ScenarioError, match=rf"desk needs somebody on mon 20:00 .*{why}"):
            shifts(needs, rules)

    @pytest.mark.parametrize(
        ("needs", "message"),
        [
            ({}, "needs must be a requirement, or head-counts by team"),
            (5, "needs must be a requirement"),
            ({"desk": 0}, "nobody is needed"),
            ({"desk": {"mon": {"8-12": 2}}}, "is not a range of the day"),
            ({"desk": -1}, "number"),
        ],
    )
    def test_bad_needs(self, needs, message):
        with pytest.raises(sim.ScenarioError, match=message):
            shifts(needs)

    @pytest.mark.parametrize(
        ("rules", "message"),
        [
            ({"contracts": []}, "is empty"),
            ({"contracts": [{"name": "x", "shift_hours": 0}]}, "above 0"),
            ({"contracts": [{"name": "x", "shift_hours": 4, "break_minutes": 90}]}, "has no room for"),
            ({"contracts": [{"name": "x", "shift_hours": 12, "most_hours_a_week": 10}]}, "could work a single day"),
            ({"earliest_start": "8 am"}, "a time of day"),
            ({"earliest_start": "18:00", "latest_end": "08:00"}, "is not before"),
            ({"start_every_minutes": 7}, "must divide a day"),
            ({"max_people": {"desk": 3}}, "Did you mean 'most_people'"),
            ({"contracts": [{"name": "x", "shift_hours": 4}] * 2}, "comes twice"),
        ],
    )
    def test_bad_rules(self, rules, message):
        with pytest.raises(sim.ScenarioError, match=message):
            Rules(**rules)

    @pytest.mark.parametrize(
        ("rules", "message"),
        [
            (Rules(most_people={"desc": 3}), "Did you mean 'desk'"),
            (Rules(cross_trained=(CrossTrained(name="x", teams=("desk", "attic")),)), "no such team as 'attic'"),
            (Rules(cross_trained=(CrossTrained(name="desk", teams=("desk", "desk")),)), "give the group its own"),
            (Rules(contracts=(Contract(name="odd", shift_hours=4.01),)), "multiples of 5 minutes"),
        ],
    )
    def test_rules_that_do_not_fit_the_teams(self, rules, message):
        with pytest.raises(sim.ScenarioError, match=message):
            shifts({"desk": {"mon": {"08:00-12:00": 1}}}, rules)

    def test_wages(self):
        with pytest.raises(sim.ScenarioError, match="Did you mean 'desk'"):
            shifts({"desk": 1}, wages_per_hour={"desc": 3})
        with pytest.raises(sim.ScenarioError, match="a number above 0"):
            shifts({"desk": 1}, wages_per_hour={"desk": 0})


class TestThePlanLivedThrough:
    def test_promised_and_simulated(self):
        desk = sim.one_queue(arrivals_per_hour=60, handle_minutes=4, agents=1, patience_minutes=3, days=3).with_(
            channels={"phone": {"open_hours": "08:00-16:00"}}, teams={"agents": {"wage_per_hour": 18}}
        )
        need = sim.staffing.requirement(desk, 0.8)
        plan = shifts(need)
        table = sim.staffing.check_plan(plan, replications=6)
        level, paid = table.loc["phone", "service_level"], table.loc["all", "wages"]
        assert level["low"] > 0.8  # shifts cover every slot, and some are there beyond it
        assert paid["promised"] == pytest.approx(plan.cost_per_week)
        # Last calls keep agents a little longer.
        assert plan.cost_per_week < paid["simulated"] < 1.03 * plan.cost_per_week

    def test_a_timetable_has_no_customers(self):
        plan = shifts({"desk": {"mon": {"08:00-12:00": 1}}}, Rules(contracts=(FOUR,)))
        with pytest.raises(ValueError, match="without customers"):
            sim.staffing.check_plan(plan)
        with pytest.raises(ValueError, match="give the scenario"):
            plan.staffed()

    def test_tables_on_disk(self, tmp_path, monkeypatch):
        plan = shifts({"desk": {"mon": {"08:00-12:00": 1}}}, Rules(contracts=(FOUR,)))
        plan.to_csv(tmp_path / "shifts.csv")
        assert (tmp_path / "shifts.csv").read_text().splitlines() == [
            "team,contract,weekday,start,end,break,people",
            "desk,four,mon,08:00,12:00,,1",
        ]
        monkeypatch.setitem(sys.modules, "openpyxl", None)
        with pytest.raises(ImportError, match="openpyxl"):
            plan.to_excel(tmp_path / "shifts.xlsx")
