"""Overtime that became leave is paid nowhere: not in payroll's files, not in sums; the month's page says so."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from attendance.models import AbsenceType, WorkPolicy
from attendance.rules.approval import Split, allotted, without_moved
from attendance.selectors.timesheets import timesheet, timesheets
from attendance.services.periods import period_create, period_lock
from attendance.tests.fixtures import Punched
from employees.models import Employee, User
from employees.tests.employment_kit import employ
from leave.models import LedgerEntry
from leave.refusals import LeaveRefused
from leave.selectors import own_balances
from leave.services import entry_add, overtime_free, overtime_move
from leave.tests.leave_kit import rule_of
from reporting.services.payroll import payroll_layout_from_preset

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY, TODAY = date(2026, 11, 9), date(2026, 11, 10), date(2026, 11, 13)
WEEK = {"first": MONDAY, "last": TODAY}


@pytest.fixture
def bank(db: None) -> AbsenceType:
    kind = AbsenceType.objects.create(code="time-bank", name="Time off for overtime")
    rule_of(kind, unit="hours", grant="none", steps=[], time_bank=True, time_bank_percent=100)
    return kind


@pytest.fixture
def busy_ana(ana: Employee, punched: Punched) -> Employee:
    """Ten hours on Monday and thirteen on Tuesday: six of overtime at 150 %, one at 200 %."""
    WorkPolicy.objects.create(
        name="California",
        valid_from=date(2020, 1, 1),
        overtime=[{"scope": "day", "after": 480, "tier": 150}, {"scope": "day", "after": 720, "tier": 200}],
    )
    employ(ana, hired_on=MONDAY, left_on=TUESDAY)
    for day, until in ((9, 18), (10, 21)):
        punched(ana, "in", datetime(2026, 11, day, 8).isoformat())
        punched(ana, "out", datetime(2026, 11, day, until).isoformat())
    return Employee.objects.get(pk=ana.pk)


def move(person: Employee, kind: AbsenceType, by: User, minutes: int) -> LedgerEntry:
    given: dict[str, Any] = {"day": TODAY, "reason": "Agreed", **WEEK}
    return overtime_move(employee=person, kind=kind, author=by, minutes=minutes, **given)


def rows(client: Client, report: str) -> list[dict[str, str]]:
    wished = {"report": report, "file_format": "csv", "first": f"{MONDAY}", "last": f"{TODAY}", "q": "1001"}
    content = b"".join(client.get(reverse("attendance_file"), wished))
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_cheapest_hours_move_first_then_the_earliest() -> None:
    days = {TUESDAY: Split({150: 60, 200: 30}, {}, {}), MONDAY: Split({150: 40}, {}, {})}

    assert allotted(days, 70) == {MONDAY: {150: 40}, TUESDAY: {150: 30}}
    assert allotted(days, 130) == {MONDAY: {150: 40}, TUESDAY: {150: 60, 200: 30}}
    # Of a day that came to less overtime since, no more is moved than there is.
    assert without_moved(Split({150: 20}, {}, {}), {150: 30}) == Split({}, {}, {}, moved={150: 20})


def test_what_became_leave_is_in_no_payroll(hr_client: Client, hr: User, busy_ana: Employee, bank: AbsenceType) -> None:
    layouts = {
        preset: payroll_layout_from_preset(preset=preset) for preset in ("codes", "hours", "days", "spreadsheet")
    }
    move(busy_ana, bank, hr, 90)
    move(busy_ana, bank, hr, 60)

    codes = [(row["code"], row["hours"]) for row in rows(hr_client, f"payroll-{layouts['codes'].pk}")]
    assert codes == [("100", "16.00"), ("150", "3.50"), ("200", "1.00")]
    (hours,) = rows(hr_client, f"payroll-{layouts['hours'].pk}")
    assert (hours["overtime"], hours["moved into leave"]) == ("4.50", "2.50")
    days = rows(hr_client, f"payroll-{layouts['days'].pk}")
    assert [row["overtime"] for row in days] == ["0.00", "4.50"]
    (found,) = rows(hr_client, "period")
    assert (found["Overtime"], found["Overtime moved into leave"]) == ("7:00:00", "2:30:00")
    assert [row["Overtime moved into leave"] for row in rows(hr_client, "days")] == ["2:00:00", "0:30:00"]


def test_pages_and_programs_are_told_what_moved(
    hr_client: Client, hr: User, busy_ana: Employee, bank: AbsenceType, api_client_factory: Any
) -> None:
    move(busy_ana, bank, hr, 150)

    page = " ".join(hr_client.get(reverse("attendance_month", args=["1001", "2026-11"])).content.decode().split())
    assert "Overtime moved into leave, not paid: <strong>2 h 30 min" in page
    assert "2 h 00 min of this overtime became time off" in page
    address = f"/api/v1/attendance/timesheets?from={MONDAY}&to={TODAY}&employee=1001"
    (told,) = api_client_factory("attendance:read").get(address).json()["results"]
    assert told["overtime_moved"] == {"150": 9000}
    assert told["overtime_approved"] == {"150": 12600, "200": 3600}


def test_a_closed_period_keeps_what_moved_and_gives_no_more(hr: User, busy_ana: Employee, bank: AbsenceType) -> None:
    move(busy_ana, bank, hr, 60)
    period = period_create(first=MONDAY, last=TUESDAY, by=hr)
    period_lock(period=period, by=hr, reason="Paid")

    people = Employee.objects.filter(pk=busy_ana.pk)
    (sums,) = timesheets(employees=people, first=MONDAY, last=TUESDAY)
    assert sums.overtime.moved == timesheet(employee=busy_ana, first=MONDAY, last=TODAY).overtime.moved == {150: 3600}
    assert overtime_free(employee=busy_ana, **WEEK) == 0
    with pytest.raises(LeaveRefused, match="closed period"):
        move(busy_ana, bank, hr, 30)


def test_what_was_moved_by_mistake_is_given_back_and_paid(hr: User, busy_ana: Employee, bank: AbsenceType) -> None:
    move(busy_ana, bank, hr, 150)
    move(busy_ana, bank, hr, -60)
    assert timesheet(employee=busy_ana, first=MONDAY, last=TODAY).overtime.moved == {150: 5400}
    assert own_balances(busy_ana, TODAY)[0].amount == Fraction(3, 2)

    with pytest.raises(LeaveRefused, match="1 h 30 min of overtime are in leave"):
        move(busy_ana, bank, hr, -91)
    entry_add(
        employee=busy_ana, kind=bank, entered="adjustment", day=TODAY, amount=Fraction(-1), reason="Used", author=hr
    )
    with pytest.raises(LeaveRefused, match="taken already"):
        move(busy_ana, bank, hr, -60)
