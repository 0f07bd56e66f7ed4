"""How time is counted, from a date: policies, and the company's holidays."""

from __future__ import annotations

from datetime import time

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attendance.models.policy_rows import (
    Rows,
    check_allowances,
    check_breaks,
    check_caps,
    check_overtime,
    check_weekdays,
)
from attendance.rules.holiday_calendar import HolidayRegionError, public_holidays
from attendance.rules.policy import Policy
from attendance.rules.values import DEFAULTS, policy_from
from common.moments import day_text
from employees.models import Contract, Department, Employee, Site

DAY_MINUTES = 24 * 60
LONGEST = 48 * 60
SHORTEST_NIGHT_HOUR = 1800


def weekend_days() -> list[int]:
    """Saturday and Sunday."""
    return [5, 6]


def rest_days() -> list[int]:
    """Sunday."""
    return [6]


class WorkPolicy(models.Model):
    """How worked time is counted from a date on, for a person, a contract or a department, or for everybody else."""

    class Rounding(models.TextChoices):
        NEAREST = "nearest", _("to the nearest step")
        UP = "up", _("up")
        DOWN = "down", _("down")

    class Undirected(models.TextChoices):
        ALTERNATING = "alternating", _("alternating")
        FIRST_LAST = "first_last", _("first in, last out")

    class MissingOutMail(models.TextChoices):
        NONE = "", _("no message")
        LINK = "link", _("a link that works without a login")
        LOGIN = "login", _("a link to the own page")

    name = models.CharField(_("name"), max_length=80)
    department = models.ForeignKey(
        Department,
        verbose_name=_("department"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="policies",
        help_text=_("Empty: for every department without a policy of its own."),
    )
    contract = models.ForeignKey(
        Contract,
        verbose_name=_("contract"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="policies",
        help_text=_("For whoever has this contract, in place of the department's policy."),
    )
    employee = models.ForeignKey(
        Employee,
        verbose_name=_("employee"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="policies",
        help_text=_("For this person alone, in place of any other policy."),
    )
    valid_from = models.DateField(_("from"))
    round_in_minutes = models.PositiveSmallIntegerField(_("round check-ins to minutes"), default=0)
    round_in = models.CharField(_("check-ins"), max_length=8, choices=Rounding.choices, default=Rounding.NEAREST)
    round_out_minutes = models.PositiveSmallIntegerField(_("round check-outs to minutes"), default=0)
    round_out = models.CharField(_("check-outs"), max_length=8, choices=Rounding.choices, default=Rounding.NEAREST)
    breaks: models.JSONField[Rows, Rows] = models.JSONField(
        _("automatic breaks"), default=list, blank=True, validators=[check_breaks]
    )
    paid_break_minutes = models.PositiveSmallIntegerField(_("paid minutes of the day's breaks"), default=0)
    short_break_minutes = models.PositiveSmallIntegerField(
        _("breaks of up to so many minutes are paid"), default=0, help_text=_("Each of them; 0: none is.")
    )
    longest_break_minutes = models.PositiveSmallIntegerField(
        _("a longer absence is no break, minutes"),
        default=240,
        help_text=_("Without a fixed shift, and before or after one: whoever is away for longer was at home."),
    )
    tolerance_punch_minutes = models.PositiveSmallIntegerField(
        _("tolerated minutes a punch"),
        default=0,
        help_text=_("So little off the shift's times counts as on time, while the day's sum is tolerated as well."),
    )
    tolerance_day_minutes = models.PositiveSmallIntegerField(_("tolerated minutes a day"), default=0)
    count_before = models.BooleanField(_("time before the shift counts"), default=True)
    count_after = models.BooleanField(_("time after the shift counts"), default=True)
    night_from = models.TimeField(_("night from"), default=time(22))
    night_to = models.TimeField(_("night to"), default=time(6))
    night_hour_seconds = models.PositiveSmallIntegerField(
        _("seconds of an hour of the night"),
        default=3600,
        help_text=_("3600, or less where the law counts a shorter time as an hour: 3150 in Brazil."),
    )
    overtime: models.JSONField[Rows, Rows] = models.JSONField(
        _("overtime"), default=list, blank=True, validators=[check_overtime]
    )
    approve_overtime = models.BooleanField(
        _("overtime needs approval"),
        default=False,
        help_text=_("Overtime is then pending, and in no payroll, until a manager has approved it."),
    )
    week_start = models.PositiveSmallIntegerField(
        _("week begins on"), default=0, help_text=_("0 is Monday, 6 is Sunday.")
    )
    weekend: models.JSONField[list[int], list[int]] = models.JSONField(
        _("weekend"), default=weekend_days, blank=True, validators=[check_weekdays]
    )
    rest_days: models.JSONField[list[int], list[int]] = models.JSONField(
        _("days of rest"), default=rest_days, blank=True, validators=[check_weekdays]
    )
    rest_by_pattern = models.BooleanField(_("a day without a shift is a day of rest"), default=False)
    rest_minutes = models.PositiveSmallIntegerField(_("minimum rest in minutes"), default=0)
    weekly_rest_minutes = models.PositiveSmallIntegerField(
        _("longest rest of a week at least, minutes"), default=0, help_text=_("A shorter one is shown; 0: none is.")
    )
    longest_day_minutes = models.PositiveSmallIntegerField(
        _("longest day in minutes"), default=0, help_text=_("What goes beyond is shown; 0: nothing is.")
    )
    longest_week_minutes = models.PositiveSmallIntegerField(_("longest week in minutes"), default=0)
    caps: models.JSONField[Rows, Rows] = models.JSONField(
        _("caps on overtime"), default=list, blank=True, validators=[check_caps]
    )
    average_weeks = models.PositiveSmallIntegerField(_("average over weeks"), default=0)
    average_minutes = models.PositiveSmallIntegerField(_("average week at most, minutes"), default=0)
    allowances: models.JSONField[Rows, Rows] = models.JSONField(
        _("allowances"), default=list, blank=True, validators=[check_allowances]
    )
    longest_minutes = models.PositiveSmallIntegerField(
        _("longest time between in and out, minutes"),
        default=16 * 60,
        help_text=_("Without a shift: a check-out that comes later belongs to no check-in."),
    )
    longest_planned_minutes = models.PositiveSmallIntegerField(
        _("the same over shifts that follow each other, minutes"), default=48 * 60
    )
    day_ends_at = models.TimeField(
        _("day ends at"), default=time(0), help_text=_("Work without a shift up to then belongs to the day before.")
    )
    undirected = models.CharField(
        _("devices without a direction"), max_length=12, choices=Undirected.choices, default=Undirected.ALTERNATING
    )
    missing_out_mail = models.CharField(
        _("to whoever forgot to clock out"),
        max_length=5,
        choices=MissingOutMail.choices,
        default="",
        blank=True,
        help_text=_("By e-mail, once for a day, to people with an address."),
    )
    holiday_country = models.CharField(
        _("public holidays of country"), max_length=2, blank=True, help_text=_("Two letters, such as ES.")
    )
    pack = models.CharField(_("rules of"), max_length=20, blank=True, editable=False)
    holiday_region = models.CharField(_("and region"), max_length=10, blank=True, help_text=_("Such as MD for Madrid."))

    class Meta:
        ordering = ("department__name", "valid_from")
        verbose_name = _("work policy")
        verbose_name_plural = _("work policies")
        constraints = [
            models.UniqueConstraint(
                fields=["department", "contract", "employee", "valid_from"],
                name="policy_one_from_a_day",
                nulls_distinct=False,
                violation_error_message=_("There is a policy from that day already."),
            ),
            models.CheckConstraint(
                condition=Q(department=None, contract=None)
                | Q(department=None, employee=None)
                | Q(contract=None, employee=None),
                name="policy_for_one",
                violation_error_message=_("A policy is for a department, a contract or a person, not for two of them."),
            ),
            models.CheckConstraint(condition=Q(week_start__lte=6), name="policy_week_start"),
            models.CheckConstraint(
                condition=Q(round_in_minutes__lte=60, round_out_minutes__lte=60, rest_minutes__lte=DAY_MINUTES),
                name="policy_minutes",
                violation_error_message=_("Round to at most 60 minutes, and ask for at most 24 hours of rest."),
            ),
            models.CheckConstraint(
                condition=Q(
                    longest_minutes__gte=60, longest_minutes__lte=LONGEST, longest_planned_minutes__lte=LONGEST
                ),
                name="policy_longest",
                violation_error_message=_("Between a check-in and its check-out lie at most 48 hours."),
            ),
            models.CheckConstraint(
                condition=Q(night_hour_seconds__gte=SHORTEST_NIGHT_HOUR, night_hour_seconds__lte=3600),
                name="policy_night_hour",
                violation_error_message=_("An hour of the night has from 1800 to 3600 seconds."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({day_text(self.valid_from)})"

    def clean(self) -> None:
        super().clean()
        try:
            public_holidays(
                self.holiday_country, self.holiday_region, self.valid_from.year if self.valid_from else 2026
            )
        except HolidayRegionError as error:
            raise ValidationError({"holiday_region": _("These public holidays are not known.")}) from error

    def plan(self) -> Policy:
        """The policy as the rules see it."""
        return policy_from({name: getattr(self, name) for name in DEFAULTS})


class CompanyHoliday(models.Model):
    """A day off of the company's own; or, with ``worked``, a public holiday that is worked here."""

    class Half(models.TextChoices):
        WHOLE = "whole", _("the whole day")
        FIRST = "first", _("up to noon")
        SECOND = "second", _("from noon on")

    day = models.DateField(_("day"))
    name = models.CharField(_("name"), max_length=80)
    department = models.ForeignKey(
        Department,
        verbose_name=_("department"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("Empty: for everybody."),
    )
    site = models.ForeignKey(
        Site,
        verbose_name=_("site"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("Empty: at every site."),
    )
    half = models.CharField(_("part of the day"), max_length=6, choices=Half.choices, default=Half.WHOLE)
    premium = models.BooleanField(
        _("its hours are those of a holiday"),
        default=True,
        help_text=_("Not where the company is merely closed: whoever works then has ordinary hours."),
    )
    worked = models.BooleanField(_("is worked in spite of it"), default=False)

    class Meta:
        ordering = ("day",)
        verbose_name = _("company holiday")
        verbose_name_plural = _("company holidays")
        constraints = [
            models.UniqueConstraint(fields=["day", "department", "site"], name="holiday_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return f"{day_text(self.day)} {self.name}"
