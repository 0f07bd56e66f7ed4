"""``/api/v1/leave``: who reads which balances and ledgers, and who enters what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from attendance.services.absences import absence_enter
from common.tests.problems import assert_problem
from employees.models import Employee, User
from employees.tests.employment_kit import employ
from leave.models import LeaveRule, LedgerEntry
from leave.tests.leave_kit import FRIDAY, MONDAY

pytestmark = pytest.mark.django_db
BALANCES, LEDGER = "/api/v1/leave/balances", "/api/v1/leave/ledger"
OPENING = {
    "employee": "2003",
    "type": "vacation",
    "entered": "opening",
    "day": "2026-06-01",
    "amount": "12.5",
    "reason": "From the program before",
}


def post(client: Client, key: str = "k1", **changes: Any) -> Any:
    body = {name: value for name, value in {**OPENING, **changes}.items() if value is not None}
    return client.post(LEDGER, body, content_type="application/json", headers={"Idempotency-Key": key})


def test_a_program_reads_the_balances_of_a_day(
    cleo: Employee, manager: User, rule: LeaveRule, api_client_factory: Callable[..., APIClient]
) -> None:
    absence_enter(employee=cleo, by=manager, kind=rule.kind, first=MONDAY, last=FRIDAY, half="whole")

    (row,) = api_client_factory("attendance:read").get(f"{BALANCES}?employee=2003&on=2026-11-17").json()["results"]
    assert row == {
        "employee": {"number": "2003", "name": "Cleo Demo", "department": "Workshop"},
        "type": "vacation",
        "unit": "days",
        "on": "2026-11-17",
        "balance": "20",
        "planned": "3",
        "requested": "0",
        "free": "17",
        "year_from": "2026-01-01",
        "year_to": "2026-12-31",
        "granted": "22",
        "taken": "2",
        "expires_on": None,
        "expires": None,
    }


def test_the_lines_of_a_ledger_sum_to_the_balance(
    cleo: Employee, manager: User, rule: LeaveRule, api_client_factory: Callable[..., APIClient]
) -> None:
    absence_enter(employee=cleo, by=manager, kind=rule.kind, first=MONDAY, last=MONDAY, half="first")

    url = f"{LEDGER}?employee=2003&type=vacation&on=2026-11-30"
    lines = api_client_factory("attendance:read").get(url).json()
    assert [(one["day"], one["kind"], one["amount"], one["balance"]) for one in lines] == [
        ("2026-01-01", "granted", "22", "22"),
        ("2026-11-16", "taken", "-0.5", "21.5"),
    ]
    assert "completed years of service" in lines[0]["reason"]


@pytest.mark.parametrize("url", [BALANCES, f"{LEDGER}?employee=2003&type=vacation"])
def test_only_who_reads_attendance_reads_leave(
    url: str,
    client: Client,
    colleague_client: Client,
    cleo: Employee,
    rule: LeaveRule,
    api_client_factory: Callable[..., APIClient],
) -> None:
    assert_problem(client.get(url), 401, "not_authenticated")
    assert_problem(colleague_client.get(url), 403, "role_missing")
    assert_problem(api_client_factory("identify").get(url), 403, "scope_missing")


def test_a_manager_reads_the_own_people_and_no_others(
    manager_client: Client, outsider_client: Client, cleo: Employee, rule: LeaveRule
) -> None:
    url = f"{BALANCES}?on=2026-11-17"
    assert "2003" in {one["employee"]["number"] for one in manager_client.get(url).json()["results"]}
    assert "2003" not in {one["employee"]["number"] for one in outsider_client.get(url).json()["results"]}
    ledger = f"{LEDGER}?employee=2003&type=vacation"
    assert manager_client.get(ledger).status_code == 200
    assert_problem(outsider_client.get(ledger), 404, "not_found")


@pytest.mark.parametrize(
    ("query", "field"),
    [("?on=yesterday", "on"), ("?on=1900-01-01", "on"), ("?person=1", "person")],
)
def test_parameters_that_cannot_be_read_are_refused(query: str, field: str, hr_client: Client) -> None:
    answer = hr_client.get(BALANCES + query)

    assert_problem(answer, 400, "invalid")
    assert answer.json()["errors"][0]["field"] == field


def test_hr_enters_an_opening_balance_once(hr_client: Client, cleo: Employee, rule: LeaveRule) -> None:
    first, again = post(hr_client), post(hr_client)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.json() == again.json()
    assert first.json()["amount"] == "12.5"
    assert_problem(post(hr_client, amount="13"), 422, "key_reused")
    assert LedgerEntry.objects.get().reason == "From the program before"


@pytest.mark.parametrize("who", ["client", "colleague_client", "manager_client", "outsider_client"])
def test_nobody_else_enters_anything(who: str, cleo: Employee, rule: LeaveRule, request: pytest.FixtureRequest) -> None:
    assert post(request.getfixturevalue(who)).status_code in (401, 403)
    assert not LedgerEntry.objects.exists()


def test_an_api_key_enters_nothing(
    cleo: Employee, rule: LeaveRule, api_client_factory: Callable[..., APIClient]
) -> None:
    answer = api_client_factory("attendance:read", "attendance:write").post(LEDGER, OPENING, format="json")

    assert_problem(answer, 403, "key_cannot_sign")


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"amount": None}, 400, "amount"),
        ({"amount": "1.234"}, 400, "amount"),
        ({"minutes": 60}, 400, "minutes"),
        ({"entered": "time_bank"}, 400, "amount"),
        ({"type": "nothing"}, 400, "type"),
        ({"colour": "red"}, 400, "colour"),
        ({"day": "9999-12-31"}, 400, "day"),
        ({"entered": "encashment", "amount": "1"}, 422, "amount"),
        ({"day": "2025-12-31"}, 422, "kind"),
        ({"employee": "9999"}, 422, "employee"),
    ],
)
def test_entries_that_make_no_sense_name_the_field(
    changes: dict[str, Any], status: int, said: str, hr_client: Client, cleo: Employee, rule: LeaveRule
) -> None:
    answer = post(hr_client, **changes)

    assert answer.status_code == status, answer.content
    assert said in {one["field"] for one in answer.json()["errors"]}
    assert not LedgerEntry.objects.exists()


def test_pages_are_of_people(hr_client: Client, cleo: Employee, ana: Employee, rule: LeaveRule) -> None:
    employ(ana, hired_on=date(2020, 1, 1))

    first = hr_client.get(f"{BALANCES}?on=2026-11-17&page_size=1").json()
    assert [one["employee"]["number"] for one in first["results"]] == ["1001"]
    assert first["next"]
