"""Reads of attendance: who is in, a day, a person's month. Each takes the employees the viewer may see."""

from attendance.selectors.days import DayReport, DayRow, DayTotals, day_people, day_report, day_rows, day_totals
from attendance.selectors.people import narrow, viewer_today
from attendance.selectors.presence import PersonNow, Presence, presence_now

__all__ = [
    "DayReport",
    "DayRow",
    "DayTotals",
    "PersonNow",
    "Presence",
    "day_people",
    "day_report",
    "day_rows",
    "day_totals",
    "narrow",
    "presence_now",
    "viewer_today",
]
