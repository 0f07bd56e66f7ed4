"""How often something may be tried, counted in the cache that all processes share, and from which address."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest


def may_try(name: str, *, most: int, seconds: int) -> bool:
    """Count one more try of ``name``; False from the one after ``most`` on, until ``seconds`` after the first."""
    key = f"limit:{name}"
    if cache.add(key, 1, seconds):
        return True
    try:
        return int(cache.incr(key)) <= most
    except ValueError:
        # It expired between the two.
        cache.set(key, 1, seconds)
        return True


def counted_address(request: HttpRequest) -> str:
    """The client's address as limits count it: of IPv6 the network of 64 bits, of which each house has a whole one."""
    text = client_address(request)
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return text
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((address, 64), strict=False))


def is_within(address: str, networks: Iterable[str]) -> bool:
    """Whether the address lies in one of the networks; a connection without one, such as a socket's, lies in none."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return any((mapped or found) in ip_network(str(text)) for text in networks)


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
