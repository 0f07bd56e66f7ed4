"""Before a change is saved, its page says how many people's hours it moves on open days, and by how much."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from attendance.models import Shift, WorkPolicy
from attendance.selectors.moved import Moved
from attendance.services.late import change_preview
from attendance.services.periods import period_create, period_lock
from attendance.tests.fixtures import Punched
from employees.models import Department, Employee, User
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
H = 3600


@pytest.fixture
def monday() -> date:
    today = timezone.now().date()
    return today - (today.weekday() + 28) * DAY


@pytest.fixture
def person(ana: Employee, on_early_shift: Callable[[Employee], Employee], punched: Punched, monday: date) -> Employee:
    """Two weeks of nine hours on five days."""
    on_early_shift(ana)
    employ(ana, hired_on=monday - 30 * DAY)
    for number in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11):
        punched(ana, "in", f"{monday + number * DAY}T09:00")
        punched(ana, "out", f"{monday + number * DAY}T18:00")
    return ana


def daily(valid_from: date, **more: object) -> WorkPolicy:
    rule = {"scope": "day", "after": 480, "tier": 150}
    return WorkPolicy.objects.create(name="Over eight hours", valid_from=valid_from, overtime=[rule], **more)


def test_people_days_and_hours_are_those_that_become_others(person: Employee, monday: date) -> None:
    def break_of_half_an_hour() -> None:
        WorkPolicy.objects.create(name="x", valid_from=monday + 7 * DAY, breaks=[{"after": 360, "length": 30}])

    assert change_preview(lambda: daily(monday)).moved == Moved(1, 10, {150: 10 * H})
    assert change_preview(break_of_half_an_hour).moved == Moved(1, 5, {0: -5 * H // 2})
    assert not WorkPolicy.objects.exists()


def test_what_moves_no_hours_is_not_asked_about(person: Employee, monday: date) -> None:
    def more_grace() -> None:
        shift = Shift.objects.get()
        shift.grace_minutes = 30
        shift.save()

    assert change_preview(more_grace).moved == Moved()


def test_days_of_a_locked_period_stay_and_count_towards_their_week(person: Employee, hr: User, monday: date) -> None:
    period_lock(period=period_create(first=monday, last=monday + 9 * DAY, by=hr), by=hr, reason="Payday")

    # Of the second week Monday to Wednesday are locked, with 27 hours; Thursday and Friday bring it to 45.
    moved = change_preview(
        lambda: WorkPolicy.objects.create(
            name="x", valid_from=monday, overtime=[{"scope": "week", "after": 2400, "tier": 150}]
        )
    ).moved
    assert moved == Moved(1, 1, {150: 5 * H})


def test_so_many_days_are_counted_after_the_change(person: Employee, monday: date) -> None:
    employ(person, hired_on=monday - 4000 * DAY)

    moved = change_preview(lambda: daily(monday - 3650 * DAY)).moved

    assert (moved.people, moved.counted) == (1, False)
    assert moved.days > 3600


def test_the_page_of_a_person_asks_before_a_move_that_moves_hours(
    hr_client: Client, person: Employee, other_department: Department, monday: date
) -> None:
    daily(monday - 30 * DAY, department=other_department)
    address = f"/people/{person.number}/"
    given = {
        "do": "move",
        "valid_from": f"{monday + 7 * DAY}",
        "department": other_department.pk,
        "manager": "",
        "site": "",
        "contract": "",
        "time_zone": "Europe/Madrid",
    }

    asked = hr_client.post(address, given).content.decode()

    assert "1 person, 5 days, 0:00 h, +5:00 h at 150 %" in asked
    person.refresh_from_db()
    assert person.department != other_department
    assert hr_client.post(address, {**given, "locked_seen": "yes"}).status_code == 302
    person.refresh_from_db()
    assert person.department == other_department


def test_a_shift_that_begins_later_takes_the_hour_before_it(person: Employee, monday: date) -> None:
    WorkPolicy.objects.create(name="From the start", valid_from=monday - 30 * DAY, count_before=False)

    def later() -> None:
        shift = Shift.objects.get()
        shift.starts_at = time(10)
        shift.save()

    assert change_preview(later).moved == Moved(1, 10, {0: -10 * H})
