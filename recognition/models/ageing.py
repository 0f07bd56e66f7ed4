"""The tables of refreshing templates: HR's choice, and each face that was kept for it."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.moments import moment_text
from employees.models import Employee, EnrolmentPhoto, User
from recognition.models.decisions import Decision


class RefreshChoice(models.Model):
    """HR switched refreshing on or off. The latest is in force; none is ever changed. Without one it is off."""

    on = models.BooleanField(_("on"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    chosen_by = models.ForeignKey(
        User, verbose_name=_("chosen by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    chosen_at = models.DateTimeField(_("chosen"), default=timezone.now)

    class Meta:
        ordering = ("-chosen_at", "-pk")

    def __str__(self) -> str:
        return f"{self.chosen_at:%Y-%m-%d %H:%M} {'on' if self.on else 'off'}"

    @classmethod
    def in_force(cls) -> bool:
        """Whether refreshing is on."""
        return bool(cls.objects.values_list("on", flat=True).first())


class Refreshment(models.Model):
    """One look into a kiosk that was kept to refresh a template, and what came of it.

    ``photo`` is the picture, among the person's photos; None once it was refused, removed, replaced for long, or the
    consent was withdrawn. ``scores``: ``confidence``, ``distance`` and ``margin`` by HR's photos, ``votes`` of
    ``photos``. The row stays, without the picture, as the record of what was done.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waits to be confirmed")
        ADDED = "added", _("Added")
        REFUSED = "refused", _("Refused")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    employee = models.ForeignKey(
        Employee, verbose_name=_("person"), on_delete=models.CASCADE, related_name="refreshments"
    )
    decision = models.OneToOneField(
        Decision, verbose_name=_("recognition"), on_delete=models.CASCADE, related_name="refreshment"
    )
    photo = models.OneToOneField(
        EnrolmentPhoto, verbose_name=_("photo"), null=True, on_delete=models.SET_NULL, related_name="refreshment"
    )
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.WAITING)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    scores: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(_("scores"), default=dict, blank=True)
    at = models.DateTimeField(_("at"), default=timezone.now)
    settled_at = models.DateTimeField(_("settled at"), null=True)
    removed_at = models.DateTimeField(_("removed at"), null=True)
    removed_by = models.ForeignKey(
        User, verbose_name=_("removed by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ("-at",)
        verbose_name = _("automatic photo update")
        verbose_name_plural = _("automatic photo updates")
        indexes = [models.Index(fields=["employee", "-at"], name="refreshment_latest")]

    def __str__(self) -> str:
        return f"{self.employee} {moment_text(timezone.localtime(self.at))} {self.get_state_display()}"
