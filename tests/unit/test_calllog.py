"""Reading exports: what a mapping can express, and what is refused with which words."""

import re

import numpy as np
import pandas as pd
import pytest

from sim.calibrate import CallLogError, mappings, read_calls, read_mapping

PLAIN = {"joined": "created", "answered": "answered", "ended": "closed"}
FULL = PLAIN | {
    "type": {"column": "type"},
    "agent": {"column": "agent", "nobody": ["-"]},
    "outcome": {"column": "status", "served": ["solved"], "abandoned": ["lost"], "open": ["new"], "ignored": ["spam"]},
}
HEADER = "created,answered,closed,type,agent,status"
GOOD = "2026-03-02 09:00:00,2026-03-02 09:01:30,2026-03-02 09:05:00,return,Ann,solved"


@pytest.fixture
def export(tmp_path):
    def write(*rows, header=HEADER, name="calls.csv"):
        path = tmp_path / name
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return path

    return write


class TestTidyTable:
    def test_a_simple_ticket_export(self, export):
        lost = "2026-03-02 08:59:00,,2026-03-02 09:00:15,how_to,-,lost"
        new = "2026-03-02 10:00:00,,,return,,new"
        calls = read_calls(export(GOOD, lost, new, GOOD.replace("solved", "spam")), FULL)
        assert calls["outcome"].tolist() == ["abandoned", "served", "open"]  # by arrival
        assert calls["wait_minutes"].tolist()[:2] == [1.25, 1.5]
        assert np.isnan(calls["wait_minutes"][2])
        assert calls["handle_minutes"].isna().tolist() == [True, False, True]
        assert calls["handle_minutes"][1] == 3.5
        assert calls["answered"].isna().tolist() == [True, False, True]
        assert calls["ended"][0] == pd.Timestamp("2026-03-02 09:00:15")
        assert calls["agent"].isna().tolist() == [True, False, True]
        assert calls["type"].tolist() == ["how_to", "return", "return"]
        assert set(calls["segment"]) == {"regular"}
        assert calls.attrs["left_out"] == {"status to be ignored": 1}

    def test_the_smallest_mapping(self, export):
        lost = "2026-03-02 08:59:00,,2026-03-02 09:00:15,how_to,,"
        calls = read_calls(export(GOOD, lost), PLAIN)
        assert calls["outcome"].tolist() == ["abandoned", "served"]
        assert set(calls["type"]) == {"call"}

    def test_several_files_are_read_together(self, export):
        later = GOOD.replace("2026-03-02", "2026-03-01")
        calls = read_calls([export(GOOD, name="a.csv"), export(later, name="b.csv")], FULL)
        assert calls["arrived"].dt.day.tolist() == [1, 2]
        assert calls.attrs["files"] == ["a.csv", "b.csv"]

    def test_other_separators_formats_and_units(self, export):
        rules = {
            "separator": ";",
            "joined": {"column": "Eingang", "format": "%d.%m.%Y %H:%M"},
            "wait": {"column": "Warten", "unit": "minutes"},
            "handled": {"column": "Dauer", "unit": "hours"},
            "outcome": {"column": "Status", "served": [1], "abandoned": [0]},
        }
        calls = read_calls(export("02.03.2026 09:00;1.5;0.1;1", header="Eingang;Warten;Dauer;Status"), rules)
        assert calls["answered"][0] == pd.Timestamp("2026-03-02 09:01:30")
        assert calls["handle_minutes"][0] == pytest.approx(6)

    def test_clock_times_past_midnight_belong_to_the_next_day(self, export):
        rules = {
            "joined": {"column": "queue", "date": "date", "date_format": "%y%m%d", "follows": "menu"},
            "answered": {"column": "answer", "date": "date", "date_format": "%y%m%d"},
            "ended": {"column": "end", "date": "date", "date_format": "%y%m%d"},
        }
        rows = ["260302,23:59:50,0:00:05,0:01:05,0:03:05", "260302,9:00:00,9:00:10,9:00:20,9:01:20"]
        calls = read_calls(export(*rows, header="date,menu,queue,answer,end"), rules)
        assert calls["arrived"].tolist() == [pd.Timestamp("2026-03-02 09:00:10"), pd.Timestamp("2026-03-03 00:00:05")]
        assert calls["wait_minutes"].tolist() == pytest.approx([1 / 6, 1])
        assert calls["handle_minutes"].tolist() == pytest.approx([1, 2])

    def test_who_never_joined_the_queue_is_left_out_only_if_nobody_answered(self, export):
        rules = {
            "joined": "t",
            "wait": {"column": "wait"},
            "handled": {"column": "talk"},
            "outcome": {"column": "what", "served": ["yes"], "abandoned": ["no"]},
            "queued": {"column": "queue", "never": ["0"]},
        }
        rows = [
            f"2026-03-02T09:00:0{n},{row}" for n, row in enumerate(["0,60,yes,0", "0,0,no,0", "0,0,no,7", "5,0,no,7"])
        ]
        calls = read_calls(export(*rows, header="t,wait,talk,what,queue"), rules)
        assert calls["waited"].tolist() == [False, True, True]
        assert calls.attrs["left_out"] == {"hung up before joining the queue": 1}

    def test_blanks_around_values_do_not_matter(self, export):
        calls = read_calls(export(GOOD.replace(",", " ,"), GOOD.replace(",", ", ")), FULL)
        assert calls["agent"].tolist() == ["Ann", "Ann"]
        assert set(calls["type"]) == {"return"}

    def test_names_for_codes(self, export):
        rules = FULL | {"type": {"column": "type", "names": {"return": "send_back"}, "others": "leave_out"}}
        calls = read_calls(export(GOOD, GOOD.replace("return", "odd")), rules)
        assert calls["type"].tolist() == ["send_back"]
        assert calls.attrs["left_out"] == {"type without a name in the mapping": 1}

    def test_segments_known_only_for_those_who_waited(self, export):
        rules = PLAIN | {"segment": {"column": "type", "known_if_waited": True}}
        at_once = "2026-03-02 09:00:00,2026-03-02 09:00:00,2026-03-02 09:05:00,vip,Ann,solved"
        calls = read_calls(export(at_once, GOOD.replace("return", "vip")), rules)
        assert calls["segment"].isna().tolist() == [True, False]

    def test_one_time_zone_throughout_is_taken_as_the_local_clock(self, export):
        calls = read_calls(export(GOOD.replace(":00,", ":00+02:00,").replace(":30,", ":30+02:00,")), PLAIN)
        assert calls["arrived"][0] == pd.Timestamp("2026-03-02 09:00:00")

    def test_mixed_time_zones_are_turned_into_the_one_that_the_mapping_names(self, export):
        rows = ["2026-03-28T12:00:00+01:00,60,60", "2026-03-30T12:00:00+02:00,60,60", "2026-03-30T11:00:00Z,60,60"]
        rules = {
            "joined": "t",
            "wait": {"column": "w"},
            "handled": {"column": "h"},
            "outcome": {"column": "h", "served": [60]},
        }
        calls = read_calls(export(*rows, header="t,w,h"), rules | {"time_zone": "Europe/Berlin"})
        assert calls["arrived"].dt.hour.tolist() == [12, 12, 13]


