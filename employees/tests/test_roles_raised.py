"""Whoever is named to manage somebody may see them: an employee's account gets the role, whatever way it was said."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from common.models import AuditEntry
from employees.models import Department, Employee, User
from employees.services import employee_create, employee_move
from employees.tests.import_kit import imported

pytestmark = pytest.mark.django_db


@pytest.fixture
def cleo(colleague: User) -> Employee:
    """Somebody with an employee's account."""
    return Employee.objects.get(user=colleague)


def role(of: Employee) -> str:
    return str(User.objects.get(employee=of).role)


def name_managers(browser: Client, of: Department, *people: Employee) -> Any:
    address = reverse("admin:employees_department_change", args=[of.pk])
    return browser.post(address, {"name": of.name, "managers": [one.pk for one in people]}, follow=True)


def test_a_department_s_new_manager_gets_the_role_which_is_said_and_recorded(
    hr_client: Client, other_department: Department, cleo: Employee
) -> None:
    page = name_managers(hr_client, other_department, cleo)

    assert role(cleo) == "manager"
    assert "These accounts now have the role “Manager”" in page.text
    entry = AuditEntry.objects.get(act="user.changed")
    assert (entry.actor, entry.details["role"]) == ("user hr", ["employee", "manager"])


def test_no_other_role_changes_and_none_is_taken_away(
    hr_client: Client, hr: User, other_department: Department, cleo: Employee
) -> None:
    boss = employee_create(number="9", first_name="Hilda", user=hr)
    name_managers(hr_client, other_department, cleo, boss)
    name_managers(hr_client, other_department)

    assert (role(boss), role(cleo)) == ("hr", "manager")


def test_whoever_people_report_to_gets_it(ana: Employee, cleo: Employee) -> None:
    employee_move(employee=ana, valid_from=date(2026, 1, 1), manager=cleo)

    assert role(cleo) == "manager"


def test_a_file_s_managers_get_it(hr_client: Client, ana: Employee, cleo: Employee) -> None:
    imported(hr_client, "number,manager", f"1001,{cleo.number}")

    assert role(cleo) == "manager"


def test_an_account_given_to_a_manager_gets_it(
    hr_client: Client, ana: Employee, ben: Employee, django_user_model: type[User]
) -> None:
    Employee.objects.filter(pk=ana.pk).update(manager=ben)
    account = django_user_model.objects.create_user("ben", password="correct-horse-battery")
    sent = {
        "number": ben.number,
        "first_name": "Ben",
        "last_name": "Demo",
        "department": ben.department_id,
        "time_zone": ben.time_zone,
        "hired_on": ben.period.hired_on if ben.period else "",
        "user": account.pk,
        "locked_seen": "yes",
    }
    hr_client.post(reverse("admin:employees_employee_change", args=[ben.pk]), sent)

    assert role(ben) == "manager"


def test_the_page_of_a_move_says_it(hr_client: Client, ana: Employee, cleo: Employee) -> None:
    sent = {
        "do": "move",
        "valid_from": "2026-01-01",
        "manager": cleo.number,
        "department": ana.department_id,
        "time_zone": ana.time_zone,
        "locked_seen": "yes",
    }
    page = hr_client.post(reverse("person", args=[ana.number]), sent, follow=True)

    assert "These accounts now have the role “Manager”" in page.text


def test_pages_of_department_and_person_show_the_role(
    hr_client: Client, department: Department, manager: User, ana: Employee
) -> None:
    department.managers.add(ana)
    page = hr_client.get(reverse("admin:employees_department_change", args=[department.pk])).text
    own = hr_client.get(reverse("person_account", args=["2001"])).text

    assert "Mara Demo: Manager" in page
    assert "Ana Demo: no login yet" in page
    assert f'href="{reverse("admin:employees_user_change", args=[manager.pk])}#id_role">Change the role' in own
