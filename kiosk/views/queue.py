"""Where a kiosk sends what it kept while it could not reach us."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from common.inputs import check_text
from common.middleware import body_limit
from common.problems import json_refusals
from kiosk.queue import punch_receive
from kiosk.queue.receive import SEALED_BYTES
from kiosk.views.guards import json_object

FORM_BYTES = 64 * 1024
"""What the form adds to the sealed part: head, signature, clocks and boundaries."""


@body_limit(SEALED_BYTES + FORM_BYTES)
@csrf_exempt
@never_cache
@require_POST
@json_refusals
def queue_view(request: HttpRequest) -> HttpResponse:
    """Take one kept punch: a form with ``head``, ``signature``, ``sent`` (JSON) and the file ``sealed``.

    The device's signature is what lets it in, not its cookie: a device that was revoked meanwhile has none, and what
    people did at it is not lost. So no other site can send anything here either, and the CSRF token has no part.
    """
    sealed = request.FILES.get("sealed")
    punch = punch_receive(
        head=check_text(request.POST.get("head", "")).encode(),
        signature=request.POST.get("signature", ""),
        sealed=sealed.read() if sealed is not None else b"",
        sent=json_object(request.POST.get("sent", "")),
    )
    return JsonResponse({"outcome": "received", "counter": punch.counter})
