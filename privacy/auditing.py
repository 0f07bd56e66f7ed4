"""What the audit trail records by itself: acts of people on rows, with before and after, logins, and rights.

One place for all apps: each model below is watched, whichever page, command or import changes it. What the program does
by itself (a punch, a worker's task) has rows of its own and is not recorded twice.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.http import HttpRequest

from approvals.models import ApprovalRule, Step
from attendance.models import (
    Absence,
    AbsenceType,
    Adjustment,
    CompanyHoliday,
    CorrectionRequest,
    Kiosk,
    OvertimeDecision,
    Period,
    PeriodApproval,
    Shift,
    ShiftAssignment,
    WorkPolicy,
)
from common import audit
from common.models import Company
from doors.models import Door, DoorSchedule
from employees.models import (
    ApiKey,
    Consent,
    Contract,
    Delegation,
    Department,
    Employee,
    EmploymentPeriod,
    EnrolmentPhoto,
    Posting,
    Site,
    User,
)
from kiosk.models import KioskSettings, QueuedPunch
from leave.models import LeaveRule, LedgerEntry
from phone.models import PhoneRule
from privacy.models import Erasure, LegalHold
from recognition.models import ModelVersion, OperatingPoint, RefreshChoice, SearchChoice, TrainingRun
from reporting.models import PayrollLayout, ReportSchedule
from webhooks.models import Webhook

WATCHED: tuple[type[models.Model], ...] = (
    Absence,
    AbsenceType,
    Adjustment,
    ApiKey,
    ApprovalRule,
    Company,
    CompanyHoliday,
    Consent,
    Contract,
    CorrectionRequest,
    Delegation,
    Department,
    Door,
    DoorSchedule,
    Employee,
    EmploymentPeriod,
    EnrolmentPhoto,
    Erasure,
    Kiosk,
    KioskSettings,
    LeaveRule,
    LedgerEntry,
    LegalHold,
    ModelVersion,
    OperatingPoint,
    OvertimeDecision,
    PayrollLayout,
    Period,
    PeriodApproval,
    PhoneRule,
    Posting,
    QueuedPunch,
    RefreshChoice,
    ReportSchedule,
    SearchChoice,
    Shift,
    ShiftAssignment,
    Site,
    Step,
    TrainingRun,
    User,
    Webhook,
    WorkPolicy,
)
SECRET = {"password", "pin_hash", "badge_hash", "hashed_key", "token_hash", "seal", "fingerprint", "code_hash"}
"""Of these it is recorded that they changed, never what they are."""
PASSING = {
    "last_login",
    "pin_failures",
    "pin_locked_until",
    "changed_at",
    "lease_token",
    "lease_until",
    "attempts",
    "last_seen_at",
    "seal",
    "searched",
    "sort_key",
}
"""Changed by every use; a row in which nothing else changed is not recorded."""
LENGTHY = {"found", "receipt", "quality", "plan", "findings", "history", "report", "manifest", "text"}
"""Read where they lie: the entry says that they changed."""
LONGEST = 300


def connect() -> None:
    """Watch the models; called once, when the apps are ready."""
    for model in WATCHED:
        name = model._meta.label_lower
        pre_save.connect(_remember, sender=model, dispatch_uid=f"audit.before.{name}")
        post_save.connect(_saved, sender=model, dispatch_uid=f"audit.saved.{name}")
        post_delete.connect(_deleted, sender=model, dispatch_uid=f"audit.deleted.{name}")
        for relation in model._meta.local_many_to_many:
            through = relation.remote_field.through
            m2m_changed.connect(_related, sender=through, dispatch_uid=f"audit.related.{name}.{relation.name}")
    user_logged_in.connect(_logged_in, dispatch_uid="audit.logged_in")
    user_logged_out.connect(_logged_out, dispatch_uid="audit.logged_out")
    user_login_failed.connect(_login_failed, dispatch_uid="audit.login_failed")


def subject_of(row: models.Model) -> str:
    """The number of the person whom a row is about; empty where it is about nobody."""
    employee = row if isinstance(row, Employee) else getattr(row, "employee", None)
    return employee.number if isinstance(employee, Employee) else ""


def _remember(sender: type[models.Model], instance: models.Model, raw: bool = False, **_more: Any) -> None:
    if raw or instance._state.adding or not _counts(sender):
        return
    instance._audit_before = sender._default_manager.filter(pk=instance.pk).first()  # type: ignore[attr-defined]


def _saved(sender: type[models.Model], instance: models.Model, created: bool, raw: bool = False, **_more: Any) -> None:
    if raw or not _counts(sender):
        return
    before = instance.__dict__.pop("_audit_before", None)
    changes = {}
    for field in sender._meta.concrete_fields:
        old = None if before is None else getattr(before, field.attname)
        new = getattr(instance, field.attname)
        if field.name in PASSING or (before is not None and old == new) or (created and new in (None, "", b"")):
            continue
        hidden = field.name in SECRET | LENGTHY or isinstance(field, models.BinaryField)
        changes[field.name] = ["…", "…"] if hidden else [_value(before, field), _value(instance, field)]
    if changes:
        _record(f"{_kind(instance)}.{'added' if created else 'changed'}", instance, changes)


def _counts(sender: type[models.Model]) -> bool:
    """An account counts whoever changes it: a password is set by a mailed link, without a login."""
    return audit.by_a_person() or (sender is User and audit.in_request())


def _deleted(sender: type[models.Model], instance: models.Model, **_more: Any) -> None:
    if audit.by_a_person():
        _record(f"{_kind(instance)}.deleted", instance, {})


def _related(instance: models.Model, action: str, model: Any, pk_set: set[Any] | None, **_more: Any) -> None:
    if action in {"post_add", "post_remove", "post_clear"} and audit.by_a_person():
        named = model._default_manager.filter(pk__in=pk_set or ())
        said = {"with": model._meta.model_name, "which": "; ".join(sorted(map(str, named))), "how": action[5:]}
        _record(f"{_kind(instance)}.changed", instance, said)


def _record(act: str, row: models.Model, details: dict[str, Any]) -> None:
    audit.record(act, subject=subject_of(row), object=f"{_kind(row)} {row.pk}", details=details)


def _kind(row: models.Model) -> str:
    return str(row._meta.model_name)


def _value(row: models.Model | None, field: models.Field[Any, Any]) -> Any:
    """A field's value as it is recorded: of a foreign key the name, which an auditor can read years later."""
    value = None if row is None else getattr(row, field.attname)
    if value is not None and isinstance(field, models.ForeignKey):
        try:
            return _said(str(getattr(row, field.name)))
        except ObjectDoesNotExist:
            return _said(value)
    return _said(value)


def _said(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)[:LONGEST]


def _logged_in(sender: Any, request: HttpRequest | None, user: User, **_more: Any) -> None:
    with audit.acting(f"user {user.get_username()}"):
        audit.record("login", object=f"user {user.pk}", subject=_number(user))


def _logged_out(sender: Any, request: HttpRequest | None, user: User | None, **_more: Any) -> None:
    if user is not None:
        with audit.acting(f"user {user.get_username()}"):
            audit.record("logout", object=f"user {user.pk}", subject=_number(user))


def _login_failed(sender: Any, credentials: dict[str, Any], **_more: Any) -> None:
    # What was typed as a name may be a password typed in the wrong field: a known name is recorded, no other.
    name = str(credentials.get("username", ""))
    user = User.objects.filter(username=name).first()
    audit.record("login.failed", object=f"user {user.pk}" if user else "unknown name", subject=_number(user))


def _number(user: User | None) -> str:
    own = getattr(user, "employee", None)
    return own.number if isinstance(own, Employee) else ""
