"""Users, departments, employees and their enrolment photos."""

from __future__ import annotations

import uuid
import zoneinfo
from datetime import date, timedelta
from ipaddress import ip_network
from typing import Any, ClassVar

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework_api_key.models import AbstractAPIKey, APIKeyManager

from common.fields import PlainField, PlainQuerySet, PlainRow, finding
from common.leases import Leased
from common.limits import is_within
from employees import key_store, labels, vault


class User(AbstractUser, PlainRow):
    """Somebody who logs in; what they may do follows from their role (see ``employees.access``)."""

    class Role(models.TextChoices):
        HR = "hr", _("HR")
        MANAGER = "manager", _("Manager")
        EMPLOYEE = "employee", _("Employee")
        BRANCH = "branch", _("Branch HR")
        PAYROLL = "payroll", _("Payroll")
        AUDITOR = "auditor", _("Auditor")
        IT = "it", _("IT")

    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.EMPLOYEE, db_index=True)
    branch_departments: models.ManyToManyField[Department, models.Model] = models.ManyToManyField(
        "Department",
        verbose_name=_("departments of branch HR"),
        blank=True,
        related_name="branch_users",
        help_text=_("The people whom branch HR looks after; the other roles do not need it."),
    )
    searched = PlainField(of=("username", "first_name", "last_name"))
    password_temporary = models.BooleanField(
        default=False, editable=False, help_text="Somebody else knows it: nothing opens before the person changes it."
    )


class ApiKey(AbstractAPIKey):
    """Another program's key: shown once, stored hashed, limited to its scopes."""

    class Scope(models.TextChoices):
        IDENTIFY = "identify", _("Identify faces")
        READ = "attendance:read", _("Read attendance")
        WRITE = "attendance:write", _("Write punches")
        PLAN = "plan:write", _("Write the plan of shifts")
        IMPORT = "imports:write", _("Import files")
        PROVISION = "people:provision", _("Tell of joiners and leavers (SCIM)")

    scopes = models.JSONField(_("scopes"), default=list)
    departments: models.ManyToManyField[Department, models.Model] = models.ManyToManyField(
        "Department",
        verbose_name=_("departments"),
        blank=True,
        related_name="api_keys",
        help_text=_("The key then knows the people of these departments alone; none means everybody."),
    )
    sites: models.ManyToManyField[Any, models.Model] = models.ManyToManyField(
        "Site",
        verbose_name=_("sites"),
        blank=True,
        related_name="api_keys",
        help_text=_("And those alone who work at these sites; none means all."),
    )
    addresses = models.JSONField(
        _("addresses"),
        default=list,
        blank=True,
        help_text=_("Networks from which the key may be used, such as 10.0.0.0/24; none means from anywhere."),
    )
    created_by = models.ForeignKey(User, verbose_name=_("created by"), null=True, blank=True, on_delete=models.SET_NULL)

    objects: ClassVar[APIKeyManager] = APIKeyManager()

    class Meta(AbstractAPIKey.Meta):
        verbose_name = _("API key")  # type: ignore[assignment]
        verbose_name_plural = _("API keys")  # type: ignore[assignment]

    def clean(self) -> None:
        super().clean()
        if unknown := set(self.scopes) - set(self.Scope.values):
            raise ValidationError({"scopes": _("Unknown scope: %(names)s") % {"names": ", ".join(sorted(unknown))}})
        for text in self.addresses:
            try:
                ip_network(str(text))
            except ValueError as error:
                message = _("%(text)s is no network. Write it as 10.0.0.0/24.")
                raise ValidationError({"addresses": message % {"text": text}}) from error

    @property
    def is_limited(self) -> bool:
        """Whether the key knows some people alone."""
        return self.departments.exists() or self.sites.exists()

    def is_used_from(self, address: str) -> bool:
        """Whether the key may be used from there."""
        return not self.addresses or is_within(address, self.addresses)


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


class EmployeeQuerySet(PlainQuerySet["Employee"]):
    def named(self, words: str) -> EmployeeQuerySet:
        """Those in whose name or number every word stands, however it is accented or capitalised."""
        return self.filter(finding(words))

    def active(self) -> EmployeeQuerySet:
        """Employed today, or hired from a day to come."""
        return self.filter(self._employed(timezone.localdate()))

    def left(self, before: date | None = None) -> EmployeeQuerySet:
        """Whose employment is over, since before that day (None: today)."""
        return self.filter(~self._employed(before or timezone.localdate()), employment__isnull=False).distinct()

    def recognisable(self) -> EmployeeQuerySet:
        """Employed and with a consent that was not withdrawn: nobody else's face may be used for anything."""
        return self.active().filter(consents__withdrawn_at=None, consents__isnull=False)

    def _employed(self, since: date) -> Exists:
        """Whether a period of employment reaches to that day or beyond.

        Asked of each person: a list of everybody would be read for every look, which asks for one.
        """
        rows: models.QuerySet[Any] = apps.get_model("employees", "EmploymentPeriod").objects.order_by()
        return Exists(rows.filter(Q(left_on=None) | Q(left_on__gte=since), employee=OuterRef("pk")))


