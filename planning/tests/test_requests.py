"""Open shifts and swaps: offered, asked for, answered, decided."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from attendance.models import PlannedShift, Shift, ShiftAssignment
from employees.models import Department, Employee, User
from employees.tests.employment_kit import employ
from planning.access import NotPlanned, PlanRefused
from planning.models import OpenShift, ShiftRequest, Swap
from planning.offers import colleagues_shifts, offered_to, offered_to_plan
from planning.services.drafts import Wish, drafts_set
from planning.services.open_shifts import (
    open_shift_add,
    open_shift_remove,
    shift_ask,
    shift_ask_withdraw,
    shift_give,
)
from planning.services.publishing import plan_publish
from planning.services.swaps import swap_answer, swap_ask, swap_decide, swap_withdraw
from planning.tests.plan_kit import DAY, counted, hired, published, shift, shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def today(db: None) -> date:
    return timezone.now().date()


@pytest.fixture
def soon(today: date) -> date:
    return today + 3 * DAY


@pytest.fixture
def early(db: None) -> Shift:
    return shift("Early", 6, 14)


@pytest.fixture
def late(db: None) -> Shift:
    return shift("Late", 14, 22)


@pytest.fixture
def cleo(colleague: User) -> Employee:
    person: Employee = colleague.employee
    employ(person, hired_on=date(2020, 1, 1))
    return person


@pytest.fixture
def dora(department: Department) -> Employee:
    return hired("D1", department=department)


@pytest.fixture
def offer(soon: date, early: Shift, department: Department, manager: User) -> OpenShift:
    """Published: one person is wanted."""
    made = open_shift_add(day=soon, shift=early, department=department, wanted=1, by=manager)
    plan_publish(people=[], first=soon, last=soon, by=manager, offered=offered_to_plan(manager))
    made.refresh_from_db()
    return made


def test_people_see_an_open_shift_of_their_department_once_it_is_published(
    soon: date, today: date, early: Shift, department: Department, manager: User, cleo: Employee, ben: Employee
) -> None:
    made = open_shift_add(day=soon, shift=early, department=department, wanted=1, by=manager)
    assert not offered_to(cleo, today).exists()
    with pytest.raises(PlanRefused, match="no longer offered"):
        shift_ask(open_shift=made, employee=cleo, today=today)

    assert plan_publish(people=[], first=soon, last=soon, by=manager, offered=offered_to_plan(manager)) == 1

    assert list(offered_to(cleo, today)) == [made]
    assert not offered_to(ben, today).exists()
    with pytest.raises(NotPlanned):
        shift_ask(open_shift=made, employee=ben, today=today)


def test_who_is_given_an_open_shift_has_it_beside_the_own_one(
    offer: OpenShift, soon: date, today: date, late: Shift, cleo: Employee, dora: Employee, manager: User
) -> None:
    published(cleo, soon, late)
    first = shift_ask(open_shift=offer, employee=cleo, today=today)
    second = shift_ask(open_shift=offer, employee=dora, today=today)

    shift_give(request=first, by=manager, approve=True)

    assert sorted(counted(cleo, soon)) == ["Early", "Late"]
    assert not offered_to(dora, today).exists()
    with pytest.raises(PlanRefused) as refused:
        shift_give(request=second, by=manager, approve=True)
    assert refused.value.code == "taken"
    shift_give(request=second, by=manager, approve=False, answer="Cleo was first")
    assert (ShiftRequest.objects.get(pk=second.pk).state, counted(dora, soon)) == ("refused", [])


def test_what_is_given_takes_the_place_of_a_draft_of_before(
    offer: OpenShift, soon: date, today: date, late: Shift, cleo: Employee, manager: User
) -> None:
    drafts_set(wishes=[Wish(cleo, soon, (late.pk,))], by=manager)
    shift_give(request=shift_ask(open_shift=offer, employee=cleo, today=today), by=manager, approve=True)

    assert not shown(cleo, soon).is_draft
    assert counted(cleo, soon) == ["Early"]


def test_an_open_shift_is_asked_for_once_and_again_after_it_was_withdrawn(
    offer: OpenShift, today: date, cleo: Employee, manager: User, dora: Employee
) -> None:
    asked = shift_ask(open_shift=offer, employee=cleo, today=today)
    with pytest.raises(PlanRefused) as refused:
        shift_ask(open_shift=offer, employee=cleo, today=today)
    assert refused.value.code == "asked_already"
    with pytest.raises(PlanRefused, match="Decide that first"):
        open_shift_remove(open_shift=offer, by=manager)
    with pytest.raises(NotPlanned):
        shift_ask_withdraw(request=asked, employee=dora)

    shift_ask_withdraw(request=asked, employee=cleo)
    with pytest.raises(PlanRefused, match="Somebody has decided"):
        shift_give(request=asked, by=manager, approve=True)
    shift_ask(open_shift=offer, employee=cleo, today=today)


def test_outsiders_and_the_person_decide_nothing(
    offer: OpenShift, today: date, cleo: Employee, colleague: User, outsider_manager: User, department: Department
) -> None:
    asked = shift_ask(open_shift=offer, employee=cleo, today=today)
    for by in (outsider_manager, colleague):
        with pytest.raises(NotPlanned):
            shift_give(request=asked, by=by, approve=True)
        with pytest.raises(NotPlanned):
            open_shift_remove(open_shift=offer, by=by)
        with pytest.raises(NotPlanned):
            open_shift_add(day=offer.day, shift=offer.shift, department=department, wanted=1, by=by)
    with pytest.raises(NotPlanned):
        open_shift_add(day=offer.day, shift=offer.shift, department=None, wanted=1, by=outsider_manager)


@pytest.fixture
def swap(cleo: Employee, dora: Employee, early: Shift, late: Shift, soon: date, today: date) -> Swap:
    """Cleo asks to give her early shift for Dora's late one of the day after."""
    published(cleo, soon, early)
    published(cleo, soon + DAY)
    published(dora, soon)
    published(dora, soon + DAY, late)
    return swap_ask(
        employee=cleo,
        day=soon,
        shift=early,
        colleague=dora,
        colleague_day=soon + DAY,
        colleague_shift=late,
        today=today,
    )


