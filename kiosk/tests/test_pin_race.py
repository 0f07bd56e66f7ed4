"""Many wrong PINs at one kiosk at once: first the race as it is when attempts are counted by reading, then ours."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from attendance.models import Kiosk
from common.testing import together
from employees.models import Employee, PinTries
from employees.pins import ATTEMPTS
from employees.services import EmployeeError, pin_check
from kiosk.errors import KioskError
from kiosk.services.pin import FAILURES, kiosk_badge_check, kiosk_pin_check

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
AT_ONCE = 8
LEFT = 3


@pytest.fixture
def kiosk() -> Kiosk:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no row locks to race for; DATABASE_URL=postgres://… runs this test")
    return Kiosk.objects.create(name="Front door", pin_failures=FAILURES - LEFT, pin_window_at=timezone.now())


def guesses(attempt: Callable[[], object]) -> list[object]:
    barrier = Barrier(AT_ONCE)

    def guess() -> object:
        barrier.wait(timeout=30)
        return attempt()

    return together(*[guess] * AT_ONCE)


def test_a_number_has_no_more_tries_however_many_kiosks_ask_at_once(kiosk: Kiosk, ana: Employee) -> None:
    PinTries.objects.create(number="1001", failures=ATTEMPTS - LEFT)
    kiosks = iter([Kiosk.objects.create(name=f"Door {number}") for number in range(AT_ONCE)])

    answers = guesses(lambda: kiosk_pin_check(kiosk=next(kiosks), number="1001", pin="000000"))

    codes = [answer.code for answer in answers if isinstance(answer, EmployeeError)]
    assert sorted(codes) == ["pin_locked"] * (AT_ONCE - LEFT) + ["pin_wrong"] * LEFT
    assert PinTries.objects.get().failures == ATTEMPTS


def test_a_number_has_one_count_however_many_begin_it_at_once(kiosk: Kiosk) -> None:
    guesses(lambda: pin_check_code("7777"))
    assert PinTries.objects.get().failures == ATTEMPTS


def pin_check_code(number: str) -> str:
    try:
        pin_check(number=number, pin="000000")
    except EmployeeError as refused:
        return refused.code
    return "right"


def test_counting_by_reading_lets_too_many_through(kiosk: Kiosk) -> None:
    everybody_has_read = Barrier(AT_ONCE)

    def read_then_write() -> str:
        row = Kiosk.objects.get(pk=kiosk.pk)
        everybody_has_read.wait(timeout=30)
        if row.pin_failures >= FAILURES:
            return "throttled"
        row.pin_failures += 1
        row.save(update_fields=["pin_failures"])
        return "tried"

    assert guesses(read_then_write).count("tried") == AT_ONCE


def test_the_window_has_no_more_attempts_than_it_has(kiosk: Kiosk) -> None:
    answers = guesses(lambda: kiosk_badge_check(kiosk=kiosk, code="PRESENTE-guess"))
    assert sum(isinstance(answer, EmployeeError) for answer in answers) == LEFT
    assert sum(isinstance(answer, KioskError) for answer in answers) == AT_ONCE - LEFT
    kiosk.refresh_from_db()
    assert kiosk.pin_failures == FAILURES
