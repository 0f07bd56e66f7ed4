"""Days and times as people write them, and which comes first in a file, day or month."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from employees.importing.dates import DAY_FIRST, MONTH_FIRST, DayUnclear, order_of, read_day, read_moment, read_time

DAY = date(2026, 11, 12)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-12",
        "2026/11/12",
        "2026.11.12",
        "20261112",
        "12/11/2026",
        "12-11-2026",
        "12.11.26",
        "12 / 11 / 2026",
        "12/11/2026 00:00:00",
        "2026-11-12 0:00",
        "12 de noviembre de 2026",
        "jueves, 12 de noviembre de 2026",
        "12-nov-26",
        "12 Nov 2026",
        "Nov 12, 2026",
        "12th of November 2026",
        "Thursday, November 12, 2026",
        "jue. 12/11/2026",
        "12 de novembro de 2026",
        "quinta-feira, 12 de novembro de 2026",
        "12–11–2026",
        "１２/11/2026",
        "2026-11-12T00:00:00",
        "2026-11-12T00:00:00.000Z",
        "46338",
        datetime(2026, 11, 12),
        DAY,
    ],
)
def test_a_day_is_read_however_it_is_written(text: str | date) -> None:
    assert read_day(text, DAY_FIRST) == DAY


def test_an_ordinal_and_a_month_that_is_a_weekday_too_are_read() -> None:
    assert read_day("1º de março de 2026", DAY_FIRST) == date(2026, 3, 1)
    assert read_day("mar 12 2026", DAY_FIRST) == date(2026, 3, 12)


def test_month_first_is_another_day() -> None:
    assert read_day("12/11/2026", MONTH_FIRST) == date(2026, 12, 11)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "31/02/2026",
        "13/13/2026",
        "2026-13-01",
        "12/11",
        "1",
        "0026-11-12",
        "12/11/20226",
        "12/11/2026 09:00",
        "2026-11-12T09:00:00",
        "2026-11-12 24:00",
        "99999",
    ],
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_day(text, DAY_FIRST)


@pytest.mark.parametrize(
    ("cells", "spanish", "said", "both", "why"),
    [
        (["12/11/2026"], False, "", "12/11/2026", ""),
        (["12/11/2026"], True, DAY_FIRST, "12/11/2026", "language"),
        (["12/11/2026", "25/11/2026"], False, DAY_FIRST, "12/11/2026", "values"),
        (["12/11/2026", "11/25/2026"], True, MONTH_FIRST, "12/11/2026", "values"),
        (["Thu 12/11/2026", "Wed 25/11/2026"], False, DAY_FIRST, "12/11/2026", "values"),
        (["25/11/2026", "11/25/2026"], True, "", "", "language"),
        (["2026-11-12", "11/11/2026", DAY, "nada"], False, DAY_FIRST, "", ""),
    ],
)
def test_the_order_follows_from_the_file_or_the_language_or_is_asked(
    cells: list[str | date], spanish: bool, said: str, both: str, why: str
) -> None:
    found = order_of(cells, spanish=spanish)

    assert (found.said, found.both) == (said, both)
    assert found.why == why


def test_an_answer_counts_more_than_the_language() -> None:
    assert order_of(["12/11/2026"], answer=MONTH_FIRST, spanish=True).said == MONTH_FIRST


def test_without_an_order_only_what_is_clear_is_read() -> None:
    assert read_day("25/11/2026", "") == date(2026, 11, 25)
    assert read_day("11/11/2026", "") == date(2026, 11, 11)
    with pytest.raises(DayUnclear):
        read_day("12/11/2026", "")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-12 08:59", datetime(2026, 11, 12, 8, 59)),
        ("12/11/2026 8:59:30", datetime(2026, 11, 12, 8, 59, 30)),
        ("12/11/2026 5:03 PM", datetime(2026, 11, 12, 17, 3)),
        ("12/11/2026 05:03:00 p. m.", datetime(2026, 11, 12, 17, 3)),
        ("12-nov-2026 12:00 a.m.", datetime(2026, 11, 12)),
        ("12 OCT 2026 08:00", datetime(2026, 10, 12, 8)),
        ("12 de MARZO de 2026 08:00", datetime(2026, 3, 12, 8)),
        ("46338.5", datetime(2026, 11, 12, 12)),
        ("46338,5", datetime(2026, 11, 12, 12)),
        ("20261112 0859", datetime(2026, 11, 12, 8, 59)),
        ("20261112T085930", datetime(2026, 11, 12, 8, 59, 30)),
        ("12/11/2026 19h05", datetime(2026, 11, 12, 19, 5)),
        ("jue 12/11/2026 19:05 hs.", datetime(2026, 11, 12, 19, 5)),
        ("31/12/2026 24:00", datetime(2027, 1, 1)),
        ("2028-02-28 24:00:00", datetime(2028, 2, 29)),
        ("2026-11-12T08:59:00+01:00", datetime.fromisoformat("2026-11-12T08:59:00+01:00")),
        (datetime(2026, 11, 12, 8), datetime(2026, 11, 12, 8)),
    ],
)
def test_an_instant_is_read_however_it_is_written(text: str | datetime, moment: datetime) -> None:
    assert read_moment(text, DAY_FIRST) == moment


@pytest.mark.parametrize("text", ["2026-11-12", "08:59", "12/11/2026 25:00", "12/11/2026 13:00 PM", "T"])
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_moment(text, DAY_FIRST)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("08:59", time(8, 59)),
        ("0.375", time(9)),
        ("0,375", time(9)),
        ("0.9999999", time(23, 59, 59)),
        ("9 am", time(9)),
        ("19h", time(19)),
        ("19 h 05 min", time(19, 5)),
        ("7:05 p. m.", time(19, 5)),
        ("1905", time(19, 5)),
        ("24:00", time()),
        (time(7), time(7)),
    ],
)
def test_a_time_is_read_however_it_is_written(text: str | time, said: time) -> None:
    assert read_time(text) == said
