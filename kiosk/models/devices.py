"""What proves that a request was made by the paired device itself, and now."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models.kiosk import Kiosk
from common.leases import Leased


class DeviceKey(Leased):
    """The public half of a device's own key (ECDSA P-256); the private half cannot leave the device's browser.

    A retired key stays: punches that it signed while the device was offline are still told from made-up ones.
    A worker that settles what the device kept holds its key's row.
    """

    LEASE = timedelta(minutes=2)
    """How long a killed worker holds a device's queue; each punch renews it."""

    kiosk = models.ForeignKey(Kiosk, verbose_name=_("kiosk"), on_delete=models.CASCADE, related_name="device_keys")
    public_key = models.BinaryField(editable=False)
    fingerprint = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("registered"), default=timezone.now)
    retired_at = models.DateTimeField(_("retired"), null=True)

    class Meta:
        verbose_name = _("device key")
        verbose_name_plural = _("device keys")
        constraints = [
            models.UniqueConstraint(fields=["kiosk"], condition=Q(retired_at=None), name="device_key_one_active"),
        ]

    def __str__(self) -> str:
        return f"{self.kiosk} · {self.fingerprint[:12]}"


class UsedNonce(models.Model):
    """A nonce that a request was made with: no second request is."""

    value = models.CharField(max_length=32, primary_key=True)
    used_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.value
