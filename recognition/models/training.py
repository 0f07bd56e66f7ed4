"""The table of training runs, with their states."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.leases import Leased
from common.moments import moment_text
from employees.models import User
from recognition.models.versions import ModelVersion


class TrainingRun(Leased):
    """A candidate on its way to be promoted or refused. At most one waits, and at most one is being worked on.

    waiting → preparing → training → testing → embedding → promoted, or refused, failed, cancelled or nothing to learn.
    A worker that takes over a stale one goes on from the same state.
    """

    class Kind(models.TextChoices):
        FINE_TUNE = "fine_tune", _("Fine-tuning")
        RELEASE = "release", _("Release of an existing version")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        PREPARING = "preparing", _("Checking the photos")
        TRAINING = "training", _("Training")
        TESTING = "testing", _("Testing")
        EMBEDDING = "embedding", _("Updating everybody's templates")
        PROMOTED = "promoted", _("Promoted")
        REFUSED = "refused", _("Refused")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        NOTHING = "nothing", _("No new photos")

    BUSY = (State.PREPARING, State.TRAINING, State.TESTING, State.EMBEDDING)
    OPEN = (State.WAITING, *BUSY)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices, default=Kind.FINE_TUNE)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.WAITING)
    busy = models.BooleanField(default=False, editable=False)
    parent = models.ForeignKey(
        ModelVersion, verbose_name=_("parent"), null=True, on_delete=models.SET_NULL, related_name="runs_from"
    )
    candidate = models.ForeignKey(
        ModelVersion, verbose_name=_("candidate"), null=True, on_delete=models.SET_NULL, related_name="runs"
    )
    requested_by = models.ForeignKey(
        User, verbose_name=_("asked for by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    not_before = models.DateTimeField(_("not before"), default=timezone.now)
    options: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict, editable=False)
    plan: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict, editable=False)
    findings: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(
        default=list, editable=False, help_text="What the checks of the photos found: code, employee, other, photo."
    )
    history: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(
        default=list, editable=False, help_text="A row an epoch."
    )
    report: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict, editable=False)
    unreadable: models.JSONField[list[str], list[str]] = models.JSONField(
        default=list, editable=False, help_text="Photos that the candidate could not embed."
    )
    done = models.PositiveIntegerField(default=0, editable=False)
    total = models.PositiveIntegerField(default=0, editable=False)
    error = models.CharField(_("error"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("asked for"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("model training")
        verbose_name_plural = _("model trainings")
        constraints = [
            models.UniqueConstraint(fields=["busy"], condition=Q(busy=True), name="training_one_at_a_time"),
            models.UniqueConstraint(fields=["kind"], condition=Q(state="waiting"), name="training_one_waits"),
            models.CheckConstraint(
                condition=Q(busy=True, state__in=["preparing", "training", "testing", "embedding"])
                | (Q(busy=False) & ~Q(state__in=["preparing", "training", "testing", "embedding"])),
                name="training_busy_says_state",
            ),
        ]

    @classmethod
    def lease_length(cls) -> timedelta:
        """As the settings say: a training's heartbeat comes a few times in it."""
        return timedelta(seconds=settings.TRAINING_LEASE)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {moment_text(timezone.localtime(self.created_at))}"
