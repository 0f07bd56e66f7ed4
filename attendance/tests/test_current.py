"""What is counted ahead says at each instant what counting at that instant says, and gives way to every change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance.models import Absence, AbsenceType, CurrentState, DirtySpan, RequestState, Shift, ShiftAssignment
from attendance.selectors.current import everybody_now, shown, unsettled_days
from attendance.selectors.days import day_report
from attendance.selectors.presence import presence_now
from attendance.services.current import states_renew
from attendance.services.results import results_refresh
from attendance.tests.fixtures import MADRID, Punched, counted_meanwhile
from employees.models import Employee
from employees.services import employee_create

pytestmark = pytest.mark.django_db
Assigned = Callable[[Employee], Employee]
TUESDAY = date(2026, 11, 24)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MADRID)


@pytest.fixture
def company(ana: Employee, ben: Employee, on_early_shift: Assigned, punched: Punched) -> list[Employee]:
    """In, late and gone, absent, forgotten, on leave, at night, without a shift, and where the day is another one."""
    night = Shift.objects.create(name="Night", starts_at=time(22), ends_at=time(6), weekdays=[0, 1, 2, 3, 4, 5, 6])
    hired = date(2026, 1, 1)
    others = [
        employee_create(number=f"C{number}", first_name="Cleo", hired_on=hired, time_zone=zone)
        for number, zone in enumerate(["Europe/Madrid"] * 5 + ["Pacific/Auckland", "America/Los_Angeles"])
    ]
    for one in (ana, ben, *others[:2], *others[5:]):
        on_early_shift(one)
    ShiftAssignment.objects.create(employee=others[2], shift=night, valid_from=hired)
    leaver = employee_create(number="L1", first_name="Leo", hired_on=hired, left_on=TUESDAY)
    on_early_shift(leaver)
    vacation = AbsenceType.objects.create(code="vacation", name="Vacation")
    absent = {"employee": others[1], "kind": vacation, "state": RequestState.APPROVED}
    Absence.objects.create(first=TUESDAY, last=TUESDAY, **absent)
    for person, direction, moment in (
        (ana, "in", "2026-11-24T08:58"),
        (ben, "in", "2026-11-23T09:20"),
        (ben, "out", "2026-11-23T15:00"),
        (ben, "in", "2026-11-24T09:40"),
        (ben, "out", "2026-11-24T09:50"),
        (others[0], "in", "2026-11-23T09:00"),
        (others[2], "in", "2026-11-23T22:00"),
        (others[3], "in", "2026-11-24T09:30"),
        (others[5], "in", "2026-11-24T20:55"),
        (leaver, "in", "2026-11-23T09:00"),
    ):
        punched(person, direction, moment)
    return [ana, ben, *others, leaver]


def said(now: datetime) -> list[Any]:
    found = shown(everybody_now(employees=Employee.objects.all(), now=now).people)
    # A punch that is kept has no key: nobody asks for it here.
    return [
        (one.employee, one.state, one.punch and (one.punch.at, one.punch.zone), one.late, one.starts) for one in found
    ]


def counted(now: datetime) -> list[Any]:
    found = presence_now(employees=Employee.objects.all(), now=now).people
    return [
        (one.employee, one.state, one.punch and (one.punch.at, one.punch.zone), one.late, one.starts) for one in found
    ]


def test_at_each_instant_until_it_ends_it_says_what_counting_then_says(company: list[Employee]) -> None:
    begin = at("2026-11-24T10:00")
    results_refresh(now=begin)
    assert not DirtySpan.objects.exists()
    end = CurrentState.objects.get(employee=company[0]).until
    assert end == datetime(2026, 11, 26, tzinfo=UTC)
    everybody = Employee.objects.all()
    moments = [begin + number * timedelta(minutes=53) for number in range(43)]
    edges = ["2026-11-24T09:05", "2026-11-24T17:00", "2026-11-24T22:05", "2026-11-25T06:00", "2026-11-25T09:05"]
    near = (timedelta(), timedelta(microseconds=1), timedelta(seconds=1))
    moments += [at(edge) + some for edge in edges for some in near]
    for moment in sorted(one for one in moments if begin <= one <= end):
        assert said(moment) == counted(moment), moment
        first, last = moment.date() - timedelta(days=1), moment.date() + timedelta(days=1)
        kept = unsettled_days(employees=everybody, first=first, last=last, now=moment)
        assert len(kept) == len(company)
        for number in range(3):
            day = first + timedelta(days=number)
            for row in day_report(employees=everybody, day=day, now=moment).rows:
                figures, short = row.summary.result.figures, kept[row.employee.pk][day]
                assert short.status == figures.status.value, (row.employee, day, moment)
                assert short[1:] == (
                    figures.late,
                    figures.missing_in,
                    figures.missing_out,
                    figures.absent,
                    figures.worked,
                    figures.unplanned,
                ), (row.employee, day, moment)


def test_a_punch_a_plan_and_an_end_are_seen_at_once(
    company: list[Employee], punched: Punched, early_shift: Shift
) -> None:
    begin = at("2026-11-24T10:00")
    results_refresh(now=begin)
    punched(company[0], "out", "2026-11-24T10:05")
    assert said(at("2026-11-24T10:06")) == counted(at("2026-11-24T10:06"))
    results_refresh(now=at("2026-11-24T10:07"))
    assert said(at("2026-11-24T10:08")) == counted(at("2026-11-24T10:08"))
    early_shift.starts_at = time(8)
    early_shift.save()
    assert said(at("2026-11-24T10:09")) == counted(at("2026-11-24T10:09"))
    # What has ended, or has not begun, is no longer or not yet true.
    for moment in (at("2026-11-24T09:30"), at("2026-11-27T12:00")):
        assert said(moment) == counted(moment)


def test_what_a_worker_counts_while_a_page_reads_is_no_older_than_the_page(
    company: list[Employee], punched: Punched
) -> None:
    now = at("2026-11-24T11:00")
    results_refresh(now=now)
    states_renew(now=now)
    punched(company[1], "in", "2026-11-24T10:58")
    assert DirtySpan.objects.exists()
    with counted_meanwhile(CurrentState, now):
        found = said(now)
    assert found == counted(now)


def test_it_is_counted_anew_before_it_ends_and_no_sooner(company: list[Employee]) -> None:
    begin = at("2026-11-24T10:00")
    results_refresh(now=begin)
    assert states_renew(now=at("2026-11-25T12:30")) == 0
    assert states_renew(now=at("2026-11-25T13:30")) == 10
    assert states_renew(now=at("2026-11-25T13:40")) == 0
    assert said(at("2026-11-26T02:00")) == counted(at("2026-11-26T02:00"))


def test_a_thousand_people_are_told_apart_in_four_statements(company: list[Employee]) -> None:
    results_refresh(now=at("2026-11-24T10:00"))
    with CaptureQueriesContext(connection) as queries:
        found = everybody_now(employees=Employee.objects.all(), now=at("2026-11-24T10:30"))
        assert len(shown(found.people)) == len(company)
    assert len(queries) == 4
    assert found.count("in") == len(found.of("in"))
