"""Who acts for a manager while they are away."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.moments import day_text


class DelegationQuerySet(models.QuerySet["Delegation"]):
    """Delegations; which of them hold on a day is asked on the clock of the person who is away."""

    def around(self, moment: datetime) -> DelegationQuerySet:
        """Those that may hold at that instant somewhere on earth."""
        day, one = moment.date(), timedelta(days=1)
        return self.filter(ended_at=None, first__lte=day + one, last__gte=day - one)


class Delegation(models.Model):
    """``delegate`` decides what ``principal`` would, from a day to a day. Ended early, it holds no longer."""

    principal = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who is away"), on_delete=models.CASCADE, related_name="delegations"
    )
    delegate = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("delegate"), on_delete=models.CASCADE, related_name="+"
    )
    first = models.DateField(_("from"))
    last = models.DateField(_("to"))
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("named by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    set_at = models.DateTimeField(_("named at"), default=timezone.now, editable=False)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        ordering = ("-first", "-pk")
        verbose_name = _("delegate")
        verbose_name_plural = _("delegates")
        constraints = [
            models.CheckConstraint(
                condition=Q(last__gte=models.F("first")),
                name="delegation_ends_after_start",
                violation_error_message=_("The last day cannot be before the first."),
            ),
            models.CheckConstraint(
                condition=~Q(delegate=models.F("principal")),
                name="delegation_of_two",
                violation_error_message=_("Nobody is their own delegate. Choose a colleague."),
            ),
        ]
        indexes = [models.Index(fields=["delegate", "last"], name="delegation_by_delegate")]

    def __str__(self) -> str:
        return f"{self.delegate} → {self.principal} · {day_text(self.first)} – {day_text(self.last)}"

    def holds(self, day: date) -> bool:
        """Whether the delegate acts on that day."""
        return self.ended_at is None and self.first <= day <= self.last
