"""The start of a run against what is known of it: queues that fill up, backlogs that grow, series that are steady."""

import math
import re

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import expm
from scipy.special import stdtrit

import sim
from sim import warming
from sim.warming import WarmUp, judge, mser

PLACES = np.arange(120)


def noise(rng, replications=20, steps=120):
    return rng.normal(size=(replications, steps))


def standard_error(low, high, replications, confidence=0.95):
    return (high - low) / 2 / stdtrit(replications - 1, (1 + confidence) / 2)


# The rule, on series whose truth is known.


def test_the_cut_of_mser_is_where_the_mean_of_the_rest_is_known_best():
    rng = np.random.default_rng(0)
    for _ in range(50):
        series = rng.normal(size=40) - 3 * np.exp(-np.arange(40) / rng.uniform(1, 10))
        expected = min(range(21), key=lambda cut: series[cut:].var() / len(series[cut:]))
        assert mser(series) == expected
        assert mser(1e6 + series) == expected


def test_a_step_is_cut_off_where_it_ends():
    for seed in range(20):
        each = noise(np.random.default_rng(seed)) + np.where(PLACES < 30, 5, 10)
        found = judge(each, PLACES, 1, 0.999)
        assert found.verdict == "settles"
        # One batch more now and then, by luck.
        assert found.cut in (30, 35)
        assert found.start[0] == pytest.approx(-5, abs=4 / math.sqrt(20 * 30))
        assert found.start[1] < -5 < found.start[2]


def test_a_slow_start_is_cut_off_where_little_is_left_of_it():
    for seed in range(20):
        each = noise(np.random.default_rng(seed)) + 10 * (1 - np.exp(-PLACES / 10))
        found = judge(each, PLACES, 1, 0.999)
        assert found.verdict == "settles"
        # After 20 and 50 steps 14 % and 0.7 % of it are left.
        assert 20 <= found.cut <= 50


@pytest.mark.parametrize("memory", [0.0, 0.8])
def test_a_steady_series_needs_no_warm_up_most_of_the_time(memory):
    experiments = 400
    rng = np.random.default_rng(7)
    cuts = short = 0
    for _ in range(experiments):
        each = noise(rng, 10)
        for step in range(1, each.shape[1]):
            each[:, step] = memory * each[:, step - 1] + math.sqrt(1 - memory**2) * each[:, step]
        found = judge(20 + each, PLACES, 1, 0.95)
        cuts += found.verdict == "settles"
        short += found.verdict in ("run too short", "overloaded")
    # The page says: about one in fifteen. One in six would be seen with near certainty.
    assert abs(cuts / experiments - 1 / 15) < 4 * math.sqrt(14 / 15**2 / experiments)
    # No rise here is a tenth of the level; a cut in the second half is as rare as large luck.
    assert short / experiments < 0.02


def test_a_rise_is_found_as_often_as_its_interval_says():
    experiments = 1000
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(experiments):
        each = noise(rng, 5) + 0.05 * PLACES + 3 * rng.normal(size=(5, 1))
        _, low, high = judge(each, PLACES, 1, 0.95).rise
        covered += low <= 0.05 <= high
    assert abs(covered / experiments - 0.95) < 4 * math.sqrt(0.95 * 0.05 / experiments)


def test_growth_without_end_is_told_from_a_run_that_is_too_short():
    rng = np.random.default_rng(1)
    grows = 0.5 * PLACES
    slows_down = 60 * (1 - np.exp(-PLACES / 60))
    assert judge(noise(rng) + grows, PLACES, 1, 0.95).verdict == "overloaded"
    assert judge(noise(rng) + slows_down, PLACES, 1, 0.95).verdict == "run too short"
    # What falls is not work that piles up, however it falls.
    assert judge(noise(rng) + 100 - grows, PLACES, 1, 0.95).verdict == "run too short"


def test_a_certain_rise_of_no_importance_does_not_matter():
    rng = np.random.default_rng(2)
    found = judge(0.01 * noise(rng) + 100 + 0.01 * PLACES, PLACES, 1, 0.95)
    assert found.rise[1] > 0
    assert found.verdict != "overloaded"


def test_a_start_that_goes_too_high_before_it_settles_is_seen():
    """First 5 too low, then 5 too high: a long stretch alone would be right on the mean."""
    for seed in range(20):
        each = noise(np.random.default_rng(seed)) + 20 - np.where(PLACES < 20, 5, 0) + 5 * (abs(PLACES - 29.5) < 10)
        found = judge(each, PLACES, 1, 0.999)
        assert found.verdict == "settles"
        assert found.cut in (40, 45)


