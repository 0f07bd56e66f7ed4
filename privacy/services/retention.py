"""Delete what has been kept long enough, class by class; what a legal hold names stays.

The days of each class stand in ``settings.RETENTION_DAYS``. Rows of evidence are noted in the chain as removed by the
program, and each run leaves an entry in the audit trail.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.storage import storages
from django.db import connection, models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common import append_only, audit
from common.chain import chain_removed
from common.models import AuditEntry
from common.sealed import Sealed
from doors.models import AccessEvent, DoorPulse
from employees import key_store
from employees.models import Employee
from kiosk.queue.review import PICTURE_DAYS
from notifications.models import Notification
from phone.models import PhoneEvidence
from privacy.models import LegalHold
from recognition.models import Decision
from reporting.models import ExportJob

AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one class came to: ``days`` it is kept, and how many went, or would go in a dry run."""

    code: str
    what: str
    days: int
    count: int


@dataclass(frozen=True, slots=True)
class _Class:
    """One class of the schedule: which rows are too old, and how some of them are deleted."""

    code: str
    what: Any
    old: Callable[[datetime], models.QuerySet[Any]]
    delete: Callable[[Sequence[Any]], None]


def retention_run(*, dry_run: bool = False) -> list[Outcome]:
    """Delete what is too old; ``dry_run`` counts it and deletes nothing."""
    outcomes = []
    for one in CLASSES:
        days = settings.RETENTION_DAYS.get(one.code, 0)
        if one.code != "sessions" and not days:
            outcomes.append(Outcome(one.code, str(one.what), 0, 0))
            continue
        before = timezone.now() - timedelta(days=days)
        count = one.old(before).count() if dry_run else _delete(one, before)
        outcomes.append(Outcome(one.code, str(one.what), days, count))
    if not dry_run:
        _forget_days()
        # Also where nothing went: that the schedule is kept shows only from its runs.
        gone: dict[str, int] = {}
        for outcome in outcomes:
            if outcome.count and outcome.code != "sessions":
                gone[outcome.code] = gone.get(outcome.code, 0) + outcome.count
        audit.record("retention", object="schedule", details=gone)
    return outcomes


def retention_schedule() -> list[Outcome]:
    """Each class and how long it is kept; nothing is counted."""
    return [Outcome(one.code, str(one.what), settings.RETENTION_DAYS.get(one.code, 0), 0) for one in CLASSES]


def class_names() -> dict[str, str]:
    """Each class by its code, in words."""
    return {one.code: str(one.what) for one in reversed(CLASSES)}


