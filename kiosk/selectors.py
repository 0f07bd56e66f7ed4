"""How the devices at the doors are: which are silent, and which have no picture."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import Kiosk
from common.moments import moment_text
from kiosk.models import KioskSettings

SILENT = timedelta(minutes=5)
"""A page gives a sign of life every 20 seconds; a restart or a short loss of the network is no silence."""
NO_PICTURE = {"camera_denied", "camera_missing", "camera_busy", "insecure", "keyless"}


@dataclass(frozen=True, slots=True)
class Trouble:
    """A kiosk that needs somebody: ``code`` is ``silent`` or the page's own state, ``text`` says it in words."""

    kiosk: Kiosk
    code: str
    text: str


def kiosk_troubles(*, now: datetime | None = None) -> list[Trouble]:
    """Every paired kiosk that is silent in its working hours or shows no picture, by name; two statements."""
    moment = now or timezone.now()
    paired = Kiosk.objects.filter(revoked_at=None).exclude(token_hash="").select_related("settings").order_by("name")
    return [trouble for kiosk in paired if (trouble := kiosk_trouble(kiosk, moment)) is not None]


def kiosk_trouble(kiosk: Kiosk, now: datetime) -> Trouble | None:
    """What is wrong with this kiosk; None for nothing, and for one that is not paired."""
    if not kiosk.token_hash or kiosk.revoked_at is not None or kiosk.last_seen_at is None:
        return None
    chosen = getattr(kiosk, "settings", None) or KioskSettings(kiosk=kiosk)
    works = all(chosen.is_open(moment.astimezone(kiosk.zone)) for moment in (now, now - SILENT))
    if now - kiosk.last_seen_at > SILENT:
        if not works:
            return None
        since = kiosk.last_seen_at.astimezone(kiosk.zone)
        text = _("Offline since %(time)s: check its power, its network and its browser.")
        return Trouble(kiosk, "silent", text % {"time": moment_text(since)})
    if kiosk.page_state in NO_PICTURE:
        return Trouble(kiosk, kiosk.page_state, _("It takes PINs alone: its screen says why the camera does not work."))
    return None
