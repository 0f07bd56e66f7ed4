"""Rotations from a list, and what they make of the assignments of before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import DirtySpan, ShiftAssignment
from attendance.refusals import PeriodLocked
from attendance.services.periods import period_create, period_lock, period_reopen
from attendance.services.results import results_refresh
from common.models import AuditEntry
from employees.models import Department, Employee, User
from planning.access import NotPlanned, PlanRefused
from planning.services.drafts import Wish, change_undo, drafts_set
from planning.services.rotations import (
    days_on_and_off,
    rotation_assign,
    rotation_undo,
    shifts_in_turn,
    weeks_in_turn,
)
from planning.tests.plan_kit import DAY, MONDAY, WEEK, counted, hired, published, shift

pytestmark = pytest.mark.django_db
WEEKDAYS = [0, 1, 2, 3, 4]


@pytest.fixture
def people(department: Department) -> list[Employee]:
    return [hired(f"R{number}", department=department) for number in range(2)]


def letters(person: Employee, first: date, days: int) -> str:
    """The first letter of each day's shift; a point for a free one."""
    return "".join((counted(person, first + number * DAY) or ["."])[0][0] for number in range(days))


def test_four_on_four_off(people: list[Employee], hr: User) -> None:
    turns = days_on_and_off(shift=shift("Day", 7, 19), on=4, off=4, start=MONDAY)

    assert rotation_assign(people=people, turns=turns, start=MONDAY, by=hr) == 2

    for person in people:
        assert letters(person, MONDAY - 2 * DAY, 18) == "..DDDD....DDDD...."
    assert letters(people[0], MONDAY + 8 * 52 * DAY, 8) == "DDDD...."


def test_early_late_night_in_turn(people: list[Employee], hr: User) -> None:
    shifts = [shift("Early", 6, 14), shift("Late", 14, 22), shift("Night", 22, 6)]
    turns = shifts_in_turn(shifts=shifts, on=2, off=1, start=MONDAY)
    rotation_assign(people=people, turns=turns, start=MONDAY, by=hr)

    assert letters(people[0], MONDAY, 18) == "EE.LL.NN.EE.LL.NN."


def test_week_a_and_week_b_from_the_middle_of_a_week(people: list[Employee], hr: User) -> None:
    shifts = [shift("Early", 6, 14, WEEKDAYS), shift("Late", 14, 22, [1, 2, 3, 4, 5])]
    start = MONDAY + 2 * DAY
    rotation_assign(people=people, turns=weeks_in_turn(weeks=shifts, start=start), start=start, by=hr)

    assert letters(people[0], MONDAY, 28) == "..EEE.." + ".LLLLL." + "EEEEE.." + ".LLLLL."


def test_a_week_may_be_free(people: list[Employee], hr: User) -> None:
    turns = weeks_in_turn(weeks=[shift("Early", 6, 14, WEEKDAYS), None], start=MONDAY)
    rotation_assign(people=people, turns=turns, start=MONDAY, by=hr)

    assert letters(people[0], MONDAY, 14) == "EEEEE.." + "." * 7


def test_what_was_assigned_ends_the_day_before_and_published_days_stay(people: list[Employee], hr: User) -> None:
    week, day = shift("Week", 9, 17, WEEKDAYS), shift("Day", 7, 19)
    ShiftAssignment.objects.create(employee=people[0], shift=week, valid_from=date(2020, 1, 1))
    published(people[0], MONDAY + 5 * DAY, week)
    turns = days_on_and_off(shift=day, on=1, off=1, start=MONDAY)
    rotation_assign(people=people, turns=turns, start=MONDAY, by=hr)

    assert letters(people[0], MONDAY - WEEK, 14) == "WWWWW..D.D.DWD"
    assert ShiftAssignment.objects.get(shift=week).valid_to == MONDAY - DAY
    assert AuditEntry.objects.filter(act="plan.rotation", subject="R0").count() == 1


def test_an_assignment_that_begins_later_is_named_and_nothing_is_changed(people: list[Employee], hr: User) -> None:
    week = shift("Week", 9, 17, WEEKDAYS)
    ShiftAssignment.objects.create(employee=people[0], shift=week, valid_from=MONDAY + WEEK)
    turns = days_on_and_off(shift=week, on=4, off=4, start=MONDAY)

    with pytest.raises(PlanRefused, match="Demo R0, Week") as refused:
        rotation_assign(people=people, turns=turns, start=MONDAY, by=hr)

    assert refused.value.field == "start"
    assert ShiftAssignment.objects.count() == 1


