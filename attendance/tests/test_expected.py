"""From a shift to late and absent."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from attendance.rules.expected import Hours, State, expected_on, lateness, summarise
from attendance.rules.worked import Interval, Punch, pair

MADRID = ZoneInfo("Europe/Madrid")
TUESDAY = date(2026, 11, 24)
EARLY = Hours(time(9), time(17), frozenset({0, 1, 2, 3, 4}), timedelta(minutes=5))
NIGHT = Hours(time(22), time(6), frozenset(range(7)), timedelta(minutes=5))


def punch(text: str, direction: str) -> Punch:
    return Punch(datetime.fromisoformat(text).replace(tzinfo=MADRID).astimezone(UTC), "Europe/Madrid", direction)


def day(*punches: Punch, hours: Hours | None = EARLY, now: str = "2026-11-24T20:00") -> tuple[State, timedelta]:
    moment = datetime.fromisoformat(now).replace(tzinfo=MADRID)
    intervals: list[Interval] = pair(punches, now=moment)
    summary = summarise(intervals, day=TUESDAY, expected=expected_on(hours, TUESDAY, MADRID), now=moment)
    return summary.state, summary.late


@pytest.mark.parametrize(
    ("came", "late"),
    [("08:50", 0), ("09:00", 0), ("09:05", 0), ("09:06", 6), ("11:30", 150)],
)
def test_late_counts_from_the_start_and_only_after_the_grace(came: str, late: int) -> None:
    state, lateness = day(punch(f"2026-11-24T{came}", "in"), punch("2026-11-24T17:00", "out"))
    assert state == State.PRESENT
    assert lateness == timedelta(minutes=late)


def test_nobody_is_late_after_lunch() -> None:
    assert day(
        punch("2026-11-24T08:55", "in"),
        punch("2026-11-24T13:00", "out"),
        punch("2026-11-24T14:30", "in"),
        punch("2026-11-24T17:00", "out"),
    ) == (State.PRESENT, timedelta())


@pytest.mark.parametrize(
    ("now", "state"),
    [("08:00", State.EXPECTED), ("09:05", State.EXPECTED), ("09:06", State.ABSENT), ("23:00", State.ABSENT)],
)
def test_somebody_who_has_not_come(now: str, state: State) -> None:
    assert day(now=f"2026-11-24T{now}") == (state, timedelta())


def test_without_a_shift_nobody_is_absent_or_late() -> None:
    assert day(hours=None) == (State.OFF, timedelta())
    assert day(punch("2026-11-24T15:00", "in"), hours=None) == (State.IN, timedelta())
    assert expected_on(EARLY, date(2026, 11, 22), MADRID) is None


def test_still_here() -> None:
    assert day(punch("2026-11-24T09:00", "in"), now="2026-11-24T10:00")[0] == State.IN


def test_an_unknown_arrival_is_not_called_late() -> None:
    assert day(punch("2026-11-24T17:00", "out")) == (State.PRESENT, timedelta())


def test_somebody_of_the_night_shift_who_comes_after_midnight_is_late_not_absent() -> None:
    state, late = day(
        punch("2026-11-25T00:30", "in"), punch("2026-11-25T06:00", "out"), hours=NIGHT, now="2026-11-25T12:00"
    )
    assert (state, late) == (State.PRESENT, timedelta(hours=2, minutes=30))


def test_a_night_shift_ends_on_the_next_day_in_real_time() -> None:
    night = expected_on(NIGHT, date(2026, 10, 24), MADRID)
    assert night is not None
    assert night.end - night.start == timedelta(hours=9)
    assert lateness([], night) == timedelta()
