"""The company itself, and the audit trail: what was done, and the chain that shows whether evidence was touched."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.append_only import AppendOnly, AppendOnlyQuerySet
from common.sealed import Sealed, SealedQuerySet


class AuditQuerySet(SealedQuerySet["AuditEntry"], AppendOnlyQuerySet["AuditEntry"]):  # type: ignore[override]
    """Entries, sealed also where many are added at once."""


class AuditEntry(Sealed, AppendOnly):
    """Who did what to whom or what, and when. Names are kept as text: an entry outlives what it is about."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField(_("at"), default=timezone.now)
    zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    actor = models.CharField(_("who"), max_length=150)
    address = models.CharField(_("address"), max_length=45, blank=True)
    act = models.CharField(_("what"), max_length=40)
    object = models.CharField(_("on what"), max_length=120, blank=True)
    subject = models.CharField(
        _("about whom"), max_length=40, blank=True, help_text=_("The employee number of the person it concerns.")
    )
    details: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        _("before and after"), default=dict, blank=True
    )

    objects: ClassVar[AuditQuerySet] = AuditQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-at",)
        verbose_name = _("entry of the audit trail")
        verbose_name_plural = _("audit trail")
        indexes = [
            models.Index(fields=["at"], name="audit_by_time"),
            models.Index(fields=["subject", "at"], name="audit_by_subject"),
            models.Index(fields=["actor", "at"], name="audit_by_actor"),
            models.Index(fields=["act", "at"], name="audit_by_act"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor} {self.act} {self.object}".strip()


class ChainLink(AppendOnly):
    """One link of the chain: a row of evidence as it was sealed, or that it was removed by the program.

    ``hash`` is the seal of this link and of the one before it: none can be taken out, put in or moved.
    """

    class Kind(models.TextChoices):
        STORED = "stored"
        REMOVED = "removed"

    number = models.BigIntegerField(primary_key=True)
    table = models.CharField(max_length=60)
    row = models.CharField(max_length=40)
    kind = models.CharField(max_length=7, choices=Kind.choices, default=Kind.STORED)
    seal = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        indexes = [models.Index(fields=["table", "row"], name="chain_by_row")]

    def __str__(self) -> str:
        return f"{self.number} {self.table} {self.row}"


class ChainHead(models.Model):
    """The single row that whoever adds links holds: the last link's number and hash."""

    number = models.BigIntegerField(default=0)
    hash = models.BinaryField(max_length=32, default=b"")

    def __str__(self) -> str:
        return str(self.number)


class ChainAnchor(AppendOnly):
    """The head of the chain at the end of a day: exported, it shows later that the chain was not written anew."""

    day = models.DateField(unique=True)
    number = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("day",)

    def __str__(self) -> str:
        return f"{self.day} {self.number}"


class AnchorTimestamp(AppendOnly):
    """An authority's signed word that an anchor was there at a time (RFC 3161), as it answered.

    ``roots``: the PEM certificates that were trusted then.
    """

    anchor = models.ForeignKey(ChainAnchor, on_delete=models.PROTECT, related_name="timestamps")
    authority = models.CharField(max_length=300)
    response = models.BinaryField()
    roots = models.TextField()
    signed_at = models.DateTimeField()
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.anchor} {self.authority}"


class Company(models.Model):
    """What the company said of itself at set-up; every default follows from it. One row: see ``common.company``."""

    class DateStyle(models.TextChoices):
        LANGUAGE = "", _("As the language has it")
        DAY = "dmy", _("Day first: 28/11/2026")
        MONTH = "mdy", _("Month first: 11/28/2026")
        YEAR = "ymd", _("Year first: 2026-11-28")

    name = models.CharField(_("company"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    region = models.CharField(_("region of the holidays"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    language = models.CharField(_("language"), max_length=7, blank=True, choices=settings.LANGUAGES)
    week_start = models.PositiveSmallIntegerField(_("week begins on"), default=0)
    date_style = models.CharField(_("dates"), max_length=3, blank=True, choices=DateStyle.choices)
    kiosk_portraits = models.BooleanField(
        _("portraits at kiosks"),
        default=True,
        help_text=_("The greeting shows the portrait of who agreed to one."),
    )

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="company_single_row"),
            models.CheckConstraint(condition=models.Q(week_start__lte=6), name="company_week_start"),
        ]

    def __str__(self) -> str:
        return self.name or "Presente"
