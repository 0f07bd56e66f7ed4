"""Which address a request came from, with as many proxies in front as the installation says."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address that the outermost of ``settings.PROXIES`` proxies saw; the connection's own without any.

    Each proxy adds the address it was asked from at the end of X-Forwarded-For, so what stands further to the left is
    the client's own claim and is not believed.
    """
    own = str(request.META.get("REMOTE_ADDR", ""))
    if not settings.PROXIES:
        return own
    seen = [part.strip() for part in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",") if part.strip()]
    if len(seen) < settings.PROXIES:
        return own
    try:
        return str(ip_address(seen[-settings.PROXIES]))
    except ValueError:
        return own
