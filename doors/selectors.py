"""What is known of the doors: how each stands now, what happened at it, and who is inside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from attendance.selectors.current import everybody_now, shown
from doors.models import AccessEvent, Door, DoorPulse
from employees.access import is_hr
from employees.models import Employee, User

LATEST = 12
INSIDE = timedelta(hours=16)
"""An entry this long ago without an exit is a forgotten exit."""


@dataclass(frozen=True, slots=True)
class DoorNow:
    """One door at this moment. ``state``: released (held open), open (a pulse lasts), off, locked."""

    door: Door
    state: str
    trouble: str
    events: list[AccessEvent]


@dataclass(frozen=True, slots=True)
class Inside:
    """Somebody who is in the house, since when, and where they were last seen."""

    employee: Employee
    since: datetime
    where: str


def doors_of(user: User) -> QuerySet[Door]:
    """The doors that this user may open by hand."""
    return Door.objects.all() if is_hr(user) else Door.objects.filter(openers=user)


def doors_now(user: User) -> list[DoorNow]:
    """The user's doors with what happened at them last; three statements however many doors."""
    doors = list(doors_of(user).select_related("kiosk"))
    now = timezone.now()
    recent = AccessEvent.objects.filter(door__in=doors, at__gt=now - timedelta(days=1)).order_by("-at")
    by_door: dict[object, list[AccessEvent]] = {door.pk: [] for door in doors}
    for event in recent.select_related("employee", "by", "pulse")[: LATEST * 20 * max(1, len(doors))]:
        if len(by_door[event.door_id]) < LATEST:
            by_door[event.door_id].append(event)
    return [_door_now(door, by_door[door.pk], now) for door in doors]


def roll_call() -> list[Inside]:
    """Everybody inside now: who is clocked in, and who went through a door and has not come out. By name."""
    people = Employee.objects.active().select_related("department")
    inside = {
        person.employee.pk: Inside(person.employee, person.punch.at, "")
        for person in shown(everybody_now(employees=people).of("in"))
        if person.punch is not None
    }
    passages = (
        AccessEvent.objects.filter(
            outcome=AccessEvent.Outcome.GRANTED,
            employee__isnull=False,
            direction__in=["in", "out"],
            at__gt=timezone.now() - INSIDE,
        )
        .select_related("employee__department", "door")
        .order_by("at")
    )
    for event in passages:
        employee = event.employee
        assert employee is not None
        known = inside.get(employee.pk)
        if event.direction == "in":
            inside[employee.pk] = Inside(employee, known.since if known else event.at, event.door.name)
        elif known is not None and known.where:
            del inside[employee.pk]
    return sorted(inside.values(), key=lambda one: bytes(one.employee.sort_key))


def _door_now(door: Door, events: list[AccessEvent], now: datetime) -> DoorNow:
    pulses = [event.pulse for event in events if hasattr(event, "pulse")]
    last = pulses[0] if pulses else None
    sent_at = last.settled_at if last is not None and last.state == DoorPulse.State.SENT else None
    if door.released_at:
        state = "released"
    elif not door.enabled:
        state = "off"
    elif sent_at is not None and now - sent_at < timedelta(seconds=door.pulse_seconds):
        state = "open"
    else:
        state = "locked"
    trouble = last.error if last is not None and last.state == DoorPulse.State.FAILED else ""
    return DoorNow(door, state, trouble, events)
