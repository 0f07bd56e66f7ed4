"""Which of several schedulers sends what is due: the one that holds a lock, which ends with its process.

On PostgreSQL it is an advisory lock of a connection of its own, which all machines share that share the database. On
SQLite, which one machine alone can use, it is a lock on a file of the data folder.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TextIO

from celery.beat import PersistentScheduler
from django.conf import settings
from django.db import Error, connection
from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger(__name__)

RETRY_SECONDS = 3.0
"""How often a scheduler that does not lead tries to."""
LOCK = (0x5052, 1)
"""The advisory lock's two numbers; nothing else of Presente takes one."""
TITLE = "presente scheduler "
# Of a machine that vanishes the server hears nothing: it gives up the connection, and with it the lock, after 25 s.
_KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
_HOLDER = """
    SELECT activity.application_name
    FROM pg_locks AS locks JOIN pg_stat_activity AS activity USING (pid)
    WHERE locks.locktype = 'advisory' AND locks.granted AND locks.objsubid = 2
      AND locks.classid = %s AND locks.objid = %s
      AND locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class Lock(Protocol):
    """A lock that one process at a time has, and loses with its end."""

    def held(self) -> bool:
        """Whether this process has it, taking it where it is free; never waits for another. Raises ``OSError`` or
        ``django.db.Error`` when that cannot be known."""

    def holder(self) -> str:
        """Who has it, for people; empty where nobody does. Raises as ``held``."""

    def release(self) -> None:
        """Give it up, where this process has it."""


class DatabaseLock:
    """An advisory lock of PostgreSQL, on a connection that is kept for as long as it is held."""

    def __init__(self) -> None:
        self._connection: BaseDatabaseWrapper | None = None
        self._taken = False

    def held(self) -> bool:
        try:
            if self._connection is None:
                self._connection = _connected()
            with self._connection.cursor() as cursor:
                # Asked every time, so that a connection that has ended is noticed before anything is sent.
                cursor.execute("SELECT 1" if self._taken else "SELECT pg_try_advisory_lock(%s, %s)", _of(self._taken))
                self._taken = bool(cursor.fetchone()[0])
        except Error:
            self.release()
            raise
        return self._taken

    def holder(self) -> str:
        return _holder(self._connection or connection)

    def release(self) -> None:
        kept, self._connection, taken, self._taken = self._connection, None, self._taken, False
        if kept is not None:
            # Given back, since the server notices the end of a connection a moment later.
            with contextlib.suppress(Error):
                if taken:
                    with kept.cursor() as cursor:
                        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", LOCK)
            with contextlib.suppress(Error):
                kept.close()


class FileLock:
    """A lock on a file, in which its holder's name stands."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def held(self) -> bool:
        if self._file is not None:
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(self._file.fileno()), self._path.stat()):
                    return True
            # Somebody removed it: another process may have made and locked a new one.
            self.release()
        file = self._path.open("a")
        if not _locked(file):
            file.close()
            return False
        self._file = file
        with contextlib.suppress(OSError):  # a full disk keeps the name out, and nobody from leading
            file.truncate(0)
            os.write(file.fileno(), own_name().encode())
        return True

    def holder(self) -> str:
        try:
            with self._path.open() as file:
                # A look, too, has the lock for a moment: whoever tries just then tries again.
                return "" if _locked(file) else file.read()
        except FileNotFoundError:
            return ""

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class LeadingScheduler(PersistentScheduler):
    """Celery's scheduler, which sends nothing while another one leads, and takes over when that one is gone."""

    _store: Any
    _heap: Any

    def __init__(self, *args: Any, lock: Lock | None = None, **kwargs: Any) -> None:
        self._lock = lock or own_lock()
        self._said = ""
        super().__init__(*args, **kwargs)

    def setup_schedule(self) -> None:
        """Later, when it leads: the file of when everything was sent last may be the leader's."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due, if it leads; the seconds until the next time."""
        if not self._leads():
            return RETRY_SECONDS
        if self._store is None:
            super().setup_schedule()
        return float(super().tick(*args, **kwargs))

    def close(self) -> None:
        self._close_schedule()
        self._lock.release()

    def _leads(self) -> bool:
        try:
            leads = self._lock.held()
            if leads:
                self._say(logger.info, "this scheduler leads", own_name())
            else:
                self._say(logger.info, "another scheduler leads, this one waits", self._lock.holder())
        except (Error, OSError) as error:
            self._say(logger.error, "no scheduler can lead, trying on", str(error).strip())
            leads = False
        if not leads:
            self._close_schedule()
        return leads

    def _close_schedule(self) -> None:
        if self._store is not None:
            super().close()
        self._store, self._heap = None, None

    def _say(self, how: Callable[..., None], what: str, more: str) -> None:
        """Once, until something else is to be said."""
        if what != self._said:
            self._said = what
            how("%s (%s)", what, more)


def own_lock() -> Lock:
    """The lock that this installation's schedulers share."""
    return DatabaseLock() if connection.vendor == "postgresql" else FileLock(_path())


def own_name() -> str:
    """This process, for people."""
    return f"process {os.getpid()} on {socket.gethostname()}"


def leader() -> str:
    """Who leads; empty where nobody does. Raises ``django.db.Error`` when the database does not say."""
    return own_lock().holder()


def _holder(wrapper: BaseDatabaseWrapper) -> str:
    with wrapper.cursor() as cursor:
        cursor.execute(_HOLDER, LOCK)
        found = cursor.fetchone()
    return str(found[0]).removeprefix(TITLE) if found else ""


def _path() -> Path:
    return Path(settings.DATA_DIR) / "scheduler.lock"


def _of(taken: bool) -> tuple[int, ...]:
    return () if taken else LOCK


def _locked(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _connected() -> BaseDatabaseWrapper:
    """A connection beside the one of queries, by which the server learns soon that this machine has gone."""
    own = connection.copy("scheduler")
    title = f"{TITLE}{own_name()}"[:63]
    more = {"application_name": title, "connect_timeout": 5, "keepalives": 1, **_KEEPALIVE, "tcp_user_timeout": 10_000}
    own.settings_dict["OPTIONS"] = {**own.settings_dict["OPTIONS"], **more}
    with own.cursor() as cursor:
        for name, value in _KEEPALIVE.items():
            cursor.execute(f"SET tcp_{name} = {value}")
    return own