def days(person: Employee, soon: date) -> list[list[str]]:
    return [counted(person, soon), counted(person, soon + DAY)]


def test_two_people_have_swapped_once_both_and_the_manager_agree(
    swap: Swap, cleo: Employee, dora: Employee, soon: date, manager: User
) -> None:
    with pytest.raises(PlanRefused, match="Somebody has decided"):
        swap_decide(swap=swap, by=manager, approve=True)
    swap_answer(swap=swap, employee=dora, accept=True)
    assert days(cleo, soon) == [["Early"], []]

    swap_decide(swap=swap, by=manager, approve=True)

    assert days(cleo, soon) == [[], ["Late"]]
    assert days(dora, soon) == [["Early"], []]


def test_two_people_swap_the_shifts_of_one_day(
    cleo: Employee, dora: Employee, early: Shift, late: Shift, soon: date, today: date, hr: User
) -> None:
    ShiftAssignment.objects.create(employee=cleo, shift=early, valid_from=today, pattern="FREQ=DAILY")
    published(dora, soon, late)
    asked = swap_ask(
        employee=cleo, day=soon, shift=early, colleague=dora, colleague_day=soon, colleague_shift=late, today=today
    )
    swap_answer(swap=asked, employee=dora, accept=True)
    swap_decide(swap=asked, by=hr, approve=True)

    assert (counted(cleo, soon), counted(dora, soon)) == (["Late"], ["Early"])
    assert counted(cleo, soon + DAY) == ["Early"]


def test_a_swap_that_is_declined_or_refused_changes_nothing(
    swap: Swap, cleo: Employee, dora: Employee, early: Shift, late: Shift, soon: date, today: date, manager: User
) -> None:
    swap_answer(swap=swap, employee=dora, accept=False)
    again = swap_ask(
        employee=cleo,
        day=soon,
        shift=early,
        colleague=dora,
        colleague_day=soon + DAY,
        colleague_shift=late,
        today=today,
    )
    swap_answer(swap=again, employee=dora, accept=True)
    with pytest.raises(PlanRefused, match="Say why"):
        swap_decide(swap=again, by=manager, approve=False)
    swap_decide(swap=again, by=manager, approve=False, answer="Dora is needed")

    assert days(cleo, soon) == [["Early"], []]
    assert list(Swap.objects.order_by("pk").values_list("state", flat=True)) == ["declined", "refused"]


def test_a_swap_of_a_shift_that_somebody_no_longer_has_is_not_approved(
    swap: Swap, cleo: Employee, dora: Employee, soon: date, manager: User
) -> None:
    swap_answer(swap=swap, employee=dora, accept=True)
    PlannedShift.objects.filter(employee=cleo, day=soon).update(kind="free", shift=None)

    with pytest.raises(PlanRefused) as refused:
        swap_decide(swap=swap, by=manager, approve=True)

    assert refused.value.code == "plan_changed"
    assert days(dora, soon) == [[], ["Late"]]


def test_others_neither_answer_nor_withdraw_nor_decide(
    swap: Swap, cleo: Employee, dora: Employee, colleague: User, outsider_manager: User
) -> None:
    with pytest.raises(NotPlanned):
        swap_answer(swap=swap, employee=cleo, accept=True)
    with pytest.raises(NotPlanned):
        swap_withdraw(swap=swap, employee=dora)
    swap_answer(swap=swap, employee=dora, accept=True)
    for by in (outsider_manager, colleague):
        with pytest.raises(NotPlanned):
            swap_decide(swap=swap, by=by, approve=True)
    swap_withdraw(swap=swap, employee=cleo)


def test_nobody_swaps_with_another_department_or_what_they_do_not_have(
    cleo: Employee, dora: Employee, ben: Employee, early: Shift, late: Shift, soon: date, today: date
) -> None:
    published(dora, soon, late)
    given: dict[str, Any] = {
        "day": soon,
        "shift": early,
        "colleague_day": soon,
        "colleague_shift": late,
        "today": today,
    }
    with pytest.raises(NotPlanned):
        swap_ask(employee=cleo, colleague=ben, **given)
    with pytest.raises(PlanRefused, match="no longer has this shift"):
        swap_ask(employee=cleo, colleague=dora, **given)
    assert [one[0] for one in colleagues_shifts(cleo, today)] == [dora]
    assert colleagues_shifts(ben, today) == []
