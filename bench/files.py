"""A month's files of a large company: how long each takes, how large it is, and how much memory it needs."""

from __future__ import annotations

import re
import resource
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

from bench.table import quantile, table

CLEAR = Path("/proc/self/clear_refs")
ROUNDS = 5
TEAM = 4
"""Departments of 50 in the file that a payroll office asks for: 200 people."""


def run(first: date, last: date) -> None:
    """Measure in the database that Django is connected to, as ``bench.scale`` fills it."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from employees.models import Employee, User
    from reporting.files.build import Spec, lines, sheet

    boss = User.objects.create_superuser("scale", password=None)
    team = f"S{TEAM * 50:05}"
    rows: list[tuple[str, ...]] = []

    def told(name: str, people: int, rounds: int, write: Callable[[], int]) -> None:
        before = _forget_peak()
        with CaptureQueriesContext(connection) as queries:
            size = write()
        grown = _peak() - before
        spent = []
        for _round in range(rounds):
            began = time.perf_counter()
            write()
            spent.append((time.perf_counter() - began) * 1000)
        times = (f"{one:,.0f} ms" for one in (quantile(spent, 0.5), min(spent)))
        rows.append((name, f"{people:,}", *times, str(len(queries)), _kib(size), f"{grown:.0f} MiB"))

    def xlsx(spec: Spec) -> int:
        with sheet(spec, boss) as file:
            return file.seek(0, 2)

    def text(spec: Spec) -> int:
        return sum(map(len, lines(spec, boss)))

    Employee.objects.filter(number__lt=team).update(last_name="Team")
    everybody = Employee.objects.count()
    for report in ("period", "days"):
        small = Spec(report, "xlsx", first, last, search="Team")
        told(f"XLSX, {report}", min(TEAM * 50, everybody), ROUNDS, partial(xlsx, small))
    for report in ("period", "days"):
        whole = Spec(report, "csv", first, last)
        told(f"CSV, {report}", everybody, 1, partial(text, whole))
    whole = Spec("days", "xlsx", first, last)
    told("XLSX, days", everybody, 1, partial(xlsx, whole))
    table(("file", "people", "median", "least", "statements", "size", "peak of memory grew by"), rows)


def _forget_peak() -> float:
    """Have Linux count the peak anew, and return what is in use now, in MiB; elsewhere the peak so far."""
    if CLEAR.exists():
        CLEAR.write_text("5")
    return _peak()


def _peak() -> float:
    """The process's highest use of memory since it was forgotten, in MiB."""
    if CLEAR.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
        return int(found[1]) / 1024 if found else 0.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _kib(size: int) -> str:
    return f"{size / 1024:,.0f} KiB"
