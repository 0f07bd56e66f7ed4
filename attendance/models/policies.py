"""How time is counted, from a date: policies, a person's zone and department over time, the company's holidays."""

from __future__ import annotations

from datetime import time
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attendance.rules.holiday_calendar import HolidayRegionError, public_holidays
from attendance.rules.policy import Block, BreakRule, Direction, OvertimeRule, Policy, Rounding, Scope, Undirected
from employees.models import Department, Employee, check_time_zone

Steps = list[dict[str, Any]]
DAY_MINUTES = 24 * 60
LONGEST_MINUTES = 400 * 60


def check_breaks(value: object) -> None:
    """Raise ValidationError for anything but ``[{"after": minutes, "length": minutes}, …]``."""
    rows = value if isinstance(value, list) else [None]
    for row in rows:
        if (
            not isinstance(row, dict)
            or row.keys() != {"after", "length"}
            or not all(_is_count(one) for one in row.values())
        ):
            raise ValidationError(_("Write breaks as [{“after”: 360, “length”: 30}], in minutes."))


def check_overtime(value: object) -> None:
    """Raise ValidationError for anything but ``[{"scope": …, "after": minutes, "tier": percent}, …]``."""
    rows = value if isinstance(value, list) else [None]
    for row in rows:
        if not isinstance(row, dict) or row.keys() != {"scope", "after", "tier"} or not _is_overtime(row):
            raise ValidationError(
                _(
                    "Write overtime as [{“scope”: “day”, “after”: 480, “tier”: 150}], in minutes and per cent (100 to "
                    "1000); scopes are %(scopes)s."
                ),
                params={"scopes": ", ".join(Scope)},
            )


def _is_overtime(row: dict[str, Any]) -> bool:
    tier = row["tier"]
    return str(row["scope"]) in list(Scope) and _is_count(row["after"]) and _is_count(tier) and 100 <= tier <= 1000


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LONGEST_MINUTES


class WorkPolicy(models.Model):
    """How worked time is counted from a date on, for a department or, without one, for everybody else."""

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
    valid_from = models.DateField(_("from"))
    round_in_minutes = models.PositiveSmallIntegerField(_("round check-ins to minutes"), default=0)
    round_in = models.CharField(_("check-ins"), max_length=8, choices=Rounding.choices, default=Rounding.NEAREST)
    round_out_minutes = models.PositiveSmallIntegerField(_("round check-outs to minutes"), default=0)
    round_out = models.CharField(_("check-outs"), max_length=8, choices=Rounding.choices, default=Rounding.NEAREST)
    breaks: models.JSONField[Steps, Steps] = models.JSONField(
        _("automatic breaks"), default=list, blank=True, validators=[check_breaks]
    )
    paid_break_minutes = models.PositiveSmallIntegerField(_("paid minutes of the day's breaks"), default=0)
    count_before = models.BooleanField(_("time before the shift counts"), default=True)
    count_after = models.BooleanField(_("time after the shift counts"), default=True)
    night_from = models.TimeField(_("night from"), default=time(22))
    night_to = models.TimeField(_("night to"), default=time(6))
    overtime: models.JSONField[Steps, Steps] = models.JSONField(
        _("overtime"), default=list, blank=True, validators=[check_overtime]
    )
    approve_overtime = models.BooleanField(
        _("overtime needs approval"), default=False,
        help_text=_("Overtime is then pending, and in no payroll, until a manager has approved it."),
    )  # fmt: skip
    week_start = models.PositiveSmallIntegerField(
        _("week begins on"), default=0, help_text=_("0 is Monday, 6 is Sunday.")
    )
    rest_minutes = models.PositiveSmallIntegerField(_("minimum rest in minutes"), default=0)
    day_ends_at = models.TimeField(
        _("day ends at"), default=time(0), help_text=_("Work without a shift up to then belongs to the day before.")
    )
    undirected = models.CharField(
        _("devices without a direction"), max_length=12, choices=Undirected.choices, default=Undirected.ALTERNATING
    )
    missing_out_mail = models.CharField(
        _("to whoever forgot to clock out"), max_length=5, choices=MissingOutMail.choices, default="", blank=True,
        help_text=_("By e-mail, once for a day, to people with an address."),
    )  # fmt: skip
    holiday_country = models.CharField(
        _("public holidays of country"), max_length=2, blank=True, help_text=_("Two letters, such as ES.")
    )
    holiday_region = models.CharField(_("and region"), max_length=10, blank=True, help_text=_("Such as MD for Madrid."))

    class Meta:
        ordering = ("department__name", "valid_from")
        verbose_name = _("work policy")
        verbose_name_plural = _("work policies")
        constraints = [
            models.UniqueConstraint(
                fields=["department", "valid_from"],
                name="policy_one_from_a_day",
                nulls_distinct=False,
                violation_error_message=_("There is a policy from that day already."),
            ),
            models.CheckConstraint(condition=Q(week_start__lte=6), name="policy_week_start"),
            models.CheckConstraint(
                condition=Q(round_in_minutes__lte=60, round_out_minutes__lte=60, rest_minutes__lte=DAY_MINUTES),
                name="policy_minutes",
                violation_error_message=_("Round to at most 60 minutes, and ask for at most 24 hours of rest."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.valid_from})"

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
        return Policy(
            name=self.name,
            round_in=Rounding(self.round_in_minutes * 60, Direction(self.round_in)),
            round_out=Rounding(self.round_out_minutes * 60, Direction(self.round_out)),
            breaks=tuple(BreakRule(one["after"] * 60, one["length"] * 60) for one in self.breaks),
            paid_break=self.paid_break_minutes * 60,
            count_before=self.count_before,
            count_after=self.count_after,
            night=None if self.night_from == self.night_to else Block(self.night_from, self.night_to),
            overtime=tuple(OvertimeRule(Scope(one["scope"]), one["after"] * 60, one["tier"]) for one in self.overtime),
            approve_overtime=self.approve_overtime,
            week_start=self.week_start,
            rest=self.rest_minutes * 60,
            day_cut=self.day_ends_at,
            undirected=Undirected(self.undirected),
        )


class Posting(models.Model):
    """Where a person belongs from a day on: department and zone. The employee's own row says where they belong now."""

    employee = models.ForeignKey(
        Employee, verbose_name=_("employee"), on_delete=models.CASCADE, related_name="postings"
    )
    valid_from = models.DateField(_("from"))
    department = models.ForeignKey(
        Department, verbose_name=_("department"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[check_time_zone])

    class Meta:
        ordering = ("valid_from",)
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        constraints = [models.UniqueConstraint(fields=["employee", "valid_from"], name="posting_one_from_a_day")]

    def __str__(self) -> str:
        return f"{self.employee} · {self.valid_from}"


class CompanyHoliday(models.Model):
    """A day off of the company's own; or, with ``worked``, a public holiday that is worked here."""

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
    worked = models.BooleanField(_("is worked in spite of it"), default=False)

    class Meta:
        ordering = ("day",)
        verbose_name = _("company holiday")
        verbose_name_plural = _("company holidays")
        constraints = [
            models.UniqueConstraint(fields=["day", "department"], name="holiday_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
