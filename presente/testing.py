"""What every test suite shares of the broker: an embedded one of its own."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from common.subprocesses import DIE_WITH_PARENT
from presente import broker

BROKER_SECONDS = 30.0


@contextlib.contextmanager
def embedded_broker(data: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The embedded broker of the data folder ``data``, until the block ends."""
    log = data / "broker.log"
    with log.open("ab") as output:
        process = subprocess.Popen([*DIE_WITH_PARENT, *broker.command(data)], stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + BROKER_SECONDS
        while (reason := broker.silent(data)) is not None:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{reason}: {log.read_text()[-2000:]}")
            time.sleep(0.01)
        yield process
    finally:
        process.terminate()
        process.wait(30)
        broker.remove_socket(data)
