"""Tells other programs of what the apps below store, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from attendance.models import Absence, ClockEvent, Period, RequestState
from attendance.signals import absence_changed, clock_event_stored, period_locked
from employees.models import Import, User
from employees.signals import import_ended
from leave.models import LedgerEntry
from leave.signals import entry_stored
from planning.models import ShiftRequest, Swap
from planning.signals import plan_published, shift_request_changed, swap_changed
from webhooks.documents import (
    absence_message,
    entry_message,
    given_message,
    import_message,
    plan_messages,
    swap_messages,
)
from webhooks.models import Webhook
from webhooks.services import period_announce, punch_announce, webhooks_emit

Event = Webhook.Event
_LEAVE = {
    RequestState.REQUESTED.value: Event.LEAVE_REQUESTED,
    RequestState.APPROVED.value: Event.LEAVE_APPROVED,
    RequestState.REFUSED.value: Event.LEAVE_REFUSED,
    RequestState.WITHDRAWN.value: Event.LEAVE_WITHDRAWN,
}


def punch_stored(sender: object, event: ClockEvent, **_kwargs: Any) -> None:
    """A punch or a correction."""
    punch_announce(event=event)


def period_closed(sender: object, period: Period, by: User, **_kwargs: Any) -> None:
    """A period that was closed for changes."""
    period_announce(period=period, by=by)


def absence_moved_on(sender: object, absence: Absence, **_kwargs: Any) -> None:
    """Time off that was requested, approved or entered, refused, withdrawn."""
    webhooks_emit(event=_LEAVE[absence.state], tell=lambda: [absence_message(absence)])


def balance_entered(sender: object, entry: LedgerEntry, **_kwargs: Any) -> None:
    """An opening balance, an adjustment, leave paid out, overtime moved into leave."""
    webhooks_emit(event=Event.LEAVE_BALANCE, tell=lambda: [entry_message(entry)])


def days_published(sender: object, days: Mapping[int, Iterable[date]], **_kwargs: Any) -> None:
    """Days that people now see."""
    webhooks_emit(event=Event.PLAN_PUBLISHED, tell=lambda: plan_messages(days))


def shift_given(sender: object, request: ShiftRequest, **_kwargs: Any) -> None:
    """An open shift was asked for or decided; that it was given is told."""
    if request.state == RequestState.APPROVED:
        webhooks_emit(event=Event.SHIFT_GIVEN, tell=lambda: [given_message(request)])


def swap_approved(sender: object, swap: Swap, **_kwargs: Any) -> None:
    """A swap was asked for, answered or decided; that it was approved is told."""
    if swap.state == Swap.State.APPROVED:
        webhooks_emit(event=Event.SHIFT_SWAPPED, tell=lambda: swap_messages(swap))


def file_ended(sender: object, job: Import, **_kwargs: Any) -> None:
    """An import that is over."""
    event = Event.IMPORT_FINISHED if job.state == Import.State.DONE else Event.IMPORT_FAILED
    webhooks_emit(event=event, tell=lambda: [import_message(job)])


def connect() -> None:
    """Listen; called once when the app is ready."""
    clock_event_stored.connect(punch_stored, dispatch_uid="webhooks.punch_stored")
    period_locked.connect(period_closed, dispatch_uid="webhooks.period_closed")
    absence_changed.connect(absence_moved_on, dispatch_uid="webhooks.absence_changed")
    entry_stored.connect(balance_entered, dispatch_uid="webhooks.entry_stored")
    plan_published.connect(days_published, dispatch_uid="webhooks.plan_published")
    shift_request_changed.connect(shift_given, dispatch_uid="webhooks.shift_request_changed")
    swap_changed.connect(swap_approved, dispatch_uid="webhooks.swap_changed")
    import_ended.connect(file_ended, dispatch_uid="webhooks.import_ended")
