"""Many at once: a preview that changes nothing, the act, and one undo that leaves alone what has changed since."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import (
    Absence,
    AbsenceType,
    ClockEvent,
    CorrectionRequest,
    Period,
    PeriodApproval,
    Shift,
    ShiftAssignment,
)
from attendance.services.absences import absence_request
from attendance.services.corrections import request_approve, request_file
from attendance.services.periods import period_create
from attendance.tests.fixtures import MADRID, Punched
from employees.models import BulkAct, Department, Employee, Posting, User
from employees.services import employee_move
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db
Assigned = Callable[[Employee], Employee]
DAY = timedelta(days=1)


@pytest.fixture
def monday() -> date:
    """Of the last week but one."""
    today = timezone.now().date()
    return today - (today.weekday() + 14) * DAY


@pytest.fixture
def cleo(colleague: User, on_early_shift: Assigned, punched: Punched, monday: date) -> Employee:
    """Worked from nine to five that week, and forgot to clock out on Monday."""
    employee = on_early_shift(colleague.employee)
    employ(employee, hired_on=monday)
    for number in range(5):
        punched(employee, "in", datetime.combine(monday + number * DAY, time(9), MADRID))
        if number:
            punched(employee, "out", datetime.combine(monday + number * DAY, time(17), MADRID))
    return Employee.objects.get(pk=employee.pk)


@pytest.fixture
def waiting(cleo: Employee, colleague: User, monday: date) -> tuple[CorrectionRequest, Absence]:
    """What Cleo asked for: the check-out of Monday, and a day off."""
    at = datetime.combine(monday, time(17), MADRID)
    correction = request_file(employee=cleo, by=colleague, kind="add", direction="out", at=at, reason="Forgot")
    kind = AbsenceType.objects.create(code="vacation", name="Vacation")
    day = timezone.localdate() + 7 * DAY
    return correction, absence_request(employee=cleo, by=colleague, kind=kind, first=day, last=day)


def ticked(*rows: CorrectionRequest | Absence) -> list[str]:
    return [f"{'absence' if isinstance(row, Absence) else 'correction'}:{row.pk}" for row in rows]


def done(client: Client, address: str, sent: dict[str, Any]) -> BulkAct:
    """The preview, which changes nothing, then the act; the key of what was done."""
    before = (
        ClockEvent.objects.count(),
        Posting.objects.count(),
        PeriodApproval.objects.exclude(manager_at=None).count(),
    )
    preview = client.post(address, sent)
    assert (preview.status_code, preview.templates[0].name) == (200, "employees/bulk_preview.html")
    assert not BulkAct.objects.exists()
    assert before == (
        ClockEvent.objects.count(),
        Posting.objects.count(),
        PeriodApproval.objects.exclude(manager_at=None).count(),
    )
    answer = client.post(address, {**sent, "sure": "yes"})
    act = BulkAct.objects.get()
    assert answer["Location"] == reverse("bulk_done", args=[act.pk])
    return act


def undo(client: Client, act: BulkAct) -> str:
    return client.post(reverse("bulk_undo", args=[act.pk]), follow=True).content.decode()


def states(*rows: Any) -> list[str]:
    for row in rows:
        row.refresh_from_db()
    return [row.state for row in rows]


def test_requests_of_both_kinds_are_approved_and_wait_again_after_an_undo(
    waiting: Any, manager: User, manager_client: Client
) -> None:
    act = done(manager_client, reverse("requests_decide"), {"row": ticked(*waiting), "decision": "approve"})
    assert states(*waiting) == ["approved", "approved"]
    assert undo(manager_client, act).count("Undone.") == 1
    assert states(*waiting) == ["requested", "requested"]
    standing = ClockEvent.objects.filter(replaced_by=None).exclude(method="void")
    assert standing.filter(direction="out", author=manager).count() == 0
    # And they can be approved again.
    event = request_approve(request=waiting[0], by=manager)
    assert event is not None
    assert event.direction == "out"


def test_a_refusal_needs_an_answer_and_is_undone_alike(waiting: Any, manager_client: Client) -> None:
    address, sent = reverse("requests_decide"), {"row": ticked(*waiting), "decision": "refuse"}
    preview = manager_client.post(address, sent)
    assert len(preview.context["left"]) == 2
    assert 'value="yes"' not in preview.content.decode()
    act = done(manager_client, address, {**sent, "answer": "Not now"})
    assert states(*waiting) == ["refused", "refused"]
    undo(manager_client, act)
    assert states(*waiting) == ["requested", "requested"]


def test_what_somebody_decided_since_stays(waiting: Any, manager: User, hr: User, manager_client: Client) -> None:
    act = done(manager_client, reverse("requests_decide"), {"row": ticked(*waiting), "decision": "approve"})
    Absence.objects.filter(pk=waiting[1].pk).update(decided_by=hr)
    assert "Not undone" in undo(manager_client, act)
    assert states(*waiting) == ["requested", "approved"]
    act.refresh_from_db()
    assert (len(act.left), act.undone_at is None) == (1, False)


def test_nobody_undoes_what_another_one_did_nor_late_nor_twice(
    waiting: Any, manager_client: Client, hr_client: Client
) -> None:
    act = done(manager_client, reverse("requests_decide"), {"row": ticked(*waiting), "decision": "approve"})
    assert hr_client.post(reverse("bulk_undo", args=[act.pk])).status_code == 404
    assert hr_client.get(reverse("bulk_done", args=[act.pk])).status_code == 404
    BulkAct.objects.update(at=timezone.now() - timedelta(hours=25))
    assert "too long ago" in undo(manager_client, act)
    BulkAct.objects.update(at=timezone.now())
    undo(manager_client, act)
    assert "undone already" in undo(manager_client, act)


def test_rows_of_others_and_rows_that_cannot_be_read_count_for_nothing(
    waiting: Any, outsider_client: Client, manager_client: Client
) -> None:
    outsider_client.post(reverse("requests_decide"), {"row": ticked(*waiting), "decision": "approve", "sure": "yes"})
    for row in ("absence:x", "correction:1", "other:1", "x"):
        answer = manager_client.post(reverse("requests_decide"), {"row": row, "decision": "approve", "sure": "yes"})
        assert answer["Location"] == reverse("attendance_exceptions")
    assert states(*waiting) == ["requested", "requested"]


@pytest.mark.parametrize("elsewhere", ["=1+1", "0", "٣", "admin:nothing", "//evil.example/", "https://evil.example/"])
@pytest.mark.parametrize("name", ["requests_decide", "punches_mend"])
def test_what_is_no_page_of_ours_leads_back_to_the_list(manager_client: Client, name: str, elsewhere: str) -> None:
    answer = manager_client.post(reverse(name), {"next": elsewhere})
    assert (answer.status_code, answer["Location"]) == (302, reverse("attendance_exceptions"))


def test_missing_punches_are_added_at_the_end_of_the_shift(
    cleo: Employee, monday: date, manager: User, manager_client: Client
) -> None:
    page = manager_client.get(reverse("attendance_exceptions")).content.decode()
    assert f'value="2003:{monday}"' in page
    act = done(manager_client, reverse("punches_mend"), {"row": [f"2003:{monday}", "2003:no-day"], "reason": "Agreed"})
    added = ClockEvent.objects.get(author=manager)
    assert (added.at, added.direction, added.reason) == (datetime.combine(monday, time(17), MADRID), "out", "Agreed")
    undo(manager_client, act)
    assert ClockEvent.objects.get(replaces=added).method == "void"


def test_timesheets_that_are_ticked_are_approved(
    cleo: Employee, monday: date, hr: User, manager: User, manager_client: Client
) -> None:
    period = period_create(first=monday, last=monday + 6 * DAY, by=hr)
    act = done(manager_client, reverse("period_approve_ticked", args=[period.pk]), {"row": ["2003", "2002"]})
    assert PeriodApproval.objects.get(employee=cleo).manager_by == manager
    undo(manager_client, act)
    assert PeriodApproval.objects.get(employee=cleo).manager_at is None


def test_the_question_shows_the_hours_and_names_empty_timesheets(
    cleo: Employee, ana: Employee, on_early_shift: Assigned, monday: date, hr: User, manager_client: Client
) -> None:
    on_early_shift(ana)
    period = period_create(first=monday, last=monday + 6 * DAY, by=hr)
    address = reverse("period_approve_ticked", args=[period.pk])
    page = manager_client.post(address, {"row": ["2003", "1001"]}).text
    assert f"Nothing was worked, though shifts were due: {ana.name}." in page
    assert "worked 32 h 00 min, scheduled 40 h 00 min" in page
    assert "worked 0 min, scheduled 40 h 00 min" in page

    assert "Nothing was worked" not in manager_client.post(address, {"row": ["2003"]}).text


def test_all_that_was_clean_is_taken_back_with_one_undo(
    cleo: Employee, punched: Punched, monday: date, hr: User, manager_client: Client
) -> None:
    punched(cleo, "out", datetime.combine(monday, time(17), MADRID))
    period = period_create(first=monday, last=monday + 6 * DAY, by=hr)
    manager_client.post(reverse("period_approve_clean", args=[period.pk]))
    act = BulkAct.objects.get()
    assert manager_client.get(reverse("attendance_period", args=[period.pk])).context["undoable"] == act
    undo(manager_client, act)
    assert not PeriodApproval.objects.exclude(manager_at=None).exists()
    assert manager_client.get(reverse("attendance_period", args=[period.pk])).context["undoable"] is None


@pytest.fixture
def chosen(hr_client: Client, ana: Employee, ben: Employee, on_early_shift: Assigned) -> Client:
    """HR ticked Ana and Ben in the list of employees."""
    on_early_shift(ana)
    keys = [ana.pk, ben.pk]
    sent = {"action": "change_many", "_selected_action": keys}
    answer = hr_client.post(reverse("admin:employees_employee_changelist"), sent)
    assert answer["Location"] == reverse("people_change")
    return hr_client


def test_people_move_and_change_shifts_from_a_day_on(
    chosen: Client, ana: Employee, ben: Employee, other_department: Department
) -> None:
    late = Shift.objects.create(name="Late", starts_at=time(14), ends_at=time(22), weekdays=[0, 1, 2, 3, 4])
    day = timezone.localdate()
    sent = {"valid_from": f"{day}", "department": other_department.pk, "shift": late.pk}
    page = chosen.post(reverse("people_change"), sent).content.decode()
    assert "Workshop → Office" in page
    act = done(chosen, reverse("people_change"), sent)
    ana.refresh_from_db()
    assert ana.department == other_department
    shifts = list(ShiftAssignment.objects.filter(employee=ana).values_list("shift__name", "valid_to"))
    assert shifts == [("Early", day - DAY), ("Late", None)]

    # Ben is moved again meanwhile.
    employee_move(employee=ben, valid_from=day + DAY, department=None)
    assert "Changed since" in undo(chosen, act)
    ana.refresh_from_db()
    assert ana.department is not None
    assert ana.department.name == "Workshop"
    assert list(ShiftAssignment.objects.filter(employee=ana).values_list("shift__name", "valid_to")) == [
        ("Early", None)
    ]
    assert ShiftAssignment.objects.get(employee=ben).shift == late


def test_where_there_is_no_shift_to_assign_it_is_said_with_a_link_to_add_one(hr_client: Client, ana: Employee) -> None:
    sent = {"action": "change_many", "_selected_action": [ana.pk]}
    hr_client.post(reverse("admin:employees_employee_changelist"), sent)
    link = f'<a href="{reverse("admin:attendance_shift_add")}">Add a shift</a>'

    assert link in hr_client.get(reverse("people_change")).text
    Shift.objects.create(name="Late", starts_at=time(14), ends_at=time(22), weekdays=[0, 1, 2, 3, 4])
    assert link not in hr_client.get(reverse("people_change")).text


def test_a_move_on_a_day_with_one_is_put_back(chosen: Client, ana: Employee, other_department: Department) -> None:
    day = timezone.localdate()
    home = Department.objects.create(name="Home")
    employee_move(employee=ana, valid_from=day, department=home)
    act = done(chosen, reverse("people_change"), {"valid_from": f"{day}", "department": other_department.pk})
    undo(chosen, act)
    ana.refresh_from_db()
    assert ana.department == home


def test_a_shift_that_begins_later_is_in_the_way_and_nothing_chosen_is_said(
    chosen: Client, ana: Employee, early_shift: Shift
) -> None:
    day = timezone.localdate()
    ShiftAssignment.objects.create(employee=ana, shift=early_shift, valid_from=day + 5 * DAY)
    page = chosen.post(reverse("people_change"), {"valid_from": f"{day}", "shift": early_shift.pk})
    assert [row["who"] for row in page.context["left"]] == [ana]
    for sent in ({"valid_from": f"{day}"}, {"valid_from": f"{day}", "manager": "none"}):
        assert chosen.post(reverse("people_change"), sent).status_code == 422


@pytest.mark.parametrize("shown", ["abc", "9" * 30, "", "-1", "//evil.example/"])
def test_settling_leads_back_to_a_page_of_periods(hr_client: Client, ana: Employee, shown: str) -> None:
    period = Period.objects.create(
        first=date(2026, 1, 1), last=date(2026, 1, 31), state=Period.State.LOCKED, locked_at=timezone.now()
    )
    address = reverse("period_settle", args=[period.pk, ana.number])
    answer = hr_client.post(address, {"next": "period", "period": shown, "do": "leave"})
    assert (answer.status_code, answer["Location"]) == (302, reverse("attendance_period", args=[period.pk]))


def test_of_a_closed_period_no_undo_is_offered_and_none_is_said_to_be_done(
    cleo: Employee, punched: Punched, monday: date, hr: User, manager_client: Client
) -> None:
    punched(cleo, "out", datetime.combine(monday, time(17), MADRID))
    period = period_create(first=monday, last=monday + 6 * DAY, by=hr)
    manager_client.post(reverse("period_approve_clean", args=[period.pk]))
    Period.objects.update(state=Period.State.LOCKED, locked_at=timezone.now())
    act = BulkAct.objects.get()

    assert manager_client.get(reverse("attendance_period", args=[period.pk])).context["undoable"] is None
    assert not manager_client.get(reverse("bulk_done", args=[act.pk])).context["may_undo"]
    said = undo(manager_client, act)
    assert "What it changed is closed by now" in said
    assert "Undone." not in said


def test_where_nothing_could_be_undone_the_page_says_so(waiting: Any, hr: User, manager_client: Client) -> None:
    act = done(manager_client, reverse("requests_decide"), {"row": ticked(waiting[1]), "decision": "approve"})
    Absence.objects.update(decided_by=hr)

    said = undo(manager_client, act)

    assert "Nothing was undone." in said
    assert "Undone." not in said
