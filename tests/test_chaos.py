"""Parts of `python -m bench chaos` that need no servers: its cable, its verdict, what tells that all is well."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.chaos import Recovery, Report
from bench.chaos_acts import _killer
from bench.chaos_parts import Cable
from presente import process_state
from presente.process_state import ProcessState


@pytest.fixture
def echo() -> Iterator[int]:
    """A server that says again what it is told; its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _address = listener.accept()
            except OSError:
                return
            with client:
                client.sendall(client.recv(100))

    threading.Thread(target=serve, daemon=True).start()
    yield int(listener.getsockname()[1])
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def said(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(b"hello")
        return client.recv(100)


def test_a_cut_cable_carries_nothing_until_it_is_mended(echo: int) -> None:
    cable = Cable(echo)
    assert said(cable.port) == b"hello"

    cable.cut()
    with contextlib.suppress(ConnectionError):
        assert said(cable.port) == b""

    cable.mend()
    assert said(cable.port) == b"hello"
    cable.close()


@pytest.mark.parametrize(
    ("report", "good"),
    [
        (Report(1, 1, 1, recoveries={"away": Recovery(2, [0.1, 0.1], [1.0, 2.0])}, lost={"photos": 0}), True),
        (Report(1, 1, 1, recoveries={"away": Recovery(2, [0.1, 0.1], [1.0])}), False),
        (Report(1, 1, 1, lost={"punches": 1}), False),
        (Report(1, 1, 1, doubled={"punches": 1}), False),
        (Report(1, 1, 1, unended={"photos": 1}), False),
        (Report(1, 1, 1, differs=["audit_verify: 1"]), False),
    ],
)
def test_a_run_is_good_when_nothing_is_lost_and_all_became_well(report: Report, good: bool) -> None:
    assert report.good is good


def test_a_killed_process_is_back_when_its_log_says_that_it_works(tmp_path: Path) -> None:
    log = tmp_path / "log" / "worker.log"
    log.parent.mkdir()
    log.write_text("worker@here ready.\n")
    with subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]) as victim:
        process_state.write(tmp_path, {"worker": ProcessState(True, victim.pid, time.time())})

        back = _killer(tmp_path, "worker")()

        assert victim.wait(10) == -signal.SIGKILL
    assert not back()
    process_state.write(tmp_path, {"worker": ProcessState(True, os.getpid(), time.time())})
    assert not back()
    with log.open("a") as file:
        file.write("worker@here ready.\n")
    assert back()
