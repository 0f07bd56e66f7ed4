"""The kiosk's page and its endpoints. Outcomes a person may cause are answers (200); faults are problem JSON."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect, ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from attendance.models import ClockEvent, Kiosk
from attendance.services.clock import ClockRefused
from employees.services import EmployeeError
from kiosk.answers import known_answer, offered_answer, recorded_answer
from kiosk.errors import KioskError
from kiosk.models import KioskSettings
from kiosk.page import page_config, page_state
from kiosk.services.devices import device_key_active, device_key_register, nonce_make, request_verify
from kiosk.services.liveness import is_live, kiosk_identify
from kiosk.services.pairing import (
    COOKIE,
    device_cookie_set,
    kiosk_for_link,
    kiosk_from_request,
    kiosk_pair,
    kiosk_report,
)
from kiosk.services.passage import door_answer, door_of, pass_by_face, pass_by_pin
from kiosk.services.pin import WINDOW, kiosk_badge_check, kiosk_pin_check
from kiosk.services.proposals import claim_open, proposal_confirm, proposal_make, undo_use
from kiosk.views.overload import in_turn
from kiosk.views.problems import problem
from recognition.models import Decision
from recognition.services import (
    MOST_FRAMES,
    ImageRejected,
    LivenessError,
    ModelUnavailable,
    challenge_issue,
    challenge_request,
    look,
)

LOOK_BYTES = 1024 * 1024
FRAME_BYTES = 2 * 1024 * 1024
FRAMES = 5
NONCE_HEADER = "Presente-Nonce"
SIGNATURE_HEADER = "Presente-Signature"
TIME_HEADER = "Presente-Time"
LANGUAGE_HEADER = "X-Kiosk-Language"
DOOR_OUTCOMES = {"identified", "unknown", "not_live"}
"""What is an attempt to pass; a bad picture is not."""
LIVENESS_STATUS = {"challenge_unknown": 404, "challenge_used": 409, "challenge_expired": 409}

DeviceView = Callable[[HttpRequest, Kiosk], HttpResponse]


def device_required(view: DeviceView) -> Callable[[HttpRequest], HttpResponse]:
    """Hand the paired kiosk to the view; 401 to everybody else, the faults of both engine and body as problems."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        kiosk = kiosk_from_request(request)
        if kiosk is None:
            response = problem(401, *_unpaired(request))
            response["WWW-Authenticate"] = 'Cookie realm="kiosk"'
            return response
        spoken = request.headers.get(LANGUAGE_HEADER, "")
        if spoken in dict(settings.LANGUAGES):
            # The page's language, which the visitor chose there, and not the browser's.
            translation.activate(spoken)
        try:
            answer = view(request, kiosk)
        except ImageRejected as error:
            answer = problem(422, error.code, error.message)
        except ModelUnavailable as error:
            answer = problem(503, error.code, _("Faces cannot be recognised now. Use your PIN and tell HR."))
        # The next request's: the kiosk need not ask for it first.
        answer[NONCE_HEADER] = nonce_make(kiosk=kiosk)
        # What an offline punch's clock is held against.
        answer[TIME_HEADER] = str(int(timezone.now().timestamp() * 1000))
        return answer

    return guarded


