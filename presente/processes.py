"""What Presente consists of while it runs: the commands of its processes, and how one asks the web server."""

from __future__ import annotations

import contextlib
import json
import sys
import urllib.error
import urllib.request
from pathlib import Path

from django.conf import settings

WEB_THREADS = 8
# No proxy of the environment stands between a process of this machine and its own web server.
local = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def web_command(host: str, port: int) -> list[str]:
    """The web server: one process, so that one gallery and one engine serve every request."""
    log = Path(settings.DATA_DIR) / "log" / "access.log"
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return [
        sys.executable, "-m", "gunicorn", "presente.wsgi:application", "--chdir", str(settings.BASE_DIR),
        "--bind", bind, "--worker-class", "gthread", "--workers", "1", "--threads", str(WEB_THREADS),
        "--timeout", "60", "--graceful-timeout", "10", "--no-control-socket", "--access-logfile", str(log),
    ]  # fmt: skip


def worker_command() -> list[str]:
    """The worker with the scheduler in it. Threads, because the networks release the lock while they work."""
    return [
        sys.executable, "-m", "celery", "--workdir", str(settings.BASE_DIR), "-A", "presente", "worker", "--beat",
        "--pool", "threads", "--concurrency", "1", "--queues", str(settings.CELERY_TASK_DEFAULT_QUEUE),
        "--loglevel", "INFO", "--without-gossip", "--without-mingle",
    ]  # fmt: skip


def unanswered(url: str) -> str | None:
    """None when the address answers 200; otherwise what it says instead."""
    try:
        with local.open(url, timeout=10):
            return None
    except urllib.error.HTTPError as error:
        body = error.read().decode(errors="replace")[:1000]
        with contextlib.suppress(ValueError):
            body = json.dumps(json.loads(body), ensure_ascii=False)
        return f"{url} answers {error.code}: {body}"
    except OSError as error:
        return f"{url} does not answer ({error})"
