"""What HR does with a punch that could not be confirmed by itself."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import ClockEvent
from attendance.services.clock import clock
from employees import key_store, vault
from employees.models import Employee, User
from kiosk.errors import KioskError
from kiosk.models import QueuedPunch

PICTURE_DAYS = 30
"""A picture that nobody looked at is erased after so long; the punch goes on waiting without it."""
State = QueuedPunch.State


def picture_read(punch: QueuedPunch) -> bytes | None:
    """The picture that waits with the punch; None when there is none. Raises ``VaultError`` under another key."""
    if punch.picture is None:
        return None
    sealed, context = bytes(punch.picture), f"queued:{punch.pk}"
    if punch.employee is None:
        return vault.unwrap(sealed, context=context, key=key_store.day(punch.received_at))
    return vault.decrypt(punch.employee.biometric_key(), sealed, context=context)


def punch_accept(
    *, punch: QueuedPunch, employee: Employee, direction: str, reason: str, by: User, at: datetime | None = None
) -> ClockEvent:
    """Record the waiting punch for ``employee``, signed by HR, at its own time or at a corrected one.

    Raises ``KioskError`` (``already_settled``, ``reason_missing``) and ``AttendanceRefused``.
    """
    with transaction.atomic():
        row = _waiting(punch, reason)
        result = clock(
            employee=employee,
            direction=direction,
            at=at or row.at,
            zone=row.kiosk.time_zone,
            method=ClockEvent.Method.MANUAL,
            kiosk=row.kiosk,
            idempotency_key=f"queue-{row.pk}",
            author=by,
            reason=reason,
        )
        _settled(row, State.CONFIRMED, employee, result.event, reason, by)
    return result.event


def punch_dismiss(*, punch: QueuedPunch, reason: str, by: User) -> None:
    """Record nothing; the row stays, with who said so and why. Raises ``KioskError`` as ``punch_accept`` does."""
    with transaction.atomic():
        row = _waiting(punch, reason)
        _settled(row, State.DISMISSED, row.employee, None, reason, by)


def pictures_forget() -> int:
    """Erase the pictures that waited for longer than ``PICTURE_DAYS``; how many went."""
    old = QueuedPunch.objects.filter(received_at__lt=timezone.now() - timedelta(days=PICTURE_DAYS))
    return old.exclude(picture=None).update(picture=None)


def _waiting(punch: QueuedPunch, reason: str) -> QueuedPunch:
    if not reason.strip():
        raise KioskError("reason_missing", _("Say why: the reason is recorded under your name."))
    row = QueuedPunch.objects.select_for_update(of=("self",)).select_related("kiosk").get(pk=punch.pk)
    if row.state != State.WAITING:
        raise KioskError("already_settled", _("Somebody has settled this punch meanwhile."))
    return row


def _settled(
    row: QueuedPunch, state: str, employee: Employee | None, event: ClockEvent | None, reason: str, by: User
) -> None:
    row.state, row.employee, row.event, row.picture = state, employee, event, None
    row.settled_at, row.settled_by, row.note = timezone.now(), by, reason.strip()
    row.save(update_fields=["state", "employee", "event", "picture", "settled_at", "settled_by", "note"])


def pictures_of(employee: Employee) -> list[dict[str, str]]:
    """The pictures that wait with offline punches and may show this person: the punch, and the SHA-256 as stored."""
    kept = QueuedPunch.objects.filter(employee=employee, picture__isnull=False).order_by("pk")
    return [
        {"punch": str(pk), "sha256": hashlib.sha256(bytes(picture or b"")).hexdigest()}
        for pk, picture in kept.values_list("pk", "picture")
    ]


def pictures_erase(*, employee: Employee) -> int:
    """Erase those pictures; the punches go on waiting without them. Returns how many."""
    return QueuedPunch.objects.filter(employee=employee, picture__isnull=False).update(picture=None)
