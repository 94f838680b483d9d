"""The shipped series: what is in them, and that they are what the records say."""

import importlib.resources

import pandas as pd
import pytest

import sim
from sim.datasets import BANK_1999, counting

MONTHS = ("calls_1999-01.csv", "calls_1999-02.csv")
COLUMNS = ["date", "weekday", "hour", "slot", "calls"]


@pytest.fixture(scope="module")
def calls():
    return sim.datasets.bank_1999()


@pytest.fixture
def write(tmp_path):
    """A function write(row, ...): a file of raw records, each row given by what matters."""

    def write_records(*rows):
        titles = (
            "vru+line,call_id,customer_id,priority,type,date,vru_entry,vru_exit,vru_time,"
            "q_start,q_exit,q_time,outcome,ser_start,ser_exit,ser_time,server"
        )
        lines = [
            f"AA0101,{number},,0,PS,{date},{joined},{joined},0,{queued},{queued},{wait},{outcome},0:00:00,0:00:00,{work},A1"
            for number, (date, joined, queued, wait, outcome, work) in enumerate(rows)
        ]
        path = tmp_path / "records.csv"
        path.write_text("\n".join([titles, *lines]) + "\n", encoding="utf-8")
        return path

    return write_records


class TestTheTable:
    def test_a_row_for_every_half_hour_of_every_day(self, calls):
        assert calls.columns.tolist() == COLUMNS
        assert len(calls) == 57 * 48
        assert calls[["date", "slot"]].drop_duplicates().equals(calls[["date", "slot"]].sort_values(["date", "slot"]))
        starts = calls["date"] + pd.to_timedelta(calls["slot"] + ":00")
        assert (starts.dt.hour == calls["hour"]).all()
        assert set(starts.dt.minute) == {0, 30}
        assert (starts.dt.strftime("%a").str.lower() == calls["weekday"]).all()

    def test_two_months_without_two_days(self, calls):
        every = pd.date_range("1999-01-01", "1999-02-28")
        assert every.difference(calls["date"].unique()).strftime("%d %b").tolist() == ["11 Jan", "12 Jan"]

    def test_counts_are_whole_and_lie_where_the_desk_is_open(self, calls):
        assert calls["calls"].dtype.kind == "i"
        assert calls["calls"].min() == 0
        by_day = calls.groupby(["weekday", "hour"])["calls"].mean()
        assert by_day["fri"].loc[15:].max() < 1 < by_day["fri"].loc[8:12].min()
        assert by_day["sat"].loc[:16].max() < 1 < by_day["sat"].loc[20:].min()
        assert by_day["wed"].loc[1:5].max() < 1 < by_day["wed"].loc[8:].min()

    def test_the_readme_and_the_file_tell_the_same(self, calls):
        readme = (importlib.resources.files("sim.datasets") / "README.md").read_text(encoding="utf-8")
        head = BANK_1999.read_text(encoding="utf-8").split("date,")[0]
        assert f"{calls['date'].nunique()} days, {calls['calls'].sum():,} calls" in readme
        for told in ("I. Guedj and A. Mandelbaum, Technion", "free for use with acknowledgement"):
            assert told in head
            assert told in readme
        for number in (518, 3139):
            assert str(number) in head
            assert f"{number:,}" in readme

    def test_it_is_small(self):
        assert BANK_1999.stat().st_size < 20_000


class TestCounting:
    def test_by_hand(self, write):
        never = "0:00:00"
        records = write(
            ("990105", "16:29:59", never, 0, "AGENT", 60),  # answered at once
            ("990105", "16:30:00", "16:30:00", 40, "AGENT", 60),  # answered after a wait
            ("990105", "16:59:59", "16:59:59", 40, "HANG", 0),  # hung up in the queue: offered all the same
            ("990105", "16:40:00", never, 0, "HANG", 0),  # hung up before the queue
            ("990105", "16:41:00", never, 0, "PHANTOM", 0),
            ("990107", "00:00:00", never, 0, "AGENT", 60),
        )
        counts = counting.count([records])
        assert counts.shape == (2, 48)
        assert counts.columns[[0, 1, -1]].tolist() == ["00:00", "00:30", "23:30"]
        assert counts.stack()[lambda n: n > 0].to_dict() == {
            ("1999-01-05", "16:00"): 1,
            ("1999-01-05", "16:30"): 2,
            ("1999-01-07", "00:00"): 1,
        }
        text = counting.text_of(counts)
        assert "1 rows marked PHANTOM, and 1 callers who hung up" in text
        assert "Missing from the records: 1999-01-06.\n" in text

    def test_the_command_writes_the_file(self, write, tmp_path):
        target = tmp_path / "counts.csv"
        counting.main([str(write(("990105", "16:29:59", "0:00:00", 0, "AGENT", 60))), "--to", str(target)])
        assert target.read_text(encoding="utf-8").splitlines()[3:5] == [
            "# Missing from the records: nothing.",
            "date," + ",".join(f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in (0, 30)),
        ]

    def test_the_shipped_file_is_what_the_records_say(self, shared_data):
        files = [shared_data / "bank_1999" / name for name in MONTHS]
        if not all(path.is_file() for path in files):
            pytest.skip("needs the bank's calls, in ../shared/data/bank_1999")
        assert counting.text_of(counting.count(files)) == BANK_1999.read_text(encoding="utf-8")
