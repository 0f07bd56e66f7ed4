"""The sentences for each code of the engine: what is wrong and what to do about it."""

from __future__ import annotations

from typing import Any

from django.template.defaultfilters import floatformat
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

Words = tuple[str | Promise, str | Promise]

WORDS: dict[str, Words] = {
    "ok": (_("Good"), _("Hold still.")),
    "no_face": (_("No face was found."), _("Face the camera, with the whole head in the picture.")),
    "several_faces": (_("More than one face is in the picture."), _("One person at a time, please.")),
    "too_small": (_("The face is too small."), _("Come closer to the camera.")),
    "closer": (_("The face is too small."), _("Come closer to the camera.")),
    "blurred": (_("The picture is blurred."), _("Hold still and wipe the lens.")),
    "too_dark": (_("The face is too dark."), _("Turn towards the light.")),
    "too_bright": (_("The face is too bright."), _("Move out of the glare.")),
    "turned": (_("The head is turned away."), _("Look straight at the camera.")),
    "tilted": (_("The head is tilted."), _("Hold the head upright.")),
    "not_upright": (
        _("The face does not stand upright in the picture."),
        _("Turn the picture until the face stands upright, or hold the head upright."),
    ),
    "looking_up_down": (_("The head looks up or down."), _("Look straight at the camera.")),
    "occluded": (_("Part of the face is covered."), _("Take off mask or sunglasses, and move hair aside.")),
    "resembles": (_("This face looks like another employee."), _("Check that the photo is of the right person.")),
    "unlike_own": (
        _("This face does not look like the person's other photos."),
        _("Check that the photo is of the right person, or delete the wrong ones."),
    ),
    "refresh_off": (_("Automatic photo updates are off."), ""),
    "refresh_quality": (_("The picture from the kiosk is not good enough to keep."), ""),
    "refresh_few": (_("There are too few photos from HR to compare with."), ""),
    "refresh_far": (_("It does not look enough like the photos from HR."), ""),
    "refresh_margin": (_("It looks too much like another employee."), ""),
    "refresh_outlier": (_("Most of the photos from HR do not agree."), ""),
    "no_consent": (_("There is no consent."), _("Record the consent, then send the photo again.")),
    "gave_up": (_("Checking this photo failed several times."), _("Delete it and send another one.")),
    "file_lost": (_("The saved photo cannot be read."), _("Delete it and send it again.")),
    "empty_file": (_("The file is empty."), _("Choose the photo again.")),
    "not_an_image": (_("This is not a picture."), _("Use JPEG, PNG, WebP or HEIC.")),
    "truncated": (_("The picture is incomplete."), _("Copy or take it again.")),
    "too_large": (_("The file is too large."), _("Use a picture of at most 20 MiB.")),
    "too_many_pixels": (_("The picture has too many pixels."), _("Use a smaller picture.")),
    "unknown": (_("This face is not known."), _("Try again, or use your PIN.")),
    "look_alike": (_("Two employees look alike."), _("Use your PIN or your badge.")),
    "identified": (_("Recognised"), ""),
    "challenge": (_("Show that it is you."), _("Do what the screen asks.")),
    "not_live": (_("No real person was detected."), _("Show your face, not a picture. Or use your PIN.")),
    **dict.fromkeys(
        # The first three are in decisions of earlier versions.
        (
            *("moire", "border", "glare"),
            *("network", "surroundings", "flat", "frozen", "looped", "replayed", "two_people", "jumped"),
        ),
        (_("It looks like a photo or a screen."), _("Show your face, not a picture. Or use your PIN.")),
    ),
    "unsure": (_("It is not certain that this is a real person."), _("Do what the screen asks.")),
    **dict.fromkeys(
        ("not_shown", "too_early", "wrong_move"),
        (
            _("That was not what the screen asked for."),
            _("Look at the camera, wait for each request and follow it. Or use your PIN."),
        ),
    ),
    "too_few_frames": (_("Too few pictures arrived."), _("Try again, or use your PIN.")),
    "challenge_unknown": (_("This request is not known."), _("Look at the camera again.")),
    "challenge_used": (_("This request has been answered."), _("Look at the camera again.")),
    "challenge_expired": (_("This request has expired."), _("Look at the camera again.")),
    "times_invalid": (_("The frames’ times cannot be read."), _("Send one time in milliseconds for each frame.")),
    "rest": (_("Look at the camera"), ""),
    "turn_left": (_("Turn your head to your left"), ""),
    "turn_right": (_("Turn your head to your right"), ""),
    "nod": (_("Nod: bow your head"), ""),
    "blink": (_("Close your eyes for a second"), ""),
    "smile": (pgettext_lazy("instruction", "Smile"), ""),
}

WORDS_REASON_MISSING = _("Say why this photo is right; the reason is kept.")
WORDS_NOT_OVERRIDABLE = _("This verdict cannot be overruled. Send another photo.")

OVERRIDABLE = frozenset(
    {"too_small", "blurred", "too_dark", "too_bright", "turned", "tilted", "looking_up_down", "occluded", "resembles"}
    | {"unlike_own"}
)
"""The verdicts HR may overrule with a reason; a picture without a face stays without one."""


def message(code: str) -> str:
    """What is wrong, in the reader's language."""
    return str(WORDS.get(code, (code, ""))[0])


def remedy(code: str) -> str:
    """What to do about it, in the reader's language."""
    return str(WORDS.get(code, ("", ""))[1])


def turned(degrees: int) -> str:
    """That a picture was turned before its face was looked at; empty where it was not."""
    return gettext("The picture was turned by %(degrees)s°.") % {"degrees": degrees} if degrees else ""


def figure(value: float, places: int) -> str:
    """``value`` with so many places and the reader's decimal mark."""
    return str(floatformat(value, places))


def change(value: float, places: int) -> str:
    """As ``figure``, with a plus sign where it is not negative."""
    return f"{'' if value < 0 else '+'}{figure(value, places)}"


def scores(found: dict[str, Any]) -> str:
    """How near a picture from the kiosk was to HR's photos (``Refreshment.scores``); empty before that was asked."""
    if "confidence" not in found:
        return ""
    text = gettext(
        "confidence %(confidence)s, distance %(distance)s, margin %(margin)s, %(votes)s of %(photos)s photos"
    )
    return text % {
        "confidence": figure(found["confidence"], 4),
        "distance": figure(found["distance"], 2),
        "margin": "–" if found["margin"] is None else figure(found["margin"], 2),
        "votes": found["votes"],
        "photos": found["photos"],
    }
