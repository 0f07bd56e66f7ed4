"""The worker's heartbeat: a task that the scheduler sends and the worker runs, so it shows that both are alive."""

from __future__ import annotations

import time
from pathlib import Path

from django.conf import settings
from django.core.cache import cache

EVERY_SECONDS = 15.0
LATE_SECONDS = 60.0
"""From this age on the worker counts as silent."""
KEY = "presente:worker-heartbeat"


def path() -> Path:
    """The file that a worker on this machine touches."""
    return Path(settings.DATA_DIR) / "worker.heartbeat"


def mark() -> None:
    """Note that a worker has just worked: on this machine and, where Redis joins several, for all of them."""
    path().touch()
    if settings.REDIS_URL:
        cache.set(KEY, time.time(), timeout=24 * 3600)


def age() -> float | None:
    """Seconds since a worker last worked; None when none ever did (or not within a day, on Redis)."""
    last: float | None = cache.get(KEY) if settings.REDIS_URL else None
    if last is None and path().exists():
        last = path().stat().st_mtime
    return None if last is None else max(0.0, time.time() - last)
