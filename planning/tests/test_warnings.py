"""What speaks against a planned day, and how many statements a board takes."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance.models import Absence, AbsenceType, PlannedShift, Shift, ShiftAssignment, WorkPolicy
from employees.models import Department, Employee, EmploymentPeriod
from planning.selectors import PlanView
from planning.tests.plan_kit import DAY, MONDAY, WEEK, hired, published, shift

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY + DAY


def said(person: Employee, day: date) -> str:
    return " ".join(PlanView([person], day, day).row(person).cells[0].warnings)


@pytest.fixture
def person(department: Department) -> Employee:
    return hired("W1", department=department)


def test_little_rest_is_said_on_the_later_day(person: Employee) -> None:
    published(person, MONDAY, shift("Late", 14, 22))
    published(person, TUESDAY, shift("Early", 6, 14))

    assert said(person, MONDAY) == ""
    assert "Rest of 8 h 00 min after Late" in said(person, TUESDAY)
    assert "at least 12 h 00 min" in said(person, TUESDAY)


def test_the_rest_is_that_of_the_work_policy_where_it_has_one(person: Employee) -> None:
    WorkPolicy.objects.create(name="Eight", valid_from=date(2020, 1, 1), rest_minutes=8 * 60)
    published(person, MONDAY, shift("Late", 14, 22))
    published(person, TUESDAY, shift("Early", 6, 14))

    assert said(person, TUESDAY) == ""


def test_two_shifts_at_once_on_a_day_or_over_midnight(person: Employee) -> None:
    day, noon = shift("Day", 8, 16), shift("Noon", 12, 20)
    published(person, MONDAY, day, noon)
    published(person, MONDAY + 3 * DAY, shift("Night", 20, 10))
    published(person, MONDAY + 4 * DAY, day)

    assert said(person, MONDAY) == "Day and Noon are at the same time."
    assert said(person, MONDAY + 4 * DAY) == "Day begins before Night of the day before ends."


def test_planned_while_away_or_while_that_is_asked_for(person: Employee) -> None:
    vacation = AbsenceType.objects.create(code="vac", name="Vacation")
    for number, state in enumerate(("approved", "requested")):
        day = MONDAY + number * WEEK
        Absence.objects.create(employee=person, kind=vacation, first=day, last=day, state=state)
        published(person, day, Shift.objects.first() or shift("Day", 8, 16))

    assert said(person, MONDAY) == "Vacation is approved for this day."
    assert said(person, MONDAY + WEEK) == "Vacation is requested for this day."


def test_an_assigned_shift_of_somebody_on_leave_is_no_fault(person: Employee) -> None:
    ShiftAssignment.objects.create(employee=person, shift=shift("Day", 8, 16, [0, 1, 2]), valid_from=date(2020, 1, 1))
    vacation = AbsenceType.objects.create(code="vac", name="Vacation")
    Absence.objects.create(employee=person, kind=vacation, first=MONDAY, last=MONDAY, state="approved")

    assert said(person, MONDAY) == ""


def test_300_people_and_four_weeks_take_as_many_statements_as_one_person_and_a_day(person: Employee) -> None:
    day, night = shift("Day", 8, 16, [0, 1, 2]), shift("Night", 22, 6)
    vacation = AbsenceType.objects.create(code="vac", name="Vacation")

    def fill(people: list[Employee]) -> None:
        ShiftAssignment.objects.bulk_create(
            ShiftAssignment(employee=one, shift=day, valid_from=date(2020, 1, 1)) for one in people
        )
        Absence.objects.bulk_create(
            Absence(employee=one, kind=vacation, first=MONDAY, last=MONDAY, state=state)
            for one in people
            for state in ("approved", "requested")
        )
        PlannedShift.objects.bulk_create(
            PlannedShift(employee=one, day=MONDAY + number * DAY, shift=night, state=state)
            for one in people
            for number, state in enumerate(("draft", "published"))
        )

    def statements(people: list[Employee], days: int) -> int:
        with CaptureQueriesContext(connection) as asked:
            rows = PlanView(people, MONDAY, MONDAY + (days - 1) * DAY).rows([])
        assert sum(len(row.cells) for row in rows) == len(people) * days
        assert rows[-1].cells[0].is_draft
        return len(asked)

    fill([person])
    few = statements([person], 1)
    Employee.objects.bulk_create(
        Employee(number=f"P{number:03}", first_name="Demo", department=person.department) for number in range(299)
    )
    more = list(Employee.objects.exclude(pk=person.pk))
    EmploymentPeriod.objects.bulk_create(EmploymentPeriod(employee=one, hired_on=date(2020, 1, 1)) for one in more)
    fill(more)

    assert statements(list(Employee.objects.all()), 28) == few
