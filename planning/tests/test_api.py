"""``/api/v1/plan``: read by who may read attendance, written by keys that may and by HR."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from attendance.models import PlannedShift, Shift, ShiftAssignment
from employees.models import ApiKey, Department, Employee
from planning.tests.plan_kit import DAY, MONDAY, counted, hired, shift

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/plan"
WEEK = f"{ADDRESS}?from={MONDAY}&to={MONDAY + 6 * DAY}"
Keys = Callable[..., APIClient]


@pytest.fixture
def early(db: None) -> Shift:
    return shift("Early", 6, 14, [0, 1, 2, 3, 4])


@pytest.fixture
def person(department: Department, early: Shift) -> Employee:
    made = hired("W1", department=department)
    ShiftAssignment.objects.create(employee=made, shift=early, valid_from=date(2020, 1, 1))
    return made


def test_the_plan_is_read_with_drafts_and_where_each_day_comes_from(api_client_factory: Keys, person: Employee) -> None:
    PlannedShift.objects.create(employee=person, day=MONDAY, kind="free")
    page = api_client_factory("attendance:read").get(f"{WEEK}&department=workshop").json()

    (found,) = [one for one in page["results"] if one["employee"]["number"] == "W1"]
    assert [(one["shifts"], one["origin"]) for one in found["days"]][:2] == [([], "draft"), (["Early"], "assigned")]


def test_a_key_sets_a_day_publishes_it_and_gives_it_back(api_client_factory: Keys, person: Employee) -> None:
    shift("Late", 14, 22)
    writer = api_client_factory("plan:write")
    day = {"employee": "W1", "day": f"{MONDAY}"}

    answer = writer.post(ADDRESS, {**day, "shifts": ["Late"]}, format="json")
    assert (answer.status_code, answer.json()["origin"], counted(person, MONDAY)) == (200, "draft", ["Early"])
    answer = writer.post(ADDRESS, {**day, "shifts": ["Late"], "publish": True}, format="json")
    assert (answer.json()["origin"], counted(person, MONDAY)) == ("published", ["Late"])
    answer = writer.delete(f"{ADDRESS}?employee=W1&day={MONDAY}&publish=true")
    assert (answer.json()["origin"], counted(person, MONDAY)) == ("assigned", ["Early"])


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"shifts": ["Nothing"]}, 422, "shift_unknown"),
        ({"employee": "9999"}, 422, "employee_unknown"),
        ({"day": "2019-01-01"}, 422, "not_employed"),
        ({"day": "soon"}, 400, "invalid"),
        ({"shift": "Early"}, 400, "invalid"),
    ],
)
def test_what_cannot_be_is_refused(
    api_client_factory: Keys, person: Employee, fields: dict[str, Any], status: int, code: str
) -> None:
    content = {"employee": "W1", "day": f"{MONDAY}", "shifts": []} | fields
    answer = api_client_factory("plan:write").post(ADDRESS, content, format="json")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not PlannedShift.objects.exists()


def test_each_scope_opens_its_own_and_a_key_knows_its_departments(
    api_client_factory: Keys, person: Employee, other_department: Department
) -> None:
    content = {"employee": "W1", "day": f"{MONDAY}", "shifts": []}
    assert api_client_factory("attendance:read").post(ADDRESS, content, format="json").status_code == 403
    assert api_client_factory("plan:write").get(WEEK).status_code == 403
    assert api_client_factory("attendance:write").delete(f"{ADDRESS}?employee=W1&day={MONDAY}").status_code == 403
    writer = api_client_factory("plan:write")
    ApiKey.objects.latest("created").departments.add(other_department)
    assert writer.post(ADDRESS, content, format="json").json()["code"] == "employee_unknown"


def test_a_longer_time_than_two_months_is_refused(api_client_factory: Keys) -> None:
    answer = api_client_factory("attendance:read").get(f"{ADDRESS}?from={MONDAY}&to={MONDAY + 62 * DAY}")

    assert answer.status_code == 400
    assert "at most 62 days" in answer.text


def test_people_read_the_plan_of_whom_they_see(
    manager_client: Client, outsider_client: Client, colleague_client: Client, person: Employee
) -> None:
    def numbers(browser: Client) -> set[str]:
        return {one["employee"]["number"] for one in browser.get(WEEK).json()["results"]}

    assert "W1" in numbers(manager_client)
    assert "W1" not in numbers(outsider_client)
    assert colleague_client.get(WEEK).status_code == 403
