"""A whole running Presente for tests: `manage.py serve` on a folder and a database of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

REPO = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True)
class Instance:
    """Where it answers, and how to run its commands."""

    url: str
    environment: dict[str, str]
    printed: str = ""
    """What its start told."""

    def manage(self, *arguments: str) -> str:
        """Run one of its commands; what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=REPO,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextlib.contextmanager
def running(data: Path) -> Iterator[Instance]:
    """Serve the published networks from ``data`` until the block ends; on PostgreSQL in a database made for it."""
    with _database(data.name) as url:
        port = _free_port()
        environment = {
            **os.environ,
            "PRESENTE_DATA": str(data),
            # On a shared Redis the messages of other tests would reach this instance's workers.
            "PRESENTE_QUEUE_PREFIX": f"{data.name}-",
        }
        for name in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PRESENTE_ENGINE"):
            environment.pop(name, None)
        if url:
            environment["DATABASE_URL"] = url
        command = [sys.executable, "manage.py", "serve", "--prepare", "--port", str(port)]
        process = subprocess.Popen(
            command, cwd=REPO, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        printed = []
        try:
            assert process.stdout is not None
            for line in process.stdout:
                printed.append(line)
                if line.startswith("ready "):
                    break
            else:
                raise AssertionError("".join(printed))
            yield Instance(f"http://127.0.0.1:{port}", environment, "".join(printed))
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)


@contextlib.contextmanager
def _database(name: str) -> Iterator[str | None]:
    given = os.environ.get("DATABASE_URL", "")
    if not given.startswith("postgres"):
        yield None
        return
    import psycopg

    fresh = f"presente_{os.getpid()}_{''.join(letter for letter in name if letter.isalnum())}"
    with psycopg.connect(given, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{fresh}"')
    try:
        yield urlunsplit(urlsplit(given)._replace(path=f"/{fresh}"))
    finally:
        with psycopg.connect(given, autocommit=True) as server:
            server.execute(f'DROP DATABASE "{fresh}" WITH (FORCE)')


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
