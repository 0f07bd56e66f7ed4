"""How a type of absence is granted, kept and charged, from a day on."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attendance.models import AbsenceType
from common.moments import day_text
from employees.models import Department, Employee
from leave.rules import shapes
from leave.rules.values import amount_from

Rows = list[dict[str, Any]]
MOST_AMOUNT = 3000
MOST_YEARS = 60
DAY_MINUTES, WEEK_MINUTES = 480, 2400
TWICE = _("There is a rule of this type from that day already.")
NO_LIMIT = _("Empty: without a limit.")


def check_steps(value: object) -> None:
    """Raise ValidationError for anything but ``[{"after": years, "amount": "15"}, …]``, each number of years once."""
    rows: Any = value if isinstance(value, list | tuple) else [None]
    good = all(isinstance(row, dict) and row.keys() == {"after", "amount"} and _is_step(row) for row in rows)
    if not good or len({row["after"] for row in rows}) != len(rows):
        raise ValidationError(_("Write steps as [{“after”: 5, “amount”: “20”}], each number of years once."))


def _is_step(row: dict[str, Any]) -> bool:
    try:
        amount = amount_from(row["amount"])
    except ValueError:
        return False
    after = row["after"]
    return (
        isinstance(after, int)
        and not isinstance(after, bool)
        and 0 <= after <= MOST_YEARS
        and 0 <= amount <= MOST_AMOUNT
    )


class LeaveRule(models.Model):
    """The leave of one type from a date on, for a person or a department, or for everybody else."""

    class Unit(models.TextChoices):
        DAYS = "days", _("Days")
        HOURS = "hours", _("Hours")

    class Grant(models.TextChoices):
        YEAR = "year", _("ahead, at the start of the leave year")
        MONTH = "month", _("a twelfth as each month ends")
        ANNIVERSARY = "anniversary", _("after each completed year of service")
        NONE = "none", _("not at all: only what is entered")

    class Prorata(models.TextChoices):
        NONE = "none", _("whole, as for a whole year")
        DAYS = "days", _("by its days")
        MONTHS = "months", _("by its months, 15 days being one")

    class Rounding(models.TextChoices):
        NONE = "none", _("not rounded")
        HALF_UP = "half_up", _("up to halves")
        UP = "up", _("up")
        NEAREST = "nearest", _("to the nearest")

    class Seniority(models.TextChoices):
        CURRENT = "current", _("of the present employment")
        SUMMED = "summed", _("of all employments")

    class Leaving(models.TextChoices):
        PAID_OUT = "paid_out", _("is paid out")
        KEPT = "kept", _("is kept for who comes back")

    class Counts(models.TextChoices):
        WORKING = "working", _("the person's working days")
        CALENDAR = "calendar", _("every day of the calendar")

    kind = models.ForeignKey(AbsenceType, verbose_name=_("type"), on_delete=models.PROTECT, related_name="leave_rules")
    department = models.ForeignKey(
        Department,
        verbose_name=_("department"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("Empty: for every department without a rule of its own."),
    )
    employee = models.ForeignKey(
        Employee,
        verbose_name=_("employee"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="leave_rules",
        help_text=_("For one person, in place of the department's rule."),
    )
    valid_from = models.DateField(_("from"))
    unit = models.CharField(_("counted in"), max_length=5, choices=Unit.choices, default=Unit.DAYS)
    grant = models.CharField(_("granted"), max_length=11, choices=Grant.choices, default=Grant.YEAR)
    year_month = models.PositiveSmallIntegerField(
        _("leave year begins in month"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
        help_text=_("1 is January. After completed years of service, the leave year is the year of service."),
    )
    steps: models.JSONField[Rows, Rows] = models.JSONField(
        _("amount a year"), default=list, blank=True, validators=[check_steps]
    )
    prorata = models.CharField(
        _("a part of a year counts"), max_length=6, choices=Prorata.choices, default=Prorata.DAYS
    )
    first_year = models.BooleanField(
        _("a part also of the first year"),
        default=True,
        help_text=_("After completed years: who leaves within the first one gets a part of it."),
    )
    part_time = models.BooleanField(
        _("in proportion to part time"), default=False, help_text=_("By the contract's hours a week.")
    )
    week_minutes = models.PositiveSmallIntegerField(
        _("a full week"), default=WEEK_MINUTES, validators=[MinValueValidator(60)]
    )
    rounding = models.CharField(_("rounding"), max_length=8, choices=Rounding.choices, default=Rounding.NONE)
    seniority = models.CharField(
        _("years of service"), max_length=8, choices=Seniority.choices, default=Seniority.CURRENT
    )
    leaving = models.CharField(
        _("what is left at the end of employment"), max_length=8, choices=Leaving.choices, default=Leaving.PAID_OUT
    )
    carry_most = models.DecimalField(
        _("carried over at most"),
        max_digits=7,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=NO_LIMIT,
    )
    carry_months = models.PositiveSmallIntegerField(
        _("carried over for months"), null=True, blank=True, validators=[MinValueValidator(1)], help_text=NO_LIMIT
    )
    expires_months = models.PositiveSmallIntegerField(
        _("each grant counts for months"), null=True, blank=True, validators=[MinValueValidator(1)], help_text=NO_LIMIT
    )
    below = models.DecimalField(
        _("balance may be negative by"),
        max_digits=7,
        decimal_places=2,
        null=True,
        blank=True,
        default=0,
        validators=[MinValueValidator(0)],
        help_text=_("0: a request for more than the balance is refused. Empty: without a limit."),
    )
    counts = models.CharField(_("charged"), max_length=8, choices=Counts.choices, default=Counts.WORKING)
    holidays_free = models.BooleanField(_("public holidays are free"), default=True)
    gives_back = models.BooleanField(
        _("sick leave gives days back"),
        default=False,
        help_text=_("Days on which a type of absence falls that may fall on other leave."),
    )
    encash_most = models.DecimalField(
        _("paid out in a leave year at most"),
        max_digits=7,
        decimal_places=2,
        null=True,
        blank=True,
        default=0,
        validators=[MinValueValidator(0)],
        help_text=NO_LIMIT,
    )
    time_bank = models.BooleanField(_("takes approved overtime"), default=False)
    time_bank_percent = models.PositiveSmallIntegerField(
        _("overtime counts per cent"), default=100, validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )
    day_minutes = models.PositiveSmallIntegerField(
        _("a day of leave"),
        default=DAY_MINUTES,
        validators=[MinValueValidator(60), MaxValueValidator(1440)],
        help_text=_("How much overtime makes a day, and how long a day is for who has no shifts."),
    )
    pack = models.CharField(max_length=20, blank=True, default="", editable=False)

    class Meta:
        ordering = ("kind__name", "-valid_from")
        verbose_name = _("leave rule")
        verbose_name_plural = _("leave rules")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "valid_from"],
                condition=Q(department=None, employee=None),
                name="leave_rule_once_for_all",
                violation_error_message=TWICE,
            ),
            models.UniqueConstraint(
                fields=["kind", "valid_from", "department"],
                name="leave_rule_once_for_department",
                violation_error_message=TWICE,
            ),
            models.UniqueConstraint(
                fields=["kind", "valid_from", "employee"],
                name="leave_rule_once_for_person",
                violation_error_message=TWICE,
            ),
            models.CheckConstraint(
                condition=Q(department=None) | Q(employee=None),
                name="leave_rule_for_one",
                violation_error_message=_("Choose a department or a person, not both."),
            ),
            models.CheckConstraint(condition=Q(year_month__gte=1, year_month__lte=12), name="leave_rule_month"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {day_text(self.valid_from)}"

    def clean(self) -> None:
        """All rules of a type count in one unit; raises ValidationError."""
        super().clean()
        others = LeaveRule.objects.filter(kind=self.kind_id).exclude(pk=self.pk).exclude(unit=self.unit)
        if self.kind_id and others.exists():
            raise ValidationError({"unit": _("Other rules of this type count in another unit. Use the same.")})

    def plan(self) -> shapes.Rule:
        """The rule as the rules see it."""
        return shapes.Rule(
            name=str(self),
            unit=shapes.Unit(self.unit),
            grant=shapes.Grant(self.grant),
            year_month=self.year_month,
            steps=tuple(shapes.Step(row["after"], amount_from(row["amount"])) for row in self.steps),
            prorata=shapes.Prorata(self.prorata),
            first_year=self.first_year,
            part_time=self.part_time,
            rounding=shapes.Rounding(self.rounding),
            seniority=shapes.Seniority(self.seniority),
            leaving=shapes.Leaving(self.leaving),
            carry_most=_exact(self.carry_most),
            carry_months=self.carry_months,
            expires_months=self.expires_months,
            below=_exact(self.below),
            counts=shapes.Counts(self.counts),
            holidays_free=self.holidays_free,
            gives_back=self.gives_back,
            encash_most=_exact(self.encash_most),
            time_bank=self.time_bank,
            time_bank_percent=self.time_bank_percent,
            day_minutes=self.day_minutes,
        )


def _exact(value: Any) -> Fraction | None:
    return None if value is None else Fraction(value)
