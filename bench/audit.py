"""Verify a million rows of evidence: entries of the audit trail, decisions and punches, with their chain.

`python -m bench audit --rows 1000000 --json --database postgres://…`: on a database of its own on that server, which is
dropped afterwards; on SQLite without it.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

from bench.home import own_database, throwaway

ROWS = 1_000_000
AT_ONCE = 5000


def main(arguments: list[str]) -> int:
    """Measure with the options given; 1 where verification found too much or too little."""
    parser = argparse.ArgumentParser(prog="python -m bench audit", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="how many rows of evidence are made (1,000,000)")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    parser.add_argument("--database", metavar="URL", help="make a database on this PostgreSQL server instead")
    given = parser.parse_args(arguments)
    with own_database(given.database) as settings, throwaway(**settings):
        return run(rows=given.rows, as_json=given.json)


def run(*, rows: int = ROWS, as_json: bool = False) -> int:
    """Fill the tables, chain them, run `audit_verify`, touch a few rows by SQL and run it again."""
    from django.core.management import call_command
    from django.db import connection

    from common.chain import chain_extend

    call_command("migrate", interactive=False, verbosity=0)
    figures: dict[str, Any] = {"database": connection.vendor, "rows": rows}
    figures["fill"] = _timed(lambda: _fill(rows))
    figures["chain"] = _timed(lambda: chain_extend(everything=True))
    figures["verify"] = _timed(_verify)
    wanted = _touch()
    figures["verify_touched"] = _timed(_verify)
    found = figures["verify_touched"]["result"]
    figures["as_expected"] = figures["verify"]["result"] == [] and sorted(set(found)) == sorted(wanted)
    if as_json:
        print(json.dumps(figures))
    else:
        for name in ("fill", "chain", "verify", "verify_touched"):
            took = figures[name]
            print(
                f"audit: {name} {rows} rows, {connection.vendor}: {took['seconds']:.1f} s, "
                f"{took['computing']:.1f} s of them computing here",
                flush=True,
            )
        print(f"audit: found {', '.join(sorted(set(found)))}; {'as expected' if figures['as_expected'] else 'WRONG'}")
    return 0 if figures["as_expected"] else 1


def _timed(act: Callable[[], Any]) -> dict[str, Any]:
    began, computed = time.perf_counter(), time.process_time()
    result = act()
    return {
        "seconds": round(time.perf_counter() - began, 2),
        "computing": round(time.process_time() - computed, 2),
        "result": result,
    }


def _verify() -> list[str]:
    """What `manage.py audit_verify` does; the codes of what it found."""
    from common.chain import chain_extend
    from common.chain_verify import chain_check

    chain_extend(everything=True)
    return [one.code for one in chain_check().findings]


def _fill(rows: int) -> int:
    """Entries, decisions and punches, made of one each by the database itself, and sealed as the program seals."""
    from django.db import connection
    from django.utils import timezone

    from attendance.models import ClockEvent
    from common import append_only, audit
    from common.models import AuditEntry
    from employees.services import employee_create
    from recognition.models import Decision

    person = employee_create(number="1", first_name="Bench")
    with audit.acting("user hr"):
        audit.record("face.read", subject="1", object="photo 1", details={"n": 0})
    spent = {"detect": 9.1, "embed": 11.8, "match": 0.4, "total": 31.5}
    Decision.objects.create(
        asker="kiosk", outcome="identified", employee=person, confidence=0.99, box=[1, 2, 3, 4], milliseconds=spent
    )
    ClockEvent.objects.create(
        employee=person, direction="in", at=timezone.now(), zone="UTC", method="face", idempotency_key="0"
    )
    append_only.remove(connection)
    as_json = "jsonb" if connection.vendor == "postgresql" else "TEXT"
    _multiply(
        AuditEntry,
        rows * 6 // 10,
        subject="CAST(s.n - (s.n / 500) * 500 AS VARCHAR(40))",
        details=f"""CAST('{{"n": ' || s.n || '}}' AS {as_json})""",
    )
    _multiply(Decision, rows * 2 // 10, box=f"CAST('[10, 20, 30, ' || s.n || ']' AS {as_json})")
    _multiply(ClockEvent, rows - rows * 6 // 10 - rows * 2 // 10, idempotency_key="CAST(s.n AS VARCHAR(100))")
    append_only.install(connection)
    return rows


def _multiply(model: Any, count: int, **changed: str) -> None:
    """``count`` copies of the model's one row, each with a key of its own and what ``changed`` says in SQL; sealed."""
    from django.db import connection, transaction

    from common.chain import rows_of

    table, on_sqlite = model._meta.db_table, connection.vendor == "sqlite"
    quote = connection.ops.quote_name
    changed["id"] = "LOWER(HEX(RANDOMBLOB(16)))" if on_sqlite else "gen_random_uuid()"
    names = [field.column for field in model._meta.concrete_fields]
    values = ", ".join(changed.get(name, f"one.{quote(name)}") for name in names)
    series = (
        "(WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < %s) SELECT n FROM t)"
        if on_sqlite
        else "generate_series(1, %s)"
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(map(quote, names))}) SELECT {values} "
            f"FROM (SELECT * FROM {table} LIMIT 1) one, {series} {'s' if on_sqlite else 's(n)'}",
            [count],
        )
        seals = [(computed, key) for key, stored, _table, computed in rows_of(model) if stored != computed]
        for start in range(0, len(seals), AT_ONCE):
            cursor.executemany(f"UPDATE {table} SET seal = %s WHERE id = %s", seals[start : start + AT_ONCE])
        cursor.execute("ANALYZE")


def _touch() -> list[str]:
    """Change, remove, put in and unchain a row each, as somebody with the database's password; the findings due."""
    from django.db import connection

    from common import append_only

    append_only.remove(connection)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE attendance_clockevent SET direction = 'out' WHERE idempotency_key = '7'")
        cursor.execute("DELETE FROM common_auditentry WHERE id IN (SELECT id FROM common_auditentry LIMIT 1)")
        cursor.execute("SELECT * FROM recognition_decision LIMIT 1")
        names = [one[0] for one in cursor.description]
        values = ["%s" if name == "id" else connection.ops.quote_name(name) for name in names]
        cursor.execute(
            f"INSERT INTO recognition_decision ({', '.join(map(connection.ops.quote_name, names))}) "
            f"SELECT {', '.join(values)} FROM recognition_decision LIMIT 1",
            [f"{7:032x}"],
        )
        cursor.execute("UPDATE common_chainlink SET seal = %s WHERE number = 3", [b"x" * 32])
    append_only.install(connection)
    # The link that was written anew names a row that it no longer fits.
    return ["row_changed", "row_removed", "row_inserted", "chain_broken"]
