"""HR's pages about attendance: manual punches and shifts."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import ClockEvent, Shift, ShiftAssignment
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


def shift(**changes: Any) -> dict[str, Any]:
    """A shift as its form sends it."""
    return {
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
        **changes,
    }


def test_a_shift_s_weekdays_are_ticked(hr_client: Client) -> None:
    sent = shift()
    hr_client.post(reverse("admin:attendance_shift_add"), sent)
    assert Shift.objects.get().weekdays == [0, 4]
    hr_client.post(reverse("admin:attendance_shift_add"), {**sent, "name": "Odd", "weekdays": ["9"]})
    assert Shift.objects.count() == 1


def test_a_shift_without_a_day_is_refused_beside_the_days(hr_client: Client) -> None:
    page = hr_client.post(reverse("admin:attendance_shift_add"), shift(weekdays=[]))

    assert list(page.context["adminform"].form.errors) == ["weekdays"]
    assert not Shift.objects.exists()


@pytest.mark.parametrize("written", ["18.30", "18h30", "18:30"])
def test_a_time_is_written_with_a_point_or_an_h_too(hr_client: Client, written: str) -> None:
    hr_client.post(reverse("admin:attendance_shift_add"), shift(ends_at=written))

    assert f"{Shift.objects.get().ends_at:%H:%M}" == "18:30"


def test_a_time_that_is_none_is_answered_with_an_example(hr_client: Client) -> None:
    assert "such as 18:30" in hr_client.post(reverse("admin:attendance_shift_add"), shift(ends_at="half six")).text


def test_a_split_shift_names_its_second_part_and_a_folded_part_opens_where_it_is_wrong(hr_client: Client) -> None:
    page = hr_client.post(reverse("admin:attendance_shift_add"), shift(kind="split", core_starts_at="x"))

    assert {"resumes_at", "finishes_at", "core_starts_at"} == set(page.context["adminform"].form.errors)
    assert "Second part starts at" in page.text
    folded = {part.name: part.is_collapsible for part in page.context["adminform"]}
    assert folded == {None: False, "Flexible, open, on call": False, "Limits": True}


@pytest.mark.parametrize(
    ("kind", "filled"),
    [
        ("fixed", {"resumes_at": "14:30", "finishes_at": "18:30"}),
        ("fixed", {"core_starts_at": "10:00", "core_ends_at": "12:00"}),
        ("flexible", {"resumes_at": "14:30"}),
    ],
)
def test_hours_that_the_kind_would_not_count_are_refused_beside_them(
    hr_client: Client, kind: str, filled: dict[str, str]
) -> None:
    page = hr_client.post(reverse("admin:attendance_shift_add"), shift(kind=kind, **filled))

    assert not Shift.objects.exists()
    errors = page.context["adminform"].form.errors
    assert set(errors) == set(filled)
    assert all("Choose that kind, or leave this empty." in str(said) for said in errors.values())


def assign(browser: Client, person: Employee, of: Shift, day: str = "2026-11-02", **changes: Any) -> Any:
    """Send the form that assigns a shift, and answer what is asked in between."""
    sent = {"employee": person.pk, "shift": of.pk, "valid_from": day, "run_days": "1", "locked_seen": "yes", **changes}
    return browser.post(reverse("admin:attendance_shiftassignment_add"), sent)


@pytest.fixture
def office(ana: Employee) -> Shift:
    """Ana's shift from October on."""
    made = Shift.objects.create(name="Office", starts_at=time(9), ends_at=time(17), weekdays=[0, 1, 2, 3, 4])
    employ(ana, hired_on=date(2020, 1, 1))
    ShiftAssignment.objects.create(employee=ana, shift=made, valid_from=date(2026, 10, 1))
    return made


def held(person: Employee) -> list[tuple[str, date, date | None]]:
    """What the person is assigned, by its first day."""
    rows = ShiftAssignment.objects.filter(employee=person).order_by("valid_from", "pk")
    return [(one.shift.name, one.valid_from, one.valid_to) for one in rows]


def test_a_shift_takes_the_place_of_the_one_in_force(hr_client: Client, ana: Employee, office: Shift) -> None:
    night = Shift.objects.create(name="Night", starts_at=time(22), ends_at=time(6), weekdays=[0, 1, 2, 3, 4])

    assert assign(hr_client, ana, night).status_code == 302
    assert held(ana) == [("Office", date(2026, 10, 1), date(2026, 11, 1)), ("Night", date(2026, 11, 2), None)]


def test_one_for_some_days_lets_the_other_go_on_afterwards(hr_client: Client, ana: Employee, office: Shift) -> None:
    night = Shift.objects.create(name="Night", starts_at=time(22), ends_at=time(6), weekdays=[0, 1, 2, 3, 4])

    assign(hr_client, ana, night, valid_to="2026-11-08")

    assert held(ana) == [
        ("Office", date(2026, 10, 1), date(2026, 11, 1)),
        ("Night", date(2026, 11, 2), date(2026, 11, 8)),
        ("Office", date(2026, 11, 9), None),
    ]


def test_one_that_begins_later_is_in_the_way(hr_client: Client, ana: Employee, office: Shift) -> None:
    page = assign(hr_client, ana, office, day="2026-09-01")

    assert list(page.context["adminform"].form.errors) == ["shift"]
    assert len(held(ana)) == 1


def test_a_second_shift_beside_the_first_is_warned_of_where_they_do_not_fit(
    hr_client: Client, ana: Employee, office: Shift
) -> None:
    late = Shift.objects.create(name="Late", starts_at=time(16), ends_at=time(23), weekdays=[0])

    asked = assign(hr_client, ana, late, how="beside")
    said = str(asked.context["adminform"].form.errors["sure"])

    assert "Office and Late are at the same time." in said.replace("Late and Office", "Office and Late")
    assert "Rest of 10 h 00 min before Office, after Late" in said
    assert len(held(ana)) == 1
    assert 'type="checkbox" name="sure"' in asked.text
    assert assign(hr_client, ana, late, how="beside", sure="on").status_code == 302
    assert held(ana)[1:] == [("Late", date(2026, 11, 2), None)]


def test_early_and_late_fit_and_are_saved_at_once(hr_client: Client, ana: Employee, office: Shift) -> None:
    evening = Shift.objects.create(name="Evening", starts_at=time(18), ends_at=time(20), weekdays=[0, 1, 2, 3, 4])

    assert assign(hr_client, ana, evening, how="beside").status_code == 302
    assert [name for name, _first, _last in held(ana)] == ["Office", "Evening"]


def test_the_rule_of_rotations_is_folded_away(hr_client: Client, ana: Employee, office: Shift) -> None:
    page = hr_client.get(reverse("admin:attendance_shiftassignment_add"))

    assert {part.name: part.is_collapsible for part in page.context["adminform"]} == {None: False, "Advanced": True}
    assert page.context["adminform"].form["how"].value() == "instead"