def signed_device(view: DeviceView) -> Callable[[HttpRequest], HttpResponse]:
    """As ``device_required``; besides, a device that has a key must have signed this request, with an unused nonce."""

    @csrf_protect
    def checked(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
        key = device_key_active(kiosk=kiosk)
        if key is not None:
            try:
                request_verify(
                    kiosk=kiosk, key=key, method=request.method or "", path=request.path, body=request.body,
                    nonce=request.headers.get(NONCE_HEADER, ""), signature=request.headers.get(SIGNATURE_HEADER, ""),
                )  # fmt: skip
            except KioskError as error:
                return problem(409 if error.code == "nonce_used" else 403, error.code, error.message)
        return view(request, kiosk)

    @csrf_exempt
    @device_required
    @wraps(view)
    def whole(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
        # The CSRF check reads a form as a stream, after which its bytes are gone: keep them first, check then.
        _bytes = request.body
        answer: HttpResponse = checked(request, kiosk)
        return answer

    return whole


@never_cache
@require_GET
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    """The full-screen page of a paired device, or what to do to pair it."""
    kiosk = kiosk_from_request(request)
    if kiosk is None:
        code, text = _unpaired(request)
        response = render(request, "kiosk/unpaired.html", {"code": code, "text": text}, status=401)
        response["WWW-Authenticate"] = 'Cookie realm="kiosk"'
        return response
    chosen = KioskSettings.of(kiosk)
    asked = request.GET.get("language", "")
    if language := asked if asked in dict(settings.LANGUAGES) else chosen.language:
        translation.activate(language)
    context = {"kiosk": kiosk, "chosen": chosen, "config": page_config(kiosk, chosen)}
    response = render(request, "kiosk/kiosk.html", context)
    response["Permissions-Policy"] = "camera=(self), fullscreen=(self), screen-wake-lock=(self), microphone=()"
    device_cookie_set(request=request, response=response, token=request.COOKIES[COOKIE])
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pair(request: HttpRequest, token: str) -> HttpResponse:
    """A page with one button: opening the link (or previewing it) does not use it up, the button does."""
    try:
        if request.method != "POST":
            return render(request, "kiosk/pair.html", {"kiosk": kiosk_for_link(token=token)})
        _kiosk, device_token = kiosk_pair(token=token, public_key=request.POST.get("public_key", ""))
    except KioskError as error:
        return render(request, "kiosk/pair.html", {"error": error}, status=410)
    response = HttpResponseRedirect(reverse("kiosk"))
    device_cookie_set(request=request, response=response, token=device_token)
    return response


@require_http_methods(["GET", "POST"])
@device_required
def ping(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """Is the server back, and is this device still paired? A POST also tells how the page is, as JSON."""
    if request.method == "POST" and (told := _json(request)):
        cameras = told.get("cameras")
        kiosk_report(
            kiosk=kiosk, version=str(told.get("version", "")), state=str(told.get("state", "")),
            cameras=[str(name) for name in cameras] if isinstance(cameras, list) else [],
        )  # fmt: skip
    now = int(timezone.now().timestamp() * 1000)
    return JsonResponse({"kiosk": kiosk.name, "now": now, **page_state(kiosk, KioskSettings.of(kiosk))})


@require_POST
@device_required
def key_view(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """Bind a device that was paired without a key to the key it made since (JSON ``public_key``)."""
    try:
        key = device_key_register(kiosk=kiosk, public_key=str(_json(request).get("public_key", "")))
    except KioskError as error:
        return problem(409 if error.code == "device_key_taken" else 400, error.code, error.message)
    return JsonResponse({"key": key.fingerprint})


@require_POST
@device_required
def look_view(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """What one preview frame (the body, a JPEG) shows; nothing is stored."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LOOK_BYTES:
        return problem(413, "too_large", _("A preview frame may have 1 MiB."))
    seen = look(image=request.body)
    return JsonResponse(
        {
            "faces": seen.faces,
            "box": seen.box,
            "width": seen.width,
            "height": seen.height,
            "yaw": seen.yaw,
            "pitch": seen.pitch,
            "roll": seen.roll,
            "hint": seen.hint,
            "hint_text": seen.hint_text,
        }
    )


@require_POST
@signed_device
@in_turn
def identify_view(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """Whose face is in this burst (multipart ``frames``), and the punch that the person may confirm.

    ``times``: JSON, one in milliseconds for each frame. With ``challenge`` the frames are the film that answers it.
    """
    files = request.FILES.getlist("frames")
    challenge = request.POST.get("challenge", "")
    most = MOST_FRAMES if challenge else FRAMES
    if not 1 <= len(files) <= most:
        return problem(400, "frames_missing", _("Send 1 to %(most)d pictures as “frames”.") % {"most": most})
    if any((file.size or 0) > FRAME_BYTES for file in files):
        return problem(413, "too_large", _("Each picture may have 2 MiB."))
    chosen, claimed = KioskSettings.of(kiosk), None
    verifies = chosen.mode == KioskSettings.Mode.VERIFY
    if verifies and not challenge:
        try:
            claimed = claim_open(kiosk=kiosk, token=request.POST.get("claim", ""))
        except KioskError as error:
            return problem(400, error.code, error.message)
    door = door_of(kiosk)
    try:
        answer = kiosk_identify(
            kiosk=kiosk, door=door, images=[file.read() for file in files], times=request.POST.get("times", ""),
            challenge=challenge, claimed=claimed,
        )  # fmt: skip
    except LivenessError as error:
        return problem(LIVENESS_STATUS.get(error.code, 400), error.code, error.message)
    if answer.outcome == Decision.Outcome.CHALLENGE:
        asked = challenge_issue(decision=answer.decision)
        return JsonResponse({"outcome": answer.outcome, "advice": answer.advice, "challenge": challenge_request(asked)})
    passed: dict[str, Any] = {}
    if door is not None and answer.outcome in DOOR_OUTCOMES:
        event = pass_by_face(
            door=door,
            employee=answer.employee,
            decision=answer.decision,
            live=is_live(answer.decision),
            pin_given=verifies,
        )
        passed = {"door": door_answer(event)}
    if answer.employee is None:
        advice = answer.advice
        if claimed is not None and answer.outcome == Decision.Outcome.UNKNOWN:
            advice = _("This face does not go with that number. Try again, or ask HR.")
        return JsonResponse({"outcome": answer.outcome, "advice": advice, "box": answer.box, **passed})
    offer = proposal_make(
        kiosk=kiosk, employee=answer.employee, method=ClockEvent.Method.FACE, decision=answer.decision
    )
    seen = {"box": answer.box, "confidence": round(answer.confidence, 4), **passed}
    return JsonResponse({**offered_answer(kiosk, offer, door, passed, chosen.greeting), **seen})


@require_POST
@signed_device
def pin_view(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """The way without a face: number and PIN as JSON, and the punch that the person may confirm."""
    chosen = KioskSettings.of(kiosk)
    if not chosen.pin:
        return problem(403, "pin_off", _("This kiosk takes no PINs. Look at the camera, or ask HR."))
    body = _json(request)
    number, pin = body.get("number"), body.get("pin")
    if not isinstance(number, str) or not isinstance(pin, str) or not number.strip() or not pin:
        return problem(400, "pin_missing", _("Send “number” and “pin”."))
    try:
        employee = kiosk_pin_check(kiosk=kiosk, number=number[:40], pin=pin[:40])
    except EmployeeError as error:
        return JsonResponse({"outcome": error.code, "advice": error.message})
    except KioskError as error:
        return throttled(error)
    known = known_answer(kiosk, chosen, employee)
    if known is not None:
        return JsonResponse(known)
    offer = proposal_make(kiosk=kiosk, employee=employee, method=ClockEvent.Method.PIN)
    door = door_of(kiosk)
    passed: dict[str, Any] = {}
    if door is not None:
        passed = {"door": door_answer(pass_by_pin(door=door, employee=employee, key=uuid.uuid4().hex))}
    return JsonResponse({**offered_answer(kiosk, offer, door, passed, chosen.greeting), **passed})


@require_POST
@signed_device
def badge_view(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """A code that the camera read (JSON ``code``): whose number it is, or, where HR allows it, the person's punch."""
    chosen = KioskSettings.of(kiosk)
    code = _json(request).get("code")
    if chosen.badge == KioskSettings.Badge.OFF:
        return problem(403, "badge_off", _("This kiosk reads no badges. Use another way, or ask HR."))
    if not isinstance(code, str) or not code.strip():
        return problem(400, "code_missing", _("Send the badge's text as “code”."))
    try:
        employee, is_badge = kiosk_badge_check(kiosk=kiosk, code=code.strip()[:200])
    except EmployeeError as error:
        return JsonResponse({"outcome": error.code, "advice": error.message})
    except KioskError as error:
        return throttled(error)
    if is_badge and chosen.badge == KioskSettings.Badge.ALONE:
        known = known_answer(kiosk, chosen, employee)
        if known is not None:
            return JsonResponse(known)
        # A badge may be lent: it never opens a door.
        offer = proposal_make(kiosk=kiosk, employee=employee, method=ClockEvent.Method.BADGE)
        return JsonResponse(offered_answer(kiosk, offer, None, {}, chosen.greeting))
    if not chosen.pin:
        return problem(403, "pin_off", _("This kiosk takes no PINs. Look at the camera, or ask HR."))
    return JsonResponse({"outcome": "number", "number": employee.number, "advice": ""})


@require_POST
@signed_device
def undo_view(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """ "That is not me", after the punch was recorded (JSON ``undo``, the token that came with it)."""
    reason = "“That is not me”, said at the kiosk"
    try:
        undo_use(kiosk=kiosk, token=str(_json(request).get("undo", "")), reason=reason)
    except KioskError as error:
        return problem(400, error.code, error.message)
    except ClockRefused as error:
        return problem(409, error.code, error.message)
    return JsonResponse({"outcome": "undone", "advice": _("It was undone, and HR can see it. Use your PIN, please.")})


@require_POST
@signed_device
def confirm_view(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """Record a proposal in the direction the person left or chose; the same call again changes nothing."""
    body = _json(request)
    try:
        result = proposal_confirm(
            kiosk=kiosk, token=str(body.get("proposal", "")), direction=str(body.get("direction", ""))
        )
    except KioskError as error:
        return problem(403 if error.code == "proposal_foreign" else 400, error.code, error.message)
    except ClockRefused as error:
        return JsonResponse({"outcome": "refused", "code": error.code, "advice": error.message})
    return JsonResponse(recorded_answer(kiosk, result))


def throttled(error: KioskError) -> HttpResponse:
    """Too many wrong ones: when to come back."""
    response = problem(429, error.code, error.message)
    response["Retry-After"] = str(int(WINDOW.total_seconds()))
    return response


def _json(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _unpaired(request: HttpRequest) -> tuple[str, str]:
    if COOKIE in request.COOKIES:
        return "kiosk_unpaired", _("This device was unpaired. Ask HR for a new pairing link and open it here.")
    return "kiosk_not_paired", _("This device is not paired yet. Ask HR for a pairing link and open it here.")
