"""Figures are tested through what they plot: lines, areas, colours and words, never pixels."""

import importlib.util
import itertools
import re
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_hex, to_rgb
from support.pages import example_scenarios

import sim
from sim.plots import OUTCOME_COLOURS, SCENARIO_COLOURS, sentences
from sim.plots.page import OUTCOME_WORDS, page, readable

DAY = 1440


@pytest.fixture(scope="module")
def duel():
    """Six runs of two days of the baseline, and of the same with two more agents and with nobody absent."""
    base = sim.load("baseline").with_(days=2)
    more = base.with_(name="two more agents", teams={"phone_desk": {"extra_agents": 2}})
    same = base.with_(name="the same again")
    return sim.compare([base, more, same], replications=6, progress=False)


@pytest.fixture(scope="module")
def runs(duel):
    return duel.replications[0]


@pytest.fixture(scope="module")
def run(runs):
    return runs[0]


@pytest.fixture(scope="module")
def shop():
    """Two days of a shop with a bot, chat, a service centre and a back office; one agent for all chats."""
    whole = sim.load(example_scenarios()[-1])
    return sim.simulate(whole.with_(days=2, teams={"chat": {"agents": {"08:00-22:00": 1}}}))


# One customer calls at 09:00; the back office inspects what they send.
TASKS = {
    "name": "tasks",
    "days": 1,
    "demand": {"trace": {"minutes": [540], "types": ["return"]}},
    "case_types": {
        "return": {
            "channels": {"phone": 1.0},
            "handle_time": {"distribution": "constant", "mean_minutes": 4},
            "steps": [
                {"name": "parcel", "delay": {"distribution": "constant", "mean_minutes": 60}},
                {"name": "inspect", "work": {"distribution": "constant", "mean_minutes": 10}},
            ],
        }
    },
    "channels": {"phone": {"kind": "live", "open_hours": "always", "patience": "never"}},
    "teams": {"desk": {"skills": ["phone", {"task": "inspect"}], "agents": 1}},
}


@pytest.fixture(scope="module")
def busy_points():
    """Simulated waits of a desk at rising utilisation, with a theory curve twice as high."""
    simulated = pd.DataFrame({"utilisation": [0.95, 0.5, 0.8], "estimate": [5.1, 0.2, 0.9]})
    simulated = simulated.assign(low=simulated["estimate"] - 0.1, high=simulated["estimate"] + 0.3)
    theory = pd.DataFrame({"utilisation": [0.5, 0.8, 0.9, 0.95], "wait_minutes": [0.4, 1.8, 4.0, 10.2]})
    return simulated, theory


@pytest.fixture(scope="module")
def fit():
    """Observed beside simulated, two hours of two measures: three of the four pairs of intervals overlap."""
    rows = [
        (8, "contacts", 100, 90, 110, 105, 95, 115),
        (9, "contacts", 200, 190, 210, 205, 195, 215),
        (8, "mean_wait_minutes", 0.5, 0.4, 0.6, 0.6, 0.55, 0.65),
        (9, "mean_wait_minutes", 0.5, 0.4, 0.6, 0.9, 0.8, 1.0),
    ]
    names = ["hour", "measure", "observed", "observed_low", "observed_high", "simulated", "low", "high"]
    return pd.DataFrame(rows, columns=names)


@pytest.fixture(scope="module")
def why():
    """Two shops of the library in five parts of four groups, one of them with a long name; a day, six runs."""
    good, bad = (sim.load(name).with_(days=1) for name in ("amazon_style", "failing_platform"))
    return sim.drivers.explain(good, bad, most=5, replications=6, permutations=4, progress=False)


@pytest.fixture(
    scope="module",
    params=[
        "day",
        "day of a bot",
        "day of one queue",
        "waits",
        "curve",
        "curves",
        "week",
        "comparison",
        "hockey stick",
        "beside",
        "front",
        "levels",
        "overload",
        "start",
        "drivers",
        "fishbone",
        "rankings",
        "narrowing",
        "pairs",
        "intervals",
    ],
)
def figure(request, duel, runs, run, shop, busy_points, fit, why):
    """Every kind of figure in turn."""
    desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2, patience_minutes=3, lines=3)
    draw = {
        "day": lambda: sim.plots.service_day(run, day=1),
        "day of a bot": lambda: sim.plots.service_day(shop, channel="chat"),
        "day of one queue": lambda: sim.plots.service_day(sim.simulate(desk)),
        "waits": lambda: sim.plots.waits(runs),
        "curve": lambda: sim.plots.curve(run, "abandonment", by="slot"),
        "curves": lambda: sim.plots.curve(duel, "service_level", by="hour"),
        "week": lambda: sim.plots.curve(runs, "occupancy", by="weekday"),
        "comparison": lambda: sim.plots.comparison(duel),
        "hockey stick": lambda: sim.plots.hockey_stick(*busy_points),
        "beside": lambda: sim.plots.observed_beside_simulated(fit),
        "front": lambda: sim.plots.pareto(sim.pareto(duel, "agents", "abandonment", goals=("lowest", None))),
        "levels": lambda: sim.plots.levels(sim.two_views(duel)),
        "overload": lambda: sim.plots.overload(*[busy_points[0].rename(columns={"utilisation": "load"})] * 2),
        "drivers": lambda: sim.plots.drivers(why),
        "fishbone": lambda: sim.plots.fishbone(why),
        "rankings": lambda: sim.plots.rankings(
            pd.DataFrame([[1, 2, 3, 4, 5], [5, 4, 3, 2, 1]], columns=[*"abcd", 26 * "e"])
        ),
        "narrowing": lambda: sim.plots.narrowing(sim.replicate(desk, 46, progress=False)),
        "pairs": lambda: sim.plots.pairs({"the same customers": duel.replications[:2], "twice": (runs, runs)}),
        "intervals": lambda: sim.plots.intervals(duel.differences(measures="abandonment"), truth=0.01),
        "start": lambda: sim.plots.warm_up(sim.warm_up(sim.replicate(desk.with_(days=3), 6, progress=False))),
    }
    return draw[request.param]()


