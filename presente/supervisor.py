"""Several child processes as one program: started together, watched, stopped together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from common.subprocesses import DIE_WITH_PARENT

PATIENCE_SECONDS = 20.0
POLL_SECONDS = 0.1
RESTART_SECONDS = 5.0
TAIL_LINES = 25
LOG_LIMIT = 5 * 1024 * 1024
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """Somebody pressed Ctrl-C or sent a signal: not an error, and nothing that ``except Exception`` may swallow."""


class ChildFailed(Exception):
    """A child ended by itself, or was not ready in time; ``tail`` is the end of its log."""

    def __init__(self, message: str, *, log: Path, tail: str) -> None:
        super().__init__(message)
        self.message = message
        self.log = log
        self.tail = tail


@dataclass(slots=True)
class Child:
    """A running process and where its output goes. One that ``returns`` is started again when it ends."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes]
    log: Path
    log_start: int
    returns: bool
    started: float

    def tail(self) -> str:
        """The last lines that this run has written."""
        with self.log.open("rb") as file:
            file.seek(self.log_start)
            lines = file.read().decode(errors="replace").splitlines()
        return "\n".join(lines[-TAIL_LINES:])


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Within it, the first Ctrl-C, SIGTERM or SIGHUP raises ``StopRequested``; later ones are left to the clean-up."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise StopRequested

    before = {number: signal.signal(number, stop) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Supervisor:
    """Owns the children. Each has a process group of its own, so that Ctrl-C in the terminal reaches this one alone."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._children: list[Child] = []
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, command: Sequence[str], *, returns: bool = False) -> Child:
        """Start ``command``; what it prints is appended to ``NAME.log``.

        ``returns``: its end does not end the others. It is started again, ``RESTART_SECONDS`` after its last start.
        """
        log = self._logs / f"{name}.log"
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
        process, begin = _spawn(command, log)
        child = Child(name, command, process, log, begin, returns, time.monotonic())
        self._children.append(child)
        return child

    def wait_until(self, ready: Callable[[], str | None], *, child: Child, seconds: float) -> None:
        """Return when ``ready`` answers None; raises ``ChildFailed`` with its last answer after ``seconds``."""
        deadline = time.monotonic() + seconds
        while (waiting_for := ready()) is not None:
            self.check()
            if time.monotonic() > deadline:
                raise ChildFailed(
                    f"{child.name} was not ready after {seconds:.0f} s: {waiting_for}",
                    log=child.log,
                    tail=child.tail(),
                )
            time.sleep(POLL_SECONDS)

    def check(self) -> None:
        """Raise ``ChildFailed`` if a child has ended; start those again that are to return."""
        for child in self._children:
            code = child.process.poll()
            if code is not None and child.returns:
                self._again(child)
            elif code is not None:
                how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
                raise ChildFailed(f"{child.name} {how}", log=child.log, tail=child.tail())

    def _again(self, child: Child) -> None:
        if time.monotonic() - child.started < RESTART_SECONDS:
            return
        # What the dead one had started would go on beside its successor.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process, child.log_start = _spawn(child.command, child.log)
        child.started = time.monotonic()

    def watch(self) -> None:
        """Block while all children run; ends by ``ChildFailed`` or ``StopRequested``."""
        while True:
            self.check()
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Ask every child to finish what it is doing, and end those that have not after ``PATIENCE_SECONDS``."""
        for child in self._children:
            if child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + PATIENCE_SECONDS
        for child in self._children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.0, deadline - time.monotonic()))
            # The group's leader has gone, its helpers (the scheduler, a web worker) may not have.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()


def _spawn(command: Sequence[str], log: Path) -> tuple[subprocess.Popen[bytes], int]:
    """The process, in a session of its own, and where its part of the log begins."""
    with log.open("ab") as output:
        begin = output.tell()
        process = subprocess.Popen(
            [*DIE_WITH_PARENT, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return process, begin
