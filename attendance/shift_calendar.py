"""A person's shifts and leave as an iCalendar feed (RFC 5545)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from attendance.rules.schedule import lay_out
from attendance.rules.shapes import DayPlan, Half
from attendance.selectors.plans import PlanBook
from attendance.wording import span_text
from employees.models import Employee

BACK = 30
AHEAD = 180
"""Days that a feed reaches back and ahead."""


def shift_calendar(*, employee: Employee, today: date, now: datetime) -> bytes:
    """The feed around today: a timed event for each block of a shift, a whole day for open shifts and for leave.

    An event keeps its UID as long as its day and place do, so that a calendar moves it instead of doubling it.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Presente//Shifts//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _("Shifts of %(name)s") % {"name": employee.name})
    calendar.add("refresh-interval", timedelta(hours=6), parameters={"value": "DURATION"})
    first, last = today - timedelta(days=BACK), today + timedelta(days=AHEAD)
    book = PlanBook([employee], first, last)
    for number in range((last - first).days + 1):
        plan = book.plan(employee, first + timedelta(days=number))
        for event in _events(plan, f"{employee.public_id}", now):
            calendar.add_component(event)
    return bytes(calendar.to_ical())


def _events(plan: DayPlan, person: str, now: datetime) -> list[Event]:
    found: list[Event] = []
    whole = any(one.half is Half.WHOLE for one in plan.absences)
    for index, absence in enumerate(plan.absences):
        halves = {Half.WHOLE: "", Half.FIRST: _(" (first half)"), Half.SECOND: _(" (second half)")}
        event = _event(f"{absence.kind}{halves[absence.half]}", f"{person}-{plan.day}-a{index}", now)
        event.add("dtstart", plan.day)
        event.add("dtend", plan.day + timedelta(days=1))
        found.append(event)
    if whole:
        return found
    for shift_index, shift in enumerate(lay_out(plan)):
        if not shift.required:
            continue
        for block_index, block in enumerate(shift.blocks):
            event = _event(shift.shift.name, f"{person}-{plan.day}-s{shift_index}.{block_index}", now)
            event.add("dtstart", block.start.astimezone(UTC))
            event.add("dtend", block.end.astimezone(UTC))
            found.append(event)
        if not shift.blocks:
            title = f"{shift.shift.name} ({span_text(shift.planned)})"
            event = _event(title, f"{person}-{plan.day}-s{shift_index}", now)
            event.add("dtstart", plan.day)
            event.add("dtend", plan.day + timedelta(days=1))
            found.append(event)
    return found


def _event(title: str, uid: str, now: datetime) -> Event:
    event = Event()
    event.add("summary", title)
    event.add("uid", f"{uid}@presente")
    event.add("dtstamp", now.astimezone(UTC))
    return event
