"""The checklist of a period is read from what was counted ahead, and says what counting everybody's days says."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from attendance.models import DayResult, DirtySpan, PendingOvertime, Period, Shift, ShiftAssignment, WorkPolicy
from attendance.selectors.closing import Open, checklist
from attendance.selectors.plans import PlanBook
from attendance.selectors.timesheets import timesheets
from attendance.services.overtime import Wish, overtime_decide
from attendance.services.pending import pending_refresh
from attendance.services.periods import period_create, period_lock
from attendance.services.results import results_refresh
from attendance.tests.fixtures import MADRID, Punched
from employees.models import Employee, EmploymentPeriod, User
from employees.services import employee_create

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
EVERY_DAY = [0, 1, 2, 3, 4, 5, 6]
Days = tuple[date, ...]
Told = dict[int, tuple[Days, Days, Days, int]]


@pytest.fixture
def today() -> date:
    return timezone.now().astimezone(MADRID).date()


@pytest.fixture
def period(hr: User, today: date) -> Period:
    """Ten days up to tomorrow: some are settled, some are not, and one is still to come."""
    return period_create(first=today - 8 * DAY, last=today + DAY, by=hr)


@pytest.fixture
def company(period: Period, today: date, punched: Punched, department: Any) -> list[Employee]:
    """Nine people: on a fixed, a flexible, an open shift, on call, on none, at the ends of the world, hired, gone."""
    WorkPolicy.objects.create(
        name="Decided",
        valid_from=date(2020, 1, 1),
        approve_overtime=True,
        overtime=[{"scope": "day", "after": 480, "tier": 150}, {"scope": "week", "after": 2400, "tier": 200}],
    )
    kinds: dict[str, dict[str, Any]] = {
        "Early": {"starts_at": time(9), "ends_at": time(17)},
        "Flexible": {"kind": "flexible", "starts_at": time(6), "ends_at": time(22), "target_minutes": 480},
        "Call": {"kind": "on_call", "starts_at": time(18), "ends_at": time(22)},
    }
    shifts = {name: Shift.objects.create(name=name, weekdays=EVERY_DAY, **values) for name, values in kinds.items()}
    weekdays = Shift.objects.create(name="Two days", starts_at=time(9), ends_at=time(17), weekdays=[0, 1])
    zones = ["Europe/Madrid"] * 5 + ["Pacific/Auckland", "America/Los_Angeles", "Europe/Madrid", "Europe/Madrid"]
    given = [*shifts.values(), None, weekdays, shifts["Early"], shifts["Early"], shifts["Early"], shifts["Early"]]
    people = []
    for number, (zone, shift) in enumerate(zip(zones, given, strict=True)):
        hired, left = date(2024, 1, 1), None
        if number == 7:
            hired, left = today - 6 * DAY, today - 4 * DAY
        person = employee_create(number=f"L{number}", first_name="Lia", hired_on=hired, left_on=left, time_zone=zone)
        people.append(person)
        if shift is not None:
            ShiftAssignment.objects.create(employee=person, shift=shift, valid_from=hired)
    for number, person in enumerate(people[:8]):
        for back in range(9):
            if (number + back) % 5 == 4:
                continue
            start = datetime.combine(today - back * DAY, time(9), person.zone)
            hours = 8 + (number + back) % 4
            punched(person, "in", start)
            if (number + 2 * back) % 7 and start + timedelta(hours=hours) < timezone.now():
                punched(person, "out", start + timedelta(hours=hours))
    return people


def told(period: Period) -> Told:
    found = checklist(period=period, employees=Employee.objects.all()).open
    return {one.key: (one.missing, one.absent, one.no_shift, one.pending) for one in found.values()}


def counted(period: Period) -> Told:
    """What everybody's timesheets say."""
    found: Told = {}
    book = PlanBook(list(Employee.objects.all()), period.first, period.last)
    for sums in timesheets(employees=Employee.objects.all(), first=period.first, last=period.last):
        days = [one.figures for one in sums.result.days]
        missing = [one.day for one in days if one.missing_in or one.missing_out]
        absent = [one.day for one in days if one.absent and one.day not in missing]
        without = [
            one.day
            for one in days
            if one.worked and not (one.weekend or one.holiday or book.plan(sums.employee, one.day).shifts)
        ]
        said = (tuple(missing), tuple(absent), tuple(without), sums.overtime.pending_total)
        if any(said):
            found[sums.employee.pk] = said
    return found


def test_it_says_what_counting_everybody_says(company: list[Employee], period: Period, today: date) -> None:
    everything = counted(period)
    assert len(everything) == len(company)
    assert [any(one[number] for one in everything.values()) for number in range(4)] == [True] * 4
    # Nothing is counted yet: whoever reads counts.
    assert DirtySpan.objects.exists()
    assert told(period) == everything
    results_refresh()
    assert not DirtySpan.objects.exists()
    assert PendingOvertime.objects.filter(period=period, due_at=None).count() >= len(company)
    assert told(period) == everything


