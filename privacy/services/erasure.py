"""Erase a person's face everywhere, and write a receipt of it.

An erasure is a row before anything is removed: one that was interrupted is run again by the sweep, and its receipt
names what both found. The key is destroyed last. Punches, decisions without their pictures, and the person's number
stay.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import ClockEvent
from common.jobs import enqueue
from common.refusals import Refusal
from employees import gallery_revision, key_store
from employees.models import Employee, EnrolmentPhoto, User
from employees.services import consent_withdraw, has_consent
from kiosk.queue.review import pictures_erase, pictures_of
from privacy.models import Erasure, LegalHold
from privacy.receipts import receipt_seal
from recognition.services import faces_erase, faces_inventory

log = logging.getLogger(__name__)

LIMITS = (
    "Backups made before this moment hold encrypted pictures and templates. They cannot be read any more once the "
    "backups of the key folder that are older than this receipt are deleted.",
    "Files that somebody exported, printed or copied out of the program are not reached.",
)


class ErasureRefused(Refusal):
    """An erasure that must not be done now."""

    status = 409


def erasure_request(*, employee: Employee, cause: str, reason: str = "", by: User | None = None) -> Erasure:
    """Ask for an erasure; one that is asked for already is given back. A worker does it soon.

    Raises ``ErasureRefused`` (``legal_hold``).
    """
    with transaction.atomic():
        erasure, created = _ask(employee=employee, cause=cause, reason=reason, by=by)
        if created:
            enqueue("privacy.erase", erasure.pk)
    return erasure


def _ask(*, employee: Employee, cause: str, reason: str, by: User | None) -> tuple[Erasure, bool]:
    """The row of the erasure, and whether it is a new one."""
    with transaction.atomic():
        Employee.objects.select_for_update().get(pk=employee.pk)
        _check_hold(employee)
        return Erasure.objects.get_or_create(
            employee=employee,
            finished_at=None,
            defaults={
                "number": employee.number,
                "public_id": employee.public_id,
                "cause": cause,
                "reason": reason.strip()[:300],
                "requested_by": by,
            },
        )


def biometrics_erase(*, employee: Employee, cause: str, reason: str = "", by: User | None = None) -> Erasure:
    """Erase now: consent, photos, aligned faces, templates, pictures, weights that learnt from them, and the key.

    Raises ``ErasureRefused``, and ``VersionError`` where weights that learnt from the person serve and none can take
    their place.
    """
    # No worker is asked: it is done here and now, and if this process dies, by the sweep.
    erasure, _created = _ask(employee=employee, cause=cause, reason=reason, by=by)
    if has_consent(employee):
        consent_withdraw(employee=employee, by=by)
    return erasure_run(erasure_id=erasure.pk)


def erasure_run(*, erasure_id: Any) -> Erasure:
    """Do what was asked for. Safe to run twice and side by side; one that is done is given back as it is."""
    erasure = Erasure.objects.select_related("employee", "requested_by").get(pk=erasure_id)
    employee = erasure.employee
    if erasure.finished_at is not None or employee is None:
        return erasure
    _check_hold(employee)
    began = timezone.now()
    found = _merged(
        erasure.found, {**faces_inventory(employee), "queued_pictures": pictures_of(employee), "keys": _key(employee)}
    )
    Erasure.objects.filter(pk=erasure.pk).update(found=found)
    before = gallery_revision.current()
    try:
        serving = faces_erase(employee=employee, by=erasure.requested_by)
    finally:
        # Also where weights have to stay until another version can serve: the erasure then stays open.
        pictures_erase(employee=employee)
        key_store.destroy(key_store.person(employee.public_id))
    with transaction.atomic():
        locked = Erasure.objects.select_for_update().get(pk=erasure.pk)
        if locked.finished_at is None:
            locked.found, locked.finished_at = found, timezone.now()
            content = {
                "format": "presente-erasure-1",
                "id": str(locked.pk),
                "person": {"number": locked.number, "public_id": str(locked.public_id)},
                "cause": locked.cause,
                "reason": locked.reason,
                "requested_by": locked.requested_by.get_username() if locked.requested_by else "",
                "requested_at": locked.requested_at.isoformat(),
                "began_at": began.isoformat(),
                "finished_at": locked.finished_at.isoformat(),
                "erased": found,
                "serving_instead": serving,
                "gallery_revision": {"before": before, "after": gallery_revision.current()},
                "kept": {"clock_events": ClockEvent.objects.filter(employee=employee).count()},
                "limits": list(LIMITS),
            }
            locked.receipt = receipt_seal(content)
            locked.save(update_fields=["found", "finished_at", "receipt"])
    return locked


def erasures_due() -> list[Employee]:
    """Who left so long ago that the face goes now: photos or a key are there, and no hold stands."""
    latest = timezone.localdate() - timedelta(days=settings.ERASE_AFTER_DAYS)
    left = Employee.objects.left(latest).exclude(legal_holds__in=LegalHold.objects.filter(lifted_at=None))
    pictured = set(EnrolmentPhoto.objects.filter(employee__in=left).values_list("employee_id", flat=True))
    return [
        one
        for one in left.order_by("pk")
        if one.pk in pictured or key_store.path_of(key_store.person(one.public_id)).exists()
    ]


def erasure_sweep() -> int:
    """Do what was asked for and not done, and erase who left long enough ago; how many that was."""
    for employee in erasures_due():
        erasure_request(employee=employee, cause=Erasure.Cause.LEFT)
    done = 0
    for pk in list(Erasure.objects.filter(finished_at=None).values_list("pk", flat=True)):
        try:
            erasure_run(erasure_id=pk)
            done += 1
        except Refusal as refused:
            log.warning("erasure %s waits: %s", pk, refused.message)
    return done


def _check_hold(employee: Employee) -> None:
    hold = LegalHold.objects.filter(employee=employee, lifted_at=None).first()
    if hold is not None:
        raise ErasureRefused(
            "legal_hold",
            _("A legal hold stands for %(name)s: %(reason)s. Lift it first.")
            % {"name": employee.name, "reason": hold.reason},
        )


def _key(employee: Employee) -> list[dict[str, str]]:
    """What tells the person's key from any other without telling it: the SHA-256 of its file."""
    path = key_store.path_of(key_store.person(employee.public_id))
    if not path.exists():
        return []
    return [{"name": key_store.person(employee.public_id), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}]


def _merged(earlier: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """What an interrupted attempt found, and what this one did."""
    return {
        kind: [*earlier.get(kind, []), *(one for one in rows if one not in earlier.get(kind, []))]
        for kind, rows in now.items()
    }
