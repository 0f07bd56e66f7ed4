"""Date a work policy ten years back while people work, and time what they ask for meanwhile.

`python -m bench policy [--people 500] [--years 10] [--seconds 120] [--database postgres://…] [--json]`: for a while
without it, then while a worker counts all those days. Asked for, again and again: a clock-in over the API, the login, a
person's month, the day of all. 1 when one of them took longer than a second, or was no success.
"""

from __future__ import annotations

import argparse
import http.client
import json
import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import time as dt_time
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

from bench import office
from bench.home import own_database, throwaway
from bench.server import EVENTS
from bench.steady_load import Job, Page, Seen, hr_page
from bench.table import quantile, table
from presente.supervisor import StopRequested, stoppable

LONGEST = 1.0
"""Seconds that nobody waits longer than."""
PAUSE = 1.0
PUNCHED_DAYS = 60
PASSWORD = "a-long-password-for-the-bench"


@dataclass(slots=True)
class Part:
    """What was asked for in one part of the run: seconds of each answer by kind, and what was no success."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not self.failures and all(max(one, default=0.0) <= LONGEST for one in self.seconds.values())


def main(arguments: list[str]) -> int:
    """Measure in a data folder and a database that are thrown away."""
    parser = argparse.ArgumentParser(prog="python -m bench policy", description=__doc__)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=120.0, help="of each of the two parts")
    parser.add_argument("--database", metavar="URL", help="make a database on this PostgreSQL server instead")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    try:
        with own_database(given.database) as settings, throwaway(**settings) as data, stoppable():
            figures = measure(data, people=given.people, years=given.years, seconds=given.seconds)
    except StopRequested:
        print("\nstopped")
        return 130
    if given.json:
        print(json.dumps(figures))
    else:
        _tell(figures)
    return 0 if figures["good"] else 1


def measure(data: Path, *, people: int, years: int, seconds: float) -> dict[str, Any]:
    """The figures of both parts, with the days that were counted and those that still waited at the end."""
    with office.serving(data, "--prepare") as place:
        from django.db import connection

        _company(people, years)
        # What is due at the beginning anyway is done first.
        _wait_until_counted(300)
        before = _part(place.port, people, seconds)
        _date_back(years)
        began, days = time.monotonic(), _stored()
        during = _part(place.port, people, seconds, over=_counted)
        spent = time.monotonic() - began
        figures = {
            "database": connection.vendor,
            "people": people,
            "years": years,
            "before": _figures(before),
            "during": _figures(during),
            "days_counted": _stored() - days,
            "counting_seconds": round(spent, 1),
            "days_left": _waiting(),
            "good": before.good and during.good,
        }
        connection.close()
    return figures


def _company(people: int, years: int) -> None:
    """People hired so many years ago on one shift, who punched on the working days of the last two months."""
    from django.contrib.auth.hashers import make_password
    from django.utils import timezone

    from attendance.models import ClockEvent, Shift, ShiftAssignment
    from employees.models import Department, Employee, EmploymentPeriod

    hr = office.hr()
    hr.password = make_password(PASSWORD)
    hr.save(update_fields=["password"])
    today = timezone.localdate()
    hired = today - timedelta(days=366 * years)
    shift = Shift.objects.create(name="Day", starts_at=dt_time(9), ends_at=dt_time(17), weekdays=[0, 1, 2, 3, 4])
    department = Department.objects.create(name="Bench")
    made = Employee.objects.bulk_create(
        Employee(number=f"B{index:04}", first_name="Bench", last_name=f"{index:04}", department=department)
        for index in range(people)
    )
    EmploymentPeriod.objects.bulk_create(EmploymentPeriod(employee=one, hired_on=hired) for one in made)
    ShiftAssignment.objects.bulk_create(ShiftAssignment(employee=one, shift=shift, valid_from=hired) for one in made)
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    moments = [
        (direction, (now - timedelta(days=back)).replace(hour=hour))
        for back in range(1, PUNCHED_DAYS)
        for direction, hour in (("in", 9), ("out", 17))
        if (now - timedelta(days=back)).weekday() < 5
    ]
    ClockEvent.objects.bulk_create(
        (
            ClockEvent(
                employee=one, direction=direction, at=at, zone="UTC", method="api", idempotency_key=str(uuid.uuid4())
            )
            for one in made
            for direction, at in moments
        ),
        batch_size=2000,
    )


def _date_back(years: int) -> None:
    """What HR does: new rules, valid since long ago."""
    from django.utils import timezone

    from attendance.services.policies import policy_from_pack
    from attendance.tasks import results_refresh_task

    policy_from_pack(code="bolivia", valid_from=timezone.localdate() - timedelta(days=365 * years))
    results_refresh_task.delay()


def _part(port: int, people: int, seconds: float, over: Callable[[], bool] | None = None) -> Part:
    part = Part()
    jobs = [Job(name, step, PAUSE) for name, step in _askers(port, people, part).items()]
    for job in jobs:
        job.start()
    end = time.monotonic() + seconds
    while time.monotonic() < end and not (over is not None and over()):
        time.sleep(0.5)
    for job in jobs:
        job.stop()
    for job in jobs:
        job.join()
        part.failures += job.seen.failures
    return part


def _askers(port: int, people: int, part: Part) -> dict[str, Callable[[Seen], None]]:
    """What each of them does again and again."""
    from django.utils import timezone

    # A connection for each: they ask at the same time.
    page, other, key = hr_page(port), hr_page(port), office.api_key()
    caller = Page(port, {"Authorization": f"Api-Key {key}", "Content-Type": "application/json"})
    numbers = iter(range(10**9))
    month = f"/attendance/people/B{people // 2:04}/{timezone.localdate():%Y-%m}/"

    def timed(name: str, ask: Callable[[Seen], object]) -> Callable[[Seen], None]:
        spent = part.seconds.setdefault(name, [])

        def step(seen: Seen) -> None:
            began = time.monotonic()
            ask(seen)
            spent.append(time.monotonic() - began)

        return step

    def clock(seen: Seen) -> None:
        number = next(numbers)
        wish = {"employee": f"B{number % people:04}", "at": timezone.now().isoformat(), "direction": "in"}
        caller.headers["Idempotency-Key"] = str(uuid.uuid4())
        caller.post(seen, EVENTS, json.dumps(wish).encode(), "application/json")

    return {
        "clock-in": timed("clock-in", clock),
        "login": timed("login", lambda _seen: _log_in(port)),
        "a month": timed("a month", lambda seen: page.get(seen, month)),
        "a day of all": timed("a day of all", lambda seen: other.get(seen, "/attendance/day/")),
    }


def _log_in(port: int) -> None:
    """The form of the login, with the right password; raises RuntimeError for any answer but the way in."""
    token = secrets.token_hex(16)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        body = urlencode({"username": "hr", "password": PASSWORD, "csrfmiddlewaretoken": token})
        headers = {"Cookie": f"csrftoken={token}", "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/login/", body, headers)
        response = connection.getresponse()
        response.read()
    finally:
        connection.close()
    if response.status != http.HTTPStatus.FOUND:
        raise RuntimeError(f"the login answered {response.status}")


def _stored() -> int:
    from attendance.models import DayResult

    return DayResult.objects.count()


def _waiting() -> int:
    """Days that are marked to be counted."""
    from attendance.models import DirtySpan

    return sum((last - first).days + 1 for first, last in DirtySpan.objects.values_list("first", "last"))


def _counted() -> bool:
    from attendance.models import DirtySpan

    return not DirtySpan.objects.exists()


def _wait_until_counted(seconds: float) -> None:
    from attendance.services.results import results_refresh

    end = time.monotonic() + seconds
    while not _counted() and time.monotonic() < end:
        results_refresh()


def _figures(part: Part) -> dict[str, Any]:
    return {
        "asked": {
            name: {
                "requests": len(spent),
                "p50_ms": round(median(spent or [0.0]) * 1000),
                "p95_ms": round(quantile(spent or [0.0], 0.95) * 1000),
                "longest_ms": round(max(spent, default=0.0) * 1000),
            }
            for name, spent in part.seconds.items()
        },
        "failures": part.failures[:20],
    }


def _tell(figures: dict[str, Any]) -> None:
    print(
        f"\n  {figures['people']} people, a policy of {figures['years']} years ago, {figures['database']}", flush=True
    )
    rows = [
        [name, part, *(f"{one[figure]:,}" for figure in ("requests", "p50_ms", "p95_ms", "longest_ms"))]
        for part in ("before", "during")
        for name, one in figures[part]["asked"].items()
    ]
    table(["asked for", "part", "requests", "p50 ms", "p95 ms", "longest ms"], rows)
    print(
        f"  {figures['days_counted']:,} days counted in {figures['counting_seconds']:.0f} s; {figures['days_left']:,} "
        "still marked"
    )
    for line in (*figures["before"]["failures"], *figures["during"]["failures"]):
        print(f"  {line}")
    print(f"  {'good' if figures['good'] else 'NOT good'}")
