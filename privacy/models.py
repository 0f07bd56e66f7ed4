"""The tables of privacy: erasures with their receipts, and holds that keep somebody's data from being deleted."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.moments import moment_text
from employees.models import Employee, User


class Erasure(models.Model):
    """One erasure of a person's face, asked for and then done; the row outlives the person's own."""

    class Cause(models.TextChoices):
        HR = "hr", _("HR")
        COMMAND = "command", _("Command")
        WITHDRAWAL = "withdrawal", _("Consent withdrawn")
        LEFT = "left", _("Left the company")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    employee = models.ForeignKey(
        Employee, verbose_name=_("person"), null=True, on_delete=models.SET_NULL, related_name="erasures"
    )
    number = models.CharField(_("number"), max_length=40)
    public_id = models.UUIDField()
    cause = models.CharField(_("cause"), max_length=10, choices=Cause.choices)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    requested_by = models.ForeignKey(
        User, verbose_name=_("asked for by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    requested_at = models.DateTimeField(_("asked for"), default=timezone.now)
    finished_at = models.DateTimeField(_("done"), null=True)
    found: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict, editable=False)
    receipt: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict, editable=False)

    class Meta:
        ordering = ("-requested_at",)
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        constraints = [
            models.UniqueConstraint(fields=["employee"], condition=Q(finished_at=None), name="erasure_one_open"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {moment_text(timezone.localtime(self.requested_at))}"


class LegalHold(models.Model):
    """While it stands, nothing about the person is deleted, by nobody and by no schedule."""

    employee = models.ForeignKey(
        Employee, verbose_name=_("person"), on_delete=models.PROTECT, related_name="legal_holds"
    )
    reason = models.CharField(_("reason"), max_length=300)
    by = models.ForeignKey(User, verbose_name=_("by"), null=True, on_delete=models.SET_NULL, related_name="+")
    since = models.DateTimeField(_("since"), default=timezone.now)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        User, verbose_name=_("lifted by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering: ClassVar[tuple[str, ...]] = ("-since",)
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")
        constraints = [
            models.UniqueConstraint(fields=["employee"], condition=Q(lifted_at=None), name="hold_one_open"),
            models.CheckConstraint(condition=~Q(reason=""), name="hold_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.employee} {self.since:%Y-%m-%d}"


class ConsentLink(models.Model):
    """A link by which one person reads the text and gives or withdraws their consent, without an account."""

    employee = models.ForeignKey(
        Employee, verbose_name=_("person"), on_delete=models.CASCADE, related_name="consent_links"
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_by = models.ForeignKey(User, verbose_name=_("made by"), null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(_("made at"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"))
    given_at = models.DateTimeField(_("used at"), null=True)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("consent link")
        verbose_name_plural = _("consent links")

    def __str__(self) -> str:
        return f"{self.employee} {self.created_at:%Y-%m-%d %H:%M}"
