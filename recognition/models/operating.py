"""The tables of the operating point: HR's choices, and the curve measured on the company's gallery."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.moments import moment_text
from employees.models import User
from recognition.models.versions import ModelVersion


class Use(models.TextChoices):
    """What a name is wanted for; each has a threshold of its own."""

    CLOCKING = "clocking", _("Clocking")
    DOOR = "door", _("Doors")


class OperatingPoint(models.Model):
    """One choice of how often a stranger may be taken for somebody. The latest of each use is in force; none is ever
    changed, so that the list is the history."""

    use = models.CharField(_("use"), max_length=8, choices=Use.choices)
    target = models.FloatField(_("share of strangers accepted"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    chosen_by = models.ForeignKey(
        User, verbose_name=_("chosen by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    chosen_at = models.DateTimeField(_("chosen"), default=timezone.now)

    class Meta:
        ordering = ("-chosen_at", "-pk")
        verbose_name = _("recognition strictness")
        verbose_name_plural = _("recognition strictness")
        constraints = [
            models.CheckConstraint(
                condition=Q(target__gt=0, target__lte=0.1), name="operating_target_is_a_small_share"
            ),
        ]
        indexes = [models.Index(fields=["use", "-chosen_at"], name="operating_latest")]

    def __str__(self) -> str:
        return f"{self.get_use_display()} · {moment_text(timezone.localtime(self.chosen_at))}"


class SearchChoice(models.Model):
    """HR chose whether a face may be looked for among everybody (1:N), or only held against the one person whom
    somebody says they are (1:1). The latest is in force; none is ever changed. Without one it may be looked for."""

    search = models.BooleanField(_("identification (1:N)"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    chosen_by = models.ForeignKey(
        User, verbose_name=_("chosen by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    chosen_at = models.DateTimeField(_("chosen"), default=timezone.now)

    class Meta:
        ordering = ("-chosen_at", "-pk")

    def __str__(self) -> str:
        return f"{moment_text(timezone.localtime(self.chosen_at))} {'1:N' if self.search else '1:1'}"

    @classmethod
    def in_force(cls) -> bool:
        """Whether a face may be looked for among everybody."""
        chosen = cls.objects.values_list("search", flat=True).first()
        return True if chosen is None else chosen


class ThresholdCurve(models.Model):
    """What strangers and honest people do at each threshold, for one model version: the last measurement.

    ``strangers`` and ``honest`` hold ``rate``, ``low`` and ``high`` over ``engine.prior.GRID``. ``fingerprint`` names
    the templates it was measured on. ``seen_revision`` and ``settled_revision`` are the gallery's: the last one looked
    at, and the last one known to need no new measurement.
    """

    version = models.OneToOneField(ModelVersion, on_delete=models.CASCADE, related_name="curve")
    strangers: models.JSONField[dict[str, list[float]], dict[str, list[float]]] = models.JSONField(default=dict)
    honest: models.JSONField[dict[str, list[float]], dict[str, list[float]]] = models.JSONField(default=dict)
    people = models.PositiveIntegerField(default=0)
    templates = models.PositiveIntegerField(default=0)
    own_share = models.FloatField(default=0.0)
    fingerprint = models.CharField(max_length=64, blank=True)
    milliseconds = models.FloatField(default=0.0)
    live: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    live_at = models.DateTimeField(null=True)
    measured_at = models.DateTimeField(null=True)
    requested_at = models.DateTimeField(null=True)
    seen_revision = models.BigIntegerField(default=-1)
    seen_since = models.DateTimeField(null=True)
    settled_revision = models.BigIntegerField(default=-1)

    def __str__(self) -> str:
        return f"{self.version} · {self.measured_at or '–'}"
