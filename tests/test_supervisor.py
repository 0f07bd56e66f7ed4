"""`manage.py serve` with real processes: it gets ready, stops cleanly, and says what is wrong when it cannot run."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from presente.processes import WORKERS

DEADLINE_SECONDS = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    """A running `manage.py serve` on a data folder of its own, with the fake engine, SQLite and the embedded broker."""

    def __init__(self, data: Path, port: int, *extra: str) -> None:
        self.data, self.port = data, port
        self.output = data.parent / f"serve-{port}.txt"
        environment = {
            name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}
        } | {"PRESENTE_DATA": str(data), "DJANGO_SETTINGS_MODULE": "presente.settings"}
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-u", "manage.py", "serve", "--prepare", "--port", str(port), *extra],
                cwd=settings.BASE_DIR,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def text(self) -> str:
        return self.output.read_text()

    def wait_for(self, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not reached():
            assert self.process.poll() is None, self.text()
            assert time.monotonic() < deadline, self.text()
            # The state of another process can only be polled.
            self._tick()

    def _tick(self) -> None:
        try:
            self.process.wait(0.1)
        except subprocess.TimeoutExpired:
            return

    def wait_gone(self, pid: int) -> None:
        """Until a process that is nobody's child here any more has ended."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while alive(pid) and not is_zombie(pid):
            assert time.monotonic() < deadline, f"{pid} still runs"
            threading.Event().wait(0.1)

    def wait_ready(self) -> None:
        self.wait_for(lambda: f"ready http://127.0.0.1:{self.port}\n" in self.text())

    def ended(self) -> int:
        return self.process.wait(DEADLINE_SECONDS)

    def children(self) -> dict[str, int]:
        """Process ids by the names that ``serve`` gives them, from ps: the web server, and each worker by its host."""
        table = subprocess.run(
            ["ps", "-ww", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
        ).stdout
        rows = [line.split(None, 2) for line in table.splitlines()]
        mine = {int(pid): arguments for pid, parent, arguments in rows if int(parent) == self.process.pid}
        marks = {"web": "gunicorn", **{worker.name: f"{worker.name}@" for worker in WORKERS}}
        return {name: pid for pid, arguments in mine.items() for name, mark in marks.items() if mark in arguments}


Serve = Callable[..., Served]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    running: list[Served] = []

    def start(*extra: str, data: Path | None = None, port: int | None = None) -> Served:
        served = Served(data or tmp_path / "data", port or free_port(), *extra)
        running.append(served)
        return served

    yield start
    for served in running:
        if served.process.poll() is None:
            served.process.terminate()
            served.process.wait(60)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def is_zombie(pid: int) -> bool:
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return shown.strip().startswith("Z") or not shown.strip()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_gets_ready_answers_and_stops_cleanly(serve: Serve, number: signal.Signals) -> None:
    served = serve()
    served.wait_ready()

    with urllib.request.urlopen(f"http://127.0.0.1:{served.port}/healthz", timeout=10) as answer:
        assert answer.status == 200
    children = served.children()
    assert set(children) == {"web", *(worker.name for worker in WORKERS)}
    assert "/kiosk/" in served.text()
    assert "create the first HR account" in served.text()

    served.process.send_signal(number)
    assert served.ended() == 0, served.text()
    assert not any(alive(pid) for pid in children.values())
    assert "Traceback" not in served.text()
    assert served.text().endswith("stopped\n")


@pytest.mark.parametrize("victim", ["web", WORKERS[0].name])
def test_when_one_child_dies_the_other_stops_and_its_log_is_shown(serve: Serve, victim: str) -> None:
    served = serve()
    served.wait_ready()
    children = served.children()

    os.kill(children[victim], signal.SIGKILL)

    assert served.ended() != 0
    assert not any(alive(pid) for pid in children.values())
    assert f"{victim} was killed by SIGKILL" in served.text()
    assert re.search(rf"The end of .*{victim}\.log", served.text())
    assert "Traceback" not in served.text()


def test_a_training_worker_that_dies_comes_back_and_nobody_else_notices(serve: Serve) -> None:
    served = serve()
    served.wait_ready()
    before = served.children()

    os.kill(before["training"], signal.SIGKILL)
    served.wait_for(lambda: served.children().get("training", before["training"]) != before["training"])

    after = served.children()
    assert {name: pid for name, pid in after.items() if name != "training"} == {
        name: pid for name, pid in before.items() if name != "training"
    }
    with urllib.request.urlopen(f"http://127.0.0.1:{served.port}/readyz", timeout=10) as answer:
        assert answer.status == 200


def test_when_it_is_killed_outright_its_children_end_too(serve: Serve) -> None:
    if shutil.which("setpriv") is None:
        pytest.skip("only Linux ends the children of a killed process (setpriv of util-linux)")
    served = serve()
    served.wait_ready()
    children = served.children()

    served.process.kill()
    served.ended()

    for pid in children.values():
        served.wait_gone(pid)


def test_a_taken_port_is_named_before_anything_starts(serve: Serve) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        served = serve(port=port)

        assert served.ended() != 0
    assert f"Port {port} is in use" in served.text()
    assert "make run PORT=" in served.text()
    assert "Traceback" not in served.text()


def test_a_second_one_on_the_same_data_is_refused(serve: Serve) -> None:
    first = serve()
    first.wait_ready()

    second = serve(data=first.data)

    assert second.ended() != 0
    assert "already runs on" in second.text()
    assert first.process.poll() is None
