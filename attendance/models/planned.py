"""What somebody works on a day instead of what their assignments say."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from attendance.models.shifts import Shift
from employees.models import Employee


class PlannedShifts(models.QuerySet["PlannedShift"]):
    """Rows of the plan."""

    def published(self) -> PlannedShifts:
        """What people see and what is counted."""
        return self.filter(state=PlannedShift.State.PUBLISHED)


class PlannedShift(models.Model):
    """A shift of a person's day, or that the day is free.

    Together the published rows of a day take the place of what the assignments say; a draft counts nowhere. A draft of
    the kind ``pattern`` gives the day back to the assignments once it is published.
    """

    class Kind(models.TextChoices):
        SHIFT = "shift", _("Shift")
        FREE = "free", pgettext_lazy("day", "Free")
        PATTERN = "pattern", _("As assigned")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")

    employee = models.ForeignKey(
        Employee, verbose_name=_("employee"), on_delete=models.CASCADE, related_name="planned_shifts"
    )
    day = models.DateField(_("day"))
    kind = models.CharField(_("kind"), max_length=7, choices=Kind.choices, default=Kind.SHIFT)
    shift = models.ForeignKey(
        Shift, verbose_name=_("shift"), null=True, blank=True, on_delete=models.PROTECT, related_name="planned"
    )
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.DRAFT)
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = PlannedShifts.as_manager()

    class Meta:
        ordering = ("day", "pk")
        verbose_name = _("planned shift")
        verbose_name_plural = _("planned shifts")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="shift", shift__isnull=False) | Q(~Q(kind="shift"), shift=None),
                name="planned_shift_or_none",
            ),
            models.CheckConstraint(condition=~Q(kind="pattern") | Q(state="draft"), name="planned_pattern_is_draft"),
            models.UniqueConstraint(fields=["employee", "day", "state", "shift"], name="planned_once"),
            models.UniqueConstraint(
                fields=["employee", "day", "state"], condition=~Q(kind="shift"), name="planned_one_free"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.employee} · {self.day} · {self.shift or self.get_kind_display()}"
