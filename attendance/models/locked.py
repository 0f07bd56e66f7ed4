"""What a period was when it was locked: who was in it, under which name, with which figures, by which rules."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from attendance.models.periods import Period, PeriodAct
from common.append_only import AppendOnly, AppendOnlyQuerySet
from common.fields import OrderField, PlainField
from employees.models import Employee, User

Tiers = dict[str, dict[str, int]]
Pairs = dict[str, list[int]]


class LockedTimesheet(AppendOnly):
    """One person's period as it was locked; pages and files of a locked period are read from here alone.

    ``figures`` are what sums and files need, ``days`` what the person's page shows: intervals, plans and reasons. Both
    are written by ``attendance.rules.codec``. After a period was reopened its next lock has rows of its own.
    """

    act = models.ForeignKey(PeriodAct, verbose_name=_("closing"), on_delete=models.PROTECT, related_name="timesheets")
    employee = models.ForeignKey(
        Employee, verbose_name=_("employee"), on_delete=models.PROTECT, related_name="locked_timesheets"
    )
    number = models.CharField(_("number"), max_length=40)
    first_name = models.CharField(_("first name"), max_length=150)
    last_name = models.CharField(_("last name"), max_length=150, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    searched = PlainField(of=("number", "first_name", "last_name"))
    sort_key = OrderField(of=("last_name", "first_name"))
    time_zone = models.CharField(_("time zone"), max_length=64)
    department = models.CharField(_("department"), max_length=150, blank=True)
    department_key = models.BigIntegerField(null=True)
    department_keys = models.CharField(
        max_length=400, help_text="All those they belonged to in the period, as “,3,7,”: to look for one of them."
    )
    figures = models.BinaryField()
    days = models.BinaryField()

    objects: ClassVar[Any] = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering = ("sort_key", "number")
        verbose_name = _("timesheet of a closed period")
        verbose_name_plural = _("timesheets of closed periods")
        constraints = [models.UniqueConstraint(fields=["act", "employee"], name="locked_once")]
        indexes = [models.Index(fields=["employee", "act"], name="locked_by_person")]

    def __str__(self) -> str:
        return f"{self.number} {self.act_id}"


class LateChange(models.Model):
    """By how much a person's locked period would be another today, until HR adjusts it or leaves it as it is.

    Derived: counted by a worker after each change that touches a locked day. ``due_at`` says that it is to be counted.
    """

    period = models.ForeignKey(Period, on_delete=models.CASCADE, related_name="late_changes")
    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="late_changes")
    days: models.JSONField[Tiers, Tiers] = models.JSONField(
        default=dict, help_text="By day, the seconds more or less to pay, by tier; 0 is work without one."
    )
    figures: models.JSONField[Pairs, Pairs] = models.JSONField(
        default=dict, help_text="The sums of the period that differ: then and now."
    )
    counted_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True, db_index=True)
    left_days: models.JSONField[Tiers, Tiers] = models.JSONField(default=dict)
    left_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    left_at = models.DateTimeField(null=True)
    left_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("period", "employee")
        constraints = [models.UniqueConstraint(fields=["period", "employee"], name="late_once")]

    def __str__(self) -> str:
        return f"{self.employee_id} {self.period_id}"
