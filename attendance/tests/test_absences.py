"""Time off: how long it may be, who decides about it how often, and what a closed period keeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from attendance.models import Absence, AbsenceType, Period, PeriodApproval
from attendance.refusals import AttendanceRefused
from attendance.selectors.plans import PlanBook
from attendance.services.absences import absence_decide, absence_enter, absence_request, absence_withdraw
from employees.models import Employee, User

pytestmark = pytest.mark.django_db
Assigned = Callable[[Employee], Employee]
MONDAY = date(2026, 11, 16)


@pytest.fixture
def cleo(colleague: User, on_early_shift: Assigned) -> Employee:
    return on_early_shift(colleague.employee)


@pytest.fixture
def vacation(db: None) -> AbsenceType:
    return AbsenceType.objects.create(code="vacation", name="Vacation")


@pytest.fixture
def sick(db: None) -> AbsenceType:
    return AbsenceType.objects.create(code="sick-leave", name="Sick leave", interrupts=True)


@pytest.fixture
def leave(cleo: Employee, colleague: User, vacation: AbsenceType) -> Absence:
    """What Cleo asked for: Monday to Wednesday."""
    return absence_request(
        employee=cleo, by=colleague, kind=vacation, first=MONDAY, last=MONDAY + timedelta(days=2), reason=" Wedding "
    )


def refused(code: str) -> Any:
    return pytest.raises(AttendanceRefused, check=lambda error: error.code == code)


def test_sick_leave_falls_on_other_leave_and_counts_in_its_place(
    cleo: Employee, manager: User, vacation: AbsenceType, sick: AbsenceType
) -> None:
    friday = MONDAY + timedelta(days=4)
    absence_enter(employee=cleo, by=manager, kind=vacation, first=MONDAY, last=friday)
    absence_enter(employee=cleo, by=manager, kind=sick, first=MONDAY, last=MONDAY)
    absence_enter(employee=cleo, by=manager, kind=sick, first=friday, last=friday, half="second")

    book = PlanBook([cleo], MONDAY, friday)
    said = [[(one.kind, one.half.value) for one in book.plan(cleo, day).absences] for day in (MONDAY, friday)]
    assert said == [[("Sick leave", "whole")], [("Vacation", "first"), ("Sick leave", "second")]]
    with refused("overlaps"):
        absence_enter(employee=cleo, by=manager, kind=sick, first=MONDAY, last=MONDAY)
    with refused("overlaps"):
        absence_enter(employee=cleo, by=manager, kind=vacation, first=MONDAY, last=MONDAY)


def test_what_was_asked_for_waits_with_its_reason(leave: Absence, colleague: User) -> None:
    leave.refresh_from_db()
    assert (leave.state, leave.reason, leave.requested_by, leave.decided_by) == (
        "requested",
        "Wedding",
        colleague,
        None,
    )


def test_what_a_manager_enters_is_decided_at_once(cleo: Employee, manager: User, vacation: AbsenceType) -> None:
    entered = absence_enter(employee=cleo, by=manager, kind=vacation, first=MONDAY, last=MONDAY, reason=" Ill ")

    assert (entered.state, entered.decided_by, entered.reason) == ("approved", manager, "Ill")
    assert entered.decided_at is not None


@pytest.mark.parametrize("who", ["colleague", "outsider_manager"])
def test_nobody_else_enters_time_off(
    who: str, cleo: Employee, vacation: AbsenceType, request: pytest.FixtureRequest
) -> None:
    with refused("not_allowed"):
        absence_enter(employee=cleo, by=request.getfixturevalue(who), kind=vacation, first=MONDAY, last=MONDAY)


def test_time_off_is_asked_for_by_the_person_alone(cleo: Employee, hr: User, vacation: AbsenceType) -> None:
    with refused("not_yours"):
        absence_request(employee=cleo, by=hr, kind=vacation, first=MONDAY, last=MONDAY)


def test_an_absence_lasts_at_most_a_year(cleo: Employee, hr: User, vacation: AbsenceType) -> None:
    with refused("too_long"):
        absence_enter(employee=cleo, by=hr, kind=vacation, first=MONDAY, last=MONDAY + timedelta(days=367))

    assert absence_enter(employee=cleo, by=hr, kind=vacation, first=MONDAY, last=MONDAY + timedelta(days=366)).pk


@pytest.mark.parametrize(("last", "half"), [(-1, "whole"), (1, "first")])
def test_days_that_make_no_sense_are_refused(
    last: int, half: str, cleo: Employee, hr: User, vacation: AbsenceType
) -> None:
    with refused("invalid"):
        absence_enter(employee=cleo, by=hr, kind=vacation, first=MONDAY, last=MONDAY + timedelta(days=last), half=half)


@pytest.mark.parametrize(("first", "last", "free"), [(-2, -1, True), (3, 4, True), (-2, 0, False), (2, 5, False)])
def test_the_days_beside_it_are_free_and_its_first_and_last_are_not(
    first: int, last: int, free: bool, leave: Absence, cleo: Employee, hr: User, vacation: AbsenceType
) -> None:
    wanted: dict[str, Any] = {"first": MONDAY + timedelta(days=first), "last": MONDAY + timedelta(days=last)}
    if free:
        assert absence_enter(employee=cleo, by=hr, kind=vacation, **wanted).pk
    else:
        with refused("overlaps"):
            absence_enter(employee=cleo, by=hr, kind=vacation, **wanted)


def test_the_same_half_is_not_given_twice_nor_beside_the_whole(
    leave: Absence, cleo: Employee, hr: User, vacation: AbsenceType
) -> None:
    thursday = MONDAY + timedelta(days=3)
    absence_enter(employee=cleo, by=hr, kind=vacation, first=thursday, last=thursday, half="first")
    for day in (MONDAY, thursday):
        with refused("overlaps"):
            absence_enter(employee=cleo, by=hr, kind=vacation, first=day, last=day, half="first")


def test_a_refusal_says_why_and_frees_the_days(
    leave: Absence, cleo: Employee, colleague: User, manager: User, vacation: AbsenceType
) -> None:
    with refused("answer_missing"):
        absence_decide(absence=leave, by=manager, approve=False, answer=" ")
    decided = absence_decide(absence=leave, by=manager, approve=False, answer=" Too many are away ")

    assert (decided.state, decided.answer, decided.decided_by) == ("refused", "Too many are away", manager)
    assert absence_request(employee=cleo, by=colleague, kind=vacation, first=MONDAY, last=MONDAY).pk


def test_the_same_decision_again_changes_nothing_and_another_is_refused(
    leave: Absence, manager: User, hr: User
) -> None:
    first = absence_decide(absence=leave, by=manager, approve=True)

    again = absence_decide(absence=leave, by=hr, approve=True)
    assert (again.decided_by, again.decided_at) == (manager, first.decided_at)
    with refused("already_decided"):
        absence_decide(absence=leave, by=hr, approve=False, answer="After all not")


def test_who_asked_takes_it_back_while_it_waits(leave: Absence, colleague: User, manager: User) -> None:
    with refused("not_allowed"):
        absence_withdraw(absence=leave, by=manager)
    assert absence_withdraw(absence=leave, by=colleague).state == "withdrawn"

    assert absence_withdraw(absence=leave, by=colleague).state == "withdrawn"
    with refused("already_decided"):
        absence_decide(absence=leave, by=manager, approve=True)


def test_what_was_refused_is_not_taken_back(leave: Absence, colleague: User, manager: User) -> None:
    absence_decide(absence=leave, by=manager, approve=False, answer="No")
    with refused("already_decided"):
        absence_withdraw(absence=leave, by=colleague)


@pytest.mark.parametrize(("closed", "open_"), [(-1, True), (0, False), (2, False), (3, True)])
def test_no_day_of_a_closed_period_changes(
    closed: int, open_: bool, leave: Absence, cleo: Employee, manager: User, hr: User, vacation: AbsenceType
) -> None:
    day = MONDAY + timedelta(days=closed)
    period = Period.objects.create(first=day, last=day, state="locked", locked_at=timezone.now())
    if open_:
        assert absence_decide(absence=leave, by=manager, approve=True).state == "approved"
        return
    with refused("period_locked"):
        absence_decide(absence=leave, by=manager, approve=True)
    assert absence_decide(absence=leave, by=manager, approve=False, answer="The month is closed").state == "refused"
    with refused("period_locked"):
        absence_enter(employee=cleo, by=manager, kind=vacation, first=day, last=day)
    Period.objects.filter(pk=period.pk).update(state="open", locked_at=None)
    entered = absence_enter(employee=cleo, by=manager, kind=vacation, first=day, last=day)
    Period.objects.filter(pk=period.pk).update(state="locked", locked_at=timezone.now())
    with refused("period_locked"):
        absence_withdraw(absence=entered, by=hr)


def test_a_decision_takes_the_approvals_of_its_periods_back(leave: Absence, cleo: Employee, manager: User) -> None:
    inside = Period.objects.create(first=MONDAY + timedelta(days=2), last=MONDAY + timedelta(days=9))
    outside = Period.objects.create(first=MONDAY - timedelta(days=9), last=MONDAY - timedelta(days=1))
    for period in (inside, outside):
        PeriodApproval.objects.create(period=period, employee=cleo, person_at=timezone.now())

    absence_decide(absence=leave, by=manager, approve=True)

    assert [one.period for one in PeriodApproval.objects.filter(taken_back_at=None)] == [outside]
