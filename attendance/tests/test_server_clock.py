"""A clock that contradicts what is stored takes no punches; HR, doctor and /readyz are told."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import ClockEvent
from attendance.refusals import ClockWrong
from attendance.server_clock import LONG_SILENCE, server_clock
from attendance.services.clock import clock
from attendance.tests.fixtures import Punched
from employees.models import Employee, User
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _without_ntp(settings: Any, tmp_path: Path) -> None:
    settings.TRUST_NTP = False
    settings.DATA_DIR = tmp_path


@pytest.fixture
def from_tomorrow(ana: Employee, punched: Punched) -> ClockEvent:
    """What was stored before somebody set the clock two days back."""
    return ClockEvent.objects.create(
        employee=ana,
        direction="in",
        at=timezone.now() + DAY,
        received_at=timezone.now() + DAY,
        zone="UTC",
        method="pin",
        idempotency_key="tomorrow",
    )


def punch(employee: Employee, **more: Any) -> ClockEvent:
    given: dict[str, Any] = {"direction": "in", "zone": "UTC", "method": "pin", "idempotency_key": "now"}
    return clock(employee=employee, **(given | more)).event


def test_a_clock_that_agrees_is_silent(ana: Employee, punched: Punched) -> None:
    punched(ana, "in", timezone.now() - DAY)
    assert server_clock() is None
    assert punch(ana).employee == ana


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"2026-01-01", b"x y", b"2026-01-01T00:00 2026-01-02T00:00"])
def test_what_was_believed_once_is_passed_over_where_its_file_is_damaged(
    ana: Employee, punched: Punched, settings: Any, content: bytes
) -> None:
    punched(ana, "in", timezone.now() - DAY)
    (settings.DATA_DIR / "clock-trusted").write_bytes(content)
    assert server_clock() is None
    assert punch(ana).employee == ana


def test_a_clock_behind_the_last_punch_takes_no_more(ana: Employee, from_tomorrow: ClockEvent) -> None:
    with pytest.raises(ClockWrong) as refused:
        punch(ana)
    assert (refused.value.code, refused.value.status) == ("server_clock", 503)
    assert ClockEvent.objects.get() == from_tomorrow


def test_what_hr_signs_is_still_stored(ana: Employee, hr: User, from_tomorrow: ClockEvent) -> None:
    employ(ana, hired_on=date(2020, 1, 1))  # an hour ago may be yesterday
    at = timezone.now() - timedelta(hours=1)
    assert punch(ana, method="manual", at=at, author=hr, reason="The clock was wrong").author == hr


def test_hr_and_the_probe_are_told(hr_client: Client, ana: Employee, from_tomorrow: ClockEvent) -> None:
    page = hr_client.get(reverse("admin:index")).text
    assert "Check the server" in page
    assert "No punch is recorded meanwhile" in page
    found = server_clock()
    assert found is not None
    assert (found.code, found.stops) == ("behind", True)


def test_where_the_stored_time_was_wrong_the_clock_is_believed_again(ana: Employee, from_tomorrow: ClockEvent) -> None:
    call_command("trust_clock")
    assert server_clock() is None
    assert punch(ana).employee == ana


def test_a_calendar_far_ahead_of_the_last_punch_is_told_and_stops_nobody(ana: Employee, punched: Punched) -> None:
    event = punched(ana, "in", timezone.now())
    found = server_clock(now=event.received_at + LONG_SILENCE + DAY)
    assert found is not None
    assert (found.code, found.stops) == ("silence", False)
