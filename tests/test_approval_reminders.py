"""A request that waits for days reminds its approver once, and goes to others as well."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from approvals.models import Case
from approvals.services import cases_look
from attendance.models import Absence
from attendance.services.absences import absence_decide
from common.testing import together
from employees.models import Employee, User
from notifications.models import Notification
from tests.approval_kit import DAY, Second, page, refused, rule

pytestmark = pytest.mark.django_db


def older(row: Absence, days: int) -> None:
    Absence.objects.filter(pk=row.pk).update(requested_at=timezone.now() - days * DAY)


def reminders(user: User) -> list[bool]:
    rows = Notification.objects.filter(user=user, kind="reminder").order_by("created_at")
    return [row.data["escalated"] for row in rows]


def test_after_three_days_the_approver_is_reminded_once_and_after_seven_hr(
    away: Absence, manager: User, hr: User
) -> None:
    older(away, 2)
    assert cases_look() == 0
    assert not Case.objects.exists()

    older(away, 4)
    assert (cases_look(), cases_look()) == (1, 0)
    assert (reminders(manager), reminders(hr)) == ([False], [])

    Case.objects.update(turn_at=timezone.now() - 8 * DAY)
    assert (cases_look(), cases_look()) == (1, 0)
    assert (reminders(manager), reminders(hr)) == ([False], [True])

    absence_decide(absence=away, by=manager, approve=True)
    assert not Notification.objects.filter(kind="reminder", read_at=None).exists()
    assert cases_look() == 0


def test_a_rule_says_when_and_the_managers_manager_decides_then(
    away: Absence, manager: User, director: User, client_of: Callable[[User], Client]
) -> None:
    Employee.objects.filter(pk=manager.employee.pk).update(manager=director.employee)
    rule("leave", Second.NOBODY, remind_days=0, escalate_days=2, escalate_to="above")
    older(away, 1)
    with refused("not_allowed"):
        absence_decide(absence=away, by=director, approve=True)

    older(away, 3)
    assert cases_look() == 1
    assert (reminders(manager), reminders(director)) == ([], [True])
    address, browser = reverse("absence_decide", args=[away.pk]), client_of(director)
    assert address in page(browser)
    browser.post(address, {"decision": "approve"})

    away.refresh_from_db()
    assert away.state == "approved"


def test_a_rule_may_switch_both_off(away: Absence) -> None:
    rule("leave", Second.NOBODY, remind_days=0, escalate_days=0)
    older(away, 50)

    assert cases_look() == 0


def test_the_days_of_the_second_approval_count_anew(away: Absence, manager: User, hr: User) -> None:
    rule("leave")
    older(away, 5)
    cases_look()
    absence_decide(absence=away, by=manager, approve=True)
    assert cases_look() == 0

    Case.objects.update(turn_at=timezone.now() - 4 * DAY)
    assert (cases_look(), reminders(hr), reminders(manager)) == (1, [False], [False])


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_reminds(away: Absence, manager: User) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no row locks to race for; DATABASE_URL=postgres://… runs this test")
    older(away, 4)

    assert sorted(map(str, together(cases_look, cases_look))) == ["0", "1"]
    assert reminders(manager) == [False]
