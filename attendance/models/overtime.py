"""What was decided about the overtime of a day: a row beside the result, never changed; and what waits for that."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models.periods import Period
from attendance.rules.approval import Decided
from common.append_only import AppendOnly, AppendOnlyQuerySet
from employees.models import Employee, User

Stored = dict[str, int]


class OvertimeDecision(AppendOnly):
    """Of the overtime found on a day, how much counts: who said so, when and why. The latest row of a day holds."""

    employee = models.ForeignKey(
        Employee, verbose_name=_("employee"), on_delete=models.PROTECT, related_name="overtime_decisions"
    )
    day = models.DateField(_("day"))
    found: models.JSONField[Stored, Stored] = models.JSONField(_("found"), help_text="Seconds by tier, as seen.")
    approved: models.JSONField[Stored, Stored] = models.JSONField(_("approved"), help_text="Seconds by tier.")
    by = models.ForeignKey(User, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), default=timezone.now)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects: ClassVar[models.Manager[OvertimeDecision]] = AppendOnlyQuerySet["OvertimeDecision"].as_manager()

    class Meta:
        ordering = ("pk",)
        verbose_name = _("decision on overtime")
        verbose_name_plural = _("decisions on overtime")
        indexes = [models.Index(fields=["employee", "day"], name="overtime_by_person")]

    def __str__(self) -> str:
        return f"{self.employee_id} {self.day}"

    @property
    def decided(self) -> Decided:
        """The decision as the rules see it."""
        found, approved = (
            {int(tier): seconds for tier, seconds in stored.items()} for stored in (self.found, self.approved)
        )
        return Decided(found, approved)

    @property
    def approved_total(self) -> int:
        """Seconds."""
        return sum(self.approved.values())


class PendingOvertime(models.Model):
    """How much of a person's overtime in an open period waits for a decision, where a policy asks for one.

    Derived: counted by a worker after each change. It holds unless it is to be counted (``due_at``), or a ``DirtySpan``
    of the person lies in the period or in the week before. Who has no row has not been counted.
    """

    period = models.ForeignKey(Period, on_delete=models.CASCADE, related_name="pending_overtime")
    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="pending_overtime")
    seconds = models.IntegerField(default=0)
    due_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["period", "employee"], name="pending_overtime_once")]

    def __str__(self) -> str:
        return f"{self.employee_id} {self.period_id}"
