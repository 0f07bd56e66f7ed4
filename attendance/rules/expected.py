"""From a shift and a day's intervals to: here, late, absent, still expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from attendance.rules.worked import Interval, elapsed, total

EARLY = timedelta(hours=4)
"""Somebody who comes up to this long before the shift has come for it."""


class State(StrEnum):
    IN = "in"
    OUT = "out"
    PRESENT = "present"
    ABSENT = "absent"
    EXPECTED = "expected"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Hours:
    """A shift as the rules see it. An end that is not after the start is on the next day."""

    starts_at: time
    ends_at: time
    weekdays: frozenset[int]
    grace: timedelta


@dataclass(frozen=True, slots=True)
class Expected:
    """One shift on one day: two instants and the latest one that still is in time."""

    start: datetime
    end: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class DaySummary:
    """What a person's day came to."""

    day: date
    intervals: tuple[Interval, ...]
    worked: timedelta
    state: State
    late: timedelta
    expected: Expected | None

    @property
    def missing(self) -> tuple[str, ...]:
        """The forgotten punches of the day, ``in`` or ``out`` each."""
        return tuple(interval.missing for interval in self.intervals if interval.missing)


def expected_on(hours: Hours | None, day: date, zone: ZoneInfo) -> Expected | None:
    """The shift of that day in that zone, or None where nobody is expected."""
    if hours is None or day.weekday() not in hours.weekdays:
        return None
    last_day = day if hours.ends_at > hours.starts_at else day + timedelta(days=1)
    start = datetime.combine(day, hours.starts_at, tzinfo=zone).astimezone(UTC)
    end = datetime.combine(last_day, hours.ends_at, tzinfo=zone).astimezone(UTC)
    return Expected(start=start, end=end, latest=start + hours.grace)


def came(intervals: Sequence[Interval], expected: Expected) -> list[Interval]:
    """The intervals that touch the shift; one with a forgotten end counts at the punch that is there."""
    earliest = expected.start - EARLY
    return [one for one in intervals if _first(one) <= expected.end and _last(one, expected) >= earliest]


def lateness(intervals: Sequence[Interval], expected: Expected | None) -> timedelta:
    """How long after the shift's start the person came; nothing within the grace, nothing when it is not known."""
    here = came(intervals, expected) if expected else []
    if not here or expected is None or here[0].start is None or here[0].start.at <= expected.latest:
        return timedelta()
    return elapsed(expected.start, here[0].start.at)


def summarise(intervals: Sequence[Interval], *, day: date, expected: Expected | None, now: datetime) -> DaySummary:
    """The day's intervals with the state and the lateness that follow from the shift."""
    own = tuple(interval for interval in intervals if interval.day == day)
    if any(interval.running for interval in own):
        state = State.IN
    elif own or (expected and came(intervals, expected)):
        state = State.PRESENT
    else:
        state = waiting(expected, now)
    return DaySummary(day, own, total(own), state, lateness(intervals, expected), expected)


def waiting(expected: Expected | None, now: datetime) -> State:
    """What somebody who has not come is: off, expected, or absent once the grace is over."""
    if expected is None:
        return State.OFF
    return State.ABSENT if now > expected.latest else State.EXPECTED


def _first(interval: Interval) -> datetime:
    punch = interval.start or interval.end
    assert punch is not None
    return punch.at


def _last(interval: Interval, expected: Expected) -> datetime:
    if interval.running:
        return max(_first(interval), expected.end)
    punch = interval.end or interval.start
    assert punch is not None
    return punch.at
