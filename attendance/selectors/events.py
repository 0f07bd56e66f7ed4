"""Queries of clock events: as other programs read them, and which instant among them a time by hand means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, QuerySet

from attendance.models import ClockEvent
from employees.models import Employee


def events_for(*, people: QuerySet[Employee]) -> QuerySet[ClockEvent]:
    """The events of these people in the order of their arrival.

    One statement, whatever the page: person and kiosk come along, and ``replacement_id`` is the correction's id.
    """
    events = ClockEvent.objects.select_related("employee", "kiosk").annotate(replacement_id=F("replaced_by__id"))
    if people.query.where or people.query.distinct:
        events = events.filter(employee__in=people.order_by().values("pk"))
    return events.order_by("received_at", "id")


def fitting(moments: Sequence[datetime], *, employee: Employee, direction: str) -> datetime:
    """Of the instants that a time by hand can mean, in order, the first that leaves the fewest punches alone.

    They are two in the hour that comes twice. A check-in fits behind a check-out and before another one, a check-out
    behind a check-in.
    """
    return min(moments, key=lambda at: _misfits(employee, direction, at)) if len(moments) > 1 else moments[0]


def _misfits(employee: Employee, direction: str, at: datetime) -> int:
    standing = ClockEvent.objects.standing().filter(employee=employee).order_by("at")
    before, after = standing.filter(at__lte=at).last(), standing.filter(at__gt=at).first()
    return sum(one is not None and one.direction == direction for one in (before, after))
