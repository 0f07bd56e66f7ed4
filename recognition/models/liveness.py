"""The tables of liveness: requests to a person, and frames that were seen before."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recognition.models.decisions import Decision


class LivenessChallenge(models.Model):
    """A random request to one asker, answered once or never; it goes where its decision goes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    decision = models.OneToOneField(
        Decision,
        verbose_name=_("recognition"),
        on_delete=models.CASCADE,
        related_name="challenge",
        help_text=_("The attempt that made the challenge necessary."),
    )
    cues: models.JSONField[list[tuple[str, float]], list[tuple[str, float]]] = models.JSONField(_("request"))
    issued_at = models.DateTimeField(_("issued at"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"))
    answered_at = models.DateTimeField(_("answered at"), null=True)
    answer = models.OneToOneField(
        Decision, verbose_name=_("answer"), null=True, on_delete=models.SET_NULL, related_name="answers"
    )

    class Meta:
        verbose_name = _("liveness challenge")
        verbose_name_plural = _("liveness challenges")

    def __str__(self) -> str:
        return f"{self.issued_at:%Y-%m-%d %H:%M:%S} {', '.join(action for action, _at in self.cues)}"


class SeenFrame(models.Model):
    """The digest of a frame that an asker sent, kept for some minutes: a camera never sends the same picture twice."""

    asker_id = models.CharField(max_length=80)
    digest = models.CharField(max_length=32)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["asker_id", "digest"], name="seen_frame_by_digest")]

    def __str__(self) -> str:
        return self.digest