def line(axes, label):
    """The points of a labelled line, as two arrays."""
    (found,) = [one for one in axes.lines if one.get_label() == label]
    return np.asarray(found.get_xdata(), float), np.asarray(found.get_ydata(), float)


def area(axes, label):
    """The content of a labelled area, by the shoelace formula."""
    (found,) = [one for one in axes.collections if one.get_label() == label]
    size = 0.0
    for path in found.get_paths():
        x, y = path.vertices.T
        size += abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
    return size


def bars(axes):
    """Bar heights by (start, label)."""
    return {
        (round(patch.get_x()), group.get_label()): patch.get_height() for group in axes.containers for patch in group
    }


def band(axes):
    """The smallest and the largest height of the first band that is drawn."""
    paths = next(one for one in axes.collections if isinstance(one, PolyCollection)).get_paths()
    heights = np.concatenate([path.vertices[:, 1] for path in paths])
    return heights.min(), heights.max()


def texts(figure):
    """All words of a figure that are drawn: Matplotlib also keeps tick labels outside the axes, which are not."""
    found = list(figure.texts)
    for axes in figure.axes:
        if axes.get_visible():
            legend = axes.get_legend()
            found += [axes.title, axes.xaxis.label, *axes.texts, *(legend.get_texts() if legend else [])]
            for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
                found += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [text for text in found if text.get_text().strip() and text.get_visible()]


def phone_teams(run):
    """The teams whose first skill is the phone, whom a figure of the phone shows."""
    return [name for name, team in run.scenario.teams.items() if team.skills[0].channel == "phone"]


def words(figure):
    return " | ".join(text.get_text() for text in texts(figure))


def percents(text):
    """The percentages in a text, as shares."""
    return [float(number) / 100 for number in re.findall(r"([\d.]+)\s%", text)]


class TestEveryFigure:
    def test_text_form_is_the_title(self, figure):
        title = figure.get_suptitle().replace("\n", " ").replace(sentences.NBSP, " ")
        assert repr(figure) == f"<Figure: {title}>"
        assert len(title) > 10

    def test_all_words_lie_on_the_page_and_titles_apart(self, figure):
        figure.draw_without_rendering()
        width, height = figure.bbox.size
        for text in texts(figure):
            box = text.get_window_extent()
            assert -1 <= box.x0 <= box.x1 <= width + 1, text.get_text()
            assert -1 <= box.y0 <= box.y1 <= height + 1, text.get_text()
        boxes = [text.get_window_extent() for text in figure.texts if text.get_text()]
        boxes += [one.title.get_window_extent() for one in figure.axes if one.get_visible()]
        for one, other in itertools.combinations(boxes, 2):
            assert not one.padded(-1).overlaps(other.padded(-1))

    def test_is_eight_hundred_pixels_wide_and_twice_as_sharp(self, figure):
        png, how = figure._repr_png_()
        assert png.startswith(b"\x89PNG")
        assert how["width"] == 800
        assert int.from_bytes(png[16:20]) == 1600
        assert how["alt"] == figure.message

    def test_has_quiet_axes(self, figure):
        for axes in figure.axes:
            assert not any(axes.spines[side].get_visible() for side in ("left", "right", "top"))
            assert not any(tick.gridline.get_visible() for tick in axes.xaxis.get_major_ticks())

    def test_speaks_of_its_intervals(self, figure):
        assert re.search(
            "one run, no interval|\\b4?6 runs, 95\u00a0% intervals|intervals as given in the table", words(figure)
        )


