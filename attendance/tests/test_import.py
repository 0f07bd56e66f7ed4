"""Files of past punches, shifts and assignments."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.importing.weekdays import read_weekdays
from attendance.models import ClockEvent, Shift, ShiftAssignment
from employees.models import Employee, User
from employees.tests.employment_kit import employ
from employees.tests.import_kit import answer, imported, save, upload, upload_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture
def old_ana(ana: Employee) -> Employee:
    """Employed for years, in Madrid."""
    employ(ana, hired_on=date(2015, 1, 1), time_zone="Europe/Madrid")
    ana.refresh_from_db()
    return ana


def stored() -> list[tuple[str, str]]:
    """Directions and instants of what is stored, in UTC."""
    return [(one.direction, f"{one.at:%d %H:%M}") for one in ClockEvent.objects.order_by("at")]


def test_past_punches_go_through_the_clock_signed_by_whoever_imports(
    hr_client: Client, hr: User, old_ana: Employee
) -> None:
    lines = ["employee,direction,at", "1001,in,2024-03-04 08:59", "1001,OUT,2024-03-04T17:03:00+01:00"]
    job, text = upload(hr_client, *lines, kind="punches")
    assert "4 March 2024, 08:59:00" in text
    assert not ClockEvent.objects.exists()

    save(hr_client, job)

    first, second = ClockEvent.objects.order_by("at")
    assert (first.direction, first.local_at.isoformat()) == ("in", "2024-03-04T08:59:00+01:00")
    assert (second.direction, second.zone) == ("out", "Europe/Madrid")
    assert {(event.method, event.author, event.reason) for event in (first, second)} == {("manual", hr, "Imported")}


def test_day_and_time_in_two_columns_and_in_spanish(hr_client: Client, old_ana: Employee) -> None:
    job = imported(
        hr_client,
        "Empleado;Fecha;Hora;Sentido",
        "1001;25/03/2024;08:59;Entrada",
        "1001;25/03/2024;5:03 p. m.;Salida",
        kind="punches",
    )

    assert job.problems == []
    assert stored() == [("in", "25 07:59"), ("out", "25 16:03")]


def test_a_device_program_s_one_column_of_day_and_time(hr_client: Client, old_ana: Employee) -> None:
    job = imported(
        hr_client,
        "AC-No.,Name,Time,State",
        "1001,Ana,25/03/2024 8:59:10,C/In",
        "1001,Ana,25/03/2024 17:03:00,C/Out",
        kind="punches",
    )

    assert job.problems == []
    assert stored() == [("in", "25 07:59"), ("out", "25 16:03")]


def test_portuguese_headings_the_end_of_a_day_and_a_zone_in_small_letters(hr_client: Client, old_ana: Employee) -> None:
    job = imported(
        hr_client,
        "Matrícula;Data;Hora;Tipo;Fuso horário",
        "1001;25/03/2024;19h05;Entrada;",
        "1001;25/03/2024;24:00;Saída;",
        "1001;26/03/2024;08:00;Entrada;america/la_paz",
        kind="punches",
    )

    assert job.problems == []
    assert stored() == [("in", "25 18:05"), ("out", "25 23:00"), ("in", "26 12:00")]


def test_a_file_that_is_imported_again_stores_nothing_twice(hr_client: Client, old_ana: Employee) -> None:
    lines = ["employee,direction,at", "1001,in,2024-03-04 08:59"]
    imported(hr_client, *lines, kind="punches")

    job, text = upload(hr_client, *lines, "1001,in,2024-03-04 08:59:30", kind="punches")

    assert "It is already saved." in text
    assert "There is a punch less than a minute from it." in text
    save(hr_client, job)
    assert ClockEvent.objects.count() == 1


def test_the_order_of_lines_tells_which_of_the_hours_that_come_twice_is_meant(
    hr_client: Client, old_ana: Employee
) -> None:
    imported(
        hr_client,
        "employee,direction,at",
        "1001,in,2024-10-26 22:00",
        "1001,out,2024-10-27 02:30",
        "1001,in,2024-10-27 02:15",
        "1001,out,2024-10-27 06:00",
        kind="punches",
    )

    assert stored() == [("in", "26 20:00"), ("out", "27 00:30"), ("in", "27 01:15"), ("out", "27 05:00")]


@pytest.mark.parametrize(("said", "instant"), [("first", "27 00:30"), ("second", "27 01:30")])
def test_a_time_that_comes_twice_is_asked_where_the_order_does_not_tell(
    hr_client: Client, old_ana: Employee, said: str, instant: str
) -> None:
    lines = ["employee,direction,at", "1001,in,2024-10-26 22:00", "1001,out,2024-10-27 02:30"]
    job, text = upload(hr_client, *lines, kind="punches")
    assert "27 October 2024, 02:30:00 came twice" in text
    assert save(hr_client, job).state == "open"

    answer(hr_client, job, {"twice:3": said})
    save(hr_client, job)

    assert stored() == [("in", "26 20:00"), ("out", instant)]


@pytest.mark.parametrize("seconds", [30, 45])
def test_the_other_direction_within_a_minute_is_imported(hr_client: Client, old_ana: Employee, seconds: int) -> None:
    imported(
        hr_client,
        "employee,direction,at",
        "1001,out,2024-03-04 12:00:00",
        f"1001,in,2024-03-04 12:00:{seconds}",
        kind="punches",
    )

    assert [direction for direction, _at in stored()] == ["out", "in"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("9999,in,2024-03-04 08:59,,", "employee: Nobody has this number."),
        ("1001,up,2024-03-04 08:59,,", "direction: “up” is no direction."),
        ("1001,in,04/30/13/2024,,", "at: “04/30/13/2024” is no instant."),
        ("1001,in,2024-03-04,,", "is no instant"),
        ("1001,in,2024-03-31 02:30,,", "did not exist"),
        ("1001,in,2024-03-04 08:59,Mars/Base,", "time zone"),
        ("1001,in,2010-03-04 08:59,,", "too long ago"),
        (f"1001,in,{timezone.now() + timedelta(days=1):%Y-%m-%d} 08:59,,", "in the future"),
        (f"1001,in,2024-03-04 08:59,,{'x' * 301}", "300 characters"),
    ],
)
def test_a_line_that_the_clock_refuses_is_shown_with_its_reason(
    hr_client: Client, old_ana: Employee, row: str, said: str
) -> None:
    head = "employee,direction,at,zone,reason"
    job, text = upload(hr_client, head, "1001,in,2024-03-01 09:00,,", row, kind="punches")

    assert said in text
    assert save(hr_client, job).state == "open"
    assert not ClockEvent.objects.exists()


def test_a_number_without_its_zeros_is_asked_once_for_all_its_lines(hr_client: Client, old_ana: Employee) -> None:
    Employee.objects.filter(pk=old_ana.pk).update(number="0007")
    lines = ["employee,direction,at", "7,in,2024-03-04 08:59", "7,out,2024-03-04 17:00"]
    job, text = upload(hr_client, *lines, kind="punches")
    assert text.count("Nobody has the number “7”") == 1

    answer(hr_client, job, {"alike:7": "=known"})
    save(hr_client, job)

    assert ClockEvent.objects.filter(employee=old_ana).count() == 2


def test_lines_without_a_direction_are_kept_so_when_that_is_said(hr_client: Client, old_ana: Employee) -> None:
    lines = ["employee,at", "1001,2024-03-04 17:00", "1001,2024-03-04 08:59"]
    job, text = upload(hr_client, *lines, kind="punches")
    assert "do not say whether somebody came or went" in text

    answer(hr_client, job, {"direction": "turns"})
    save(hr_client, job)

    assert stored() == [("any", "04 07:59"), ("any", "04 16:00")]


FOURTH = "    1001\t2024-03-04 08:59:12\t1\t0\t15\t0\r\n    1001\t2024-03-04 17:03:00\t1\t1\t15\t0\r\n"
THIRD = "1001\t2024-03-04 08:59:12\t0\t15\t0\t0\t0\t0\n1001\t2024-03-04 17:03:00\t1\t15\t0\t0\t0\t0\n"


@pytest.mark.parametrize("content", [FOURTH, THIRD])
def test_a_device_s_file_is_read_without_headings(hr_client: Client, old_ana: Employee, content: str) -> None:
    job, text = upload_bytes(hr_client, content.encode(), kind="punches", name="1_attlog.dat")
    assert "In or out stands in" in text

    save(hr_client, job)

    assert stored() == [("in", "04 07:59"), ("out", "04 16:03")]


def test_a_device_that_records_no_direction_leaves_it_to_a_question(hr_client: Client, old_ana: Employee) -> None:
    content = "1001\t2024-03-04 08:59:12\t1\t255\t15\t0\n1001\t2024-03-04 17:03:00\t1\t255\t15\t0\n"
    job, _text = upload_bytes(hr_client, content.encode(), kind="punches", name="attlog.dat")

    answer(hr_client, job, {"direction": "turns"})
    save(hr_client, job)

    assert stored() == [("any", "04 07:59"), ("any", "04 16:03")]


def test_assignments_name_people_and_shifts(hr_client: Client, old_ana: Employee, early_shift: Shift) -> None:
    imported(hr_client, "Empleado;Turno;Desde;Hasta", "1001;early;01/01/2024;30/06/2024", kind="assignments")

    made = ShiftAssignment.objects.get()
    assert (made.employee, made.shift, made.valid_to) == (old_ana, early_shift, date(2024, 6, 30))


def test_an_assignment_that_ends_before_it_begins_is_refused(
    hr_client: Client, old_ana: Employee, early_shift: Shift
) -> None:
    lines = ["employee,shift,valid_from,valid_to", "1001,Early,2024-01-01,2023-06-30"]
    _job, text = upload(hr_client, *lines, kind="assignments")

    assert "valid_to: The last day cannot be before the first." in text


def test_two_shifts_of_one_person_from_one_day_are_asked_and_both_kept(
    hr_client: Client, old_ana: Employee, early_shift: Shift
) -> None:
    Shift.objects.create(name="Late", starts_at="14:00", ends_at="22:00", weekdays=[0, 1])
    lines = ["employee,shift,valid_from", "1001,Early,2024-01-01", "1001,Late,2024-01-01"]
    job, text = upload(hr_client, *lines, kind="assignments")
    assert "line 2 gives another shift from the same day" in text
    assert save(hr_client, job).state == "open"

    answer(hr_client, job, {"second:": "both"})
    save(hr_client, job)

    assert set(ShiftAssignment.objects.values_list("shift__name", flat=True)) == {"Early", "Late"}


@pytest.mark.parametrize(("said", "left"), [("instead", {"Late"}), ("both", {"Early", "Late"})])
def test_another_shift_from_the_day_of_a_known_one_is_asked(
    hr_client: Client, old_ana: Employee, early_shift: Shift, said: str, left: set[str]
) -> None:
    Shift.objects.create(name="Late", starts_at="14:00", ends_at="22:00", weekdays=[0, 1])
    ShiftAssignment.objects.create(employee=old_ana, shift=early_shift, valid_from=date(2024, 1, 1))
    job, text = upload(hr_client, "employee,shift,valid_from", "1001,Late,2024-01-01", kind="assignments")
    assert "Ana Demo has the shift Early from 1 January 2024." in text

    answer(hr_client, job, {"beside:": said})
    save(hr_client, job)

    assert set(ShiftAssignment.objects.values_list("shift__name", flat=True)) == left


def test_an_empty_cell_leaves_an_assignment_s_last_day(
    hr_client: Client, old_ana: Employee, early_shift: Shift
) -> None:
    ShiftAssignment.objects.create(
        employee=old_ana, shift=early_shift, valid_from=date(2024, 1, 1), valid_to=date(2024, 6, 30)
    )
    lines = ["employee,shift,valid_from,valid_to,run_days", "1001,Early,2024-01-01,,2"]

    imported(hr_client, *lines, kind="assignments")

    kept = ShiftAssignment.objects.get()
    assert (kept.valid_to, kept.run_days) == (date(2024, 6, 30), 2)


def test_shifts_are_made_and_changed_by_name(hr_client: Client, early_shift: Shift) -> None:
    head = "name,kind,starts_at,ends_at,weekdays,grace_minutes"
    imported(
        hr_client, head, "Night,fixed,22:00,06:00,lun mar mié jue,10", "Early,,09:00,16:00,0 1 2 3 4,", kind="shifts"
    )

    night = Shift.objects.get(name="Night")
    assert (night.hours, night.weekdays, night.grace_minutes) == ("22:00–06:00", [0, 1, 2, 3], 10)
    early_shift.refresh_from_db()
    assert early_shift.hours == "09:00–16:00"


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("lun-vie", [0, 1, 2, 3, 4]),
        ("0-4", [0, 1, 2, 3, 4]),
        ("Monday to Friday", [0, 1, 2, 3, 4]),
        ("lunes a viernes y domingo", [0, 1, 2, 3, 4, 6]),
        ("vie – lun", [0, 4, 5, 6]),
        ("seg ter qua", [0, 1, 2]),
        ("5/6", [5, 6]),
    ],
)
def test_weekdays_from_one_to_another_are_those_between_as_well(text: str, days: list[int]) -> None:
    assert read_weekdays(text) == days


@pytest.mark.parametrize("text", ["lun-", "-vie", "lun-mie-vie", "lun--vie", "7", "x"])
def test_weekdays_that_nobody_understands_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_weekdays(text)


def test_a_shift_up_to_midnight_and_its_days_in_a_spanish_file(hr_client: Client) -> None:
    imported(hr_client, "Turno;Entrada;Salida;Días", "Tarde;16h;24:00;lun-vie", kind="shifts")

    late = Shift.objects.get(name="Tarde")
    assert (late.hours, late.weekdays) == ("16:00–00:00", [0, 1, 2, 3, 4])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("Odd,fixed,,,0", "Only an open shift has none"),
        ("Odd,fixed,09:00,17:00,someday", "0 is Monday"),
        ("Odd,square,09:00,17:00,0", "kind: “square” is no kind of shift."),
        ("Odd,fixed,25:00,17:00,0", "starts_at: “25:00” is no time of day."),
    ],
)
def test_a_shift_that_cannot_be_is_refused(hr_client: Client, row: str, said: str) -> None:
    job, text = upload(hr_client, "name,kind,starts_at,ends_at,weekdays", row, kind="shifts")

    assert said in text
    assert save(hr_client, job).state == "open"
    assert not Shift.objects.exists()


def test_a_second_part_of_a_shift_that_is_not_split_is_refused(hr_client: Client) -> None:
    head = "name,kind,starts_at,ends_at,resumes_at,finishes_at,weekdays"
    job, text = upload(hr_client, head, "Office,fixed,08:30,12:30,14:30,18:30,0", kind="shifts")

    assert "resumes_at: This counts only for the kind “Split in two”." in text
    assert save(hr_client, job).state == "open"


def test_imported_punches_are_no_corrections(hr_client: Client, old_ana: Employee) -> None:
    lines = ["1001,in,2024-03-04 08:59", "1001,out,2024-03-04 17:03"]
    imported(hr_client, "employee,direction,at", *lines, kind="punches")

    page = hr_client.get("/attendance/people/1001/2024-03/?day=2024-03-04").text

    assert "Corrected" not in page
    assert "/undo/" not in page
    assert "Manual" not in page
    assert "In · Import" in " ".join(page.split())
    assert "imported by" in page
    listed = hr_client.get(reverse("admin:attendance_clockevent_changelist")).text
    assert "Import" in listed


def test_the_list_of_punches_says_where_they_are_corrected(hr_client: Client, old_ana: Employee) -> None:
    imported(hr_client, "employee,direction,at", "1001,in,2024-03-04 08:59", kind="punches")
    where = "/attendance/people/1001/2024-03/?day=2024-03-04#d2024-03-04"

    for address in (
        reverse("admin:attendance_clockevent_changelist"),
        reverse("admin:attendance_clockevent_change", args=[ClockEvent.objects.get().pk]),
    ):
        page = hr_client.get(address).text
        assert where in page, address
        assert "Punches are kept as they are." in page, address
