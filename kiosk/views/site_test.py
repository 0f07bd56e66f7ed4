"""The kiosk's endpoints while it is tested: what to do now, a look, and on to the next step."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from attendance.models import Kiosk
from common.admission import image_work
from common.middleware import body_limit
from kiosk.answers import site_test_answer
from kiosk.errors import KioskError
from kiosk.models import KioskTest
from kiosk.services.site_test import site_test_end, site_test_look, site_test_show, site_test_skip
from kiosk.views.clocking import JSON_BYTES, frames_missing, frames_of
from kiosk.views.guards import json_object, signed_device


@body_limit(JSON_BYTES)
@require_POST
@signed_device
def test_view(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """What to do now (JSON ``do``: ``show``), on from ``step`` (``skip``), or no further (``end``)."""
    body = json_object(request.body)
    test: KioskTest | None
    match body.get("do"):
        case "skip":
            test = site_test_skip(kiosk=kiosk, step=_number(body.get("step")))
        case "end":
            test = site_test_end(kiosk=kiosk)
        case _:
            test = site_test_show(kiosk=kiosk)
    return JsonResponse(site_test_answer(test))


@require_POST
@signed_device
def look_view(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """One look for ``step``, sent as to ``identify_view``; nobody is named to the kiosk."""
    refused = frames_missing(request)
    if refused is not None:
        return refused
    with image_work(kiosk=True):
        test, taken = site_test_look(
            kiosk=kiosk,
            step=_number(request.POST.get("step")),
            images=frames_of(request),
            times=request.POST.get("times", ""),
        )
    return JsonResponse(site_test_answer(test, taken))


def _number(value: object) -> int:
    """A step's number. Raises ``KioskError``."""
    if isinstance(value, int) or (isinstance(value, str) and value.isdecimal() and len(value) < 6):
        return int(value)
    raise KioskError("step_missing", _("Send the number of the step as “step”."))
