"""Figures of demand: what they plot, and what their titles say."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from scipy.stats import gamma, poisson

import sim
from sim.plots import volumes
from sim.plots.volumes import busy_days, day_shape, expected_cases


@pytest.fixture(scope="module")
def two_weeks():
    """Two Mondays and one Tuesday with three slots each."""
    rows = [
        ("1999-02-01", "mon", [10, 30, 0]),
        ("1999-02-08", "mon", [20, 50, 0]),
        ("1999-02-02", "tue", [1, 2, 3]),
    ]
    return pd.DataFrame(
        {"date": pd.Timestamp(date), "weekday": weekday, "slot": slot, "calls": number}
        for date, weekday, numbers in rows
        for slot, number in zip(["08:00", "08:30", "09:00"], numbers, strict=True)
    )


@pytest.fixture(scope="module")
def shop():
    return sim.load("baseline").with_(name="usual", days=14)


@pytest.fixture(scope="module")
def stream(shop):
    event = sim.Event(name="live stream", day=3, start="20:00", hours=2, orders_factor=16, case_factors={"how_to": 6})
    return shop.with_(name="stream", events=[event])


def bars(axes, label):
    """Heights of the bars that the legend calls so."""
    found = next(group for group in axes.containers if group.get_label() == label)
    return np.array([bar.get_height() for bar in found])


class TestDayShape:
    def test_lines_are_means_and_bands_their_intervals(self, two_weeks):
        figure = day_shape(two_weeks, {"Monday": ["mon"], "Tuesday": ["tue"]}, even=7)
        monday, tuesday, even = figure.axes[0].lines
        assert monday.get_xdata().tolist() == [495, 525, 555]
        assert monday.get_ydata().tolist() == [15, 40, 0]
        assert tuesday.get_ydata().tolist() == [1, 2, 3]
        assert even.get_ydata()[0] == 7
        # Two values 20 apart: their mean is known to ± t(0.975, 1) · 10 = 127.
        band = figure.axes[0].collections[0].get_paths()[0].vertices
        assert band[:, 1].max() == pytest.approx(40 + 12.7062 * 10, rel=1e-4)
        assert band[:, 1].min() == 0
        assert figure.message == "The busiest half hour begins at 08:30: 40 calls, against 7 if they came evenly"
        assert "Monday: 2 days, Tuesday: 1 days" in figure.texts[1].get_text() + figure.texts[-1].get_text()

    def test_by_default_all_days_together(self, two_weeks):
        figure = day_shape(two_weeks)
        assert figure.axes[0].lines[0].get_ydata() == pytest.approx([31 / 3, 82 / 3, 1])
        assert figure.message == "The busiest half hour begins at 08:30: 27 calls"

    def test_what_it_cannot_draw(self, two_weeks):
        with pytest.raises(ValueError, match=r"'sunday'.*mon"):
            day_shape(two_weeks, {"Sunday": ["sunday"]})
        with pytest.raises(ValueError, match="keeps 6 groups apart; here are 7"):
            day_shape(two_weeks, {str(number): ["mon"] for number in range(7)})
        with pytest.raises(ValueError, match="slot"):
            day_shape(two_weeks.drop(columns="slot"))
        with pytest.raises(ValueError, match="even holds nan; it may hold calls a half hour"):
            day_shape(two_weeks, even=float("nan"))
        unknown = two_weeks.assign(calls=two_weeks["calls"].where(two_weeks["weekday"] != "tue"))
        with pytest.raises(ValueError, match="no number of calls for Tuesday"):
            day_shape(unknown, {"Monday": ["mon"], "Tuesday": ["tue"]})


class TestBusyDays:
    def test_days_within_and_beyond_chance(self):
        days = pd.DataFrame(
            # Two square roots of 400 are 40; order and gaps do not matter.
            {
                "date": ["1999-02-09", "1999-02-01", "1999-02-02"],
                "calls": [440, 441, 300],
                "expected": [400.0, 400.0, 400.0],
            }
        )
        figure = busy_days(days)
        zero, inside, beyond = figure.axes[0].lines
        assert zero.get_ydata()[0] == 0
        assert inside.get_ydata() == pytest.approx([10])
        assert beyond.get_ydata() == pytest.approx([10.25, -25])
        assert np.diff(beyond.get_xdata()).tolist() == [1]
        band = figure.axes[0].collections[0].get_paths()[0].vertices[:, 1]
        assert (band.min(), band.max()) == pytest.approx((-10, 10))
        low, high = figure.axes[0].get_ylim()
        assert low < -25
        assert high > 10.25
        assert figure.message == "1 of 3 days lies within the reach of chance; with chance alone about 3 would"

    @pytest.mark.parametrize("expected", [[0.0], []])
    def test_what_it_cannot_draw(self, expected):
        days = pd.DataFrame({"date": ["1999-02-01"], "calls": [5], "expected": [1.0]}).head(len(expected))
        with pytest.raises(ValueError, match="at least one day, and expects more than 0"):
            busy_days(days.assign(expected=expected))


class TestExpectedCases:
    def test_takes_what_load_takes(self):
        shop = sim.load("baseline")
        by_name = expected_cases("baseline", beside="baseline", room_for="baseline")
        assert by_name.message == expected_cases(shop, beside=shop, room_for=shop).message
        with pytest.raises(sim.ScenarioError, match="42 is not a scenario"):
            expected_cases(42)

    def test_orders_and_cases(self, shop):
        figure = expected_cases(shop)
        orders, cases = figure.axes
        assert [bar.get_height() for bar in orders.containers[0]][:7] == [3300, 3000, 3000, 3000, 2900, 2500, 3000]
        drawn = sum(bars(cases, name.replace("_", " ")) for name in shop.case_types)
        assert drawn.sum() == pytest.approx(shop.expected_cases())
        assert figure.message.startswith(f"{shop.expected_cases():,.0f} cases are expected in 14 days")

    def test_what_an_event_adds(self, shop, stream):
        figure = expected_cases(stream, beside=shop)
        orders, cases, added = figure.axes
        # 16 times the orders of two hours: 15 times those hours' share of the day comes on top.
        weights = shop.demand.orders.hours.minutes[3]
        share = weights[20 * 60 : 22 * 60].sum() / weights.sum()
        assert [bar.get_height() for bar in orders.containers[0]][3] == pytest.approx(3000 * (1 + 15 * share))
        more = sum(bars(added, label) for label in added.get_legend_handles_labels()[1])
        assert bars(cases, "“usual”").sum() == pytest.approx(shop.expected_cases())
        assert bars(cases, "added") == pytest.approx(more, abs=0.5)  # types with less than one case are not shown
        total = stream.expected_cases() - shop.expected_cases()
        assert figure.message == f"“stream” brings {total:.0f} more cases in 14 days; their peak is on Sat 7 Mar"
        assert np.argmax(more) == 5
        labels = added.get_legend_handles_labels()[1]
        assert labels == ["where is my order", "return", "how to", "complaint"]
        assert len({to_hex(group[0].get_facecolor()) for group in added.containers}) == len(labels)

    def test_fewer_and_as_many(self, shop, stream):
        fewer = expected_cases(shop, beside=stream)
        assert fewer.message.startswith("“usual” brings")
        assert "fewer cases in 14 days" in fewer.message
        assert bars(fewer.axes[1], "added").sum() == 0
        same = expected_cases(shop, beside=shop.with_(name="again"))
        assert same.message == "“usual” brings as many cases as “again”"

    @pytest.mark.parametrize("cv", [0.0, 0.08, 0.4])
    def test_nine_days_of_ten(self, cv):
        # Against the law as it is defined: Poisson numbers with a mean that a gamma factor multiplies.
        mean = np.array([3.0, 800.0])
        low, high = volumes._nine_of_ten(mean, cv)
        factors = np.ones(1) if cv == 0 else gamma.ppf((np.arange(4000) + 0.5) / 4000, cv**-2, scale=cv**2)
        for end, share in ((low, 0.05), (high, 0.95)):
            reached = poisson.cdf(end[:, None], np.outer(mean, factors)).mean(axis=1)
            before = poisson.cdf(end[:, None] - 1, np.outer(mean, factors)).mean(axis=1)
            assert (reached >= share - 1e-3).all()
            assert (before <= share + 1e-3).all()

    def test_the_lines_are_drawn(self, shop):
        lines = expected_cases(shop).axes[-1].collections[-1].get_segments()
        assert len(lines) == 14
        assert all(low[1] < 800 < high[1] for low, high in lines)

    def test_room_for_a_larger_one(self, shop, stream):
        alone, roomy = expected_cases(shop, beside=shop), expected_cases(shop, beside=shop, room_for=stream)
        full = expected_cases(stream, beside=shop)
        for mine, wide, wanted in zip(alone.axes, roomy.axes, full.axes, strict=True):
            assert wide.get_ylim() == pytest.approx(wanted.get_ylim())
            assert mine.get_ylim()[1] <= wide.get_ylim()[1]

    def test_the_peak_is_that_of_what_is_added(self):
        usual = sim.one_queue(arrivals_per_hour=10, handle_minutes=3, agents=1, days=3, name="usual")
        (kind,) = usual.case_types
        usual = usual.with_(demand={"cases_per_hour": {kind: {"mon": 100, "tue": 10, "wed": 10}}})
        fair = usual.with_(name="fair", events=[sim.Event(name="fair", day=1, hours=24, case_factors={kind: 2})])
        assert expected_cases(fair, beside=usual).message.endswith(
            "240 more cases in 3 days; their peak is on Tue 3 Mar"
        )

    def test_the_factor_of_demand_holds_for_orders_too(self, shop):
        double = expected_cases(shop.with_(demand={"factor": 2}))
        for twice, once in zip(double.axes, expected_cases(shop).axes, strict=True):
            heights = [[bar.get_height() for group in axes.containers for bar in group] for axes in (twice, once)]
            assert heights[0] == pytest.approx(2 * np.array(heights[1]))

    def test_rates_without_orders(self):
        desk = sim.one_queue(arrivals_per_hour=10, handle_minutes=3, agents=1, days=2)
        figure = expected_cases(desk)
        assert len(figure.axes) == 1
        assert figure.message.startswith("480 cases are expected in 2 days")

    def test_many_types(self):
        types = {f"type_{n}": {"channels": {"phone": 1}, "handle_time": {"mean_minutes": 1}} for n in range(9)}
        many = sim.load(
            {
                "name": "many",
                "days": 1,
                "demand": {"cases_per_hour": {f"type_{n}": n + 1 for n in range(9)}},
                "case_types": types,
                "channels": {"phone": {"kind": "live", "open_hours": "always", "patience": "never"}},
                "teams": {"desk": {"skills": ["phone"], "agents": 9}},
            }
        )
        figure = expected_cases(many)
        labels = figure.axes[0].get_legend_handles_labels()[1][1:]
        assert labels == ["type 8", "type 7", "type 6", "type 5", "type 4", "others"]
        assert bars(figure.axes[0], "others") == pytest.approx([24 * (1 + 2 + 3 + 4)])
        assert figure.message.endswith("cases are expected in one day; the peak is on Mon 2 Mar")

    def test_what_it_cannot_draw(self, shop):
        trace = sim.load("baseline").with_(
            days=1, demand={"orders": None, "day_factor_cv": 0, "trace": {"minutes": [540], "types": ["return"]}}
        )
        with pytest.raises(ValueError, match="plays a trace"):
            expected_cases(trace)
        with pytest.raises(ValueError, match="different days"):
            expected_cases(shop, beside=shop.with_(name="short", days=7))
