"""GET people, days, timesheets, absences, corrections: who reads what, page by page, unchanged pages for nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from attendance.models import Absence, AbsenceType, CorrectionRequest
from attendance.tests.fixtures import Punched
from common.tests.problems import assert_problem
from employees.models import Employee, User

pytestmark = pytest.mark.django_db
ClientFactory = Callable[..., APIClient]
NOVEMBER = {"from": "2026-11-02", "to": "2026-11-08"}
ALL = {
    "/api/v1/people": {},
    "/api/v1/attendance/days": NOVEMBER,
    "/api/v1/attendance/timesheets": NOVEMBER,
    "/api/v1/attendance/absences": {},
    "/api/v1/attendance/corrections": {},
}


@pytest.fixture
def reader(api_client_factory: ClientFactory) -> APIClient:
    return api_client_factory("attendance:read")


@pytest.fixture
def november(ana: Employee, hr: User, on_early_shift: Callable[[Employee], Employee], punched: Punched) -> Employee:
    """Ana's week: a day, an absence, a correction."""
    on_early_shift(ana)
    punched(ana, "in", "2026-11-02T09:10")
    punched(ana, "out", "2026-11-02T17:00")
    kind = AbsenceType.objects.create(code="vac", name="Vacation")
    Absence.objects.create(employee=ana, kind=kind, first=date(2026, 11, 3), last=date(2026, 11, 4), state="approved")
    CorrectionRequest.objects.create(
        employee=ana,
        kind="add",
        direction="out",
        at=datetime(2026, 11, 5, 16, tzinfo=UTC),
        zone="UTC",
        reason="x",
        requested_by=hr,
    )
    return ana


def results(client: Any, url: str, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(url, {**ALL[url], **query})
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_people_have_their_place_and_nothing_biometric(reader: APIClient, november: Employee) -> None:
    (ana,) = results(reader, "/api/v1/people", employee="1001")

    assert ana == {
        "number": "1001",
        "first_name": "Ana",
        "last_name": "Demo",
        "email": "",
        "department": "Workshop",
        "manager": None,
        "time_zone": "Europe/Madrid",
        "hired_on": "2020-01-01",
        "left_on": None,
        "employment": [{"hired_on": "2020-01-01", "left_on": None}],
    }


def test_days_and_sums_are_the_figures_of_the_rules(reader: APIClient, november: Employee) -> None:
    (days,) = results(reader, "/api/v1/attendance/days", employee="1001")
    (sums,) = results(reader, "/api/v1/attendance/timesheets", employee="1001")

    monday = days["days"][0]
    assert (monday["day"], monday["status"], monday["worked"], monday["late"]) == ("2026-11-02", "present", 28200, 600)
    assert monday["first"] == "2026-11-02T08:10:00Z"
    assert [day["status"] for day in days["days"][1:3]] == ["leave", "leave"]
    for figure in ("worked", "late", "leave", "absent", "balance"):
        assert sums[figure] == sum(day[figure] for day in days["days"])
    assert sums["days_worked"] == 1


def test_absences_and_corrections_are_filtered(reader: APIClient, november: Employee) -> None:
    url = "/api/v1/attendance/absences"
    assert [one["type"] for one in results(reader, url, **{"from": "2026-11-04", "to": "2026-11-09"})] == ["vac"]
    assert results(reader, url, **{"from": "2026-11-05", "to": "2026-11-09"}) == []
    assert results(reader, url, state="requested") == []
    (asked,) = results(reader, "/api/v1/attendance/corrections", state="requested", department="workshop")
    assert (asked["employee"]["number"], asked["at"]) == ("1001", "2026-11-05T16:00:00Z")


def test_an_unchanged_page_is_not_sent_again(reader: APIClient, november: Employee) -> None:
    for url, query in ALL.items():
        first = reader.get(url, query)
        again = reader.get(url, query, HTTP_IF_NONE_MATCH=first["ETag"])
        assert (again.status_code, again.content) == (304, b""), url
    before = reader.get("/api/v1/people")["ETag"]
    Employee.objects.filter(pk=november.pk).update(last_name="Neu")
    assert reader.get("/api/v1/people", HTTP_IF_NONE_MATCH=before).status_code == 200


def test_pages_follow_each_other_without_gap_or_repetition(
    reader: APIClient, ana: Employee, ben: Employee, manager: User
) -> None:
    seen: list[str] = []
    url: str | None = "/api/v1/people?page_size=1"
    while url:
        answer = reader.get(url).json()
        seen += [one["number"] for one in answer["results"]]
        url = answer["next"]

    assert seen == sorted(seen) == sorted({"1001", "1002", "2001"})


@pytest.mark.parametrize("url", ALL)
def test_without_a_key_or_with_another_scope_nothing_is_read(
    url: str, client: Client, api_client_factory: ClientFactory, november: Employee
) -> None:
    assert_problem(client.get(url, ALL[url]), 401, "not_authenticated")
    assert_problem(api_client_factory("identify").get(url, ALL[url]), 403, "scope_missing")
    program = api_client_factory("attendance:read", "attendance:write")
    for method in ("put", "patch", "delete"):
        assert getattr(program, method)(url).status_code == 405
    assert program.post(url).status_code in {403, 405}


@pytest.mark.parametrize("url", ALL)
def test_a_login_reads_whom_it_sees(
    url: str, manager_client: Client, outsider_client: Client, colleague_client: Client, november: Employee
) -> None:
    assert "1001" in str(results(manager_client, url))
    assert "1001" not in str(results(outsider_client, url))
    assert results(outsider_client, url, employee="1001") == []
    assert_problem(colleague_client.get(url, ALL[url]), 403, "role_missing")


@pytest.mark.parametrize(
    ("url", "query", "field"),
    [
        ("/api/v1/people", {"emploee": "1"}, "emploee"),
        ("/api/v1/people", {"employed": "x"}, "employed"),
        ("/api/v1/people", {"page_size": "0"}, "page_size"),
        ("/api/v1/attendance/days", {"from": ""}, "from"),
        ("/api/v1/attendance/days", {"to": "2026-11-01"}, "to"),
        ("/api/v1/attendance/timesheets", {"to": "2028-11-01"}, "to"),
        ("/api/v1/attendance/absences", {"state": "maybe"}, "state"),
        ("/api/v1/attendance/absences", {"from": "2026-11-01"}, "to"),
    ],
)
def test_what_cannot_be_asked_is_said_at_its_parameter(
    reader: APIClient, url: str, query: dict[str, str], field: str
) -> None:
    assert_problem(reader.get(url, {**ALL[url], **query}), 400, "invalid", field)


def test_a_broken_cursor_is_not_found(reader: APIClient) -> None:
    # Base64 of nothing that a cursor could be.
    assert_problem(reader.get("/api/v1/people", {"cursor": "/w=="}), 404, "not_found")
