"""How a kiosk behaves, as HR chose it."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attendance.models import Kiosk
from recognition.models import SearchChoice


def every_day() -> list[int]:
    """All weekdays, 0 is Monday."""
    return list(range(7))


class KioskSettings(models.Model):
    """How one kiosk behaves, as HR chose it; a kiosk without a row has the defaults (see ``of``)."""

    class Mode(models.TextChoices):
        FACE = "face", _("Face identifies the person (1:N)")
        VERIFY = "verify", _("Number and PIN first, then the face confirms (1:1)")

    class Start(models.TextChoices):
        AUTO = "auto", _("Automatically, when someone approaches")
        TOUCH = "touch", _("After a touch on the screen")

    class Badge(models.TextChoices):
        OFF = "off", _("Not read")
        PIN = "pin", _("In place of the number, followed by the PIN")
        ALONE = "alone", _("Enough alone")

    class Liveness(models.TextChoices):
        OFF = "off", _("Not examined")
        FLAG = "flag", _("Noted in the recognition log, nobody is stopped")
        SUSPECT = "suspect", _("Whoever looks like a photo or screen gets a challenge")
        UNSURE = "unsure", _("Whoever did not move like a person, too")
        ALWAYS = "always", _("Everybody gets a challenge")

    class Theme(models.TextChoices):
        AUTO = "auto", _("As the device is set")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")
        CONTRAST = "contrast", _("High contrast")

    kiosk = models.OneToOneField(Kiosk, primary_key=True, on_delete=models.CASCADE, related_name="settings")
    mode = models.CharField(
        _("recognition"),
        max_length=6,
        choices=Mode.choices,
        default=Mode.FACE,
        help_text=_("The second suits a company whose law prefers verification to identification."),
    )
    start = models.CharField(_("start"), max_length=5, choices=Start.choices, default=Start.AUTO)
    pin = models.BooleanField(
        _("number and PIN"),
        default=True,
        help_text=_("Without it, whoever has no face enrolled cannot clock here: keep another way for them."),
    )
    badge = models.CharField(
        _("badge or QR code"),
        max_length=5,
        choices=Badge.choices,
        default=Badge.PIN,
        help_text=_("A badge that is enough alone clocks whoever holds it."),
    )
    language = models.CharField(
        _("language"),
        max_length=7,
        blank=True,
        choices=settings.LANGUAGES,
        help_text=_("Empty: the browser's. A person's own language is used once the person is known."),
    )
    greeting = models.CharField(
        _("greeting"),
        max_length=120,
        blank=True,
        help_text=_("Instead of “Good morning, …”; {name} becomes the first name."),
    )
    sound = models.BooleanField(_("sounds"), default=True)
    voice = models.BooleanField(_("spoken instructions"), default=False)
    theme = models.CharField(_("colours"), max_length=8, choices=Theme.choices, default=Theme.AUTO)
    brightness = models.PositiveSmallIntegerField(
        _("brightness in %"),
        default=100,
        validators=[MinValueValidator(30), MaxValueValidator(100)],
        help_text=_("Of the page while nobody stands before it, 30 to 100."),
    )
    lamp = models.BooleanField(_("light a dark face with the screen"), default=True)
    camera = models.CharField(_("camera"), max_length=120, blank=True, help_text=_("Empty: the front camera."))
    mirrored = models.BooleanField(_("mirrored picture"), default=True)
    liveness = models.CharField(
        _("liveness check"),
        max_length=7,
        choices=Liveness.choices,
        default=Liveness.FLAG,
        help_text=_(
            "Whether there is a real person before the camera, or a photo or screen. The challenge takes about nine "
            "seconds."
        ),
    )
    liveness_picture = models.BooleanField(
        _("detect screens and prints"),
        default=True,
        help_text=_("The liveness network looks at each frame, where it was fetched."),
    )
    liveness_motion = models.BooleanField(
        _("detect movement"),
        default=True,
        help_text=_("Switch this off where the kiosk or what is behind the people moves."),
    )
    liveness_repeats = models.BooleanField(_("detect replayed video"), default=True)
    opens_at = models.TimeField(_("works from"), null=True, blank=True)
    closes_at = models.TimeField(
        _("until"),
        null=True,
        blank=True,
        help_text=_("Outside these hours the camera is off; number and PIN still work. Empty: always on."),
    )
    weekdays: models.JSONField[list[int], list[int]] = models.JSONField(_("weekdays"), default=every_day)

    class Meta:
        verbose_name = _("settings")
        verbose_name_plural = _("settings")
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_at=None, closes_at=None) | Q(opens_at__isnull=False, closes_at__isnull=False),
                name="kiosk_hours_whole",
                violation_error_message=_("Give both the hour it opens and the hour it closes, or neither."),
            ),
            models.CheckConstraint(
                condition=Q(brightness__gte=30, brightness__lte=100),
                name="kiosk_brightness_range",
                violation_error_message=_("The brightness is a figure from 30 to 100."),
            ),
            models.CheckConstraint(
                condition=Q(pin=True) | Q(mode="face"),
                name="kiosk_verify_needs_pin",
                violation_error_message=_("“Number and PIN first” needs number and PIN switched on."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.kiosk)

    @classmethod
    def of(cls, kiosk: Kiosk) -> KioskSettings:
        """The kiosk's settings; the defaults, not stored, where HR never chose.

        Where the company compares one to one, every kiosk asks for the number first, whatever was chosen for it.
        """
        chosen = cls.objects.filter(pk=kiosk.pk).first() or cls(kiosk=kiosk)
        if not SearchChoice.in_force():
            chosen.mode, chosen.pin = cls.Mode.VERIFY, True
        return chosen

    def is_open(self, local: datetime) -> bool:
        """Whether the camera works at this time of the kiosk's wall clock; hours that pass midnight belong to the
        day on which they began."""
        if self.opens_at is None or self.closes_at is None:
            return local.weekday() in self.weekdays
        moment = local.time()
        if self.opens_at < self.closes_at:
            return local.weekday() in self.weekdays and self.opens_at <= moment < self.closes_at
        if moment >= self.opens_at:
            return local.weekday() in self.weekdays
        return moment < self.closes_at and (local.weekday() - 1) % 7 in self.weekdays
