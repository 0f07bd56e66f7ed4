"""Stored days: counted in the background, marked where something changed, right for the reader at every moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from attendance.models import (
    Absence,
    AbsenceType,
    ClockEvent,
    CompanyHoliday,
    DayResult,
    DirtySpan,
    Shift,
    ShiftAssignment,
    WorkPolicy,
)
from attendance.rules.calculate import calculate
from attendance.selectors import day_totals
from attendance.selectors.locked import LockedDays
from attendance.selectors.timesheets import timesheet, timesheets
from attendance.services.clock import clock
from attendance.services.results import results_catch_up, results_rebuild, results_refresh, results_verify
from attendance.tests.fixtures import MADRID, Punched, counted_meanwhile
from employees.models import Department, Employee, Posting
from employees.services import employee_create
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db

Assigned = Callable[[Employee], Employee]
FIRST, LAST = date(2026, 11, 2), date(2026, 11, 8)
NOW = datetime(2026, 11, 20, 12, tzinfo=MADRID)


@pytest.fixture
def week(ana: Employee, on_early_shift: Assigned, punched: Punched) -> Employee:
    """Ana's week: 9 to 17, Wednesday's check-out forgotten, Friday not there."""
    on_early_shift(ana)
    employ(ana, hired_on=date(2026, 10, 1))
    for day, moments in {2: "09:00 17:00", 3: "09:20 17:00", 4: "09:00", 5: "09:00 18:30"}.items():
        for number, moment in enumerate(moments.split()):
            punched(ana, "out" if number else "in", f"2026-11-0{day}T{moment}")
    return ana


def hours(employee: Employee, now: datetime = NOW) -> list[float]:
    people = Employee.objects.filter(pk=employee.pk)
    (sums,) = timesheets(employees=people, first=FIRST, last=LAST, now=now)
    return [one.figures.worked / 3600 for one in sums.result.days]


def stored(employee: Employee) -> dict[int, int]:
    rows = DayResult.objects.filter(employee=employee, day__gte=FIRST, day__lte=LAST)
    return {row.day.day: row.worked for row in rows}


EXPECTED = [8, 7 + 40 / 60, 0, 9.5, 0, 0, 0]


def test_a_reader_sees_the_right_hours_before_and_after_they_are_stored(week: Employee) -> None:
    assert hours(week) == EXPECTED
    assert stored(week) == {}
    results_refresh(now=NOW)
    assert stored(week)[2] == 8 * 3600
    assert not DirtySpan.objects.exists()
    assert hours(week) == EXPECTED


def test_the_whole_timesheet_and_the_sums_agree(week: Employee) -> None:
    results_refresh(now=NOW)
    sheet = timesheet(employee=week, first=FIRST, last=LAST, now=NOW)
    (sums,) = timesheets(employees=Employee.objects.filter(pk=week.pk), first=FIRST, last=LAST, now=NOW)
    assert sums.result == sheet.result
    assert (sheet.result.total("late"), sheet.result.total("missing_out"), sheet.result.total("absent")) == (
        20 * 60,
        1,
        8 * 3600,
    )
    assert [why.rule for why in sheet.days[1].explanations if why.figure == "late"] == ["after_grace"]


def test_stored_days_know_which_overtime_the_first_hours_of_a_week_are_limited_for(
    ana: Employee, on_early_shift: Assigned, punched: Punched
) -> None:
    on_early_shift(ana)
    day = {"scope": "day", "after": 480, "tier": 200, "limit": 120, "beyond": 300}
    WorkPolicy.objects.create(
        name="Two hours double", valid_from=FIRST, overtime=[day, {"scope": "weekend", "after": 0, "tier": 200}]
    )
    for number in (3, 4, 7):
        punched(ana, "in", f"2026-11-0{number}T09:00")
        punched(ana, "out", f"2026-11-0{number}T19:00")
    people = Employee.objects.filter(pk=ana.pk)
    (before,) = timesheets(employees=people, first=FIRST, last=LAST, now=NOW)
    results_refresh(now=NOW)
    (after,) = timesheets(employees=people, first=FIRST, last=LAST, now=NOW)
    # Two hours of each weekday are overtime of the day: two double, two triple; Saturday's ten are the weekend's.
    assert before.result.overtime == after.result.overtime == {200: 12 * 3600, 300: 2 * 3600}


def test_a_punch_that_comes_late_is_seen_at_once_and_stored_soon(week: Employee, punched: Punched) -> None:
    results_refresh(now=NOW)
    punched(week, "out", "2026-11-04T17:00")
    assert stored(week)[4] == 0
    assert hours(week)[2] == 8
    results_refresh(now=NOW)
    assert stored(week)[4] == 8 * 3600
    assert hours(week)[2] == 8


def test_a_reader_sees_the_right_hours_while_they_are_stored(week: Employee, punched: Punched) -> None:
    results_refresh(now=NOW)
    punched(week, "out", "2026-11-04T17:00")
    with counted_meanwhile(DayResult, NOW):
        assert hours(week)[2] == 8
    day, everybody = date(2026, 11, 3), Employee.objects.all()
    punched(week, "in", "2026-11-03T18:00")
    punched(week, "out", "2026-11-03T19:00")
    with counted_meanwhile(DayResult, NOW):
        totals = day_totals(employees=everybody, closed=LockedDays(day, day), now=NOW)
    assert totals.worked == timedelta(hours=8, minutes=40)


def test_bulk_added_punches_mark_their_days_too(week: Employee) -> None:
    results_refresh(now=NOW)
    event = ClockEvent(
        employee=week,
        direction="out",
        at=datetime(2026, 11, 4, 17, tzinfo=MADRID),
        zone="Europe/Madrid",
        method="api",
        idempotency_key="bulk",
    )
    ClockEvent.objects.bulk_create([event])
    assert hours(week)[2] == 8


def test_a_device_without_a_direction_is_read_in_pairs(ana: Employee, on_early_shift: Assigned) -> None:
    on_early_shift(ana)
    yesterday = timezone.now().astimezone(MADRID).replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=1)
    for hours_later in (0, 3, 4, 8):
        clock(
            employee=ana,
            direction="any",
            at=yesterday + timedelta(hours=hours_later),
            zone="Europe/Madrid",
            method="api",
            idempotency_key=f"turnstile-{hours_later}",
        )
    day = timesheet(employee=ana, first=yesterday.date(), last=yesterday.date()).days[0]
    assert (day.figures.worked, day.figures.taken_break + day.figures.worked) == (7 * 3600, 8 * 3600)


def test_refreshing_twice_changes_nothing(week: Employee) -> None:
    results_refresh(now=NOW)
    before = list(DayResult.objects.order_by("day").values())
    assert results_refresh(now=NOW) == 0
    call_command("attendance_verify", "--from", "2026-11-02", "--to", "2026-11-08")
    assert list(DayResult.objects.order_by("day").values()) == before


def _longer_grace(shift: Shift) -> None:
    shift.grace_minutes = 30
    shift.save()


@pytest.mark.parametrize(
    ("change", "figure", "expected"),
    [
        (lambda ana: _longer_grace(Shift.objects.get()), "late", 0),
        (lambda ana: CompanyHoliday.objects.create(day=date(2026, 11, 6), name="Bridge"), "absent", 0),
        (
            lambda ana: Absence.objects.create(
                employee=ana,
                kind=AbsenceType.objects.create(code="v", name="Vacation"),
                first=date(2026, 11, 6),
                last=date(2026, 11, 6),
                state="approved",
            ),
            "absent",
            0,
        ),
        (
            lambda ana: WorkPolicy.objects.create(
                name="Break", valid_from=date(2026, 11, 5), breaks=[{"after": 360, "length": 30}]
            ),
            "auto_break",
            1800,
        ),
        (
            lambda ana: ShiftAssignment.objects.update_or_create(defaults={"valid_to": date(2026, 11, 4)}),
            "absent",
            0,
        ),
        (
            lambda ana: WorkPolicy.objects.create(
                name="Workshop",
                department=ana.department,
                valid_from=date(2026, 11, 1),
                round_in_minutes=15,
                round_in="up",
            ),
            "worked",
            (25 * 3600),
        ),
    ],
)
def test_a_changed_rule_changes_the_days_it_is_about(
    week: Employee, change: Callable[[Employee], object], figure: str, expected: int
) -> None:
    results_refresh(now=NOW)
    change(week)
    people = Employee.objects.filter(pk=week.pk)
    (sums,) = timesheets(employees=people, first=FIRST, last=LAST, now=NOW)
    assert sums.result.total(figure) == expected
    results_refresh(now=NOW)
    (sums,) = timesheets(employees=people, first=FIRST, last=LAST, now=NOW)
    assert sums.result.total(figure) == expected
    assert list(results_verify(employees=people, first=FIRST, last=LAST, now=NOW)) == []


def test_who_moves_keeps_the_past_of_the_old_zone(week: Employee) -> None:
    results_refresh()
    before = timesheet(employee=week, first=FIRST, last=LAST, now=NOW).result
    week.time_zone = "America/New_York"
    week.save()
    assert Posting.objects.filter(employee=week).count() == 2
    assert DirtySpan.objects.filter(first__lt=date(1950, 1, 1)).exists()
    assert timesheet(employee=week, first=FIRST, last=LAST, now=NOW).result == before
    results_refresh()
    assert list(results_verify(employees=Employee.objects.all(), first=FIRST, last=LAST)) == []


@pytest.mark.parametrize(
    ("changes", "marked"), [({}, False), ({"name": "Ours"}, False), ({"short_break_minutes": 7}, True)]
)
def test_only_what_days_are_counted_by_has_them_counted_again(
    week: Employee, changes: dict[str, object], marked: bool
) -> None:
    policy = WorkPolicy.objects.create(name="House rules", valid_from=date(2020, 1, 1))
    results_refresh()
    for name, value in changes.items():
        setattr(policy, name, value)
    policy.save()
    assert DirtySpan.objects.exists() == marked


def test_years_are_counted_in_parts_and_none_is_left_out(week: Employee) -> None:
    first = date(2024, 1, 1)
    week.employment.update(hired_on=first)
    results_rebuild(employees=Employee.objects.filter(pk=week.pk), first=first, last=LAST)
    results_refresh(now=NOW)
    kept = DayResult.objects.filter(employee=week, day__range=(first, LAST)).order_by("day")
    assert list(kept.values_list("day", flat=True)) == [
        first + timedelta(days=number) for number in range((LAST - first).days + 1)
    ]
    assert not DirtySpan.objects.exists()


def test_days_before_there_was_anything_are_not_counted(week: Employee, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[date] = []
    calculated = calculate

    def noted(*arguments: Any, first: date, **options: Any) -> Any:
        asked.append(first)
        return calculated(*arguments, first=first, **options)

    monkeypatch.setattr("attendance.services.results.calculate", noted)
    results_rebuild(employees=Employee.objects.filter(pk=week.pk), first=date(1900, 1, 1), last=LAST)

    results_refresh(now=NOW)

    assert min(asked) == date(2026, 10, 1)
    assert not DirtySpan.objects.exists()


def test_what_becomes_settled_is_counted_by_itself(week: Employee) -> None:
    DirtySpan.objects.all().delete()
    assert results_catch_up(now=NOW) == 1
    results_refresh(now=NOW)
    assert max(DayResult.objects.values_list("day", flat=True)) == date(2026, 11, 18)
    assert results_catch_up(now=NOW) == 0
    assert results_catch_up(now=NOW + timedelta(days=1)) == 1


def test_verify_finds_a_result_that_somebody_changed(week: Employee, capsys: pytest.CaptureFixture[str]) -> None:
    results_refresh(now=NOW)
    DayResult.objects.filter(employee=week, day=date(2026, 11, 2)).update(worked=1)
    with pytest.raises(CommandError, match="--repair"):
        call_command("attendance_verify", "--from", "2026-11-02", "--to", "2026-11-08")
    assert "1001 2026-11-02: worked 1 instead of 28800" in capsys.readouterr().out
    call_command("attendance_verify", "--from", "2026-11-02", "--to", "2026-11-08", "--repair")
    call_command("attendance_verify", "--from", "2026-11-02", "--to", "2026-11-08")
    assert "7 stored days compared with the events, 0 differ" in capsys.readouterr().out


def test_verify_says_who_is_not_there() -> None:
    with pytest.raises(CommandError, match="no employee"):
        call_command("attendance_verify", "--employee", "nobody")


def test_rotating_shifts_come_before_weekly_ones(ana: Employee, on_early_shift: Assigned) -> None:
    on_early_shift(ana)
    night = Shift.objects.create(name="Night", starts_at=time(22), ends_at=time(6), weekdays=[])
    ShiftAssignment.objects.create(
        employee=ana, shift=night, valid_from=date(2026, 11, 1), pattern="FREQ=DAILY;INTERVAL=4", run_days=2
    )
    sheet = timesheet(employee=ana, first=FIRST, last=LAST, now=NOW)
    worked = [[shift.name for shift in one.plan.shifts] for one in sheet.days]
    assert worked == [["Night"], ["Early"], ["Early"], ["Night"], ["Night"], [], []]


@pytest.mark.parametrize("counted", [True, False])
def test_the_number_of_queries_grows_with_neither_people_nor_days(
    week: Employee, early_shift: Shift, punched: Punched, department: Department, counted: bool
) -> None:
    def questions(last: date) -> int:
        with CaptureQueriesContext(connection) as queries:
            sums = list(timesheets(employees=Employee.objects.all(), first=FIRST, last=last, now=NOW))
        assert sums
        return len(queries)

    if counted:
        results_refresh(now=NOW)
    few = questions(FIRST)
    for number in range(20):
        person = employee_create(number=f"T{number}", first_name="Demo", department=department)
        employ(person, hired_on=date(2026, 10, 1), time_zone="Europe/Madrid")
        ShiftAssignment.objects.create(employee=person, shift=early_shift, valid_from=date(2020, 1, 1))
        punched(person, "in", "2026-11-03T09:00")
    if counted:
        results_refresh(now=NOW)
    assert questions(LAST) <= max(few, 17)
    assert few <= 17


def test_a_persons_month_takes_few_queries_whatever_happened(week: Employee) -> None:
    with CaptureQueriesContext(connection) as queries:
        timesheet(employee=week, first=date(2026, 11, 1), last=date(2026, 11, 30), now=NOW)
    assert len(queries) <= 14