class TestServiceDay:
    def test_bars_are_the_contacts_by_slot_and_outcome(self, run):
        calls = run.contacts.query("channel == 'phone' and 1440 <= arrived_minutes < 2880")
        slot = ((calls["arrived_minutes"] - DAY) // 30 * 30).astype(int)
        outcome = calls["outcome"].astype(str).map(OUTCOME_WORDS)
        expected = pd.Series(1, index=calls.index).groupby([slot, outcome]).sum().to_dict()
        drawn = bars(sim.plots.service_day(run, day=1).axes[0])
        assert {key: height for key, height in drawn.items() if height} == expected
        assert sum(expected.values()) == len(calls) > 100

    def test_outcomes_have_their_colours(self, run):
        groups = sim.plots.service_day(run).axes[0].containers
        drawn = {group.get_label(): to_hex(group.patches[0].get_facecolor()) for group in groups}
        fixed = {OUTCOME_WORDS[code]: colour.lower() for code, colour in OUTCOME_COLOURS.items()}
        assert {"answered", "hung up", "turned away"} <= set(drawn)
        assert drawn.items() <= fixed.items()

    def test_agents_at_work_are_the_spells_of_duty(self, run):
        x, y = line(sim.plots.service_day(run, day=1).axes[1], "agents at work")
        duty = run.staffing[run.staffing["team"].isin(phone_teams(run))]
        for minute in (0.5, 8 * 60 + 0.5, 9 * 60 + 33.3, 15 * 60 + 7.7, 19 * 60 + 59.5, 23 * 60):
            there = (duty["start_minutes"] <= DAY + minute) & (duty["end_minutes"] > DAY + minute)
            assert y[np.searchsorted(x, minute, side="right") - 1] == there.sum()

    def test_area_of_waiting_callers_is_the_time_they_wait(self, run):
        calls = run.contacts.query("channel == 'phone' and arrived_minutes < 1440")
        assert area(sim.plots.service_day(run).axes[1], "callers waiting") == pytest.approx(
            calls["wait_minutes"].sum(), rel=1e-6
        )

    def test_area_of_busy_agents_is_their_talking_time(self, run):
        calls = run.contacts.query("channel == 'phone' and answered_minutes < 1440")
        calls = calls[calls["team"].isin(phone_teams(run))]
        # Busy time is sampled every quarter of a minute: each call's length is off by at most that, most by less.
        assert area(sim.plots.service_day(run).axes[1], "busy: phone") == pytest.approx(
            calls["handle_minutes"].sum(), abs=0.25 * len(calls) ** 0.5 * 4
        )

    def test_area_of_the_backlog_is_the_time_that_e_mails_wait(self, run):
        mails = run.contacts.query("channel == 'email' and arrived_minutes < 1440")
        until = mails["ended_minutes"].fillna(np.inf).clip(upper=DAY)
        assert area(sim.plots.service_day(run).axes[2], "email") == pytest.approx(
            (until - mails["arrived_minutes"]).sum(), rel=1e-6
        )

    def test_title_and_counts_are_those_of_the_measures(self, run):
        for day, weekday in enumerate(["Monday", "Tuesday"]):
            figure = sim.plots.service_day(run, day=day)
            row = run.measures(by=["day", "channel"]).loc[(day, "phone")]
            assert figure.message.startswith(f"{weekday}: ")
            assert percents(figure.message)[0] == pytest.approx(row["service_level_offered"], abs=0.005)
            hang_up = sentences.people(row["abandonment"], "hangs up", "hang up")
            assert hang_up.replace("\N{NO-BREAK SPACE}", " ") in figure.message
            told = [(row["called_back"], "called back"), (row["turned_away"], "turned away")]
            told = " and ".join(f"{count:.0f} {what}" for count, what in told if count)
            assert f"{row['contacts']:.0f} calls, of which {told}" in words(figure)

    def test_each_outcome_is_told_in_one_sentence(self, shop):
        figure = sim.plots.service_day(shop, channel="chat")
        chats = shop.contacts.query("channel == 'chat' and arrived_minutes < 1440")
        counts = chats["outcome"].value_counts()
        told = [(counts[code], OUTCOME_WORDS[code]) for code in ("contained", "left_bot", "turned_away")]
        assert all(count for count, _ in told)
        *most, last = [f"{count:,} {what}" for count, what in told]
        assert f"{len(chats):,} chat contacts, of which {', '.join(most)} and {last}" in words(figure)
        assert "customers who reach the queue are answered within 20 seconds" in figure.message

    def test_bars_hold_every_contact_whatever_became_of_it(self, shop):
        for channel in ("phone", "chat", "centre"):
            for day in range(shop.scenario.days):
                today = shop.contacts.query(
                    "channel == @channel and @day * 1440 <= arrived_minutes < (@day + 1) * 1440"
                )
                drawn = bars(sim.plots.service_day(shop, day=day, channel=channel).axes[0])
                assert sum(drawn.values()) == len(today)

    def test_an_agent_with_several_chats_is_one_busy_agent(self, shop):
        axes = sim.plots.service_day(shop, day=1, channel="chat").axes[1]
        row = shop.measures(by=["day", "team"]).loc[(1, "chat")]
        assert row["concurrency"] > 1.01
        labels = {one.get_label() for one in axes.collections}
        busy = sum(area(axes, label) for label in labels if label.startswith("busy: "))
        assert busy == pytest.approx(row["occupancy"] * row["agents"] * DAY, rel=0.02)

    def test_tasks_keep_agents_busy(self):
        """A call of 4 minutes and, when the parcel has come, 10 minutes of work by the same agent."""
        figure = sim.plots.service_day(sim.simulate(sim.load(TASKS)))
        assert area(figure.axes[1], "busy: phone") == pytest.approx(4, abs=0.3)
        assert area(figure.axes[1], "busy: tasks") == pytest.approx(10, abs=0.3)

    def test_who_waits_is_who_stands_in_the_queue(self, shop):
        """Time with the bot and before a booked visit is no time in the queue."""
        for channel in ("chat", "centre"):
            mine = shop.contacts.query("channel == @channel")
            until = mine["queued_minutes"] + mine["wait_minutes"]
            within = (until.clip(upper=DAY) - mine["queued_minutes"].clip(upper=DAY)).sum()
            drawn = area(sim.plots.service_day(shop, channel=channel).axes[1], "customers waiting")
            assert drawn == pytest.approx(within, rel=1e-6, abs=1e-6)

    def test_a_bot_that_keeps_all_leaves_nobody_to_the_agents(self):
        chats = {"kind": "live", "open_hours": "always", "patience": "never"}
        desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2)
        desk = desk.with_(bot=sim.Bot(channels=["phone"], contains=1.0), channels={"phone": chats})
        assert sim.plots.service_day(sim.simulate(desk)).message == "Monday: no calls reach the agents"

    def test_clock_and_closed_hours(self, run):
        figure = sim.plots.service_day(run, day=1)
        axes = figure.axes[-1]
        figure.draw_without_rendering()
        assert {"09:00", "12:00"} <= {text.get_text() for text in axes.get_xticklabels()}
        shaded = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in axes.patches]
        assert shaded == [(0, 480), (1200, 1440)]

    def test_day_without_calls(self):
        quiet = sim.simulate(sim.load("baseline").with_(days=1, demand={"factor": 0.0}))
        assert sim.plots.service_day(quiet).message == "Monday: no calls"

    def test_scenario_without_e_mail_has_two_panels(self):
        desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2)
        figure = sim.plots.service_day(sim.simulate(desk))
        assert len(figure.axes) == 2
        assert figure.message.endswith("nobody hangs up")

    def test_refuses_what_it_cannot_show(self, run, runs):
        with pytest.raises(TypeError, match=r"shows one run, not Replications.*runs\[0\]"):
            sim.plots.service_day(runs)
        with pytest.raises(ValueError, match="no day 2; its days are 0 to 1"):
            sim.plots.service_day(run, day=2)
        with pytest.raises(ValueError, match="Did you mean 'phone'"):
            sim.plots.service_day(run, channel="phones")