@pytest.mark.parametrize("truth", [0 * PLACES, np.where(PLACES < 28, -5.0, 0), 0.5 * PLACES])
def test_what_repeats_changes_nothing(truth):
    rng = np.random.default_rng(5)
    each = 20 + truth + noise(rng)
    shape = 30 * rng.normal(size=12)
    pattern = np.tile(shape - shape.mean(), 10)
    plain, patterned = (judge(series, PLACES, 12, 0.999) for series in (each, each + pattern))
    assert patterned.verdict == plain.verdict == judge(each, PLACES, 1, 0.999).verdict
    assert patterned.cut == plain.cut
    np.testing.assert_allclose(patterned.rise, plain.rise, atol=1e-9)
    np.testing.assert_allclose(patterned.smooth, plain.smooth, atol=1e-9)
    # Taken for chance it looks like a rise.
    assert judge(each + pattern, PLACES, 1, 0.999).verdict != plain.verdict or truth.max() > 0


def test_steps_without_a_value_are_left_out():
    rng = np.random.default_rng(6)
    each = noise(rng) + np.where(PLACES < 35, 5, 10)
    open_ = PLACES % 7 < 5
    found = judge(each[:, open_], PLACES[open_], 7, 0.999)
    assert found.verdict == "settles"
    assert found.cut == np.searchsorted(PLACES[open_], 35)
    # A weekday on which nothing happens any more in the second half tells nothing; the cut is where it was.
    seen = open_ | ((PLACES % 7 == 5) & (PLACES < 50))
    places = PLACES[seen]
    found = judge(each[:, seen], places, 7, 0.999)
    assert found.verdict == "settles"
    assert places[found.cut] == 35
    assert np.isnan(found.smooth).sum() == 7


def test_the_cut_is_a_time_also_where_hours_have_no_value(monkeypatch):
    each = noise(np.random.default_rng(1), 10, 240) + np.where(np.arange(240) < 48, 5, 10)
    each[:, np.arange(240) % 24 < 8] = math.nan
    monkeypatch.setattr(warming, "_by_step", lambda *_: each)
    desk = sim.one_queue(arrivals_per_hour=1, handle_minutes=1, agents=1, days=10)
    advice = sim.warm_up(sim.replicate(desk, 2, progress=False), "service_level", confidence=0.999)
    assert advice.verdict == "settles"
    # The first step after the night that follows is as good, and a batch of five more may go by luck.
    assert 2 <= advice.from_day <= 2.6
    assert advice.series["estimate"].isna().sum() == 80


# Simulations.


def mean_numbers(arrivals_per_hour, handle_minutes, agents, hours):
    """Mean number in an M/M/c that starts empty, averaged over each hour: the equations of its states, solved."""
    state = np.arange(301)
    moves = np.zeros((301, 301))
    moves[state[:-1], state[1:]] = arrivals_per_hour
    moves[state[1:], state[:-1]] = 60 / handle_minutes * np.minimum(state[1:], agents)
    moves -= np.diag(moves.sum(axis=1))
    step = expm(moves / 20)
    now, means = np.eye(301)[0], [0.0]
    for _ in range(20 * hours):
        now = now @ step
        means.append(now @ state)
    means = np.array(means)
    return np.array([(means[20 * h : 20 * h + 20] + means[20 * h + 1 : 20 * h + 21]).mean() / 2 for h in range(hours)])


@pytest.mark.parametrize("agents", [1, 3])
def test_a_queue_that_starts_empty_fills_up_as_the_theory_says(agents):
    rate = 4 * agents
    exact = mean_numbers(rate, 12, agents, 96)
    replications = 60
    desk = sim.one_queue(arrivals_per_hour=rate, handle_minutes=12, agents=agents, days=4)
    series = sim.warm_up(sim.replicate(desk, replications, progress=False)).series
    assert series.index[:2].tolist() == [0.5 / 24, 1.5 / 24]
    error = standard_error(series["low"], series["high"], replications)
    z = (series["estimate"] - exact) / error
    assert np.abs(z).max() < 5
    # Neighbouring hours move together, over 18 hours at most (the relaxation time of one agent).
    assert (z**2).mean() < 1 + 4 * math.sqrt(2 * 18 / 96)
    assert (error / exact).iloc[0] < 0.15, "sharp enough to see the start"


