"""The kiosk's endpoints for clocking. Outcomes a person may cause are answers (200); faults are problem JSON."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from attendance.models import Kiosk
from common.admission import image_work
from common.middleware import body_limit
from kiosk.answers import attempt_answer
from kiosk.services import Badge, Evidence, Frames, Pin, attempt, confirm
from kiosk.services.proposals import undo_use
from kiosk.views.guards import device_required, json_object, problem, signed_device
from recognition.services import MOST_FRAMES, look

LOOK_BYTES = 1024 * 1024
JSON_BYTES = 64 * 1024
FRAME_BYTES = 2 * 1024 * 1024
FRAMES = 5


@body_limit(LOOK_BYTES)
@require_POST
@device_required
def look_view(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """What one preview frame (the body, a JPEG) shows; nothing is stored."""
    picture = request.body
    with image_work(kiosk=True):
        shown = look(image=picture)
    return JsonResponse(
        {
            "faces": shown.faces,
            "box": shown.box,
            "width": shown.width,
            "height": shown.height,
            "yaw": shown.yaw,
            "pitch": shown.pitch,
            "roll": shown.roll,
            "hint": shown.hint,
            "hint_text": shown.hint_text,
        }
    )


@require_POST
@signed_device
def identify_view(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """Whose face is in this burst (multipart ``frames``), and the punch that the person may confirm.

    ``times``: JSON, one in milliseconds for each frame. With ``challenge`` the frames are the film that answers it.
    """
    challenge = request.POST.get("challenge", "")
    refused = frames_missing(request, most=MOST_FRAMES if challenge else FRAMES)
    if refused is not None:
        return refused
    frames = Frames(
        images=frames_of(request),
        times=request.POST.get("times", ""),
        challenge=challenge,
        claim=request.POST.get("claim", ""),
    )
    with image_work(kiosk=True):
        return _attempted(kiosk, frames)


def frames_missing(request: HttpRequest, *, most: int = FRAMES) -> HttpResponse | None:
    """The answer to a form without ``frames``, with more than ``most`` or with one that is too large."""
    files = request.FILES.getlist("frames")
    if not 1 <= len(files) <= most:
        return problem(400, "frames_missing", _("Send 1 to %(most)d pictures as “frames”.") % {"most": most})
    if any((file.size or 0) > FRAME_BYTES for file in files):
        return problem(413, "too_large", _("Each picture may have 2 MiB."))
    return None


def frames_of(request: HttpRequest) -> list[bytes]:
    """The pictures of a form."""
    return [file.read() for file in request.FILES.getlist("frames")]


@body_limit(JSON_BYTES)
@require_POST
@signed_device
def pin_view(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """The way without a face: number and PIN as JSON, and the punch that the person may confirm."""
    body = json_object(request.body)
    return _attempted(kiosk, Pin(number=_text(body, "number"), pin=_text(body, "pin")))


@body_limit(JSON_BYTES)
@require_POST
@signed_device
def badge_view(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """A code that the camera read (JSON ``code``): whose number it is, or, where HR allows it, the person's punch."""
    return _attempted(kiosk, Badge(code=_text(json_object(request.body), "code")))


@body_limit(JSON_BYTES)
@require_POST
@signed_device
def undo_view(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """ "That is not me", after the punch was recorded (JSON ``undo``, the token that came with it)."""
    undo_use(kiosk=kiosk, token=str(json_object(request.body).get("undo", "")))
    return JsonResponse({"outcome": "undone", "advice": _("It was undone, and HR can see it. Use your PIN, please.")})


@body_limit(JSON_BYTES)
@require_POST
@signed_device
def confirm_view(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """Record a proposal in the direction the person left or chose; the same call again changes nothing."""
    body = json_object(request.body)
    outcome = confirm(kiosk, token=str(body.get("proposal", "")), direction=str(body.get("direction", "")))
    return JsonResponse(attempt_answer(kiosk, outcome))


def _attempted(kiosk: Kiosk, evidence: Evidence) -> HttpResponse:
    return JsonResponse(attempt_answer(kiosk, attempt(kiosk, evidence)))


def _text(body: dict[str, Any], name: str) -> str:
    """A field that has to be a string; anything else counts as missing."""
    value = body.get(name)
    return value if isinstance(value, str) else ""
