"""Why somebody is away."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from employees.models import Employee, User


class AbsenceType(models.Model):
    """Vacation, illness and the like."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80)
    paid = models.BooleanField(_("paid"), default=True)
    interrupts = models.BooleanField(
        _("may fall on other leave"),
        default=False,
        help_text=_("Such as sick leave: it is entered over days that are time off already, and counts instead."),
    )

    class Meta:
        ordering = ("name",)
        verbose_name = _("type of absence")
        verbose_name_plural = _("types of absence")

    def __str__(self) -> str:
        return self.name


class RequestState(models.TextChoices):
    """What became of something that was asked for."""

    REQUESTED = "requested", _("Requested")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Absence(models.Model):
    """Days away, or halves of them; they count once they are approved."""

    class Half(models.TextChoices):
        WHOLE = "whole", _("Whole days")
        FIRST = "first", _("First half")
        SECOND = "second", _("Second half")

    employee = models.ForeignKey(
        Employee, verbose_name=_("employee"), on_delete=models.CASCADE, related_name="absences"
    )
    kind = models.ForeignKey(AbsenceType, verbose_name=_("type"), on_delete=models.PROTECT, related_name="absences")
    first = models.DateField(_("from"))
    last = models.DateField(_("to"))
    half = models.CharField(_("part of the day"), max_length=6, choices=Half.choices, default=Half.WHOLE)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=RequestState.choices, default=RequestState.REQUESTED)
    requested_by = models.ForeignKey(
        User, verbose_name=_("requested by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    requested_at = models.DateTimeField(_("requested at"), default=timezone.now)
    decided_by = models.ForeignKey(
        User, verbose_name=_("decided by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=300, blank=True)
    idempotency_key = models.CharField(max_length=120, default="", blank=True, editable=False)

    class Meta:
        ordering = ("-first",)
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        constraints = [
            models.CheckConstraint(
                condition=Q(last__gte=models.F("first")),
                name="absence_ends_after_start",
                violation_error_message=_("The last day cannot be before the first."),
            ),
            models.CheckConstraint(
                condition=Q(half="whole") | Q(last=models.F("first")),
                name="absence_half_of_one_day",
                violation_error_message=_("Half a day is of one day: give the same day twice."),
            ),
            models.UniqueConstraint(
                fields=["idempotency_key"], condition=~Q(idempotency_key=""), name="absence_once_for_a_key"
            ),
        ]
        indexes = [models.Index(fields=["employee", "first"], name="absence_by_person")]

    def __str__(self) -> str:
        return f"{self.employee} · {self.kind} {self.first}"
