"""Two doors at once. First the race as it is without the lock, then that the lock stops it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from attendance.models import ClockEvent
from attendance.refusals import AttendanceRefused
from attendance.services import ClockResult, clock, recent_event
from common.testing import together
from employees.models import Employee

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


@pytest.fixture
def _row_locks() -> None:
    if connection.vendor != "postgresql":
        skip_reason = "SQLite has no row locks to race for; DATABASE_URL=postgres://… runs this test"
        pytest.skip(skip_reason)


def door(employee: Employee, key: str, barrier: Barrier) -> Callable[[], ClockResult]:
    def punch() -> ClockResult:
        barrier.wait(timeout=30)
        return clock(employee=employee, direction="in", zone="UTC", method="pin", idempotency_key=key)

    return punch


@pytest.mark.usefixtures("_row_locks")
def test_without_the_lock_both_doors_store_an_event(ana: Employee) -> None:
    both_have_looked = Barrier(2)

    def unlocked(key: str) -> Callable[[], object]:
        def punch() -> object:
            seen = recent_event(employee=ana)
            both_have_looked.wait(timeout=30)
            if seen is None:
                return ClockEvent.objects.create(
                    employee=ana, direction="in", at=timezone.now(), zone="UTC", method="pin", idempotency_key=key
                )
            return seen

        return punch

    together(unlocked("door-1"), unlocked("door-2"))
    assert ClockEvent.objects.count() == 2


@pytest.mark.usefixtures("_row_locks")
@pytest.mark.parametrize("attempt", range(5))
def test_with_the_lock_two_doors_make_one_event(ana: Employee, attempt: int) -> None:
    barrier = Barrier(2)
    results = together(door(ana, f"door-1-{attempt}", barrier), door(ana, f"door-2-{attempt}", barrier))
    answers = [result for result in results if isinstance(result, ClockResult)]
    assert len(answers) == 2, results
    assert sorted((answer.created, answer.already) for answer in answers) == [(False, True), (True, False)]
    assert answers[0].event == answers[1].event == ClockEvent.objects.get()


@pytest.mark.usefixtures("_row_locks")
@pytest.mark.parametrize("attempt", range(5))
def test_one_key_for_two_people_at_once_is_taken_by_one(ana: Employee, ben: Employee, attempt: int) -> None:
    barrier = Barrier(2)
    results = together(door(ana, f"same-{attempt}", barrier), door(ben, f"same-{attempt}", barrier))
    assert sum(isinstance(result, ClockResult) for result in results) == 1, results
    assert [result.code for result in results if isinstance(result, AttendanceRefused)] == ["key_reused"]
    assert ClockEvent.objects.count() == 1


def test_sixteen_doors_at_once_make_one_event_on_any_database(ana: Employee) -> None:
    barrier = Barrier(16)
    results = together(*(door(ana, f"door-{number}", barrier) for number in range(16)))
    answers = [result for result in results if isinstance(result, ClockResult)]
    assert len(answers) == 16, results
    assert sum(answer.created for answer in answers) == 1
    assert ClockEvent.objects.count() == 1


def test_the_same_request_sent_eight_times_at_once_is_stored_once(ana: Employee) -> None:
    barrier = Barrier(8)
    results = together(*(door(ana, "the-one-key", barrier) for _ in range(8)))
    answers = [result for result in results if isinstance(result, ClockResult)]
    assert len(answers) == 8, results
    assert len({answer.event.pk for answer in answers}) == 1
    assert sum(answer.created for answer in answers) == 1
    assert sum(answer.replayed for answer in answers) == 7
