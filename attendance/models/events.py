"""What happened: punches, which nobody changes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from attendance.invalidation import invalidate_events
from attendance.models.kiosk import Kiosk
from common.append_only import AppendOnly, AppendOnlyError, AppendOnlyQuerySet
from common.moments import moment_text
from common.sealed import Sealed, SealedQuerySet
from employees.models import Employee, User, check_time_zone
from recognition.models import Decision

IMPORTED = "import:"
"""The keys of punches that a file brought begin with it."""


class ClockEventQuerySet(SealedQuerySet["ClockEvent"], AppendOnlyQuerySet["ClockEvent"]):  # type: ignore[override]
    """Events; whatever way they are added, the days that they change are marked for counting."""

    def standing(self) -> ClockEventQuerySet:
        """The punches that count: neither replaced by another row, nor rows that only undo one."""
        return self.filter(replaced_by=None).exclude(method=ClockEvent.Method.VOID)

    def bulk_create(self, objs: Iterable[ClockEvent], *args: Any, **kwargs: Any) -> list[ClockEvent]:
        with transaction.atomic(using=self.db):
            stored = super().bulk_create(objs, *args, **kwargs)
            invalidate_events((one.employee_id, one.at) for one in stored)
        return stored


class ClockEvent(Sealed, AppendOnly):
    """A punch: evidence, never changed and never deleted. A correction is a new row that names the one it replaces.

    A row of the method ``void`` replaces a punch by nothing.
    """

    class Direction(models.TextChoices):
        IN = "in", _("In")
        OUT = "out", _("Out")
        ANY = "any", _("Punch")
        """Of a device that knows no direction: the rules read it from the day's other punches."""

    class Method(models.TextChoices):
        FACE = "face", _("Face")
        PIN = "pin", _("PIN")
        MANUAL = "manual", _("Manual")
        API = "api", _("API")
        BADGE = "badge", _("Badge")
        PHONE = "phone", _("Phone")
        VOID = "void", _("Undone")

    STAMP = "received_at"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    employee = models.ForeignKey(
        Employee, verbose_name=_("person"), on_delete=models.PROTECT, related_name="clock_events"
    )
    direction = models.CharField(_("direction"), max_length=3, choices=Direction.choices)
    at = models.DateTimeField(_("at"))
    zone = models.CharField(_("time zone"), max_length=64, validators=[check_time_zone])
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    kiosk = models.ForeignKey(
        Kiosk, verbose_name=_("kiosk"), null=True, blank=True, on_delete=models.PROTECT, related_name="clock_events"
    )
    method = models.CharField(_("method"), max_length=6, choices=Method.choices)
    decision = models.OneToOneField(
        Decision,
        verbose_name=_("recognition"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="clock_event",
    )
    idempotency_key = models.CharField(_("idempotency key"), max_length=120, unique=True)
    request_digest = models.CharField(max_length=64, blank=True, editable=False)
    replaces = models.OneToOneField(
        "self", verbose_name=_("replaces"), null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    author = models.ForeignKey(
        User, verbose_name=_("author"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = ClockEventQuerySet.as_manager()

    class Meta:
        ordering = ("at", "received_at")
        verbose_name = _("punch")
        verbose_name_plural = _("punches")
        constraints = [
            models.CheckConstraint(condition=Q(direction__in=["in", "out", "any"]), name="event_direction"),
            models.CheckConstraint(condition=~Q(idempotency_key=""), name="event_has_key"),
            models.CheckConstraint(
                condition=~Q(method="manual") | (Q(author__isnull=False) & ~Q(reason="")), name="event_manual_is_signed"
            ),
            models.CheckConstraint(
                condition=~Q(method="void") | (Q(replaces__isnull=False) & ~Q(reason="")), name="event_void_is_reasoned"
            ),
        ]
        indexes = [
            models.Index(fields=["employee", "at"], name="event_by_person"),
            models.Index(fields=["at"], name="event_by_time"),
            models.Index(fields=["received_at", "id"], name="event_by_arrival"),
        ]

    def __str__(self) -> str:
        return f"{self.employee} {self.get_direction_display()} {moment_text(self.local_at)}"

    @property
    def imported(self) -> bool:
        """Whether a file of past punches brought it: it stands under a name, and corrects nothing."""
        return self.idempotency_key.startswith(IMPORTED)

    @property
    def method_text(self) -> str:
        """How it was made, in words."""
        return pgettext("how a punch came", "Import") if self.imported else str(self.get_method_display())

    @property
    def local_at(self) -> datetime:
        """The instant on the wall clock of the place where it happened."""
        return self.at.astimezone(ZoneInfo(self.zone))

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store a new event; an event that is already stored is refused."""
        if not self._state.adding:
            raise AppendOnlyError
        using = kwargs.get("using")
        # With the outer transaction, if there is one: no savepoint to pay for at the door.
        with transaction.atomic(using=using, savepoint=False):
            super().save(force_insert=True, using=using)
            invalidate_events([(self.employee_id, self.at)])


class RepeatedLook(models.Model):
    """A request that stored nothing, because the person had just clocked: asked again, it gets the same answer."""

    idempotency_key = models.CharField(max_length=120, unique=True)
    request_digest = models.CharField(max_length=64)
    event = models.ForeignKey(ClockEvent, on_delete=models.PROTECT, related_name="repeated_looks")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.idempotency_key
