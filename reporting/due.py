"""When a scheduled report is due, and which days it is about. The hour is that of the wall clock of its zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from attendance.rules.schedule import instant

DAY = timedelta(days=1)


class Every(StrEnum):
    """How often."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def next_due(
    after: datetime, *, every: Every, hour: int, zone: ZoneInfo, weekday: int = 0, monthday: int = 1
) -> datetime:
    """The first due time later than ``after``, in UTC. ``weekday`` 0 is Monday; ``monthday`` is 1 to 28."""
    day = after.astimezone(zone).date() - DAY
    while True:
        day += DAY
        if every is Every.WEEK and day.weekday() != weekday:
            continue
        if every is Every.MONTH and day.day != monthday:
            continue
        found = instant(day, time(hour), zone)
        if found > after.astimezone(UTC):
            return found


def covered(due: datetime, *, every: Every, zone: ZoneInfo) -> tuple[date, date]:
    """The first and the last day that a report due then is about: all of them are over."""
    today = due.astimezone(zone).date()
    if every is Every.MONTH:
        last = today.replace(day=1) - DAY
        return last.replace(day=1), last
    return today - (7 if every is Every.WEEK else 1) * DAY, today - DAY
