"""The pages of leave: what each shows, and to whom."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import Absence, AbsenceType
from attendance.services.absences import absence_enter, absence_request
from employees.models import Employee, User
from leave.models import LeaveRule, LedgerEntry
from leave.tests.leave_kit import FRIDAY, MONDAY, rule_of

pytestmark = pytest.mark.django_db
NOVEMBER = "/leave/calendar/2026-11/"
TAB, ENTRY = "/people/2003/leave/", "/leave/people/2003/entry/"


@pytest.fixture
def lasting(vacation: AbsenceType) -> LeaveRule:
    """22 days that are there on whichever day the test runs."""
    return rule_of(vacation, valid_from=date(2020, 1, 1), carry_most="0")


def words(client: Client, url: str) -> str:
    """The page, with any run of blanks as one: a browser shows them as one."""
    answer = client.get(url)
    assert answer.status_code == 200, url
    return " ".join(answer.content.decode().split())


def test_an_employee_sees_balances_and_why(colleague_client: Client, cleo: Employee, lasting: LeaveRule) -> None:
    page = words(colleague_client, "/leave/me/")

    assert "<strong>22 days</strong>" in page
    assert "completed years of service" in page
    assert "Not carried over" in page
    tabs = colleague_client.get("/attendance/me/", follow=True).text.partition("person-tabs")[2]
    assert "/leave/me/" in tabs.partition("</nav>")[0]


def test_a_forecast_is_calculated_before_anything_is_asked(
    colleague_client: Client, cleo: Employee, lasting: LeaveRule
) -> None:
    this_year = timezone.localdate().year
    monday = next(date(this_year, 6, day) for day in range(1, 8) if date(this_year, 6, day).weekday() == 0)
    asked = f"/leave/me/?kind={lasting.kind.pk}&first={monday}"

    assert "It needs 5 days: of 22 days, 17 days are left." in words(
        colleague_client, f"{asked}&last={monday + timedelta(days=6)}&half=whole"
    )
    assert "would be refused" in words(colleague_client, f"{asked}&last={monday + timedelta(days=60)}&half=whole")
    assert "The last day lies" in words(colleague_client, f"{asked}&last=2019-01-01&half=whole")
    assert not Absence.objects.exists()


def test_the_request_says_what_is_left_and_is_refused_beyond_it(
    colleague_client: Client, cleo: Employee, lasting: LeaveRule
) -> None:
    assert "What you have left" in words(colleague_client, "/attendance/me/away/")
    assert "What you have left" not in words(colleague_client, "/attendance/people/2003/correct/")

    given = {"kind": lasting.kind.pk, "first": "2026-09-01", "last": "2026-11-30", "half": "whole"}
    answer = colleague_client.post("/attendance/me/away/", given)
    assert "There is not enough leave" in answer.content.decode()
    assert not Absence.objects.exists()


def test_who_decides_reads_what_would_be_left(
    manager_client: Client, cleo: Employee, colleague: User, rule: LeaveRule
) -> None:
    absence_request(employee=cleo, by=colleague, kind=rule.kind, first=MONDAY, last=FRIDAY)

    assert "5 days, after which 17 days are left" in words(manager_client, "/attendance/exceptions/")


def test_the_tab_of_a_person_shows_the_balance_to_who_sees_them(
    hr_client: Client, manager_client: Client, outsider_client: Client, cleo: Employee, lasting: LeaveRule
) -> None:
    assert "<strong>22 days</strong>" in words(manager_client, TAB)
    assert ENTRY not in words(manager_client, TAB)
    assert ENTRY in words(hr_client, TAB)
    assert outsider_client.get(TAB).status_code == 404


def test_the_calendar_shows_who_is_away(
    manager_client: Client,
    outsider_client: Client,
    colleague_client: Client,
    cleo: Employee,
    colleague: User,
    manager: User,
    vacation: AbsenceType,
) -> None:
    absence_enter(employee=cleo, by=manager, kind=vacation, first=MONDAY, last=MONDAY, half="first")
    absence_request(employee=cleo, by=colleague, kind=vacation, first=FRIDAY, last=FRIDAY)

    page = words(manager_client, NOVEMBER)
    assert "Vacation, Approved (First half)" in page
    assert "Vacation, Requested" in page
    assert "Cleo Demo" not in words(outsider_client, NOVEMBER)
    assert colleague_client.get(NOVEMBER).status_code == 403
    assert manager_client.get("/leave/calendar/").status_code == 302


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"amount": ""}, "Give an amount."),
        ({"amount": "two"}, "Write days as 2.5"),
        ({"entered": "encashment", "amount": "1"}, "may be paid out"),
        ({"entered": "time_bank", "amount": "2:30"}, "Say of which days"),
        ({"day": "2019-12-31"}, "No leave rule of this type holds"),
    ],
)
def test_an_entry_that_makes_no_sense_says_why(
    given: dict[str, Any], said: str, hr_client: Client, cleo: Employee, lasting: LeaveRule
) -> None:
    usual = {"kind": lasting.kind.pk, "entered": "adjustment", "day": "2026-06-01", "amount": "1", "reason": "Moved"}

    assert said in hr_client.post(ENTRY, {**usual, **given}).content.decode()
    assert not LedgerEntry.objects.exists()


def test_hr_enters_an_adjustment_and_the_ledger_names_who_and_why(
    hr_client: Client, colleague_client: Client, cleo: Employee, lasting: LeaveRule
) -> None:
    given = {"kind": lasting.kind.pk, "entered": "adjustment", "amount": "-1,5", "reason": "Moved house"}
    today = timezone.localdate().isoformat()
    assert hr_client.post(ENTRY, {**given, "day": today}).status_code == 302

    page = words(colleague_client, "/leave/me/")
    assert "<strong>20.5 days</strong>" in page
    assert "Moved house (hr)" in page


@pytest.mark.parametrize("who", ["colleague_client", "manager_client", "outsider_client"])
def test_nobody_else_opens_the_entry(who: str, cleo: Employee, request: pytest.FixtureRequest) -> None:
    assert request.getfixturevalue(who).get(ENTRY).status_code == 403


def test_hr_makes_rules_from_a_pack_and_reads_the_articles(hr_client: Client) -> None:
    url = reverse("admin:leave_leaverule_from_pack")
    assert "DS 17288" in words(hr_client, url)

    answer = hr_client.post(url, {"code": "bolivia", "valid_from": "2026-01-01", "department": ""})
    assert answer.status_code == 302
    rule = LeaveRule.objects.get()
    assert (rule.kind.code, rule.grant, rule.first_year) == ("vacation", "anniversary", False)
    assert rule.steps == [{"after": 1, "amount": "15"}, {"after": 5, "amount": "20"}, {"after": 10, "amount": "30"}]


def test_hr_edits_a_rule_as_a_table(hr_client: Client, rule: LeaveRule) -> None:
    url = reverse("admin:leave_leaverule_change", args=[rule.pk])
    page = hr_client.get(url)
    form = page.context["adminform"].form
    given = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    given |= {"steps-lines": "2", "steps-0-after": "0", "steps-0-amount": "22", "steps-1-after": "5"}
    given |= {"steps-1-amount": "25.50", "week_minutes": "40:00", "day_minutes": "8:00"}
    given.pop("steps")

    answer = hr_client.post(url, given)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    rule.refresh_from_db()
    assert rule.steps == [{"after": 0, "amount": "22"}, {"after": 5, "amount": "25.5"}]
    assert (rule.week_minutes, rule.day_minutes) == (2400, 480)


def test_who_is_no_employee_reads_what_to_do(hr_client: Client) -> None:
    assert "/leave/me/" not in words(hr_client, "/attendance/")
    assert words(hr_client, "/leave/me/")


def test_how_many_days_an_absence_takes_is_said_before_it_is_sent(
    colleague_client: Client, cleo: Employee, lasting: LeaveRule
) -> None:
    """The button alone stores nothing; of a type without a rule the days of work are said."""
    unpaid = AbsenceType.objects.create(name="Without pay")
    year = timezone.localdate().year
    monday = next(date(year, 6, day) for day in range(1, 8) if date(year, 6, day).weekday() == 0)
    asked = {"first": monday, "last": monday + timedelta(days=6), "half": "whole", "do": "count"}

    ruled = colleague_client.post(reverse("absence_new"), {**asked, "kind": lasting.kind.pk})
    other = colleague_client.post(reverse("absence_new"), {**asked, "kind": unpaid.pk})

    assert "It needs 5 days: of 22 days, 17 days are left." in " ".join(ruled.text.split())
    assert "Working days that it takes: 5." in " ".join(other.text.split())
    assert not Absence.objects.exists()


def test_time_off_begins_with_no_type_chosen(colleague_client: Client, cleo: Employee, lasting: LeaveRule) -> None:
    form = colleague_client.get(reverse("absence_new")).context["form"]

    assert (form["kind"].value(), form.fields["kind"].empty_label) == (None, "Choose…")


def test_a_request_says_who_decides(
    colleague_client: Client, cleo: Employee, lasting: LeaveRule, manager: User
) -> None:
    wanted = {"kind": lasting.kind.pk, "half": "whole"}
    first = colleague_client.post(reverse("absence_new"), {**wanted, "first": MONDAY, "last": MONDAY}, follow=True).text
    assert cleo.department is not None
    cleo.department.managers.clear()
    page = colleague_client.get(reverse("absence_new")).text
    later = colleague_client.post(reverse("absence_new"), {**wanted, "first": FRIDAY, "last": FRIDAY}, follow=True).text

    assert "Your request is with your manager" in first
    assert "It counts once HR has approved it." in page
    assert "Send to HR" in page
    assert "Your request is with HR" in later
