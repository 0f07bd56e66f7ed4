"""How an account logs in beside its password, and where it is logged in now."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SecondFactor(models.Model):
    """An authenticator app (``secret``, sealed) or a passkey (``credential``, what the device gave us)."""

    class Kind(models.TextChoices):
        APP = "app", _("Authenticator app")
        PASSKEY = "passkey", _("Passkey")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_factors")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=60, blank=True)
    secret = models.BinaryField(editable=False, default=bytes)
    credential = models.BinaryField(editable=False, default=bytes)
    credential_id = models.CharField(max_length=400, editable=False, blank=True)
    last_step = models.BigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("created_at",)
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(kind="app"), name="second_factor_one_app"),
            models.UniqueConstraint(
                fields=["credential_id"], condition=~Q(credential_id=""), name="second_factor_own_credential"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.get_kind_display()


class RecoveryCode(models.Model):
    """One of the codes for the day on which the device is lost; each works once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64, editable=False)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)


class ProviderLogin(models.Model):
    """Whom an OpenID Connect provider knows an account as; made at the first login by it."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="provider_login")
    issuer = models.CharField(_("login server"), max_length=400)
    subject = models.CharField(max_length=255)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="provider_login_one_account")]

    def __str__(self) -> str:
        return self.issuer


class LoginSession(models.Model):
    """A browser in which somebody is logged in, so that they see it and can end it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="login_sessions")
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    address = models.CharField(max_length=45, blank=True)
    browser = models.CharField(max_length=200, blank=True)
    begun_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-seen_at",)

    def __str__(self) -> str:
        return self.browser
