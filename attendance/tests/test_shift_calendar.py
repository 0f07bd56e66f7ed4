"""The private address of a person's shifts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from attendance.models import Absence, AbsenceType, CalendarLink
from attendance.services.calendar_links import calendar_link_make
from attendance.shift_calendar import shift_calendar
from employees.models import Employee, User
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db
Assigned = Callable[[Employee], Employee]
MADRID = ZoneInfo("Europe/Madrid")


def events(content: bytes) -> dict[str, tuple[str, Any, Any]]:
    found: list[Any] = Calendar.from_ical(content).walk("VEVENT")
    return {str(one["uid"]): (str(one["summary"]), one["dtstart"].dt, one["dtend"].dt) for one in found}


def test_it_has_the_shifts_on_the_wall_clock_across_the_change_of_clocks(
    ana: Employee, on_early_shift: Assigned
) -> None:
    person = on_early_shift(ana)
    now = datetime(2026, 10, 23, 12, tzinfo=MADRID)

    found = events(shift_calendar(employee=person, today=now.date(), now=now))

    starts = {start.astimezone(MADRID).date(): start for _name, start, _end in found.values()}
    for day in (date(2026, 10, 23), date(2026, 10, 26)):
        assert f"{starts[day].astimezone(MADRID):%H:%M}" == "09:00"
    assert date(2026, 10, 25) not in starts
    assert events(shift_calendar(employee=person, today=now.date(), now=now)) == found


def test_leave_takes_the_place_of_the_shift(ana: Employee, on_early_shift: Assigned) -> None:
    person = on_early_shift(ana)
    day = date(2026, 10, 23)
    kind = AbsenceType.objects.create(code="vac", name="Vacaciones")
    Absence.objects.create(employee=person, kind=kind, first=day, last=day, state="approved")
    now = datetime(2026, 10, 23, 12, tzinfo=MADRID)

    found = events(shift_calendar(employee=person, today=day, now=now))

    assert [one[0] for one in found.values() if one[1] == day] == ["Vacaciones"]


def test_the_address_works_without_a_login_until_it_is_ended(
    client: Client, colleague_client: Client, colleague: User, on_early_shift: Assigned
) -> None:
    on_early_shift(colleague.employee)
    colleague_client.post(reverse("calendar_link"), {"do": "make"})
    page = colleague_client.get(reverse("my_month")).content.decode()
    address = page.split('readonly value="')[1].split('"')[0]

    answer = client.get(address)
    assert answer["Content-Type"].startswith("text/calendar")
    assert b"SUMMARY:Early" in answer.content
    assert address not in colleague_client.get(reverse("my_month")).content.decode()

    colleague_client.post(reverse("calendar_link"), {"do": "revoke"})
    assert client.get(address).status_code == 404


def test_a_new_address_ends_the_old_one_and_a_guess_opens_nothing(client: Client, ana: Employee) -> None:
    old = calendar_link_make(employee=ana)
    fresh = calendar_link_make(employee=ana)

    assert client.get(f"/calendar/{old}.ics").status_code == 404
    assert client.get(f"/calendar/{fresh}.ics").status_code == 200
    assert client.get(f"/calendar/{CalendarLink.objects.get().token_hash}.ics").status_code == 404
    employ(ana, left_on=timezone.localdate() - timedelta(days=1), hired_on=date(2020, 1, 1))
    assert client.get(f"/calendar/{fresh}.ics").status_code == 404