def test_the_cut_leaves_little_of_the_start_of_a_queue():
    exact = mean_numbers(8, 12, 2, 240)
    # Erlang C: 2 agents at a load of 1.6 hold 4.44 contacts in the long run.
    steady = 4 + 4 / 9
    assert exact[-1] == pytest.approx(steady, rel=1e-6)
    desk = sim.one_queue(arrivals_per_hour=8, handle_minutes=12, agents=2, days=10)
    advice = sim.warm_up(sim.replicate(desk, 60, progress=False), confidence=0.999)
    assert advice.verdict == "settles"
    cut = round(24 * advice.from_day)
    assert 1 <= cut <= 48
    assert exact[cut] > 0.8 * steady
    assert steady - exact[cut:].mean() < 0.5 * (steady - exact.mean())


def mailbox(agents, days=20):
    """E-mails all day, 120 a day of 10 minutes each; agents from 8 to 18 h, who can do 60 a day each."""
    return sim.load(
        {
            "name": f"{agents} agents",
            "days": days,
            "demand": {"cases_per_hour": {"mail": 5}},
            "case_types": {"mail": {"channels": {"email": 1}, "handle_time": {"mean_minutes": 10}}},
            "channels": {"email": {"kind": "deferred", "open_hours": "always", "answer_within_hours": 24}},
            "teams": {"desk": {"skills": ["email"], "agents": {"08:00-18:00": agents}}},
        }
    )


@pytest.fixture(scope="module")
def mails():
    """By number of agents."""
    return {agents: sim.replicate(mailbox(agents), 10, progress=False) for agents in (1, 4)}


def test_a_backlog_grows_by_what_cannot_be_done(mails):
    advice = sim.warm_up(mails[1])
    assert advice.measure == "backlog"
    assert advice.verdict == "overloaded"
    assert advice.from_day is None
    # 120 come and one agent does 60 a day: the backlog grows by 60, whatever the luck.
    estimate, low, high = advice.rise_per_day
    error = standard_error(low, high, 10)
    assert error < 2
    assert abs(estimate - 60) < 5 * error
    assert re.match(r"backlog never settles, \+[56]\d(\.\d)? a day \(.*\) and no slower than at first", str(advice))
    picture = sim.plots.warm_up(advice)
    assert re.match(r"Backlog grows without end, by [56]\d contacts a day: no warm-up helps", picture.message)


def test_a_backlog_that_is_cleared_needs_no_warm_up_beyond_the_first_day(mails):
    for every in ("hour", "day"):
        advice = sim.warm_up(mails[4], every=every, confidence=0.999)
        assert advice.verdict in ("no warm-up needed", "settles")
        assert advice.from_day in (0, 1)
    # Seen by the hour the nights, when it piles up, do not count as a rise.
    assert advice.rise_per_day[1] < 0 < advice.rise_per_day[2]


def test_what_is_open_is_counted_contact_by_contact():
    runs = sim.replicate(mailbox(4), 2, progress=False)
    advice = sim.warm_up(runs, every="hour")
    both = [run.contacts for run in runs]
    for hour in (0, 7, 8, 9, 30, 100, 479):
        start, end = 60 * hour, 60 * hour + 60
        open_minutes = sum(
            (table["ended_minutes"].fillna(math.inf).clip(start, end) - table["arrived_minutes"].clip(start, end)).sum()
            for table in both
        )
        assert advice.series["estimate"].iloc[hour] == pytest.approx(open_minutes / 60 / 2)


def test_channels_are_counted_apart():
    both = sim.load(
        {
            "name": "two",
            "days": 4,
            "demand": {"cases_per_hour": {"mail": 5}},
            "case_types": {"mail": {"channels": {"email": 0.7, "phone": 0.3}, "handle_time": {"mean_minutes": 10}}},
            "channels": {
                "email": {"kind": "deferred", "open_hours": "always", "answer_within_hours": 24},
                "phone": {"kind": "live", "open_hours": "always", "patience": "never"},
            },
            "teams": {"desk": {"skills": ["phone", "email"], "agents": 2}},
        }
    )
    runs = sim.replicate(both, 2, progress=False)
    means = {
        (measure, channel): sim.warm_up(runs, measure, channel=channel).series["estimate"].mean()
        for measure in ("backlog", "work_in_progress")
        for channel in (None, "email", "phone")
    }
    horizon = both.horizon_minutes
    for channel in ("email", "phone"):
        inside = 0.0
        for run in runs:
            rows = run.contacts[run.contacts["channel"] == channel]
            inside += (rows["ended_minutes"].fillna(horizon) - rows["arrived_minutes"]).sum()
        assert means["work_in_progress", channel] == pytest.approx(inside / 2 / horizon)
        by_hour = sim.warm_up(runs, "contacts", channel=channel).series["estimate"]
        expected = runs.measures(["day", "hour", "channel"])["estimate"].xs("contacts", level="measure")
        assert by_hour.sum() == pytest.approx(expected.xs(channel, level="channel").sum())
    assert means["backlog", "phone"] == 0
    assert means["backlog", None] == means["backlog", "email"] == means["work_in_progress", "email"]
    assert means["work_in_progress", None] == pytest.approx(
        means["work_in_progress", "email"] + means["work_in_progress", "phone"]
    )


