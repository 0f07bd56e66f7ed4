"""Queries of clock events, as other programs read them."""

from __future__ import annotations

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