class TestBadExports:
    @pytest.mark.parametrize(
        ("rows", "message"),
        [
            (["2026-03-02 09:00,soon,2026-03-02 09:05,return,Ann,solved"], "answered holds no date such as 2026-03-02"),
            (["yesterday,,,return,,new"], r"1 of 1 rows: created holds no date.*\n  calls.csv line 2: 'yesterday'"),
            (["2026-02-30 09:00,,,return,,new"], "created holds no date"),
            ([GOOD.replace("09:01:30", "08:59:00")], "answered lies before created\n  calls.csv line 2"),
            ([GOOD.replace("09:05:00", "09:01:00")], "closed lies before answered"),
            (["2026-03-02 09:00,,2026-03-02 08:00,return,-,lost"], "closed lies before created"),
            (
                [GOOD, GOOD.replace("solved", "gone")],
                r"(?s)status holds values.*It knows solved, lost, new.*line 3: 'gone'",
            ),
            ([GOOD.replace("09:00:00", "09:00:00Z"), GOOD], "created mixes times with and without a time zone"),
            (
                [GOOD.replace("09:00:00", "09:00:00+01:00"), GOOD.replace("09:00:00", "09:00:00-05:00")],
                r"created mixes time zones \(\+01:00, -05:00\); add time_zone to the mapping",
            ),
            ([GOOD.replace("solved", "spam")], r"no call is left.*1 left out \(status to be ignored\)"),
            ([], "calls.csv has a header but no calls"),
        ],
    )
    def test_rows(self, export, rows, message):
        with pytest.raises(CallLogError, match=message):
            read_calls(export(*rows), FULL)

    def test_only_the_first_rows_are_shown(self, export):
        with pytest.raises(CallLogError, match=r"5 of 5 rows(.*\n){4}  and 2 more"):
            read_calls(export(*["never,,,return,,new"] * 5), FULL)

    def test_missing_columns(self, export):
        with pytest.raises(CallLogError, match=r"(?s)calls.csv lacks columns.*'created'. Did you mean 'create'"):
            read_calls(export(GOOD, header=HEADER.replace("created", "create")), FULL)

    def test_the_wrong_separator(self, export):
        with pytest.raises(CallLogError, match="correct the mapping or the separator"):
            read_calls(export(GOOD), FULL | {"separator": ";"})

    def test_an_empty_file(self, tmp_path):
        (tmp_path / "empty.csv").write_text("", encoding="utf-8")
        with pytest.raises(CallLogError, match=r"empty\.csv is empty; it needs a header and a row for each call"):
            read_calls(tmp_path / "empty.csv", FULL)

    def test_no_file(self, tmp_path):
        with pytest.raises(CallLogError, match="there is no file"):
            read_calls(tmp_path / "lost.csv", FULL)

    def test_no_files(self):
        with pytest.raises(CallLogError, match="name at least one CSV file"):
            read_calls([], FULL)

    def test_a_file_that_is_no_text(self, tmp_path):
        (tmp_path / "image.csv").write_bytes(b"\x89PNG\xff\xfe\x00")
        with pytest.raises(CallLogError, match="cannot be read as CSV in UTF-8"):
            read_calls(tmp_path / "image.csv", FULL)

    @pytest.mark.parametrize(
        ("wait", "message"),
        [("-3", "wait is negative: the end lies before the start"), ("soon", "no number of seconds")],
    )
    def test_lengths(self, export, wait, message):
        rules = {"joined": "t", "wait": {"column": "wait"}, "handled": {"column": "talk"}}
        rules |= {"outcome": {"column": "what", "served": ["yes"]}}
        with pytest.raises(CallLogError, match=message):
            read_calls(export(f"2026-03-02 09:00,{wait},60,yes", header="t,wait,talk,what"), rules)

    def test_a_clock_that_is_none(self, export):
        rules = PLAIN | {"joined": {"column": "clock", "date": "day"}}
        with pytest.raises(CallLogError, match="clock holds no time of day such as 9:05:30"):
            read_calls(export("2026-03-02,noon,,", header="day,clock,answered,closed"), rules)

    def test_who_hung_up_needs_a_wait(self, export):
        rules = {"joined": "created", "answered": "answered", "handled": {"column": "type"}}
        with pytest.raises(CallLogError, match="to know how long those who hung up had waited"):
            read_calls(export("2026-03-02 09:00,,,60,,"), rules)

    def test_a_format_that_is_none(self, export):
        with pytest.raises(CallLogError, match="created: the format '%Q' cannot be used"):
            read_calls(export(GOOD), PLAIN | {"joined": {"column": "created", "format": "%Q"}})

    def test_an_unknown_time_zone(self, export):
        with pytest.raises(CallLogError, match="time_zone holds 'Middle/Earth'; give a name such as Europe/Berlin"):
            read_calls(export(GOOD.replace("09:00:00", "09:00:00Z")), PLAIN | {"time_zone": "Middle/Earth"})


