"""Punches from people's own phones: who may make them, the phones' keys, what they sent, and the evidence kept."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models import ClockEvent
from common.append_only import AppendOnly, AppendOnlyQuerySet
from common.moments import moment_text
from employees.models import Employee, Site
from phone.geo import Circle, Fence, Point, Polygon
from phone.judging import Sign, Verdict

DEFAULT_ACCURACY = 100


class PhoneRule(models.Model):
    """Whether the people of a site, or one person, may clock in with their own phone, and from where.

    A person's rule goes before that of the site. Where neither is, nobody may.
    """

    class Shape(models.TextChoices):
        NONE = "none", _("Anywhere; the place is not asked for")
        CIRCLE = "circle", _("Within a distance of a point")
        POLYGON = "polygon", _("Within a drawn area")

    class Outside(models.TextChoices):
        REFUSE = "refuse", _("Refuse the punch")
        FLAG = "flag", _("Record it and flag it")

    site = models.OneToOneField(
        Site, verbose_name=_("site"), null=True, blank=True, on_delete=models.CASCADE, related_name="phone_rule"
    )
    employee = models.OneToOneField(
        Employee, verbose_name=_("person"), null=True, blank=True, on_delete=models.CASCADE, related_name="phone_rule"
    )
    allowed = models.BooleanField(_("may clock in by phone"), default=True)
    selfie = models.BooleanField(
        _("selfie"),
        default=False,
        help_text=_("The face is compared with the person's own, and has to pass the liveness challenge."),
    )
    shape = models.CharField(_("where"), max_length=7, choices=Shape.choices, default=Shape.CIRCLE)
    latitude = models.FloatField(
        _("latitude"), null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    longitude = models.FloatField(
        _("longitude"), null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    radius = models.PositiveIntegerField(
        _("distance in metres"),
        default=150,
        validators=[MinValueValidator(10), MaxValueValidator(100_000)],
        help_text=_("Phones are wrong by 10 to 50 metres, more indoors: rather too wide."),
    )
    corners: models.JSONField[list[list[float]], list[list[float]]] = models.JSONField(
        _("corners"), default=list, blank=True
    )
    accuracy = models.PositiveIntegerField(
        _("greatest inaccuracy in metres"),
        default=DEFAULT_ACCURACY,
        validators=[MinValueValidator(5), MaxValueValidator(10_000)],
        help_text=_("A place that the phone knows less exactly counts as unknown."),
    )
    outside = models.CharField(
        _("outside, or place unknown"), max_length=6, choices=Outside.choices, default=Outside.FLAG
    )

    class Meta:
        verbose_name = _("phone rule")
        verbose_name_plural = _("phone rules")
        constraints = [
            models.CheckConstraint(
                condition=Q(site=None, employee__isnull=False) | Q(site__isnull=False, employee=None),
                name="phone_rule_of_one",
                violation_error_message=_("Choose either a site or a person."),
            ),
            models.CheckConstraint(
                condition=~Q(shape="circle") | Q(latitude__isnull=False, longitude__isnull=False),
                name="phone_rule_circle_whole",
                violation_error_message=_("Give the latitude and the longitude of the point."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.employee or self.site)

    @property
    def fence(self) -> Fence | None:
        """Where the phone has to be; None where the place is not asked for."""
        if self.shape == self.Shape.CIRCLE:
            assert self.latitude is not None
            assert self.longitude is not None
            return Circle(Point(self.latitude, self.longitude), self.radius)
        if self.shape == self.Shape.POLYGON:
            return Polygon(tuple(Point(*corner) for corner in self.corners))
        return None

    @property
    def outline(self) -> str:
        """The corners as HR types them, a line each."""
        return "\n".join(f"{latitude}, {longitude}" for latitude, longitude in self.corners)


class PhoneKey(models.Model):
    """The public half of the key that a person's phone made while its owner was logged in.

    What the phone signs without a connection is told by it from what somebody made up. A retired key opens no way.
    """

    employee = models.ForeignKey(
        Employee, verbose_name=_("person"), on_delete=models.CASCADE, related_name="phone_keys"
    )
    public_key = models.BinaryField(editable=False)
    fingerprint = models.CharField(max_length=64, unique=True, editable=False)
    browser = models.CharField(_("browser"), max_length=120, blank=True)
    created_at = models.DateTimeField(_("registered"), default=timezone.now)
    retired_at = models.DateTimeField(_("retired"), null=True)

    class Meta:
        verbose_name = _("phone")
        verbose_name_plural = _("phones")

    def __str__(self) -> str:
        return f"{self.employee} · {self.browser or self.fingerprint[:12]}"


class PhonePunch(models.Model):
    """A punch that a phone kept while it had no connection: received once, then recorded or refused at once."""

    class Clock(models.TextChoices):
        OK = "ok", _("Reliable")
        CORRECTED = "corrected", _("The device's clock was changed; corrected")
        UNSURE = "unsure", _("The device's clock was changed; the time is unsure")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    employee = models.ForeignKey(
        Employee, verbose_name=_("person"), on_delete=models.PROTECT, related_name="phone_punches"
    )
    key = models.ForeignKey(PhoneKey, verbose_name=_("phone"), on_delete=models.PROTECT, related_name="punches")
    counter = models.PositiveBigIntegerField(_("counter"))
    missing = models.PositiveIntegerField(_("missing before it"), default=0)
    digest = models.CharField(max_length=64, editable=False)
    head = models.TextField(editable=False)
    signature = models.BinaryField(editable=False)
    direction = models.CharField(_("direction"), max_length=3, choices=ClockEvent.Direction.choices)
    at = models.DateTimeField(_("at"))
    device_at = models.DateTimeField(_("by the device's clock"))
    clock = models.CharField(_("clock"), max_length=9, choices=Clock.choices)
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    event = models.ForeignKey(
        ClockEvent,
        verbose_name=_("punch"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="phone_punches",
    )
    reason = models.CharField(_("refused because"), max_length=40, blank=True)

    class Meta:
        ordering = ("-at",)
        verbose_name = _("offline punch of a phone")
        verbose_name_plural = _("offline punches of phones")
        constraints = [
            models.UniqueConstraint(fields=["key", "counter"], name="phone_punch_once"),
            models.CheckConstraint(
                condition=Q(event=None) & ~Q(reason="") | Q(event__isnull=False, reason=""),
                name="phone_punch_settled",
            ),
        ]
        indexes = [models.Index(fields=["employee", "received_at"], name="phone_punch_by_person")]

    def __str__(self) -> str:
        return f"{self.employee} {moment_text(self.at.astimezone(self.employee.zone))}"


class PhoneEvidence(AppendOnly):
    """What is known of how a punch was made with a phone. The place is personal data and is kept for a time only."""

    class Word(models.TextChoices):
        INSIDE = Verdict.INSIDE.value, _("Inside the area")
        OUTSIDE = Verdict.OUTSIDE.value, _("Outside the area")
        INACCURATE = Verdict.INACCURATE.value, _("Place too inaccurate")
        OLD = Verdict.OLD.value, _("Place from another time")
        DENIED = Verdict.DENIED.value, _("Place not shared")
        UNKNOWN = Verdict.UNKNOWN.value, _("Place not found")
        UNASKED = Verdict.UNASKED.value, _("Place not asked for")

    event = models.OneToOneField(
        ClockEvent,
        verbose_name=_("punch"),
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="phone_evidence",
    )
    verdict = models.CharField(_("place"), max_length=10, choices=Word.choices)
    latitude = models.FloatField(_("latitude"), null=True)
    longitude = models.FloatField(_("longitude"), null=True)
    accuracy = models.FloatField(_("accuracy in metres"), null=True)
    altitude = models.FloatField(_("altitude in metres"), null=True)
    age = models.FloatField(_("age of the place in seconds"), null=True)
    metres = models.FloatField(_("metres outside"), null=True)
    signs: models.JSONField[list[str], list[str]] = models.JSONField(_("signs"), default=list)
    offline = models.BooleanField(_("without a connection"), default=False)
    clock = models.CharField(_("clock"), max_length=9, choices=PhonePunch.Clock.choices, default=PhonePunch.Clock.OK)
    browser = models.CharField(_("browser"), max_length=120, blank=True)
    flagged = models.BooleanField(_("to be looked at"), default=False)
    received_at = models.DateTimeField(_("received at"), default=timezone.now, db_index=True)

    objects: Any = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering = ("-received_at",)
        verbose_name = _("evidence of a punch by phone")
        verbose_name_plural = _("punches by phone")

    def __str__(self) -> str:
        return f"{self.event}"

    @property
    def employee(self) -> Employee:
        """Whose punch it is."""
        return self.event.employee

    @property
    def point(self) -> Point | None:
        """Where it was, where a place was sent."""
        if self.latitude is None or self.longitude is None:
            return None
        return Point(self.latitude, self.longitude)

    @property
    def sign_codes(self) -> list[Sign]:
        """The signs that this version of the program knows."""
        return [Sign(one) for one in self.signs if one in set(Sign)]
