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
        DAY = "day", _("Daily detail")

    class Separator(models.TextChoices):
        COMMA = ",", _("Comma")
        SEMICOLON = ";", _("Semicolon")
        TAB = "\t", _("Tab")
        BAR = "|", _("Bar")
        FIXED = "=", _("None: columns of a fixed width")

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

    class Rounding(models.TextChoices):
        MINUTE = "minute", _("To the nearest minute")
        SECOND = "second", _("Not at all")

    name = models.CharField(_("name"), max_length=80, unique=True)
    shape = models.CharField(_("shape"), max_length=8, choices=Shape.choices, default=Shape.PERSON)
    separator = models.CharField(_("separator"), max_length=1, choices=Separator.choices, default=Separator.SEMICOLON)
    decimal = models.CharField(_("decimal sign"), max_length=1, choices=Decimal.choices, default=Decimal.COMMA)
    encoding = models.CharField(_("encoding"), max_length=10, choices=Encoding.choices, default=Encoding.UTF8)
    date_format = models.CharField(_("dates"), max_length=10, choices=DateFormat.choices, default=DateFormat.ISO)
    rounding = models.CharField(
        _("rounding"),
        max_length=8,
        choices=Rounding.choices,
        default=Rounding.MINUTE,
        help_text=_("Each amount is rounded once, from its seconds (half a minute goes up), before it is written."),
    )
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
        DAY = "day", _("Date")
        DAYS = "days", _("Days worked")
        WORKED = "worked", _("Worked")
        ORDINARY = "ordinary", _("Ordinary hours")
        REQUIRED = "required", _("Scheduled hours")
        BALANCE = "balance", _("Balance")
        OVERTIME = "overtime", _("Overtime")
        OVERTIME_PENDING = "pending", _("Overtime not approved yet")
        OVERTIME_MOVED = "moved", _("Overtime moved into leave")
        NIGHT = "night", _("Night")
        SUNDAY = "sunday", _("On Sundays")
        HOLIDAY = "on_holiday", _("On holidays")
        SURCHARGE = "surcharge", _("Paid beside")
        LEAVE = "leave", _("Leave")
        UNPAID_LEAVE = "unpaid_leave", _("Unpaid leave")
        ABSENT = "absent", _("Absent")
        LATE = "late", _("Late")
        EARLY = "early", _("Early")
        ADJUSTED = "adjusted", _("Adjusted")
        ADJUSTED_OVERTIME = "adjusted_ot", _("Adjusted overtime")
        MISSING = "missing", _("Missing punches")
        MISSING_IN = "missing_in", _("No check-in")
        MISSING_OUT = "missing_out", _("No check-out")
        TEXT = "text", _("The same text on each line")

    class Unit(models.TextChoices):
        HOURS = "hours", _("Decimal hours (7.75)")
        CLOCK = "clock", _("Hours and minutes (7:45)")
        MINUTES = "minutes", _("Minutes (465)")

    SPANS = frozenset(
        {
            "worked",
            "ordinary",
            "required",
            "balance",
            "overtime",
            "pending",
            "moved",
            "night",
            "sunday",
            "on_holiday",
            "surcharge",
            "leave",
            "unpaid_leave",
            "absent",
            "late",
            "early",
            "adjusted",
            "adjusted_ot",
        }
    )

    COUNTS = frozenset({"missing", "missing_in", "missing_out"})
    """How often, not how long."""

    layout = models.ForeignKey(
        PayrollLayout, verbose_name=_("layout"), on_delete=models.CASCADE, related_name="columns"
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    title = models.CharField(_("heading"), max_length=60, blank=True)
    source = models.CharField(_("filled with"), max_length=12, choices=Source.choices)
    unit = models.CharField(_("as"), max_length=8, choices=Unit.choices, default=Unit.HOURS)
    tier = models.PositiveSmallIntegerField(
        _("tier"),
        null=True,
        blank=True,
        help_text=_("Of overtime: 150 for time and a half; of what is paid beside: 25 for a quarter. Empty: all."),
    )
    code = models.CharField(
        _("pay code"),
        max_length=20,
        blank=True,
        help_text=_("Where each line has one. With {tier} in it, each tier has a line of its own."),
    )
    width = models.PositiveSmallIntegerField(
        _("width"), null=True, blank=True, help_text=_("Characters, where columns have a fixed width.")
    )
    text = models.CharField(_("text"), max_length=60, blank=True)

    class Meta:
        ordering = ("position", "pk")
        verbose_name = _("payroll column")
        verbose_name_plural = _("payroll columns")
        constraints = [
            models.CheckConstraint(
                condition=Q(tier=None)
                | Q(source__in=["overtime", "pending", "moved", "surcharge", "adjusted", "adjusted_ot"]),
                name="column_tier_of_overtime",
                violation_error_message=_("Only overtime, adjustments and what is paid beside have a tier."),
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.get_source_display()

    def clean(self) -> None:
        super().clean()
        if self.code and self.source not in self.SPANS | self.COUNTS:
            raise ValidationError({"code": _("A pay code belongs to a column of hours or of missing punches.")})
        if self.layout_id and self.layout.separator == PayrollLayout.Separator.FIXED and not self.width:
            raise ValidationError({"width": _("Say how wide the column is: this layout has no separator.")})
