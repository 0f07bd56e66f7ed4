"""What is entered by hand is on the wall clock of its day: in the zone of then, and in the hour that was meant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from attendance.models import ClockEvent, CorrectionRequest
from attendance.request_forms import check_out_instant
from attendance.tests.fixtures import MADRID, Punched
from employees.models import Employee, Posting, User
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db
THEN = ZoneInfo("Asia/Kathmandu")


@pytest.fixture
def day() -> date:
    return timezone.now().date() - timedelta(days=8)


@pytest.fixture
def moved(colleague: User, day: date) -> Employee:
    """In Kathmandu until two days after the day, in La Paz since."""
    person = Employee.objects.get(number="2003")
    employ(person, hired_on=date(2020, 1, 1), time_zone="America/La_Paz")
    Posting.objects.filter(employee=person).delete()
    for begins, zone in ((date(2020, 1, 1), THEN.key), (day + timedelta(days=3), "America/La_Paz")):
        Posting.objects.create(employee=person, valid_from=begins, department=person.department, time_zone=zone)
    person.refresh_from_db()
    return person


def test_the_time_that_somebody_asks_for_is_that_of_the_clock_there(
    colleague_client: Client, moved: Employee, day: date
) -> None:
    sent = {"direction": "in", "day": f"{day}", "time": "09:00", "reason": "The kiosk was dark"}

    assert colleague_client.post(reverse("correction_new", args=["2003"]), sent).status_code == 302

    asked = CorrectionRequest.objects.get()
    assert (asked.at, asked.zone) == (datetime.combine(day, time(9), THEN), THEN.key)


def test_a_punch_that_names_no_zone_is_shown_on_the_clock_there(
    moved: Employee, day: date, api_client_factory: Callable[..., APIClient]
) -> None:
    at = datetime.combine(day, time(9), THEN).isoformat()

    answer = api_client_factory("attendance:write").post(
        "/api/v1/attendance/events",
        {"employee": "2003", "direction": "in", "at": at},
        format="json",
        headers={"Idempotency-Key": "then"},
    )

    assert (answer.status_code, answer.json()["local_at"]) == (201, at)
    assert ClockEvent.objects.get().zone == THEN.key


@pytest.mark.usefixtures("in_november")
def test_a_punch_in_the_hour_that_comes_twice_stays_where_it_was_when_something_else_is_changed(
    hr_client: Client, ana: Employee, punched: Punched
) -> None:
    employ(ana, hired_on=date(2020, 1, 1), time_zone="Europe/Madrid")
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    event = punched(ana, "in", second)
    sent = {"shown": "2026-10-25", "day": "2026-10-25", "direction": "out", "time": "02:30", "reason": "Wrong button"}

    hr_client.post(reverse("punch_change", args=["1001", event.pk]), sent)

    changed = ClockEvent.objects.get(replaces=event)
    assert (changed.direction, changed.at) == ("out", second)


@pytest.mark.usefixtures("in_november")
@pytest.mark.parametrize("by", ["manager", "person"])
def test_a_time_in_the_hour_that_comes_twice_is_the_one_that_fits_the_other_punches(
    manager_client: Client, colleague_client: Client, colleague: User, punched: Punched, by: str
) -> None:
    """Out at 02:30, the clocks go back, in again at 02:15 (case 7)."""
    cleo = Employee.objects.get(number="2003")
    employ(cleo, hired_on=date(2020, 1, 1), time_zone="Europe/Madrid")
    for direction, at in (("in", "2026-10-24T20:00"), ("out", "2026-10-25T00:30"), ("out", "2026-10-25T05:00")):
        punched(cleo, direction, datetime.fromisoformat(f"{at}+00:00"))
    day = {"shown": "2026-10-25", "day": "2026-10-25"}
    sent = day | {"direction": "in", "time": "02:15", "reason": "The door was dark"}

    if by == "manager":
        manager_client.post(reverse("punch_add", args=["2003"]), sent)
        entered = ClockEvent.objects.get(author__isnull=False).at
    else:
        colleague_client.post(reverse("correction_new", args=["2003"]), sent)
        entered = CorrectionRequest.objects.get().at

    assert entered == datetime(2026, 10, 25, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("came", "at", "left"),
    [
        ("2026-10-25T02:15:00+01:00", time(2, 30), "2026-10-25T02:30:00+01:00"),
        ("2026-10-25T02:15:00+02:00", time(2, 30), "2026-10-25T02:30:00+02:00"),
        ("2026-10-24T22:00:00+02:00", time(6), "2026-10-25T06:00:00+01:00"),
        ("2026-03-29T22:00:00+02:00", time(2, 30), "2026-03-30T02:30:00+02:00"),
        ("2026-12-31T22:00:00+01:00", time(22), "2027-01-01T22:00:00+01:00"),
    ],
)
def test_a_check_out_lies_after_its_check_in(came: str, at: time, left: str) -> None:
    began = datetime.fromisoformat(came)

    assert check_out_instant(began.date(), at, MADRID, came=began).isoformat() == left


def test_a_check_out_in_the_hour_that_is_skipped_is_refused() -> None:
    with pytest.raises(ValidationError):
        check_out_instant(date(2026, 3, 28), time(2, 30), MADRID, came=datetime(2026, 3, 28, 22, tzinfo=MADRID))
