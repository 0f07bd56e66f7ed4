"""From punches to worked time.

A punch says its own direction, so a forgotten check-out leaves one interval open and never turns the punches after
it round. Time is counted between instants: the night the clocks change is as long as it really was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

IN = "in"
OUT = "out"
LONGEST = timedelta(hours=16)
"""A check-in this long ago was forgotten: whatever comes next does not belong to it."""


@dataclass(frozen=True, slots=True)
class Punch:
    """A clock event as the rules see it."""

    at: datetime
    zone: str
    direction: str
    key: str = ""

    @property
    def local(self) -> datetime:
        """The instant on the wall clock of the place where it happened."""
        return self.at.astimezone(ZoneInfo(self.zone))


@dataclass(frozen=True, slots=True)
class Interval:
    """From a check-in to its check-out; where one of the two was forgotten it is None."""

    start: Punch | None
    end: Punch | None
    running: bool = False

    @property
    def missing(self) -> str:
        """``in`` or ``out``, the punch that was forgotten; empty when both are there or the person is still in."""
        if self.start is None:
            return IN
        return OUT if self.end is None and not self.running else ""

    @property
    def day(self) -> date:
        """The day it counts for: where it began, on the wall clock of that place."""
        punch = self.start or self.end
        assert punch is not None
        return punch.local.date()

    @property
    def worked(self) -> timedelta:
        """The time that really passed; nothing while one end is not known."""
        if self.start is None or self.end is None:
            return timedelta()
        return elapsed(self.start.at, self.end.at)


def elapsed(start: datetime, end: datetime) -> timedelta:
    """The real time between two instants. Within one zone Python subtracts the wall clocks, so go through UTC."""
    return end.astimezone(UTC) - start.astimezone(UTC)


def pair(punches: Iterable[Punch], *, now: datetime | None = None) -> list[Interval]:
    """Join check-ins with their check-outs, in order of time; every punch is in exactly one interval.

    With ``now``, a last check-in that is not older than ``LONGEST`` is still running instead of missing its end.
    """
    intervals: list[Interval] = []
    opened: Punch | None = None
    for punch in sorted(punches, key=lambda one: one.at.astimezone(UTC)):
        if punch.direction == IN:
            if opened is not None:
                intervals.append(Interval(opened, None))
            opened = punch
            continue
        if opened is not None and elapsed(opened.at, punch.at) <= LONGEST:
            intervals.append(Interval(opened, punch))
        else:
            if opened is not None:
                intervals.append(Interval(opened, None))
            intervals.append(Interval(None, punch))
        opened = None
    if opened is not None:
        running = now is not None and elapsed(opened.at, now) <= LONGEST
        intervals.append(Interval(opened, None, running=running))
    return intervals


def total(intervals: Iterable[Interval]) -> timedelta:
    """The worked time of all of them together."""
    return sum((interval.worked for interval in intervals), timedelta())


def next_direction(last: Punch | None, at: datetime) -> str:
    """What a punch at ``at`` most likely is: out after a check-in of the same spell, in otherwise."""
    if last is not None and last.direction == IN and elapsed(last.at, at) <= LONGEST:
        return OUT
    return IN