class TestWaits:
    def test_curves_count_those_answered_and_those_gone(self, runs):
        axes = sim.plots.waits(runs).axes[0]
        calls = pd.concat([run.contacts for run in runs]).query("channel == 'phone'")
        calls = calls[calls["outcome"].isin(["served", "abandoned"])]
        answered, gone = [np.column_stack(one.get_data()) for one in axes.lines[:2]]
        for (minute, up), (_, down) in zip(answered[::40], gone[::40], strict=True):
            by_then = calls[calls["wait_minutes"] <= minute]["outcome"]
            assert up == pytest.approx(100 * (by_then == "served").sum() / len(calls))
            assert 100 - down == pytest.approx(100 * (by_then == "abandoned").sum() / len(calls))

    def test_title_says_the_measures(self, runs):
        table = runs.measures(by="channel")["estimate"].loc["phone"]
        message = sim.plots.waits(runs).message
        assert percents(message)[0] == pytest.approx(table["service_level_offered"], abs=0.005)
        assert sentences.people(table["abandonment"], "hangs up", "hang up") in message

    def test_line_stands_at_the_target_time(self, runs):
        axes = sim.plots.waits(runs).axes[0]
        assert line(axes, "target time")[0].tolist() == pytest.approx([1 / 3, 1 / 3])

    def test_areas_have_the_colours_of_the_outcomes_and_fill_the_panel(self, runs):
        axes = sim.plots.waits(runs).axes[0]
        right = axes.get_xlim()[1]
        total = 0
        for code in ("served", "waiting", "abandoned"):
            (drawn,) = [one for one in axes.collections if one.get_label() == OUTCOME_WORDS[code]]
            assert to_hex(drawn.get_facecolor()[0]) == OUTCOME_COLOURS[code].lower()
            total += area(axes, OUTCOME_WORDS[code])
        assert total == pytest.approx(100 * right)

    def test_band_is_the_interval(self, runs):
        axes = sim.plots.waits(runs).axes[0]
        at_target = runs.measures(by="channel").loc[("phone", "service_level_offered")]
        edges = axes.collections[3].get_paths()[0].vertices
        heights = edges[np.isclose(edges[:, 0], 1 / 3, atol=1e-9), 1]
        assert heights.min() == pytest.approx(100 * at_target["low"])
        assert heights.max() == pytest.approx(100 * at_target["high"])

    def test_days_can_be_chosen(self, run):
        second = run.measures(by=["day", "channel"]).loc[(1, "phone"), "service_level_offered"]
        message = sim.plots.waits(run, from_day=1).message
        assert percents(message)[0] == pytest.approx(second, abs=0.005)

    def test_refuses_what_it_cannot_show(self, runs, duel):
        with pytest.raises(TypeError, match="take one scenario"):
            sim.plots.waits(duel)
        with pytest.raises(ValueError, match="no calls were offered"):
            sim.plots.waits(runs, from_day=1, to_day=1)


