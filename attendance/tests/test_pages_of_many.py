"""Pages that list people ask the database as often for 60 people as for 20, and show a page of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from attendance.models import CurrentState, Period
from attendance.services.periods import period_create
from attendance.services.results import results_refresh
from attendance.tests.fixtures import Punched
from employees.models import Department, Employee, User
from employees.services import employee_create

pytestmark = pytest.mark.django_db
Assigned = Callable[[Employee], Employee]
HIRED = date(2020, 1, 1)


def _hire(first: int, last: int, department: Department, assigned: Assigned, punched: Punched) -> None:
    """Some of each kind: in, out, absent, and yesterday's check-out forgotten."""
    now = timezone.now()
    for number in range(first, last):
        person = assigned(
            employee_create(
                number=f"M{number:03}",
                first_name="Demo",
                last_name=f"Person {number:03}",
                department=department,
                hired_on=HIRED,
            )
        )
        if number % 4:
            punched(person, "in", now - timedelta(hours=26))
        if number % 4 == 1:
            punched(person, "out", now - timedelta(hours=20))
        if number % 4 == 2:
            punched(person, "in", now - timedelta(minutes=30))
    results_refresh()


def _addresses() -> list[str]:
    today = timezone.localdate()
    period = Period.objects.get()
    lists = ("employees_employee", "attendance_clockevent", "attendance_shiftassignment", "employees_department")
    return [
        reverse("admin:index"),
        reverse("presence"),
        reverse("presence") + "?list=in",
        reverse("presence_live"),
        reverse("attendance_day"),
        reverse("attendance_day") + f"?date={today - timedelta(days=1)}",
        reverse("attendance_day") + f"?date={today - timedelta(days=4)}",
        reverse("attendance_day") + "?q=person",
        reverse("attendance_exceptions"),
        reverse("attendance_team", kwargs={"month": today}),
        reverse("attendance_trends"),
        reverse("attendance_period", args=[period.pk]),
        reverse("attendance_files"),
        reverse("attendance_reports"),
        reverse("leave_calendar", kwargs={"month": today}),
        reverse("face_library"),
        reverse("roll_call"),
        reverse("find") + "?q=person",
        reverse("badges"),
        *(reverse(f"admin:{name}_changelist") for name in lists),
    ]


def _statements(client: Client) -> dict[str, int]:
    return {address: min(_count(client, address) for _round in range(3)) for address in _addresses()}


def _count(client: Client, address: str) -> int:
    """What one request takes; now and then one also notes the session, or looks at the server's clock."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200, address
    return len(queries)


def test_sixty_people_take_no_more_statements_than_twenty(
    hr: User, hr_client: Client, department: Department, on_early_shift: Assigned, punched: Punched
) -> None:
    today = timezone.localdate()
    period_create(first=today.replace(day=1), last=today.replace(day=1) + timedelta(days=27), by=hr)
    _hire(0, 20, department, on_early_shift, punched)
    few = _statements(hr_client)
    _hire(20, 60, department, on_early_shift, punched)
    assert CurrentState.objects.count() == 60
    many = _statements(hr_client)
    # Fewer it may be: of a page of others, one of another kind may be missing.
    assert {address: count for address, count in many.items() if count > few[address]} == {}


def test_a_long_list_has_pages_and_the_totals_are_of_everybody(
    hr_client: Client, department: Department, on_early_shift: Assigned, punched: Punched
) -> None:
    _hire(0, 60, department, on_early_shift, punched)
    page = hr_client.get(reverse("attendance_day"))
    assert len(page.context["rows"]) == 50
    assert page.context["page"].paginator.count == 60
    who = hr_client.get(reverse("presence"))
    tiles = who.context["tiles"]
    assert sum(who.context["presence"].count(name) for name in ("in", "absent", "later", "out", "others")) == 60
    assert tiles["in"] >= 15
    alone = hr_client.get(reverse("presence") + "?list=in&q=person")
    assert [len(one["rows"]) for one in alone.context["parts"]] == [min(50, tiles["in"])]
    assert "list=in" in alone.context["address"]


def test_a_period_shows_the_timesheets_of_its_people(
    hr: User, hr_client: Client, department: Department, on_early_shift: Assigned, punched: Punched
) -> None:
    today = timezone.localdate()
    made = period_create(first=today.replace(day=1), last=today.replace(day=1) + timedelta(days=27), by=hr)
    _hire(0, 3, department, on_early_shift, punched)
    page = hr_client.get(reverse("attendance_period", args=[made.pk]))
    assert [one["employee"].number for one in page.context["rows"]] == ["M000", "M001", "M002"]
