"""What `python -m bench chaos` does to a running Presente, and how it sees that what was hit works again."""

from __future__ import annotations

import http.client
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from bench.chaos_parts import Cable, Disk, Postgres, Valkey

WEB, ONE_OF_WEB = "web", "a web process"
STARTED = {"worker": " ready.", "reports": " ready.", "training": "", "scheduler": "this scheduler leads"}
"""What each process that is not asked over HTTP writes into its log as soon as it works. The training worker has the
last place in every queue, so it begins when the cores are free: it is back when it has been started again."""
LOOK_SECONDS, START_SECONDS = 0.2, 120.0

Act = Callable[[], Callable[[], bool]]
"""A disturbance: it returns when it is over, with what tells whether the process that it hit works again."""


def acts(
    data: Path,
    cable: Cable,
    parts: tuple[Postgres, Valkey, Disk | None],
    outage: float,
    web: int,
    rng: random.Random,
) -> dict[str, Act]:
    """Each disturbance by its name. ``outage``: the seconds that a server, the network, the disk is gone."""
    postgres, valkey, disk = parts

    def gone(stop: Callable[[], None], start: Callable[[], None]) -> Act:
        def act() -> Callable[[], bool]:
            stop()
            time.sleep(outage)
            start()
            return lambda: True

        return act

    made: dict[str, Act] = {f"{name} killed": _killer(data, name) for name in STARTED}
    made[f"{WEB} killed"] = _web_killer(data, web, lambda pids: pids[0])
    made[f"{ONE_OF_WEB} killed"] = _web_killer(data, web, lambda pids: rng.choice(pids[1:]))
    made["PostgreSQL away"] = gone(postgres.stop, postgres.start)
    made["Valkey away"] = gone(valkey.stop, valkey.start)
    made["kiosks' network cut"] = gone(cable.cut, cable.mend)
    if disk is not None:
        made["disk full"] = gone(disk.fill, disk.free)
    return made


def ready(port: int) -> bool:
    """Whether the server says that people can clock in."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def restarts(data: Path) -> dict[str, int]:
    """How often each process has ended and was started again."""
    from presente import process_state

    return {name: state.restarts for name, state in (process_state.read(data) or {}).items()}


def _killer(data: Path, name: str) -> Act:
    log = data / "log" / f"{name}.log"

    def act() -> Callable[[], bool]:
        victim, written = _running(data, name), log.stat().st_size
        if victim is None:
            return lambda: False
        os.kill(victim, signal.SIGKILL)

        def back() -> bool:
            if _pid(data, name) in (None, victim):
                return False
            # A log that has become too large was begun anew.
            begin = written if log.exists() and log.stat().st_size >= written else 0
            with log.open("rb") as file:
                file.seek(begin)
                return STARTED[name].encode() in file.read()

        return back

    return act


def _web_killer(data: Path, web: int, chosen: Callable[[list[int]], int]) -> Act:
    """Kills one of the web server's processes; of its first one the others die as well."""

    def act() -> Callable[[], bool]:
        main = _running(data, WEB)
        if main is None:
            return lambda: False
        victim = chosen([main, *_children(main)])
        os.kill(victim, signal.SIGKILL)

        def back() -> bool:
            now = _pid(data, WEB)
            if now is None or now == victim:
                return False
            working = _children(now)
            return victim not in working and len(working) == web

        return back

    return act


def _pid(data: Path, name: str) -> int | None:
    from presente import process_state

    state = (process_state.read(data) or {}).get(name)
    return None if state is None else state.pid


def _running(data: Path, name: str) -> int | None:
    """The process's number, as soon as the supervisor has it running; None where that does not happen."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if (pid := _pid(data, name)) is not None and Path(f"/proc/{pid}").exists():
            return pid
        time.sleep(LOOK_SECONDS)
    return None


def _children(parent: int) -> list[int]:
    shown = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False)
    return [int(line) for line in shown.stdout.split()]
