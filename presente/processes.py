"""What Presente consists of while it runs: the commands of its processes, and how one asks the web server."""

from __future__ import annotations

import contextlib
import json
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

# No proxy of the environment stands between a process of this machine and its own web server.
local = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def web_command(host: str, port: int) -> list[str]:
    """The web server: one process, so that one gallery and one engine serve every request."""
    log = Path(settings.DATA_DIR) / "log" / "access.log"
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return [
        sys.executable, "-m", "gunicorn", "presente.wsgi:application", "--config", "python:presente.web",
        "--chdir", str(settings.BASE_DIR),
        "--bind", bind, "--workers", "1", "--threads", str(settings.WEB_THREADS),
        "--timeout", "60", "--graceful-timeout", "10", "--no-control-socket", "--access-logfile", str(log),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Worker:
    """A Celery worker: its name, the queues it serves, and what its work needs.

    Its tasks run in ``concurrency`` threads. ``niceness`` 0 to 19, 19 steps aside for everything else. ``environment``:
    settings of the libraries that it loads. ``returns``: when it dies it is started again, alone.
    """

    name: str
    queues: tuple[str, ...]
    scheduler: bool = False
    concurrency: int = 1
    niceness: int = 0
    environment: tuple[tuple[str, str], ...] = ()
    returns: bool = False

    def command(self) -> list[str]:
        """How it is started; the scheduler must run in one worker alone."""
        queues = ",".join(settings.QUEUES[queue] for queue in self.queues)
        return [
            *(["env", *(f"{name}={value}" for name, value in self.environment)] if self.environment else []),
            *(["nice", "-n", str(self.niceness)] if self.niceness else []),
            sys.executable, "-m", "celery", "--workdir", str(settings.BASE_DIR), "-A", "presente", "worker",
            *(["--beat"] if self.scheduler else []),
            "--pool", "threads", "--concurrency", str(self.concurrency), "--queues", queues,
            "--hostname", f"{self.name}@%h", "--loglevel", "INFO", "--without-gossip", "--without-mingle",
        ]  # fmt: skip


WORKERS = (
    Worker("worker", ("faces",), scheduler=True),
    Worker("reports", ("reports",), concurrency=2),
    # One thread and the last place in every queue: whoever stands at the kiosk does not notice that it works.
    Worker(
        "training",
        ("training",),
        niceness=19,
        returns=True,
        environment=tuple(
            (name, "1")
            for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
        ),
    ),
)
"""What `manage.py serve` starts beside the web server; the first one has the scheduler."""


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
