"""Shifts and people for the tests of the plan."""

from __future__ import annotations

from datetime import date, time, timedelta

from attendance.models import PlannedShift, Shift
from attendance.selectors.plans import PlanBook
from employees.models import Employee
from employees.services import employee_create
from employees.tests.employment_kit import employ
from planning.selectors import Cell, PlanView

MONDAY = date(2026, 12, 7)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


def shift(name: str, starts: int, ends: int, weekdays: list[int] | None = None) -> Shift:
    """A shift of whole hours; without weekdays it is worked only where it is planned."""
    return Shift.objects.create(name=name, starts_at=time(starts), ends_at=time(ends), weekdays=weekdays or [])


def hired(number: str, **given: object) -> Employee:
    """Somebody who has worked here for years."""
    person = employee_create(number=number, first_name="Demo", last_name=number, **given)  # type: ignore[arg-type]
    employ(person, hired_on=date(2020, 1, 1), time_zone="America/La_Paz")
    person.refresh_from_db()
    return person


def counted(person: Employee, day: date) -> list[str]:
    """The names of the shifts that are counted on a day."""
    return [one.name for one in PlanBook([person], day, day).plan(person, day).shifts]


def shown(person: Employee, day: date) -> Cell:
    """What the board shows of a day."""
    return PlanView([person], day, day).row(person).cells[0]


def names(cell: Cell) -> list[str]:
    return [one.name for one in cell.shifts]


def published(person: Employee, day: date, *shifts: Shift) -> None:
    """A day that is published with these shifts; with none it is free."""
    rows = [PlannedShift(employee=person, day=day, shift=one, state="published") for one in shifts]
    PlannedShift.objects.bulk_create(rows or [PlannedShift(employee=person, day=day, kind="free", state="published")])
