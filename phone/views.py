"""The employee's page on their phone, and what its script asks for."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from attendance.models import ClockEvent
from attendance.refusals import AttendanceRefused, ClockWrong
from attendance.views.reports import private
from common.admission import image_work
from common.inputs import check_text
from common.middleware import body_limit
from common.problems import Problem, json_refusals, problem_response
from employees.access import login_needed, may_act
from employees.models import Employee
from employees.second_factors import browser_name
from kiosk.views.guards import json_object
from phone.page import away_config, event_text, own_day, page_config, punch_text
from phone.queue import SEALED_BYTES, punch_receive
from phone.selfie import FRAME_BYTES, FRAMES, selfie_judge, selfie_opened
from phone.services import LONGEST_KEY, PhoneRefused, Sent, key_register, punch_record, read_place, rule_of
from recognition.services import MOST_FRAMES

JSON_BYTES, FORM_BYTES = 16 * 1024, 64 * 1024
POLICY = "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()"

PersonView = Callable[[HttpRequest, Employee], HttpResponse]


def employee_required(view: PersonView) -> Callable[[HttpRequest], HttpResponse]:
    """Hand the person who is logged in to the view; to everybody else, and what services refuse, a problem as JSON."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return problem_response(Problem(401, "login_needed", _("Your login is over. Log in again.")))
        own: Employee | None = getattr(request.user, "employee", None)
        if own is None or not may_act(request.user):
            return problem_response(Problem(403, "no_employee", _("Your account belongs to no employee. Ask HR.")))
        answered: HttpResponse = json_refusals(view)(request, own)
        return answered

    return guarded


@require_safe
@login_needed
@private
def phone(request: HttpRequest) -> HttpResponse:
    """My hours, shifts and requests, and Clock in and Clock out where HR allows it."""
    own: Employee | None = getattr(request.user, "employee", None)
    if own is None:
        return render(request, "attendance/unlinked.html")
    rule = rule_of(own)
    response = render(request, "phone/phone.html", {"config": page_config(own, rule), **own_day(own, rule)})
    response["Permissions-Policy"] = POLICY
    return response


@require_safe
def away(request: HttpRequest) -> HttpResponse:
    """What the phone shows without a connection: the same buttons, and nothing about anybody."""
    response = render(request, "phone/away.html", {"config": away_config()})
    response["Permissions-Policy"] = POLICY
    return response


@body_limit(JSON_BYTES)
@require_POST
@employee_required
def clock_view(request: HttpRequest, employee: Employee) -> HttpResponse:
    """Record a punch now (JSON ``direction``, ``key``, ``place``, and ``selfie``, the token of one that was right).

    What a person may cause is an answer; what no page of ours sends is a problem.
    """
    body = json_object(request.body)
    direction, key, selfie = body.get("direction"), body.get("key"), body.get("selfie")
    if direction not in (None, ClockEvent.Direction.IN, ClockEvent.Direction.OUT):
        raise PhoneRefused("direction_unknown", _("Choose In or Out."), status=400)
    if not isinstance(key, str) or not 8 <= len(key) <= LONGEST_KEY:
        raise PhoneRefused("key_missing", _("Load the page again, then press In or Out."), status=400)
    reading = read_place(body.get("place"))
    try:
        decision = selfie_opened(employee=employee, token=selfie) if isinstance(selfie, str) and selfie else None
        sent = Sent(direction=direction, key=key, reading=reading, browser=browser_name(request), decision=decision)
        result = punch_record(employee=employee, sent=sent)
    except ClockWrong:
        raise
    except (PhoneRefused, AttendanceRefused) as refused:
        return _answer(outcome="refused", code=refused.code, text=refused.message)
    return _answer(
        outcome="already" if result.already and not result.replayed else "recorded",
        direction=result.event.direction,
        text=event_text(result.event, already=result.already and not result.replayed),
    )


@require_POST
@employee_required
def selfie_view(request: HttpRequest, employee: Employee) -> HttpResponse:
    """Whether the camera shows the person (a form with ``frames`` and ``times``), or the challenge to be answered.

    With ``challenge`` the frames are the film that answers it.
    """
    challenge, files = request.POST.get("challenge", ""), request.FILES.getlist("frames")
    if not 1 <= len(files) <= (MOST_FRAMES if challenge else FRAMES) or any(
        (file.size or 0) > FRAME_BYTES for file in files
    ):
        raise PhoneRefused("frames_missing", _("The pictures did not arrive. Try again."), status=400)
    try:
        with image_work():
            told = selfie_judge(
                employee=employee,
                images=[file.read() for file in files],
                times=request.POST.get("times", ""),
                challenge=challenge,
            )
    except PhoneRefused as refused:
        return _answer(outcome="wrong", code=refused.code, advice=refused.message)
    return _answer(**told)


@body_limit(JSON_BYTES)
@require_POST
@employee_required
def key_view(request: HttpRequest, employee: Employee) -> HttpResponse:
    """Let this phone sign what it keeps without a connection (JSON ``public_key``)."""
    public_key = json_object(request.body).get("public_key")
    made = key_register(
        employee=employee,
        public_key=public_key if isinstance(public_key, str) else "",
        browser=browser_name(request),
    )
    return _answer(key=made.fingerprint)


@body_limit(SEALED_BYTES + FORM_BYTES)
@csrf_exempt
@never_cache
@require_POST
@json_refusals
def queue_view(request: HttpRequest) -> HttpResponse:
    """Take one kept punch: a form with ``head``, ``signature``, ``sent`` (JSON) and the file ``sealed``.

    The phone's signature is what lets it in, not the login, which may be over; so no other site can send anything.
    """
    sealed = request.FILES.get("sealed")
    punch = punch_receive(
        head=check_text(request.POST.get("head", "")).encode(),
        signature=request.POST.get("signature", ""),
        sealed=sealed.read() if sealed is not None else b"",
        sent=json_object(request.POST.get("sent", "")),
    )
    return _answer(
        outcome="received", counter=punch.counter, recorded=punch.event_id is not None, text=punch_text(punch)
    )


def _answer(**told: Any) -> JsonResponse:
    """The answer with the server's time, against which the clock of a punch made later is held."""
    return JsonResponse({**told, "now": int(timezone.now().timestamp() * 1000)})
