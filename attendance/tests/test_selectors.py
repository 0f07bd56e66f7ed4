"""Who is in, a day, a month: what they say, and that they ask the same number of questions however many people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance.models import ClockEvent, Shift, ShiftAssignment
from attendance.rules.expected import State
from attendance.selectors import day_report, day_totals, narrow, presence_now
from attendance.selectors.locked import LockedDays
from attendance.selectors.summaries import DaySummary
from attendance.selectors.timesheets import timesheet, timesheets
from attendance.tests.fixtures import MADRID, Punched
from common.testing import together
from employees.models import Department, Employee, User
from employees.services import employee_create
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db

TUESDAY = date(2026, 11, 24)
Assigned = Callable[[Employee], Employee]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MADRID)


def states(now: str) -> dict[str, tuple[State, int]]:
    presence = presence_now(employees=Employee.objects.all(), now=at(now))
    return {
        person.employee.number: (person.state, int(person.late.total_seconds() // 60)) for person in presence.people
    }


def test_in_late_absent_and_gone(ana: Employee, ben: Employee, on_early_shift: Assigned, punched: Punched) -> None:
    on_early_shift(ana)
    on_early_shift(ben)
    assert states("2026-11-24T08:30") == {"1001": (State.EXPECTED, 0), "1002": (State.EXPECTED, 0)}
    punched(ana, "in", "2026-11-24T08:58")
    assert states("2026-11-24T09:04") == {"1001": (State.IN, 0), "1002": (State.EXPECTED, 0)}
    assert states("2026-11-24T09:20") == {"1001": (State.IN, 0), "1002": (State.ABSENT, 0)}
    punched(ben, "in", "2026-11-24T09:32")
    assert states("2026-11-24T10:00") == {"1001": (State.IN, 0), "1002": (State.IN, 32)}
    punched(ana, "out", "2026-11-24T17:00")
    assert states("2026-11-24T17:30") == {"1001": (State.OUT, 0), "1002": (State.IN, 32)}


def test_the_lists_of_the_page(ana: Employee, ben: Employee, on_early_shift: Assigned, punched: Punched) -> None:
    on_early_shift(ana)
    on_early_shift(ben)
    punched(ana, "in", "2026-11-24T09:30")
    presence = presence_now(employees=Employee.objects.all(), now=at("2026-11-24T10:00"))
    assert [person.employee for person in presence.present] == [ana]
    assert [person.employee for person in presence.late] == [ana]
    assert [person.employee for person in presence.absent] == [ben]
    assert presence.gone == []
    assert presence.absent[0].starts is not None
    assert presence.absent[0].starts.time() == time(9)


def test_a_forgotten_check_out_is_not_in_the_next_morning(
    ana: Employee, on_early_shift: Assigned, punched: Punched
) -> None:
    on_early_shift(ana)
    punched(ana, "in", "2026-11-23T09:00")
    assert states("2026-11-24T08:30") == {"1001": (State.EXPECTED, 0)}
    punched(ana, "in", "2026-11-24T09:00")
    assert states("2026-11-24T09:30") == {"1001": (State.IN, 0)}


def test_at_night_the_shift_of_yesterday_evening_counts(ana: Employee, ben: Employee, punched: Punched) -> None:
    night = Shift.objects.create(name="Night", starts_at=time(22), ends_at=time(6), weekdays=list(range(7)))
    for person in (ana, ben):
        employ(person, hired_on=date(2020, 1, 1), time_zone="Europe/Madrid")
        ShiftAssignment.objects.create(employee=person, shift=night, valid_from=date(2020, 1, 1))
    punched(ana, "in", "2026-11-23T22:20")
    assert states("2026-11-24T02:00") == {"1001": (State.IN, 20), "1002": (State.ABSENT, 0)}
    assert states("2026-11-24T12:00")["1002"] == (State.EXPECTED, 0)


def test_who_has_left_or_not_begun_is_not_listed(ana: Employee, ben: Employee) -> None:
    employ(ana, hired_on=date(2020, 1, 1), left_on=date(2026, 11, 23))
    employ(ben, hired_on=date(2026, 11, 25))
    assert states("2026-11-24T10:00") == {}
    report = day_report(employees=Employee.objects.all(), day=date(2026, 11, 23), now=at("2026-11-24T10:00"))
    assert [row.employee for row in report.rows] == [ana]


def test_a_day(ana: Employee, ben: Employee, on_early_shift: Assigned, punched: Punched) -> None:
    on_early_shift(ana)
    on_early_shift(ben)
    for direction, when in [("in", "09:10"), ("out", "13:00"), ("in", "14:00"), ("out", "18:00")]:
        punched(ana, direction, f"2026-11-24T{when}")
    report = day_report(employees=Employee.objects.order_by("number"), day=TUESDAY, now=at("2026-11-25T09:00"))
    first, second = report.rows
    assert first.first is not None
    assert first.last is not None
    assert (f"{first.first.local:%H:%M}", f"{first.last.local:%H:%M}") == ("09:10", "18:00")
    assert first.summary.worked == timedelta(hours=7, minutes=50)
    assert first.summary.late == timedelta(minutes=10)
    assert first.summary.state == State.PRESENT
    assert second.summary.state == State.ABSENT
    assert second.first is None
    totals = day_totals(
        employees=Employee.objects.all(), closed=LockedDays(TUESDAY, TUESDAY), now=at("2026-11-25T09:00")
    )
    assert (totals.present, totals.absent, totals.late, totals.missing) == (1, 1, 1, 0)
    assert totals.worked == timedelta(hours=7, minutes=50)


def test_a_day_in_a_far_zone_holds_its_own_punches(ana: Employee, punched: Punched) -> None:
    employ(ana, hired_on=date(2020, 1, 1), time_zone="Pacific/Kiritimati")
    punched(ana, "in", "2026-11-24T00:30", "Pacific/Kiritimati")
    punched(ana, "out", "2026-11-24T08:30", "Pacific/Kiritimati")
    (row,) = day_report(employees=Employee.objects.all(), day=TUESDAY, now=at("2026-11-26T09:00")).rows
    assert row.summary.worked == timedelta(hours=8)
    (before,) = day_report(employees=Employee.objects.all(), day=date(2026, 11, 23), now=at("2026-11-26T09:00")).rows
    assert before.summary.intervals == ()


def test_a_corrected_event_is_read_in_place_of_the_wrong_one(ana: Employee, hr: User, punched: Punched) -> None:
    employ(ana, hired_on=date(2020, 1, 1))
    punched(ana, "in", "2026-11-24T09:00")
    wrong = punched(ana, "out", "2026-11-24T12:00")
    ClockEvent.objects.create(
        employee=ana,
        direction="out",
        at=at("2026-11-24T17:00"),
        zone="Europe/Madrid",
        method="manual",
        author=hr,
        reason="Left at five",
        replaces=wrong,
        idempotency_key="correction",
    )
    (row,) = day_report(employees=Employee.objects.filter(pk=ana.pk), day=TUESDAY, now=at("2026-11-25T09:00")).rows
    assert row.summary.worked == timedelta(hours=8)


def test_a_month(ana: Employee, on_early_shift: Assigned, punched: Punched) -> None:
    on_early_shift(ana)
    for direction, when in [
        ("in", "02T09:00"),
        ("out", "02T17:00"),
        ("in", "03T09:00"),
        ("in", "04T09:20"),
        ("out", "04T17:20"),
        ("out", "05T17:00"),
        ("in", "30T22:00"),
        ("out", "30T23:00"),
    ]:
        punched(ana, direction, f"2026-11-{when}")
    punched(ana, "in", "2026-10-31T23:00")
    punched(ana, "out", "2026-11-01T05:00")
    november = date(2026, 11, 1), date(2026, 11, 30)
    report = timesheet(employee=ana, first=november[0], last=november[1], now=at("2026-12-15T12:00"))
    days = {one.day.day: one for one in map(DaySummary, report.days)}
    assert list(days) == list(range(1, 31))
    assert days[1].intervals == ()
    assert days[2].worked == timedelta(hours=8)
    assert days[3].missing == ("out",)
    assert days[4].late == timedelta(minutes=20)
    assert days[5].missing == ("in",)
    assert days[6].state == State.ABSENT
    assert days[7].state == State.OFF
    assert report.result.total("worked") == 17 * 3600
    october = timesheet(employee=ana, first=date(2026, 10, 1), last=date(2026, 10, 31), now=at("2026-12-15T12:00"))
    assert october.days[-1].figures.worked == 6 * 3600


def test_the_month_goes_as_far_as_today(ana: Employee) -> None:
    now = at("2026-11-24T12:00")
    assert len(timesheet(employee=ana, first=date(2026, 11, 1), last=date(2026, 11, 30), now=now).days) == 24
    assert timesheet(employee=ana, first=date(2027, 1, 1), last=date(2027, 1, 31), now=now).days == []


@pytest.mark.parametrize(
    ("read", "most"),
    [
        (lambda: presence_now(employees=Employee.objects.all()).people, 10),
        (lambda: day_report(employees=Employee.objects.all(), day=TUESDAY).rows, 11),
        (lambda: timesheet(employee=Employee.objects.get(number="1001"), first=TUESDAY, last=TUESDAY).days, 15),
    ],
)
def test_the_number_of_queries_does_not_grow_with_the_people(
    ana: Employee, early_shift: Shift, punched: Punched, read: Callable[[], Any], most: int
) -> None:
    for number in range(30):
        person = employee_create(number=f"Q{number}", first_name="Demo", department=ana.department)
        employ(person, hired_on=date(2020, 1, 1))
        ShiftAssignment.objects.create(employee=person, shift=early_shift, valid_from=date(2020, 1, 1))
        punched(person, "in", "2026-11-24T09:00")
    with CaptureQueriesContext(connection) as queries:
        assert [str(row) for row in read()]
    assert len(queries) <= most, [query["sql"] for query in queries]


def test_narrowing_by_department_and_words(ana: Employee, ben: Employee, department: Department) -> None:
    everybody = Employee.objects.all()
    assert list(narrow(everybody, department=department, search="")) == [ana]
    assert list(narrow(everybody, department=None, search="demo ben")) == [ben]
    assert list(narrow(everybody, department=None, search="1002")) == [ben]
    assert list(narrow(everybody, department=department, search="ben")) == []


@pytest.mark.django_db(transaction=True)
def test_whoever_reads_timesheets_may_write_between_two_people_though_another_process_wrote(
    ana: Employee, ben: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attendance.selectors.timesheets.BATCH", 1)
    employ(Employee.objects.all(), hired_on=date(2020, 1, 1))
    people = Employee.objects.order_by("number")
    found = timesheets(employees=people, first=TUESDAY, last=TUESDAY)

    assert next(found).employee == ana
    together(lambda: Employee.objects.filter(pk=ben.pk).update(last_name="Elsewhere"))
    # SQLite refused this at once, "database is locked", and an export failed for it.
    Employee.objects.filter(pk=ana.pk).update(last_name="Here")

    assert [one.employee for one in found] == [ben]
