"""A punch as the rules see it, and which direction the next one most likely has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

IN = "in"
OUT = "out"
LONGEST = timedelta(hours=16)
"""A check-in this long ago was forgotten: whatever comes next does not belong to it."""


@dataclass(frozen=True, slots=True)
class Punch:
    """A clock event as the rules see it; ``direction`` is ``in``, ``out``, or ``any`` where the device knows none."""

    at: datetime
    zone: str
    direction: str
    key: str = ""

    @property
    def local(self) -> datetime:
        """The instant on the wall clock of the place where it happened."""
        return self.at.astimezone(ZoneInfo(self.zone))


def elapsed(start: datetime, end: datetime) -> timedelta:
    """The real time between two instants. Within one zone Python subtracts the wall clocks, so go through UTC."""
    return end.astimezone(UTC) - start.astimezone(UTC)


def next_direction(last: Punch | None, at: datetime) -> str:
    """What a punch at ``at`` most likely is: out after a check-in of the same spell, in otherwise."""
    if last is not None and last.direction == IN and elapsed(last.at, at) <= LONGEST:
        return OUT
    return IN
