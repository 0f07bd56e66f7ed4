"""When somebody is expected."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attendance.rules.policy import Block
from attendance.rules.schedule import PatternError, occurs
from attendance.rules.shapes import Kind, ShiftPlan
from employees.models import Employee

HALF_DAY = 12 * 60
DAY_MINUTES = 24 * 60
OF_ONE_KIND = {
    "resumes_at": "split",
    "finishes_at": "split",
    "core_starts_at": "flexible",
    "core_ends_at": "flexible",
}
"""Hours that count for one kind of shift alone."""


def check_pattern(value: str) -> None:
    """Raise ValidationError for anything but a recurrence rule of RFC 5545."""
    try:
        occurs(value, date(2024, 1, 1), date(2024, 1, 1))
    except PatternError as error:
        raise ValidationError(
            _("This is no recurrence rule. Write one such as FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU.")
        ) from error


class Shift(models.Model):
    """What is expected of somebody on a day: hours, or a number of them. An end before its start is on the next day."""

    class Kind(models.TextChoices):
        FIXED = "fixed", _("Fixed hours")
        SPLIT = "split", _("Split in two")
        FLEXIBLE = "flexible", _("Flexible, with a core")
        OPEN = "open", _("Open: only the hours count")
        ON_CALL = "on_call", _("On call: nothing is asked for")

    name = models.CharField(_("name"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.FIXED)
    starts_at = models.TimeField(_("starts at"), null=True, blank=True)
    ends_at = models.TimeField(_("ends at"), null=True, blank=True)
    resumes_at = models.TimeField(
        _("second part starts at"), null=True, blank=True, help_text=_("Of a shift split in two only.")
    )
    finishes_at = models.TimeField(_("second part ends at"), null=True, blank=True)
    core_starts_at = models.TimeField(_("core starts at"), null=True, blank=True, help_text=_("Of a flexible shift."))
    core_ends_at = models.TimeField(_("core ends at"), null=True, blank=True)
    target_minutes = models.PositiveSmallIntegerField(
        _("minutes asked for"), default=0, help_text=_("Of a flexible or open shift; of a fixed one its hours count.")
    )
    pause_minutes = models.PositiveSmallIntegerField(
        _("unpaid pause in minutes"), default=0, help_text=_("Of a fixed shift: not asked for, and deducted.")
    )
    weekdays: models.JSONField[list[int], list[int]] = models.JSONField(
        _("weekdays"), default=list, help_text=_("0 is Monday, 6 is Sunday.")
    )
    grace_minutes = models.PositiveSmallIntegerField(_("grace in minutes"), default=5)
    grace_out_minutes = models.PositiveSmallIntegerField(_("grace at the end in minutes"), default=0)
    earliest_minutes = models.PositiveSmallIntegerField(
        _("earliest punch, minutes before the start"),
        default=240,
        help_text=_("A punch before that is not of this shift."),
    )
    latest_minutes = models.PositiveSmallIntegerField(
        _("latest punch, minutes after the end"),
        default=240,
        help_text=_("Whoever has not clocked out by then has forgotten it."),
    )
    bounds = models.BooleanField(
        _("the frame bounds"), default=False, help_text=_("Of a flexible shift: time outside it does not count.")
    )
    call_out_minutes = models.PositiveSmallIntegerField(
        _("a call-out counts at least, minutes"), default=0, help_text=_("Of a shift on call.")
    )
    works_holidays = models.BooleanField(_("is worked on public holidays"), default=False)

    class Meta:
        ordering = ("name",)
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="open") | Q(starts_at__isnull=False, ends_at__isnull=False),
                name="shift_has_hours",
                violation_error_message=_("Give the start and the end. Only an open shift has none."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="split") | Q(resumes_at__isnull=False, finishes_at__isnull=False),
                name="shift_split_in_two",
                violation_error_message=_("Give both parts of a split shift."),
            ),
            models.CheckConstraint(
                condition=Q(earliest_minutes__lte=HALF_DAY, latest_minutes__lte=HALF_DAY),
                name="shift_margins",
                violation_error_message=_("Earliest and latest punch lie within 12 hours of the shift."),
            ),
            models.CheckConstraint(
                condition=Q(core_starts_at=None, core_ends_at=None)
                | Q(core_starts_at__isnull=False, core_ends_at__isnull=False),
                name="shift_core_whole",
                violation_error_message=_("Give the start and the end of the core, or neither."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.hours}".strip()

    def clean(self) -> None:
        """Refuse what was filled in and would not count: those hours would be missing, and nobody would notice."""
        said = _("This counts only for the kind “%(kind)s”. Choose that kind, or leave this empty.")
        wrong = {
            name: said % {"kind": self.Kind(kind).label}
            for name, kind in OF_ONE_KIND.items()
            if getattr(self, name) is not None and self.kind in self.Kind and self.kind != kind
        }
        if wrong:
            raise ValidationError(wrong)

    @property
    def hours(self) -> str:
        """``09:00–17:00``, both parts of a split shift, nothing for an open one."""
        parts = [(self.starts_at, self.ends_at)]
        if self.kind == self.Kind.SPLIT:
            parts.append((self.resumes_at, self.finishes_at))
        return ", ".join(f"{starts:%H:%M}–{ends:%H:%M}" for starts, ends in parts if starts and ends)

    @property
    def minutes(self) -> list[tuple[int, int]]:
        """Its hours as minutes from the midnight of its day, an end possibly beyond 1440."""
        found: list[tuple[int, int]] = []
        for block in self.plan().blocks:
            begin, end = (one.hour * 60 + one.minute for one in (block.starts, block.ends))
            begin += DAY_MINUTES if found and begin < found[-1][1] % DAY_MINUTES else 0
            end += DAY_MINUTES * (end <= begin % DAY_MINUTES) + begin // DAY_MINUTES * DAY_MINUTES
            found.append((begin, end))
        return found

    def plan(self) -> ShiftPlan:
        """The shift as the rules see it."""
        blocks = []
        if self.kind != self.Kind.OPEN and self.starts_at and self.ends_at:
            blocks.append(Block(self.starts_at, self.ends_at))
        if self.kind == self.Kind.SPLIT and self.resumes_at and self.finishes_at:
            blocks.append(Block(self.resumes_at, self.finishes_at))
        flexible = self.kind == self.Kind.FLEXIBLE
        core = Block(self.core_starts_at, self.core_ends_at) if self.core_starts_at and self.core_ends_at else None
        return ShiftPlan(
            name=self.name,
            kind=Kind.FIXED if self.kind == self.Kind.SPLIT else Kind(self.kind),
            blocks=tuple(blocks),
            target=self.target_minutes * 60,
            pause=self.pause_minutes * 60,
            core=core if flexible else None,
            grace_in=self.grace_minutes * 60,
            grace_out=self.grace_out_minutes * 60,
            before=self.earliest_minutes * 60,
            after=self.latest_minutes * 60,
            works_holidays=self.works_holidays,
            bounds=flexible and self.bounds,
            call_out=self.call_out_minutes * 60,
        )


class ShiftAssignment(models.Model):
    """Who works a shift, from when, and, where it rotates, on which days."""

    employee = models.ForeignKey(Employee, verbose_name=_("employee"), on_delete=models.CASCADE, related_name="shifts")
    shift = models.ForeignKey(Shift, verbose_name=_("shift"), on_delete=models.PROTECT, related_name="assignments")
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(
        _("to"), null=True, blank=True, help_text=_("The last day; empty means until further notice.")
    )
    pattern = models.CharField(
        _("pattern"),
        max_length=300,
        blank=True,
        validators=[check_pattern],
        help_text=_(
            "Leave it empty: the weekdays of the shift hold. For a shift on some weeks only, a rule of calendars "
            "(RFC 5545), such as FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU: Monday and Tuesday of every second week."
        ),
    )
    anchor = models.DateField(
        _("counted from"),
        null=True,
        blank=True,
        help_text=_("The first day of the pattern; empty: the first day above."),
    )
    run_days = models.PositiveSmallIntegerField(
        _("days in a row"), default=1, help_text=_("How many days each turn of the pattern lasts.")
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
            models.CheckConstraint(
                condition=Q(run_days__gte=1, run_days__lte=31),
                name="assignment_run",
                violation_error_message=_("A turn lasts from 1 to 31 days."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.employee} · {self.shift}"

    def covers(self, day: date) -> bool:
        """Whether the assignment holds on that day, whatever its pattern says."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def overlaps(self, other: ShiftAssignment) -> bool:
        """Whether nobody can work both on one day: hours of the two meet, or neither has any."""
        mine, theirs = self.shift.minutes, other.shift.minutes
        if not mine or not theirs:
            return not mine and not theirs
        return any(a < d and c < b for a, b in mine for c, d in theirs)

    def turns_up(self, day: date) -> bool:
        """Whether the pattern has the day; for one without a pattern, whether the weekday is one of the shift's."""
        if not self.pattern:
            return day.weekday() in self.shift.weekdays
        return occurs(self.pattern, self.anchor or self.valid_from, day, self.run_days)
