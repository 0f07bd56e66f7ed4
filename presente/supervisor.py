"""Several child processes as one program: started together, kept running, stopped together."""

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
from presente import process_state
from presente.process_state import ProcessState

PATIENCE_SECONDS = 20.0
POLL_SECONDS = 0.1
FIRST_DELAY, LONGEST_DELAY = 1.0, 60.0
"""Seconds before a process that has ended is started again: doubled at each end, up to the longest."""
HEALTHY_SECONDS = 60.0
"""A process that has run for so long counts as well; its next end begins with the first delay again."""
TAIL_LINES = 25
LOG_LIMIT = 5 * 1024 * 1024
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """Somebody pressed Ctrl-C or sent a signal: not an error, and nothing that ``except Exception`` may swallow."""


class ChildFailed(Exception):
    """A process without which there is nothing to serve could not start; ``tail`` is the end of its log."""

    def __init__(self, message: str, *, log: Path, tail: str) -> None:
        super().__init__(message)
        self.message = message
        self.log = log
        self.tail = tail


@dataclass(slots=True)
class Child:
    """A process and where its output goes. ``must_start``: until it is up its end is everybody's. ``stop_last``: others
    rest on it.

    ``started`` and ``again_at`` are the supervisor's clock; ``again_at`` is set while it waits to be started again.
    """

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes]
    log: Path
    log_start: int
    started: float
    since: float
    must_start: bool = False
    stop_last: bool = False
    again_at: float | None = None
    restarts: int = 0
    failures: int = 0
    ended: str = ""
    ended_at: float | None = None

    def tail(self) -> str:
        """The last lines that this run has written."""
        with self.log.open("rb") as file:
            file.seek(self.log_start)
            lines = file.read().decode(errors="replace").splitlines()
        return "\n".join(lines[-TAIL_LINES:])

    def state(self) -> ProcessState:
        running = self.again_at is None
        pid = self.process.pid if running else None
        return ProcessState(running, pid, self.since, self.restarts, self.failures, self.ended, self.ended_at)


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


def delay_after(failures: int) -> float:
    """Seconds before the next start of a process that has ended ``failures`` times without running well between."""
    # The exponent has an end too: a process may fail for weeks.
    return min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(failures - 1, 16))


class Supervisor:
    """Owns the children. Each has a process group of its own, so that Ctrl-C in the terminal reaches this one alone.

    ``data``: the folder for its logs (``log/NAME.log``) and for the file that says how the children are
    (``process_state``). ``say`` is told of each end. ``clock`` counts seconds.
    """

    def __init__(
        self,
        data: Path,
        *,
        say: Callable[[str], None] = lambda line: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._data, self._logs = data, data / "log"
        self._say, self._clock = say, clock
        self._children: list[Child] = []
        self._written = float("-inf")
        self._logs.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, command: Sequence[str], *, must_start: bool = False, stop_last: bool = False) -> Child:
        """Start ``command``; what it prints is appended to ``NAME.log``. When it ends it is started again.

        ``must_start``: until ``is_up`` was called for it, its end raises ``ChildFailed`` instead. ``stop_last``: it is
        stopped when the others have ended.
        """
        log = self._logs / f"{name}.log"
        process, begin = _spawn(command, log)
        child = Child(name, command, process, log, begin, self._clock(), time.time(), must_start, stop_last)
        self._children.append(child)
        self._write()
        return child

    def is_up(self, child: Child) -> None:
        """Its first start is done: from now on it is started again when it ends."""
        child.must_start = False

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
        """Note who has ended and start again who is due; raises ``ChildFailed`` for one that must start and did not."""
        changed = False
        for child in self._children:
            changed |= self._look_after(child)
        if changed or self._clock() - self._written >= process_state.EVERY_SECONDS:
            self._write()

    def watch(self) -> None:
        """Keep all children running; ends by ``StopRequested``."""
        while True:
            self.check()
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Ask every child to finish what it is doing, and end those that have not after ``PATIENCE_SECONDS``."""
        for last in (False, True):
            _stop([child for child in self._children if child.stop_last is last])
        self._children = []
        process_state.remove(self._data)

    def _look_after(self, child: Child) -> bool:
        """Whether something has changed."""
        now = self._clock()
        if child.again_at is not None:
            return now >= child.again_at and self._start_again(child, now)
        code = child.process.poll()
        if code is None:
            well = child.failures > 0 and now - child.started >= HEALTHY_SECONDS
            if well:
                child.failures = 0
            return well
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        if child.must_start:
            raise ChildFailed(f"{child.name} {how}", log=child.log, tail=child.tail())
        _end_group(child)
        if now - child.started >= HEALTHY_SECONDS:
            child.failures = 0
        self._failed(child, how, now)
        return True

    def _start_again(self, child: Child, now: float) -> bool:
        try:
            child.process, child.log_start = _spawn(child.command, child.log)
        except OSError as error:  # no space for a log, no room for a process
            self._failed(child, f"cannot be started ({error})", now)
            return True
        child.started, child.since, child.again_at = now, time.time(), None
        child.restarts += 1
        return True

    def _failed(self, child: Child, how: str, now: float) -> None:
        child.failures += 1
        child.ended, child.ended_at = how, time.time()
        delay = delay_after(child.failures)
        child.again_at = now + delay
        self._say(f"{child.name} {how}; it is started again in {delay:.0f} s. Its log: {child.log}")

    def _write(self) -> None:
        self._written = self._clock()
        # A full disk must not end what runs; doctor says so, and a file that is not renewed counts as none.
        with contextlib.suppress(OSError):
            process_state.write(self._data, {child.name: child.state() for child in self._children})


def _stop(children: Sequence[Child]) -> None:
    for child in children:
        if child.process.poll() is None:
            child.process.terminate()
    deadline = time.monotonic() + PATIENCE_SECONDS
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.0, deadline - time.monotonic()))
        _end_group(child)
        child.process.wait()


def _end_group(child: Child) -> None:
    """The group's leader has gone, its helpers (a web worker, a training task) may not have."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.process.pid, signal.SIGKILL)


def _spawn(command: Sequence[str], log: Path) -> tuple[subprocess.Popen[bytes], int]:
    """The process, in a session of its own, and where its part of the log begins."""
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
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
