"""Of several schedulers one sends what is due, and another takes over when it is gone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from celery.signals import after_task_publish
from django.conf import settings as project
from django.db import connection
from pytest_django import Settings

from common.testing import database_url
from presente.checks import scheduler as examined
from presente.leader import RETRY_SECONDS, DatabaseLock, FileLock, LeadingScheduler, Lock, leader, own_lock
from presente.testing import embedded_broker

PATIENCE_SECONDS = 180
LEADS, WAITS = "this scheduler leads", "another scheduler leads, this one waits"
SENDS = "Sending due task"


class Nobody:
    """No lock at all, as before there was one."""

    def held(self) -> bool:
        return True

    def holder(self) -> str:
        return "everybody"

    def release(self) -> None:
        """Nothing to release."""


@pytest.fixture
def data(tmp_path: Path, settings: Settings) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def sent() -> Iterator[list[str]]:
    """The tasks that this process has sent."""
    names: list[str] = []

    def note(sender: str, **_more: Any) -> None:
        names.append(sender)

    after_task_publish.connect(note)
    yield names
    after_task_publish.disconnect(note)


def beating(folder: Path, name: str, lock: Lock) -> LeadingScheduler:
    """A scheduler of one task that is due at once, and then in an hour."""
    app = Celery(name, broker="memory://")
    app.conf.beat_schedule = {"hourly": {"task": "sweep", "schedule": 3600.0}}
    made = LeadingScheduler(app=app, schedule_filename=str(folder / name), lock=lock)
    return made


def due(scheduler: LeadingScheduler) -> LeadingScheduler:
    """Let an hour pass for it."""
    for entry in scheduler.schedule.values():
        assert entry.last_run_at
        entry.last_run_at -= timedelta(hours=1)
    scheduler._heap = None
    return scheduler


def tick(*schedulers: LeadingScheduler) -> list[float]:
    """What each says how long it will sleep."""
    return [scheduler.tick() for scheduler in schedulers]


def test_without_a_lock_two_schedulers_send_everything_twice(tmp_path: Path, sent: list[str]) -> None:
    both = [beating(tmp_path, name, Nobody()) for name in ("first", "second")]
    tick(*both)
    for one in both:
        due(one)

    tick(*both)

    assert sent == ["sweep", "sweep"]


def test_with_the_file_s_lock_one_sends_until_it_ends(tmp_path: Path, sent: list[str]) -> None:
    first, second = (beating(tmp_path, name, FileLock(tmp_path / "lock")) for name in ("first", "second"))
    assert tick(first, second)[1] == RETRY_SECONDS
    due(first)
    tick(first, second)
    assert sent == ["sweep"]

    first.close()
    tick(second)
    due(second)
    tick(second, first)
    assert sent == ["sweep", "sweep"]


def test_a_lock_file_that_somebody_removed_is_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first, second = FileLock(path), FileLock(path)
    assert first.held()

    path.unlink()

    assert second.held()
    assert not first.held()


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_ends_is_noticed_before_anything_is_sent(tmp_path: Path, sent: list[str]) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has a file's lock; DATABASE_URL=postgres://… runs this test")
    first, second = (beating(tmp_path, name, DatabaseLock()) for name in ("first", "second"))
    try:
        assert tick(first, second)[1] == RETRY_SECONDS
        assert str(os.getpid()) in leader()
        due(first)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
                " WHERE datname = current_database() AND locktype = 'advisory' AND granted"
            )

        assert tick(first) == [RETRY_SECONDS]
        tick(second)
        assert tick(first) == [RETRY_SECONDS]
        assert sent == []
    finally:
        first.close()
        second.close()
    assert leader() == ""


@pytest.mark.django_db(transaction=True)
def test_a_killed_scheduler_is_followed_by_the_one_that_waits(data: Path) -> None:
    """Two processes as two machines start them, over one database."""
    assert examined().detail == "none runs"
    with embedded_broker(data), running(data) as first:
        read_until(first, LEADS)
        assert pid_in(examined().detail) == first.pid
        read_until(first, SENDS)
        with running(data) as second:
            assert SENDS not in read_until(second, WAITS)

            first.kill()
            first.wait()

            assert SENDS not in read_until(second, LEADS)
            assert pid_in(leader()) == second.pid
            read_until(second, SENDS)
    assert own_lock().held()


@contextmanager
def running(data: Path) -> Iterator[subprocess.Popen[str]]:
    """`manage.py run scheduler`, until the block ends."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "presente.settings",
        "REDIS_URL": "",
        "PRESENTE_DATA": str(data),
        "PRESENTE_QUEUE_PREFIX": "",
    }
    line = [sys.executable, "manage.py", "run", "scheduler"]
    process = subprocess.Popen(
        line, cwd=project.BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """What it printed before a line with those words; it is killed when they do not come."""
    assert process.stdout is not None
    printed = ""
    watchdog = threading.Timer(PATIENCE_SECONDS, process.kill)
    watchdog.start()
    try:
        for line in process.stdout:
            if words in line:
                return printed
            printed += line
    finally:
        watchdog.cancel()
    raise AssertionError(f"it never said {words!r}:\n{printed}")


def pid_in(text: str) -> int:
    """The process's number in what is said of a leader."""
    found = re.search(r"process (\d+) on ", text)
    assert found, text
    return int(found.group(1))
