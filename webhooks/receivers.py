"""Tells other programs of what attendance stores, in the same transaction."""

from __future__ import annotations

from typing import Any

from attendance.models import ClockEvent, Period
from attendance.signals import clock_event_stored, period_locked
from employees.models import User
from webhooks.services import period_announce, punch_announce


def punch_stored(sender: object, event: ClockEvent, **_kwargs: Any) -> None:
    """A punch or a correction."""
    punch_announce(event=event)


def period_closed(sender: object, period: Period, by: User, **_kwargs: Any) -> None:
    """A period that was closed for changes."""
    period_announce(period=period, by=by)


def connect() -> None:
    """Listen; called once when the app is ready."""
    clock_event_stored.connect(punch_stored, dispatch_uid="webhooks.punch_stored")
    period_locked.connect(period_closed, dispatch_uid="webhooks.period_closed")