def test_cases_are_open_while_parcels_are_on_their_way():
    # 48 returns a day, each a call of 6 minutes and then 2 days on the road; nobody waits. By Little's law 96 are open,
    # after two days in which their number grows evenly.
    shop = sim.one_queue(arrivals_per_hour=2, handle_minutes=6, agents=5, handle_cv=0, days=14).with_(
        case_types={
            "call": {"steps": [{"name": "parcel", "delay": {"distribution": "constant", "mean_days": 2}}]},
        }
    )
    advice = sim.warm_up(sim.replicate(shop, 20, progress=False), "open_cases", confidence=0.999)
    assert advice.verdict == "settles"
    assert 1.5 <= advice.from_day <= 3
    middle = advice.series["estimate"]
    error = standard_error(advice.series["low"], advice.series["high"], 20, 0.999)
    # The middle of an hour is half an hour after its start; 0.2 cases are still on the phone.
    for hour, exact in ((24, 2 * 24.5 + 0.2), (120, 96.2), (240, 96.2)):
        assert abs(middle.iloc[hour] - exact) < 4 * error.iloc[hour]
        assert error.iloc[hour] < 0.05 * exact
    # On the phone they are for a moment only, and a parcel on its way is no contact.
    assert sim.warm_up(sim.replicate(shop, 2, progress=False), "work_in_progress").series["estimate"].max() < 2


def test_measures_serve_as_well_as_what_is_open():
    desk = sim.one_queue(arrivals_per_hour=6, handle_minutes=12, agents=1, days=6)
    runs = sim.replicate(desk, 10, progress=False)
    advice = sim.warm_up(runs, "mean_wait_minutes", channel="phone")
    # 1.2 hours of work an hour: who comes an hour later waits 12 minutes longer, 288 minutes a day. The mean over those
    # whose wait ended is not more.
    assert advice.verdict in ("overloaded", "run too short")
    longer = sim.replicate(desk.with_(days=10), 3, progress=False)
    by_day = sim.warm_up(longer, "occupancy", every="day")
    expected = longer.measure("occupancy", "day")
    np.testing.assert_allclose(by_day.series[["estimate", "low", "high"]], expected, rtol=1e-12)


# Patterns, words, and what a tired person might ask.


def weekdays_only(days):
    return mailbox(4, days).with_(teams={"desk": {"agents": {"mon-fri": {"08:00-18:00": 4}}}})


def test_a_weekly_pattern_is_taken_out_if_the_run_is_long_enough():
    short = sim.warm_up(sim.replicate(weekdays_only(14), 3, progress=False))
    assert short.note == "a run of 14 days cannot tell its start from the pattern of the week; 28 days can"
    assert short.note in str(short)
    long = sim.warm_up(sim.replicate(weekdays_only(42), 5, progress=False), confidence=0.999)
    assert long.note == ""
    assert long.series.index.tolist() == [day + 0.5 for day in range(42)]
    # Weekends pile up 240 mails; what is left when that is taken out is flat.
    assert long.series["estimate"].max() > 200
    rest = long.series["smooth"].iloc[14:]
    assert rest.max() - rest.min() < 60
    assert long.verdict in ("no warm-up needed", "settles")


def told(verdict, from_day=None, rise=(0.0, -1.0, 1.0), **others):
    series = pd.DataFrame({"estimate": 1.0, "low": 0.5, "high": 1.5, "smooth": 1.0}, index=[0.5, 1.5, 2.5])
    given = {"measure": "backlog", "channel": None, "note": "", "start": (-3.0, -4.0, -2.0)} | others
    return WarmUp(
        from_day=from_day, verdict=verdict, series=series, rise_per_day=rise, replications=9, confidence=0.9, **given
    )


