"""The figure of people by time of day, and what a step up in staffing buys."""

import numpy as np
import pytest

import sim
from sim.plots import heads
from sim.staffing import Contract, CrossTrained, Rules, price_of_steps, requirement, shifts

TIMETABLE = {"desk": {"tue": {"08:00-12:00": 2, "12:00-14:00": 3}}, "chat": {"wed": {"10:00-14:00": 1}}}
FOUR_HOURS = Rules(contracts=[Contract(name="four hours", shift_hours=4)])


@pytest.fixture(scope="module")
def desk():
    return sim.one_queue(arrivals_per_hour=60, handle_minutes=4, agents=1, patience_minutes=4).with_(
        demand={"cases_per_hour": {"call": {"08:00-12:00": 60, "12:00-18:00": 90}}},
        channels={"phone": {"open_hours": {"mon-fri": "08:00-18:00"}}},
    )


@pytest.fixture(scope="module")
def need(desk):
    return requirement(desk, 0.8)


def drawn(axes):
    """The stairs of a panel by their name: heights by minute, and the baseline."""
    return {one.get_label(): one.get_data() for one in axes.patches}


def test_a_requirement_shows_work_and_heads(need):
    figure = heads(need)
    (axes,) = figure.axes
    found = drawn(axes)
    assert set(found) == {"work that comes in", "needed at work"}
    table = need.table.set_index("slot")
    needed, work = found["needed at work"].values, found["work that comes in"].values
    for slot, minute in (("08:00", 480), ("12:30", 750), ("17:30", 1050)):
        assert needed[minute] == table.loc[slot, "heads"]
        assert work[minute] == pytest.approx(table.loc[slot, "offered_load"])
    assert needed[479] == needed[1080] == 0
    assert axes.get_xlim() == (480, 1080)
    assert axes.get_ylim()[1] >= needed.max()
    hours = f"{table['heads'].sum() / 2:g}"
    assert figure.message.startswith(f"{needed[480:1080].min():.0f} to {needed.max():.0f} agents are needed at a time")
    assert f"{hours} hours a day" in figure.message


def test_people_who_are_away_are_planned_on_top(desk):
    away = requirement(desk.with_(teams={"agents": {"absence": 0.25}}), 0.8)
    found = drawn(heads(away).axes[0])
    needed, planned = found["needed at work"].values, found["to be planned"].values
    assert (planned == np.ceil(needed / 0.75)).all()
    assert planned.max() > needed.max()


def test_shifts_show_what_is_paid_beyond_the_need():
    plan = shifts(TIMETABLE, FOUR_HOURS)
    figure = heads(plan)
    found = drawn(figure.axes[0])
    beyond = found["on a shift, beyond the need"]
    assert found["needed"].values[[480, 719, 720, 839, 840]].tolist() == [2, 2, 3, 3, 0]
    # Two from eight to twelve, and three who come for two hours and are paid for four.
    assert (beyond.values - beyond.baseline).sum() / 60 == pytest.approx(plan.people["paid_hours"].iloc[0] - 14)
    assert figure.message == "20 hours on shifts for a need of 14 hours: 43 % more hours than needed"


def test_breaks_are_no_people_there():
    rules = Rules(contracts=[Contract(name="day", shift_hours=8.5, break_minutes=30)])
    plan = shifts({"desk": {"mon": {"08:00-10:00": 1}}}, rules)
    found = drawn(heads(plan).axes[0])["on a shift, beyond the need"]
    assert found.values.sum() / 60 == pytest.approx(8)


def test_several_plans_share_their_axes():
    plan = shifts(TIMETABLE, FOUR_HOURS)
    figure = heads({"a": plan, "b": plan})
    first, second = figure.axes
    assert first.get_ylim() == second.get_ylim()
    assert first.get_xlim() == second.get_xlim()
    assert figure.message == "“a”: 43 % more hours than needed; “b”: 43 % more hours than needed"


def test_team_and_weekday_can_be_chosen():
    plan = shifts(TIMETABLE, FOUR_HOURS)
    figure = heads(plan, "wed", "chat")
    assert drawn(figure.axes[0])["needed"].values[600] == 1
    assert figure.message == "4 hours on shifts for a need of 4 hours: no more hours than needed"


