"""Who is told what: one row for each event and receiver, one for each message about it, and what each person chose."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.leases import Leased
from employees import vault
from employees.models import Employee, User


class Kind(models.TextChoices):
    """What somebody may be told of."""

    REQUEST = "request", _("A request waits for your decision")
    REMINDER = "reminder", _("A request has waited for days")
    DELEGATE = "delegate", _("You act for a manager")
    DECISION = "decision", _("Your request was decided")
    MISSING = "missing", _("A punch of yours is missing")
    GAP = "gap", _("Somebody's punch is missing")
    LATE = "late", _("Somebody is late")
    KIOSK = "kiosk", _("A kiosk is offline")
    PERIOD = "period", _("A period is over and can be closed")
    APPROVAL = "approval", _("An approved timesheet has changed")
    BACKUP = "backup", _("The backup is too old")
    ACCOUNT = "account", _("Your account was changed")


class Channel(models.TextChoices):
    """The ways to tell it."""

    APP = "app", _("In Presente")
    EMAIL = "email", _("E-mail")
    PUSH = "push", _("Push message")
    CHAT = "chat", _("Chat")


class Notification(models.Model):
    """One event and one receiver. ``key`` names the event: nobody is told of it twice.

    The receiver is ``user``; ``person`` where somebody has no account; neither for the company's own chat. Names and
    days are kept in ``data``, and the sentence is made of them in the reader's language.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        User, verbose_name=_("user"), null=True, on_delete=models.CASCADE, related_name="notifications"
    )
    person = models.ForeignKey(
        Employee, verbose_name=_("person"), null=True, on_delete=models.CASCADE, related_name="notifications"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    key = models.CharField(max_length=120)
    data: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(_("details"), default=dict)
    path = models.CharField(_("page"), max_length=200, blank=True)
    about = models.ForeignKey(
        Employee, verbose_name=_("about whom"), null=True, on_delete=models.CASCADE, related_name="+"
    )
    in_app = models.BooleanField(_("shown in Presente"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    read_at = models.DateTimeField(_("read"), null=True)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], condition=Q(user__isnull=False), name="notify_user_once"),
            models.UniqueConstraint(
                fields=["person", "key"], condition=Q(person__isnull=False), name="notify_person_once"
            ),
            models.UniqueConstraint(fields=["key"], condition=Q(user=None, person=None), name="notify_company_once"),
            models.CheckConstraint(condition=Q(user=None) | Q(person=None), name="notify_one_receiver"),
        ]
        indexes = [
            models.Index(fields=["user", "created_at"], name="notify_by_user"),
            models.Index(fields=["user"], name="notify_unread", condition=Q(read_at=None, in_app=True)),
            models.Index(fields=["key"], name="notify_by_key"),
            models.Index(fields=["created_at"], name="notify_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.user or self.person or '–'} · {self.kind}"


class Delivery(Leased):
    """One message about a notification by one channel: when it is due, and what came of each try."""

    LEASE = timedelta(seconds=120)

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        DROPPED = "dropped", _("Not sent")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    notification = models.ForeignKey(
        Notification, verbose_name=_("notification"), on_delete=models.CASCADE, related_name="deliveries"
    )
    channel = models.CharField(_("channel"), max_length=5, choices=Channel.choices)
    to = models.CharField(_("address"), max_length=254, blank=True, help_text="Another one than the receiver's own.")
    digest = models.BooleanField(_("with others of the day"), default=False)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    next_try_at = models.DateTimeField(_("next try"), default=timezone.now)
    error = models.CharField(_("error"), max_length=300, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("message of a notification")
        verbose_name_plural = _("messages of notifications")
        constraints = [models.UniqueConstraint(fields=["notification", "channel"], name="message_once_by_channel")]
        indexes = [
            models.Index(fields=["next_try_at"], name="message_open", condition=Q(state__in=["waiting", "sending"])),
            models.Index(fields=["finished_at"], name="message_failed", condition=Q(state="failed")),
        ]

    def __str__(self) -> str:
        return f"{self.notification} · {self.channel}"


class NotificationChoices(models.Model):
    """What one person chose; whoever has no row gets what the role gets."""

    class Digest(models.TextChoices):
        AT_ONCE = "", _("At once")
        DAILY = "daily", _("Once a day, together")

    user = models.OneToOneField(
        User, verbose_name=_("user"), on_delete=models.CASCADE, related_name="notification_choices"
    )
    channels: models.JSONField[dict[str, list[str]], dict[str, list[str]]] = models.JSONField(
        _("channels"), default=dict
    )
    digest = models.CharField(_("messages come"), max_length=5, blank=True, choices=Digest.choices)
    digest_hour = models.PositiveSmallIntegerField(
        _("hour of the daily message"), default=8, validators=[MaxValueValidator(23)]
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_to = models.TimeField(_("quiet until"), null=True, blank=True)

    class Meta:
        verbose_name = _("choice of notifications")
        verbose_name_plural = _("choices of notifications")
        constraints = [models.CheckConstraint(condition=Q(digest_hour__lte=23), name="notify_digest_hour")]

    def __str__(self) -> str:
        return str(self.user)


class ChatAddress(models.Model):
    """Where chat messages go: one person's, or the company's own channel for the chosen ``kinds``.

    The address holds tokens, so it is kept encrypted, and only the ``service`` is shown.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(
        User, verbose_name=_("user"), null=True, on_delete=models.CASCADE, related_name="chat_address"
    )
    company = models.BooleanField(default=False)
    service = models.CharField(_("service"), max_length=60)
    sealed_url = models.BinaryField(_("address"), editable=False)
    kinds: models.JSONField[list[str], list[str]] = models.JSONField(_("kinds"), default=list)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("chat address")
        verbose_name_plural = _("chat addresses")
        constraints = [
            models.UniqueConstraint(fields=["company"], condition=Q(company=True), name="chat_one_company"),
            models.CheckConstraint(
                condition=Q(company=True, user=None) | Q(company=False, user__isnull=False), name="chat_one_owner"
            ),
        ]

    def __str__(self) -> str:
        return self.service

    def seal_url(self, url: str) -> None:
        """Keep this address; the caller saves the row."""
        self.sealed_url = vault.wrap(url.encode(), context=f"chat:{self.pk}")

    @property
    def url(self) -> str:
        """Raises ``VaultError`` where it cannot be decrypted."""
        return vault.unwrap(bytes(self.sealed_url), context=f"chat:{self.pk}").decode()


class PushSubscription(models.Model):
    """A browser of somebody's that takes push messages. Whoever knows its address may send to it: it is encrypted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, verbose_name=_("user"), on_delete=models.CASCADE, related_name="push_subscriptions")
    endpoint_hash = models.CharField(max_length=64, unique=True, editable=False)
    sealed = models.BinaryField(_("address and keys"), editable=False)
    browser = models.CharField(_("browser"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("browser for push messages")
        verbose_name_plural = _("browsers for push messages")

    def __str__(self) -> str:
        return self.browser or "–"

    def seal(self, content: dict[str, str]) -> None:
        """Keep endpoint and keys; the caller saves the row."""
        self.sealed = vault.wrap(json.dumps(content).encode(), context=f"push:{self.pk}")

    @property
    def content(self) -> dict[str, str]:
        """``endpoint``, ``p256dh`` and ``auth``; raises ``VaultError``."""
        return dict(json.loads(vault.unwrap(bytes(self.sealed), context=f"push:{self.pk}")))
