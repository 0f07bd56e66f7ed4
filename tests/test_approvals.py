"""Delegates, second approvals and reminders: the same for time off, corrections, overtime, open shifts and swaps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from approvals.models import ApprovalRule, Case, Step
from approvals.selectors import may_decide_about
from attendance.models import Absence, AbsenceType, ClockEvent, CorrectionRequest, OvertimeDecision, WorkPolicy
from attendance.selectors.timesheets import timesheets
from attendance.services.absences import absence_decide, absence_enter, absence_withdraw
from attendance.services.corrections import punch_add, request_approve, request_file, request_refuse
from attendance.services.overtime import Wish, overtime_decide
from attendance.services.results import results_refresh
from attendance.subjects import absence_key, overtime_key
from attendance.tests.fixtures import MADRID, Punched
from common.testing import tables_read_whole
from employees.models import Employee, User
from employees.services.delegations import delegation_add
from employees.tests.employment_kit import employ
from notifications.audience import Deciders
from notifications.models import Notification
from planning.models import OpenShift, Swap
from planning.offers import requests_waiting, swaps_waiting
from planning.services.open_shifts import shift_ask, shift_give
from planning.services.swaps import swap_answer, swap_ask, swap_decide
from planning.tests.plan_kit import counted, hired, published, shift
from tests.approval_kit import DAY, TO_DO, Second, fresh, page, refused, rule, words

pytestmark = pytest.mark.django_db
Assigned = Callable[[Employee], Employee]


# Delegates


def test_a_delegate_decides_on_the_page_and_both_names_are_kept(
    stands_in: User, away: Absence, client_of: Callable[[User], Client], outsider_client: Client
) -> None:
    address, browser = reverse("absence_decide", args=[away.pk]), client_of(stands_in)

    listed = page(browser)
    assert address in listed
    assert "You also decide for Mara Demo" in listed
    assert outsider_client.post(address, {"decision": "approve"}).status_code == 404
    browser.post(address, {"decision": "approve"})

    away.refresh_from_db()
    assert (away.state, away.decided_by) == ("approved", stands_in)
    assert words(absence_key(away.pk)).startswith("Approved by Cleo Demo for Mara Demo, ")


def test_a_delegate_is_told_of_requests_and_of_being_one(stands_in: User, manager: User, ana: Employee) -> None:
    assert Deciders().of(ana) == [manager, stands_in]
    assert Notification.objects.get(user=stands_in).kind == "delegate"


# Two steps


def test_time_off_counts_after_the_second_yes_and_another_person_gives_it(
    away: Absence, manager: User, hr: User, manager_client: Client, hr_client: Client
) -> None:
    rule("leave")

    absence_decide(absence=away, by=manager, approve=True)
    away.refresh_from_db()
    assert away.state == "requested"
    assert "Approved by Mara Demo" in words(absence_key(away.pk))
    assert words(absence_key(away.pk)).endswith("waits for HR")
    address = reverse("absence_decide", args=[away.pk])
    assert address not in page(manager_client)
    assert "Waits for somebody else" in page(manager_client)
    assert address in page(hr_client)
    assert Notification.objects.filter(user=hr, key__contains=":second:", read_at=None).exists()
    with refused("same_person"):
        absence_decide(absence=away, by=manager, approve=True)

    absence_decide(absence=away, by=hr, approve=True)
    away.refresh_from_db()
    assert (away.state, away.decided_by) == ("approved", hr)
    assert not Notification.objects.filter(user=hr, key__contains=":second:", read_at=None).exists()


@pytest.mark.parametrize("step", [1, 2])
def test_a_no_at_either_step_ends_it(away: Absence, manager: User, hr: User, step: int) -> None:
    rule("leave")
    if step == 2:
        absence_decide(absence=away, by=manager, approve=True)

    absence_decide(absence=away, by=hr if step == 2 else manager, approve=False, answer="Stocktaking")

    away.refresh_from_db()
    assert (away.state, Case.objects.get().state) == ("refused", "refused")


def test_hr_that_gave_the_first_yes_gives_no_second_one(away: Absence, hr: User) -> None:
    rule("leave")
    absence_decide(absence=away, by=hr, approve=True)

    with refused("same_person"):
        absence_decide(absence=away, by=hr, approve=True)
    other = User.objects.create_user("hr2", role=User.Role.HR)
    absence_decide(absence=away, by=other, approve=True)
    assert Step.objects.filter(approved=True).count() == 2


def test_neither_a_manager_after_the_delegate_nor_the_other_way_round(
    away: Absence, manager: User, stands_in: User
) -> None:
    rule("leave", Second.PERSON, person=manager)
    absence_decide(absence=away, by=stands_in, approve=True)
    for user in (manager, stands_in):
        with refused("same_person"):
            absence_decide(absence=away, by=fresh(user), approve=True)


def test_the_delegate_of_a_second_approver_gives_the_second_yes_for_them(
    away: Absence, manager: User, outsider_manager: User, payroll: User, today: date
) -> None:
    rule("leave", Second.PERSON, person=outsider_manager)
    absence_decide(absence=away, by=manager, approve=True)
    delegation_add(principal=outsider_manager, delegate=payroll, first=today, last=today, by=outsider_manager)

    absence_decide(absence=away, by=fresh(payroll), approve=True)

    last = Step.objects.last()
    assert last is not None
    assert (last.number, last.by, last.acting_for) == (2, payroll, outsider_manager)


def test_a_named_person_gets_the_request_and_nothing_else_of_whom_it_is_about(
    away: Absence, manager: User, payroll: User, technician: User, client_of: Callable[[User], Client]
) -> None:
    rule("leave", Second.PERSON, person=technician)
    browser, address = client_of(technician), reverse("absence_decide", args=[away.pk])
    assert browser.get(TO_DO).status_code == 403
    absence_decide(absence=away, by=manager, approve=True)

    assert address in page(browser)
    assert may_decide_about(fresh(technician), away.employee)
    assert browser.get(reverse("person", args=["1001"])).status_code == 404
    browser.post(address, {"decision": "approve"})

    away.refresh_from_db()
    assert away.state == "approved"
    assert browser.get(TO_DO).status_code == 403


def test_a_group_or_the_managers_manager_and_hr_where_there_is_nobody(
    away: Absence, manager: User, director: User, auditor: User, hr: User
) -> None:
    made = rule("leave", Second.ABOVE)
    absence_decide(absence=away, by=manager, approve=True)
    assert words(absence_key(away.pk)).endswith("waits for HR")
    Employee.objects.filter(pk=manager.employee.pk).update(manager=director.employee)
    assert words(absence_key(away.pk)).endswith("waits for Dina Demo")

    group = Group.objects.create(name="Finance")
    ApprovalRule.objects.filter(pk=made.pk).update(second=Second.GROUP, group=group)
    assert words(absence_key(away.pk)).endswith("waits for HR")
    auditor.groups.add(group)
    assert words(absence_key(away.pk)).endswith("waits for Finance")
    with refused("not_allowed"):
        absence_decide(absence=away, by=director, approve=True)
    absence_decide(absence=away, by=auditor, approve=True)


def test_the_rule_that_says_most_counts(
    away: Absence, manager: User, department: Any, vacation: AbsenceType, today: date
) -> None:
    rule("leave", more_than=Decimal(3))
    absence_decide(absence=away, by=manager, approve=True)
    away.refresh_from_db()
    assert away.state == "approved"

    def asks(days: int) -> str:
        first = today + (20 + 10 * Absence.objects.count()) * DAY
        row = Absence.objects.create(employee=away.employee, kind=vacation, first=first, last=first + (days - 1) * DAY)
        return absence_decide(absence=row, by=manager, approve=True).state

    assert asks(3) == "approved"
    assert asks(4) == "requested"
    rule("leave", Second.NOBODY, department=department)
    assert asks(4) == "approved"
    rule("leave", leave_type=vacation)
    assert asks(1) == "requested"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "shift", "more_than": Decimal(1)}, "more_than"),
        ({"kind": "leave", "second": "person"}, "person"),
        ({"kind": "leave", "second": "group"}, "group"),
    ],
)
def test_a_rule_that_cannot_be_is_said_beside_its_field(given: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        ApprovalRule(**given).full_clean()
    assert field in wrong.value.message_dict


def test_there_is_one_rule_for_the_same(db: None) -> None:
    rule("leave")
    with pytest.raises(ValidationError, match="rule for this already"):
        rule("leave")


def test_what_a_manager_enters_is_the_first_yes_and_what_hr_enters_counts(
    away: Absence, manager: User, hr: User, vacation: AbsenceType, today: date
) -> None:
    rule("leave")
    given: dict[str, Any] = {"employee": away.employee, "kind": vacation}

    first = absence_enter(by=manager, first=today, last=today, **given)
    assert first.state == "requested"
    assert absence_decide(absence=first, by=hr, approve=True).state == "approved"
    assert absence_enter(by=hr, first=today + DAY, last=today + DAY, **given).state == "approved"


def test_who_asked_takes_it_back_between_the_two(
    cleo: Employee, colleague: User, vacation: AbsenceType, manager: User
) -> None:
    rule("leave")
    row = Absence.objects.create(employee=cleo, kind=vacation, first=date(2026, 1, 5), last=date(2026, 1, 5))
    absence_decide(absence=row, by=manager, approve=True)

    absence_withdraw(absence=row, by=colleague)

    assert Case.objects.get().state == "withdrawn"


def test_a_correction_is_stored_after_the_second_yes(
    cleo: Employee, colleague: User, manager: User, hr: User, client_of: Callable[[User], Client]
) -> None:
    rule("correction")
    at = timezone.now() - 3 * DAY
    with refused("second_needed"):
        punch_add(employee=cleo, direction="in", at=at, zone="UTC", reason="Forgot", author=manager)
    asked = request_file(
        employee=cleo, by=colleague, kind=CorrectionRequest.Kind.ADD, reason="Forgot", direction="in", at=at
    )

    assert request_approve(request=asked, by=manager) is None
    assert not ClockEvent.objects.exists()
    assert "waits for HR" in page(client_of(colleague), reverse("my_month"))
    with refused("same_person"):
        request_refuse(request=asked, by=manager, answer="No")

    stored = request_approve(request=asked, by=hr)
    assert stored is not None
    assert stored == ClockEvent.objects.get()
    assert request_approve(request=asked, by=hr) == stored


def test_overtime_counts_after_the_second_yes_and_a_changed_day_begins_anew(
    ana: Employee,
    manager: User,
    hr: User,
    manager_client: Client,
    hr_client: Client,
    on_early_shift: Assigned,
    punched: Punched,
) -> None:
    day = timezone.now().astimezone(MADRID).date() - 6 * DAY
    day = day if day.weekday() < 5 else day - 2 * DAY
    WorkPolicy.objects.create(
        name="Approved",
        valid_from=date(2020, 1, 1),
        approve_overtime=True,
        overtime=[{"scope": "day", "after": 480, "tier": 150}],
    )
    on_early_shift(ana)
    employ(ana, hired_on=day, left_on=day)
    punched(ana, "in", datetime(day.year, day.month, day.day, 9, tzinfo=MADRID))
    punched(ana, "out", datetime(day.year, day.month, day.day, 19, tzinfo=MADRID))
    results_refresh()
    ana = Employee.objects.get(pk=ana.pk)
    rule("overtime", more_than=Decimal("1.5"))
    address = reverse("overtime_decide", args=["1001"])

    def pending() -> dict[int, int]:
        (found,) = timesheets(employees=Employee.objects.filter(pk=ana.pk), first=day, last=day)
        return dict(found.overtime.pending)

    once = Wish({150: 7200}, 3600)
    assert overtime_decide(employee=ana, wishes={day: once}, by=manager, reason="Only the delivery") == []
    assert pending() == {150: 7200}
    assert address not in page(manager_client)
    assert "waits for HR" in page(manager_client)
    assert 'value="1:00"' in page(hr_client)

    (row,) = overtime_decide(employee=ana, wishes={day: once}, by=hr)
    assert (row.approved_total, row.reason, OvertimeDecision.objects.count()) == (3600, "Only the delivery", 1)
    assert [one.number for one in Step.objects.all()] == [1, 2]

    Case.objects.update(state=Case.State.SECOND, wish={"found": {"150": 60}})
    # HR decides again about other overtime than the first yes was about: that is a first yes once more.
    assert overtime_decide(employee=ana, wishes={day: Wish({150: 7200}, 7200)}, by=hr, reason="All") == []
    assert Case.objects.get(key=overtime_key(ana.pk, day)).state == "second"


def test_an_open_shift_is_published_after_the_second_yes(
    cleo: Employee, manager: User, hr: User, department: Any, today: date
) -> None:
    rule("shift")
    soon = today + 3 * DAY
    offer = OpenShift.objects.create(day=soon, shift=shift("Early", 6, 14), department=department, state="published")
    asked = shift_ask(open_shift=offer, employee=cleo, today=today)

    assert shift_give(request=asked, by=manager, approve=True).state == "requested"
    assert counted(cleo, soon) == []
    assert list(requests_waiting(fresh(manager))) == []
    assert list(requests_waiting(fresh(hr))) == [asked]
    with refused("same_person"):
        shift_give(request=asked, by=manager, approve=True)

    assert shift_give(request=asked, by=hr, approve=True).state == "approved"
    assert counted(cleo, soon) == ["Early"]


def test_a_swap_is_published_after_the_second_yes(
    cleo: Employee, manager: User, hr: User, department: Any, today: date
) -> None:
    rule("shift")
    soon, early, late = today + 3 * DAY, shift("Early", 6, 14), shift("Late", 14, 22)
    dora = hired("D1", department=department)
    published(cleo, soon, early)
    published(dora, soon, late)
    swap = swap_ask(
        employee=cleo, day=soon, shift=early, colleague=dora, colleague_day=soon, colleague_shift=late, today=today
    )
    swap_answer(swap=swap, employee=dora, accept=True)

    assert swap_decide(swap=swap, by=manager, approve=True).state == Swap.State.ACCEPTED
    assert counted(cleo, soon) == ["Early"]
    assert (list(swaps_waiting(fresh(manager))), list(swaps_waiting(fresh(hr)))) == ([], [swap])

    swap_decide(swap=swap, by=hr, approve=True)
    assert counted(cleo, soon) == ["Late"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a table as small as this one whole")
def test_the_menu_reads_neither_old_requests_nor_all_logins(client: Client, hr: User, manager: User) -> None:
    for user, address in ((hr, "/admin/attendance/shift/"), (manager, reverse("attendance_exceptions"))):
        client.force_login(user)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        read = [step for step in tables_read_whole(asked) if "approvals_case" in step or "employees_user" in step]
        assert read == [], user


def test_programs_read_where_it_stands(
    away: Absence, manager: User, manager_client: Client, hr_client: Client, outsider_client: Client
) -> None:
    rule("leave")
    address = f"/api/v1/attendance/absences/{away.pk}/decision"

    def decide(client: Client) -> Any:
        return client.post(address, {"decision": "approve"}, content_type="application/json")

    assert decide(outsider_client).status_code == 404
    first = decide(manager_client).json()
    assert (first["state"], first["approval"]["waits_for"]) == ("requested", "HR")
    assert [(one["step"], one["by"], one["acting_for"]) for one in first["approval"]["steps"]] == [
        (1, "Mara Demo", None)
    ]
    again = decide(manager_client)
    assert (again.status_code, again.json()["code"]) == (403, "same_person")
    assert decide(hr_client).json()["state"] == "approved"
    (listed,) = hr_client.get("/api/v1/attendance/absences").json()["results"]
    assert [one["step"] for one in listed["approval"]["steps"]] == [1, 2]
