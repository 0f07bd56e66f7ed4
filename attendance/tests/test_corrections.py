"""Corrections: asked for, decided, entered, undone; new rows all of them, and nobody decides about themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from attendance.models import AbsenceType, ClockEvent, CorrectionRequest, Period, PeriodApproval
from attendance.refusals import AttendanceRefused
from attendance.selectors.timesheets import timesheet
from attendance.services.absences import absence_decide, absence_enter, absence_request, absence_withdraw
from attendance.services.corrections import (
    Entry,
    correction_undo,
    punch_add,
    punch_change,
    punch_remove,
    punches_add,
    request_approve,
    request_file,
    request_refuse,
    request_withdraw,
)
from attendance.tests.fixtures import MADRID, Punched
from employees.models import Employee, User

pytestmark = pytest.mark.django_db

Assigned = Callable[[Employee], Employee]
MONDAY = date(2026, 11, 16)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-16T{text}").replace(tzinfo=MADRID)


def hours(employee: Employee, day: date = MONDAY) -> float:
    sheet = timesheet(employee=employee, first=day, last=day)
    return sheet.days[0].figures.worked / 3600


@pytest.fixture
def cleo(colleague: User, on_early_shift: Assigned) -> Employee:
    return on_early_shift(colleague.employee)


@pytest.fixture
def forgotten(cleo: Employee, punched: Punched) -> ClockEvent:
    """Cleo came at nine on Monday and forgot to clock out."""
    return punched(cleo, "in", at("09:00"))


def asked(cleo: Employee, colleague: User, **more: Any) -> CorrectionRequest:
    what: dict[str, Any] = {"kind": "add", "direction": "out", "at": at("17:00"), "reason": "Forgot"} | more
    return request_file(employee=cleo, by=colleague, **what)


def refused(code: str) -> Any:
    return pytest.raises(AttendanceRefused, check=lambda error: error.code == code)


def test_a_missing_punch_is_asked_for_approved_and_counted(
    cleo: Employee, colleague: User, manager: User, forgotten: ClockEvent
) -> None:
    request = asked(cleo, colleague)
    assert hours(cleo) == 0
    event = request_approve(request=request, by=manager, answer="Saw you")
    assert hours(cleo) == 8
    assert (event.method, event.author, event.reason) == ("manual", manager, "Forgot")
    request.refresh_from_db()
    assert (request.state, request.decided_by, request.result) == ("approved", manager, event)
    assert request_approve(request=request, by=manager) == event
    assert ClockEvent.objects.count() == 2


def test_a_wrong_punch_is_changed_by_a_row_that_names_it(
    cleo: Employee, colleague: User, manager: User, forgotten: ClockEvent
) -> None:
    request = asked(cleo, colleague, kind="change", event=forgotten, direction="in", at=at("08:30"))
    event = request_approve(request=request, by=manager)
    assert event.replaces == forgotten
    assert list(ClockEvent.objects.standing()) == [event]


@pytest.mark.parametrize("who", ["colleague", "outsider_manager"])
def test_neither_the_person_nor_another_departments_manager_decides(
    cleo: Employee, colleague: User, who: str, forgotten: ClockEvent, request: pytest.FixtureRequest
) -> None:
    waiting = asked(cleo, colleague)
    by: User = request.getfixturevalue(who)
    with refused("not_allowed"):
        request_approve(request=waiting, by=by)
    with refused("not_allowed"):
        request_refuse(request=waiting, by=by, answer="No")
    waiting.refresh_from_db()
    assert waiting.state == "requested"
    assert ClockEvent.objects.count() == 1


def test_a_manager_does_not_decide_about_themselves(manager: User, hr: User, on_early_shift: Assigned) -> None:
    mara = on_early_shift(manager.employee)
    waiting = request_file(employee=mara, by=manager, kind="add", direction="in", at=at("09:00"), reason="Forgot")
    with refused("not_allowed"):
        request_approve(request=waiting, by=manager)
    assert request_approve(request=waiting, by=hr).author == hr


def test_nobody_asks_for_somebody_else(cleo: Employee, ana: Employee, manager: User, colleague: User) -> None:
    for by, person in ((colleague, ana), (manager, cleo)):
        with refused("not_yours"):
            request_file(employee=person, by=by, kind="add", direction="in", at=at("09:00"), reason="x")
    assert not CorrectionRequest.objects.exists()


def test_nobody_asks_about_a_punch_of_somebody_else(
    cleo: Employee, colleague: User, ana: Employee, punched: Punched
) -> None:
    other = punched(ana, "in", at("09:00"))
    with refused("not_yours"):
        asked(cleo, colleague, kind="remove", event=other)


def test_a_refusal_says_why_and_is_final(cleo: Employee, colleague: User, manager: User, forgotten: ClockEvent) -> None:
    request = asked(cleo, colleague)
    with refused("answer_missing"):
        request_refuse(request=request, by=manager, answer=" ")
    request_refuse(request=request, by=manager, answer="You left at three")
    with refused("already_decided"):
        request_approve(request=request, by=manager)
    assert hours(cleo) == 0


def test_who_asked_may_withdraw_until_it_is_decided(
    cleo: Employee, colleague: User, manager: User, forgotten: ClockEvent
) -> None:
    request = asked(cleo, colleague)
    with refused("not_yours"):
        request_withdraw(request=request, by=manager)
    request_withdraw(request=request, by=colleague)
    with refused("already_decided"):
        request_approve(request=request, by=manager)


def test_one_open_request_for_a_punch(cleo: Employee, colleague: User, forgotten: ClockEvent) -> None:
    asked(cleo, colleague, kind="remove", event=forgotten)
    with refused("already_asked"):
        asked(cleo, colleague, kind="remove", event=forgotten)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"reason": "  "}, "reason_missing"),
        ({"direction": "sideways"}, "direction_unknown"),
        ({"at": datetime(2026, 11, 16, 17)}, "instant_without_zone"),
        ({"at": datetime(2020, 1, 2, 17, tzinfo=MADRID)}, "too_old"),
        ({"at": datetime(2100, 1, 2, 17, tzinfo=MADRID)}, "in_the_future"),
        ({"zone": "Mars/Olympus"}, "zone_unknown"),
        ({"kind": "steal"}, "kind_unknown"),
        ({"kind": "change"}, "kind_unknown"),
    ],
)
def test_what_cannot_be_asked_is_said(cleo: Employee, colleague: User, more: dict[str, Any], code: str) -> None:
    with refused(code):
        asked(cleo, colleague, **more)
    assert not CorrectionRequest.objects.exists()


def test_hr_enters_changes_removes_and_undoes(cleo: Employee, hr: User, forgotten: ClockEvent) -> None:
    first = timesheet(employee=cleo, first=MONDAY, last=MONDAY).result
    out = punch_add(employee=cleo, direction="out", at=at("17:00"), zone="Europe/Madrid", reason="Paper", author=hr)
    assert hours(cleo) == 8
    early = punch_change(
        event=out, direction="out", at=at("15:00"), zone="Europe/Madrid", reason="Read wrongly", author=hr
    )
    assert hours(cleo) == 6
    back = correction_undo(event=early, reason="It was right", author=hr)
    assert hours(cleo) == 8
    assert (back.replaces, back.at) == (early, out.at)
    gone = punch_remove(event=back, reason="Another person", author=hr)
    assert gone.method == "void"
    assert timesheet(employee=cleo, first=MONDAY, last=MONDAY).result == first
    correction_undo(event=gone, reason="It was Cleo", author=hr)
    assert hours(cleo) == 8
    assert ClockEvent.objects.count() == 6


def test_a_replaced_punch_is_not_corrected_twice(cleo: Employee, hr: User, forgotten: ClockEvent) -> None:
    punch_remove(event=forgotten, reason="Wrong", author=hr)
    with refused("already_replaced"):
        punch_remove(event=forgotten, reason="Wrong", author=hr)


def test_only_the_manager_and_hr_enter_and_nobody_their_own(
    cleo: Employee, ana: Employee, manager: User, outsider_manager: User, hr: User, colleague: User,
    forgotten: ClockEvent, punched: Punched,
) -> None:  # fmt: skip
    with refused("not_allowed"):
        punch_remove(event=forgotten, reason="x", author=outsider_manager)
    with refused("own_punch"):
        punch_remove(event=forgotten, reason="x", author=colleague)
    with refused("not_allowed"):
        punch_remove(event=punched(ana, "in", at("09:00")), reason="x", author=colleague)
    with refused("not_allowed"):
        punches_add(entries=[Entry(cleo, "in", at("09:00"))], zone="Europe/Madrid", reason="x", author=manager)
    punch_remove(event=forgotten, reason="Another person", author=manager)
    cleo.user = hr
    cleo.save()
    hr = User.objects.get(pk=hr.pk)
    with refused("own_punch"):
        punch_add(employee=cleo, direction="out", at=at("17:00"), zone="Europe/Madrid", reason="x", author=hr)
    assert ClockEvent.objects.count() == 3


def test_a_dead_kiosk_is_made_good_all_or_nothing(
    cleo: Employee, ana: Employee, hr: User, on_early_shift: Assigned
) -> None:
    on_early_shift(ana)
    entries = [
        Entry(person, way, at(when)) for person in (cleo, ana) for way, when in (("in", "09:00"), ("out", "17:00"))
    ]
    stored = punches_add(entries=entries, zone="Europe/Madrid", reason="Kiosk without power", author=hr)
    assert len(stored) == 4
    assert (hours(cleo), hours(ana)) == (8, 8)
    bad = [*entries[:1], Entry(ana, "out", timezone.now() + timedelta(days=3))]
    with refused("in_the_future"):
        punches_add(entries=bad, zone="Europe/Madrid", reason="Kiosk without power", author=hr)
    assert ClockEvent.objects.count() == 4


def test_a_correction_takes_approvals_back(cleo: Employee, hr: User, forgotten: ClockEvent) -> None:
    period = Period.objects.create(first=date(2026, 11, 1), last=date(2026, 11, 30))
    PeriodApproval.objects.create(period=period, employee=cleo, person_at=timezone.now())
    punch_add(employee=cleo, direction="out", at=at("17:00"), zone="Europe/Madrid", reason="Paper", author=hr)
    assert not PeriodApproval.objects.exists()


@pytest.fixture
def vacation(db: None) -> AbsenceType:
    return AbsenceType.objects.create(code="vacation", name="Vacation")


def test_leave_is_asked_for_approved_and_counts(
    cleo: Employee, colleague: User, manager: User, outsider_manager: User, vacation: AbsenceType
) -> None:
    leave = absence_request(employee=cleo, by=colleague, kind=vacation, first=MONDAY, last=MONDAY)
    assert timesheet(employee=cleo, first=MONDAY, last=MONDAY).days[0].figures.status == "absent"
    for by in (colleague, outsider_manager):
        with refused("not_allowed"):
            absence_decide(absence=leave, by=by, approve=True)
    absence_decide(absence=leave, by=manager, approve=True)
    assert timesheet(employee=cleo, first=MONDAY, last=MONDAY).days[0].figures.status == "leave"


def test_leave_over_leave_is_refused_but_two_halves_make_a_day(cleo: Employee, hr: User, vacation: AbsenceType) -> None:
    absence_enter(employee=cleo, by=hr, kind=vacation, first=MONDAY, last=MONDAY, half="first")
    with refused("overlaps"):
        absence_enter(employee=cleo, by=hr, kind=vacation, first=MONDAY, last=MONDAY)
    absence_enter(employee=cleo, by=hr, kind=vacation, first=MONDAY, last=MONDAY, half="second")
    assert timesheet(employee=cleo, first=MONDAY, last=MONDAY).days[0].figures.leave == 8 * 3600


def test_approved_leave_is_taken_back_by_hr_alone(
    cleo: Employee, colleague: User, hr: User, vacation: AbsenceType
) -> None:
    leave = absence_enter(employee=cleo, by=hr, kind=vacation, first=MONDAY, last=MONDAY)
    with refused("already_decided"):
        absence_withdraw(absence=leave, by=colleague)
    absence_withdraw(absence=leave, by=hr)
    assert timesheet(employee=cleo, first=MONDAY, last=MONDAY).days[0].figures.status == "absent"
