"""For test suites: a test database is emptied after a transactional test, which the append-only triggers refuse."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from attendance import append_only


def lift(connection: BaseDatabaseWrapper) -> None:
    """Let the test database be flushed."""
    append_only.remove(connection)


def restore(connection: BaseDatabaseWrapper) -> None:
    """Protect the clock events again."""
    append_only.install(connection)


def make_flushable(connection: BaseDatabaseWrapper) -> None:
    """From now on lift the triggers for exactly as long as a flush of this test database takes. Safe to call again."""
    operations: Any = connection.ops
    flush = operations.execute_sql_flush
    if getattr(flush, "lifts_triggers", False):
        return

    def flush_unprotected(sql_list: list[str]) -> None:
        lift(connection)
        try:
            flush(sql_list)
        finally:
            restore(connection)

    flush_unprotected.lifts_triggers = True  # type: ignore[attr-defined]
    operations.execute_sql_flush = flush_unprotected
