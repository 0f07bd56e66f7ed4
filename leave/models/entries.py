"""What is entered into a ledger of leave by hand: a row that is never changed."""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models import AbsenceType
from common.append_only import AppendOnly, AppendOnlyQuerySet
from common.moments import day_text
from employees.models import Employee, User
from leave.models.rules import LeaveRule

SCALE = {LeaveRule.Unit.DAYS.value: 100, LeaveRule.Unit.HOURS.value: 60}
"""What a whole unit is stored as: hundredths of a day, minutes of an hour."""

Taken = dict[str, dict[str, int]]


class LedgerEntry(AppendOnly):
    """An opening balance, an adjustment, leave paid out, or overtime moved into leave: who entered it, and why.

    A wrong one is corrected by another. ``amount`` is in hundredths of a day, or minutes. ``minutes`` of overtime are
    those of the days ``first`` to ``last``, less than none where they are given back to be paid: ``taken`` says by day
    and tier how many seconds of it are not paid therefore.
    """

    class Entered(models.TextChoices):
        OPENING = "opening", _("Opening balance")
        ADJUSTMENT = "adjustment", _("Adjustment")
        ENCASHMENT = "encashment", _("Paid out")
        TIME_BANK = "time_bank", _("From overtime")

    employee = models.ForeignKey(
        Employee, verbose_name=_("employee"), on_delete=models.PROTECT, related_name="leave_entries"
    )
    kind = models.ForeignKey(
        AbsenceType, verbose_name=_("type"), on_delete=models.PROTECT, related_name="leave_entries"
    )
    day = models.DateField(_("day"))
    entered = models.CharField(_("what"), max_length=10, choices=Entered.choices)
    unit = models.CharField(_("counted in"), max_length=5, choices=LeaveRule.Unit.choices)
    amount = models.IntegerField(_("amount"))
    minutes = models.IntegerField(_("minutes of overtime"), null=True, blank=True)
    first = models.DateField(_("from"), null=True, blank=True)
    last = models.DateField(_("to"), null=True, blank=True)
    taken: models.JSONField[Taken, Taken] = models.JSONField(
        default=dict, editable=False, help_text="Of the overtime: by day, seconds by tier."
    )
    reason = models.CharField(_("reason"), max_length=300)
    author = models.ForeignKey(User, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), default=timezone.now)
    idempotency_key = models.CharField(max_length=120, default="", blank=True, editable=False)

    objects: ClassVar[models.Manager[LedgerEntry]] = AppendOnlyQuerySet["LedgerEntry"].as_manager()

    class Meta:
        ordering = ("day", "pk")
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        constraints = [
            models.UniqueConstraint(
                fields=["idempotency_key"], condition=~Q(idempotency_key=""), name="leave_entry_once_for_a_key"
            ),
            models.CheckConstraint(
                condition=~Q(entered="time_bank")
                | (~Q(minutes=0) & Q(minutes__isnull=False, first__isnull=False, last__gte=models.F("first"))),
                name="leave_entry_of_overtime",
            ),
        ]
        indexes = [models.Index(fields=["employee", "kind", "day"], name="leave_entry_by_person")]

    def __str__(self) -> str:
        return f"{self.employee} · {day_text(self.day)} · {self.get_entered_display()}"

    @property
    def value(self) -> Fraction:
        """The amount in its unit."""
        return Fraction(self.amount, SCALE[self.unit])