class TestCurve:
    def test_line_and_band_are_the_estimates_in_percent(self, runs):
        table = runs.measure("abandonment", by="hour").dropna()
        axes = sim.plots.curve(runs, "abandonment").axes[0]
        x, y = line(axes, "baseline")
        known = ~np.isnan(y)
        assert x[known].tolist() == [60 * hour + 30 for hour in table.index]
        assert y[known] == pytest.approx(100 * table["estimate"].to_numpy())
        assert band(axes) == pytest.approx((100 * table["low"].min(), 100 * table["high"].max()))

    def test_scenarios_have_their_colours_and_their_names_beside_them(self, duel):
        axes = sim.plots.curve(duel).axes[0]
        names = ["baseline", "two more agents", "the same again"]
        drawn = {one.get_label(): to_hex(one.get_color()) for one in axes.lines}
        assert [drawn[name] for name in names] == [colour.lower() for colour in SCENARIO_COLOURS[:3]]
        assert set(names) <= {text.get_text() for text in axes.texts}

    def test_a_given_colour_stays_with_its_scenario(self, duel):
        alone = sim.plots.curve(duel.replications[1], colours={"two more agents": SCENARIO_COLOURS[1]})
        assert to_hex(alone.axes[0].lines[0].get_color()) == SCENARIO_COLOURS[1].lower()

    def test_target_is_the_scenario_s(self, runs):
        assert set(line(sim.plots.curve(runs).axes[0], "target")[1]) == {80}
        assert "target 80\u00a0%" in words(sim.plots.curve(runs))
        assert "target" not in words(sim.plots.curve(runs, "abandonment"))

    def test_one_run_has_no_band_and_says_so(self, run, runs):
        alone = sim.plots.curve(run)
        assert all(
            np.isnan(path.vertices).all() or not len(path.vertices) for path in alone.axes[0].collections[0].get_paths()
        )
        assert "one run, no interval" in words(alone)
        assert "one run" not in words(sim.plots.curve(runs))

    def test_title_of_one_scenario_names_lowest_hour_and_hours_on_target(self, runs):
        table = runs.measure("service_level", by="hour")["estimate"].dropna()
        message = sim.plots.curve(runs).message
        assert f"lowest at {table.idxmin():02d}:00" in message
        assert percents(message)[0] == pytest.approx(table.min(), abs=0.005)
        assert message.endswith(f"in {(table >= 0.8).sum()} of {len(table)} hours")

    def test_title_of_scenarios_counts_the_sure_differences(self, duel):
        table = duel.differences(by="hour").xs("service_level", level="measure").dropna()
        more = table.loc["two more agents"]
        message = sim.plots.curve(duel).message
        higher, lower = (more["low"] > 0).sum(), (more["high"] < 0).sum()
        assert higher > 0 == lower
        count = f"all {len(more)}" if higher == len(more) else f"{higher} of {len(more)}"
        assert f"higher in {count} hours with “two more agents”" in message
        assert "no sure difference with “the same again”" in message

    def test_a_table_by_hand_breaks_the_line_where_hours_are_missing(self):
        rows = pd.MultiIndex.from_tuples(
            [("12:00", "asa_minutes"), ("08:00", "asa_minutes"), ("08:30", "asa_minutes")], names=["slot", "measure"]
        )
        table = pd.DataFrame(
            {"estimate": [0.5, 1.0, 0.25], "low": [0.4, 0.9, 0.2], "high": [0.6, 1.1, 0.3]}, index=rows
        )
        figure = sim.plots.curve(table, "asa_minutes", by="slot")
        x, y = figure.axes[0].lines[0].get_data()
        assert x[~np.isnan(y)].tolist() == [495, 525, 735]
        assert y[~np.isnan(y)].tolist() == [60, 15, 30]
        assert np.isnan(y).sum() == 6
        assert figure.message == "Mean wait of the answered (ASA) runs from 15 seconds at 08:30 to 60 seconds at 08:00"

    def test_weekdays_stand_in_their_order(self, runs):
        axes = sim.plots.curve(runs, "occupancy", by="weekday").axes[0]
        assert [text.get_text() for text in axes.get_xticklabels()] == ["Mon", "Tue"]
        expected = runs.measure("occupancy", by="weekday")["estimate"]
        assert line(axes, "baseline")[1] == pytest.approx(100 * expected.loc[["mon", "tue"]].to_numpy())

    def test_days_that_are_missing_leave_a_gap(self):
        rows = pd.MultiIndex.from_product([[0, 1, 3], ["backlog"]], names=["day", "measure"])
        figure = sim.plots.curve(pd.DataFrame({"estimate": [5.0, 7.0, 9.0]}, index=rows), "backlog", by="day")
        y = figure.axes[0].lines[0].get_ydata()
        assert y[[0, 1, 3]].tolist() == [5, 7, 9]
        assert np.isnan(y[2])
        assert figure.message == "Backlog runs from 5 contacts on day 0 to 9 contacts on day 3"

    def test_target_of_a_run_of_e_mails(self, run):
        assert set(line(sim.plots.curve(run, "answered_in_target", by="day").axes[0], "target")[1]) == {90}

    def test_refuses_what_it_cannot_show(self, runs, duel):
        with pytest.raises(ValueError, match="Did you mean 'service_level'"):
            sim.plots.curve(runs, "servic_level")
        with pytest.raises(ValueError, match="no such way to draw a curve as 'team'"):
            sim.plots.curve(runs, by="team")
        desk = sim.simulate(sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2))
        with pytest.raises(ValueError, match="has no value by hour in 'one queue'"):
            sim.plots.curve(desk, "response_hours")
        with pytest.raises(TypeError, match="not str"):
            sim.plots.curve("baseline")
        with pytest.raises(ValueError, match="columns estimate; estimate is missing, it has x"):
            sim.plots.curve(pd.DataFrame({"x": [1]}))
        table = duel.replications[0].measures(by="hour")
        many = pd.concat([table] * 7, keys=list("abcdefg"), names=["scenario"])
        with pytest.raises(ValueError, match="keeps 6 scenarios apart"):
            sim.plots.curve(many)