def test_what_workers_have_not_counted_yet_is_counted_by_the_reader(
    company: list[Employee], period: Period, today: date, punched: Punched
) -> None:
    results_refresh()
    DayResult.objects.filter(employee=company[0], day=today - 5 * DAY).delete()
    DayResult.objects.filter(employee=company[5]).delete()
    PendingOvertime.objects.filter(employee=company[1]).delete()
    assert told(period) == counted(period)
    punched(company[2], "in", datetime.combine(today - 4 * DAY, time(6), MADRID))
    ShiftAssignment.objects.create(employee=company[3], shift=Shift.objects.get(name="Flexible"), valid_from=today)
    assert told(period) == counted(period)
    results_refresh()
    assert told(period) == counted(period)


def test_decided_overtime_no_longer_waits(company: list[Employee], period: Period, hr: User, today: date) -> None:
    results_refresh()
    before = told(period)
    (sums,) = timesheets(employees=Employee.objects.filter(pk=company[1].pk), first=period.first, last=period.last)
    day, split = next((day, one) for day, one in sums.overtime.days.items() if one.waits and day < today - 2 * DAY)
    overtime_decide(
        employee=company[1], wishes={day: Wish(split.pending, sum(split.pending.values()))}, by=hr, reason="Agreed"
    )
    after = told(period)
    assert after[company[1].pk][3] == before[company[1].pk][3] - sum(split.pending.values())
    assert pending_refresh() == 1
    assert pending_refresh() == 0
    assert told(period) == after == counted(period)


def test_without_a_policy_that_asks_for_decisions_nothing_waits_and_nothing_is_kept(
    company: list[Employee], period: Period
) -> None:
    WorkPolicy.objects.update(approve_overtime=False)
    results_refresh()
    assert not PendingOvertime.objects.exists()
    assert told(period) == counted(period)
    assert not any(one[3] for one in told(period).values())


def test_of_a_locked_period_no_pending_overtime_is_kept(company: list[Employee], hr: User, today: date) -> None:
    before = period_create(first=today - 20 * DAY, last=today - 12 * DAY, by=hr)
    results_refresh()
    assert PendingOvertime.objects.filter(period=before).exists()
    period_lock(period=before, by=hr, reason="Payday")
    results_refresh()
    assert not PendingOvertime.objects.filter(period=before).exists()


def _hire(first: int, last: int) -> None:
    """On every day, and never here."""
    shift = Shift.objects.get_or_create(name="Early", starts_at=time(9), ends_at=time(17), weekdays=EVERY_DAY)[0]
    rows = [Employee(number=f"H{number:03}", first_name="Hal", time_zone="UTC") for number in range(first, last)]
    people = Employee.objects.bulk_create(rows)
    hired = timezone.now().date() - 20 * DAY
    EmploymentPeriod.objects.bulk_create(EmploymentPeriod(employee=one, hired_on=hired) for one in people)
    ShiftAssignment.objects.bulk_create(ShiftAssignment(employee=one, shift=shift, valid_from=hired) for one in people)
    for one in people:
        DirtySpan.objects.create(employee=one, first=hired, last=timezone.now().date() + DAY)
    results_refresh()


@pytest.mark.parametrize("decided", [False, True])
def test_three_hundred_people_take_no_more_statements_than_twenty(
    decided: bool, hr: User, hr_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Before the shift begins nobody is missed on this day.
    morning = timezone.now().replace(hour=6)
    today = morning.date()
    monkeypatch.setattr(timezone, "now", lambda: morning)
    WorkPolicy.objects.create(name="Decided", valid_from=date(2020, 1, 1), approve_overtime=decided)
    made = period_create(first=today - 8 * DAY, last=today + DAY, by=hr)
    address = reverse("attendance_period", args=[made.pk]) + "?checklist=1"
    _hire(0, 20)
    few = _statements(hr_client, address)
    _hire(20, 300)
    assert _statements(hr_client, address) <= few
    page = hr_client.get(address)
    assert page.context["checklist"].missing_days == 300 * 8
    assert page.content.decode().count("people__row") < 120
    second = hr_client.get(address.replace("checklist=1", "checklist=3"))
    assert [row[0].number for row in second.context["checklist_rows"]][-1] == "H299"


def _statements(client: Client, address: str) -> int:
    """What one request takes; now and then one also notes the session, or looks at the server's clock."""
    found = []
    for _round in range(3):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        found.append(len(queries))
    return min(found)


def test_the_days_of_one_person_are_named_once_and_in_their_order() -> None:
    first, second, third = (date(2026, 11, day) for day in (24, 25, 27))

    assert Open(key=1, missing=(third, first), absent=(second, first)).wrong_days == [first, second, third]