def test_people_with_two_trades_count_where_they_work():
    need = {"phone": {"mon": {"08:00-12:00": 1}}, "chat": {"mon": {"12:00-16:00": 1}}}
    both = CrossTrained(name="both", teams=("phone", "chat"), wage_per_hour=21)
    rules = Rules(contracts=[Contract(name="day", shift_hours=8)], cross_trained=[both])
    plan = shifts(need, rules)
    there = drawn(heads(plan, team="phone").axes[0])["on a shift, needed"].values
    assert there[480:720].tolist() == [1] * 240


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (({},), ValueError, "there is no plan"),
        ((3,), TypeError, "not int"),
        ((shifts(TIMETABLE, FOUR_HOURS), "wed", "desk"), ValueError, "nobody is needed in desk on wed"),
        ((shifts(TIMETABLE, FOUR_HOURS), "wednesday"), ValueError, "wednesday.*wed"),
        ((shifts(TIMETABLE, FOUR_HOURS), None, "desks"), ValueError, "desks.*desk"),
    ],
)
def test_what_cannot_be_drawn_is_named(arguments, error, words):
    with pytest.raises(error, match=words):
        heads(*arguments)


@pytest.fixture(scope="module")
def ladder(desk):
    plans = [desk.with_(name=f"{n}", teams={"agents": {"agents": n, "wage_per_hour": 30}}) for n in (4, 5, 6)]
    return sim.compare(plans, replications=12, seed=3, progress=False)


def test_the_price_of_a_step_is_wages_by_customers(ladder):
    prices = price_of_steps(ladder)
    assert prices.index.tolist() == ["5", "6"]
    means = ladder.measures(measures=["abandoned", "people_cost"])["estimate"].unstack()
    for worse, better in (("4", "5"), ("5", "6")):
        row = prices.loc[better]
        assert row["extra_cost"] == pytest.approx(means.loc[better, "people_cost"] - means.loc[worse, "people_cost"])
        assert row["fewer"] == pytest.approx(means.loc[worse, "abandoned"] - means.loc[better, "abandoned"])
        assert row["price"] == pytest.approx(row["extra_cost"] / row["fewer"])
        assert row["low"] < row["price"] < row["high"]


def test_the_interval_is_that_of_a_ratio(ladder):
    """Leave one replication out at a time: the jackknife's standard error is near that of the delta method."""
    sums = {
        name: np.array([one.pull[:, 0] + one.value[0] for one in ladder.estimates(name)])
        for name in ("abandoned", "people_cost")
    }
    saved, spent = -np.diff(sums["abandoned"], axis=0)[0], np.diff(sums["people_cost"], axis=0)[0]
    n = len(saved)
    left_out = (spent.sum() - spent) / (saved.sum() - saved)
    error = np.sqrt((n - 1) * left_out.var())
    row = price_of_steps(ladder).loc["5"]
    assert (row["high"] - row["low"]) / 2 == pytest.approx(2.201 * error, rel=0.15)
    assert price_of_steps(ladder, confidence=0.5).loc["5", "high"] < row["high"]


def test_a_step_that_may_be_luck_has_no_price(ladder):
    back = sim.experiment.Comparison(ladder.replications[::-1])
    prices = price_of_steps(back)
    assert prices[["price", "low", "high"]].isna().all(axis=None)
    assert (prices["extra_cost"] < 0).all()


def test_price_of_steps_says_what_is_missing(ladder):
    with pytest.raises(ValueError, match="at least two"):
        price_of_steps(sim.experiment.Comparison(ladder.replications[:1]))
    with pytest.raises(ValueError, match="abandond"):
        price_of_steps(ladder, "abandond")
    with pytest.raises(ValueError, match="a ratio; it may be a number of customers"):
        price_of_steps(ladder, "abandonment")  # money for "one share fewer" would be no price
    with pytest.raises(TypeError, match="not Replications"):
        price_of_steps(ladder.replications[0])
