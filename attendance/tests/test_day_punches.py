"""Punches are corrected where they are seen: in the opened day of the month, by the manager and HR."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time

import pytest
from django.test import Client
from django.urls import reverse

from attendance.models import ClockEvent, Shift, ShiftAssignment
from attendance.tests.fixtures import Punched
from employees.models import Employee, User
from employees.tests.employment_kit import employ

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_november")]
DAY = "2026-11-24"
PAGE = f"/attendance/people/1001/2026-11/?day={DAY}"


@pytest.fixture
def twice_in(ana: Employee, on_early_shift: Callable[[Employee], Employee], punched: Punched) -> Employee:
    """In at nine, in again two minutes later, out at five."""
    on_early_shift(ana)
    for direction, at in (("in", "09:00"), ("in", "09:02"), ("out", "17:00")):
        punched(ana, direction, f"{DAY}T{at}")
    return ana


def punch(at: str) -> ClockEvent:
    return next(one for one in ClockEvent.objects.standing() if f"{one.local_at:%H:%M}" == at)


def times() -> list[str]:
    return [f"{one.local_at:%H:%M} {one.direction}" for one in ClockEvent.objects.standing().order_by("at")]


def test_a_double_punch_is_removed_and_the_removal_undone(hr_client: Client, twice_in: Employee) -> None:
    assert "Remove the punch" in hr_client.get(PAGE).content.decode()
    gone = punch("09:02")

    answer = hr_client.post(
        reverse("punch_remove", args=["1001", gone.pk]), {"shown": DAY, "reason": "Twice"}, follow=True
    )

    assert answer.redirect_chain[0][0] == f"/attendance/people/1001/2026-11/?day={DAY}#d{DAY}"
    assert times() == ["09:00 in", "17:00 out"]
    assert "Undo" in answer.content.decode()
    void = ClockEvent.objects.get(replaces=gone)
    hr_client.post(reverse("punch_undo", args=["1001", void.pk]), {"shown": DAY, "reason": "Undone"})
    assert times() == ["09:00 in", "09:02 in", "17:00 out"]


def test_a_punch_is_changed_and_one_added(manager_client: Client, twice_in: Employee) -> None:
    late = {"shown": DAY, "day": DAY, "direction": "out", "time": "09:02", "reason": "Wrong button"}
    manager_client.post(reverse("punch_change", args=["1001", punch("09:02").pk]), late)
    manager_client.post(reverse("punch_add", args=["1001"]), late | {"direction": "in", "time": "10:00"})

    assert times() == ["09:00 in", "09:02 out", "10:00 in", "17:00 out"]
    assert ClockEvent.objects.latest("received_at").author is not None


def test_what_cannot_be_stored_is_said_and_the_day_stays_open(hr_client: Client, twice_in: Employee) -> None:
    answer = hr_client.post(
        reverse("punch_remove", args=["1001", punch("09:02").pk]), {"shown": DAY, "reason": ""}, follow=True
    )

    assert "Give the reason" in answer.content.decode()
    assert len(times()) == 3


def test_the_answer_stands_in_the_open_day_and_not_at_the_top(hr_client: Client, twice_in: Employee) -> None:
    sent = {"shown": DAY, "reason": "Twice"}
    page = hr_client.post(reverse("punch_remove", args=["1001", punch("09:02").pk]), sent, follow=True).text

    assert page.count("The punch is removed.") == 1
    assert "The punch is removed." in page.partition(f'id="d{DAY}"')[2].partition("</details>")[0]


def proposed(page: str) -> tuple[str, str, str]:
    """Direction, day and time with which the form begins that adds a punch to the day."""
    part = page.partition(f'id="d{DAY}"')[2].partition("punches/add/")[2].partition("</form>")[0]
    fields = (r'value="(\w+)"\s+selected', r'name="day"[^>]*value="([^"]*)"', r'name="time"[^>]*value="([^"]*)"')
    found = [re.search(one, part) for one in fields]
    direction, day, at = (one.group(1) if one else "" for one in found)
    return direction, day, at


@pytest.mark.parametrize(
    ("there", "at", "wanted"), [("in", "09:00", ("out", DAY, "17:00")), ("out", "17:00", ("in", DAY, "09:00"))]
)
def test_the_punch_that_is_missing_is_proposed_with_its_shift_s_time(
    hr_client: Client,
    ana: Employee,
    colleague: User,
    client_of: Callable[[User], Client],
    on_early_shift: Callable[[Employee], Employee],
    punched: Punched,
    there: str,
    at: str,
    wanted: tuple[str, str, str],
) -> None:
    on_early_shift(ana)
    punched(ana, there, f"{DAY}T{at}")
    assert proposed(hr_client.get(PAGE).text) == wanted

    cleo = Employee.objects.get(user=colleague)
    on_early_shift(cleo)
    one = punched(cleo, there, f"{DAY}T{at}")
    address = reverse("correction_new", args=[cleo.number])
    asked = client_of(colleague).get(address, {"day": DAY}).context["form"]
    assert (asked["direction"].value(), f"{asked['day'].value()}", f"{asked['time'].value():%H:%M}") == wanted

    about = client_of(colleague).get(address, {"day": DAY, "event": str(one.pk)}).context["form"]
    assert (about["direction"].value(), f"{about['time'].value():%H:%M}") == (there, at)


def test_a_check_out_of_a_night_is_proposed_on_the_next_day(hr_client: Client, ana: Employee, punched: Punched) -> None:
    employ(ana, hired_on=date(2020, 1, 1))
    night = Shift.objects.create(name="Night", starts_at=time(22), ends_at=time(6), weekdays=[0, 1, 2, 3, 4])
    ShiftAssignment.objects.create(employee=ana, shift=night, valid_from=date(2026, 11, 1))
    punched(ana, "in", f"{DAY}T22:00")

    assert proposed(hr_client.get(PAGE).text) == ("out", "2026-11-25", "06:00")


@pytest.mark.parametrize("name", ["punch_change", "punch_remove", "punch_undo"])
def test_nobody_else_corrects(
    client: Client, colleague_client: Client, outsider_client: Client, twice_in: Employee, name: str
) -> None:
    address = reverse(name, args=["1001", punch("09:02").pk])
    sent = {"shown": DAY, "day": DAY, "direction": "in", "time": "08:00", "reason": "x"}

    assert client.post(address, sent).status_code == 302
    assert colleague_client.post(address, sent).status_code in (403, 404)
    assert outsider_client.post(address, sent).status_code in (403, 404)
    assert len(times()) == 3


def test_a_punch_of_somebody_else_is_not_found(hr_client: Client, twice_in: Employee, ben: Employee) -> None:
    address = reverse("punch_remove", args=[ben.number, punch("09:02").pk])

    assert hr_client.post(address, {"shown": DAY, "reason": "x"}).status_code == 404


@pytest.mark.parametrize(("field", "value"), [("day", "0001-01-01"), ("day", "9999-12-31"), ("shown", "0001-01-01")])
def test_a_day_that_no_report_knows_stores_nothing(
    hr_client: Client, twice_in: Employee, field: str, value: str
) -> None:
    sent = {"shown": DAY, "day": DAY, "direction": "in", "time": "08:00", "reason": "x"} | {field: value}

    assert hr_client.post(reverse("punch_add", args=["1001"]), sent).status_code in (302, 404)
    assert len(times()) == 3


def test_an_address_to_go_back_to_that_is_none_leads_nowhere_else(hr_client: Client, twice_in: Employee) -> None:
    answer = hr_client.post(reverse("attendance_mend", args=["1001"]), {"next": "x"})

    assert answer.status_code == 302


def test_the_month_says_that_a_day_opens(hr_client: Client, twice_in: Employee) -> None:
    assert "Open a day to see how it was counted, and to correct its punches." in hr_client.get(PAGE).text


def test_a_split_shift_is_called_split(hr_client: Client, ana: Employee, punched: Punched) -> None:
    employ(ana, hired_on=date(2020, 1, 1))
    split = Shift.objects.create(
        name="Split",
        kind="split",
        starts_at=time(9),
        ends_at=time(13),
        resumes_at=time(15),
        finishes_at=time(19),
        weekdays=list(range(7)),
    )
    ShiftAssignment.objects.create(employee=ana, shift=split, valid_from=date(2020, 1, 1))
    punched(ana, "in", f"{DAY}T09:00")

    page = hr_client.get(PAGE).text

    assert "split hours" in page
    assert "fixed hours" not in page


def test_who_is_still_in_reads_since_when(hr_client: Client, ana: Employee, punched: Punched) -> None:
    employ(ana, hired_on=date(2020, 1, 1))
    now = datetime.now(ana.zone)
    punched(ana, "in", now)

    page = " ".join(hr_client.get(f"/attendance/people/1001/{now:%Y-%m}/").text.split())

    assert f"running since {now:%H:%M}" in page
