"""The kiosk's page, its pairing and its signs of life."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from attendance.models import Kiosk
from common.middleware import body_limit
from kiosk.errors import KioskError
from kiosk.models import KioskSettings
from kiosk.page import page_config, page_state
from kiosk.services.devices import device_key_register
from kiosk.services.pairing import (
    COOKIE,
    device_cookie_set,
    kiosk_for_link,
    kiosk_from_request,
    kiosk_pair,
    kiosk_report,
)
from kiosk.views.guards import device_required, json_object, unpaired

JSON_BYTES = 256 * 1024


@never_cache
@require_GET
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    """The full-screen page of a paired device, or what to do to pair it."""
    kiosk = kiosk_from_request(request)
    if kiosk is None:
        code, text = unpaired(request)
        response = render(request, "kiosk/unpaired.html", {"code": code, "text": text}, status=401)
        response["WWW-Authenticate"] = 'Cookie realm="kiosk"'
        return response
    chosen = KioskSettings.of(kiosk)
    language = request.GET.get("language", "")
    if language not in dict(settings.LANGUAGES):
        language = chosen.language
    if language:
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


@body_limit(JSON_BYTES)
@require_http_methods(["GET", "POST"])
@device_required
def ping(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """Is the server back, and is this device still paired? A POST also tells how the page is, as JSON."""
    if request.method == "POST" and (report := json_object(request.body)):
        cameras = report.get("cameras")
        kiosk_report(
            kiosk=kiosk,
            version=str(report.get("version", "")),
            state=str(report.get("state", "")),
            cameras=[str(name) for name in cameras] if isinstance(cameras, list) else [],
        )
    now = int(timezone.now().timestamp() * 1000)
    return JsonResponse({"kiosk": kiosk.name, "now": now, **page_state(kiosk, KioskSettings.of(kiosk))})


@body_limit(JSON_BYTES)
@require_POST
@device_required
def key_view(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """Bind a device that was paired without a key to the key it made since (JSON ``public_key``)."""
    key = device_key_register(kiosk=kiosk, public_key=str(json_object(request.body).get("public_key", "")))
    return JsonResponse({"key": key.fingerprint})
