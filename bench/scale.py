"""Three years of a company of 5,000 on PostgreSQL: how long the timesheets take, and how that grows with the events.

In a database of its own on the server that ``PRESENTE_BENCH_POSTGRES`` names, which is dropped afterwards. The punches
are made by the database itself, 780 working days of four punches a person with forgotten ones among them. The results
of the month that is measured are counted by the rules from these punches; the other months are copies of them, so that
the table is as large as it would be.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from datetime import time as dt_time
from pathlib import Path
from statistics import median
from typing import Any

from bench import files
from bench.table import heading, quantile, table

SERVER = "PRESENTE_BENCH_POSTGRES"
DEFAULT = "postgres://postgres@127.0.0.1:5432/postgres"
PEOPLE = int(os.environ.get("PRESENTE_BENCH_PEOPLE", "5000"))
STEPS = tuple(one for one in (33, 330, 1600) if one < PEOPLE)
"""People at the sizes on the way: about 100 thousand, one million and five million events."""
FIRST, LAST = date(2023, 11, 1), date(2026, 10, 31)
MONTH = date(2026, 10, 1), date(2026, 10, 31)
DEPARTMENT = 50
ROUNDS = 15
PLOT = Path(__file__).resolve().parent.parent / "docs" / "images" / "scale.svg"


@dataclass(frozen=True, slots=True)
class Measured:
    """What one size of company took, in milliseconds, and with how many statements."""

    people: int
    events: int
    person: float
    person_queries: int
    department: float
    department_queries: int


def run() -> None:
    """Make the database, measure in a process of its own, drop the database."""
    import psycopg

    server = os.environ.get(SERVER, DEFAULT)
    name = f"presente_scale_{os.getpid()}"
    heading("Timesheets of a large company (PostgreSQL)")
    try:
        with psycopg.connect(server, autocommit=True, connect_timeout=5) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
    except psycopg.OperationalError as error:
        print(f"  left out: {SERVER} does not answer ({str(error).strip().splitlines()[0]})")
        return
    url = f"{server.rpartition('/')[0]}/{name}"
    try:
        subprocess.run([sys.executable, "-m", "bench.scale"], env=os.environ | {"DATABASE_URL": url}, check=True)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def main() -> None:
    """In the database that ``DATABASE_URL`` names: fill it step by step, and measure at each."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "presente.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    found: list[Measured] = []
    there = 0
    for people in (*STEPS, PEOPLE):
        began = time.perf_counter()
        _fill(there, people)
        there = people
        found.append(_measure(people))
        print(
            f"  {found[-1].events:>12,} events of {people:,} people ready in {time.perf_counter() - began:.0f} s",
            flush=True,
        )
    table(
        ("events", "people", "a person's month", "statements", f"{DEPARTMENT} people's month", "statements"),
        [
            (
                f"{one.events:,}",
                f"{one.people:,}",
                f"{one.person:.0f} ms",
                str(one.person_queries),
                f"{one.department:.0f} ms",
                str(one.department_queries),
            )
            for one in found
        ],
    )
    files.run(*MONTH)
    _verify()
    if PEOPLE >= 5000:
        PLOT.write_text(plot(found), encoding="utf-8")
        print(f"  growth drawn in {PLOT.relative_to(PLOT.parent.parent.parent)}")


def _fill(there: int, people: int) -> None:
    from django.db import connection

    _hire(there, people)
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        # Indexes are built in one go afterwards, which takes a fraction of the time.
        cursor.execute(_INDEXES)
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        cursor.execute(_EVENTS, [f"S{there:05}", FIRST, LAST])
        for _name, definition in indexes:
            cursor.execute(definition)
        # Without the statistics of what is new, the marks below would be read row by row.
        cursor.execute("ANALYZE")
    _count_month(there)
    with connection.cursor() as cursor:
        cursor.execute(_copies(), [f"S{there:05}", FIRST, MONTH[0] - timedelta(days=8)])
        cursor.execute("ANALYZE")


