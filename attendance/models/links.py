"""A message to whoever forgot to clock out, with a link that files the correction of that day and nothing else."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from employees.models import Employee


class CorrectionLink(models.Model):
    """One message about one person's day. The link itself is signed and not stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    employee = models.ForeignKey(
        Employee, verbose_name=_("employee"), on_delete=models.CASCADE, related_name="correction_links"
    )
    day = models.DateField(_("day"))
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    expires_at = models.DateTimeField(_("valid until"))
    login = models.BooleanField(_("with the login"), default=False)
    sent_at = models.DateTimeField(_("sent"), null=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try"), default=timezone.now)
    error = models.CharField(_("error"), max_length=300, blank=True)
    used_at = models.DateTimeField(_("used"), null=True)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("message about a missing check-out")
        verbose_name_plural = _("messages about missing check-outs")
        constraints = [models.UniqueConstraint(fields=["employee", "day"], name="link_once_for_a_day")]
        indexes = [models.Index(fields=["next_try_at"], name="link_unsent", condition=Q(sent_at=None))]

    def __str__(self) -> str:
        return f"{self.employee} · {self.day}"


class CalendarLink(models.Model):
    """The private address of a person's shifts; whoever has it reads them, so the person can make a new one."""

    employee = models.OneToOneField(
        Employee, verbose_name=_("employee"), on_delete=models.CASCADE, related_name="calendar_link"
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)
    read_at = models.DateTimeField(_("last read"), null=True, editable=False)

    class Meta:
        verbose_name = _("calendar link")
        verbose_name_plural = _("calendar links")

    def __str__(self) -> str:
        return str(self.employee)
