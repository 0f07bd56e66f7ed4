"""Days for information only: shown, marked as seen with a note, shown again when they change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import SeenDay, WorkPolicy
from attendance.refusals import AttendanceRefused
from attendance.selectors.notices import notices
from attendance.services.corrections import punch_change
from attendance.services.notices import day_mark_seen
from attendance.services.results import results_refresh
from attendance.tests.fixtures import Punched
from employees.models import Employee, User
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db
Assigned = Callable[[Employee], Employee]
LIST = "/attendance/exceptions/"


@pytest.fixture
def day() -> date:
    return timezone.now().date() - timedelta(days=6)


def rests_too_little(person: Employee, day: date, punched: Punched) -> Employee:
    """Until 23:00, and again from 6:00 on ``day``, where eleven hours of rest are asked for; no clock changes there."""
    WorkPolicy.objects.get_or_create(name="Rest", valid_from=date(2020, 1, 1), rest_minutes=660)
    before = day - timedelta(days=1)
    employ(person, hired_on=before, left_on=day, time_zone="UTC")
    for one, direction, hour in ((before, "in", 15), (before, "out", 23), (day, "in", 6), (day, "out", 14)):
        punched(person, direction, datetime(one.year, one.month, one.day, hour, tzinfo=UTC), zone="UTC")
    results_refresh()
    return Employee.objects.get(pk=person.pk)


@pytest.fixture
def tired_ana(ana: Employee, day: date, punched: Punched) -> Employee:
    return rests_too_little(ana, day, punched)


def shown(day: date) -> str:
    (one,), _count = notices(employees=Employee.objects.all(), first=day, last=day)
    return one.fingerprint


def body(client: Client) -> str:
    return client.get(LIST).content.decode()


def seen(client: Client, number: str, day: date, fingerprint: str) -> str:
    sent = {"day": f"{day}", "fingerprint": fingerprint, "note": "Agreed with the council", "next": LIST}
    answer = client.post(reverse("attendance_seen", args=[number]), sent, follow=True)
    return answer.content.decode()


def test_a_short_rest_is_shown_marked_as_seen_and_gone(
    manager_client: Client, manager: User, tired_ana: Employee, day: date
) -> None:
    assert "4 h 00 min of rest are lacking" in body(manager_client)

    assert "Nothing to do" in seen(manager_client, "1001", day, shown(day))

    row = SeenDay.objects.get()
    assert (row.by, row.note, row.day) == (manager, "Agreed with the council", day)


def test_a_day_that_changes_comes_back(manager_client: Client, hr: User, tired_ana: Employee, day: date) -> None:
    before = shown(day)
    seen(manager_client, "1001", day, before)
    out = tired_ana.clock_events.order_by("at").last()
    assert out is not None

    punch_change(
        event=out, direction="out", at=out.at + timedelta(hours=1), zone=out.zone, reason="Left later", author=hr
    )
    results_refresh()

    assert shown(day) != before
    assert "of rest are lacking" in body(manager_client)
    assert "has changed meanwhile" in seen(manager_client, "1001", day, before)


@pytest.mark.parametrize(("who", "status"), [("client", 302), ("colleague_client", 403), ("outsider_client", 404)])
def test_others_mark_nothing(
    who: str, status: int, tired_ana: Employee, day: date, request: pytest.FixtureRequest
) -> None:
    visitor: Client = request.getfixturevalue(who)

    for number in ("1001", "9999"):
        answer = visitor.post(reverse("attendance_seen", args=[number]), {"day": f"{day}", "fingerprint": shown(day)})
        assert answer.status_code == status

    assert not SeenDay.objects.exists()


def test_nobody_marks_their_own(manager_client: Client, manager: User, day: date, punched: Punched) -> None:
    rests_too_little(manager.employee, day, punched)

    assert "of rest are lacking" not in body(manager_client)
    seen(manager_client, "2001", day, shown(day))

    assert not SeenDay.objects.exists()


def test_what_was_seen_is_never_changed(manager_client: Client, tired_ana: Employee, day: date) -> None:
    seen(manager_client, "1001", day, shown(day))

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE attendance_seenday SET note = ''")


def test_marked_twice_it_is_one_mark(hr: User, manager: User, tired_ana: Employee, day: date) -> None:
    fingerprint = shown(day)
    first = day_mark_seen(employee=tired_ana, day=day, fingerprint=fingerprint, by=manager, note=" Agreed ")

    again = day_mark_seen(employee=tired_ana, day=day, fingerprint=fingerprint, by=hr, note="Another note")

    assert (again, again.by, again.note) == (first, manager, "Agreed")
    assert SeenDay.objects.count() == 1


def test_a_note_has_at_most_300_characters(manager: User, tired_ana: Employee, day: date) -> None:
    mark: dict[str, Any] = {"employee": tired_ana, "day": day, "fingerprint": shown(day), "by": manager}
    with pytest.raises(AttendanceRefused, check=lambda error: error.code == "reason_too_long"):
        day_mark_seen(**mark, note="x" * 301)

    assert day_mark_seen(**mark, note="x" * 300).note == "x" * 300


def test_a_day_without_anything_to_say_is_not_marked(manager: User, tired_ana: Employee, day: date) -> None:
    quiet = day - timedelta(days=1)
    with pytest.raises(AttendanceRefused, check=lambda error: error.code == "changed"):
        day_mark_seen(employee=tired_ana, day=quiet, fingerprint=shown(day), by=manager)
