"""What stands before the kiosk's views: the paired device, its signature, and faults as problem JSON."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from attendance.models import Kiosk
from attendance.refusals import AttendanceRefused
from common.inputs import UnreadableInput, read_json
from common.problems import Problem, json_refusals, problem_response
from kiosk.services.devices import device_key_active, nonce_make, request_verify
from kiosk.services.pairing import COOKIE, kiosk_from_request
from recognition.services import ModelUnavailable

NONCE_HEADER = "Presente-Nonce"
SIGNATURE_HEADER = "Presente-Signature"
TIME_HEADER = "Presente-Time"
LANGUAGE_HEADER = "X-Kiosk-Language"

DeviceView = Callable[[HttpRequest, Kiosk], HttpResponse]


def problem(status: int, code: str, detail: str, *, retry_after: int | None = None) -> HttpResponse:
    """An RFC 9457 problem with our machine-readable ``code``."""
    return problem_response(Problem(status, code, detail, retry_after=retry_after))


def device_required(view: DeviceView) -> Callable[[HttpRequest], HttpResponse]:
    """Hand the paired kiosk to the view; 401 to everybody else, what services and engine refuse as problems."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        kiosk = kiosk_from_request(request)
        if kiosk is None:
            response = problem(401, *unpaired(request))
            response["WWW-Authenticate"] = 'Cookie realm="kiosk"'
            return response
        spoken = request.headers.get(LANGUAGE_HEADER, "")
        if spoken in dict(settings.LANGUAGES):
            # The page's language, which the visitor chose there, and not the browser's.
            translation.activate(spoken)
        answer = _answered(request, kiosk, view)
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
            request_verify(
                kiosk=kiosk,
                key=key,
                method=request.method or "",
                path=request.path,
                body=request.body,
                nonce=request.headers.get(NONCE_HEADER, ""),
                signature=request.headers.get(SIGNATURE_HEADER, ""),
            )
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


def unpaired(request: HttpRequest) -> tuple[str, str]:
    """Code and text for a device that is not paired, or no more."""
    if COOKIE in request.COOKIES:
        return "kiosk_unpaired", _("This device was unpaired. Ask HR for a new pairing link and open it here.")
    return "kiosk_not_paired", _("This device is not paired yet. Ask HR for a pairing link and open it here.")


def json_object(text: str | bytes) -> dict[str, Any]:
    """The JSON object in a request's body or field; an empty one where there is none.

    Raises ``UnreadableInput`` for a document that nobody could store.
    """
    try:
        content = read_json(text)
    except UnreadableInput as error:
        if error.code == "json_invalid":
            return {}
        raise
    return content if isinstance(content, dict) else {}


@json_refusals
def _answered(request: HttpRequest, kiosk: Kiosk, view: DeviceView) -> HttpResponse:
    try:
        return view(request, kiosk)
    except AttendanceRefused as error:
        # Something else stands by now, and the request would have been right before.
        return problem(409, error.code, error.message)
    except ModelUnavailable as error:
        # In words for whoever stands there, and not for the operator.
        return problem(503, error.code, _("Faces cannot be recognised now. Use your PIN and tell HR."))
