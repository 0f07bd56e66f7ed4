"""Everything that is kept about a person, as one zip: a page to read, the same as data, and the pictures.

The tables are found by looking at the models: each that names a person, or the person's account, is in it. So a table
that is added later is in it too.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any
from uuid import UUID

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import storages
from django.db import models
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common import audit
from common.api_reads import COUNT, FIRST
from common.models import AuditEntry
from employees import vault
from employees.access import employees_of_key
from employees.models import ApiKey, ConsentText, Employee, EnrolmentPhoto, PinTries, Portrait, User
from employees.portraits import ACT as PORTRAITS
from employees.services import chip_read, photo_read, portrait_read
from employees.vault import VaultError
from kiosk.models import QueuedPunch
from kiosk.queue import picture_read
from recognition.models import Decision
from reporting.models import ExportJob

HIDDEN = {"password", "pin_hash", "badge_hash", "hashed_key", "token_hash", "code_hash", "session_hash", "seal"}
"""Named, with whether there is one; what it is would open a door, and says nothing about the person."""
UNNAMED = {"runner_up", "resembles"}
"""Whose face is like the person's: that is told by the row's number, to nobody by name."""
LOGS: tuple[tuple[type[models.Model], tuple[str, ...]], ...] = (
    (AccessAttempt, ("post_data", "get_data")),
    (AccessFailureLog, ()),
    (AccessLog, ()),
)
"""They name the person by the user name; with what is left out of each."""


@dataclass(frozen=True, slots=True)
class Section:
    """One table's rows about the person; ``by`` the columns that name them there.

    ``columns`` and ``rows`` are for programs, ``labels`` and ``readable`` the same for people.
    """

    table: str
    title: str
    by: tuple[str, ...]
    columns: list[str]
    rows: list[list[Any]]
    labels: list[str]
    readable: list[list[str]]


def naming_tables() -> dict[type[models.Model], tuple[str, ...]]:
    """Each of our tables that names a person or an account, with the columns that do."""
    found: dict[type[models.Model], tuple[str, ...]] = {}
    for model in apps.get_models(include_auto_created=True):
        if model in {Employee, User} or issubclass(model, Permission):
            continue
        names = [
            field.name
            for field in model._meta.get_fields()
            if isinstance(field, models.ForeignKey) and field.remote_field.model in {Employee, User}
        ]
        if names:
            found[model] = tuple(names)
    return found


def hanging_tables() -> dict[type[models.Model], tuple[str, ...]]:
    """Each of our tables whose rows belong to a row about a person, with the way to that person."""
    naming = naming_tables()
    found: dict[type[models.Model], tuple[str, ...]] = {}
    for model in apps.get_models(include_auto_created=True):
        ways = [
            f"{field.name}__{name}"
            for field in model._meta.get_fields()
            if isinstance(field, models.ForeignKey)
            for name in naming.get(field.remote_field.model, ())
            if field.remote_field.model._meta.get_field(name).related_model is Employee
        ]
        if ways and model not in naming and model not in {Employee, User}:
            found[model] = tuple(ways)
    return found


def sections(employee: Employee) -> Iterator[Section]:
    """The person, the account, and each table that names either."""
    user = employee.user
    yield _section(Employee, ("id",), Employee.objects.filter(pk=employee.pk))
    yield _section(User, ("id",), User.objects.filter(employee=employee))
    for model, names in sorted(naming_tables().items(), key=lambda pair: pair[0]._meta.label_lower):
        wanted = Q()
        for name in names:
            owner = model._meta.get_field(name).remote_field.model  # type: ignore[union-attr]
            if owner is Employee:
                wanted |= Q(**{name: employee})
            elif user is not None:
                wanted |= Q(**{name: user})
        if model is LogEntry:
            # What was done to the person's row in the admin, under whoever did it; it names them by their name.
            wanted |= Q(content_type=ContentType.objects.get_for_model(Employee), object_id=str(employee.pk))
            if user is not None:
                wanted |= Q(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk))
        if model is ExportJob:
            # The file that somebody made of many people's hours lists them by their rows' keys.
            wanted |= Q(pk__in=[job.pk for job in ExportJob.objects.only("shown") if employee.pk in job.shown])
        rows = model._default_manager.filter(wanted) if wanted else model._default_manager.none()
        yield _section(model, names, rows)
    for model, ways in sorted(hanging_tables().items(), key=lambda pair: pair[0]._meta.label_lower):
        about = Q()
        for way in ways:
            about |= Q(**{way: employee})
        yield _section(model, ways, model._default_manager.filter(about))
    yield _section(ConsentText, ("consents",), ConsentText.objects.filter(consents__employee=employee))
    for model, hidden in LOGS:
        found = model._default_manager.filter(username=user.get_username()) if user else model._default_manager.none()
        yield _section(model, ("username",), found, hidden)
    yield _section(PinTries, ("number",), PinTries.objects.filter(number=employee.number))
    about = Q(subject=employee.number) | _read_by_programs(employee)
    if user is not None:
        about |= Q(actor=f"user {user.get_username()}")
    yield _section(AuditEntry, ("subject", "actor"), AuditEntry.objects.filter(about))


def looked_at(employee: Employee) -> models.QuerySet[AuditEntry]:
    """Who looked at the person's pictures and data: people by name, and programs that read about whole groups."""
    handed = Q(subject=employee.number, act__in=["face.read", PORTRAITS, "export", "access_request"])
    # On a page of many the entry names them all; to the person it is told when and who, not beside whom.
    among = Q(act=PORTRAITS, details__people__icontains=f" {employee.number} ")
    return AuditEntry.objects.filter(handed | among | _read_by_programs(employee))


