"""Punches that a kiosk kept while it could not reach the server."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models.events import ClockEvent
from attendance.models.kiosk import Kiosk
from common.moments import moment_text
from employees.models import Employee, User
from kiosk.models.devices import DeviceKey
from recognition.models import Decision


class QueueKey(models.Model):
    """The installation's key to which kiosks seal what they keep; only the server opens it."""

    public_key = models.BinaryField(editable=False)
    sealed_private_key = models.BinaryField(editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.pk)


class QueuedPunch(models.Model):
    """A punch made without a network: received once, then confirmed by itself or settled by HR."""

    class Kind(models.TextChoices):
        FACE = "face", _("Face")
        PIN = "pin", _("PIN")
        OFFER = "offer", _("Greeted, then cut off")

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        CONFIRMED = "confirmed", _("Confirmed")
        WAITING = "waiting", _("Waits for HR")
        DISMISSED = "dismissed", _("Dismissed")

    class Clock(models.TextChoices):
        OK = "ok", _("Reliable")
        CORRECTED = "corrected", _("The device's clock was changed; corrected")
        UNSURE = "unsure", _("The device's clock was changed; the time is unsure")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.ForeignKey(DeviceKey, on_delete=models.PROTECT, related_name="queued")
    kiosk = models.ForeignKey(Kiosk, verbose_name=_("kiosk"), on_delete=models.PROTECT, related_name="queued_punches")
    counter = models.PositiveBigIntegerField(_("counter"))
    missing = models.PositiveIntegerField(_("missing before it"), default=0)
    digest = models.CharField(max_length=64, editable=False)
    head = models.TextField(editable=False)
    signature = models.BinaryField(editable=False)
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices)
    direction = models.CharField(_("direction"), max_length=3, choices=ClockEvent.Direction.choices, blank=True)
    at = models.DateTimeField(_("at"))
    device_at = models.DateTimeField(_("by the device's clock"))
    clock = models.CharField(_("clock"), max_length=9, choices=Clock.choices)
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.RECEIVED)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    number = models.CharField(_("number typed"), max_length=40, blank=True)
    employee = models.ForeignKey(
        Employee, verbose_name=_("person"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decision = models.ForeignKey(Decision, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    event = models.ForeignKey(
        ClockEvent,
        verbose_name=_("punch"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="queued_punches",
    )
    payload = models.BinaryField(null=True, editable=False)
    picture = models.BinaryField(null=True, editable=False)
    settled_at = models.DateTimeField(_("settled at"), null=True)
    settled_by = models.ForeignKey(
        User, verbose_name=_("settled by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        ordering = ("-at",)
        verbose_name = _("offline punch")
        verbose_name_plural = _("offline punches")
        constraints = [
            models.UniqueConstraint(fields=["key", "counter"], name="queued_once"),
            models.CheckConstraint(
                condition=Q(state="confirmed", event__isnull=False) | (~Q(state="confirmed") & Q(event=None)),
                name="queued_confirmed_has_event",
            ),
            models.CheckConstraint(
                condition=Q(state="received", payload__isnull=False) | (~Q(state="received") & Q(payload=None)),
                name="queued_payload_until_settled",
            ),
            models.CheckConstraint(condition=Q(picture=None) | Q(state="waiting"), name="queued_picture_while_waiting"),
        ]
        indexes = [
            models.Index(fields=["key", "counter"], name="queued_open", condition=Q(state="received")),
            models.Index(fields=["at"], name="queued_waiting", condition=Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.kiosk} {moment_text(self.local_at)} {self.get_state_display()}"

    @property
    def local_at(self) -> datetime:
        """The instant on the kiosk's wall clock."""
        return self.at.astimezone(self.kiosk.zone)
