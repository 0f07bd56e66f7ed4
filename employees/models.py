"""WHO: users, departments, employees, their consent and their enrolment photos."""

from __future__ import annotations

import uuid
import zoneinfo
from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework_api_key.models import AbstractAPIKey, APIKeyManager

from common.leases import Leased
from employees import vault


class User(AbstractUser):
    """Somebody who logs in; what they may do follows from their role (see ``employees.access``)."""

    class Role(models.TextChoices):
        HR = "hr", _("HR")
        MANAGER = "manager", _("Manager")
        EMPLOYEE = "employee", _("Employee")

    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.EMPLOYEE)
    password_temporary = models.BooleanField(
        default=False, editable=False, help_text="Somebody else knows it: nothing opens before the person changes it."
    )


class ApiKey(AbstractAPIKey):
    """Another program's key: shown once, stored hashed, limited to its scopes."""

    class Scope(models.TextChoices):
        IDENTIFY = "identify", _("Identify faces")
        READ = "attendance:read", _("Read attendance")
        WRITE = "attendance:write", _("Write clock events")

    scopes = models.JSONField(_("scopes"), default=list)
    created_by = models.ForeignKey(User, verbose_name=_("created by"), null=True, blank=True, on_delete=models.SET_NULL)

    objects: ClassVar[APIKeyManager] = APIKeyManager()

    class Meta(AbstractAPIKey.Meta):
        verbose_name = _("API key")  # type: ignore[assignment]
        verbose_name_plural = _("API keys")  # type: ignore[assignment]

    def clean(self) -> None:
        super().clean()
        unknown = set(self.scopes) - set(self.Scope.values)
        if unknown:
            raise ValidationError({"scopes": _("Unknown scope: %(names)s") % {"names": ", ".join(sorted(unknown))}})


class Department(models.Model):
    name = models.CharField(_("name"), max_length=80, unique=True)
    managers: models.ManyToManyField[Employee, models.Model] = models.ManyToManyField(
        "Employee",
        verbose_name=_("managers"),
        blank=True,
        related_name="managed_departments",
        help_text=_("They read the attendance of this department."),
    )

    class Meta:
        ordering = ("name",)
        verbose_name = _("department")
        verbose_name_plural = _("departments")

    def __str__(self) -> str:
        return self.name


def check_time_zone(value: str) -> None:
    """Raise ValidationError for anything but an IANA zone name."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError(
            _("%(value)s is not a time zone. Use a name such as Europe/Madrid."), params={"value": value}
        )


class EmployeeQuerySet(models.QuerySet["Employee"]):
    def active(self) -> EmployeeQuerySet:
        """Employed today."""
        return self.filter(Q(left_on=None) | Q(left_on__gte=timezone.localdate()))

    def recognisable(self) -> EmployeeQuerySet:
        """Employed and with a consent that was not withdrawn: nobody else's face may be used for anything."""
        return self.active().filter(consents__withdrawn_at=None, consents__isnull=False)


