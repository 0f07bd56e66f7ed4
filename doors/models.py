"""Doors, who may pass them when, and what happened at them."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models.kiosk import Kiosk
from common.append_only import AppendOnly, AppendOnlyQuerySet
from common.moments import moment_text
from employees.models import Department, Employee, User, check_time_zone
from recognition.models import Decision


class Door(models.Model):
    """A lock behind a relay, opened for the right person by the kiosk beside it."""

    class Driver(models.TextChoices):
        SIMULATED = "simulated", _("Simulated (nothing moves)")
        MQTT = "mqtt", "MQTT"
        WEBHOOK = "webhook", _("Signed HTTP request")
        GPIO = "gpio", _("Pin of this machine (GPIO)")

    class FailMode(models.TextChoices):
        SECURE = "secure", _("Stays locked without power")
        SAFE = "safe", _("Opens without power")

    class AntiPassback(models.TextChoices):
        OFF = "off", _("Off")
        NOTE = "note", _("Note it")
        REFUSE = "refuse", _("Refuse")

    class Leads(models.TextChoices):
        IN = "in", _("In")
        OUT = "out", _("Out")
        BOTH = "both", _("Both ways")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=80, unique=True)
    leads = models.CharField(_("direction"), max_length=4, choices=Leads.choices, default=Leads.BOTH)
    area = models.CharField(
        _("area"),
        max_length=80,
        blank=True,
        help_text=_("Doors of one area share who is inside; needed for “anti-passback”."),
    )
    kiosk = models.OneToOneField(
        Kiosk,
        verbose_name=_("kiosk"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="door",
        help_text=_("The kiosk whose camera opens this door."),
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[check_time_zone])
    enabled = models.BooleanField(_("in use"), default=True)
    driver = models.CharField(_("relay"), max_length=10, choices=Driver.choices, default=Driver.SIMULATED)
    wiring: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        _("wiring"), default=dict, blank=True, editable=False
    )
    sealed_secret = models.BinaryField(null=True, editable=False)
    pulse_seconds = models.FloatField(
        _("seconds open"), default=3.0, validators=[MinValueValidator(0.2), MaxValueValidator(60)]
    )
    fail_mode = models.CharField(_("without power"), max_length=6, choices=FailMode.choices, default=FailMode.SECURE)
    liveness_needed = models.BooleanField(
        _("liveness check required"),
        default=False,
        help_text=_("A face that did not pass the liveness check is refused."),
    )
    pin_needed = models.BooleanField(_("PIN as well"), default=False, help_text=_("The face and then the PIN."))
    anti_passback = models.CharField(
        _("anti-passback"),
        max_length=6,
        choices=AntiPassback.choices,
        default=AntiPassback.OFF,
        help_text=_("When somebody who is inside comes in again without having gone out."),
    )
    clocks = models.BooleanField(
        _("passing clocks in and out"), default=False, help_text=_("Otherwise the person is asked, as at any kiosk.")
    )
    openers: models.ManyToManyField[User, models.Model] = models.ManyToManyField(
        User, verbose_name=_("may open by hand"), blank=True, related_name="doors", help_text=_("HR always may.")
    )
    released_at = models.DateTimeField(_("released at"), null=True, editable=False)

    class Meta:
        ordering = ("name",)
        verbose_name = _("door")
        verbose_name_plural = _("doors")

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class DoorSchedule(models.Model):
    """When a department may pass. A door without any is open to everybody at any time."""

    door = models.ForeignKey(Door, verbose_name=_("door"), on_delete=models.CASCADE, related_name="schedule")
    department = models.ForeignKey(
        Department,
        verbose_name=_("department"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("Empty means everybody."),
    )
    weekdays: models.JSONField[list[int], list[int]] = models.JSONField(_("weekdays"), default=list)
    opens_at = models.TimeField(_("from"))
    closes_at = models.TimeField(_("to"), help_text=_("An end before the start is on the next day."))

    class Meta:
        ordering = ("door", "opens_at")
        verbose_name = _("door schedule")
        verbose_name_plural = _("door schedules")

    def __str__(self) -> str:
        return f"{self.department or '*'} {self.opens_at:%H:%M}–{self.closes_at:%H:%M}"


class AccessEvent(AppendOnly):
    """Somebody before a door and what it did: evidence, never changed and never deleted."""

    class Outcome(models.TextChoices):
        GRANTED = "granted", _("Opened")
        REFUSED = "refused", _("Refused")

    class Method(models.TextChoices):
        FACE = "face", _("Face")
        PIN = "pin", _("PIN")
        BOTH = "face+pin", _("Face and PIN")
        HAND = "hand", _("By hand")
        EMERGENCY = "emergency", _("Emergency")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    door = models.ForeignKey(Door, verbose_name=_("door"), on_delete=models.PROTECT, related_name="events")
    employee = models.ForeignKey(
        Employee,
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="access_events",
    )
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome.choices)
    reason = models.CharField(_("reason"), max_length=20)
    method = models.CharField(_("method"), max_length=10, choices=Method.choices)
    direction = models.CharField(_("direction"), max_length=3, blank=True)
    passed_back = models.BooleanField(_("inside already"), default=False)
    at = models.DateTimeField(_("at"), default=timezone.now)
    zone = models.CharField(_("time zone"), max_length=64)
    decision = models.ForeignKey(
        Decision, verbose_name=_("recognition"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    by = models.ForeignKey(
        User, verbose_name=_("opened by"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    idempotency_key = models.CharField(max_length=120, unique=True)

    objects: ClassVar[models.Manager[AccessEvent]] = AppendOnlyQuerySet["AccessEvent"].as_manager()

    class Meta:
        ordering = ("-at",)
        verbose_name = _("access event")
        verbose_name_plural = _("access events")
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=["granted", "refused"]), name="access_outcome"),
            models.CheckConstraint(
                condition=~Q(method__in=["hand", "emergency"]) | Q(by__isnull=False), name="access_hand_is_signed"
            ),
            models.CheckConstraint(
                condition=Q(outcome="refused") | Q(employee__isnull=False) | Q(by__isnull=False),
                name="access_granted_to_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["door", "-at"], name="access_by_door"),
            models.Index(fields=["employee", "-at"], name="access_by_person"),
            models.Index(fields=["at"], name="access_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.door} {self.get_outcome_display()} {moment_text(timezone.localtime(self.at), seconds=True)}"


class DoorPulse(models.Model):
    """The one attempt to move the lock for one grant. It goes forward only: waiting, then sending, then how it ended.

    ``sending`` is written before the relay is asked. A process that dies in between leaves it there, and nobody tries
    again: a lock that stayed shut costs a second look, one that opens for nobody costs more.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        VOID = "void", _("Too late")
        FAILED = "failed", _("Not delivered")

    event = models.OneToOneField(AccessEvent, primary_key=True, on_delete=models.PROTECT, related_name="pulse")
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    milliseconds = models.FloatField(_("milliseconds to the relay"), null=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("door pulse")
        verbose_name_plural = _("door pulses")

    def __str__(self) -> str:
        return f"{self.event_id} {self.state}"
