"""Undoing a punch: by the kiosk that recorded it for a minute, by an author at any time, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from attendance.models import ClockEvent, Kiosk, Period, PeriodApproval
from attendance.refusals import AttendanceRefused
from attendance.services.clock import clock
from attendance.services.corrections import punch_change
from attendance.services.undo import clock_undo
from employees.models import Employee, User
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db


@pytest.fixture
def kiosk(db: None) -> Kiosk:
    return Kiosk.objects.create(name="Door")


@pytest.fixture
def event(ana: Employee, kiosk: Kiosk) -> ClockEvent:
    """Ana's check-in at the kiosk, just now."""
    employ(ana, hired_on=timezone.now().date() - timedelta(days=9))
    return clock(employee=ana, direction=None, zone="UTC", method="pin", kiosk=kiosk, idempotency_key="key").event


def refused(code: str) -> Any:
    return pytest.raises(AttendanceRefused, check=lambda error: error.code == code)


def test_it_is_a_row_that_replaces_the_punch_by_nothing(event: ClockEvent, kiosk: Kiosk) -> None:
    done = clock_undo(event=event, reason=" Not me ", kiosk=kiosk)

    row = done.event
    assert (done.created, done.replayed) == (True, False)
    assert (row.method, row.replaces, row.at, row.direction, row.reason) == ("void", event, event.at, "in", "Not me")
    assert not ClockEvent.objects.standing().exists()


def test_again_it_gives_the_first_answer(event: ClockEvent, kiosk: Kiosk, hr: User) -> None:
    first = clock_undo(event=event, reason="Not me", kiosk=kiosk)

    again = clock_undo(event=event, reason="Not Ana", author=hr)

    assert (again.event, again.created, again.replayed) == (first.event, False, True)
    with refused("not_a_punch"):
        clock_undo(event=first.event, reason="After all", author=hr)


@pytest.mark.parametrize(("seconds", "code"), [(60, ""), (61, "undo_late")])
def test_a_kiosk_undoes_for_a_minute_and_an_author_later(
    event: ClockEvent, kiosk: Kiosk, hr: User, seconds: int, code: str
) -> None:
    with time_machine.travel(event.received_at + timedelta(seconds=seconds), tick=False):
        if code:
            with refused(code):
                clock_undo(event=event, reason="Not me", kiosk=kiosk)
            assert clock_undo(event=event, reason="Not Ana", author=hr).event.author == hr
        else:
            assert clock_undo(event=event, reason="Not me", kiosk=kiosk).created


def test_another_kiosk_undoes_nothing(event: ClockEvent) -> None:
    with refused("undo_foreign"):
        clock_undo(event=event, reason="Not me", kiosk=Kiosk.objects.create(name="Back door"))


def test_it_needs_a_reason_and_somebody(event: ClockEvent, kiosk: Kiosk) -> None:
    with refused("unsigned"):
        clock_undo(event=event, reason=" ", kiosk=kiosk)
    with refused("unsigned"):
        clock_undo(event=event, reason="Not me")


def test_what_was_corrected_meanwhile_is_not_undone(event: ClockEvent, hr: User) -> None:
    punch_change(event=event, direction="out", at=event.at, zone="UTC", reason="Wrong button", author=hr)

    with refused("already_replaced"):
        clock_undo(event=event, reason="Not Ana", author=hr)


def test_an_author_takes_the_approvals_of_the_day_back(event: ClockEvent, ana: Employee, hr: User) -> None:
    day = event.at.astimezone(ana.zone).date()
    period = Period.objects.create(first=day - timedelta(days=3), last=day)
    PeriodApproval.objects.create(period=period, employee=ana, person_at=timezone.now())

    clock_undo(event=event, reason="Not Ana", author=hr)

    assert not PeriodApproval.objects.filter(taken_back_at=None).exists()