def test_a_rotation_counts_from_a_past_day_but_not_within_a_locked_period(people: list[Employee], hr: User) -> None:
    first = timezone.now().date() - timedelta(days=40)
    period_lock(period=period_create(first=first, last=first + 6 * DAY, by=hr), by=hr, reason="Payday")
    day = shift("Day", 7, 19)
    with pytest.raises(PeriodLocked):
        rotation_assign(people=people, turns=days_on_and_off(shift=day, on=4, off=4, start=first), start=first, by=hr)

    results_refresh()
    later = first + WEEK
    rotation_assign(people=people, turns=days_on_and_off(shift=day, on=4, off=4, start=later), start=later, by=hr)
    assert DirtySpan.objects.filter(employee__in=people).count() == 2


def test_outsiders_assign_nothing(people: list[Employee], outsider_manager: User, colleague: User) -> None:
    turns = days_on_and_off(shift=shift("Day", 7, 19), on=4, off=4, start=MONDAY)
    for by in (outsider_manager, colleague):
        with pytest.raises(NotPlanned):
            rotation_assign(people=people, turns=turns, start=MONDAY, by=by)


def test_a_rotation_that_makes_no_sense_is_refused() -> None:
    night = shift("Night", 22, 6)
    with pytest.raises(PlanRefused, match="1 to 31"):
        days_on_and_off(shift=night, on=4, off=0, start=MONDAY)
    with pytest.raises(PlanRefused, match="at most 62"):
        shifts_in_turn(shifts=[night] * 3, on=20, off=3, start=MONDAY)
    with pytest.raises(PlanRefused, match="has no weekdays"):
        weeks_in_turn(weeks=[night], start=MONDAY)
    with pytest.raises(PlanRefused, match="at least one"):
        weeks_in_turn(weeks=[None, None], start=MONDAY)


def test_the_last_rotation_is_undone(client_of: Callable[[User], Client], people: list[Employee], hr: User) -> None:
    early, late = shift("Early", 6, 14, WEEKDAYS), shift("Late", 14, 22, WEEKDAYS)
    for person, last in zip(people, (None, MONDAY + 2 * DAY), strict=True):
        ShiftAssignment.objects.create(employee=person, shift=early, valid_from=MONDAY - 4 * WEEK, valid_to=last)
    rotation_assign(people=people, turns=weeks_in_turn(weeks=[late], start=MONDAY), start=MONDAY, by=hr)
    assert letters(people[0], MONDAY - 3 * DAY, 5) == "E..LL"

    page = client_of(hr).post(reverse("plan_undo"), follow=True).content.decode()

    assert "The rotation was taken back: 2 people work as before." in page
    assert letters(people[0], MONDAY - 3 * DAY, 5) == "E..EE"
    assert letters(people[1], MONDAY, 5) == "EEE.."
    assert {one.valid_to for one in ShiftAssignment.objects.all()} == {None, MONDAY + 2 * DAY}
    assert rotation_undo(by=hr) is None


def test_a_rotation_stays_once_something_was_changed_or_closed(people: list[Employee], hr: User) -> None:
    start = timezone.now().date() - 20 * DAY
    turns = days_on_and_off(shift=shift("Day", 7, 19), on=4, off=4, start=start)
    rotation_assign(people=people, turns=turns, start=start, by=hr)
    period = period_create(first=start, last=start + WEEK, by=hr)
    period_lock(period=period, by=hr, reason="Paid")
    with pytest.raises(PeriodLocked):
        rotation_undo(by=hr)
    period_reopen(period=period, by=hr, reason="Again")

    made = ShiftAssignment.objects.get(employee=people[1])
    made.run_days = 3
    made.save()
    with pytest.raises(PlanRefused, match="changed since"):
        rotation_undo(by=hr)
    made.run_days = 4
    made.save()
    later = ShiftAssignment.objects.create(employee=people[0], shift=made.shift, valid_from=start + 90 * DAY)
    with pytest.raises(PlanRefused, match="changed since"):
        rotation_undo(by=hr)

    later.delete()
    results_refresh()
    assert rotation_undo(by=hr) == 2
    assert not ShiftAssignment.objects.exists()
    assert {one.employee_id for one in DirtySpan.objects.filter(first__lte=start)} == {one.pk for one in people}


def test_what_was_drafted_since_is_undone_first(people: list[Employee], hr: User) -> None:
    day = shift("Day", 7, 19)
    turns = days_on_and_off(shift=day, on=4, off=4, start=MONDAY)
    rotation_assign(people=people, turns=turns, start=MONDAY, by=hr)
    drafts_set(wishes=[Wish(people[0], MONDAY, ())], by=hr)

    assert rotation_undo(by=hr) is None
    assert change_undo(by=hr) == 1
    assert letters(people[0], MONDAY, 3) == "DDD"
