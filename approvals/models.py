"""How requests are approved: the rules, where each request stands, and who said yes or no to it, for whom."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.moments import day_text
from employees.models import Department, Employee

REMIND_DAYS, ESCALATE_DAYS, MOST_DAYS = 3, 7, 90
LIMITED = ("leave", "overtime")
"""The kinds whose size a rule may ask: days of leave, hours of overtime."""


class Kind(models.TextChoices):
    """What people ask for."""

    LEAVE = "leave", _("Time off")
    CORRECTION = "correction", _("Corrections")
    OVERTIME = "overtime", _("Overtime")
    SHIFT = "shift", _("Shifts and swaps")


class Escalation(models.TextChoices):
    """Who decides as well, when nobody has."""

    HR = "hr", _("HR")
    ABOVE = "above", _("The manager's manager")


class ApprovalRule(models.Model):
    """Of one kind of request: who gives a second yes, when the approver is reminded, when others decide as well."""

    class Second(models.TextChoices):
        NOBODY = "", _("Nobody: one approval is enough")
        HR = "hr", _("HR")
        ABOVE = "above", _("The manager's manager")
        PERSON = "person", _("A person")
        GROUP = "group", _("A group")

    kind = models.CharField(_("for"), max_length=10, choices=Kind.choices)
    department = models.ForeignKey(
        Department, verbose_name=_("department"), null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    # By its name alone: the type lies in an app above this one, which asks here.
    leave_type = models.ForeignKey(
        "attendance.AbsenceType",
        verbose_name=_("type of absence"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    more_than = models.DecimalField(
        _("more than"),
        max_digits=5,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("Calendar days of time off, or hours of overtime of a day. Empty: whatever its size."),
    )
    second = models.CharField(_("second approval by"), max_length=6, choices=Second.choices, blank=True, default="")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    group = models.ForeignKey(
        "auth.Group", verbose_name=_("group"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    remind_days = models.PositiveSmallIntegerField(
        _("remind after days"),
        default=REMIND_DAYS,
        validators=[MaxValueValidator(MOST_DAYS)],
        help_text=_("Once, whoever has to decide. 0: never."),
    )
    escalate_days = models.PositiveSmallIntegerField(
        _("escalate after days"),
        default=ESCALATE_DAYS,
        validators=[MaxValueValidator(MOST_DAYS)],
        help_text=_("Then others find it in their To do and decide as well. 0: never."),
    )
    escalate_to = models.CharField(_("escalate to"), max_length=5, choices=Escalation.choices, default=Escalation.HR)

    class Meta:
        ordering = ("kind", "department__name", "leave_type__name", "more_than", "pk")
        verbose_name = _("approval rule")
        verbose_name_plural = _("approval rules")
        constraints = [
            models.CheckConstraint(condition=Q(kind="leave") | Q(leave_type=None), name="approval_type_of_leave"),
            models.CheckConstraint(condition=Q(kind__in=LIMITED) | Q(more_than=None), name="approval_size_of_kind"),
        ]

    def __str__(self) -> str:
        parts = [self.get_kind_display(), self.department, self.leave_type]
        return " · ".join(str(one) for one in parts if one) + (f" > {self.more_than}" if self.more_than else "")

    def clean(self) -> None:
        wrong: dict[str, Any] = {}
        if self.leave_type_id and self.kind != Kind.LEAVE:
            wrong["leave_type"] = _("Only time off has types. Leave this empty.")
        if self.more_than is not None and self.kind not in LIMITED:
            wrong["more_than"] = _("Only time off and overtime have a size. Leave this empty.")
        for name in (self.Second.PERSON, self.Second.GROUP):
            if (self.second == name) != bool(getattr(self, f"{name}_id")):
                wrong[str(name)] = (
                    _("Say who gives the second approval.")
                    if self.second == name
                    else _("Leave this empty, or choose it under second approval.")
                )
        same = ApprovalRule.objects.filter(
            kind=self.kind, department=self.department_id, leave_type=self.leave_type_id, more_than=self.more_than
        )
        if not wrong and same.exclude(pk=self.pk).exists():
            raise ValidationError(_("There is a rule for this already. Change that one."))
        if wrong:
            raise ValidationError(wrong)


class Case(models.Model):
    """Where one request stands. ``key`` names it, such as ``absence:7``; one that nobody looked at has no row yet.

    ``turn_at``: since when the present approver has it. ``wish``: of overtime, what the first approval was about.
    """

    class State(models.TextChoices):
        FIRST = "first", _("Waits for the first approval")
        SECOND = "second", _("Waits for the second approval")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    OPEN = (State.FIRST, State.SECOND)

    key = models.CharField(_("request"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    employee = models.ForeignKey(Employee, verbose_name=_("employee"), on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(
        Employee, verbose_name=_("colleague"), null=True, on_delete=models.CASCADE, related_name="+"
    )
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("to"))
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.FIRST)
    rule = models.ForeignKey(
        ApprovalRule, verbose_name=_("rule"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    turn_at = models.DateTimeField(_("waits since"), default=timezone.now)
    reminded_at = models.DateTimeField(_("reminded at"), null=True)
    escalated_at = models.DateTimeField(_("escalated at"), null=True)
    escalated_to = models.CharField(_("escalated to"), max_length=5, choices=Escalation.choices, blank=True)
    wish: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(_("wish"), default=dict)

    class Meta:
        ordering = ("turn_at", "pk")
        verbose_name = _("request in approval")
        verbose_name_plural = _("requests in approval")
        indexes = [
            models.Index(fields=["state", "kind"], name="approval_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.employee} · {self.get_kind_display()} {day_text(self.first_day)}"

    @property
    def people(self) -> list[Employee]:
        """Whom it is about; none of them decides."""
        return [self.employee, *([self.other] if self.other is not None else [])]


class Step(models.Model):
    """A yes or no to a request: who gave it, and for whom where it was a delegate."""

    case = models.ForeignKey(Case, verbose_name=_("request"), on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField(_("step"), default=1)
    approved = models.BooleanField(_("approved"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    acting_for = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("as delegate of"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")

    def __str__(self) -> str:
        return f"{self.case.key} · {self.number}"
