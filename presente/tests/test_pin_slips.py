"""PINs for many at once: random, good ones, shown once, and nobody's is replaced unasked."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import reverse

from common.models import AuditEntry
from employees.models import Employee, User
from employees.pins import pin_fault, pin_random
from employees.services import pin_check
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db
PAGE = "pins_give"


def select(client: Client, *people: Employee) -> None:
    """Tick people in the admin's list and choose the action."""
    sent = {"action": "give_pins", "_selected_action": [one.pk for one in people]}
    assert client.post(reverse("admin:employees_employee_changelist"), sent)["Location"] == reverse(PAGE)


def pins(page: Any) -> dict[str, str]:
    """The PIN of each number on the slips."""
    return {slip.employee.number: slip.pin for slip in page.context["slips"]}


@pytest.fixture
def known(ben: Employee) -> Employee:
    """Ben has a PIN."""
    Employee.objects.filter(pk=ben.pk).update(pin_hash=make_password("246813"))
    return ben


def test_who_has_none_gets_one_that_works_and_the_others_keep_theirs(
    hr_client: Client, ana: Employee, known: Employee, caplog: pytest.LogCaptureFixture
) -> None:
    Employee.objects.filter(pk=ana.pk).update(pin_hash="")
    select(hr_client, ana, known)

    asked = hr_client.get(reverse(PAGE))
    page = hr_client.post(reverse(PAGE))

    assert (len(asked.context["without"]), asked.context["having"]) == (1, 1)
    given = pins(page)["1001"]
    assert list(pins(page)) == ["1001"]
    assert pin_check(number="1001", pin=given) == ana
    assert pin_check(number="1002", pin="246813") == known
    assert "no-store" in page["Cache-Control"]
    assert given in page.text
    assert given not in caplog.text
    assert given not in str(list(AuditEntry.objects.values_list("details", flat=True)))
    assert AuditEntry.objects.filter(subject="1001").exists()
    assert pins_left(hr_client) == 0


def pins_left(client: Client) -> int:
    """How many are still selected."""
    page = client.get(reverse(PAGE))
    return len(page.context["without"]) + int(page.context["having"])


def test_what_is_there_is_replaced_where_that_is_asked(hr_client: Client, known: Employee) -> None:
    select(hr_client, known)

    page = hr_client.post(reverse(PAGE), {"replace": "yes"})

    assert pin_check(number="1002", pin=pins(page)["1002"]) == known


def test_leavers_get_none(hr_client: Client, ana: Employee) -> None:
    employ(ana, hired_on=date(2020, 1, 1), left_on=date(2020, 2, 1))
    select(hr_client, ana)

    assert hr_client.post(reverse(PAGE)).status_code == 302


def test_branch_hr_gives_no_pins(branch_hr: User, client_of: Any, ana: Employee) -> None:
    assert client_of(branch_hr).get(reverse(PAGE)).status_code == 403


def test_a_random_pin_meets_the_rules_and_is_another_each_time() -> None:
    found = [pin_random(number="1001") for _time in range(300)]

    assert [one for one in found if pin_fault(one, number="1001")] == []
    assert len(set(found)) > 290
    assert all(re.fullmatch(r"\d{6}", one) for one in found)
