"""Before a shift is over nobody owes its hours: on the month's page, in the team's, in sums and in files."""

from __future__ import annotations

from datetime import datetime, time

import pytest
from django.test import Client

from attendance.models import Shift, ShiftAssignment
from attendance.selectors.timesheets import timesheet, timesheets
from employees.models import Employee
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db


@pytest.fixture
def before(ana: Employee) -> datetime:
    """Hired today, on a shift that begins at 23:58: the moment on the person's clock."""
    now = datetime.now(ana.zone)
    employ(ana, hired_on=now.date())
    shift = Shift.objects.create(name="Late", starts_at=time(23, 58), ends_at=time(23, 59), weekdays=list(range(7)))
    ShiftAssignment.objects.create(employee=ana, shift=shift, valid_from=now.date())
    return now


def test_both_ways_of_summing_leave_it_out(ana: Employee, before: datetime) -> None:
    day = before.date()
    (sums,) = timesheets(employees=Employee.objects.filter(pk=ana.pk), first=day, last=day)
    sheet = timesheet(employee=ana, first=day, last=day)

    for result in (sums.result, sheet.result):
        assert [result.total(name) for name in ("required", "worked", "balance", "not_due")] == [60, 0, 0, 60]


def test_the_pages_say_so(hr_client: Client, ana: Employee, before: datetime) -> None:
    month = hr_client.get(f"/attendance/people/1001/{before:%Y-%m}/").text
    team = hr_client.get(f"/attendance/team/{before:%Y-%m}/").text

    assert "Not in the balance yet:" in month
    assert "what is not worked yet is not in the balance" in team
