"""Tests of a kiosk where it stands, and the looks of each; no picture is among them."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models.kiosk import Kiosk
from common.moments import moment_text
from employees.models import Employee, User
from kiosk.site_test.plan import Step
from recognition.models import Decision


class KioskTestQuerySet(models.QuerySet["KioskTest"]):
    def going_on(self) -> KioskTestQuerySet:
        """Neither ended nor left alone for too long."""
        return self.filter(ended_at=None, alive_until__gt=timezone.now())

    def left_alone(self) -> KioskTestQuerySet:
        """Abandoned, and not ended yet."""
        return self.filter(ended_at=None, alive_until__lte=timezone.now())


class KioskTest(models.Model):
    """One test of a kiosk. It waits until the device shows it, and ends when its last step is over, when somebody
    ends it, or by itself when nothing has happened for ``PATIENCE``.

    ``steps``: what is done at the door (``site_test.plan``). ``conditions``: how the kiosk was set (``site_test.
    proposals``).
    """

    PATIENCE = timedelta(minutes=5)

    class Ending(models.TextChoices):
        DONE = "done", _("All steps done")
        STOPPED = "stopped", _("Ended early")
        ABANDONED = "abandoned", _("Abandoned")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kiosk = models.ForeignKey(Kiosk, verbose_name=_("kiosk"), on_delete=models.CASCADE, related_name="tests")
    started_by = models.ForeignKey(
        User, verbose_name=_("started by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    shown_at = models.DateTimeField(_("shown at the kiosk"), null=True)
    alive_until = models.DateTimeField()
    ended_at = models.DateTimeField(_("ended"), null=True)
    ending = models.CharField(_("result"), max_length=9, choices=Ending.choices, blank=True)
    steps: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(default=list)
    step = models.PositiveSmallIntegerField(default=0)
    conditions: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    objects = KioskTestQuerySet.as_manager()

    class Meta:
        ordering = ("-started_at",)
        verbose_name = _("kiosk test")
        verbose_name_plural = _("kiosk tests")
        constraints = [
            models.UniqueConstraint(fields=["kiosk"], condition=Q(ended_at=None), name="kiosk_test_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ending="") | (Q(ended_at__isnull=False) & ~Q(ending="")),
                name="kiosk_test_ended_says_how",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kiosk} {moment_text(self.started_at.astimezone(self.kiosk.zone))}"

    @property
    def is_going_on(self) -> bool:
        """Neither ended nor left alone for too long."""
        return self.ended_at is None and self.alive_until > timezone.now()

    @property
    def current(self) -> Step:
        """The step that is being done."""
        return Step(**self.steps[self.step])


class KioskTestLook(models.Model):
    """One look in a test: what stood before the camera, and what came of it.

    ``named``: the right person, somebody other, or nobody. ``employee``: whom it shows; None for strangers.
    """

    class Named(models.TextChoices):
        NOBODY = "", _("Nobody")
        RIGHT = "right", _("The right person")
        OTHER = "other", _("Somebody else")

    test = models.ForeignKey(KioskTest, on_delete=models.CASCADE, related_name="looks")
    step = models.PositiveSmallIntegerField()
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=20)
    condition = models.CharField(max_length=20, blank=True)
    employee = models.ForeignKey(Employee, null=True, on_delete=models.SET_NULL, related_name="+")
    outcome = models.CharField(max_length=14, choices=Decision.Outcome.choices)
    reason = models.CharField(max_length=40, blank=True)
    named = models.CharField(max_length=5, choices=Named.choices, blank=True)
    confidence = models.FloatField(default=0.0)
    liveness = models.CharField(max_length=7, choices=Decision.Liveness.choices, blank=True)
    liveness_score = models.FloatField(null=True)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("attempt in a kiosk test")
        verbose_name_plural = _("attempts in kiosk tests")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="stranger", employee=None) | ~Q(kind="stranger"), name="kiosk_test_stranger_is_nobody"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.test_id} {self.kind} {self.outcome}"
