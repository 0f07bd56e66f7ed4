"""What somebody has seen of days that cannot be mended: a row beside the result, never changed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.append_only import AppendOnly, AppendOnlyQuerySet
from employees.models import Employee, User


class SeenDay(AppendOnly):
    """A day that was for information only, as it was when somebody marked it as seen: who, when and a note.

    ``fingerprint`` names the figures: a day with others is shown again.
    """

    employee = models.ForeignKey(
        Employee, verbose_name=_("employee"), on_delete=models.PROTECT, related_name="seen_days"
    )
    day = models.DateField(_("day"))
    fingerprint = models.CharField(max_length=64)
    by = models.ForeignKey(User, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), default=timezone.now)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects: ClassVar[models.Manager[SeenDay]] = AppendOnlyQuerySet["SeenDay"].as_manager()

    class Meta:
        ordering = ("pk",)
        verbose_name = _("day marked as seen")
        verbose_name_plural = _("days marked as seen")
        constraints = [models.UniqueConstraint(fields=["employee", "day", "fingerprint"], name="seen_once")]

    def __str__(self) -> str:
        return f"{self.employee_id} {self.day}"
