"""Periods of payroll: reviewed, approved, locked; and what was asked for, decided and adjusted around them."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from attendance.invalidation import REACH
from attendance.models.absences import RequestState
from attendance.models.events import ClockEvent
from attendance.models.links import CorrectionLink
from common.append_only import AppendOnly, AppendOnlyQuerySet
from common.moments import day_text
from common.sealed import Sealed
from employees.models import Employee, User, check_time_zone


class Period(models.Model):
    """Days that are paid together. Periods do not overlap; a locked one does not change."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("period", "Open")
        LOCKED = "locked", pgettext_lazy("period", "Closed")

    first = models.DateField(_("from"), unique=True)
    last = models.DateField(_("to"), unique=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.OPEN)
    locked_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        ordering = ("-first",)
        verbose_name = _("period")
        verbose_name_plural = _("periods")
        constraints = [
            models.CheckConstraint(
                condition=Q(last__gte=models.F("first")),
                name="period_ends_after_start",
                violation_error_message=_("The last day cannot be before the first."),
            ),
            models.CheckConstraint(
                condition=Q(state="open", locked_at=None) | Q(state="locked", locked_at__isnull=False),
                name="period_locked_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{day_text(self.first)} – {day_text(self.last)}"

    @property
    def closes_from(self) -> date:
        """The first day on which it may be closed. Every punch of an earlier one still marks days of it."""
        return self.last + REACH + timedelta(days=1)

    @property
    def may_close(self) -> bool:
        """Whether that day has come."""
        return timezone.now().date() >= self.closes_from


class PeriodAct(Sealed, AppendOnly):
    """Who did what to a period, and why: for the record, sealed and never changed."""

    class Act(models.TextChoices):
        LOCK = "lock", pgettext_lazy("period", "Closed")
        REOPEN = "reopen", _("Reopened")

    period = models.ForeignKey(Period, verbose_name=_("period"), on_delete=models.PROTECT, related_name="acts")
    act = models.CharField(_("act"), max_length=8, choices=Act.choices)
    by = models.ForeignKey(User, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), default=timezone.now)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    facts: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        _("facts"), default=dict, editable=False, help_text="Of a lock: the policies of then, and how many were in it."
    )

    class Meta:
        ordering = ("at",)
        verbose_name = _("act on a period")
        verbose_name_plural = _("acts on periods")


class PeriodApproval(models.Model):
    """A person's timesheet of a period: approved by themselves and by their manager.

    It holds for the figures that were ``seen`` and for no others: a change takes both back, and both are told.
    """

    period = models.ForeignKey(Period, verbose_name=_("period"), on_delete=models.CASCADE, related_name="approvals")
    employee = models.ForeignKey(
        Employee, verbose_name=_("employee"), on_delete=models.CASCADE, related_name="period_approvals"
    )
    person_at = models.DateTimeField(_("approved by the person"), null=True, blank=True)
    manager_at = models.DateTimeField(_("approved by the manager"), null=True, blank=True)
    manager_by = models.ForeignKey(
        User, verbose_name=_("manager"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    seen = models.CharField(max_length=64, blank=True, editable=False)
    taken_back_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("approval of a timesheet")
        verbose_name_plural = _("approvals of timesheets")
        constraints = [models.UniqueConstraint(fields=["period", "employee"], name="approval_once")]


class Adjustment(AppendOnly):
    """Time that is paid, or taken back, in a period for a day of an earlier one that is locked.

    Without a ``tier`` it is time worked; with one, overtime at so many per cent. A wrong one is met by its opposite.
    """

    employee = models.ForeignKey(
        Employee, verbose_name=_("employee"), on_delete=models.PROTECT, related_name="adjustments"
    )
    day = models.DateField(_("counts on"), help_text=_("A day of a period that is open."))
    about_day = models.DateField(_("for"), help_text=_("The day of the closed period."))
    seconds = models.IntegerField(_("seconds"))
    tier = models.PositiveSmallIntegerField(_("per cent"), default=0, help_text=_("0: time worked, without a tier."))
    reason = models.CharField(_("reason"), max_length=300)
    author = models.ForeignKey(User, verbose_name=_("author"), on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("made at"), default=timezone.now)

    objects: ClassVar[Any] = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering = ("day", "created_at", "pk")
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        constraints = [
            models.CheckConstraint(condition=~Q(seconds=0), name="adjustment_not_nothing"),
            models.CheckConstraint(condition=Q(about_day__lt=models.F("day")), name="adjustment_goes_forward"),
            models.CheckConstraint(condition=~Q(reason=""), name="adjustment_has_reason"),
        ]
        indexes = [models.Index(fields=["employee", "day"], name="adjustment_by_person")]

    def __str__(self) -> str:
        return f"{self.employee} · {day_text(self.about_day)}"


class CorrectionRequest(models.Model):
    """A missing or wrong punch, asked for by the person and decided by somebody else."""

    class Kind(models.TextChoices):
        ADD = "add", _("Add a punch")
        CHANGE = "change", _("Change a punch")
        REMOVE = "remove", _("Remove a punch")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    employee = models.ForeignKey(
        Employee, verbose_name=_("employee"), on_delete=models.CASCADE, related_name="correction_requests"
    )
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    event = models.ForeignKey(
        ClockEvent,
        verbose_name=_("punch"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="requests",
    )
    direction = models.CharField(_("direction"), max_length=3, blank=True)
    at = models.DateTimeField(_("at"))
    zone = models.CharField(_("time zone"), max_length=64, blank=True, validators=[check_time_zone])
    reason = models.CharField(_("reason"), max_length=300)
    state = models.CharField(_("state"), max_length=10, choices=RequestState.choices, default=RequestState.REQUESTED)
    requested_by = models.ForeignKey(
        User, verbose_name=_("requested by"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    link = models.OneToOneField(
        CorrectionLink,
        verbose_name=_("by the link"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="request",
    )
    idempotency_key = models.CharField(max_length=120, default="", blank=True, editable=False)
    requested_at = models.DateTimeField(_("requested at"), default=timezone.now)
    decided_by = models.ForeignKey(
        User, verbose_name=_("decided by"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=300, blank=True)
    result = models.OneToOneField(
        ClockEvent, verbose_name=_("saved as"), null=True, blank=True, on_delete=models.PROTECT, related_name="request"
    )

    class Meta:
        ordering = ("-requested_at",)
        verbose_name = _("correction request")
        verbose_name_plural = _("correction requests")
        constraints = [
            models.CheckConstraint(condition=Q(kind="add", event=None) | ~Q(kind="add"), name="request_add_names_none"),
            models.CheckConstraint(condition=Q(kind="add") | Q(event__isnull=False), name="request_names_its_punch"),
            models.UniqueConstraint(
                fields=["idempotency_key"], condition=~Q(idempotency_key=""), name="request_once_for_a_key"
            ),
            models.CheckConstraint(
                condition=Q(requested_by__isnull=False) | Q(link__isnull=False), name="request_by_somebody"
            ),
            models.UniqueConstraint(
                fields=["event"], condition=Q(state="requested"), name="request_one_open_for_a_punch"
            ),
        ]
        indexes = [models.Index(fields=["state", "requested_at"], name="request_by_state")]

    def __str__(self) -> str:
        return f"{self.employee} · {self.get_kind_display()}"
