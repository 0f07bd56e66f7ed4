"""A person's pages: joined by tabs for who may open them, and one click from every name."""

from __future__ import annotations

import re
from datetime import date, time

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from attendance.models import Absence, AbsenceType, Shift, ShiftAssignment
from attendance.services.absences import absence_enter
from attendance.tests.fixtures import MADRID, Punched
from employees.models import Consent, Employee, User
from employees.tests.employment_kit import employ
from presente.person_pages import person_tabs

pytestmark = pytest.mark.django_db
ALL = ["Overview", "Month", "Year", "Leave", "Shifts", "Face", "Personal data", "Account", "Privacy", "History"]


def titles(user: User, person: Employee) -> list[str]:
    return [str(tab.title) for tab in person_tabs(user, person, "/")]


def test_each_role_has_the_tabs_it_may_open(
    hr: User, manager: User, branch_hr: User, payroll: User, auditor: User, technician: User, ana: Employee
) -> None:
    assert titles(hr, ana) == ALL
    assert titles(manager, ana) == ALL[:5]
    assert titles(payroll, ana) == ALL[:5]
    assert titles(auditor, ana) == [*ALL[:5], "History"]
    assert titles(branch_hr, ana) == ALL[:7]
    assert titles(technician, ana) == []


def test_employees_have_their_own_pages_alone(colleague: User, ana: Employee) -> None:
    own = Employee.objects.get(user=colleague)
    assert titles(colleague, own) == [*ALL[:3], "Leave", "Shifts", "Phone"]
    assert titles(colleague, ana) == []


def test_each_tab_answers_and_marks_itself(hr_client: Client, hr: User, ana: Employee) -> None:
    for tab in person_tabs(hr, ana, "/"):
        page = hr_client.get(tab.url)

        assert page.status_code == 200, tab
        if tab.title == "History":
            continue
        marked = page.text.partition('class="person-tabs"')[2].partition("</nav>")[0]
        assert marked.count('aria-current="page"') == 1, tab
        assert f'href="{tab.url}" aria-current="page"' in " ".join(marked.split()), tab


@pytest.mark.parametrize("field", ["number", "time_zone"])
@pytest.mark.parametrize("typed", ["30/01", "../../x", "'\"><script>", "x" * 500, " "])
def test_what_cannot_be_is_said_on_the_form_of_the_person(
    hr_client: Client, ana: Employee, field: str, typed: str
) -> None:
    hr_client.raise_request_exception = False
    sent = {"number": "1001", "first_name": "Ana", "time_zone": "UTC", "hired_on": "2020-01-01", field: typed}
    page = hr_client.post(reverse("admin:employees_employee_change", args=[ana.pk]), sent)
    assert page.status_code == 200
    assert 'class="person-tabs"' in page.text


def test_breadcrumbs_lead_from_the_pages_to_the_admin_and_back(
    hr_client: Client, manager_client: Client, ana: Employee
) -> None:
    admin = hr_client.get(reverse("admin:employees_employee_change", args=[ana.pk])).text
    page = hr_client.get(reverse("person", args=[ana.number])).text
    managers = manager_client.get(reverse("person", args=[ana.number])).text

    assert f'href="{reverse("person", args=[ana.number])}"' in admin
    assert f'href="{reverse("admin:employees_employee_changelist")}"' in page
    assert f'href="{reverse("attendance_team_now")}"' in managers.partition('class="crumbs"')[2].partition("</nav>")[0]


@pytest.mark.parametrize(
    "page", ["presence", "attendance_day", "attendance_team_now", "attendance_exceptions", "admin:index"]
)
def test_a_name_leads_to_the_person(hr_client: Client, hr: User, ana: Employee, page: str) -> None:
    employ(ana, hired_on=date(2026, 1, 1))
    kind = AbsenceType.objects.create(code="vacation", name="Vacation")
    Absence.objects.create(employee=ana, kind=kind, first=date(2026, 12, 1), last=date(2026, 12, 1))
    shift = Shift.objects.create(name="Day", starts_at=time(0), ends_at=time(23, 59), weekdays=list(range(7)))
    ShiftAssignment.objects.create(employee=ana, shift=shift, valid_from=timezone.localdate())

    shown = hr_client.get(reverse(page), follow=True).text

    assert f'href="{reverse("person", args=[ana.number])}"' in shown


