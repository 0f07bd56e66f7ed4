"""Files of people, assignments and punches on their way into the database."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.leases import Leased
from employees.models.people import User


class Import(Leased):
    """One file: kept encrypted from its upload until its last line is stored, and then no longer.

    ``choices``: what was said of it (encoding, order of day and month, answers); ``seen``: which preview was confirmed;
    ``done`` of ``total`` steps are stored.
    """

    LEASE = timedelta(minutes=2)

    class State(models.TextChoices):
        OPEN = "open", _("Waits for your confirmation")
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Being saved")
        DONE = "done", _("Saved")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=20)
    file_name = models.CharField(_("file"), max_length=120, blank=True)
    sealed = models.BinaryField(default=bytes, editable=False)
    choices: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    seen = models.CharField(max_length=64, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.OPEN)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("of"), default=0)
    counts: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(default=dict)
    problems: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    """Sentences about lines that were refused while they were stored, each with its line's number."""
    error = models.CharField(_("error"), max_length=300, blank=True)
    language = models.CharField(max_length=10, default="en")
    by = models.ForeignKey(User, verbose_name=_("by"), on_delete=models.CASCADE, related_name="imports")
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [
            models.Index(fields=["created_at"], name="import_open", condition=Q(state__in=["waiting", "running"])),
        ]

    def __str__(self) -> str:
        return self.file_name or str(self.pk)

    @property
    def percent(self) -> int:
        """How much is done."""
        return min(100, round(100 * self.done / self.total)) if self.total else 0

    @property
    def context(self) -> str:
        """What the file is encrypted for."""
        return f"import:{self.pk}"