class Employee(PlainRow):
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
        "self", verbose_name=labels.MANAGER, null=True, blank=True, on_delete=models.SET_NULL, related_name="reports"
    )
    user = models.OneToOneField(
        User, verbose_name=_("user"), null=True, blank=True, on_delete=models.SET_NULL, related_name="employee"
    )
    site = models.ForeignKey(
        "Site", verbose_name=_("site"), null=True, blank=True, on_delete=models.PROTECT, related_name="employees"
    )
    contract = models.ForeignKey(
        "Contract",
        verbose_name=_("contract"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="employees",
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[check_time_zone])
    language = models.CharField(
        _("language"),
        max_length=7,
        blank=True,
        choices=settings.LANGUAGES,
        help_text=_("Spoken to this person at a kiosk; empty means the kiosk's own."),
    )
    searched = PlainField(of=("number", "first_name", "last_name"))
    pin_hash = models.CharField(max_length=200, blank=True, editable=False)
    badge_hash = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    badge_issued_at = models.DateTimeField(_("badge issued"), null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EmployeeQuerySet.as_manager()

    class Meta:
        ordering = ("sort_key", "number")
        verbose_name = _("employee")
        verbose_name_plural = _("employees")
        constraints = [
            models.CheckConstraint(
                condition=Q(manager=None) | ~Q(manager=models.F("id")),
                name="employee_manager_another",
                violation_error_message=_("Nobody is their own manager."),
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

    @property
    def period(self) -> Any:
        """The employment period of today, else the next one, else the last; None where there never was one."""
        today = timezone.localdate(timezone=self.zone)
        periods = sorted(self.employment.all(), key=lambda one: one.hired_on)
        running = [one for one in periods if one.left_on is None or one.left_on >= today]
        return next(iter(running or periods[-1:]), None)

    @property
    def hired_on(self) -> date | None:
        """The first day of that employment."""
        return self.period.hired_on if self.period else None

    @property
    def left_on(self) -> date | None:
        """The last day of that employment."""
        return self.period.left_on if self.period else None

    @property
    def has_left(self) -> bool:
        """Whether the employment is over."""
        return self.left_on is not None and self.left_on < timezone.localdate(timezone=self.zone)

    def biometric_key(self) -> bytes:
        """The key of this person's photos and templates, made on the first use.

        Raises ``VaultError`` where it cannot be unwrapped, or is lost while there are photos: another one would open
        none of them.
        """
        name = key_store.person(self.public_id)
        key = key_store.read(name)
        if key is None and self.photos.exists():
            raise vault.VaultError(
                f"The key of {self.number} is not in the key store {key_store.folder()}, and there are photos. Restore"
                " that folder from the backup of the keys."
            )
        return key or key_store.make(name)


class PinTries(models.Model):
    """The wrong PINs typed for a number since the last right one, at every kiosk; the number need not be anybody's."""

    number = models.CharField(max_length=40, primary_key=True)
    failures = models.PositiveSmallIntegerField(default=0)
    last_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["until"], name="pin_tries_waiting", condition=Q(until__isnull=False))]

    def __str__(self) -> str:
        return self.number


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
    taken_at = models.DateTimeField(_("taken"), null=True, editable=False, help_text="As the camera says, if it does.")
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
            models.Index(fields=["resembles"], name="photo_resembling", condition=Q(resembles__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.employee} · {self.file_name or self.get_source_display()}"

    @property
    def path(self) -> str:
        """Where the encrypted picture lies in the faces storage, in a folder of its person's own."""
        return f"{self.employee.public_id}/{self.pk}.photo"

    @property
    def chip_path(self) -> str:
        """Where the encrypted aligned face lies."""
        return f"{self.employee.public_id}/{self.pk}.chip"

    def portrait_path(self, size: int) -> str:
        """Where the encrypted portrait of that size lies that was cut from it, if one was."""
        return f"{self.employee.public_id}/{self.pk}.portrait{size}"


class GalleryChange(models.Model):
    """Who changed with a revision of the gallery. Every process reads on from the revision that it knows.

    ``person``: the employee's key; None where no single person changed. Then ``everything`` says that all has to be
    read anew, and without it what changed lies beside the people: a threshold, a choice. ``mark`` is drawn at random: a
    database that was restored goes on with the same numbers and other marks.
    """

    number = models.PositiveBigIntegerField(db_index=True)
    person = models.PositiveBigIntegerField(null=True)
    everything = models.BooleanField(default=False)
    mark = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"{self.number}: {self.person or ('everything' if self.everything else 'settings')}"


class GalleryRevision(models.Model):
    """One row whose number grows with every change in who may be recognised; every process compares it with its own."""

    number = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="gallery_revision_single_row")]
