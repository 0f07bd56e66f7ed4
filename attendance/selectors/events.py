"""Queries of clock events, as other programs read them."""

from __future__ import annotations

from django.db.models import F, QuerySet

from attendance.models import ClockEvent
from employees.access import visible_employees
from employees.models import Employee, User


def events_for(*, user: User | None) -> QuerySet[ClockEvent]:
    """All events in the order of their arrival for a program (None), else those of the people ``user`` sees.

    One statement, whatever the page: person and kiosk come along, and ``replacement_id`` is the correction's id.
    """
    events = ClockEvent.objects.select_related("employee", "kiosk").annotate(replacement_id=F("replaced_by__id"))
    if user is not None:
        events = events.filter(employee__in=visible_employees(user).order_by().values("pk"))
    return events.order_by("received_at", "id")


def employee_numbered(number: str) -> Employee | None:
    """The employee with exactly this number."""
    return Employee.objects.filter(number=number).first()
