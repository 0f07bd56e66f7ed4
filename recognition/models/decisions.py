"""The table of decisions: the evidence behind a clock event."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.moments import moment_text
from common.sealed import Sealed, SealedQuerySet
from employees.models import Employee
from recognition.models.operating import Use


class Decision(Sealed):
    """One answer to "whose face is this?": the evidence behind a clock event."""

    class Outcome(models.TextChoices):
        IDENTIFIED = "identified", _("Identified")
        UNKNOWN = "unknown", _("Unknown")
        NO_FACE = "no_face", _("No face")
        SEVERAL_FACES = "several_faces", _("Several faces")
        POOR_QUALITY = "poor_quality", _("Poor quality")
        CHALLENGE = "challenge", _("Liveness challenge")
        NOT_LIVE = "not_live", _("Possible photo or screen")

    class Liveness(models.TextChoices):
        LIVE = "live", _("Real person")
        UNSURE = "unsure", _("Unsure")
        SUSPECT = "suspect", _("Looks like a photo or screen")
        PASSED = "passed", _("Challenge passed")
        FAILED = "failed", _("Challenge failed")

    class Asker(models.TextChoices):
        API = "api", _("API key")
        KIOSK = "kiosk", _("Kiosk")
        USER = "user", _("User")
        COMMAND = "command", _("Command")

    UNSEALED = frozenset({"image_path"})

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField(_("at"), default=timezone.now, db_index=True)
    asker = models.CharField(_("asked by"), max_length=8, choices=Asker.choices)
    asker_id = models.CharField(_("asker"), max_length=80, blank=True)
    outcome = models.CharField(_("outcome"), max_length=14, choices=Outcome.choices)
    employee = models.ForeignKey(
        Employee, verbose_name=_("person"), null=True, blank=True, on_delete=models.SET_NULL, related_name="decisions"
    )
    confidence = models.FloatField(_("confidence"), default=0.0)
    acceptance = models.FloatField(_("acceptance"), default=0.0)
    use = models.CharField(_("threshold of"), max_length=8, choices=Use.choices, blank=True)
    distance = models.FloatField(_("distance"), null=True)
    runner_up = models.ForeignKey(
        Employee, verbose_name=_("runner-up"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    runner_up_distance = models.FloatField(_("runner-up's distance"), null=True)
    gallery_people = models.PositiveIntegerField(_("people in the gallery"), default=0)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    box: models.JSONField[list[int] | None, list[int] | None] = models.JSONField(_("box"), null=True)
    milliseconds: models.JSONField[dict[str, float], dict[str, float]] = models.JSONField(
        _("milliseconds"), default=dict
    )
    version = models.CharField(_("model version"), max_length=60, blank=True)
    liveness = models.CharField(
        _("liveness"), max_length=7, choices=Liveness.choices, blank=True, help_text=_("Empty: not examined.")
    )
    liveness_figures: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        _("liveness figures"), default=dict, blank=True
    )
    image_path = models.CharField(max_length=200, blank=True, editable=False)

    objects: ClassVar[SealedQuerySet[Decision]] = SealedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-at",)
        verbose_name = _("recognition")
        verbose_name_plural = _("recognition log")

    def __str__(self) -> str:
        return f"{moment_text(timezone.localtime(self.at), seconds=True)} {self.get_outcome_display()}"
