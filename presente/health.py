"""Is the program alive, and can it work? Both answer without a login, and neither says anything secret."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from employees import roster
from presente.celery import app
from recognition.engine.types import ModelUnavailable
from recognition.engine_holder import engine

logger = logging.getLogger(__name__)

SECONDS = 2.0
Part = dict[str, Any]

# Threads, so that a part that hangs is named instead of hanging the answer. A few probes may hang at once, not more.
_probes = ThreadPoolExecutor(max_workers=6, thread_name_prefix="readyz")


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers; asks nothing of anybody."""
    return JsonResponse({"status": "alive"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database, the broker and the model can be used, else 503; each part is named with what to do."""
    parts = check_parts()
    ready = all(part["ok"] for part in parts.values())
    content = {"status": "ready" if ready else "not ready", "parts": parts}
    return JsonResponse(content, status=200 if ready else 503)


def check_parts(seconds: float = SECONDS) -> dict[str, Part]:
    """Every part's state, within ``seconds`` whatever hangs."""
    asked: dict[str, Future[Part]] = {name: _probes.submit(_timed, check) for name, check in CHECKS.items()}
    done, _late = wait(asked.values(), timeout=seconds)
    for future in _late:
        future.cancel()
    return {name: _outcome(name, future, future in done) for name, future in asked.items()}


def _timed(check: Callable[[], Part]) -> Part:
    started = time.perf_counter()
    try:
        found = check()
    finally:
        connections.close_all()
    return {"ok": True, "milliseconds": round((time.perf_counter() - started) * 1000, 1), **found}


def _outcome(name: str, future: Future[Part], done: bool) -> Part:
    if not done:
        return {"ok": False, "code": "slow", "remedy": REMEDIES[name]()}
    error = future.exception()
    if error is None:
        return future.result()
    # The exception's own words may hold addresses, passwords and paths: they go to the log alone.
    logger.warning("readyz: the %s is not ready: %s", name, error)
    code = error.code if isinstance(error, ModelUnavailable) else "unavailable"
    return {"ok": False, "code": code, "remedy": REMEDIES[name]()}


def _database() -> Part:
    """It answers and our tables are there."""
    roster.revision()
    return {}


def _broker() -> Part:
    """A message could be published now."""
    if settings.CELERY_BROKER_URL.startswith("filesystem:"):
        with tempfile.TemporaryFile(dir=settings.BROKER_DIR / "messages") as file:
            file.write(b"1")
        return {}
    with app.connection_for_write(url=settings.CELERY_BROKER_URL) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
    return {}


def _model() -> Part:
    """The engine is loaded, or loads now."""
    with override(None):
        return {"version": engine().version}


CHECKS: dict[str, Callable[[], Part]] = {"database": _database, "broker": _broker, "model": _model}
REMEDIES: dict[str, Callable[[], str]] = {
    "database": lambda: _("Start the database, check DATABASE_URL and run `manage.py migrate`."),
    "broker": lambda: _("Start Redis and check REDIS_URL, or make the broker folder in PRESENTE_DATA writable."),
    "model": lambda: _("Wait while it loads; if it stays, run `manage.py build_models`, then `manage.py doctor`."),
}
