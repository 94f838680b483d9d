"""A bank's real calls: what the log holds, and whether a scenario fitted to one month foretells the other.

Tolerances are the log's own: the spread among its days and among simulated periods of the same length.
"""

import pandas as pd
import pytest

from sim.calibrate import fit, read_calls, validate

MONTHS = ("calls_1999-01.csv", "calls_1999-02.csv")


@pytest.fixture(scope="module")
def files(shared_data):
    found = [shared_data / "bank_1999" / name for name in MONTHS]
    if not all(path.is_file() for path in found):
        pytest.skip("needs the bank's calls, in ../shared/data/bank_1999")
    return found


@pytest.fixture(scope="module")
def calls(files):
    return read_calls(files, mapping="bank_1999")


@pytest.fixture(scope="module")
def months(calls):
    return calls[calls["arrived"] < "1999-02-01"], calls[calls["arrived"] >= "1999-02-01"]


@pytest.fixture(scope="module")
def bank(calls):
    return fit(calls, name="bank")


@pytest.fixture(scope="module")
def in_sample(bank, calls):
    return validate(bank, calls, replications=10)


class TestTheLog:
    def test_every_row_is_a_call_or_left_out_for_a_reason(self, files, calls):
        raw = pd.concat(pd.read_csv(path) for path in files)
        never_queued = (raw["outcome"] == "HANG") & (raw["q_start"] == "0:00:00")
        assert calls.attrs["left_out"] == {
            "outcome to be ignored": (raw["outcome"] == "PHANTOM").sum(),
            "hung up before joining the queue": never_queued.sum(),
        }
        assert len(calls) + sum(calls.attrs["left_out"].values()) == len(raw)
        assert (calls["outcome"] == "served").sum() == (raw["outcome"] == "AGENT").sum()
        assert calls["wait_minutes"].sum() == pytest.approx(
            raw.loc[~never_queued & (raw["outcome"] != "PHANTOM"), "q_time"].sum() / 60
        )

    def test_its_days(self, calls):
        days = calls["arrived"].dt.date.unique()
        assert len(days) == 57  # 11 and 12 January are missing
        assert calls["ended"].max() < pd.Timestamp("1999-03-01 02:00")

    def test_segments_are_known_only_for_those_who_queued(self, calls):
        assert (calls["segment"].notna() == calls["waited"]).all()


class TestTheScenario:
    def test_opening_hours_are_read_off(self, bank):
        hours = bank.channels["phone"].open_hours.minutes.sum(axis=1) / 60
        assert hours.tolist() == [17, 17, 17, 17, 7, 5, 17]  # Monday to Sunday; Saturday after sunset

    def test_demand_is_that_of_the_days_in_the_log(self, bank, calls):
        # The mean week, over the days that are there, and not over the two that are missing.
        date = calls["arrived"].dt.normalize()
        per_day = calls.groupby(date).size()
        week = per_day.groupby(per_day.index.day_of_week).mean().sum()
        assert bank.expected_cases() == pytest.approx(week, rel=0.004)  # 138 calls lie outside opening hours

    def test_handle_times_are_lognormal(self, bank):
        # As L. Brown et al., "Statistical analysis of a telephone call center", JASA 100 (2005), found for these calls.
        for name in ("regular", "prospective", "stock_exchange"):
            assert bank.case_types[name].handle_time.distribution == "lognormal"

    def test_prospective_customers_are_the_least_patient_and_priority_customers_more_patient(self, bank):
        def share_left_after_a_minute(name):
            patience = bank.case_types[name].patience
            u = [p / 1000 for p in range(1000)]
            return sum(lasts > 1 for lasts in patience.quantile(u)) / 1000

        order = sorted(("prospective", "regular", "stock_exchange"), key=share_left_after_a_minute)
        assert order[0] == "prospective"
        assert bank.segments["priority"].patience_factor > 1.5


class TestObservedBesideSimulated:
    def test_overall(self, in_sample):
        overall = in_sample.table.xs("all", level="hour")
        for measure in ("offered", "abandonment", "service_level"):
            assert overall.loc[measure, "fits"], measure

    @pytest.mark.parametrize("measure", ["offered", "abandonment", "mean_wait_minutes", "service_level"])
    def test_by_hour(self, in_sample, measure):
        hours = in_sample.table.drop("all", level="hour").xs(measure, level="measure")
        assert len(hours) == 17
        # One in twenty may miss by luck alone, and neighbouring hours share theirs.
        assert hours["fits"].sum() >= 13

    @pytest.mark.parametrize("first", [0, 1], ids=["January tells February", "February tells January"])
    def test_out_of_sample(self, months, first):
        known, unseen = months[first], months[1 - first]
        customers = fit(known, name="known")
        overall = validate(fit(unseen, keep=customers), unseen, replications=10).table.xs("all", level="hour")
        for measure in ("offered", "abandonment", "service_level"):
            assert overall.loc[measure, "fits"], measure

    @pytest.mark.parametrize("first", [0, 1], ids=["January tells February", "February tells January"])
    def test_a_whole_forecast(self, months, first):
        forecast = fit(months[first])
        overall = validate(forecast, months[1 - first], replications=10).table.xs("all", level="hour")
        for measure in ("abandonment", "service_level"):
            assert overall.loc[measure, "fits"], measure

    def test_what_does_not_fit(self, in_sample):
        # Agents speed up when the queue grows, which no head-count says: real waits are shorter, and more frequent.
        overall = in_sample.table.xs("all", level="hour")
        assert overall.loc["mean_wait_minutes", "simulated"] > overall.loc["mean_wait_minutes", "observed"]
        assert overall.loc["wait_probability", "simulated"] < overall.loc["wait_probability", "observed"]
