"""Other programs that are told what happens, and the log of what they were told."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.leases import Leased
from employees import vault
from employees.models import Employee, User


class Webhook(models.Model):
    """An address that gets a signed message for each event of the chosen kinds."""

    class Event(models.TextChoices):
        PUNCH = "punch", _("A punch was recorded")
        CORRECTION = "correction", _("A punch was corrected")
        PERIOD_LOCK = "period_lock", _("A period was closed")
        LEAVE_REQUESTED = "leave_requested", _("Time off was requested")
        LEAVE_APPROVED = "leave_approved", _("Time off was approved or entered")
        LEAVE_REFUSED = "leave_refused", _("Time off was refused")
        LEAVE_WITHDRAWN = "leave_withdrawn", _("Time off was withdrawn")
        LEAVE_BALANCE = "leave_balance", _("Something was entered into a balance of leave")
        PLAN_PUBLISHED = "plan_published", _("Days of the plan were published")
        SHIFT_GIVEN = "shift_given", _("An open shift was given to somebody")
        SHIFT_SWAPPED = "shift_swapped", _("A swap of shifts was approved")
        IMPORT_FINISHED = "import_finished", _("An import was saved")
        IMPORT_FAILED = "import_failed", _("An import failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=80, unique=True)
    url = models.URLField(_("address"), max_length=500)
    events: models.JSONField[list[str], list[str]] = models.JSONField(_("events"), default=list)
    active = models.BooleanField(_("active"), default=True)
    sealed_secret = models.BinaryField(editable=False)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ("name",)
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return self.name

    @property
    def secret(self) -> bytes:
        """What messages are signed with; raises ``VaultError`` under another master key."""
        return vault.unwrap(bytes(self.sealed_secret), context=f"webhook:{self.pk}")


class WebhookDelivery(Leased):
    """One message to one address: what was to be said, and each attempt to say it."""

    LEASE = timedelta(seconds=60)

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("Being sent")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, verbose_name=_("webhook"), on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(_("event"), max_length=20)
    key = models.CharField(max_length=120, help_text="What happened, so that it is told once.")
    payload: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(_("message"), default=dict)
    employee = models.ForeignKey(
        Employee, verbose_name=_("person"), null=True, on_delete=models.CASCADE, related_name="webhook_deliveries"
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    next_try_at = models.DateTimeField(_("next try"), default=timezone.now)
    log: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(_("attempts"), default=list)
    finished_at = models.DateTimeField(_("finished"), null=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        constraints = [models.UniqueConstraint(fields=["webhook", "key"], name="delivery_once_per_event")]
        indexes = [
            models.Index(fields=["next_try_at"], name="delivery_open", condition=Q(state__in=["waiting", "sending"])),
            models.Index(fields=["created_at"], name="delivery_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.webhook} · {self.event}"