def _read_by_programs(employee: Employee) -> Q:
    """The reads over the API by each key that may read about the person: its answers are of many at once."""
    keys = [key for key in ApiKey.objects.all() if employees_of_key(key).filter(pk=employee.pk).exists()]
    return Q(act__in=[FIRST, COUNT], actor__in=[f"key {key.name}" for key in keys])


def access_request(*, employee: Employee, target: IO[bytes]) -> dict[str, int]:
    """Write the zip; how many rows and pictures are in it. That it was made is recorded."""
    now = timezone.now()
    parts = list(sections(employee))
    pictures = 0
    names: list[str] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in _pictures(employee):
            packed.writestr(name, content)
            names.append(name)
            pictures += 1
        data = {
            "format": "presente-access-1",
            "made_at": now.isoformat(),
            "person": {"number": employee.number, "name": employee.name},
            "retention_days": settings.RETENTION_DAYS,
            "pictures": names,
            "tables": {one.table: [dict(zip(one.columns, row, strict=True)) for row in one.rows] for one in parts},
        }
        packed.writestr("data.json", json.dumps(data, indent=1, ensure_ascii=False))
        context = {
            "employee": employee,
            "made_at": now,
            "sections": [one for one in parts if one.rows],
            "empty": [one for one in parts if not one.rows],
            "pictures": names,
            "looked": looked_at(employee),
        }
        packed.writestr("index.html", render_to_string("privacy/access_request.html", context))
    audit.record("access_request", subject=employee.number, details={"pictures": pictures})
    return {"rows": sum(len(one.rows) for one in parts), "pictures": pictures}


def access_request_bytes(employee: Employee) -> bytes:
    """The zip in memory, for a download."""
    packed = io.BytesIO()
    access_request(employee=employee, target=packed)
    return packed.getvalue()


def _section(
    model: type[models.Model], by: tuple[str, ...], rows: models.QuerySet[Any], hidden: tuple[str, ...] = ()
) -> Section:
    fields = [field for field in model._meta.concrete_fields if field.name not in hidden]
    named = [field.name for field in fields if isinstance(field, models.ForeignKey) and field.name not in UNNAMED]
    found = list(rows.distinct().select_related(*named))
    return Section(
        table=model._meta.label_lower,
        title=_capital(model._meta.verbose_name_plural),
        by=by,
        columns=[field.name for field in fields],
        rows=[[_said(field, getattr(row, field.attname)) for field in fields] for row in found],
        labels=[_capital(field.verbose_name) for field in fields],
        readable=[[_readable(field, row) for field in fields] for row in found],
    )


def _capital(text: Any) -> str:
    said = str(text)
    return said[:1].upper() + said[1:]


def _readable(field: models.Field[Any, Any], row: models.Model) -> str:
    """A value as a person reads it: choices and related rows by their names, instants on the installation's clock."""
    value = getattr(row, field.attname)
    if value is None or value == "" or value in ([], {}):
        return ""
    if field.name in UNNAMED:
        return _("another person")
    if isinstance(field, models.ForeignKey):
        return str(getattr(row, field.name))
    if field.choices:
        return str(getattr(row, f"get_{field.name}_display")())
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    if isinstance(value, date):
        return date_format(value, "SHORT_DATE_FORMAT")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(_said(field, value))


def _said(field: models.Field[Any, Any], value: Any) -> Any:
    if field.name in HIDDEN:
        return "set" if value else ""
    if isinstance(value, bytes | memoryview):
        return f"{len(bytes(value))} encrypted bytes"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    return value if value is None or isinstance(value, str | int | float | bool | list | dict) else str(value)


def _pictures(employee: Employee) -> Iterator[tuple[str, bytes]]:
    """Every picture of the person that can still be opened."""
    for photo in EnrolmentPhoto.objects.filter(employee=employee).select_related("employee"):
        for kind, read in (("photos", photo_read), ("faces", chip_read)):
            try:
                content = read(photo)
            except (FileNotFoundError, VaultError):
                continue
            yield f"{kind}/{photo.pk}{_ending(content)}", content
    for portrait in Portrait.objects.filter(employee=employee).select_related("employee", "photo__employee"):
        for size in Portrait.SIZES:
            try:
                yield f"portrait/{size}.jpg", portrait_read(portrait, size)
            except (FileNotFoundError, VaultError):
                continue
    for decision in Decision.objects.filter(employee=employee).exclude(image_path=""):
        try:
            with storages["faces"].open(decision.image_path) as file:
                content = vault.decrypt(employee.biometric_key(), file.read(), context=f"decision:{decision.pk}")
        except (FileNotFoundError, VaultError):
            continue
        yield f"recognitions/{decision.pk}{_ending(content)}", content
    for punch in QueuedPunch.objects.filter(employee=employee, picture__isnull=False):
        try:
            seen = picture_read(punch)
        except VaultError:
            continue
        if seen is not None:
            yield f"offline/{punch.pk}{_ending(seen)}", seen


def _ending(content: bytes) -> str:
    if content.startswith(b"\x89PNG"):
        return ".png"
    return ".webp" if content[8:12] == b"WEBP" else ".jpg"
