"""Undoing a punch: a new row that replaces it by nothing. What was undone stays as evidence."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import ClockEvent, Kiosk
from attendance.refusals import AttendanceRefused
from attendance.selectors.changed import Worked, days_changed
from attendance.services.changes import approvals_take_back, days_check_open
from attendance.services.clock import ClockResult
from attendance.signals import clock_event_stored
from employees.models import Employee, User
from recognition.services import refresh_forget

AT_ONCE = timedelta(seconds=60)
"""How long a kiosk may undo what it recorded; later it is a correction with an author."""


def clock_undo(
    *, event: ClockEvent, reason: str, kiosk: Kiosk | None = None, author: User | None = None
) -> ClockResult:
    """Replace a punch by nothing. Undoing it again gives the first answer.

    A kiosk may undo its own punches for a minute; anything else needs an author. The person's row is locked, as in
    ``clock``. Raises ``AttendanceRefused``: ``unsigned``, ``undo_late``, ``undo_foreign``, ``already_replaced``,
    ``not_a_punch``, ``period_locked``.
    """
    reason = reason.strip()[:300]
    if not reason or (author is None and kiosk is None):
        raise AttendanceRefused("unsigned", _("Undoing a punch needs a reason, and an author or a kiosk."))
    if event.method == ClockEvent.Method.VOID:
        raise AttendanceRefused("not_a_punch", _("This entry only undoes another one."))
    with transaction.atomic():
        Employee.objects.select_for_update(no_key=True).only("pk").get(pk=event.employee_id)
        replacement = ClockEvent.objects.filter(replaces=event).first()
        if replacement is not None:
            if replacement.method != ClockEvent.Method.VOID:
                raise AttendanceRefused("already_replaced", _("This punch was corrected meanwhile."))
            return ClockResult(replacement, replayed=True)
        days: Worked = {}
        if author is None:
            _check_kiosk(event, kiosk)
        else:
            days = _check_days(event)
        undone = ClockEvent(
            employee_id=event.employee_id,
            direction=event.direction,
            at=event.at,
            zone=event.zone,
            kiosk=kiosk,
            method=ClockEvent.Method.VOID,
            idempotency_key=f"undo-{event.pk}",
            replaces=event,
            author=author,
            reason=reason,
        )
        undone.save()
        approvals_take_back(employee=event.employee, days=days)
        if event.decision_id is not None:
            # Whoever this was: their picture must not stay, nor what it taught.
            refresh_forget(decision_ids=[event.decision_id])
        clock_event_stored.send(ClockEvent, event=undone)
    return ClockResult(undone, created=True)


def _check_days(event: ClockEvent) -> Worked:
    """The days that the undoing changes; a locked period refuses it."""
    days = days_changed(employee=event.employee, without=[str(event.pk)])
    days_check_open(days=days)
    return days


def _check_kiosk(event: ClockEvent, kiosk: Kiosk | None) -> None:
    if kiosk is None or event.kiosk_id != kiosk.pk:
        raise AttendanceRefused("undo_foreign", _("This was recorded elsewhere. Tell HR."))
    if timezone.now() - event.received_at > AT_ONCE:
        raise AttendanceRefused("undo_late", _("That was too long ago to undo here. Tell HR."))
