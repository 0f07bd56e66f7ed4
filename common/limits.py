"""How often something may be tried: counted in the cache, which all processes share."""

from __future__ import annotations

from django.core.cache import cache


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
