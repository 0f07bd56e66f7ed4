"""What the rules are told of a person's day: shifts side by side, holidays, leave."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from attendance.models import Absence, AbsenceType, CompanyHoliday, Shift, ShiftAssignment, WorkPolicy
from attendance.rules.calculate import calculate
from attendance.rules.shapes import Figures
from attendance.selectors.plans import PlanBook, punches_for
from attendance.services.clock import clock, next_direction
from employees.models import Employee
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db
MADRID = ZoneInfo("Europe/Madrid")
MONDAY = date(2026, 11, 16)
WEEKDAYS = [0, 1, 2, 3, 4]


@pytest.fixture
def person(ana: Employee) -> Employee:
    employ(ana, hired_on=date(2020, 1, 1), time_zone="Europe/Madrid")
    return Employee.objects.get(pk=ana.pk)


def assign(person: Employee, name: str, starts: int, ends: int, weekdays: list[int], **more: object) -> Shift:
    shift = Shift.objects.create(
        name=name,
        starts_at=time(starts),
        ends_at=time(ends),
        weekdays=weekdays,
        **more,
    )
    ShiftAssignment.objects.create(employee=person, shift=shift, valid_from=date(2026, 1, 1))
    return shift


def days(person: Employee, first: date, last: date) -> list[Figures]:
    book, punches = PlanBook([person], first, last), punches_for([person], first, last)
    return [one.figures for one in calculate(book.of(person), punches.get(person.pk, ()), first=first, last=last)]


def punch(person: Employee, direction: str, day: date, at: time) -> None:
    moment = datetime.combine(day, at, MADRID)
    clock(
        employee=person,
        direction=direction,
        at=moment,
        zone="Europe/Madrid",
        method="api",
        idempotency_key=f"{direction}{moment}",
        oldest=timedelta(days=4000),
    )


def test_weekdays_by_one_shift_and_saturday_by_another_ask_for_all_hours(person: Employee) -> None:
    assign(person, "Week", 9, 17, WEEKDAYS)
    assign(person, "Saturday", 9, 13, [5])

    assert sum(one.required for one in days(person, MONDAY, MONDAY + timedelta(days=6))) == 44 * 3600


def test_two_shifts_of_a_day_stand_side_by_side_and_a_hand_over_counts(person: Employee) -> None:
    assign(person, "Early", 6, 14, WEEKDAYS)
    assign(person, "Late", 14, 22, WEEKDAYS)
    for direction, at in [("in", time(6)), ("out", time(13, 57)), ("in", time(13, 59)), ("out", time(22))]:
        punch(person, direction, MONDAY, at)

    (figures,) = days(person, MONDAY, MONDAY)
    assert figures.worked == (15 * 60 + 58) * 60
    assert not figures.exceptional


def test_of_two_shifts_whose_hours_meet_the_later_assignment_counts(person: Employee) -> None:
    assign(person, "Old", 9, 17, WEEKDAYS)
    assign(person, "New", 8, 14, WEEKDAYS)

    assert days(person, MONDAY, MONDAY)[0].required == 6 * 3600


def test_a_night_and_the_day_after_it_do_not_meet(person: Employee) -> None:
    assign(person, "Night", 22, 6, WEEKDAYS)
    assign(person, "Day", 9, 17, WEEKDAYS)

    assert days(person, MONDAY, MONDAY)[0].required == 16 * 3600


def test_a_guard_of_a_day_has_24_hours(person: Employee) -> None:
    assign(person, "Guard", 8, 8, list(range(7)))
    tuesday, wednesday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
    punch(person, "in", MONDAY, time(8))
    punch(person, "out", tuesday, time(7, 56))
    punch(person, "in", tuesday, time(7, 58))
    punch(person, "out", wednesday, time(8))

    found = days(person, MONDAY, tuesday)
    assert [one.worked for one in found] == [(23 * 60 + 56) * 60, (24 * 60 + 2) * 60]


def test_after_a_guard_of_a_day_the_next_punch_is_out(person: Employee) -> None:
    assign(person, "Guard", 8, 8, list(range(7)))
    punch(person, "in", MONDAY, time(8))
    tuesday = MONDAY + timedelta(days=1)

    assert next_direction(employee=person, at=datetime.combine(tuesday, time(7, 56), MADRID)) == "out"
    assert next_direction(employee=person, at=datetime.combine(tuesday + timedelta(days=2), time(8), MADRID)) == "in"


def test_after_a_day_the_next_mornings_punch_is_in(person: Employee) -> None:
    assign(person, "Day", 9, 17, WEEKDAYS)
    punch(person, "in", MONDAY, time(9))

    assert next_direction(employee=person, at=datetime.combine(MONDAY + timedelta(days=1), time(9), MADRID)) == "in"


def test_half_a_holiday_and_a_closed_day(person: Employee) -> None:
    assign(person, "Week", 9, 17, WEEKDAYS)
    CompanyHoliday.objects.create(day=MONDAY, name="Half", half="second")
    CompanyHoliday.objects.create(day=MONDAY + timedelta(days=1), name="Closed", premium=False)
    for number in (0, 1):
        punch(person, "in", MONDAY + timedelta(days=number), time(9))
        punch(person, "out", MONDAY + timedelta(days=number), time(13))

    half, closed = days(person, MONDAY, MONDAY + timedelta(days=1))
    assert (half.required, half.balance, half.on_holiday) == (4 * 3600, 0, 3600)
    assert (closed.required, closed.on_holiday) == (0, 0)


def test_leave_of_a_type_that_is_not_paid_says_so(person: Employee) -> None:
    assign(person, "Week", 9, 17, WEEKDAYS)
    for number, paid in enumerate((True, False)):
        kind = AbsenceType.objects.create(code=f"k{number}", name="Away", paid=paid)
        day = MONDAY + timedelta(days=number)
        Absence.objects.create(employee=person, kind=kind, first=day, last=day, state="approved")

    found = days(person, MONDAY, MONDAY + timedelta(days=1))
    assert [(one.leave, one.unpaid_leave) for one in found] == [(8 * 3600, 0), (8 * 3600, 8 * 3600)]


def test_a_shift_on_call_asks_for_nothing_and_a_call_out_has_its_minimum(person: Employee) -> None:
    assign(person, "On call", 17, 8, WEEKDAYS, kind="on_call", call_out_minutes=120)
    punch(person, "in", MONDAY, time(20))
    punch(person, "out", MONDAY, time(20, 40))

    (figures,) = days(person, MONDAY, MONDAY)
    assert (figures.required, figures.worked, figures.on_call) == (0, 7200, 15 * 3600 - 2400)


@pytest.mark.parametrize(
    ("field", "rows"),
    [
        ("overtime", [{"scope": "day", "after": 480, "tier": 25}]),
        ("overtime", [{"scope": "week", "after": 480, "tier": 200, "limit": 540}]),
        ("overtime", [{"scope": "fortnight", "after": 480, "tier": 200}]),
        ("breaks", [{"after": 360, "length": 30, "deducts": "no"}]),
        ("caps", [{"over": "day", "most": 0}]),
        ("allowances", [{"code": "", "figure": "worked"}]),
        ("weekend", [5, 5]),
        ("rest_days", [7]),
    ],
)
def test_a_policy_with_a_line_that_means_nothing_is_refused(field: str, rows: list[object]) -> None:
    policy = WorkPolicy(name="Odd", valid_from=MONDAY, **{field: rows})

    with pytest.raises(ValidationError) as refused:
        policy.full_clean()
    assert set(refused.value.message_dict) == {field}


def test_without_an_assigned_shift_no_day_is_one_of_rest_by_the_pattern(person: Employee) -> None:
    WorkPolicy.objects.create(
        name="Rest days double",
        valid_from=date(2026, 1, 1),
        rest_days=[],
        rest_by_pattern=True,
        overtime=[{"scope": "rest_day", "after": 0, "tier": 200}],
    )
    saturday = MONDAY + timedelta(days=5)
    for direction, at in [("in", time(9)), ("out", time(13))]:
        punch(person, direction, saturday, at)

    (without,) = days(person, saturday, saturday)
    assign(person, "Week", 9, 17, WEEKDAYS)
    (with_one,) = days(person, saturday, saturday)

    assert (without.overtime, with_one.overtime) == ({}, {200: 4 * 3600})
