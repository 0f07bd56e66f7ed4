"""Rows that are evidence (``AppendOnly``): the code refuses to change or delete them, and so does the database.

The triggers stop what goes round the code: raw SQL, another program, a careless shell.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NoReturn, TypeVar

from django.apps import apps
from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

M = TypeVar("M", bound=models.Model)

MESSAGE = "Events and decisions are append-only: store a correction that names the event it replaces."
FUNCTION = f"""CREATE OR REPLACE FUNCTION append_only_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$"""


def _sqlite(table: str) -> tuple[list[str], list[str]]:
    """The statements that protect a table, and those that lift the protection."""
    names = {verb: f"{table}_no_{verb}" for verb in ("update", "delete")}
    return (
        [
            f"""CREATE TRIGGER IF NOT EXISTS {name} BEFORE {verb.upper()} ON {table}
            BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"""
            for verb, name in names.items()
        ],
        [f"DROP TRIGGER IF EXISTS {name}" for name in names.values()],
    )


def _postgresql(table: str) -> tuple[list[str], list[str]]:
    remove = [f"DROP TRIGGER IF EXISTS {table}_no_{what} ON {table}" for what in ("change", "truncate")]
    return (
        [
            FUNCTION,
            *remove,
            f"""CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION append_only_refuse()""",
            f"""CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION append_only_refuse()""",
        ],
        remove,
    )


_STATEMENTS: dict[str, Callable[[str], tuple[list[str], list[str]]]] = {"sqlite": _sqlite, "postgresql": _postgresql}
_COUNT = {
    "sqlite": "SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
    "postgresql": "SELECT COUNT(*) FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND NOT tgisinternal",
}


class AppendOnlyError(Exception):
    """Somebody tried to change or delete an event that is evidence."""

    def __init__(self) -> None:
        super().__init__(MESSAGE)


class AppendOnly(models.Model):
    """A row that is stored once, and neither changed nor deleted."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store a new row; one that is already stored is refused."""
        if not self._state.adding:
            raise AppendOnlyError
        super().save(force_insert=True, using=kwargs.get("using"))

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused: another row says what holds now."""
        raise AppendOnlyError


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
    """Make the database refuse UPDATE and DELETE (and TRUNCATE) of what is evidence. Safe to run again."""
    for table in _present(connection):
        _run(connection, _STATEMENTS[connection.vendor](table)[0])


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away, for emptying a test database."""
    for table in _present(connection):
        _run(connection, _STATEMENTS[connection.vendor](table)[1])


@contextlib.contextmanager
def lifted(connection: BaseDatabaseWrapper, model: type[models.Model]) -> Iterator[None]:
    """Let the program delete rows of one table whose time is over, inside a transaction of its own.

    The chain of the audit trail (``common.chain``) says what was removed; nothing else may use this.
    """
    protect, release = _STATEMENTS[connection.vendor](model._meta.db_table)
    with transaction.atomic(using=connection.alias):
        _run(connection, release)
        yield
        _run(connection, protect)


def is_protected(connection: BaseDatabaseWrapper) -> bool:
    """Whether every table has both its triggers."""
    with connection.cursor() as cursor:
        for table in _present(connection):
            cursor.execute(_COUNT[connection.vendor], [table])
            if cursor.fetchone()[0] < 2:
                return False
    return True


def protect_after_migrate(sender: object, using: str, **kwargs: Any) -> None:
    """Set the triggers on new tables, and again where a migration rebuilt one: SQLite drops a table's triggers then."""
    from django.db import connections

    if not is_protected(connections[using]):
        install(connections[using])


def protected_tables() -> list[str]:
    """The table of each append-only model."""
    return sorted(model._meta.db_table for model in apps.get_models() if issubclass(model, AppendOnly))


def _present(connection: BaseDatabaseWrapper) -> list[str]:
    existing = connection.introspection.table_names()
    return [table for table in protected_tables() if table in existing]


def _run(connection: BaseDatabaseWrapper, statements: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        execute: Callable[[str], Any] = cursor.execute
        for statement in statements:
            execute(statement)