class TestComparison:
    def table(self, **rows):
        """Differences by hand: (scenario, measure) to (estimate, low, high)."""
        index = pd.MultiIndex.from_tuples([key.split("__") for key in rows], names=["scenario", "measure"])
        return pd.DataFrame(list(rows.values()), columns=["estimate", "low", "high"], index=index)

    def test_dots_and_intervals_are_the_differences(self, duel):
        table = duel.differences()
        for axes, measure in zip(
            sim.plots.comparison(duel, ["service_level", "abandonment"]).axes,
            ["service_level", "abandonment"],
            strict=True,
        ):
            row = 100 * table.loc[("two more agents", measure)]
            assert line(axes, "two more agents")[0].tolist() == pytest.approx([row["estimate"]])
            bar = next(one for one in axes.collections if isinstance(one, LineCollection)).get_segments()[0]
            assert bar[:, 0].tolist() == pytest.approx([row["low"], row["high"]])

    def test_an_interval_that_holds_0_is_hollow_and_called_luck(self):
        table = self.table(more__occupancy=(-0.02, -0.03, -0.01), more__abandonment=(0.01, -0.01, 0.03))
        sure, luck = sim.plots.comparison(table, ["occupancy", "abandonment"]).axes
        colour = SCENARIO_COLOURS[1].lower()
        dots = [next(one for one in axes.lines if one.get_label() == "more") for axes in (sure, luck)]
        assert [to_hex(dot.get_markerfacecolor()) for dot in dots] == [colour, "#ffffff"]
        assert [to_hex(dot.get_markeredgecolor()) for dot in dots] == [colour, colour]
        assert [axes.texts[0].get_text() for axes in (sure, luck)] == [
            "−2.0 (−3.0 to −1.0)\u00a0points",
            "more luck than effect",
        ]
        for axes in (sure, luck):
            low, high = axes.get_xlim()
            assert low == -high
            assert any(set(np.atleast_1d(one.get_xdata())) == {0} for one in axes.lines)

    def test_title_tells_the_sure_changes_only(self):
        table = self.table(
            more__service_level=(0.123, 0.1, 0.14),
            more__occupancy=(-0.05, -0.2, 0.1),
            more__asa_minutes=(-0.5, -0.6, -0.4),
        )
        shown = ["occupancy", "service_level", "asa_minutes"]
        assert sim.plots.comparison(table, shown).message == (
            "“more” raises service level by 12 points and lowers mean wait of the answered (ASA) by 30 seconds"
        )
        assert sim.plots.comparison(table, "occupancy").message == "What “more” changes is more luck than effect"

    def test_title_of_several_names_the_largest_sure_change(self):
        table = self.table(
            a__blocking=(-0.02, -0.03, -0.01), b__blocking=(-0.04, -0.05, -0.03), c__blocking=(-0.4, -0.9, 0.1)
        )
        assert sim.plots.comparison(table, "blocking").message == "“b” lowers blocking most, by 4 points"
        only = table.drop(index=[("a", "blocking")])
        assert sim.plots.comparison(only, "blocking").message.endswith("points; the other has no sure effect")

    def test_identical_scenarios_do_not_differ(self, duel):
        figure = sim.plots.comparison(duel)
        assert [axes.texts[1].get_text() for axes in figure.axes] == ["no difference"] * 4

    def test_one_run_proves_nothing(self, duel):
        single = sim.compare([runs.scenario for runs in duel.replications], replications=1, progress=False)
        figure = sim.plots.comparison(single, "abandonment")
        assert figure.message == "Differences of one run, which may all be luck"
        assert figure.axes[0].texts[0].get_text().endswith("one run, no interval")

    def test_says_which_way_is_better(self, duel):
        titles = [axes.get_title(loc="left") for axes in sim.plots.comparison(duel).axes]
        assert titles == [
            "Service level, points (higher is better)",
            "Abandonment, points (lower is better)",
            "Mean wait of the answered (ASA), seconds (lower is better)",
            "Occupancy, points",
        ]

    def test_refuses_what_it_cannot_show(self, runs, duel):
        with pytest.raises(TypeError, match="not Replications"):
            sim.plots.comparison(runs)
        with pytest.raises(ValueError, match="holds one scenario"):
            sim.plots.comparison(sim.compare([runs.scenario], replications=1, progress=False))
        with pytest.raises(ValueError, match="no such measure"):
            sim.plots.comparison(duel, ["waiting"])


