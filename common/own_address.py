"""The address by which other devices reach the program: phones and tablets are shown it on slips and in codes."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _


def is_loopback(address: str) -> bool:
    """Whether an address (``http://localhost:8000``) leads every device to itself and never to another machine."""
    host = urlsplit(address).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def shared_uri(request: HttpRequest, path: str) -> str:
    """The whole address of ``path`` for another device: the one in use, or the public one where that reaches nobody."""
    own = request.build_absolute_uri(path)
    if is_loopback(own) and not is_loopback(settings.SITE_URL):
        return f"{settings.SITE_URL}{path}"
    return own


def address_trouble(request: HttpRequest) -> str:
    """Why no other device can open what this page shows, and what to do; empty where one can."""
    if not is_loopback(shared_uri(request, "/")):
        return ""
    return _(
        "No phone or tablet can open the links made here: you opened Presente as %(address)s, an address that works on "
        "this computer only. Open this page by the server's name or address in your network, such as "
        "https://server.example. Whoever looks after the server makes that possible with PRESENTE_BIND and "
        "PRESENTE_HOSTS, and sets the address for all links with PRESENTE_URL."
    ) % {"address": request.get_host()}