WORDS = [
    (
        told("no warm-up needed", 0.0),
        "backlog needs no warm-up: its start moves the mean by no more than luck (9 replications)",
        "Backlog needs no warm-up: its start moves the mean by no more than luck",
    ),
    (
        told("settles", 1.0, channel="email"),
        "backlog of email settles after 1 day: use measures(from_day=1) (9 replications)",
        "Backlog of email settles by day 1; before, it is 3 contacts lower than after",
    ),
    (
        told("settles", 0.25, measure="open_cases"),
        "open_cases settles after 6 hours: use measures(from_day=0.25) (9 replications)",
        "Number of open cases settles by day 0.25; before, it is 3 cases lower than after",
    ),
    (
        told("settles", 2.0, measure="service_level", start=(0.1, 0.05, 0.15)),
        "service_level settles after 2 days: use measures(from_day=2) (9 replications)",
        "Service level settles by day 2; before, it is 10 points higher than after",
    ),
    (
        told("overloaded", rise=(20.0, 19.0, 21.0)),
        "backlog never settles, +20 a day (19 to 21) and no slower than at first: no warm-up helps, the agents cannot "
        "keep up (9 replications)",
        "Backlog grows without end, by 20 contacts a day: no warm-up helps",
    ),
    (
        told("run too short", rise=(-2.0, -3.0, -1.0)),
        "backlog has not settled by the end of the run, -2 a day (-3 to -1): simulate more days (9 replications)",
        "Backlog still falls at the end, by 2 contacts a day: simulate more days",
    ),
    (
        told("run too short"),
        "backlog settles in the second half of the run, if at all: simulate more days (9 replications)",
        "Backlog settles in the second half of the run, if at all: simulate more days",
    ),
]


@pytest.mark.parametrize(("advice", "text", "title"), WORDS)
def test_verdicts_in_words(advice, text, title):
    assert str(advice) == repr(advice) == text
    assert sim.plots.warm_up(advice).message == title


def test_the_figure_shows_the_series_and_the_cut():
    advice = told("settles", 1.0)
    axes = sim.plots.warm_up(advice).axes[0]
    lines = {line.get_label(): np.array(line.get_data()) for line in axes.lines}
    np.testing.assert_allclose(lines["mean of the runs"], [[0.5, 1.5, 2.5], [1, 1, 1]])
    np.testing.assert_allclose(lines["moving average"], [[0.5, 1.5, 2.5], [1, 1, 1]])
    assert lines["cut"][0].tolist() == [1, 1]
    assert "from_day=1" in [text.get_text() for text in axes.texts]
    assert axes.get_xlim() == (0, 3)
    band = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == (0.5, 1.5)
    assert "cut" not in [line.get_label() for line in sim.plots.warm_up(told("overloaded")).axes[0].lines]
    with pytest.raises(TypeError, match=r"draws what sim\.warm_up returns, not str"):
        sim.plots.warm_up("backlog")


@pytest.fixture(scope="module")
def quiet():
    return sim.replicate(sim.one_queue(arrivals_per_hour=4, handle_minutes=5, agents=2, days=2), 2, progress=False)


WRONG = {
    "one run": (
        lambda runs: sim.warm_up(sim.replicate(runs.scenario, 1, progress=False)),
        "one replication cannot tell a slow start from luck; give sim.replicate 10 or more",
    ),
    "a run": (lambda runs: sim.warm_up(runs[0]), "warm_up takes what sim.replicate returns, not Run"),
    "typo": (lambda runs: sim.warm_up(runs, "backlogg"), "Did you mean 'backlog'?"),
    "channel": (lambda runs: sim.warm_up(runs, channel="fone"), "there is no such channel as 'fone'"),
    "step": (lambda runs: sim.warm_up(runs, every="week"), "no such step of a series as 'week'. Allowed: hour, day"),
    "confidence": (lambda runs: sim.warm_up(runs, confidence=1), "confidence holds 1; it must lie between 0 and 1"),
    "few days": (lambda runs: sim.warm_up(runs, every="day"), "a run of 2 days is too short to tell its start"),
    "a day with a pattern": (
        lambda runs: sim.warm_up(sim.replicate(mailbox(4, 3), 2, progress=False)),
        "a run of 3 days is too short to tell its start from its daily pattern; simulate at least 4 days",
    ),
    "never": (lambda runs: sim.warm_up(runs, "containment"), "containment has no value by hour here"),
    "known later": (
        lambda runs: sim.warm_up(runs, "refund_hours"),
        "refund_hours of a day is known only later",
    ),
}


@pytest.mark.parametrize(("call", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_question_is_refused(quiet, call, message):
    with pytest.raises((ValueError, TypeError), match=re.escape(message)):
        call(quiet)
