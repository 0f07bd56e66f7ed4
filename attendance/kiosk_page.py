"""What the kiosk's script is told: addresses, times and every sentence that it may show."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from attendance.models import Kiosk, KioskSettings
from attendance.services.devices import device_key_active

URLS = ("ping", "key", "look", "identify", "confirm", "pin")


def page_config(kiosk: Kiosk, chosen: KioskSettings) -> dict[str, Any]:
    """The page's configuration, ready for ``json_script``."""
    key = device_key_active(kiosk=kiosk)
    return {
        "settings": page_settings(chosen),
        "urls": {name: reverse(f"kiosk_{name}") for name in URLS},
        "language": get_language() or "en",
        "zone": kiosk.time_zone,
        "device": {"key": key.fingerprint if key else ""},
        "now": int(timezone.now().timestamp() * 1000),
        "seconds": {"confirm": 3, "result": 4, "unknown": 8, "pin": 40, "retry": 3},
        "text": page_text(),
    }


def page_settings(chosen: KioskSettings) -> dict[str, Any]:
    """What HR chose, as far as the script has to know it."""
    return {
        "mode": chosen.mode,
        "start": chosen.start,
        "pin": chosen.pin,
        "badge": chosen.badge,
        "sound": chosen.sound,
        "voice": chosen.voice,
        "brightness": chosen.brightness,
        "lamp": chosen.lamp,
        "camera": chosen.camera,
        "mirrored": chosen.mirrored,
    }


def page_text() -> dict[str, str]:
    """The script's sentences in the reader's language; the page's own are in its template."""
    return {
        "in": _("In"),
        "out": _("Out"),
        "countdown": _("%(direction)s is recorded in %(seconds)s s"),
        "paused": _("Choose In or Out."),
        "retry": _("Trying again in %(seconds)s s."),
        "retrying": _("Trying again…"),
        "saving": _("The connection was lost. Your punch is being sent again; please wait a moment."),
        "not_saved": _("There is no connection and your punch was not recorded. Try again in a minute, or tell HR."),
        "not_me": _("Nothing was recorded. Try again, or use your PIN."),
        "fill": _("Type your number and your PIN."),
        "offline_pin": _("There is no connection, so the PIN could not be checked. Try again in a moment."),
        "fault": _("The server answered with an error. Try again; if it goes on, tell HR."),
        "expired": _("That took too long and nothing was recorded. Look at the camera again."),
    }
