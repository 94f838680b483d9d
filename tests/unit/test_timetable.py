"""Timetables: every way of writing one, and every way of getting it wrong."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from sim.timetable import OpenHours, Weekly, clock

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)


def at(week, day, time):
    """The value of a timetable on a day at a time such as '08:30'."""
    hour, minute = map(int, time.split(":"))
    return float(week.minutes[day, 60 * hour + minute])


def test_a_number_holds_always():
    assert (Weekly(7.5).minutes == 7.5).all()
    assert Weekly(7.5).minutes.shape == (7, 1440)


@pytest.mark.parametrize("count", [1, 24, 48, 96, 1440])
def test_a_list_has_one_value_a_slot(count):
    week = Weekly(list(range(count)))
    length = 1440 // count
    for day in (MON, SUN):
        assert (week.minutes[day].reshape(count, length) == np.arange(count)[:, None]).all()


def test_ranges_hold_from_their_start_until_just_before_their_end():
    week = Weekly({"08:00-12:00": 6, "12:00-24:00": 2})
    assert [at(week, WED, time) for time in ("07:59", "08:00", "11:59", "12:00", "23:59", "00:00")] == [
        0.0,
        6.0,
        6.0,
        2.0,
        2.0,
        0.0,
    ]
    assert week.minutes.sum() == 7 * (4 * 60 * 6 + 12 * 60 * 2)


def test_weekdays_that_are_not_named_hold_0():
    week = Weekly({"mon-wed": 1, "Fri": 2, "saturday, sun": {"10:00-11:00": 3}})
    assert [at(week, day, "10:30") for day in range(7)] == [1, 1, 1, 0, 2, 3, 3]
    assert [at(week, day, "09:30") for day in range(7)] == [1, 1, 1, 0, 2, 0, 0]


def test_a_range_of_weekdays_may_go_over_the_weekend():
    assert [at(Weekly({"fri-mon": 1}), day, "00:00") for day in range(7)] == [1, 0, 0, 0, 1, 1, 1]


def test_every_day_is_a_name_too():
    assert Weekly({"every_day": [1, 2]}).minutes.sum() == 7 * 720 * 3
    assert (Weekly({}).minutes == 0).all()


def test_a_night_is_two_ranges():
    week = Weekly({"fri": {"22:00-24:00": 2}, "sat": {"00:00-06:00": 2}})
    assert week.minutes.sum() == 2 * 8 * 60
    assert (at(week, FRI, "23:59"), at(week, SAT, "00:00"), at(week, SAT, "06:00")) == (2, 2, 0)


@pytest.mark.parametrize("text", ["08:00-12:00", " 8:00 - 12:00 ", "08:00–12:00", "08:00 — 12:00"])
def test_ranges_may_be_typed_carelessly(text):
    assert Weekly({text: 1}) != Weekly({"08:00-12:00": 2})
    np.testing.assert_array_equal(Weekly({text: 1}).minutes, Weekly({"08:00-12:00": 1}).minutes)
    np.testing.assert_array_equal(OpenHours(text).minutes, OpenHours("08:00-12:00").minutes)


def test_weekdays_may_be_typed_carelessly():
    np.testing.assert_array_equal(Weekly({" MON – Friday ": 1}).minutes, Weekly({"mon-fri": 1}).minutes)


@pytest.mark.parametrize("value", [np.int64(4), np.float32(4), np.full(24, 4), pd.Series([4.0] * 48), (4,) * 24])
def test_numbers_may_come_from_numpy_and_pandas(value):
    assert (Weekly(value).minutes == 4).all()


def test_timetables_are_equal_if_they_are_written_alike():
    assert Weekly({"mon": (1, 2)}) == Weekly({"mon": [1, 2]})
    assert Weekly(1) != Weekly(2)
    assert Weekly(1) != 1
    assert OpenHours("always") != Weekly(1)


def test_a_timetable_does_not_follow_what_it_was_made_from():
    given = {"mon": [1] * 24}
    week = Weekly(given)
    given["mon"][0] = 99
    assert week == Weekly({"mon": [1] * 24})


WRONG_NUMBERS = [
    (-1, "holds -1; it may hold a number from 0 to 1e12"),
    (float("nan"), "holds nan; it may hold a number from 0 to 1e12"),
    (float("inf"), "holds inf; it may hold a number from 0 to 1e12"),
    (10**15, "holds 1000000000000000; it may hold a number from 0 to 1e12"),
    (True, "holds True; it may hold a number of at least 0"),
    (None, "holds nothing; it may hold a number of at least 0"),
    ("5", "holds '5'; it may hold a number of at least 0: write 5, without quotes"),
    ("many", "holds 'many'; it may hold a number of at least 0"),
]


@pytest.mark.parametrize(("number", "message"), WRONG_NUMBERS)
@pytest.mark.parametrize(
    ("written", "place"),
    [
        (lambda number: number, ""),
        (lambda number: [0] * 23 + [number], "value 24 of 24: "),
        (lambda number: {"08:00-12:00": number}, "08:00-12:00: "),
        (lambda number: {"mon-fri": number}, "mon-fri: "),
        (lambda number: {"sat": {"08:00-09:00": 1, "10:00-11:00": number}}, "sat: 10:00-11:00: "),
        (lambda number: {"sun": [number, 1]}, "sun: value 1 of 2: "),
    ],
)
def test_wrong_numbers_are_refused_with_their_place(written, place, number, message):
    with pytest.raises(ValidationError) as error:
        Weekly(written(number))
    assert error.value.errors()[0]["msg"].endswith(place + message)


def test_a_number_with_hundreds_of_digits_is_refused():
    with pytest.raises(ValidationError, match=r"holds 10+\.\.\.0+; it may hold a number from 0 to 1e12"):
        Weekly(10**400)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "holds a list of 0 values; the slots must divide a day of 1,440 minutes"),
        ([1] * 7, "holds a list of 7 values; the slots must divide a day of 1,440 minutes: 24 values are hours"),
        ([1] * 25, "holds a list of 25 values"),
        ({"08:00-12:00": 1, "11:59-13:00": 2}, "'11:59-13:00' overlaps another range of the same day"),
        ({"mon": {"08:00-12:00": 1, "8:00-9:00": 2}}, "mon: '8:00-9:00' overlaps another range of the same day"),
        ({"22:00-06:00": 1}, "'22:00-06:00' ends before it starts; a night has two ranges"),
        ({"08:00-08:00": 1}, "'08:00-08:00' ends when it starts"),
        ({"08:00-24:01": 1}, "'08:00-24:01' is not a time of day; hours run from 00:00 to 24:00"),
        ({"08:60-12:00": 1}, "'08:60-12:00' is not a time of day"),
        ({"99:00-99:30": 1}, "'99:00-99:30' is not a time of day"),
        ({"mon": {"8-12": 1}}, "mon: '8-12' is not a range of the day; write \"08:00-17:30\", in quotes"),
        ({"mon": {"tue": 1}}, "mon: 'tue' is not a range of the day"),
        ({"08:00-12:00": {"13:00-14:00": 1}}, "08:00-12:00: holds {'13:00-14:00': 1}; it may hold a number"),
        ({"funday": 1}, "'funday' names no weekday; use mon, tue, wed, thu, fri, sat, sun, a range such as mon-fri"),
        ({"mo": 1}, "'mo' names no weekday"),
        ({"": 1}, "'' names no weekday"),
        ({"mon-": 1}, "'mon-' names no weekday"),
        ({1: 1}, "1 names no weekday"),
        ({None: 1}, "nothing names no weekday"),
        ({"8-12": 1}, "'8-12' names no weekday; use mon, tue"),
        ({"8-12": 1}, "Hours go inside a day: {mon-fri: {'08:00-12:00': 5}}"),
        ({"08:00-12:00": 1, "mon": 2}, "'08:00-12:00' names no weekday"),
        ({"mon-tue-wed": 1}, "'mon-tue-wed' is not a day or a range of days; write 'mon', 'mon-fri' or 'sat,sun'"),
        ({"mon-fri": 1, "fri": 2}, "fri is given twice, by 'mon-fri' and by 'fri'; name each day once"),
        ({"sat": 1, "Saturday": 2}, "sat is given twice, by 'sat' and by 'Saturday'"),
    ],
)
def test_wrong_timetables_are_refused(value, message):
    with pytest.raises(ValidationError) as error:
        Weekly(value)
    assert message in error.value.errors()[0]["msg"]


@pytest.mark.parametrize(
    ("value", "hours"),
    [
        ("always", 24 * 7),
        ("closed", 0),
        ("08:00-20:00", 12 * 7),
        (["08:00-12:00", "13:00-18:00"], 9 * 7),
        ([], 0),
        ({"mon-fri": "08:00-20:00", "sat": "10:00-16:00"}, 66),
        ({"mon": "always", "tue": "closed", "wed": ["00:00-01:00", "23:00-24:00"]}, 26),
        ({}, 0),
    ],
)
def test_opening_hours(value, hours):
    minutes = OpenHours(value).minutes
    assert minutes.dtype == bool
    assert minutes.sum() == hours * 60


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("8-20", '\'8-20\' is not a range of the day; write "08:00-17:30", "always" or "closed", in quotes'),
        ("Always", "'Always' is not a range of the day"),
        ("24/7", "'24/7' is not a range of the day"),
        (None, "nothing is not a range of the day"),
        (True, "True is not a range of the day"),
        (8, "8 is not a range of the day"),
        ({"mon-fri": None}, "mon-fri: nothing is not a range of the day"),
        ({"mon-fri": "20:00-08:00"}, "mon-fri: '20:00-08:00' ends before it starts; a night has two ranges"),
        (["08:00-12:00", "11:00-13:00"], "'11:00-13:00' overlaps another range of the same day"),
        ({"someday": "always"}, "'someday' names no weekday"),
        ({"08:00-12:00": 1}, "{'08:00-12:00': 1} is not a range of the day"),
    ],
)
def test_wrong_opening_hours_are_refused(value, message):
    with pytest.raises(ValidationError) as error:
        OpenHours(value)
    assert message in error.value.errors()[0]["msg"]


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, "00:00"), (545, "09:05"), (1439.99, "23:59"), (1440, "day 1 00:00"), (4 * 1440 + 61, "day 4 01:01")],
)
def test_times_are_shown_as_people_write_them(minutes, text):
    assert clock(minutes) == text
