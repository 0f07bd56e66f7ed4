"""Past punches and shift assignments from CSV files."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from attendance.models import ClockEvent, Shift, ShiftAssignment
from employees.models import Employee, User
from employees.tests.test_import import confirm, preview

pytestmark = pytest.mark.django_db
PUNCHES = "attendance_clockevent"
ASSIGNMENTS = "attendance_shiftassignment"


@pytest.fixture
def old_ana(ana: Employee) -> Employee:
    """Employed for years, in Madrid."""
    ana.hired_on, ana.time_zone = date(2015, 1, 1), "Europe/Madrid"
    ana.save()
    return ana


def test_past_punches_go_through_the_clock_signed_by_whoever_imports(
    hr_client: Client, hr: User, old_ana: Employee
) -> None:
    lines = ["employee,direction,at", "1001,in,2024-03-04 08:59", "1001,OUT,2024-03-04T17:03:00+01:00"]
    seen = preview(hr_client, *lines, page=PUNCHES)
    assert not ClockEvent.objects.exists()

    confirm(hr_client, seen, page=PUNCHES)

    first, second = ClockEvent.objects.order_by("at")
    assert (first.direction, first.local_at.isoformat()) == ("in", "2024-03-04T08:59:00+01:00")
    assert (second.direction, second.zone) == ("out", "Europe/Madrid")
    assert {(event.method, event.author, event.reason) for event in (first, second)} == {("manual", hr, "Imported")}


def test_a_file_that_is_imported_again_stores_nothing_twice(hr_client: Client, old_ana: Employee) -> None:
    lines = ["employee,direction,at", "1001,in,2024-03-04 08:59"]
    confirm(hr_client, preview(hr_client, *lines, page=PUNCHES), page=PUNCHES)

    again = preview(hr_client, *lines, "1001,in,2024-03-04 08:59:30", page=PUNCHES)

    page = again.content.decode()
    assert "It is already saved." in page
    assert "There is a punch less than a minute from it." in page
    confirm(hr_client, again, page=PUNCHES)
    assert ClockEvent.objects.count() == 1


def test_the_order_of_lines_tells_which_of_the_hours_that_come_twice_is_meant(
    hr_client: Client, old_ana: Employee
) -> None:
    lines = [
        "employee,direction,at", "1001,in,2024-10-26 22:00", "1001,out,2024-10-27 02:30", "1001,in,2024-10-27 02:15",
        "1001,out,2024-10-27 06:00",
    ]  # fmt: skip
    confirm(hr_client, preview(hr_client, *lines, page=PUNCHES), page=PUNCHES)

    moments = ClockEvent.objects.order_by("at").values_list("direction", "at")
    assert [(direction, f"{at:%H:%M}") for direction, at in moments] == [
        ("in", "20:00"), ("out", "00:30"), ("in", "01:15"), ("out", "05:00"),
    ]  # fmt: skip


@pytest.mark.parametrize("seconds", [30, 45])
def test_the_other_direction_within_a_minute_is_imported(hr_client: Client, old_ana: Employee, seconds: int) -> None:
    lines = ["employee,direction,at", "1001,out,2024-03-04 12:00:00", f"1001,in,2024-03-04 12:00:{seconds}"]
    confirm(hr_client, preview(hr_client, *lines, page=PUNCHES), page=PUNCHES)

    assert list(ClockEvent.objects.order_by("at").values_list("direction", flat=True)) == ["out", "in"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("9999,in,2024-03-04 08:59,,", "Nobody has this number."),
        ("1001,up,2024-03-04 08:59,,", "direction"),
        ("1001,in,04/03/2024,,", "Write the instant as"),
        ("1001,in,2024-03-04,,", "Write the instant as"),
        ("1001,in,2024-03-31 02:30,,", "did not exist"),
        ("1001,in,2024-03-04 08:59,Mars/Base,", "time zone"),
        ("1001,in,2010-03-04 08:59,,", "not employed"),
        (f"1001,in,{timezone.now() + timedelta(days=1):%Y-%m-%d} 08:59,,", "in the future"),
        (f"1001,in,2024-03-04 08:59,,{'x' * 301}", "300 characters"),
    ],
)
def test_a_row_that_the_clock_refuses_is_shown_with_its_reason(
    hr_client: Client, old_ana: Employee, row: str, said: str
) -> None:
    seen = preview(hr_client, "employee,direction,at,zone,reason", "1001,in,2024-03-01 09:00,,", row, page=PUNCHES)

    assert said in seen.content.decode()
    assert "confirm_form" not in seen.context  # type: ignore[attr-defined]
    assert not ClockEvent.objects.exists()


def test_assignments_name_people_and_shifts(hr_client: Client, old_ana: Employee, early_shift: Shift) -> None:
    seen = preview(
        hr_client, "employee,shift,valid_from,valid_to", "1001,Early,2024-01-01,2024-06-30", page=ASSIGNMENTS
    )

    confirm(hr_client, seen, page=ASSIGNMENTS)

    made = ShiftAssignment.objects.get()
    assert (made.employee, made.shift, made.valid_to) == (old_ana, early_shift, date(2024, 6, 30))


def test_an_assignment_that_ends_before_it_begins_is_refused(
    hr_client: Client, old_ana: Employee, early_shift: Shift
) -> None:
    seen = preview(
        hr_client, "employee,shift,valid_from,valid_to", "1001,Early,2024-01-01,2023-06-30", page=ASSIGNMENTS
    )

    assert "The last day cannot be before the first." in seen.content.decode()


SHIFTS = "attendance_shift"


def test_shifts_are_made_and_changed_by_name(hr_client: Client, early_shift: Shift) -> None:
    head = "name,kind,starts_at,ends_at,weekdays,grace_minutes"
    seen = preview(hr_client, head, "Night,fixed,22:00,06:00,0 1 2 3,10", "Early,,09:00,16:00,0 1 2 3 4,", page=SHIFTS)

    confirm(hr_client, seen, page=SHIFTS)

    night = Shift.objects.get(name="Night")
    assert (night.hours, night.weekdays, night.grace_minutes) == ("22:00–06:00", [0, 1, 2, 3], 10)
    early_shift.refresh_from_db()
    assert early_shift.hours == "09:00–16:00"


@pytest.mark.parametrize(
    ("row", "said"),
    [("Odd,fixed,,,0", "Only an open shift has none"), ("Odd,fixed,09:00,17:00,Monday", "0 is Monday"),
     ("Odd,square,09:00,17:00,0", "square")],
)  # fmt: skip
def test_a_shift_that_cannot_be_is_refused(hr_client: Client, row: str, said: str) -> None:
    seen = preview(hr_client, "name,kind,starts_at,ends_at,weekdays", row, page=SHIFTS)

    assert said in seen.content.decode()
    assert not Shift.objects.exists()