@pytest.mark.parametrize("page", ["admin:employees_consent_changelist", "admin:employees_enrolmentphoto_changelist"])
def test_the_admins_lists_lead_to_the_person(hr_client: Client, enrolled_ana: Employee, page: str) -> None:
    assert f'href="{reverse("person", args=["1001"])}"' in hr_client.get(reverse(page)).text


def test_leave_and_shifts_are_listed(hr_client: Client, hr: User, ana: Employee) -> None:
    employ(ana, hired_on=date(2026, 1, 1))
    kind = AbsenceType.objects.create(code="vacation", name="Vacation")
    absence_enter(employee=ana, by=hr, kind=kind, first=date(2026, 3, 2), last=date(2026, 3, 6))
    shift = Shift.objects.create(name="Early", starts_at=time(6), ends_at=time(14), weekdays=[0])
    ShiftAssignment.objects.create(employee=ana, shift=shift, valid_from=date(2026, 1, 5))

    leave = " ".join(hr_client.get(reverse("person_leave", args=["1001"])).text.split())
    shifts = " ".join(hr_client.get(reverse("person_shifts", args=["1001"])).text.split())

    assert "2 Mar 2026 – 6 Mar 2026" in leave
    assert "Vacation" in leave
    assert "Early" in shifts
    assert "5 Jan 2026" in shifts


def test_the_account_says_whether_there_is_a_login_and_a_pin(hr_client: Client, ana: Employee, manager: User) -> None:
    without = hr_client.get(reverse("person_account", args=["1001"])).text
    logged_in = hr_client.get(reverse("person_account", args=["2001"])).text

    assert "None yet" in without
    assert "manager" in logged_in


@pytest.mark.parametrize("page", ["person_leave", "person_shifts", "person_account"])
def test_nobody_sees_the_pages_of_others(
    outsider_client: Client, colleague_client: Client, ana: Employee, page: str
) -> None:
    for browser in (outsider_client, colleague_client):
        assert browser.get(reverse(page, args=[ana.number])).status_code in {403, 404}


def facts(client: Client, person: Employee) -> dict[str, str]:
    """What the overview says first, by title."""
    page = client.get(reverse("person", args=[person.number])).text
    listed = page.partition('<dl class="facts">')[2].partition("</dl>")[0]
    lines = [" ".join(strip_tags(one).split()) for one in re.split(r"</?d[td]>", listed)]
    said = [one for one in lines if one]
    return dict(zip(said[::2], said[1::2], strict=True))


def test_the_overview_says_first_how_somebody_stands(
    hr_client: Client, manager_client: Client, ana: Employee, ben: Employee, punched: Punched
) -> None:
    now = timezone.now()
    Consent.objects.filter(employee=ben).update(withdrawn_at=now)
    punched(ana, "in", now)
    shift = Shift.objects.create(name="Early", starts_at=time(6), ends_at=time(14))
    ShiftAssignment.objects.create(employee=ana, shift=shift, valid_from=date(2026, 1, 1))

    said = facts(hr_client, ana)

    assert said["Now"].startswith(f"In now since {now.astimezone(MADRID):%H:%M}")
    assert said["Shift"] == "Early 06:00–14:00"
    assert said["Face"] == "Not enrolled yet"
    assert facts(hr_client, ben)["Face"] == "No consent: clocks in by PIN"
    assert said["Login"] == "None yet"
    assert any("worked · balance" in text for text in said.values())
    assert {"Face", "Login"}.isdisjoint(facts(manager_client, ana))


def test_who_has_left_stands_nowhere_now_and_nothing_of_theirs_works(hr_client: Client, colleague: User) -> None:
    left = Employee.objects.get(user=colleague)
    employ(left, hired_on=date(2020, 1, 1), left_on=date(2026, 1, 1))

    said = facts(hr_client, left)

    assert "Now" not in said
    assert said["Face"] == "Not recognised any more"
    assert said["Login"] == f"{colleague.username} · closed"


def test_access_ends_at_once_from_the_tab_of_the_account(hr_client: Client, colleague: User) -> None:
    person = Employee.objects.get(user=colleague)
    ends = reverse("admin:employees_employee_end_access", args=[person.pk])

    assert f'href="{ends}"' in hr_client.get(reverse("person_account", args=[person.number])).text
    assert hr_client.post(ends).status_code == 302

    assert facts(hr_client, person)["Login"] == f"{colleague.username} · closed"
