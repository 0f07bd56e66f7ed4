"""Every page that lists people, with as many people as a large company has: time of the server, SQL statements, size.

`python -m bench pages [--people 5000] [--rounds 5] [--only PART] [--json]`: fills a database that is thrown away with a
tenth of the people, counts the statements of each page, hires the rest, and asks for each page as HR in this process,
once to warm up and then so many times. ``server_ms`` is the median of what it computed, the database with it (SQLite),
whatever else the machine does. 1 where a page takes more than 300 ms, or more statements than of a tenth of the people.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

from bench.home import throwaway
from bench.table import heading, table

GOAL_MS = 300


@dataclass(frozen=True, slots=True)
class Figures:
    """What one page took: milliseconds, statements with all people and with a tenth of them, bytes."""

    page: str
    address: str
    server_ms: float
    statements: int
    statements_few: int
    bytes: int

    @property
    def holds(self) -> bool:
        return self.server_ms <= GOAL_MS and self.statements <= self.statements_few


def main(arguments: list[str]) -> int:
    """Measure in a data folder that is thrown away."""
    parser = argparse.ArgumentParser(prog="python -m bench pages", description=__doc__)
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="only the pages whose name or address holds this")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    with contextlib.redirect_stdout(sys.stderr), throwaway() as data:
        from presente.testing import embedded_broker

        with embedded_broker(data):
            found = measure(given.people, given.rounds, given.only)
    if given.json:
        pages = [{**asdict(one), "holds": one.holds} for one in found]
        print(json.dumps({"people": given.people, "goal_ms": GOAL_MS, "pages": pages}))
    else:
        heading(f"Pages of {given.people:,} people, {given.rounds} times")
        rows = [
            (
                one.page,
                f"{one.server_ms:.0f} ms",
                str(one.statements),
                str(one.statements_few),
                f"{one.bytes / 1024:.0f} KiB",
                "yes" if one.holds else "NO",
            )
            for one in found
        ]
        table(
            ("page", "server, median", "statements", "of a tenth", "size", f"{GOAL_MS} ms, constant"),
            rows,
        )
    return 0 if all(one.holds for one in found) else 1


def measure(people: int, rounds: int, only: str = "") -> list[Figures]:
    """Fill the database in two steps and ask for each page."""
    from django.core.management import call_command
    from django.test import Client

    from bench import pages_company as company
    from employees.models import User

    call_command("migrate", interactive=False, verbosity=0)
    hr = User.objects.create_user("hr", role=User.Role.HR, is_staff=True, is_superuser=True)
    client = Client(HTTP_HOST="localhost")
    client.force_login(hr, backend="django.contrib.auth.backends.ModelBackend")
    few = max(60, people // 10)
    company.begin(hr)
    company.hire(0, few, hr)
    wanted = {name: address for name, address in addresses().items() if only.lower() in name.lower() or only in address}
    statements = {name: _statements(client, address) for name, address in wanted.items()}
    began = time.perf_counter()
    company.hire(few, people, hr)
    print(f"{people:,} people ready, the last of them in {time.perf_counter() - began:.0f} s", flush=True)
    found = []
    for name, address in wanted.items():
        many = _statements(client, address)
        spent = []
        for _round in range(rounds):
            computed = time.process_time()
            page = client.get(address)
            spent.append((time.process_time() - computed) * 1000)
        found.append(Figures(name, address, median(spent), many, statements[name], len(page.content)))
        print(f"  {name}: {found[-1].server_ms:.0f} ms, {many} statements ({statements[name]})", flush=True)
    return found


def addresses() -> Mapping[str, str]:
    """Each page by its name, with the people of the company that ``pages_company`` makes."""
    from django.urls import reverse

    from attendance.models import Period
    from employees.models import Department, Employee

    today = date.today()
    someone, department = Employee.objects.order_by("number")[7], Department.objects.order_by("pk")[0]
    period = Period.objects.get(state=Period.State.OPEN)
    locked = Period.objects.filter(state=Period.State.LOCKED).first()
    days = {f"Day, {back} days ago": today - timedelta(days=back) for back in (1, 3, 20)}
    found = {
        "First page of HR": reverse("admin:index"),
        "Who is in": "/attendance/",
        "Who is in, the list alone": "/attendance/live/",
        "Who is in, a department": f"/attendance/?department={department.pk}",
        "Day, today": "/attendance/day/",
        **{name: f"/attendance/day/?date={day}" for name, day in days.items()},
        "Day, page 7": "/attendance/day/?page=7",
        "Day, searched": "/attendance/day/?q=person+001",
        "To do": "/attendance/exceptions/",
        "To do, page 3": "/attendance/exceptions/?page=3",
        "Team": f"/attendance/team/{today:%Y-%m}/",
        "Team, last month": f"/attendance/team/{today.replace(day=1) - timedelta(days=1):%Y-%m}/",
        "Late this week": f"/attendance/team/{today:%Y-%m}/?show=late&week=1",
        "Trends": "/attendance/trends/",
        "Periods": "/attendance/periods/",
        "A period's timesheets": f"/attendance/periods/{period.pk}/",
        "A period's checklist": f"/attendance/periods/{period.pk}/?checklist",
        "Reports": "/attendance/reports/",
        "Exports": "/attendance/files/",
        "Plan": "/plan/",
        "Requests about shifts": "/plan/requests/",
        "Leave calendar": f"/leave/calendar/{today:%Y-%m}/",
        "Face library": "/faces/",
        "Face library, no consent": "/faces/?shown=no_consent",
        "Doors": "/doors/",
        "Roll call": "/doors/roll-call/",
        "Delegates": "/delegates/",
        "Privacy": "/privacy/",
        "Audit trail": "/privacy/audit/",
        "Notifications": "/notifications/",
        "Find": "/find/?q=person+00",
        "What waits (menu)": "/find/badges/",
        "A person": f"/people/{someone.number}/",
        "A person's month": f"/attendance/people/{someone.number}/{today:%Y-%m}/",
        "Invite people": "/people/invite/",
    }
    if locked is not None:
        found["Day, of a locked period"] = f"/attendance/day/?date={locked.last}"
        found["A locked period"] = f"/attendance/periods/{locked.pk}/"
    listed: tuple[str, ...] = ("employees_employee", "employees_department", "employees_user", "employees_consent")
    listed += ("employees_enrolmentphoto", "attendance_clockevent", "attendance_absence", "attendance_shiftassignment")
    listed += ("attendance_correctionrequest", "attendance_workpolicy", "leave_ledgerentry", "doors_accessrule")
    for name in listed:
        for kind in ("changelist", "add"):
            address = _reversed(f"admin:{name}_{kind}")
            if address:
                found[f"Admin, {name.partition('_')[2]}: {'list' if kind == 'changelist' else 'new'}"] = address
    found["Admin, employee: change"] = reverse("admin:employees_employee_change", args=[someone.pk])
    found["Admin, department: change"] = reverse("admin:employees_department_change", args=[department.pk])
    return found


def _reversed(name: str) -> str:
    from django.urls import NoReverseMatch, reverse

    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _statements(client: Any, address: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(address)
    found = 0
    for _round in range(2):
        with CaptureQueriesContext(connection) as captured:
            page = client.get(address)
        # Now: the next request empties the log that these are counted in. Once in a while one notes the session, too.
        found = min(found or len(captured), len(captured))
    if page.status_code not in (200, 403):
        raise RuntimeError(f"{address} answered {page.status_code}")
    if page.status_code == 403:
        print(f"  {address}: 403", flush=True)
    return found
