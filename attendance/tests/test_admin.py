"""HR's pages about attendance: manual punches and shifts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import ClockEvent, Shift
from attendance.services.clock import clock
from employees.models import Employee, User
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(ana: Employee) -> ClockEvent:
    return clock(employee=ana, direction="in", zone="UTC", method=ClockEvent.Method.PIN, idempotency_key="k").event


def entry(person: Employee, **changes: Any) -> dict[str, Any]:
    """A manual punch one hour ago, as the form sends it."""
    employ(person, hired_on=timezone.localdate() - timedelta(days=9))
    at = timezone.now() - timedelta(hours=1)
    return {
        "employee": person.pk,
        "direction": "in",
        "day": at.strftime("%Y-%m-%d"),
        "time": at.strftime("%H:%M:%S"),
        "zone": "",
        "reason": "forgot",
        "token": "a" * 32,
        **changes,
    }


def test_hr_enters_a_forgotten_punch_signed_with_name_and_reason(hr_client: Client, hr: User, ana: Employee) -> None:
    answer = hr_client.post(reverse("admin:attendance_clockevent_add"), entry(ana))
    assert answer.status_code == 302
    event = ClockEvent.objects.get()
    assert (event.method, event.author, event.reason, event.zone) == ("manual", hr, "forgot", "UTC")


def test_the_time_is_the_wall_clock_of_the_person_s_zone(hr_client: Client, ana: Employee) -> None:
    Employee.objects.filter(pk=ana.pk).update(time_zone="Asia/Tokyo")
    yesterday = (timezone.now() - timedelta(days=1)).strftime("%Y-%m-%d")
    hr_client.post(reverse("admin:attendance_clockevent_add"), entry(ana, day=yesterday, time="09:00"))
    event = ClockEvent.objects.get()
    assert event.zone == "Asia/Tokyo"
    assert f"{event.at:%H:%M}" == "00:00"


def test_sending_the_form_twice_stores_one_event(hr_client: Client, ana: Employee) -> None:
    sent = entry(ana)
    for _time in range(2):
        assert hr_client.post(reverse("admin:attendance_clockevent_add"), sent).status_code == 302
    assert ClockEvent.objects.count() == 1


@pytest.mark.parametrize(
    "change", [{"reason": ""}, {"day": "2999-01-01"}, {"direction": "up"}, {"employee": ""}, {"zone": "Mars/X"}]
)
def test_what_the_service_refuses_is_said_in_the_form(hr_client: Client, ana: Employee, change: dict[str, str]) -> None:
    answer = hr_client.post(reverse("admin:attendance_clockevent_add"), entry(ana, **change))
    assert answer.status_code == 200
    assert not ClockEvent.objects.exists()


def test_a_punch_within_the_minute_is_refused_by_name(hr_client: Client, ana: Employee, event: ClockEvent) -> None:
    at = event.at + timedelta(seconds=20)
    answer = hr_client.post(
        reverse("admin:attendance_clockevent_add"),
        entry(ana, day=at.strftime("%Y-%m-%d"), time=at.strftime("%H:%M:%S"), direction="in"),
    )
    assert answer.status_code == 200
    assert ClockEvent.objects.count() == 1


def test_events_are_neither_changed_nor_deleted(hr_client: Client, event: ClockEvent) -> None:
    change = reverse("admin:attendance_clockevent_change", args=[event.pk])
    assert hr_client.get(change).status_code == 200
    assert hr_client.post(change, {"direction": "out"}).status_code == 403
    delete = reverse("admin:attendance_clockevent_delete", args=[event.pk])
    assert hr_client.post(delete, {"post": "yes"}).status_code == 403
    event.refresh_from_db()
    assert event.direction == "in"


def test_a_shift_s_weekdays_are_ticked(hr_client: Client) -> None:
    sent: dict[str, Any] = {
        "name": "Day",
        "kind": "fixed",
        "starts_at": "09:00",
        "ends_at": "17:00",
        "weekdays": ["0", "4"],
        "grace_minutes": "5",
        "grace_out_minutes": "0",
        "target_minutes": "0",
        "pause_minutes": "0",
        "earliest_minutes": "240",
        "latest_minutes": "240",
    }
    hr_client.post(reverse("admin:attendance_shift_add"), sent)
    assert Shift.objects.get().weekdays == [0, 4]
    hr_client.post(reverse("admin:attendance_shift_add"), {**sent, "name": "Odd", "weekdays": ["9"]})
    assert Shift.objects.count() == 1