class TestHockeyStick:
    def test_points_intervals_and_curve_are_the_data(self, busy_points):
        figure = sim.plots.hockey_stick(*busy_points)
        axes = figure.axes[0]
        x, y = line(axes, "simulated")
        assert x.tolist() == pytest.approx([50, 80, 95])
        assert y.tolist() == pytest.approx([0.2, 0.9, 5.1])
        bars = next(one for one in axes.collections if isinstance(one, LineCollection)).get_segments()
        assert bars[2][:, 1].tolist() == pytest.approx([5.0, 5.4])
        assert line(axes, "theory")[1].tolist() == pytest.approx([0.4, 1.8, 4.0, 10.2])
        assert {"simulated", "theory"} <= {text.get_text() for text in axes.texts}

    def test_title_says_the_middle_and_the_last_point(self, busy_points):
        message = sim.plots.hockey_stick(busy_points[0]).message
        assert message == "At 80 % busy callers wait 54 seconds, at 95 % 5.1 minutes"

    def test_points_without_interval_are_one_run(self, busy_points):
        assert "one run, no interval" in words(sim.plots.hockey_stick(busy_points[0][["utilisation", "estimate"]]))

    def test_names_the_missing_column(self, busy_points):
        with pytest.raises(ValueError, match="wait_minutes is missing"):
            sim.plots.hockey_stick(busy_points[0], pd.DataFrame({"utilisation": [0.5]}))


class TestObservedBesideSimulated:
    def test_dots_lines_and_intervals_are_the_table(self, fit):
        calls, wait = sim.plots.observed_beside_simulated(fit).axes
        assert line(calls, "observed")[1].tolist() == [100, 200]
        assert line(calls, "simulated")[1].tolist() == [105, 205]
        assert line(wait, "simulated")[0].tolist() == [510, 570]
        assert line(wait, "simulated")[1].tolist() == pytest.approx([36, 54])
        assert band(wait) == pytest.approx((33, 60))
        bars = next(one for one in wait.collections if isinstance(one, LineCollection)).get_segments()
        assert bars[0][:, 1].tolist() == pytest.approx([24, 36])

    def test_title_counts_the_overlaps(self, fit):
        figure = sim.plots.observed_beside_simulated(fit)
        assert figure.message == "Model and reality agree in 3 of 4 hourly values"
        assert [axes.get_title(loc="left") for axes in figure.axes] == [
            "Contacts · 2 of 2 agree",
            "Mean wait, seconds · 1 of 2 agree",
        ]

    def test_agreement_is_mutual(self, fit):
        other_way = {"observed": "simulated", "observed_low": "low", "observed_high": "high"}
        swapped = fit.rename(columns=other_way | {new: old for old, new in other_way.items()})
        assert "3 of 4" in sim.plots.observed_beside_simulated(swapped).message

    def test_takes_an_index_and_slots_and_three_measures(self, fit):
        third = fit[fit["measure"] == "contacts"].assign(measure="abandoned")
        table = pd.concat([fit, third]).assign(hour=lambda rows: rows["hour"].map("{:02d}:30".format))
        figure = sim.plots.observed_beside_simulated(table.set_index(["hour", "measure"]))
        assert [axes.get_visible() for axes in figure.axes] == [True, True, True, False]
        assert line(figure.axes[0], "simulated")[0].tolist() == [540, 600]

    def test_without_observed_intervals_a_point_must_lie_in_the_simulated_one(self, fit):
        bare = fit.drop(columns=["observed_low", "observed_high"])
        assert "2 of 4" in sim.plots.observed_beside_simulated(bare).message

    def test_names_the_missing_column(self, fit):
        with pytest.raises(ValueError, match="simulated is missing"):
            sim.plots.observed_beside_simulated(fit.drop(columns="simulated"))


class TestPage:
    def test_leaves_the_reader_s_settings_alone(self, run):
        before = dict(mpl.rcParams)
        sim.plots.curve(run)
        assert dict(mpl.rcParams) == before

    def test_takes_letters_that_it_lacks_from_the_reader_s_font(self):
        with mpl.rc_context({"font.family": ["Some Chinese Font"]}), page(2) as figure:
            assert figure.text(0, 0, "x").get_fontfamily() == ["DejaVu Sans", "Some Chinese Font"]
        with page(2) as figure:
            assert figure.text(0, 0, "x").get_fontfamily() == ["DejaVu Sans"]

    def test_labels_of_equal_ends_do_not_overlap(self, runs):
        table = runs.measures(by="hour")
        same = pd.concat([table] * 4, keys=["one", "two", "three", "a name that needs two lines"], names=["scenario"])
        figure = sim.plots.curve(same, "abandonment")
        figure.draw_without_rendering()
        boxes = [text.get_window_extent() for text in figure.axes[0].texts]
        assert len(boxes) == 4
        for one, other in itertools.combinations(boxes, 2):
            assert not one.overlaps(other)

    def test_needs_no_pyplot(self):
        program = (
            "import sys, sim; figure = sim.plots.service_day(sim.simulate('baseline')); figure._repr_png_();"
            "print('matplotlib.pyplot' in sys.modules)"
        )
        result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert result.stdout.strip() == "False"

    def test_a_notebook_shows_a_figure_once_with_a_stable_text(self, need):
        need(importlib.util.find_spec("ipykernel"), "needs ipykernel, which comes with JupyterLab")
        import nbclient
        import nbformat

        cells = [
            "import sim\nrun = sim.simulate('baseline')",  # may say that the fast engine is being prepared
            "sim.plots.curve(run)",
            "import matplotlib.pyplot as plt\nplt.figure()\nplt.close()",
            "sim.plots.curve(run)",
        ]
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        nbclient.NotebookClient(notebook, timeout=120).execute()
        _, (before,), _, (after,) = [cell.outputs for cell in notebook.cells]
        assert before.data == after.data
        assert before.metadata == after.metadata
        assert set(before.data) == {"image/png", "text/plain"}
        assert before.data["text/plain"] == repr(sim.plots.curve(sim.simulate("baseline")))


