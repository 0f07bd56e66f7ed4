"""The rules that turn punches into worked time, by example and by property."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.rules.worked import LONGEST, Interval, Punch, next_direction, pair, total

ZONES = ["UTC", "Europe/Madrid", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe"]


def at(text: str, direction: str, zone: str = "Europe/Madrid", fold: int = 0) -> Punch:
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return Punch(local.astimezone(UTC), zone, direction, f"{text}{direction}")


def ends(intervals: list[Interval]) -> list[tuple[str, str]]:
    def words(punch: Punch | None, missing: str) -> str:
        return f"{punch.local:%d %H:%M}" if punch else missing

    return [(words(one.start, one.missing), words(one.end, one.missing)) for one in intervals]


def test_a_day_with_a_lunch_break() -> None:
    day = [
        at("2026-11-24T09:00", "in"),
        at("2026-11-24T13:00", "out"),
        at("2026-11-24T14:00", "in"),
        at("2026-11-24T17:30", "out"),
    ]
    intervals = pair(day)
    assert ends(intervals) == [("24 09:00", "24 13:00"), ("24 14:00", "24 17:30")]
    assert total(intervals) == timedelta(hours=7, minutes=30)
    assert not any(one.missing for one in intervals)


def test_a_forgotten_check_out_does_not_turn_the_next_day_round() -> None:
    intervals = pair(
        [
            at("2026-11-23T09:00", "in"),
            at("2026-11-24T09:00", "in"),
            at("2026-11-24T17:00", "out"),
            at("2026-11-25T09:00", "in"),
            at("2026-11-25T17:00", "out"),
        ]
    )
    assert ends(intervals) == [("23 09:00", "out"), ("24 09:00", "24 17:00"), ("25 09:00", "25 17:00")]
    assert [one.missing for one in intervals] == ["out", "", ""]
    assert total(intervals) == timedelta(hours=16)


def test_a_forgotten_check_in_is_marked() -> None:
    intervals = pair([at("2026-11-24T17:00", "out"), at("2026-11-25T09:00", "in"), at("2026-11-25T17:00", "out")])
    assert [one.missing for one in intervals] == ["in", ""]
    assert intervals[0].day == date(2026, 11, 24)
    assert total(intervals) == timedelta(hours=8)


def test_an_out_sixteen_hours_later_still_belongs_and_a_second_later_does_not() -> None:
    start = at("2026-11-24T06:00", "in")
    assert len(pair([start, Punch(start.at + LONGEST, "UTC", "out")])) == 1
    late = pair([start, Punch(start.at + LONGEST + timedelta(seconds=1), "UTC", "out")])
    assert [one.missing for one in late] == ["out", "in"]


def test_a_night_belongs_to_the_day_it_began() -> None:
    (night,) = pair([at("2026-11-24T22:00", "in"), at("2026-11-25T06:00", "out")])
    assert night.day == date(2026, 11, 24)
    assert night.worked == timedelta(hours=8)


def test_the_day_is_that_of_the_place_not_of_utc() -> None:
    (early,) = pair([at("2026-11-24T00:30", "in", "Europe/Madrid"), at("2026-11-24T04:30", "out", "Europe/Madrid")])
    assert early.start is not None
    assert early.start.at.date() == date(2026, 11, 23)
    assert early.day == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03-28T22:00", "2026-03-29T06:00", 7),  # clocks go forward
        ("2026-10-24T22:00", "2026-10-25T06:00", 9),  # and back
    ],
)
def test_the_night_the_clocks_change_is_as_long_as_it_was(start: str, end: str, hours: int) -> None:
    assert total(pair([at(start, "in"), at(end, "out")])) == timedelta(hours=hours)


def test_the_hour_that_comes_twice_is_told_apart() -> None:
    (interval,) = pair([at("2026-10-25T02:30", "in", fold=0), at("2026-10-25T02:30", "out", fold=1)])
    assert interval.worked == timedelta(hours=1)


def test_worked_time_within_one_zone_object_is_real_time() -> None:
    madrid = ZoneInfo("Europe/Madrid")
    start, end = datetime(2026, 3, 28, 22, tzinfo=madrid), datetime(2026, 3, 29, 6, tzinfo=madrid)
    (interval,) = pair([Punch(start, "Europe/Madrid", "in"), Punch(end, "Europe/Madrid", "out")])
    assert interval.worked == timedelta(hours=7)


def test_an_open_check_in_runs_until_it_was_forgotten() -> None:
    start = at("2026-11-24T09:00", "in")
    (running,) = pair([start], now=start.at + timedelta(hours=3))
    assert running.running
    assert running.missing == ""
    assert running.worked == timedelta()
    (forgotten,) = pair([start], now=start.at + timedelta(hours=17))
    assert forgotten.missing == "out"
    (unknown,) = pair([start])
    assert unknown.missing == "out"


def test_the_next_direction() -> None:
    start = at("2026-11-24T09:00", "in")
    assert next_direction(None, start.at) == "in"
    assert next_direction(start, start.at + timedelta(hours=8)) == "out"
    assert next_direction(start, start.at + timedelta(hours=20)) == "in"
    assert next_direction(at("2026-11-24T17:00", "out"), start.at + timedelta(hours=9)) == "in"


moments = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
punches = st.lists(
    st.builds(Punch, at=moments, zone=st.sampled_from(ZONES), direction=st.sampled_from(["in", "out"])), max_size=30
)


@given(punches)
def test_every_punch_is_in_exactly_one_interval(given_punches: list[Punch]) -> None:
    used = [punch for one in pair(given_punches) for punch in (one.start, one.end) if punch is not None]
    assert sorted(used, key=repr) == sorted(given_punches, key=repr)


@given(punches)
def test_intervals_run_forward_within_the_limit_and_do_not_overlap(given_punches: list[Punch]) -> None:
    last = datetime(2000, 1, 1, tzinfo=UTC)
    for one in pair(given_punches):
        assert timedelta() <= one.worked <= LONGEST
        first = one.start or one.end
        assert first is not None
        assert first.at >= last
        last = (one.end or first).at
        assert one.start is None or one.start.direction == "in"
        assert one.end is None or one.end.direction == "out"
        assert one.missing in {"", "in", "out"}
        assert (one.missing == "") == (one.start is not None and one.end is not None)


@given(punches, st.randoms())
def test_the_order_of_arrival_does_not_matter(given_punches: list[Punch], random: object) -> None:
    distinct = list({punch.at: punch for punch in given_punches}.values())
    shuffled = list(distinct)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert pair(shuffled) == pair(distinct)


@given(punches)
def test_worked_time_is_never_more_than_the_time_that_passed(given_punches: list[Punch]) -> None:
    if given_punches:
        instants = [punch.at for punch in given_punches]
        assert total(pair(given_punches)) <= max(instants) - min(instants)


@given(punches)
def test_the_zone_changes_the_day_and_never_the_time(given_punches: list[Punch]) -> None:
    elsewhere = [Punch(punch.at, "Pacific/Apia", punch.direction, punch.key) for punch in given_punches]
    assert total(pair(elsewhere)) == total(pair(given_punches))
    for one, moved in zip(pair(given_punches), pair(elsewhere), strict=True):
        assert abs((one.day - moved.day).days) <= 1


@given(st.lists(st.integers(0, 27), unique=True, max_size=28), st.data())
def test_forgotten_check_outs_leave_the_other_days_alone(days: list[int], data: st.DataObject) -> None:
    forgotten = data.draw(st.sets(st.sampled_from(days))) if days else set()
    start = datetime(2026, 2, 1, 9, tzinfo=UTC)
    month = []
    for day in days:
        month.append(Punch(start + timedelta(days=day), "UTC", "in"))
        if day not in forgotten:
            month.append(Punch(start + timedelta(days=day, hours=8), "UTC", "out"))
    intervals = pair(month)
    assert len(intervals) == len(days)
    assert total(intervals) == timedelta(hours=8) * (len(days) - len(forgotten))
    assert {one.day.day - 1 for one in intervals if one.missing == "out"} == forgotten