class TestMappings:
    def test_the_shipped_ones_are_valid(self):
        assert "bank_1999" in mappings()
        for name in mappings():
            assert read_mapping(name).columns

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"answred": "x"}, "no such key as 'answred'. Did you mean 'answered'"),
            ({"joined": {"colum": "x"}}, "colum"),
            ({"joined": None}, "joined"),
            ({"answered": None}, r"needs answered \(a moment\) or wait \(a length\)"),
            ({"ended": None}, r"needs ended \(a moment\) or handled \(a length\)"),
            ({"handled": {"column": "x", "unit": "days"}}, "unit"),
            ({"outcome": {"column": "x"}}, "list the values that mean an agent took the call"),
            ({"separator": "||"}, "separator"),
            ({"shortest_service_seconds": -1}, "a number of at least 0"),
            ({"channel": {"open_hours": "8 to 5"}}, "is not a range of the day"),
        ],
    )
    def test_wrong_keys_and_values(self, change, message):
        with pytest.raises(CallLogError, match=message):
            read_mapping(PLAIN | change)

    def test_the_moment_of_joining_is_needed(self):
        with pytest.raises(CallLogError, match="say which column holds the moment when the customer joined the queue"):
            read_mapping({"answered": "x", "ended": "y"})

    def test_no_outcome_and_no_answer(self, export):
        with pytest.raises(CallLogError, match=r"needs outcome \(or answered\), to know which calls were served"):
            read_calls(
                export("2026-03-02 09:00,1,1,,,"),
                {"joined": "created", "wait": {"column": "answered"}, "handled": {"column": "closed"}},
            )

    def test_an_unknown_name(self):
        with pytest.raises(
            CallLogError, match=r"no mapping and no file called 'bank_2000'. Shipped mappings: bank_1999"
        ):
            read_mapping("bank_2000")

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("a: [", "is not YAML"),
            ("- a\n", "must be a list of keys"),
            ("joined: a\nanswered: b\njoined: c\n", "line 3, column 1: the key 'joined' is given twice"),
        ],
    )
    def test_files_that_are_no_mapping(self, tmp_path, text, message):
        (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(CallLogError, match=message):
            read_mapping(tmp_path / "mine.yaml")

    def test_nothing_in_a_mapping_is_executed(self, tmp_path):
        (tmp_path / "mine.yaml").write_text("about: !!python/object/apply:os.getcwd []\n", encoding="utf-8")
        with pytest.raises(CallLogError, match="is not YAML"):
            read_mapping(tmp_path / "mine.yaml")

    def test_a_mapping_from_a_file(self, tmp_path):
        (tmp_path / "mine.yaml").write_text("joined: a\nanswered: b\nended: c\n", encoding="utf-8")
        assert read_mapping(tmp_path / "mine.yaml") == read_mapping({"joined": "a", "answered": "b", "ended": "c"})


def test_the_mapping_on_the_page_about_calibration_can_be_used(root, tmp_path):
    page = (root / "docs" / "calibration.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "mapping.yaml").write_text(block, encoding="utf-8")
    (tmp_path / "tickets.csv").write_text(
        "created,first_reply,closed,topic,status,agent\n"
        "2026-03-02 09:00,2026-03-02 09:02,2026-03-02 09:10,Order,closed,Ann\n"
        "2026-03-02 09:05,,2026-03-02 09:06,Return,missed,\n",
        encoding="utf-8",
    )
    calls = read_calls(tmp_path / "tickets.csv", mapping=tmp_path / "mapping.yaml")
    assert calls["type"].tolist() == ["where_is_my_order", "return"]
    assert calls["outcome"].tolist() == ["served", "abandoned"]
