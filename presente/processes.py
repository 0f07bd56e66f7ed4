"""What Presente consists of while it runs: the command line of each process, and how one asks the web server.

`manage.py run NAME` becomes the process called NAME; the supervisor, the Dockerfile and docker-compose.yml start each
of them that way.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from presente import broker

# No proxy of the environment stands between a process of this machine and its own web server.
local = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Program:
    """A command line and what it needs around it. ``niceness`` 0 to 19: 19 steps aside for everything else."""

    arguments: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    niceness: int = 0

    def become(self) -> None:
        """Replace this process; does not return."""
        os.chdir(settings.BASE_DIR)
        if self.niceness:
            os.nice(self.niceness)
        os.execve(self.arguments[0], self.arguments, {**os.environ, **self.environment})


@dataclass(frozen=True, slots=True)
class Worker:
    """A Celery worker: its name, the queue it serves, and how many of its tasks run at once, each in a thread."""

    name: str
    queue: str
    concurrency: int = 1
    niceness: int = 0
    environment: tuple[tuple[str, str], ...] = ()

    def program(self, concurrency: int | None = None) -> Program:
        arguments = [
            *_celery("worker"),
            "--pool",
            "threads",
            "--concurrency",
            str(concurrency or self.concurrency),
            "--queues",
            settings.QUEUES[self.queue],
            "--hostname",
            f"{self.name}@%h",
            "--loglevel",
            "INFO",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ]
        return Program(arguments, dict(self.environment), self.niceness)


_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
_LITTLE_MEMORY = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": str(4 * 1024 * 1024)}
"""What a large picture took is given back to the machine, and not kept by each thread that ever decoded one (glibc)."""
WORKERS = (
    Worker("worker", "faces", environment=tuple(_LITTLE_MEMORY.items())),
    Worker("reports", "reports", concurrency=2),
    # One thread and the last place in every queue: whoever stands at the kiosk does not notice that it works.
    Worker("training", "training", niceness=19, environment=tuple((name, "1") for name in _ONE_THREAD)),
)
BACKGROUND = ("scheduler", *(worker.name for worker in WORKERS))
"""What works without being asked over HTTP."""
NAMES = ("web", *(worker.name for worker in WORKERS), "scheduler", "broker")


def run_command(name: str, *options: str) -> list[str]:
    """How another program starts the process called ``name``."""
    return [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "run", name, *options]


def web(host: str, port: int, access_log: str = "-") -> Program:
    """The web server. Each of its processes has an engine and a gallery of its own, which follows the changes."""
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    # gunicorn's sign of life is a file: on a slow disk it would take the server for dead.
    memory = ["--worker-tmp-dir", "/dev/shm"] if os.access("/dev/shm", os.W_OK) else []
    arguments = [
        sys.executable,
        "-m",
        "gunicorn",
        "presente.wsgi:application",
        "--config",
        "python:presente.web",
        "--chdir",
        str(settings.BASE_DIR),
        "--bind",
        bind,
        "--workers",
        str(settings.WEB_PROCESSES),
        "--threads",
        str(settings.WEB_THREADS),
        "--timeout",
        "60",
        "--graceful-timeout",
        "10",
        "--no-control-socket",
        *memory,
        "--access-logfile",
        access_log,
    ]
    return Program(arguments, dict(_LITTLE_MEMORY))


def scheduler() -> Program:
    """Sends what is due at fixed times to the workers; of several that run, one does (``presente/leader.py``)."""
    schedule = str(settings.CELERY_BEAT_SCHEDULE_FILENAME)
    leading = "presente.leader:LeadingScheduler"
    return Program([*_celery("beat"), "--scheduler", leading, "--schedule", schedule, "--loglevel", "INFO"])


def embedded_broker() -> Program:
    """Raises ``BrokerError`` where there is none for this machine."""
    return Program(broker.command(Path(settings.DATA_DIR)))


def _celery(what: str) -> list[str]:
    return [sys.executable, "-m", "celery", "--workdir", str(settings.BASE_DIR), "-A", "presente", what]


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
