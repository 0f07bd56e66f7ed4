"""Something that was done to many at once, kept for as long as it may be undone."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from employees.models.people import User


class BulkAct(models.Model):
    """One act on many rows: which, what each was before, and who did it. What it changed has its own audit entries."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=30)
    by = models.ForeignKey(User, verbose_name=_("by"), on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(_("at"), default=timezone.now)
    rows: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(_("rows"), default=list)
    left: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(_("not done"), default=list)
    back = models.CharField(max_length=500, blank=True)
    undone_at = models.DateTimeField(_("undone"), null=True)

    class Meta:
        ordering = ("-at",)
        verbose_name = _("bulk change")
        verbose_name_plural = _("bulk changes")
        indexes = [models.Index(fields=["at"], name="bulk_act_by_time")]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"
