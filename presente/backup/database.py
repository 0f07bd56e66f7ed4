"""One consistent copy of the database while everything runs, and such a copy put in the place of another database.

SQLite by its own backup interface, PostgreSQL by pg_dump and pg_restore.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from django.db import DatabaseError, connection, transaction

from common.subprocesses import DIE_WITH_PARENT
from presente.backup.repository import BackupError

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
ASIDE = "presente_before_restore"
"""The schema that keeps the old tables on PostgreSQL until the new ones stand."""


def vendor_name() -> str:
    """The database's name as people know it."""
    return NAMES[connection.vendor]


def copy_name() -> str:
    """The name of the database's copy in a backup."""
    return "database.sqlite3" if connection.vendor == "sqlite" else "database.pgdump"


@contextlib.contextmanager
def copied(draft: Path) -> Iterator[IO[bytes]]:
    """A stream with the database as it is at one instant. ``draft``: a file that may be written for it meanwhile."""
    if connection.vendor == "sqlite":
        with _sqlite_copied(draft) as stream:
            yield stream
        return
    command = _client("pg_dump", "--format=custom", "--compress=0", "--no-owner", "--no-privileges")
    with subprocess.Popen(
        [*DIE_WITH_PARENT, *command], env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            yield process.stdout
        except BaseException:
            process.kill()
            raise
        said = process.stderr.read().decode(errors="replace")
    if process.returncode:
        raise BackupError(f"pg_dump failed: {_first(said)}. {_CLIENT}")


def put_back(copy: Path) -> None:
    """Put the copy in the place of this installation's database; where that fails the old one stays.

    Raises ``BackupError``.
    """
    connection.close()
    if connection.vendor == "sqlite":
        _sqlite_put_back(copy)
    else:
        _postgresql_put_back(copy)
    connection.close()


def is_empty() -> bool:
    """Whether nobody's data is in the database: it is missing, without our tables, or was just migrated."""
    from employees.models import Employee, User

    try:
        tables = set(connection.introspection.table_names())
        return not any(model._meta.db_table in tables and model._default_manager.exists() for model in (Employee, User))
    except DatabaseError as error:
        raise BackupError(f"The database does not answer ({_first(str(error))}). Check DATABASE_URL.") from error
    finally:
        connection.close()


def size() -> int:
    """About how many bytes the database has."""
    if connection.vendor == "sqlite":
        path = Path(str(connection.settings_dict["NAME"]))
        return path.stat().st_size if path.exists() else 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def others() -> int:
    """How many other connections PostgreSQL has to this database; 0 on SQLite, which does not tell."""
    if connection.vendor == "sqlite":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


@contextlib.contextmanager
def _sqlite_copied(draft: Path) -> Iterator[IO[bytes]]:
    try:
        draft.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600))
        source = sqlite3.connect(f"file:{connection.settings_dict['NAME']}?mode=ro", uri=True)
        target = sqlite3.connect(draft)
        with contextlib.closing(source), contextlib.closing(target):
            source.backup(target)
        with draft.open("rb") as stream:
            yield stream
    except sqlite3.Error as error:
        # SQLite says "disk I/O error" where a quota or a limit of file sizes is reached.
        if error.sqlite_errorname in {"SQLITE_FULL", "SQLITE_IOERR_WRITE"}:
            raise BackupError(
                f"The disk that holds {draft.parent} or its quota is full ({error}). What was finished before is "
                "whole: free some space, and run it again."
            ) from error
        raise BackupError(f"The database cannot be copied ({error}). `manage.py doctor` says more.") from error
    finally:
        draft.unlink(missing_ok=True)


def _sqlite_put_back(copy: Path) -> None:
    path = Path(str(connection.settings_dict["NAME"]))
    try:
        with contextlib.closing(sqlite3.connect(copy)) as checked:
            if checked.execute("PRAGMA quick_check").fetchone()[0] != "ok":
                raise BackupError("The copy of the database is damaged. Nothing was changed; restore another backup.")
    except sqlite3.Error as error:
        raise BackupError(f"The copy of the database cannot be read ({error}). Nothing was changed.") from error
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.restored")
    shutil.copyfile(copy, beside)
    beside.chmod(0o600)
    with beside.open("rb") as file:
        os.fsync(file.fileno())
    # A write-ahead log belongs to its own file alone. What a whole old file has in it is written there first, so that
    # the file is complete should this end here; a damaged one is why somebody restores.
    if path.exists():
        with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path)) as old:
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    os.replace(beside, path)


def _postgresql_put_back(copy: Path) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        schema = connection.ops.quote_name(str(cursor.fetchone()[0]))
        cursor.execute(f"DROP SCHEMA IF EXISTS {ASIDE} CASCADE")
        cursor.execute(f"ALTER SCHEMA {schema} RENAME TO {ASIDE}")
        cursor.execute(f"CREATE SCHEMA {schema}")
    command = _client("pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
    options = ["--dbname", str(connection.settings_dict["NAME"]), str(copy)]
    done = subprocess.run([*command, *options], env=_environment(), capture_output=True, check=False)
    with transaction.atomic(), connection.cursor() as cursor:
        if done.returncode:
            cursor.execute(f"DROP SCHEMA {schema} CASCADE")
            cursor.execute(f"ALTER SCHEMA {ASIDE} RENAME TO {schema}")
        else:
            cursor.execute(f"DROP SCHEMA {ASIDE} CASCADE")
    if done.returncode:
        raise BackupError(f"pg_restore failed: {_first(done.stderr.decode(errors='replace'))}. {_CLIENT}")


_CLIENT = "Where it is older than the server, install the client of the server's version (postgresql-client-17)."


def _client(program: str, *options: str) -> list[str]:
    found = shutil.which(program)
    if found is None:
        raise BackupError(f"{program} is missing. Install the package postgresql-client, of the server's version.")
    return [found, *options]


def _environment() -> dict[str, str]:
    """How the client programs reach the database; a password is in no command line, which others could list."""
    known = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    given = {variable: str(known[name]) for variable, name in names.items() if known.get(name)}
    if mode := (known.get("OPTIONS") or {}).get("sslmode"):
        given["PGSSLMODE"] = str(mode)
    return {**os.environ, **given}


def _first(said: str) -> str:
    return (said.strip().splitlines() or ["it said nothing"])[0].rstrip(".")