class Employee(models.Model):
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(
        _("number"),
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[A-Za-z0-9._-]+$", _("Use letters, digits, dots, dashes and underscores."))],
        help_text=_("Typed at the kiosk with the PIN."),
    )
    first_name = models.CharField(_("first name"), max_length=80)
    last_name = models.CharField(_("last name"), max_length=80, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    department = models.ForeignKey(
        Department,
        verbose_name=_("department"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="employees",
    )
    manager = models.ForeignKey(
        "self", verbose_name=_("manager"), null=True, blank=True, on_delete=models.SET_NULL, related_name="reports"
    )
    user = models.OneToOneField(
        User, verbose_name=_("user"), null=True, blank=True, on_delete=models.SET_NULL, related_name="employee"
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[check_time_zone])
    language = models.CharField(
        _("language"), max_length=7, blank=True, choices=settings.LANGUAGES,
        help_text=_("Spoken to this person at a kiosk; empty means the kiosk's own."),
    )  # fmt: skip
    hired_on = models.DateField(_("hired on"), default=timezone.localdate)
    left_on = models.DateField(_("left on"), null=True, blank=True, help_text=_("The last day at work."))
    pin_hash = models.CharField(max_length=200, blank=True, editable=False)
    pin_failures = models.PositiveSmallIntegerField(default=0, editable=False)
    pin_locked_until = models.DateTimeField(null=True, editable=False)
    badge_hash = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    badge_issued_at = models.DateTimeField(_("badge issued"), null=True, editable=False)
    sealed_key = models.BinaryField(editable=False, null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EmployeeQuerySet.as_manager()

    class Meta:
        ordering = ("last_name", "first_name", "number")
        verbose_name = _("employee")
        verbose_name_plural = _("employees")
        constraints = [
            models.CheckConstraint(
                condition=Q(left_on=None) | Q(left_on__gte=models.F("hired_on")),
                name="employee_left_after_hired",
                violation_error_message=_("The last day cannot be before the day of hiring."),
            ),
            models.UniqueConstraint(fields=["badge_hash"], condition=~Q(badge_hash=""), name="employee_own_badge"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    def biometric_key(self) -> bytes:
        """The key of this person's photos and templates; made on the first use. Call inside a transaction."""
        context = f"employee:{self.public_id}"
        if self.sealed_key is None:
            fresh = vault.wrap(vault.new_key(), context=context)
            Employee.objects.filter(pk=self.pk, sealed_key=None).update(sealed_key=fresh)
            self.sealed_key = Employee.objects.values_list("sealed_key", flat=True).get(pk=self.pk)
        return vault.unwrap(bytes(self.sealed_key or b""), context=context)


class Consent(models.Model):
    """One agreement to be recognised; a withdrawn one stays as evidence."""

    class Method(models.TextChoices):
        PAPER = "paper", _("Signed form")
        IN_PERSON = "in_person", _("On screen, in person")
        ATTESTED = "attested", _("Attested by the operator")

    employee = models.ForeignKey(
        Employee, verbose_name=_("employee"), on_delete=models.CASCADE, related_name="consents"
    )
    policy_version = models.CharField(_("policy version"), max_length=40)
    method = models.CharField(_("how"), max_length=12, choices=Method.choices)
    note = models.CharField(_("note"), max_length=300, blank=True)
    refresh = models.BooleanField(
        _("covers photo updates"), default=False,
        help_text=_(
            "The person also agreed that now and then a picture from the kiosk is kept and added to their photos,"
            " so that they are still recognised as they change."
        ),
    )  # fmt: skip
    given_at = models.DateTimeField(_("given at"), default=timezone.now)
    recorded_by = models.ForeignKey(
        User, verbose_name=_("recorded by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, verbose_name=_("withdrawn by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ("-given_at",)
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(fields=["employee"], condition=Q(withdrawn_at=None), name="consent_one_open"),
        ]

    def __str__(self) -> str:
        return f"{self.employee} · {self.policy_version}"


class EnrolmentPhoto(Leased):
    """One photo of one person on its way to a template. The picture itself lies encrypted in the faces storage."""

    LEASE = timedelta(seconds=30)
    """How long a worker may hold a photo; past it another one takes over. A photo takes well under a second."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        PROCESSING = "processing", _("Being checked")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")
        HELD = "held", _("Waits to be confirmed")
        REPLACED = "replaced", _("Replaced by a newer one")

    class Source(models.TextChoices):
        UPLOAD = "upload", _("Upload")
        WEBCAM = "webcam", _("Webcam")
        FOLDER = "folder", _("Folder")
        DEMO = "demo", _("Demo")
        REFRESH = "refresh", _("Kiosk")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    employee = models.ForeignKey(Employee, verbose_name=_("employee"), on_delete=models.CASCADE, related_name="photos")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    source = models.CharField(_("source"), max_length=8, choices=Source.choices)
    file_name = models.CharField(_("file name"), max_length=200, blank=True)
    fingerprint = models.CharField(
        max_length=64, editable=False, help_text="SHA-256 of the bytes, keyed with the person's key."
    )
    reasons: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(_("reasons"), default=list)
    quality: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(_("quality"), default=dict)
    box: models.JSONField[list[int] | None, list[int] | None] = models.JSONField(_("box"), null=True)
    resembles = models.ForeignKey(
        Employee, verbose_name=_("looks like"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    resembles_distance = models.FloatField(_("distance"), null=True)
    override_reason = models.CharField(_("override reason"), max_length=300, blank=True)
    override_by = models.ForeignKey(
        User, verbose_name=_("overridden by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    uploaded_by = models.ForeignKey(
        User, verbose_name=_("uploaded by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("received"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        ordering = ("created_at",)
        verbose_name = _("enrolment photo")
        verbose_name_plural = _("enrolment photos")
        constraints = [
            models.UniqueConstraint(fields=["employee", "fingerprint"], name="photo_once_per_person"),
            models.UniqueConstraint(fields=["employee"], condition=Q(state="held"), name="photo_one_held"),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="photo_open", condition=Q(state__in=["queued", "processing"])),
        ]

    def __str__(self) -> str:
        return f"{self.employee} · {self.file_name or self.pk}"

    @property
    def path(self) -> str:
        """Where the encrypted picture lies in the faces storage, in a folder of its person's own."""
        return f"{self.employee.public_id}/{self.pk}.photo"

    @property
    def chip_path(self) -> str:
        """Where the encrypted aligned face lies."""
        return f"{self.employee.public_id}/{self.pk}.chip"


class RosterRevision(models.Model):
    """One row whose number grows with every change in who may be recognised; every process compares it with its own."""

    number = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="roster_single_row")]
