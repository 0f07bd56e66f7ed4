"""Corrections: asked for, decided, entered, undone; new rows all of them, and nobody decides about themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
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
from employees.tests.employment_kit import employ

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_november")]

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
    assert event is not None
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
    assert event is not None
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
    stored = request_approve(request=waiting, by=hr)
    assert stored is not None
    assert stored.author == hr


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
    cleo: Employee,
    ana: Employee,
    manager: User,
    outsider_manager: User,
    hr: User,
    colleague: User,
    forgotten: ClockEvent,
    punched: Punched,
) -> None:
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
    approval = PeriodApproval.objects.get()
    assert (approval.person_at, approval.taken_back_at is not None) == (None, True)


def entered(cleo: Employee, hr: User, moment: datetime, **more: Any) -> ClockEvent:
    what: dict[str, Any] = {"direction": "out", "zone": "Europe/Madrid", "reason": "Paper"} | more
    return punch_add(employee=cleo, author=hr, at=moment, **what)


@pytest.mark.parametrize(
    ("away", "code"),
    [
        (timedelta(minutes=2), ""),
        (timedelta(minutes=2, seconds=1), "in_the_future"),
        (timedelta(days=-366), ""),
        (timedelta(days=-366, seconds=-1), "too_old"),
    ],
)
def test_a_correction_reaches_from_a_year_ago_to_two_minutes_ahead(
    cleo: Employee, hr: User, away: timedelta, code: str
) -> None:
    employ(cleo, hired_on=date(2020, 1, 1))
    with time_machine.travel(at("12:00"), tick=False):
        if code:
            with refused(code):
                entered(cleo, hr, at("12:00") + away)
        else:
            assert entered(cleo, hr, at("12:00") + away).at == at("12:00") + away


def test_a_correction_lies_within_the_employment(cleo: Employee, hr: User) -> None:
    employ(cleo, hired_on=MONDAY, left_on=MONDAY)
    for days in (-1, 1):
        with refused("not_employed"):
            entered(cleo, hr, at("12:00") + timedelta(days=days))
    # Midnight has passed in Madrid, not yet in UTC.
    assert entered(cleo, hr, at("00:30"), direction="in").at == at("00:30")


def test_a_reason_has_from_1_to_300_characters(cleo: Employee, hr: User) -> None:
    with refused("reason_missing"):
        entered(cleo, hr, at("17:00"), reason="x" * 301)
    assert entered(cleo, hr, at("17:00"), reason=" " + "x" * 300).reason == "x" * 300


def test_a_direction_is_needed_to_add_a_punch(cleo: Employee, hr: User) -> None:
    for direction in ("", "any"):
        with refused("direction_unknown"):
            entered(cleo, hr, at("17:00"), direction=direction)


def test_only_a_correction_is_undone_and_a_void_row_is_not_removed(
    cleo: Employee, hr: User, forgotten: ClockEvent
) -> None:
    with refused("not_a_correction"):
        correction_undo(event=forgotten, reason="x", author=hr)
    gone = punch_remove(event=forgotten, reason="Wrong", author=hr)
    with refused("not_a_punch"):
        punch_remove(event=gone, reason="x", author=hr)

    added = entered(cleo, hr, at("17:00"))
    assert correction_undo(event=added, reason="Wrong", author=hr).method == "void"
    assert not ClockEvent.objects.standing().filter(direction="out").exists()


@pytest.mark.parametrize("count", [0, 2001])
def test_a_list_of_punches_is_neither_empty_nor_too_long(cleo: Employee, hr: User, count: int) -> None:
    with refused("too_many"):
        punches_add(entries=[Entry(cleo, "in", at("09:00"))] * count, zone="Europe/Madrid", reason="x", author=hr)


def test_a_decided_request_keeps_its_answer_and_is_decided_no_more(
    cleo: Employee, colleague: User, manager: User, hr: User, forgotten: ClockEvent
) -> None:
    request = asked(cleo, colleague, reason=" Forgot ")
    assert request.reason == "Forgot"
    answered = request_refuse(request=request, by=manager, answer=" You left at three ")
    assert (answered.state, answered.answer, answered.decided_by) == ("refused", "You left at three", manager)
    with refused("already_decided"):
        request_refuse(request=request, by=hr, answer="No")
    with refused("already_decided"):
        request_withdraw(request=request, by=colleague)


def test_a_request_takes_its_zone_from_the_person_and_its_time_from_the_punch(
    cleo: Employee, colleague: User, forgotten: ClockEvent
) -> None:
    change = asked(cleo, colleague, kind="change", event=forgotten, at=None)
    assert (change.zone, change.at, change.direction) == ("Europe/Madrid", forgotten.at, "out")

    request_withdraw(request=change, by=colleague)
    removal = asked(cleo, colleague, kind="remove", event=forgotten, zone="UTC", at=at("23:00"))
    assert (removal.zone, removal.at, removal.direction) == ("UTC", forgotten.at, "")


def test_adding_a_punch_names_no_other_one(cleo: Employee, colleague: User, forgotten: ClockEvent) -> None:
    with refused("kind_unknown"):
        asked(cleo, colleague, event=forgotten)


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