def _delete(one: _Class, before: datetime) -> int:
    """In parts, so that nobody waits long for a lock."""
    count = 0
    while keys := list(one.old(before).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        one.delete(keys)
        count += len(keys)
    return count


def _held() -> models.QuerySet[Employee]:
    return Employee.objects.filter(pk__in=LegalHold.objects.filter(lifted_at=None).values("employee"))


def _free() -> Q:
    """Rows about nobody on hold."""
    return Q(employee=None) | ~Q(employee__in=_held())


def _old_pictures(before: datetime) -> models.QuerySet[Decision]:
    return Decision.objects.filter(_free(), at__lt=before).exclude(image_path="")


def _delete_pictures(keys: Sequence[Any]) -> None:
    rows = Decision.objects.filter(pk__in=keys)
    for path in rows.values_list("image_path", flat=True):
        storages["faces"].delete(path)
    rows.update(image_path="")


def _old_decisions(before: datetime) -> models.QuerySet[Decision]:
    """Those behind a punch or a passage stay as long as it does: they are its evidence."""
    passed = AccessEvent.objects.exclude(decision=None).values("decision")
    return Decision.objects.filter(_free(), at__lt=before, clock_event=None).exclude(pk__in=passed)


def _delete_decisions(keys: Sequence[Any]) -> None:
    rows = Decision.objects.filter(pk__in=keys)
    pictures = list(rows.exclude(image_path="").values_list("image_path", flat=True))
    with transaction.atomic():
        chain_removed(model=Decision, keys=keys)
        rows.delete()
    for path in pictures:
        storages["faces"].delete(path)


def _old_access_events(before: datetime) -> models.QuerySet[AccessEvent]:
    return AccessEvent.objects.filter(_free(), at__lt=before)


def _delete_access_events(keys: Sequence[Any]) -> None:
    with append_only.lifted(connection, AccessEvent):
        DoorPulse.objects.filter(event__in=keys).delete()
        _raw_delete(AccessEvent, keys)


def _old_places(before: datetime) -> models.QuerySet[PhoneEvidence]:
    rows: models.QuerySet[PhoneEvidence] = PhoneEvidence.objects.filter(received_at__lt=before)
    return rows.exclude(event__employee__in=_held())


def _delete_places(keys: Sequence[Any]) -> None:
    with append_only.lifted(connection, PhoneEvidence):
        _raw_delete(PhoneEvidence, keys)


def _old_audit(before: datetime) -> models.QuerySet[AuditEntry]:
    held = list(_held().values_list("number", flat=True))
    return AuditEntry.objects.filter(at__lt=before).exclude(subject__in=held)


def _delete_audit(keys: Sequence[Any]) -> None:
    with append_only.lifted(connection, AuditEntry):
        _raw_delete(AuditEntry, keys)


def _raw_delete(model: type[models.Model], keys: Sequence[Any]) -> None:
    """Past the code's own refusal; in the chain where the model is sealed."""
    if issubclass(model, Sealed):
        chain_removed(model=model, keys=keys)
    models.QuerySet(model).filter(pk__in=keys)._raw_delete(connection.alias)


def _old_exports(before: datetime) -> models.QuerySet[ExportJob]:
    return ExportJob.objects.filter(created_at__lt=before)


def _delete_exports(keys: Sequence[Any]) -> None:
    for job in ExportJob.objects.filter(pk__in=keys):
        storages["exports"].delete(job.path)
        job.delete()


def _of(model: Any, field: str) -> tuple[Callable[[datetime], Any], Callable[[Sequence[Any]], None]]:
    """Rows that nothing else hangs on: older than, and away."""

    def old(before: datetime) -> Any:
        return model.objects.filter(**{f"{field}__lt": before})

    def delete(keys: Sequence[Any]) -> None:
        model.objects.filter(pk__in=keys).delete()

    return old, delete


def _forget_days() -> None:
    """The keys of pictures of unknown people: with them gone, no backup's copy can be read."""
    days = settings.RETENTION_DAYS.get("pictures", 0)
    if not days:
        return
    last = key_store.day(timezone.now() - timedelta(days=max(days, PICTURE_DAYS) + 1))
    for name in key_store.names("days"):
        if name < last:
            key_store.destroy(name)


CLASSES: tuple[_Class, ...] = (
    _Class("pictures", _("Pictures kept with recognitions, of strangers too"), _old_pictures, _delete_pictures),
    _Class("decisions", _("Recognitions behind no punch and no passage"), _old_decisions, _delete_decisions),
    _Class("access_events", _("Passages at doors"), _old_access_events, _delete_access_events),
    _Class("places", _("Places of punches by phone"), _old_places, _delete_places),
    _Class("exports", _("Exported files"), _old_exports, _delete_exports),
    _Class("notifications", _("Notifications and their messages"), *_of(Notification, "created_at")),
    _Class("logins", _("Logins"), *_of(AccessLog, "attempt_time")),
    _Class("logins", _("Failed logins, with what was sent"), *_of(AccessAttempt, "attempt_time")),
    _Class("logins", _("Failed logins, each"), *_of(AccessFailureLog, "attempt_time")),
    _Class("sessions", _("Sessions that have ended"), *_of(Session, "expire_date")),
    _Class("audit", _("Audit trail"), _old_audit, _delete_audit),
)
