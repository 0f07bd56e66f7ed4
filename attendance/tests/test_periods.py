"""Periods: approved by both, locked, unchanged by whatever comes later, reopened by HR with a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from attendance.models import Adjustment, ClockEvent, DayResult, Period, PeriodAct, Shift, WorkPolicy
from attendance.refusals import AttendanceRefused
from attendance.selectors.timesheets import timesheet, timesheets
from attendance.services.adjustments import adjustment_add, adjustment_propose
from attendance.services.approvals import period_approve
from attendance.services.clock import clock
from attendance.services.corrections import punch_add, request_approve, request_file
from attendance.services.periods import (
    period_create,
    period_lock,
    period_reopen,
)
from attendance.services.results import results_refresh
from attendance.services.undo import clock_undo
from attendance.tests.fixtures import MADRID, Punched
from employees.models import Employee, User
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db

Assigned = Callable[[Employee], Employee]


def refused(code: str) -> Any:
    return pytest.raises(AttendanceRefused, check=lambda error: error.code == code)


@pytest.fixture
def month() -> tuple[date, date]:
    """The four weeks that ended a week ago: never in the future, whenever the tests run."""
    last = timezone.now().date() - timedelta(days=7)
    return last - timedelta(days=27), last


@pytest.fixture
def day(month: tuple[date, date]) -> date:
    """A weekday inside, not near the edges."""
    found = month[0] + timedelta(days=10)
    return found if found.weekday() < 5 else found + timedelta(days=2)


@pytest.fixture
def cleo(colleague: User, on_early_shift: Assigned, punched: Punched, day: date) -> Employee:
    """Came at nine on that day, and forgot to clock out."""
    person = on_early_shift(colleague.employee)
    punched(person, "in", at(day, 9))
    return person


@pytest.fixture
def period(month: tuple[date, date], hr: User) -> Period:
    return period_create(first=month[0], last=month[1], by=hr)


def at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=MADRID)


def worked(employee: Employee, day: date) -> int:
    """The same by both ways of reading."""
    (sums,) = timesheets(employees=Employee.objects.filter(pk=employee.pk), first=day, last=day)
    sheet = timesheet(employee=employee, first=day, last=day)
    assert sums.result.total("worked") == sheet.result.total("worked")
    return sheet.result.total("worked")


def test_approved_by_person_and_manager_then_locked(
    period: Period, cleo: Employee, colleague: User, manager: User, outsider_manager: User, hr: User
) -> None:
    employ(Employee.objects.exclude(pk=cleo.pk), hired_on=timezone.now().date())
    with refused("not_allowed"):
        period_approve(period=period, employee=cleo, by=outsider_manager)
    period_approve(period=period, employee=cleo, by=colleague)
    with refused("not_approved"):
        period_lock(period=period, by=hr)
    period_approve(period=period, employee=cleo, by=manager)
    with refused("punches_missing"):
        period_lock(period=period, by=hr)
    assert period_lock(period=period, by=hr, reason="She was there").state == "locked"
    assert period_lock(period=period, by=hr).acts.count() == 1
    with refused("period_locked"):
        period_approve(period=period, employee=cleo, by=colleague)


def test_only_hr_makes_locks_and_reopens(period: Period, manager: User) -> None:
    with refused("not_allowed"):
        period_create(first=date(2020, 1, 1), last=date(2020, 1, 31), by=manager)
    with refused("not_allowed"):
        period_lock(period=period, by=manager, reason="x")
    with refused("not_allowed"):
        period_reopen(period=period, by=manager, reason="x")
    assert Period.objects.get().state == "open"


def test_periods_do_not_overlap_and_are_not_locked_before_they_are_over(period: Period, hr: User) -> None:
    with refused("overlaps"):
        period_create(first=period.last, last=period.last + timedelta(days=30), by=hr)
    going_on = period_create(first=period.last + timedelta(days=1), last=timezone.now().date(), by=hr)
    with refused("not_over"):
        period_lock(period=going_on, by=hr, reason="x")
    with refused("dates"):
        period_create(first=period.last, last=period.first, by=hr)


def test_a_locked_day_stays_whatever_comes_later(
    period: Period, cleo: Employee, colleague: User, hr: User, day: date, punched: Punched
) -> None:
    period_lock(period=period, by=hr, reason="Payday")
    with pytest.raises(AttendanceRefused, check=lambda error: error.code == "period_locked"):
        punch_add(employee=cleo, direction="out", at=at(day, 17), zone="Europe/Madrid", reason="x", author=hr)
    with pytest.raises(AttendanceRefused, check=lambda error: error.code == "period_locked"):
        clock(
            employee=cleo,
            direction="out",
            at=at(day, 17),
            zone="Europe/Madrid",
            method="manual",
            author=hr,
            reason="x",
            idempotency_key="by-hand",
        )
    with pytest.raises(AttendanceRefused, check=lambda error: error.code == "period_locked"):
        clock_undo(event=ClockEvent.objects.get(employee=cleo), author=hr, reason="x")
    # A kiosk that was offline: what it saw is kept, and changes nothing.
    assert clock(
        employee=cleo, direction="out", at=at(day, 17), zone="Europe/Madrid", method="pin", idempotency_key="late"
    ).created
    shift = Shift.objects.get()
    shift.grace_minutes = 55
    shift.save()
    WorkPolicy.objects.create(name="New", valid_from=day - timedelta(days=3), round_in_minutes=60)
    results_refresh()
    assert worked(cleo, day) == 0
    assert adjustment_propose(employee=cleo, day=day)[0] == 8 * 3600


def test_a_request_for_a_day_that_is_locked_meanwhile_is_refused(
    period: Period, cleo: Employee, colleague: User, manager: User, hr: User, day: date
) -> None:
    request = request_file(employee=cleo, by=colleague, kind="add", direction="out", at=at(day, 17), reason="Forgot")
    with refused("requests_waiting"):
        period_lock(period=period, by=hr, reason="Payday")
    Period.objects.update(state="locked", locked_at=timezone.now())
    with pytest.raises(AttendanceRefused, check=lambda error: error.code == "period_locked"):
        request_approve(request=request, by=manager)
    request.refresh_from_db()
    assert request.state == "requested"
    assert ClockEvent.objects.count() == 1


def test_an_adjustment_goes_to_the_next_open_day(
    period: Period, cleo: Employee, manager: User, hr: User, day: date
) -> None:
    with refused("not_locked"):
        adjustment_add(employee=cleo, about_day=day, seconds=3600, reason="x", author=hr)
    period_lock(period=period, by=hr, reason="Payday")
    with refused("not_allowed"):
        adjustment_add(employee=cleo, about_day=day, seconds=3600, reason="x", author=manager)
    with refused("nothing"):
        adjustment_add(employee=cleo, about_day=day, seconds=0, reason="x", author=hr)
    made = adjustment_add(employee=cleo, about_day=day, seconds=8 * 3600, reason="Forgot", author=hr)
    assert made.day == period.last + timedelta(days=1)
    sheet = timesheet(employee=cleo, first=made.day, last=made.day)
    assert (sheet.adjusted, list(sheet.adjustments)) == (8 * 3600, [made])
    assert Adjustment.objects.count() == 1


def test_reopened_with_a_reason_what_came_late_is_counted(period: Period, cleo: Employee, hr: User, day: date) -> None:
    period_lock(period=period, by=hr, reason="Payday")
    clock(employee=cleo, direction="out", at=at(day, 17), zone="Europe/Madrid", method="pin", idempotency_key="late")
    results_refresh()
    with refused("reason_missing"):
        period_reopen(period=period, by=hr, reason=" ")
    period_reopen(period=period, by=hr, reason="A kiosk was offline")
    assert worked(cleo, day) == 8 * 3600
    results_refresh()
    assert worked(cleo, day) == 8 * 3600
    assert list(PeriodAct.objects.values_list("act", flat=True)) == ["lock", "reopen"]


def test_verify_counts_a_locked_period_from_what_was_known_then(
    period: Period, cleo: Employee, hr: User, day: date, capsys: pytest.CaptureFixture[str]
) -> None:
    period_lock(period=period, by=hr, reason="Payday")
    clock(employee=cleo, direction="out", at=at(day, 17), zone="Europe/Madrid", method="pin", idempotency_key="late")
    call_command("attendance_verify", "--employee", cleo.number, "--from", period.first.isoformat())
    assert "0 differ" in capsys.readouterr().out


def test_a_period_lasts_at_most_a_year_and_may_be_a_day(hr: User, manager: User) -> None:
    first = date(2024, 1, 1)
    with refused("dates"):
        period_create(first=first, last=first + timedelta(days=367), by=hr)
    assert period_create(first=first, last=first + timedelta(days=366), by=hr).pk
    assert period_create(first=first - timedelta(days=1), last=first - timedelta(days=1), by=hr).pk
    with refused("overlaps"):
        period_create(first=first + timedelta(days=366), last=first + timedelta(days=400), by=hr)


@pytest.mark.parametrize(("days", "over"), [(5, True), (4, False)])
def test_a_period_is_over_once_four_days_have_passed_since_its_last(hr: User, days: int, over: bool) -> None:
    last = timezone.now().date() - timedelta(days=days)
    period = Period.objects.create(first=last, last=last)
    if over:
        assert period_lock(period=period, by=hr).state == "locked"
        return
    with refused("not_over"):
        period_lock(period=period, by=hr)


def test_an_adjustment_skips_every_closed_period_and_never_pays_its_author(
    period: Period, cleo: Employee, hr: User, day: date
) -> None:
    period_lock(period=period, by=hr, reason="Payday")
    following = period.last + timedelta(days=1)
    Period.objects.create(first=following, last=following, state="locked", locked_at=timezone.now())
    most = 366 * 24 * 3600
    with refused("nothing"):
        adjustment_add(employee=cleo, about_day=day, seconds=-most - 1, reason="x", author=hr)
    with refused("nothing"):
        adjustment_add(employee=cleo, about_day=day, seconds=3600, reason=" ", author=hr)

    made = adjustment_add(employee=cleo, about_day=day, seconds=-most, reason=" " + "x" * 301, author=hr)

    assert (made.day, made.about_day, made.reason) == (following + timedelta(days=1), day, "x" * 300)
    cleo.user = hr
    cleo.save()
    with refused("own_time"):
        adjustment_add(employee=cleo, about_day=day, seconds=60, reason="x", author=User.objects.get(pk=hr.pk))


def test_an_open_period_is_not_opened_again(period: Period, hr: User) -> None:
    with refused("not_locked"):
        period_reopen(period=period, by=hr, reason="x")


def test_approvals_say_who_and_when_and_the_persons_first_one_counts(
    period: Period, cleo: Employee, colleague: User, manager: User
) -> None:
    first = period_approve(period=period, employee=cleo, by=colleague)
    assert (first.person_at is not None, first.manager_at, first.manager_by) == (True, None, None)

    period_approve(period=period, employee=cleo, by=manager)
    again = period_approve(period=period, employee=cleo, by=colleague)

    assert (again.pk, again.person_at, again.manager_by) == (first.pk, first.person_at, manager)
    assert again.manager_at is not None


def test_only_those_who_worked_in_the_period_must_have_approved(
    period: Period, cleo: Employee, colleague: User, manager: User, hr: User, ana: Employee
) -> None:
    employ(Employee.objects.exclude(pk=cleo.pk), hired_on=period.last + timedelta(days=1))
    employ(ana, hired_on=period.first - timedelta(days=9), left_on=period.first - timedelta(days=1))
    for by in (colleague, manager):
        period_approve(period=period, employee=cleo, by=by)
    employ(ana, left_on=period.first)
    with refused("not_approved"):
        period_lock(period=period, by=hr)
    employ(ana, left_on=period.first - timedelta(days=1))

    # Nobody's approval is lacking any more: what is asked about next is a day of the one who has approved.
    with refused("punches_missing"):
        period_lock(period=period, by=hr)


@pytest.mark.parametrize("kept", [0, 1, 27])
def test_every_day_is_counted_before_a_period_is_locked(period: Period, cleo: Employee, hr: User, kept: int) -> None:
    results_refresh()
    days = DayResult.objects.filter(employee=cleo, day__gte=period.first, day__lte=period.last)
    assert days.count() == 28
    days.filter(day__gte=period.first + timedelta(days=kept)).delete()

    period_lock(period=period, by=hr, reason="Payday")

    assert days.count() == 28
