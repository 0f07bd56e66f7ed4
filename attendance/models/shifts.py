"""When somebody is expected."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from employees.models import Employee


class Shift(models.Model):
    """When somebody is expected: the same hours on the chosen weekdays. An end before the start is on the next day."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    starts_at = models.TimeField(_("starts at"))
    ends_at = models.TimeField(_("ends at"))
    weekdays: models.JSONField[list[int], list[int]] = models.JSONField(
        _("weekdays"), default=list, help_text=_("0 is Monday, 6 is Sunday.")
    )
    grace_minutes = models.PositiveSmallIntegerField(_("grace in minutes"), default=5)

    class Meta:
        ordering = ("name",)
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")

    def __str__(self) -> str:
        return f"{self.name} {self.starts_at:%H:%M}–{self.ends_at:%H:%M}"


class ShiftAssignment(models.Model):
    employee = models.ForeignKey(Employee, verbose_name=_("employee"), on_delete=models.CASCADE, related_name="shifts")
    shift = models.ForeignKey(Shift, verbose_name=_("shift"), on_delete=models.PROTECT, related_name="assignments")
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(
        _("to"), null=True, blank=True, help_text=_("The last day; empty means until further notice.")
    )

    class Meta:
        ordering = ("valid_from",)
        verbose_name = _("shift assignment")
        verbose_name_plural = _("shift assignments")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=models.F("valid_from")),
                name="assignment_ends_after_start",
                violation_error_message=_("The last day cannot be before the first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.employee} · {self.shift}"
