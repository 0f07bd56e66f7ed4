"""The devices that take punches. How they behave, and what they keep, is the business of the app ``kiosk``."""

from __future__ import annotations

import uuid
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext_lazy as _

from employees.models import User, check_time_zone


class Kiosk(models.Model):
    """A paired device at a door. The device holds a token, we hold its hash."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=80, unique=True)
    location = models.CharField(_("location"), max_length=120, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[check_time_zone])
    pairing_hash = models.CharField(max_length=64, blank=True, editable=False)
    pairing_expires_at = models.DateTimeField(null=True, editable=False)
    token_hash = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    paired_at = models.DateTimeField(_("paired at"), null=True, editable=False)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, editable=False)
    identify_until = models.DateTimeField(null=True, editable=False)
    page_version = models.CharField(_("page's version"), max_length=16, blank=True, editable=False)
    page_state = models.CharField(_("page's state"), max_length=30, blank=True, editable=False)
    cameras: models.JSONField[list[str], list[str]] = models.JSONField(_("cameras"), default=list, editable=False)
    silence_told_at = models.DateTimeField(null=True, editable=False)
    pin_failures = models.PositiveSmallIntegerField(default=0, editable=False)
    pin_window_at = models.DateTimeField(null=True, editable=False)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)
        verbose_name = _("kiosk")
        verbose_name_plural = _("kiosks")

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)
