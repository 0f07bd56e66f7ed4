"""What the supervisor does with a process that ends again and again, by a clock that the test moves."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from presente import process_state
from presente.supervisor import HEALTHY_SECONDS, ChildFailed, Supervisor, delay_after

ENDS = [sys.executable, "-c", "raise SystemExit(3)"]
STAYS = [sys.executable, "-c", "import signal; signal.pause()"]


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_delay_doubles_up_to_a_minute() -> None:
    assert [delay_after(failures) for failures in (1, 2, 3, 4, 5, 6, 7, 8, 5000)] == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_process_that_ends_at_once_is_started_later_each_time(tmp_path: Path, clock: Clock) -> None:
    said: list[str] = []
    supervisor = Supervisor(tmp_path, say=said.append, clock=clock)
    child = supervisor.start("broken", ENDS)
    try:
        for number, delay in enumerate((1, 2, 4), start=1):
            child.process.wait(30)
            supervisor.check()
            assert said[-1].startswith(f"broken ended with code 3; it is started again in {delay} s.")
            ended = child.process.pid

            clock.now += delay - 0.01
            supervisor.check()
            assert child.process.pid == ended
            states = process_state.read(tmp_path)
            assert states is not None
            assert (states["broken"].running, states["broken"].failures) == (False, number)

            clock.now += 0.01
            supervisor.check()
            assert child.process.pid != ended
            assert child.restarts == number
    finally:
        supervisor.stop()
    assert process_state.read(tmp_path) is None


def test_after_a_minute_that_went_well_it_begins_with_the_first_delay_again(tmp_path: Path, clock: Clock) -> None:
    said: list[str] = []
    supervisor = Supervisor(tmp_path, say=said.append, clock=clock)
    child = supervisor.start("killed", STAYS)
    try:
        for delay in (1, 2):
            child.process.kill()
            child.process.wait(30)
            supervisor.check()
            clock.now += delay
            supervisor.check()
        states = process_state.read(tmp_path)
        assert states is not None
        assert not states["killed"].steady

        clock.now += HEALTHY_SECONDS
        supervisor.check()

        states = process_state.read(tmp_path)
        assert states is not None
        assert states["killed"].steady
        child.process.kill()
        child.process.wait(30)
        supervisor.check()
        assert said[-1].startswith("killed was killed by SIGKILL; it is started again in 1 s.")
        assert child.restarts == 2
    finally:
        supervisor.stop()


def test_one_that_must_start_and_does_not_ends_everything_until_it_was_up(tmp_path: Path, clock: Clock) -> None:
    supervisor = Supervisor(tmp_path, clock=clock)
    child = supervisor.start("web", STAYS, must_start=True)
    other = supervisor.start("other", ENDS)
    try:
        other.process.wait(30)
        supervisor.check()
        child.process.kill()
        child.process.wait(30)
        with pytest.raises(ChildFailed, match="web was killed by SIGKILL"):
            supervisor.check()

        supervisor.is_up(child)
        supervisor.check()
        clock.now += 1
        supervisor.check()
        assert child.process.poll() is None
    finally:
        supervisor.stop()


def test_where_a_log_cannot_be_written_it_is_tried_again_and_the_others_go_on(tmp_path: Path, clock: Clock) -> None:
    """As on a full disk: no log can be opened for a new process, and the state of all cannot be written."""
    said: list[str] = []
    supervisor = Supervisor(tmp_path, say=said.append, clock=clock)
    broken, sound = supervisor.start("broken", ENDS), supervisor.start("sound", STAYS)
    try:
        broken.process.wait(30)
        supervisor.check()
        logs = tmp_path / "log"
        logs.rename(tmp_path / "kept")
        logs.touch()
        clock.now += 1
        supervisor.check()
        assert said[-1].startswith("broken cannot be started (")
        assert sound.process.poll() is None

        logs.unlink()
        (tmp_path / "kept").rename(logs)
        clock.now += 2
        supervisor.check()
        assert (broken.restarts, broken.again_at) == (1, None)
    finally:
        supervisor.stop()
