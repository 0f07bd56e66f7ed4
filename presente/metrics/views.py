"""/metrics: for whoever has the token, or asks this machine directly; for everybody else there is no such page."""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from presente.metrics.state import State

FORWARDED = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
)
"""What a proxy says of the client it asks for: with any of it, the address of the connection is the proxy's."""


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Every figure, as Prometheus reads it."""
    if not _internal(request) and not _has_token(request):
        if settings.METRICS_TOKEN and "HTTP_AUTHORIZATION" in request.META:
            return HttpResponse("The token is another one.\n", status=401, content_type="text/plain")
        raise Http404
    registry = CollectorRegistry(auto_describe=False)
    registry.register(State())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _internal(request: HttpRequest) -> bool:
    """Whether the connection comes from an internal address by itself, and not through a proxy from elsewhere."""
    if any(name in request.META for name in FORWARDED):
        return False
    try:
        address = ip_address(str(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return False
    return any(address in one for one in settings.METRICS_NETWORKS)


def _has_token(request: HttpRequest) -> bool:
    kind, _space, given = str(request.META.get("HTTP_AUTHORIZATION", "")).partition(" ")
    wanted = settings.METRICS_TOKEN
    return bool(wanted) and kind.lower() == "bearer" and hmac.compare_digest(given.encode(), wanted.encode())