# Linear RGB as people without one of the three cones see it: Machado, Oliveira and Fernandes, "A physiologically-based
# model for simulation of color vision deficiency" (IEEE TVCG 15, 2009), table of severity 1.0.
VISION = {
    "usual": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(colour):
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(colour, vision="usual"):
    """CIE 1976 L*a*b* of a colour, white point D65."""
    seen = np.clip(np.array(VISION[vision]) @ linear(colour), 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = to_xyz @ seen / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


class TestColours:
    @pytest.mark.parametrize("palette", [SCENARIO_COLOURS, tuple(OUTCOME_COLOURS.values())])
    @pytest.mark.parametrize("vision", VISION)
    def test_are_told_apart_by_everybody(self, palette, vision):
        # A distance of 2.3 is just noticeable; side by side in small marks, five times that is comfortable.
        for one, other in itertools.combinations(palette, 2):
            assert np.linalg.norm(lab(one, vision) - lab(other, vision)) > 11.5, (one, other)

    @pytest.mark.parametrize("palette", [SCENARIO_COLOURS, tuple(OUTCOME_COLOURS.values())])
    def test_are_told_apart_in_grey(self, palette):
        lightness = sorted(lab(colour)[0] for colour in palette)
        assert np.diff(lightness).min() > 9

    @pytest.mark.parametrize("colour", SCENARIO_COLOURS)
    def test_words_in_a_scenario_s_colour_can_be_read(self, colour):
        light = linear(readable(colour)) @ [0.2126, 0.7152, 0.0722]
        assert 1.05 / (light + 0.05) >= 4.5


class TestSentences:
    @pytest.mark.parametrize(
        ("share", "said"),
        [(0, "0 %"), (1, "100 %"), (0.643, "64 %"), (0.004, "0.4 %"), (0.9991, "99.9 %"), (0.0004, "0.04 %")],
    )
    def test_percent(self, share, said):
        assert sentences.percent(share) == said.replace(" ", "\u00a0")

    @given(st.floats(min_value=0.0001, max_value=1))
    def test_people_are_within_a_tenth_of_the_truth(self, share):
        said = sentences.people(share, "hangs up", "hang up")
        one_in = re.match(r"1 in (\d+) hangs up$", said)
        claimed = 1 / int(one_in[1]) if one_in else percents(said)[0]
        assert abs(claimed - share) <= 0.1 * share or (not one_in and abs(claimed - share) <= 0.00501)

    @pytest.mark.parametrize(
        ("measure", "value", "said"),
        [
            ("asa_minutes", 0.48, "29 seconds"),
            ("asa_minutes", 2.25, "2.2 minutes"),
            ("response_hours", 1.5, "90 minutes"),
            ("contacts", 1240.4, "1,240 contacts"),
            ("abandonment", 0.153, "15 %"),
        ],
    )
    def test_amounts_come_in_the_unit_that_reads_best(self, measure, value, said):
        assert sentences.amount(measure, value) == said.replace(" ", "\u00a0")

    def test_long_target_times_are_said_in_minutes(self):
        assert sentences.in_time(0.5, 0, 300) == ("50\u00a0% of callers are answered within 5 minutes, nobody hangs up")

    @pytest.mark.parametrize(
        ("low", "high", "said"),
        [
            (0.01, 0.03, "+2.0 (+1.0 to +3.0)\u00a0points"),
            (-0.01, 0.05, "more luck than effect"),
            (np.nan, np.nan, "+2"),
        ],
    )
    def test_changes_are_called_luck_unless_sure(self, low, high, said):
        assert sentences.change("abandonment", 0.02, low, high).startswith(said)

    def test_a_change_without_value(self):
        assert sentences.change("response_hours", np.nan, np.nan, np.nan) == "no value"


@pytest.fixture(scope="module")
def mondays():
    return sim.replicate(sim.load("baseline").with_(days=1), replications=4, progress=False)


class TestEachRun:
    def test_a_dot_a_run_and_the_mean_with_its_interval(self, mondays):
        figure = sim.plots.each_run(mondays, "abandonment")
        lines = {line.get_label(): line.get_xdata() for line in figure.axes[0].lines}
        each = [100 * run.measures()["abandonment"].iloc[0] for run in mondays]
        np.testing.assert_allclose(lines["runs"], each)
        estimate, low, high = 100 * mondays.measure("abandonment").iloc[0]
        np.testing.assert_allclose(lines["mean"], [estimate])
        ((left, _), (right, _)) = figure.axes[0].collections[0].get_segments()[0]
        np.testing.assert_allclose([left, right], [low, high])
        told = [float(number) for number in re.findall(r"[\d.]+(?= %)", figure.message)]
        np.testing.assert_allclose(told, [min(each), max(each), estimate, low, high], atol=0.51)

    def test_one_run_has_no_luck_to_show(self, mondays):
        with pytest.raises(ValueError, match="two or more"):
            sim.plots.each_run(sim.replicate(mondays.scenario, replications=1, progress=False))
