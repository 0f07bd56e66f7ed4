"""What is counted, where it happens: recognitions, punches, and the web server's answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from attendance.models import ClockEvent
from attendance.signals import clock_event_stored
from presente.metrics.counts import count, observe
from recognition.models import Decision


@receiver(post_save, sender=Decision, dispatch_uid="presente.metrics.decision")
def decision_stored(instance: Decision, created: bool, **_more: Any) -> None:
    """One recognition: what was answered, what the liveness check said, and how long each stage took."""
    if not created:
        return
    count("presente_recognitions", str(instance.asker), str(instance.outcome))
    if instance.liveness:
        count("presente_liveness", str(instance.liveness))
    for stage, milliseconds in instance.milliseconds.items():
        observe("presente_recognition_seconds", stage, seconds=milliseconds / 1000)


@receiver(clock_event_stored, dispatch_uid="presente.metrics.punch")
def punch_stored(event: ClockEvent, **_more: Any) -> None:
    """One punch, however it came."""
    count("presente_punches", str(event.method), str(event.direction))


class CountRequests:
    """Count each answer and what it took, by area: kiosk, api, admin, page or asset."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = self.get_response(request)
        area = area_of(request)
        count("presente_http_requests", area, f"{response.status_code // 100}xx")
        observe("presente_http_request_seconds", area, seconds=time.perf_counter() - began)
        return response


def area_of(request: HttpRequest) -> str:
    """Where an address belongs; an unknown one must not become a label."""
    first = request.path_info.lstrip("/").partition("/")[0]
    if first in {"kiosk", "api", "admin"}:
        return first
    return "page" if request.resolver_match is not None else "other"