def _hire(there: int, people: int) -> None:
    """People from number ``there`` on, in departments of 50, all on one shift."""
    from attendance.models import Shift, ShiftAssignment
    from employees.models import Department, Employee, EmploymentPeriod

    shift, _made = Shift.objects.get_or_create(
        name="Scale", starts_at=dt_time(9), ends_at=dt_time(17, 40), pause_minutes=40, weekdays=[0, 1, 2, 3, 4]
    )
    departments = [
        Department.objects.get_or_create(name=f"Scale {number:03}")[0]
        for number in range((people - 1) // DEPARTMENT + 1)
    ]
    hired = FIRST - timedelta(days=30)
    new = Employee.objects.bulk_create(
        Employee(
            number=f"S{number:05}",
            first_name="Demo",
            last_name=f"Person {number:05}",
            time_zone="Europe/Madrid",
            department=departments[number // DEPARTMENT],
        )
        for number in range(there, people)
    )
    EmploymentPeriod.objects.bulk_create(EmploymentPeriod(employee=one, hired_on=hired) for one in new)
    ShiftAssignment.objects.bulk_create(ShiftAssignment(employee=one, shift=shift, valid_from=hired) for one in new)


def _count_month(there: int) -> None:
    """Have the measured month, and the week before it, counted by the rules."""
    from attendance.services.results import results_rebuild, results_refresh
    from employees.models import Employee

    new = Employee.objects.filter(number__gte=f"S{there:05}")
    results_rebuild(employees=new, first=MONTH[0] - timedelta(days=7), last=MONTH[1])
    began = time.perf_counter()
    stored = results_refresh()
    spent = time.perf_counter() - began
    print(f"  {stored:>12,} days counted in {spent:.0f} s: {stored / spent:.0f} a second", flush=True)


def _measure(people: int) -> Measured:
    from attendance.models import ClockEvent
    from attendance.selectors.timesheets import timesheet, timesheets
    from employees.models import Employee

    one = Employee.objects.get(number=f"S{people // 2:05}")
    team = Employee.objects.filter(department=one.department)
    person, person_queries = _timed(lambda: timesheet(employee=one, first=MONTH[0], last=MONTH[1]))
    department, department_queries = _timed(lambda: list(timesheets(employees=team, first=MONTH[0], last=MONTH[1])))
    return Measured(people, ClockEvent.objects.count(), person, person_queries, department, department_queries)


def _timed(read: Callable[[], Any]) -> tuple[float, int]:
    """The median of several runs after a first one, in milliseconds, and the statements of one.

    The least is told too: on a machine that others use, it is nearer to what the work itself takes.
    """
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        read()
    spent = []
    for _round in range(ROUNDS):
        began = time.perf_counter()
        read()
        spent.append((time.perf_counter() - began) * 1000)
    print(
        f"  median {median(spent):.1f} ms, least {min(spent):.1f} ms, 95 % within {quantile(spent, 0.95):.1f} ms, "
        f"{len(queries)} statements"
    )
    return median(spent), len(queries)


def _verify() -> None:
    """The measured month of everybody, counted from the events once more."""
    from django.core.management import call_command

    began = time.perf_counter()
    call_command("attendance_verify", "--from", str(MONTH[0]), "--to", str(MONTH[1]))
    print(f"  verified in {time.perf_counter() - began:.0f} s")


def plot(found: list[Measured]) -> str:
    """Milliseconds over events, both logarithmic, as an SVG with the figures in it."""
    from math import log10

    left, right, top, bottom = 70, 640, 30, 300
    low, high = 4.8, 7.3

    def place(events: float, value: float) -> tuple[float, float]:
        x = left + (log10(events) - low) / (high - low) * (right - left)
        return x, bottom - log10(max(value, 1)) / 3 * (bottom - top)

    def line(name: str, colour: str, values: list[float]) -> str:
        points = [place(one.events, value) for one, value in zip(found, values, strict=True)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dots = "".join(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'
            f'<text x="{x:.1f}" y="{y - 9:.1f}" text-anchor="middle">{value:.0f}</text>'
            for (x, y), value in zip(points, values, strict=True)
        )
        label = f'<text x="{points[0][0] + 12:.1f}" y="{points[0][1] + 18:.1f}" fill="{colour}">{name}</text>'
        return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}{label}'

    grid = "".join(
        f'<line x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#d0d7d7"/>'
        f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{value} ms</text>'
        for value in (1, 10, 100, 1000)
        for y in [place(1e6, value)[1]]
    ) + "".join(
        f'<text x="{place(events, 1)[0]:.1f}" y="{bottom + 20}" text-anchor="middle">{name}</text>'
        for events, name in ((1e5, "100 thousand"), (1e6, "1 million"), (1e7, "10 million events"))
    )
    lines = line(f"{DEPARTMENT} people's month", "#0b6b6b", [one.department for one in found]) + line(
        "a person's month", "#a04000", [one.person for one in found]
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 680 340" font-family="sans-serif" font-size="12" '
        'role="img" aria-label="Milliseconds of a month\'s timesheet over the number of events">'
        f'<rect width="680" height="340" fill="#fff"/>{grid}{lines}</svg>\n'
    )


_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'attendance_clockevent' AND indexname NOT IN
  (SELECT conname FROM pg_constraint WHERE conrelid = 'attendance_clockevent'::regclass)"""
_EVENTS = """
INSERT INTO attendance_clockevent (id, employee_id, direction, at, zone, received_at, method, idempotency_key,
                                   request_digest, reason, seal)
SELECT gen_random_uuid(), e.id, p.direction,
       (d.day + p.at + (random() * 14 - 7) * interval '1 minute') AT TIME ZONE 'Europe/Madrid', 'Europe/Madrid',
       (d.day + p.at + interval '8 minutes') AT TIME ZONE 'Europe/Madrid', 'face',
       'scale-' || e.id || '-' || to_char(d.day, 'YYMMDD') || p.n, '', '', ''
FROM employees_employee e
CROSS JOIN (SELECT %s) AS skip(there)
CROSS JOIN generate_series(%s::timestamp, %s::timestamp, interval '1 day') d(day)
CROSS JOIN (VALUES (1, 'in', interval '9 hours'), (2, 'out', interval '13 hours'),
                   (3, 'in', interval '13 hours 40 minutes'), (4, 'out', interval '17 hours 45 minutes'))
           AS p(n, direction, at)
WHERE e.number >= skip.there AND extract(isodow FROM d.day) < 6
  AND random() < CASE p.n WHEN 4 THEN 0.99 ELSE 1 END"""


def _copies() -> str:
    """Statement that copies each person's result of a day four weeks on to the same weekdays of the other months."""
    from attendance.models import DayResult

    names = [one.column for one in DayResult._meta.concrete_fields if one.column not in ("id", "day")]
    listed = ", ".join(f'"{name}"' for name in names)
    return f"""
    INSERT INTO attendance_dayresult (day, {listed})
    SELECT d.day::date, {", ".join(f'r."{name}"' for name in names)}
    FROM employees_employee e
    CROSS JOIN (SELECT %s) AS skip(there)
    CROSS JOIN generate_series(%s::timestamp, %s::timestamp, interval '1 day') d(day)
    JOIN attendance_dayresult r ON r.employee_id = e.id
     AND r.day = date '{MONTH[0]}' + ((d.day::date - date '{MONTH[0]}') %% 7 + 7) %% 7
    WHERE e.number >= skip.there
    ON CONFLICT DO NOTHING"""


if __name__ == "__main__":
    main()
