"""Department and zone in a file are those of the days that it is about."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from io import StringIO

import pytest

from attendance.models import ClockEvent
from employees.models import Department, Employee, User
from employees.services import employee_move
from employees.tests.employment_kit import employ
from reporting.files.build import Spec, lines

pytestmark = pytest.mark.django_db
Punched = Callable[..., ClockEvent]
OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))
NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))


@pytest.fixture
def person(ana: Employee) -> Employee:
    employ(ana, hired_on=date(2026, 9, 1), time_zone="Europe/Madrid")
    ana.refresh_from_db()
    return ana


def file_of(user: User, report: str, span: tuple[date, date], department: Department | None = None) -> list[list[str]]:
    spec = Spec(report, "csv", *span, department=department.pk if department else None)
    return list(csv.reader(StringIO(b"".join(lines(spec, user)).decode("utf-8-sig")), delimiter=","))


@pytest.fixture
def moved(person: Employee, other_department: Department, punched: Punched) -> Employee:
    for day in (date(2026, 10, 20), date(2026, 11, 3)):
        punched(person, "in", f"{day}T08:00")
        punched(person, "out", f"{day}T16:00")
    employee_move(employee=person, valid_from=date(2026, 11, 1), department=other_department)
    return person


def test_october_s_file_of_a_department_has_whoever_was_in_it(
    moved: Employee, department: Department, other_department: Department, hr: User
) -> None:
    header, *rows = file_of(hr, "period", OCTOBER, department)
    row = dict(zip(header, rows[0], strict=True))

    assert (row["Number"], row["Department"], row["Worked"]) == ("1001", "Workshop", "8:00:00")
    assert len(file_of(hr, "period", OCTOBER, other_department)) == 1
    assert [row[3] for row in file_of(hr, "days", NOVEMBER)[1:]] == ["Office"]
    assert [row[3] for row in file_of(hr, "days", OCTOBER)[1:]] == ["Workshop"]


def test_the_file_of_the_days_has_the_wall_clock_of_the_day(person: Employee, hr: User, punched: Punched) -> None:
    punched(person, "in", "2026-10-18T09:00")
    punched(person, "out", "2026-10-18T17:00")
    employee_move(employee=person, valid_from=date(2026, 10, 23), time_zone="America/Mexico_City")

    header, *rows = file_of(hr, "days", (date(2026, 10, 18), date(2026, 10, 18)))

    row = dict(zip(header, rows[0], strict=True))
    assert row["Time zone"] == "Europe/Madrid"
    assert (row["In"][-8:-3] if len(row["In"]) > 16 else row["In"][-5:]) == "09:00"
    assert "17:00" in row["Out"]
