"""Is the program alive, and can it work? Both answer without a login, and neither says anything secret."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from attendance.server_clock import server_clock
from employees import gallery_revision
from presente import heartbeat, process_state
from presente.celery import app
from presente.process_state import ProcessState
from presente.processes import BACKGROUND
from presente.start import lost_key
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
    """200 when people can clock in, which takes the database and the model; else 503. Each part is named with what to
    do; those without which photos, reports and messages wait are listed as ``degraded``.
    """
    parts = check_parts() | process_parts()
    ready = all(parts[name]["ok"] for name in ESSENTIAL if name in parts)
    degraded = [name for name, part in parts.items() if not part["ok"] and name not in ESSENTIAL]
    content = {"status": "ready" if ready else "not ready", "degraded": degraded, "parts": parts}
    return JsonResponse(content, status=200 if ready else 503)


def process_parts() -> dict[str, Part]:
    """The state of each process that works in the background; without a supervisor, of the worker alone."""
    states = process_state.read(Path(settings.DATA_DIR)) or {}
    parts = {name: _process(name, state) for name, state in states.items() if name in BACKGROUND}
    age = heartbeat.age()
    if (age is None or age > heartbeat.LATE_SECONDS) and parts.get("worker", {"ok": True})["ok"]:
        parts["worker"] = {"ok": False, "code": "silent", "remedy": REMEDIES["worker"]()}
    return {"worker": {"ok": True}} | parts


def _process(name: str, state: ProcessState) -> Part:
    if state.steady:
        return {"ok": True}
    code = "restarted" if state.running else "restarting"
    return {"ok": False, "code": code, "restarts": state.restarts, "remedy": REMEDIES[name]()}


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
    gallery_revision.current()
    return {}


def _broker() -> Part:
    """A message could be published now."""
    with app.connection_for_write(url=settings.CELERY_BROKER_URL) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
    return {}


def _model() -> Part:
    """The engine is loaded, or loads now."""
    with override(None):
        return {"version": engine().version}


def _key() -> Part:
    """What is stored of people can be opened."""
    if line := lost_key():
        raise RuntimeError(line)
    return {}


def _clock() -> Part:
    """The server knows what time it is."""
    try:
        trouble = server_clock()
    except DatabaseError:
        # Its own part says so.
        return {}
    if trouble:
        raise RuntimeError(trouble.text)
    return {}


ESSENTIAL = ("database", "model", "key")
"""Nobody can clock in by face without these."""
CHECKS: dict[str, Callable[[], Part]] = {
    "database": _database,
    "broker": _broker,
    "model": _model,
    "key": _key,
    "clock": _clock,
}
REMEDIES: dict[str, Callable[[], str]] = {
    "database": lambda: _("Start the database, check DATABASE_URL and run `manage.py migrate`."),
    "broker": lambda: _("Start it with `make run`, or check REDIS_URL; `manage.py doctor` says more."),
    "model": lambda: _("Wait while it loads; if it stays, run `manage.py build_models`, then `manage.py doctor`."),
    "clock": lambda: _("Set the server's clock; `manage.py doctor` says what is wrong with it."),
    "key": lambda: _("Restore the master key from the backup; `manage.py doctor` says which."),
    **dict.fromkeys(
        BACKGROUND, lambda: _("It is started again by itself; if it stays, read its log and run `manage.py doctor`.")
    ),
}
