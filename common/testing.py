"""What every test suite shares: how a test says that it cannot run here, where its database is, how that is emptied."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from threading import Thread
from typing import Any, NoReturn
from urllib.parse import quote

import pytest
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from common import append_only


def skip_or_fail(reason: str) -> NoReturn:
    """Skip with ``reason``; fail instead where PRESENTE_REQUIRE_ALL=1 says that this machine must run everything."""
    if os.environ.get("PRESENTE_REQUIRE_ALL") == "1":
        pytest.fail(f"PRESENTE_REQUIRE_ALL=1 forbids this skip: {reason}", pytrace=False)
    pytest.skip(reason)


def database_url() -> str:
    """DATABASE_URL for another process that is to work on this test's database."""
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    place = f"{given['HOST']}:{given['PORT'] or 5432}/{given['NAME']}"
    return f"postgres://{quote(given['USER'])}:{quote(given['PASSWORD'])}@{place}"


def tables_read_whole(statements: Iterable[dict[str, str]]) -> list[str]:
    """What SQLite would read from its first row to its last for these statements (of ``CaptureQueriesContext``).

    PostgreSQL decides by how many rows there are, and reads a table as small as a test's whole.
    """
    steps = []
    with connection.cursor() as cursor:
        for statement in statements:
            if statement["sql"].startswith("SELECT"):
                cursor.execute("EXPLAIN QUERY PLAN " + statement["sql"])
                steps += [f"{step}: {statement['sql']}" for *_numbers, step in cursor.fetchall()]
    return [step for step in steps if step.startswith("SCAN")]


def make_flushable(connection: BaseDatabaseWrapper) -> None:
    """Let a test database be emptied, which the append-only triggers refuse.

    From now on lift the triggers for exactly as long as a flush takes, whichever connection of this process flushes: in
    a browser test it is another one. On PostgreSQL only tables with rows are emptied, row by row: TRUNCATE gives each
    of more than a hundred tables a new file, which takes seconds a test. Safe to call again.
    """
    operations: Any = type(connection.ops)
    flush = operations.execute_sql_flush
    if getattr(flush, "lifts_triggers", False):
        return

    def flush_unprotected(self: Any, sql_list: list[str]) -> None:
        if self.connection.vendor == "postgresql" and _is_superuser(self.connection):
            _empty(self.connection)
            return
        append_only.remove(self.connection)
        try:
            flush(self, sql_list)
        finally:
            append_only.install(self.connection)

    flush_unprotected.lifts_triggers = True  # type: ignore[attr-defined]
    operations.execute_sql_flush = flush_unprotected


def _is_superuser(connection: BaseDatabaseWrapper) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])


def _empty(connection: BaseDatabaseWrapper) -> None:
    """Delete all rows, without a trigger or a foreign key asking why."""
    quote_name = connection.ops.quote_name
    tables = [quote_name(name) for name in connection.introspection.django_table_names(include_views=False)]
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in tables))
        for (name,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {name}")


def together(*doors: Callable[[], object]) -> list[object]:
    """Run the calls in threads with a connection each; give back what they returned or raised."""
    results: list[object] = []

    def run(door: Callable[[], object]) -> None:
        try:
            results.append(door())
        except Exception as error:
            results.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[door]) for door in doors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def clear_cache() -> None:
    """Forget what is cached under our prefix: on a shared Redis the rest, messages among it, is somebody else's."""
    backend = caches["default"]
    assert isinstance(backend, RedisCache)
    client = backend._cache.get_client(write=True)
    if keys := list(client.scan_iter(match=backend.make_key("*"))):
        client.delete(*keys)
