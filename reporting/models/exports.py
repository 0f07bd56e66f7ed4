"""Files that take a while: made by a worker, fetched later by whoever asked for them."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.leases import Leased
from employees.models import User


class ExportJob(Leased):
    """One file on its way. ``spec`` says what is in it; whom it may show is asked when made and when fetched."""

    LEASE = timedelta(minutes=2)

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Being prepared")
        DONE = "done", _("Ready")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    requested_by = models.ForeignKey(
        User, verbose_name=_("requested by"), on_delete=models.CASCADE, related_name="export_jobs"
    )
    spec: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    shown: models.JSONField[list[int], list[int]] = models.JSONField(default=list)
    """Keys of the people whom the file is about: who may no longer see one of them no longer fetches it."""
    language = models.CharField(max_length=10, default="en")
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("of"), default=0)
    file_name = models.CharField(_("file"), max_length=120, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes = [
            models.Index(fields=["created_at"], name="export_open", condition=Q(state__in=["waiting", "running"])),
        ]

    def __str__(self) -> str:
        return self.file_name or str(self.pk)

    @property
    def path(self) -> str:
        """Where the file lies in the exports storage."""
        return f"{self.pk}"

    @property
    def percent(self) -> int:
        """How much is done."""
        return min(100, round(100 * self.done / self.total)) if self.total else 0
