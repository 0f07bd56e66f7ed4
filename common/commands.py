"""The base of our commands: they say in one line what is missing, and keep libraries' log lines off the terminal."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from common.company import in_company_zone

# Both log to Python's own stderr as well; what goes wrong reaches us as an exception.
CHATTY = ("absl", "tensorflow")


class CheckedCommand(BaseCommand):
    """A command that works on the database: it ends with exit code 1 and one line where that cannot be used."""

    # What the installation needs, which our own checks say (PRESENTE_ENGINE, the data folder). Django's checks of the
    # models concern who writes them: `make check` runs those.
    requires_system_checks = ["presente"]

    def needs_tables(self, **options: Any) -> bool:
        """Whether the command reads the database when called with these options."""
        return True

    def check_needs(self, **options: Any) -> None:
        """Raise ``CommandError`` with the remedy where something is missing that the command cannot work without."""
        if self.needs_tables(**options):
            check_tables()

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Check first, so that a command leaves nothing half done for want of what it needs."""
        try:
            self.check_needs(**options)
            with self._clock(**options):
                return super().execute(*args, **options)
        except DatabaseError as error:
            raise CommandError(f"{_first_line(error)}. Run `manage.py doctor`: it says what to do.") from error

    def _clock(self, **options: Any) -> AbstractContextManager[None]:
        """A command's today is the company's."""
        return in_company_zone() if self.needs_tables(**options) else contextlib.nullcontext()

    def run_from_argv(self, argv: list[str]) -> None:
        """As Django does it, with what libraries write to the terminal in a log of its own instead."""
        with library_lines_in(Path(settings.DATA_DIR) / "log" / f"{argv[1]}-libraries.log"):
            self.stderr = OutputWrapper(sys.stderr)
            self.stderr.style_func = self.style.ERROR
            super().run_from_argv(argv)


def check_tables() -> None:
    """Raise ``CommandError`` unless the database answers and has this program's tables."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise CommandError(
            f"The database does not answer ({_first_line(error)}). Start it and check DATABASE_URL."
        ) from error
    if missing:
        raise CommandError("The database lacks tables of this program. Run `manage.py migrate`.")


@contextlib.contextmanager
def library_lines_in(log: Path) -> Iterator[None]:
    """Have native libraries (LiteRT, CUDA, oneDNN) write to ``log``, while Python still writes to the terminal.

    They write to file descriptor 2 by themselves and know no setting that silences all of it.
    """
    before = sys.stderr
    before.flush()
    terminal = os.dup(2)
    with _opened(log) as file:
        os.dup2(file.fileno(), 2)
    sys.stderr = os.fdopen(os.dup(terminal), "w", buffering=1, encoding=before.encoding, errors="backslashreplace")
    levels = {name: logging.getLogger(name).level for name in CHATTY}
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.ERROR)
    _log_to(before, sys.stderr)
    try:
        yield
    finally:
        ours, sys.stderr = sys.stderr, before
        _log_to(ours, before)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        ours.close()
        os.dup2(terminal, 2)
        os.close(terminal)


def _opened(log: Path) -> BinaryIO:
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        return log.open("wb")
    except OSError:
        # What is wrong with the data folder is said by the system checks.
        return open(os.devnull, "wb")


def _log_to(before: Any, after: Any) -> None:
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is before:
            handler.setStream(after)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
