"""What other systems get: hours in payroll's own columns, and a person's shifts in their calendar."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class PayrollLayout(models.Model):
    """How one payroll program wants its file."""

    class Shape(models.TextChoices):
        PERSON = "person", _("Summary by person")
        CODE = "code", _("Summary by person and pay code")

    class Separator(models.TextChoices):
        COMMA = ",", _("Comma")
        SEMICOLON = ";", _("Semicolon")
        TAB = "\t", _("Tab")
        BAR = "|", _("Bar")

    class Decimal(models.TextChoices):
        POINT = ".", _("Point")
        COMMA = ",", _("Comma")

    class Encoding(models.TextChoices):
        UTF8 = "utf-8", "UTF-8"
        UTF8_MARK = "utf-8-sig", _("UTF-8 with a mark, for spreadsheets")
        WINDOWS = "cp1252", "Windows-1252"

    class DateFormat(models.TextChoices):
        ISO = "%Y-%m-%d", "2026-03-31"
        EUROPE = "%d/%m/%Y", "31/03/2026"
        AMERICA = "%m/%d/%Y", "03/31/2026"
        PLAIN = "%Y%m%d", "20260331"

    name = models.CharField(_("name"), max_length=80, unique=True)
    shape = models.CharField(_("shape"), max_length=8, choices=Shape.choices, default=Shape.PERSON)
    separator = models.CharField(_("separator"), max_length=1, choices=Separator.choices, default=Separator.SEMICOLON)
    decimal = models.CharField(_("decimal sign"), max_length=1, choices=Decimal.choices, default=Decimal.COMMA)
    encoding = models.CharField(_("encoding"), max_length=10, choices=Encoding.choices, default=Encoding.UTF8)
    date_format = models.CharField(_("dates"), max_length=10, choices=DateFormat.choices, default=DateFormat.ISO)
    heading = models.BooleanField(_("with a heading"), default=True)
    code_title = models.CharField(
        _("heading of the pay code"), max_length=60, default="code", help_text=_("Where each line has a pay code.")
    )

    class Meta:
        ordering = ("name",)
        verbose_name = _("payroll layout")
        verbose_name_plural = _("payroll layouts")

    def __str__(self) -> str:
        return self.name


class PayrollColumn(models.Model):
    """One column of the file, and what fills it."""

    class Source(models.TextChoices):
        NUMBER = "number", _("Number")
        NAME = "name", _("Name")
        FIRST_NAME = "first_name", _("First name")
        LAST_NAME = "last_name", _("Last name")
        EMAIL = "email", _("E-mail")
        DEPARTMENT = "department", _("Department")
        FIRST_DAY = "first_day", _("First day of the period")
        LAST_DAY = "last_day", _("Last day of the period")
        DAYS = "days", _("Days worked")
        WORKED = "worked", _("Worked")
        REQUIRED = "required", _("Scheduled hours")
        BALANCE = "balance", _("Balance")
        OVERTIME = "overtime", _("Overtime")
        OVERTIME_PENDING = "pending", _("Overtime not approved yet")
        NIGHT = "night", _("Night")
        HOLIDAY = "on_holiday", _("On holidays")
        LEAVE = "leave", _("Leave")
        ABSENT = "absent", _("Absent")
        LATE = "late", _("Late")
        EARLY = "early", _("Early")
        ADJUSTED = "adjusted", _("Adjusted")
        TEXT = "text", _("The same text on each line")

    class Unit(models.TextChoices):
        HOURS = "hours", _("Decimal hours (7.75)")
        CLOCK = "clock", _("Hours and minutes (7:45)")
        MINUTES = "minutes", _("Minutes (465)")

    SPANS = frozenset(
        {
            "worked",
            "required",
            "balance",
            "overtime",
            "pending",
            "night",
            "on_holiday",
            "leave",
            "absent",
            "late",
            "early",
            "adjusted",
        }
    )

    layout = models.ForeignKey(
        PayrollLayout, verbose_name=_("layout"), on_delete=models.CASCADE, related_name="columns"
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    title = models.CharField(_("heading"), max_length=60, blank=True)
    source = models.CharField(_("filled with"), max_length=12, choices=Source.choices)
    unit = models.CharField(_("as"), max_length=8, choices=Unit.choices, default=Unit.HOURS)
    tier = models.PositiveSmallIntegerField(
        _("tier"), null=True, blank=True, help_text=_("Of overtime: 150 for time and a half; empty: all of it.")
    )
    code = models.CharField(_("pay code"), max_length=20, blank=True, help_text=_("Where each line has one."))
    text = models.CharField(_("text"), max_length=60, blank=True)

    class Meta:
        ordering = ("position", "pk")
        verbose_name = _("payroll column")
        verbose_name_plural = _("payroll columns")
        constraints = [
            models.CheckConstraint(
                condition=Q(tier=None) | Q(source__in=["overtime", "pending"]),
                name="column_tier_of_overtime",
                violation_error_message=_("Only overtime has a tier."),
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.get_source_display()

    def clean(self) -> None:
        super().clean()
        if self.code and self.source not in self.SPANS:
            raise ValidationError({"code": _("A pay code belongs to a column of hours.")})
