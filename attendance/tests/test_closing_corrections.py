"""Corrections that wait for a decision keep a period open, also those that only touch its edge."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from attendance.models import Period, Shift, ShiftAssignment
from attendance.refusals import AttendanceRefused
from attendance.selectors.closing import checklist
from attendance.services.corrections import request_file, request_refuse
from attendance.services.periods import period_create, period_lock
from attendance.tests.fixtures import MADRID, Punched
from employees.models import Employee, Posting, User
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def refused(code: str) -> Any:
    return pytest.raises(AttendanceRefused, check=lambda error: error.code == code)


@pytest.fixture
def period(hr: User) -> Period:
    """The week that ended more than a week ago."""
    today = timezone.now().date()
    first = today - (today.weekday() + 14) * DAY
    return period_create(first=first, last=first + 6 * DAY, by=hr)


@pytest.fixture
def cleo(colleague: User) -> Employee:
    person = Employee.objects.get(number="2003")
    employ(person, hired_on=date(2020, 1, 1), time_zone="Europe/Madrid")
    person.refresh_from_db()
    return person


def test_a_lock_asks_about_corrections_by_the_persons_own_date(
    period: Period, cleo: Employee, colleague: User, hr: User
) -> None:
    """21:00 in New York on the last day is tomorrow on the server's clock (case 26)."""
    Employee.objects.filter(pk=cleo.pk).update(time_zone="America/New_York")
    cleo.refresh_from_db()
    at = datetime.combine(period.last, time(21), ZoneInfo("America/New_York"))
    asked = request_file(employee=cleo, by=colleague, kind="add", direction="in", at=at, reason="Came back")
    with refused("requests_waiting") as said:
        period_lock(period=period, by=hr, reason="Payday")
    assert f"{cleo.name}, {date_format(period.last, 'DATE_FORMAT')}." in said.value.message
    request_refuse(request=asked, by=hr, answer="You did not")
    assert period_lock(period=period, by=hr, reason="Payday").state == "locked"


def test_a_lock_asks_about_corrections_by_the_date_where_the_person_worked_then(
    period: Period, cleo: Employee, colleague: User, hr: User
) -> None:
    """Moved to Madrid since, where 21:00 in New York is the next day."""
    Posting.objects.filter(employee=cleo).delete()
    for begins, zone in ((date(2020, 1, 1), "America/New_York"), (period.last + 2 * DAY, "Europe/Madrid")):
        Posting.objects.create(employee=cleo, valid_from=begins, department=cleo.department, time_zone=zone)
    at = datetime.combine(period.last, time(21), ZoneInfo("America/New_York"))
    request_file(employee=cleo, by=colleague, kind="add", direction="in", at=at, reason="Came back")

    found = checklist(period=period, employees=Employee.objects.all())
    assert [one.employee for one in found.corrections] == [cleo]
    with refused("requests_waiting") as said:
        period_lock(period=period, by=hr, reason="Payday")
    assert f"{cleo.name}, {date_format(period.last, 'DATE_FORMAT')}." in said.value.message


def test_a_lock_asks_about_the_check_out_of_its_last_night(
    period: Period, cleo: Employee, colleague: User, hr: User, punched: Punched
) -> None:
    """At six on the day after the period somebody went who had come on its last evening."""
    night = Shift.objects.create(name="Night", starts_at=time(22), ends_at=time(6), weekdays=[6])
    ShiftAssignment.objects.create(employee=cleo, shift=night, valid_from=period.first)
    punched(cleo, "in", datetime.combine(period.last, time(22), MADRID))
    at = datetime.combine(period.last + DAY, time(6), MADRID)
    request_file(employee=cleo, by=colleague, kind="add", direction="out", at=at, reason="The door was dark")

    found = checklist(period=period, employees=Employee.objects.all())
    assert [one.employee for one in found.corrections] == [cleo]
    with refused("requests_waiting") as said:
        period_lock(period=period, by=hr, reason="Payday")
    assert f"{cleo.name}, {date_format(period.last, 'DATE_FORMAT')}." in said.value.message
