"""When a scheduled report is due, and which days it is about. The hour is that of the wall clock of its zone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule

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
    today = datetime.combine(after.astimezone(zone).date(), time())
    match every:
        case Every.DAY:
            days = rrule(DAILY, dtstart=today)
        case Every.WEEK:
            days = rrule(WEEKLY, dtstart=today, byweekday=weekday)
        case Every.MONTH:
            days = rrule(MONTHLY, dtstart=today, bymonthday=monthday)
    # The rule gives days without a zone: the wall clock's hour is looked up on each day by itself.
    due = (instant(day.date(), time(hour), zone) for day in days)
    return next(found for found in due if found > after)


def covered(due: datetime, *, every: Every, zone: ZoneInfo) -> tuple[date, date]:
    """The first and the last day that a report due then is about: all of them are over."""
    today = due.astimezone(zone).date()
    if every is Every.MONTH:
        last = today.replace(day=1) - DAY
        return last.replace(day=1), last
    return today - (7 if every is Every.WEEK else 1) * DAY, today - DAY
