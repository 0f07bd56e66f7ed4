"""`manage.py serve` with real processes: it gets ready, stops cleanly, and says what is wrong when it cannot run."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings

from presente import broker, process_state, processes
from presente.process_state import ProcessState
from presente.processes import unanswered

pytestmark = pytest.mark.slow
DEADLINE_SECONDS = 120
_ENVELOPE: dict[str, Any] = {
    "content-type": "application/json",
    "content-encoding": "utf-8",
    "body": base64.b64encode(b"[[], {}, {}]").decode(),
    "properties": {
        "delivery_tag": "7f0e",
        "body_encoding": "base64",
        "delivery_info": {"exchange": "", "routing_key": "faces"},
    },
}
NO_JSON = (b"", b"{", b"\xff\xfe", b"[" * 100_000)
NO_ENVELOPE: tuple[Any, ...] = (
    None,
    1,
    [],
    {},
    {"properties": {}},
    {**_ENVELOPE, "properties": {"delivery_tag": "7f0f"}},
    {**_ENVELOPE, "body": "a"},
)
NO_TASK: tuple[Any, ...] = (
    _ENVELOPE,
    {**_ENVELOPE, "headers": {"task": "nobody.knows", "id": "7f10"}},
    # What every task has, its id, is missing.
    {**_ENVELOPE, "headers": {"task": "presente.heartbeat"}},
)
GARBAGE = (*NO_JSON, *(json.dumps(content).encode() for content in (*NO_ENVELOPE, *NO_TASK)))


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

    def states(self) -> dict[str, ProcessState]:
        """What the supervisor says of its processes."""
        return process_state.read(self.data) or {}

    def children(self) -> dict[str, int]:
        """The ids of the processes that run, by name."""
        return {name: state.pid for name, state in self.states().items() if state.pid is not None}

    def ready(self) -> tuple[int, dict[str, Any]]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=10) as answer:
            return answer.status, json.load(answer)

    def wait_for_restart(self, name: str, before: int) -> None:
        """Until the supervisor runs another process of that name."""
        self.wait_for(lambda: self.children().get(name, before) != before)


Serve = Callable[..., Served]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose database has its tables: making them takes most of a first start."""
    data = tmp_path_factory.mktemp("prepared") / "data"
    served = Served(data, free_port())
    served.wait_ready()
    served.process.terminate()
    assert served.ended() == 0, served.text()
    return data


@pytest.fixture
def serve(tmp_path: Path, prepared: Path) -> Iterator[Serve]:
    """Start one on a data folder of the test's own."""
    running: list[Served] = []

    def start(*extra: str, data: Path | None = None, port: int | None = None) -> Served:
        if data is None:
            data = shutil.copytree(prepared, tmp_path / "data")
        served = Served(data, port or free_port(), *extra)
        running.append(served)
        return served

    yield start
    for served in running:
        end(served)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Iterator[Served]:
    """One that runs for all tests that leave it running."""
    served = Served(shutil.copytree(prepared, tmp_path_factory.mktemp("up") / "data"), free_port())
    served.wait_ready()
    yield served
    end(served)


def end(served: Served) -> None:
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
    assert set(children) == set(processes.NAMES)
    assert "/kiosk/" in served.text()
    assert "create the first HR account" in served.text()

    served.process.send_signal(number)
    assert served.ended() == 0, served.text()
    assert not any(alive(pid) for pid in children.values())
    assert "Traceback" not in served.text()
    assert served.text().endswith("stopped\n")


@pytest.mark.parametrize("victim", ["worker", "reports", "training", "scheduler", "broker"])
def test_a_process_that_dies_comes_back_and_nobody_else_notices(up: Served, victim: str) -> None:
    served = up
    before = served.children()

    os.kill(before[victim], signal.SIGKILL)
    served.wait_for_restart(victim, before[victim])

    after = served.children()
    assert {name: pid for name, pid in after.items() if name != victim} == {
        name: pid for name, pid in before.items() if name != victim
    }
    state = served.states()[victim]
    assert (state.restarts, state.ended) == (1, "was killed by SIGKILL")
    assert f"{victim} was killed by SIGKILL; it is started again in 1 s." in served.text()
    status, content = served.ready()
    assert (status, content["status"]) == (200, "ready")
    if victim == "broker":
        served.wait_for(lambda: broker.silent(served.data) is None)
        with redis.Redis(unix_socket_path=str(broker.socket_path(served.data))) as client:
            for queue in settings.QUEUES.values():
                client.lpush(queue, "")
            # Every worker has found the new one.
            served.wait_for(lambda: not any(client.llen(queue) for queue in settings.QUEUES.values()))
    else:
        assert victim in content["degraded"]
        assert content["parts"][victim]["code"] == "restarted"
    assert "Traceback" not in served.text()


def test_a_web_server_that_dies_after_it_was_up_comes_back(up: Served) -> None:
    served = up
    before = served.children()

    os.kill(before["web"], signal.SIGKILL)
    served.wait_for_restart("web", before["web"])

    served.wait_for(lambda: unanswered(f"http://127.0.0.1:{served.port}/readyz") is None)
    assert {name: pid for name, pid in served.children().items() if name != "web"} == {
        name: pid for name, pid in before.items() if name != "web"
    }


def test_a_web_server_that_cannot_start_ends_it_and_its_log_is_shown(
    serve: Serve, prepared: Path, tmp_path: Path
) -> None:
    data = shutil.copytree(prepared, tmp_path / "data", ignore=shutil.ignore_patterns("access.log*"))
    # gunicorn cannot open its access log.
    (data / "log" / "access.log").mkdir()

    served = serve(data=data)

    assert served.ended() != 0
    assert re.search(r"web ended with code \d+; everything was stopped. The end of .*web\.log", served.text())
    assert "access.log" in served.text()
    assert process_state.read(data) is None


def test_nobody_else_reaches_the_broker(up: Served) -> None:
    socket_file = broker.socket_path(up.data)

    assert stat.S_IMODE(socket_file.stat().st_mode) == 0o700
    assert stat.S_IMODE(socket_file.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(broker.folder(up.data).stat().st_mode) == 0o700
    with redis.Redis(unix_socket_path=str(socket_file)) as client:
        assert client.config_get("port", "appendonly", "maxmemory-policy") == {
            "port": "0",
            "appendonly": "yes",
            "maxmemory-policy": "noeviction",
        }


def test_garbage_in_the_broker_kills_no_worker(up: Served) -> None:
    served = up
    before = served.children()
    beat = (served.data / "worker.heartbeat").stat().st_mtime
    queues = settings.QUEUES.values()
    log = served.data / "log" / "worker.log"
    said = len(log.read_text())

    with redis.Redis(unix_socket_path=str(broker.socket_path(served.data))) as client:
        for queue in queues:
            client.lpush(queue, *GARBAGE)
        # The next heartbeat's message stands behind the garbage.
        served.wait_for(lambda: (served.data / "worker.heartbeat").stat().st_mtime > beat)
        served.wait_for(lambda: not any(client.llen(queue) for queue in queues))

    assert served.children() == before
    new = log.read_text()[said:]
    assert new.count("that is no JSON was dropped") == len(NO_JSON)
    assert new.count("that has no envelope was dropped") == len(NO_ENVELOPE)
    assert new.count("could not be taken in and was dropped") == 1


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


def test_a_second_one_on_the_same_data_is_refused(serve: Serve, up: Served) -> None:
    second = serve(data=up.data)

    assert second.ended() != 0
    assert "already runs on" in second.text()
    assert up.process.poll() is None
