"""Overtime counts for payroll once a manager has approved it; nobody approves their own; a changed day waits again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import OvertimeDecision, Shift, WorkPolicy
from attendance.refusals import AttendanceRefused
from attendance.rules.approval import Decided, part, split
from attendance.selectors.timesheets import Sums, timesheets
from attendance.services.approvals import period_approve
from attendance.services.corrections import punch_change
from attendance.services.overtime import Wish, overtime_decide
from attendance.services.periods import period_create, period_lock
from attendance.services.results import results_refresh
from attendance.tests.fixtures import MADRID, Punched
from common.append_only import AppendOnlyError
from employees.models import Employee, User
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db
Assigned = Callable[[Employee], Employee]
LIST = "/attendance/exceptions/"
FOUND = {150: 7200}


@pytest.fixture
def day() -> date:
    """A weekday far enough back to be settled, and to be locked."""
    found = timezone.now().astimezone(MADRID).date() - timedelta(days=6)
    return found if found.weekday() < 5 else found - timedelta(days=2)


@pytest.fixture
def policy() -> WorkPolicy:
    return WorkPolicy.objects.create(
        name="Approved",
        valid_from=date(2020, 1, 1),
        approve_overtime=True,
        overtime=[{"scope": "day", "after": 480, "tier": 150}],
    )


def works(person: Employee, day: date, until: int, on_early_shift: Assigned, punched: Punched) -> Employee:
    """From nine to ``until`` on that day, the first and the last of this person."""
    on_early_shift(person)
    employ(person, hired_on=day, left_on=day)
    punched(person, "in", datetime(day.year, day.month, day.day, 9, tzinfo=MADRID))
    punched(person, "out", datetime(day.year, day.month, day.day, until, tzinfo=MADRID))
    results_refresh()
    return Employee.objects.get(pk=person.pk)


@pytest.fixture
def busy_ana(ana: Employee, day: date, policy: WorkPolicy, on_early_shift: Assigned, punched: Punched) -> Employee:
    """Ana worked ten hours: two of them are overtime."""
    return works(ana, day, 19, on_early_shift, punched)


def sums(person: Employee, day: date) -> Sums:
    (found,) = timesheets(employees=Employee.objects.filter(pk=person.pk), first=day, last=day)
    return found


def sent(when: date, **changes: str) -> dict[str, str]:
    return {
        "day": f"{when}",
        f"seen-{when}": "150=7200",
        f"hours-{when}": "2:00",
        "decision": "approve",
        "reason": "",
        "next": LIST,
        **changes,
    }


def body(client: Client, url: str) -> str:
    return " ".join(client.get(url).content.decode().split())


def refused(code: str) -> Any:
    return pytest.raises(AttendanceRefused, check=lambda error: error.code == code)


def test_without_such_a_policy_all_overtime_counts(busy_ana: Employee, day: date, manager_client: Client) -> None:
    WorkPolicy.objects.update(approve_overtime=False)

    assert sums(busy_ana, day).overtime.approved == FOUND
    assert "Overtime to approve" not in body(manager_client, LIST)


def test_a_policy_asks_from_its_day_on(busy_ana: Employee, day: date, policy: WorkPolicy) -> None:
    WorkPolicy.objects.create(name="Later", valid_from=day + timedelta(days=1), approve_overtime=True)
    policy.approve_overtime = False
    policy.save()

    assert sums(busy_ana, day).overtime.pending == {}


def test_it_waits_is_approved_and_the_list_empties(
    manager_client: Client, manager: User, busy_ana: Employee, day: date
) -> None:
    page = body(manager_client, LIST)
    assert "Overtime to approve" in page
    assert f'name="hours-{day}" value="2:00"' in page
    assert sums(busy_ana, day).overtime.pending == FOUND

    answer = manager_client.post(reverse("overtime_decide", args=["1001"]), sent(day), follow=True)

    assert "Nothing to do" in answer.content.decode()
    assert sums(busy_ana, day).overtime.approved == FOUND
    row = OvertimeDecision.objects.get()
    assert (row.by, row.day) == (manager, day)
    month = body(manager_client, reverse("attendance_month", args=["1001", f"{day:%Y-%m}"]))
    assert "manager approved 2 h 00 min of 2 h 00 min" in month


def test_a_part_needs_a_reason_and_the_rest_is_refused(manager_client: Client, busy_ana: Employee, day: date) -> None:
    address, half = reverse("overtime_decide", args=["1001"]), {f"hours-{day}": "0:30"}
    assert "Say why" in manager_client.post(address, sent(day, **half), follow=True).content.decode()

    manager_client.post(address, sent(day, **half, reason="Only the meeting"))

    found = sums(busy_ana, day).overtime
    assert (found.approved, found.pending, found.refused_total) == ({150: 1800}, {}, 5400)


def test_a_day_that_changes_waits_again(manager: User, hr: User, busy_ana: Employee, day: date) -> None:
    overtime_decide(employee=busy_ana, wishes={day: Wish(FOUND, 7200)}, by=manager)
    out = busy_ana.clock_events.get(direction="out")

    punch_change(
        event=out, direction="out", at=out.at + timedelta(hours=1), zone=out.zone, reason="Left later", author=hr
    )

    found = sums(busy_ana, day).overtime
    assert (found.approved, found.pending, found.days[day].stale) == ({}, {150: 10800}, True)
    with refused("changed"):
        overtime_decide(employee=busy_ana, wishes={day: Wish(FOUND, 7200)}, by=manager)


def test_a_decision_stays_for_managers_and_hr_decides_again_with_a_reason(
    manager: User, hr: User, busy_ana: Employee, day: date
) -> None:
    everything, nothing = {day: Wish(FOUND, 7200)}, {day: Wish(FOUND, 0)}
    (first,) = overtime_decide(employee=busy_ana, wishes=everything, by=manager)

    assert overtime_decide(employee=busy_ana, wishes=everything, by=manager) == [first]
    with refused("already_decided"):
        overtime_decide(employee=busy_ana, wishes=nothing, by=manager, reason="x")
    with refused("reason_missing"):
        overtime_decide(employee=busy_ana, wishes=nothing, by=hr)
    overtime_decide(employee=busy_ana, wishes=nothing, by=hr, reason="A mistake")

    assert sums(busy_ana, day).overtime.approved == {}
    assert OvertimeDecision.objects.count() == 2


def test_hr_decides_again_on_the_persons_month_and_a_manager_does_not(
    hr_client: Client, manager_client: Client, manager: User, busy_ana: Employee, day: date
) -> None:
    overtime_decide(employee=busy_ana, wishes={day: Wish(FOUND, 3600)}, by=manager, reason="Half of it")
    month = reverse("attendance_month", args=["1001", f"{day:%Y-%m}"])
    assert f'name="hours-{day}"' not in body(manager_client, month)
    assert f'name="hours-{day}" value="1:00"' in body(hr_client, month)

    hr_client.post(reverse("overtime_decide", args=["1001"]), sent(day, reason="All of it after all"))

    assert sums(busy_ana, day).overtime.approved == FOUND


@pytest.mark.parametrize(("who", "status"), [("client", 302), ("colleague_client", 403), ("outsider_client", 404)])
def test_others_approve_nothing(
    who: str, status: int, busy_ana: Employee, day: date, request: pytest.FixtureRequest
) -> None:
    visitor: Client = request.getfixturevalue(who)

    for number in ("1001", "9999"):
        assert visitor.post(reverse("overtime_decide", args=[number]), sent(day)).status_code == status
    assert visitor.get(reverse("overtime_decide", args=["1001"])).status_code in {302, 403, 405}

    assert not OvertimeDecision.objects.exists()


@pytest.mark.parametrize("who", ["manager", "hr"])
def test_nobody_approves_their_own(
    who: str, day: date, policy: WorkPolicy, on_early_shift: Assigned, punched: Punched, request: pytest.FixtureRequest
) -> None:
    boss: User = request.getfixturevalue(who)
    person = getattr(boss, "employee", None) or Employee.objects.create(number="3001", first_name="Hada", user=boss)
    works(person, day, 19, on_early_shift, punched)
    employ(person, left_on=None)
    visitor: Client = request.getfixturevalue(f"{who}_client")

    assert "Overtime to approve" not in body(visitor, LIST)
    answer = visitor.post(reverse("overtime_decide", args=[person.number]), sent(day), follow=True)

    assert "Nobody approves their own overtime" in answer.content.decode()
    assert not OvertimeDecision.objects.exists()


@pytest.mark.parametrize(
    "changes", [{"seen": "150=3600"}, {"seen": "x"}, {"hours": "3:00"}, {"hours": "two"}, {"day": "x"}]
)
def test_what_was_not_seen_is_not_approved(
    manager_client: Client, busy_ana: Employee, day: date, changes: dict[str, str]
) -> None:
    wrong = {name if name == "day" else f"{name}-{day}": value for name, value in changes.items()}

    answer = manager_client.post(reverse("overtime_decide", args=["1001"]), sent(day, **wrong), follow=True)

    assert "notice--error" in answer.content.decode()
    assert not OvertimeDecision.objects.exists()


def test_the_grid_shows_what_is_pending(manager_client: Client, busy_ana: Employee, day: date) -> None:
    page = body(manager_client, reverse("attendance_team", args=[f"{day:%Y-%m}"]) + "?show=overtime")

    assert "cell--pending" in page
    assert "Overtime pending" in page


def test_overtime_of_the_week_waits_too(
    manager_client: Client, ana: Employee, day: date, policy: WorkPolicy, on_early_shift: Assigned, punched: Punched
) -> None:
    WorkPolicy.objects.update(overtime=[{"scope": "week", "after": 540, "tier": 125}])
    works(ana, day, 19, on_early_shift, punched)

    assert f'name="seen-{day}" value="125=3600"' in body(manager_client, LIST)


def test_pending_overtime_needs_a_reason_to_lock_and_a_locked_day_is_decided_no_more(
    hr: User, manager: User, manager_client: Client, busy_ana: Employee, colleague: User, day: date
) -> None:
    employ(Employee.objects.exclude(pk=busy_ana.pk), hired_on=timezone.now().date())
    period = period_create(first=day, last=day, by=hr)
    period_approve(period=period, employee=busy_ana, by=manager)
    period.approvals.update(person_at=timezone.now())
    with pytest.raises(AttendanceRefused, check=lambda error: error.code == "overtime_pending"):
        period_lock(period=period, by=hr)

    period_lock(period=period, by=hr, reason="Payday")

    assert "Overtime to approve" not in body(manager_client, LIST)

    with refused("period_locked"):
        overtime_decide(employee=busy_ana, wishes={day: Wish(FOUND, 7200)}, by=manager)


def test_a_decision_is_never_changed(busy_ana: Employee, manager: User, day: date) -> None:
    (row,) = overtime_decide(employee=busy_ana, wishes={day: Wish(FOUND, 7200)}, by=manager)

    for change in (row.save, row.delete, OvertimeDecision.objects.all().delete):
        with pytest.raises(AppendOnlyError):
            change()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE attendance_overtimedecision SET reason = 'x'")


def test_each_second_is_approved_pending_or_refused_and_never_more_than_was_approved() -> None:
    found = {150: 3600, 200: 1800}

    assert part(found, 4500) == {150: 3600, 200: 900}
    half = split(found, Decided(found, part(found, 4500)), needed=True)
    assert (half.approved, half.refused, half.pending) == ({150: 3600, 200: 900}, {200: 900}, {})
    for other in ({150: 3600}, {150: 3600, 200: 1801}, {}):
        assert split(other, Decided(found, found), needed=True).approved == {}


def test_many_shifts_ask_no_more_questions(
    hr_client: Client, busy_ana: Employee, day: date, early_shift: Shift, punched: Punched
) -> None:
    from django.test.utils import CaptureQueriesContext

    from attendance.models import ShiftAssignment
    from employees.services import employee_create

    def questions() -> int:
        with CaptureQueriesContext(connection) as queries:
            body(hr_client, LIST)
        return len(queries)

    questions()
    few = questions()
    for number in range(8):
        person = employee_create(number=f"M{number}", first_name="Demo", department=busy_ana.department)
        employ(person, hired_on=day, left_on=day, time_zone="Europe/Madrid")
        ShiftAssignment.objects.create(employee=person, shift=early_shift, valid_from=day)
        punched(person, "in", datetime(day.year, day.month, day.day, 9, tzinfo=MADRID))
        punched(person, "out", datetime(day.year, day.month, day.day, 19, tzinfo=MADRID))
    results_refresh()

    assert questions() == few


def test_a_decision_is_about_one_to_62_days_and_its_reason_is_short(
    busy_ana: Employee, manager: User, day: date
) -> None:
    many = {day - timedelta(days=number): Wish(FOUND, 0) for number in range(63)}
    for wishes in ({}, many):
        with refused("nothing"):
            overtime_decide(employee=busy_ana, wishes=wishes, by=manager)
    with refused("reason_too_long"):
        overtime_decide(employee=busy_ana, wishes={day: Wish(FOUND, 0)}, by=manager, reason="x" * 301)

    (row,) = overtime_decide(employee=busy_ana, wishes={day: Wish(FOUND, 0)}, by=manager, reason=" " + "x" * 300)

    assert (row.reason, row.approved, row.found) == ("x" * 300, {}, {"150": 7200})


def test_the_same_decision_again_leaves_the_approvals_and_another_takes_them_back(
    manager: User, hr: User, busy_ana: Employee, day: date
) -> None:
    period = period_create(first=day, last=day, by=hr)
    overtime_decide(employee=busy_ana, wishes={day: Wish(FOUND, 7200)}, by=manager)
    period.approvals.create(employee=busy_ana, person_at=timezone.now())

    overtime_decide(employee=busy_ana, wishes={day: Wish(FOUND, 7200)}, by=manager)
    assert period.approvals.filter(taken_back_at=None).exists()
    overtime_decide(employee=busy_ana, wishes={day: Wish(FOUND, 0)}, by=hr, reason="A mistake")
    assert not period.approvals.filter(taken_back_at=None).exists()
