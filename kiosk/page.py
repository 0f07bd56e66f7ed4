"""What the kiosk's script is told: addresses, times and every sentence that it may show."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.forms.models import model_to_dict
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from attendance.models import Kiosk
from kiosk import browser_files
from kiosk.models import KioskSettings
from kiosk.queue import queue_public_key
from kiosk.services.devices import device_key_active
from kiosk.services.site_test import site_test_of
from recognition.engines import factory

MOST_KEPT, DAYS_KEPT = 2000, 35
"""What a kiosk keeps without a network: a week of a busy door, and well within what ``clock`` still takes."""
URLS = ("ping", "key", "look", "identify", "confirm", "pin", "badge", "undo", "queue", "worker", "test", "test_look")


def page_config(kiosk: Kiosk, chosen: KioskSettings) -> dict[str, Any]:
    """The page's configuration, ready for ``json_script``."""
    key = device_key_active(kiosk=kiosk)
    return {
        "settings": page_settings(chosen),
        "finder": page_finder(),
        "reader": page_reader(chosen),
        "urls": {name: reverse(f"kiosk_{name}") for name in URLS},
        "language": get_language() or "en",
        "zone": kiosk.time_zone,
        "device": {"key": key.fingerprint if key else ""},
        "queue": {"key": queue_public_key(), "most": MOST_KEPT, "days": DAYS_KEPT},
        "now": int(timezone.now().timestamp() * 1000),
        "seconds": {
            "confirm": 3,
            "touch": 8,
            "result": 4,
            "undo": 8,
            "unknown": 8,
            "pin": 40,
            "retry": 3,
            "load": 10,
            "face": 20,
            "language": 60,
            "test": 2,
        },
        "text": page_text(),
        "words": {code: person_words(code) for code, _name in settings.LANGUAGES},
        **page_state(kiosk, chosen),
    }


def page_state(kiosk: Kiosk, chosen: KioskSettings) -> dict[str, Any]:
    """What changes while the page runs, and is told with every sign of life."""
    now = timezone.now()
    local = now.astimezone(kiosk.zone)
    tested = site_test_of(kiosk=kiosk) is not None
    is_open = tested or chosen.is_open(local)
    opens = "" if is_open else f"{chosen.opens_at:%H:%M}" if chosen.opens_at else ""
    return {
        "open": is_open,
        "opens": _("The camera works again from %(time)s.") % {"time": opens} if opens else "",
        "identify": kiosk.identify_until is not None and kiosk.identify_until > now,
        "test": tested,
        "version": page_version(chosen),
    }


@cache
def scripts_version() -> str:
    """A digest of the page's own files as they were when this process started."""
    digest = hashlib.sha256()
    static = Path(settings.BASE_DIR) / "static"
    shared = [static / "js" / "camera.js", static / "js" / "dom.js", static / "css" / "kiosk.css"]
    for path in sorted([*static.glob("js/kiosk/*.js"), *shared]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def page_version(chosen: KioskSettings) -> str:
    """What the device compares with its own: it changes with the page's files and with HR's choices."""
    content = json.dumps([scripts_version(), model_to_dict(chosen)], default=str, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


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
        "liveness": chosen.liveness,
    }


def page_finder() -> dict[str, str] | None:
    """Addresses of the page's own face detector; None where it was not fetched, and the server looks instead."""
    if not browser_files.stand() or not factory().browser_finds_faces:
        return None
    return {
        "module": static("vendor/litert/index.js"),
        "runtime": static("vendor/litert/"),
        "model": static(f"vendor/{browser_files.DETECTOR}"),
    }


def page_reader(chosen: KioskSettings) -> dict[str, str] | None:
    """Addresses of the reader of badges; None where HR switched badges off or it was not fetched."""
    if chosen.badge == KioskSettings.Badge.OFF or not browser_files.stand():
        return None
    return {"module": static("vendor/zxing/reader/index.js"), "wasm": static("vendor/zxing/zxing_reader.wasm")}


def page_text() -> dict[str, str]:
    """The script's sentences in the reader's language; the page's own are in its template."""
    return {
        "nothing_recorded": _("Nothing was recorded. Try again, or use your PIN."),
        "retry": _("Trying again in %(seconds)s s."),
        "retrying": _("Trying again…"),
        "fill": _("Type your number and your PIN."),
        "kept_count": _("Saved here: %(count)s"),
        "kept_near": _("Saved here: %(count)s, room for %(room)s more: bring back the network."),
        "kept_refused": _("Could not be sent: %(count)s. Tell HR."),
        "kept_full": _(
            "There is no room for another punch on this device. Tell HR now, so that it is entered by hand."
        ),
        "kept_not": _("It could not be saved on this device. Tell HR now, so that it is entered by hand."),
        "offline_pin": _("There is no connection, so the PIN could not be checked. Try again in a moment."),
        "fault": _("The server answered with an error. Try again; if it goes on, tell HR."),
        "test_progress": _("Test: step %(step)s of %(steps)s, %(done)s of %(looks)s done"),
        "test_left": _("%(seconds)s s left"),
        "hint_closer": _("Come closer to the camera."),
        "hint_middle": _("Come to the middle of the picture."),
        "hint_turned": _("Look straight at the camera."),
        "hint_look_up": _("Look up, at the camera."),
        "hint_look_down": _("Look down, at the camera."),
        "hint_tilted": _("Hold the head upright."),
        "hint_too_dark": _("Step into the light."),
        "hint_too_bright": _("Move out of the glare."),
        "hint_blurred": _("Hold still and wipe the lens."),
    }


def person_words(language: str) -> dict[str, str]:
    """What is said to a person who is known, in that person's language; the template has the same sentences."""
    with translation.override(language):
        return {
            "in": _("In"),
            "out": _("Out"),
            "countdown": _("%(direction)s is recorded in %(seconds)s s"),
            "paused": _("Choose In or Out."),
            "not_me": _("That is not me"),
            "saving_title": _("Recording…"),
            "saving": _("The connection was lost. Your punch is being sent again; please wait a moment."),
            "not_saved": _(
                "There is no connection and your punch was not recorded. Try again in a minute, or tell HR."
            ),
            "expired": _("That took too long and nothing was recorded. Look at the camera again."),
            "done": _("Recorded. You may go on."),
            "already": _("Nothing new was recorded. You may go on."),
            "refused": _("Not recorded"),
            "back": _("Back"),
        }
