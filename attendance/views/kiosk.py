"""The kiosk's page and its endpoints. Outcomes a person may cause are answers (200); faults are problem JSON."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect, ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from attendance.kiosk_page import page_config
from attendance.models import ClockEvent, Door, Kiosk, KioskSettings
from attendance.services import greeting
from attendance.services.clock import ClockRefused, ClockResult
from attendance.services.devices import device_key_active, device_key_register, nonce_make, request_verify
from attendance.services.errors import KioskError
from attendance.services.kiosk import (
    COOKIE,
    device_cookie_set,
    kiosk_for_link,
    kiosk_from_request,
    kiosk_pair,
)
from attendance.services.passage import door_answer, door_of, pass_by_face, pass_by_pin
from attendance.services.proposals import Offer, kiosk_pin_check, proposal_confirm, proposal_make
from employees.services import EmployeeError
from recognition.models import Decision
from recognition.services import ImageRejected, ModelUnavailable, identify, look

LOOK_BYTES = 1024 * 1024
FRAME_BYTES = 2 * 1024 * 1024
FRAMES = 5
NONCE_HEADER = "Presente-Nonce"
SIGNATURE_HEADER = "Presente-Signature"
DOOR_OUTCOMES = {str(Decision.Outcome.IDENTIFIED), str(Decision.Outcome.UNKNOWN)}
"""What is an attempt to pass; a bad picture is not."""

DeviceView = Callable[[HttpRequest, Kiosk], HttpResponse]


def problem(status: int, code: str, detail: str) -> JsonResponse:
    """An RFC 9457 problem with our machine-readable ``code``."""
    body = {"type": "about:blank", "title": code, "status": status, "code": code, "detail": detail}
    return JsonResponse(body, status=status, content_type="application/problem+json")


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
        try:
            answer = view(request, kiosk)
        except ImageRejected as error:
            answer = problem(422, error.code, error.message)
        except ModelUnavailable as error:
            answer = problem(503, error.code, _("Faces cannot be recognised now. Use your PIN and tell HR."))
        # The next request's: the kiosk need not ask for it first.
        answer[NONCE_HEADER] = nonce_make(kiosk=kiosk)
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


@require_GET
@device_required
def ping(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """Is the server back, and is this device still paired?"""
    return JsonResponse({"kiosk": kiosk.name, "now": int(timezone.now().timestamp() * 1000)})


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
def identify_view(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """Whose face is in this burst (multipart ``frames``), and the punch that the person may confirm."""
    files = request.FILES.getlist("frames")
    if not 1 <= len(files) <= FRAMES:
        return problem(400, "frames_missing", _("Send 1 to %(most)d pictures as “frames”.") % {"most": FRAMES})
    if any((file.size or 0) > FRAME_BYTES for file in files):
        return problem(413, "too_large", _("Each picture may have 2 MiB."))
    answer = identify(images=[file.read() for file in files], asker=Decision.Asker.KIOSK, asker_id=str(kiosk.pk))
    door = door_of(kiosk)
    passed: dict[str, Any] = {}
    if door is not None and answer.outcome in DOOR_OUTCOMES:
        passed = {"door": door_answer(pass_by_face(door=door, employee=answer.employee, decision=answer.decision))}
    if answer.employee is None:
        return JsonResponse({"outcome": answer.outcome, "advice": answer.advice, "box": answer.box, **passed})
    offer = proposal_make(
        kiosk=kiosk, employee=answer.employee, method=ClockEvent.Method.FACE, decision=answer.decision
    )
    seen = {"box": answer.box, "confidence": round(answer.confidence, 4), **passed}
    return JsonResponse({**_offered(kiosk, offer, door, passed), **seen})


@require_POST
@signed_device
def pin_view(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """The way without a face: number and PIN as JSON, and the punch that the person may confirm."""
    body = _json(request)
    number, pin = body.get("number"), body.get("pin")
    if not isinstance(number, str) or not isinstance(pin, str) or not number.strip() or not pin:
        return problem(400, "pin_missing", _("Send “number” and “pin”."))
    try:
        employee = kiosk_pin_check(kiosk=kiosk, number=number[:40], pin=pin[:40])
    except EmployeeError as error:
        return JsonResponse({"outcome": error.code, "advice": error.message})
    except KioskError as error:
        response = problem(429, error.code, error.message)
        response["Retry-After"] = "300"
        return response
    offer = proposal_make(kiosk=kiosk, employee=employee, method=ClockEvent.Method.PIN)
    door = door_of(kiosk)
    passed: dict[str, Any] = {}
    if door is not None:
        passed = {"door": door_answer(pass_by_pin(door=door, employee=employee, key=uuid.uuid4().hex))}
    return JsonResponse({**_offered(kiosk, offer, door, passed), **passed})


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
    return JsonResponse(_recorded(kiosk, result))


def _recorded(kiosk: Kiosk, result: ClockResult) -> dict[str, Any]:
    event = result.event
    local = event.at.astimezone(kiosk.zone)
    said = greeting.already if result.already else None
    return {
        "outcome": "already" if result.already else "recorded",
        "replayed": result.replayed,
        "name": event.employee.name,
        "direction": event.direction,
        "time": greeting.clock_time(local),
        "greeting": said(direction=event.direction, local=local)
        if said
        else greeting.recorded(employee=event.employee, direction=event.direction),
    }


def _offered(kiosk: Kiosk, offer: Offer, door: Door | None, passed: dict[str, Any]) -> dict[str, Any]:
    """The offer to confirm; where passing the door clocks, the punch itself."""
    if door is None or not door.clocks or not offer.token or not passed["door"]["opened"]:
        return _offer(offer)
    direction = offer.direction if door.leads == Door.Leads.BOTH else door.leads
    try:
        return _recorded(kiosk, proposal_confirm(kiosk=kiosk, token=offer.token, direction=direction))
    except ClockRefused as error:
        return {"outcome": "refused", "code": error.code, "advice": error.message}


def _offer(offer: Offer) -> dict[str, Any]:
    if offer.already:
        said = greeting.already(direction=offer.direction, local=offer.at)
    else:
        said = greeting.hello(employee=offer.employee, local=offer.at)
    return {
        "outcome": str(Decision.Outcome.IDENTIFIED),
        "name": offer.employee.name,
        "greeting": said,
        "direction": offer.direction,
        "time": greeting.clock_time(offer.at),
        "already": offer.already,
        "proposal": offer.token,
        "advice": "",
    }


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
