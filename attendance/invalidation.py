"""Which days have to be counted again: a row for each cause, written in the transaction of the cause.

A reader counts a marked day on the spot, so nobody sees a stale figure; a worker counts it and takes the mark away.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from django.apps import apps
from django.utils import timezone

REACH = timedelta(days=4)
"""A punch can change the day it is on, and those near it: two days and a night before, and the rest after."""


def invalidate(employees: Iterable[int], first: date, last: date | None = None) -> None:
    """Mark the days from ``first`` to ``last`` (None: further notice) of these people; days to come need no mark."""
    until = timezone.now().date() + timedelta(days=1)
    until = until if last is None else min(last, until)
    if first > until:
        return
    model = apps.get_model("attendance", "DirtySpan")
    model.objects.bulk_create(
        [model(employee_id=employee, first=first, last=until) for employee in sorted(set(employees))], batch_size=5000
    )


def invalidate_events(events: Iterable[tuple[int, datetime]]) -> None:
    """Mark what punches of these people at these instants can change."""
    days: dict[tuple[int, date], None] = {(person, at.astimezone(UTC).date()): None for person, at in events}
    model = apps.get_model("attendance", "DirtySpan")
    model.objects.bulk_create(
        [model(employee_id=person, first=day - REACH, last=day + REACH) for person, day in days], batch_size=5000
    )
