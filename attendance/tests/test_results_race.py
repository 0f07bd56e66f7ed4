"""Two at once, on PostgreSQL: first the race as it is without the lock, then that the lock stops it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from threading import Barrier, Event, Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone

from attendance.models import ClockEvent, CorrectionRequest, DayResult, Period, Shift, ShiftAssignment
from attendance.models.results import row_from
from attendance.refusals import AttendanceRefused
from attendance.rules.calculate import calculate
from attendance.selectors.plans import PlanBook, punches_for
from attendance.services.clock import clock
from attendance.services.corrections import punch_add, request_approve, request_file
from attendance.services.periods import period_create, period_lock
from attendance.services.results import results_refresh, results_verify
from attendance.tests.fixtures import MADRID
from common.testing import together
from employees.models import Employee, User
from employees.tests.employment_kit import employ

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

TRIES = 3


@pytest.fixture(autouse=True)
def _row_locks() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no row locks to race for; DATABASE_URL=postgres://… runs this test")


@pytest.fixture
def day() -> date:
    found = timezone.now().date() - timedelta(days=15)
    return found - timedelta(days=max(0, found.weekday() - 4))


@pytest.fixture
def cleo(colleague: User, early_shift: Shift) -> Employee:
    person: Employee = colleague.employee
    employ(person, hired_on=date(2026, 6, 1), time_zone="Europe/Madrid")
    person.refresh_from_db()
    ShiftAssignment.objects.create(employee=person, shift=early_shift, valid_from=date(2020, 1, 1))
    results_refresh()
    return person


def at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=MADRID)


def punch(person: Employee, direction: str, moment: datetime) -> None:
    clock(
        employee=person,
        direction=direction,
        at=moment,
        zone="Europe/Madrid",
        method="pin",
        idempotency_key=f"{person.pk}-{moment.isoformat()}",
    )


def in_thread(work: Callable[[], object]) -> Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    return thread


def test_without_the_lock_a_slow_count_writes_over_a_newer_one(cleo: Employee, day: date) -> None:
    punch(cleo, "in", at(day, 9))
    has_read, newer_is_stored = Event(), Event()

    def slow() -> None:
        punches = punches_for([cleo], day, day)[cleo.pk]
        has_read.set()
        newer_is_stored.wait(timeout=30)
        (result,) = calculate(PlanBook([cleo], day, day).of(cleo), punches, first=day, last=day)
        row = row_from(cleo.pk, result.figures)
        DayResult.objects.filter(employee=cleo, day=day).delete()
        row.save()

    thread = in_thread(slow)
    has_read.wait(timeout=30)
    punch(cleo, "out", at(day, 17))
    results_refresh()
    newer_is_stored.set()
    thread.join(timeout=60)
    assert DayResult.objects.get(employee=cleo, day=day).worked == 0
    assert [one.day for one in results_verify(employees=Employee.objects.filter(pk=cleo.pk), first=day, last=day)] == [
        day
    ]


@pytest.mark.parametrize("attempt", range(TRIES))
def test_with_the_lock_counting_against_new_punches_ends_right(cleo: Employee, day: date, attempt: int) -> None:
    barrier = Barrier(4)

    def count() -> None:
        barrier.wait(timeout=30)
        results_refresh()

    def work(direction: str, hour: int) -> Callable[[], None]:
        def run() -> None:
            barrier.wait(timeout=30)
            punch(cleo, direction, at(day, hour))

        return run

    punch(cleo, "in", at(day, 9))
    problems = [one for one in together(count, count, work("out", 12), work("out", 17)) if isinstance(one, Exception)]
    assert problems == []
    results_refresh()
    assert list(results_verify(employees=Employee.objects.filter(pk=cleo.pk), first=day, last=day)) == []
    assert DayResult.objects.get(employee=cleo, day=day).worked == 3 * 3600


def test_without_the_lock_a_correction_slips_into_a_period_that_is_being_locked(
    cleo: Employee, hr: User, day: date
) -> None:
    period = Period.objects.create(first=day - timedelta(days=5), last=day + timedelta(days=5))
    has_looked, is_locked = Event(), Event()

    def unlocked_correction() -> None:
        seen = Period.objects.get(pk=period.pk)
        has_looked.set()
        is_locked.wait(timeout=30)
        if seen.state == Period.State.OPEN:
            ClockEvent.objects.create(
                employee=cleo,
                direction="in",
                at=at(day, 9),
                zone="Europe/Madrid",
                method="manual",
                author=hr,
                reason="x",
                idempotency_key="slipped",
            )

    thread = in_thread(unlocked_correction)
    has_looked.wait(timeout=30)
    period_lock(period=period, by=hr, reason="Payday")
    is_locked.set()
    thread.join(timeout=60)
    period.refresh_from_db()
    assert period.locked_at is not None
    assert ClockEvent.objects.get().received_at > period.locked_at


@pytest.mark.parametrize("attempt", range(TRIES))
def test_with_the_lock_a_correction_is_in_the_locked_figures_or_refused(
    cleo: Employee, hr: User, day: date, attempt: int
) -> None:
    period = period_create(first=day - timedelta(days=5), last=day + timedelta(days=5), by=hr)
    punch(cleo, "in", at(day, 9))
    barrier = Barrier(2)

    def correct() -> ClockEvent:
        barrier.wait(timeout=30)
        return punch_add(
            employee=cleo, direction="out", at=at(day, 17), zone="Europe/Madrid", reason="Paper", author=hr
        )

    def lock() -> Period:
        barrier.wait(timeout=30)
        return period_lock(period=period, by=hr, reason="Payday")

    results = together(correct, lock)
    refusals = [one for one in results if isinstance(one, AttendanceRefused | AttendanceRefused)]
    assert {one.code for one in refusals} <= {"period_locked", "being_counted"}
    stored = ClockEvent.objects.filter(direction="out").exists()
    assert stored != any(one.code == "period_locked" for one in refusals)
    period.refresh_from_db()
    if period.state == Period.State.LOCKED:
        assert DayResult.objects.get(employee=cleo, day=day).worked == (8 * 3600 if stored else 0)
    assert list(results_verify(employees=Employee.objects.filter(pk=cleo.pk), first=day, last=day)) == []


@pytest.fixture
def waiting(cleo: Employee, colleague: User, day: date) -> CorrectionRequest:
    return request_file(employee=cleo, by=colleague, kind="add", direction="in", at=at(day, 9), reason="Forgot")


def test_without_the_lock_two_approvers_store_the_punch_twice(
    waiting: CorrectionRequest, cleo: Employee, hr: User, manager: User, day: date
) -> None:
    both_have_looked = Barrier(2)

    def approve(by: User) -> Callable[[], object]:
        def run() -> None:
            seen = CorrectionRequest.objects.get(pk=waiting.pk)
            both_have_looked.wait(timeout=30)
            if seen.state == "requested":
                with transaction.atomic():
                    ClockEvent.objects.create(
                        employee=cleo,
                        direction="in",
                        at=at(day, 9),
                        zone="Europe/Madrid",
                        method="manual",
                        author=by,
                        reason="Forgot",
                        idempotency_key=f"by-{by.pk}",
                    )
                    CorrectionRequest.objects.filter(pk=waiting.pk).update(state="approved")

        return run

    together(approve(hr), approve(manager))
    assert ClockEvent.objects.count() == 2


@pytest.mark.parametrize("attempt", range(TRIES))
def test_with_the_lock_two_approvers_store_it_once(
    waiting: CorrectionRequest, hr: User, manager: User, attempt: int
) -> None:
    barrier = Barrier(2)

    def approve(by: User) -> Callable[[], ClockEvent | None]:
        def run() -> ClockEvent | None:
            barrier.wait(timeout=30)
            return request_approve(request=waiting, by=by)

        return run

    results = together(approve(hr), approve(manager))
    assert len([one for one in results if isinstance(one, ClockEvent)]) == 2, results
    assert len({one.pk for one in results if isinstance(one, ClockEvent)}) == 1
    assert ClockEvent.objects.count() == 1
