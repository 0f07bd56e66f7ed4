"""Where a kiosk sends what it kept while it could not reach us."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from kiosk.queue import QueueError, punch_receive
from kiosk.views.problems import problem


@csrf_exempt
@never_cache
@require_POST
def queue_view(request: HttpRequest) -> HttpResponse:
    """Take one kept punch: a form with ``head``, ``signature``, ``sent`` (JSON) and the file ``sealed``.

    The device's signature is what lets it in, not its cookie: a device that was revoked meanwhile has none, and what
    people did at it is not lost. So no other site can send anything here either, and the CSRF token has no part.
    """
    sealed = request.FILES.get("sealed")
    try:
        punch = punch_receive(
            head=request.POST.get("head", "").encode(),
            signature=request.POST.get("signature", ""),
            sealed=sealed.read() if sealed is not None else b"",
            sent=_json(request.POST.get("sent", "")),
        )
    except QueueError as error:
        answer = problem(error.status, error.code, error.message)
        if error.status == 429:
            answer["Retry-After"] = "600"
        return answer
    return JsonResponse({"outcome": "received", "counter": punch.counter})


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
