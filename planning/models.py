"""Shifts that nobody has yet, what people ask for about the plan, and the last change of whoever plans."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models import RequestState, Shift
from employees.models import Department, Employee, User


class OpenShift(models.Model):
    """A shift of a day for which people are wanted; those of its department see it once it is published."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")

    day = models.DateField(_("day"))
    shift = models.ForeignKey(Shift, verbose_name=_("shift"), on_delete=models.PROTECT, related_name="open_shifts")
    department = models.ForeignKey(
        Department, verbose_name=_("department"), null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    wanted = models.PositiveSmallIntegerField(_("people wanted"), default=1)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.DRAFT)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        ordering = ("day", "shift__name", "pk")
        verbose_name = _("open shift")
        verbose_name_plural = _("open shifts")
        constraints = [
            models.CheckConstraint(
                condition=Q(wanted__gte=1, wanted__lte=500),
                name="open_shift_wants_people",
                violation_error_message=_("Ask for 1 to 500 people."),
            ),
        ]
        indexes = [models.Index(fields=["day"], name="open_shift_by_day")]

    def __str__(self) -> str:
        return f"{self.shift} · {self.day}"


class ShiftRequest(models.Model):
    """Somebody asks for an open shift."""

    open_shift = models.ForeignKey(
        OpenShift, verbose_name=_("open shift"), on_delete=models.CASCADE, related_name="requests"
    )
    employee = models.ForeignKey(
        Employee, verbose_name=_("employee"), on_delete=models.CASCADE, related_name="shift_requests"
    )
    state = models.CharField(_("state"), max_length=10, choices=RequestState.choices, default=RequestState.REQUESTED)
    requested_at = models.DateTimeField(_("requested at"), default=timezone.now)
    decided_by = models.ForeignKey(
        User, verbose_name=_("decided by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=300, blank=True)

    class Meta:
        ordering = ("requested_at", "pk")
        verbose_name = _("request for a shift")
        verbose_name_plural = _("requests for shifts")
        constraints = [
            models.UniqueConstraint(
                fields=["open_shift", "employee"],
                condition=Q(state__in=["requested", "approved"]),
                name="shift_request_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.employee} · {self.open_shift}"


class Swap(models.Model):
    """Two people exchange a shift each: one asks, the other accepts, somebody who plans both approves."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("Waits for the colleague")
        ACCEPTED = "accepted", _("Waits for approval")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined by the colleague")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    OPEN = (State.REQUESTED, State.ACCEPTED)

    employee = models.ForeignKey(
        Employee, verbose_name=_("employee"), on_delete=models.CASCADE, related_name="swaps_asked"
    )
    day = models.DateField(_("day"))
    shift = models.ForeignKey(Shift, verbose_name=_("shift"), on_delete=models.PROTECT, related_name="+")
    colleague = models.ForeignKey(
        Employee, verbose_name=_("colleague"), on_delete=models.CASCADE, related_name="swaps_offered"
    )
    colleague_day = models.DateField(_("day of the colleague"))
    colleague_shift = models.ForeignKey(
        Shift, verbose_name=_("shift of the colleague"), on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.REQUESTED)
    note = models.CharField(_("note"), max_length=300, blank=True)
    requested_at = models.DateTimeField(_("requested at"), default=timezone.now)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, verbose_name=_("decided by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=300, blank=True)

    class Meta:
        ordering = ("-requested_at", "-pk")
        verbose_name = _("swap")
        verbose_name_plural = _("swaps")
        constraints = [
            models.CheckConstraint(condition=~Q(employee=models.F("colleague")), name="swap_of_two"),
            models.UniqueConstraint(
                fields=["employee", "day", "shift"],
                condition=Q(state__in=["requested", "accepted"]),
                name="swap_asked_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.employee} ↔ {self.colleague} · {self.day}"


class PlanChange(models.Model):
    """The last change that somebody made to the plan, to be undone: what was before, and what it became.

    Of drafts, ``days`` are lists of a person's key, a day, and twice the rows of its draft as ``[shift, kind, note]``.
    Of a ``rotation``: ``start``, ``people``, what it ``made``, and what it ``ended`` with the last day of before.
    """

    user = models.OneToOneField(User, verbose_name=_("user"), on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(_("at"), default=timezone.now)
    days = models.JSONField(default=list)
    rotation = models.JSONField(default=dict)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("last change of the plan")
        verbose_name_plural = _("last changes of the plan")
