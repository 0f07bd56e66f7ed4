"""Clock events are evidence: the code refuses to change them, and so does the database.

The triggers stop what goes round the code: raw SQL, another program, a careless shell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn, TypeVar

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

M = TypeVar("M", bound=models.Model)

TABLE = "attendance_clockevent"
MESSAGE = "Clock events are append-only: store a correction that names the event it replaces."

_SQLITE_INSTALL = [
    f"""CREATE TRIGGER IF NOT EXISTS clock_event_no_{name} BEFORE {name.upper()} ON {TABLE}
    BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"""
    for name in ("update", "delete")
]
_SQLITE_REMOVE = [f"DROP TRIGGER IF EXISTS clock_event_no_{name}" for name in ("update", "delete")]

_POSTGRES_REMOVE = [
    f"DROP TRIGGER IF EXISTS clock_event_no_change ON {TABLE}",
    f"DROP TRIGGER IF EXISTS clock_event_no_truncate ON {TABLE}",
]
_POSTGRES_INSTALL = [
    f"""CREATE OR REPLACE FUNCTION clock_event_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    *_POSTGRES_REMOVE,
    f"""CREATE TRIGGER clock_event_no_change BEFORE UPDATE OR DELETE ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION clock_event_refuse()""",
    f"""CREATE TRIGGER clock_event_no_truncate BEFORE TRUNCATE ON {TABLE}
    FOR EACH STATEMENT EXECUTE FUNCTION clock_event_refuse()""",
]
_STATEMENTS: dict[str, tuple[list[str], list[str]]] = {
    "sqlite": (_SQLITE_INSTALL, _SQLITE_REMOVE),
    "postgresql": (_POSTGRES_INSTALL, _POSTGRES_REMOVE),
}
_COUNT = {
    "sqlite": f"SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{TABLE}'",
    "postgresql": f"SELECT COUNT(*) FROM pg_trigger WHERE tgrelid = to_regclass('{TABLE}') AND NOT tgisinternal",
}


class AppendOnlyError(Exception):
    """Somebody tried to change or delete a clock event."""

    def __init__(self) -> None:
        super().__init__(MESSAGE)


class AppendOnlyQuerySet(models.QuerySet[M]):
    """A query set that reads and adds, and refuses to change or delete."""

    def _refuse(self) -> NoReturn:
        raise AppendOnlyError

    def update(self, **kwargs: Any) -> int:
        self._refuse()

    def delete(self) -> tuple[int, dict[str, int]]:
        self._refuse()

    def bulk_update(self, objs: Iterable[M], fields: Iterable[str], batch_size: int | None = None) -> int:
        self._refuse()

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        if kwargs.get("update_conflicts"):
            self._refuse()
        return super().bulk_create(objs, *args, **kwargs)


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the database refuse UPDATE and DELETE (and TRUNCATE) of clock events. Safe to run again."""
    _run(connection, _STATEMENTS[connection.vendor][0])


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away: for the migration's way back and for emptying a test database."""
    _run(connection, _STATEMENTS[connection.vendor][1])


def is_protected(connection: BaseDatabaseWrapper) -> bool:
    """Whether both triggers are there."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT[connection.vendor])
        return bool(cursor.fetchone()[0] >= 2)


def protect_after_migrate(sender: object, using: str, **kwargs: Any) -> None:
    """SQLite drops a table's triggers whenever a migration rebuilds the table: put them back."""
    from django.db import connections

    connection = connections[using]
    if TABLE in connection.introspection.table_names() and not is_protected(connection):
        install(connection)


def _run(connection: BaseDatabaseWrapper, statements: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        execute: Callable[[str], Any] = cursor.execute
        for statement in statements:
            execute(statement)
