"""POST /api/v1/attendance/events: one event for one punch, and every request that is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from attendance.models import ClockEvent
from common.testing import tables_read_whole
from common.tests.problems import assert_problem
from employees.models import Employee, User
from employees.services import api_key_create
from employees.tests.employment_kit import employ

URL = "/api/v1/attendance/events"
ClientFactory = Callable[..., APIClient]


@pytest.fixture
def ana(ana: Employee) -> Employee:
    """Hired long ago, so that any recent instant is within her employment in every time zone."""
    employ(ana, hired_on="2020-01-01")
    ana.refresh_from_db()
    return ana


@pytest.fixture
def writer(api_client_factory: ClientFactory) -> APIClient:
    return api_client_factory("attendance:write")


def post(client: Any, body: dict[str, Any] | list[Any] | str, key: str | None = "k1", **headers: str) -> Any:
    if key is not None:
        headers["HTTP_IDEMPOTENCY_KEY"] = key
    raw = body if isinstance(body, str) else json.dumps(body)
    return client.generic("POST", URL, raw, content_type="application/json", **headers)


def test_a_punch_is_stored(writer: APIClient, ana: Employee) -> None:
    before = timezone.now()

    response = post(writer, {"employee": "1001"})

    assert response.status_code == 201, response.content
    assert "Idempotency-Replayed" not in response
    content = response.json()
    event = ClockEvent.objects.get()
    assert content["id"] == str(event.pk)
    assert content["employee"] == {"number": "1001", "name": "Ana Demo"}
    assert (content["direction"], content["method"], content["already"]) == ("in", "api", False)
    assert content["zone"] == ana.time_zone == event.zone
    assert before <= event.at <= timezone.now()


def test_the_direction_follows_or_is_chosen(writer: APIClient, ana: Employee) -> None:
    start = timezone.now() - timedelta(hours=3)

    first = post(writer, {"employee": "1001", "at": start.isoformat()}, "a")
    second = post(writer, {"employee": "1001", "at": (start + timedelta(hours=1)).isoformat()}, "b")
    third = post(writer, {"employee": "1001", "direction": "out", "at": (start + timedelta(hours=2)).isoformat()}, "c")

    assert [answer.json()["direction"] for answer in (first, second, third)] == ["in", "out", "out"]


def test_the_instant_and_the_zone_are_kept(writer: APIClient, ana: Employee) -> None:
    at = timezone.now().replace(microsecond=0) - timedelta(hours=2)
    body = {"employee": "1001", "at": at.astimezone(UTC).isoformat(), "zone": "Asia/Kathmandu"}

    content = post(writer, body).json()

    assert content["at"] == at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert content["local_at"].endswith("+05:45")
    assert ClockEvent.objects.get().at == at


def test_a_repeated_request_gets_the_same_answer_and_stores_nothing(writer: APIClient, ana: Employee) -> None:
    first = post(writer, {"employee": "1001", "direction": "in"})
    again = post(writer, {"employee": "1001", "direction": "in"})

    assert (first.status_code, again.status_code) == (201, 200)
    assert again["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    assert ClockEvent.objects.count() == 1


def test_the_key_may_come_in_the_body(writer: APIClient, ana: Employee) -> None:
    first = post(writer, {"employee": "1001", "idempotency_key": "abc"}, None)
    again = post(writer, {"employee": "1001"}, "abc")

    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"


def test_a_key_belongs_to_one_request(writer: APIClient, ana: Employee, ben: Employee) -> None:
    post(writer, {"employee": "1001", "direction": "in"})

    assert_problem(post(writer, {"employee": "1001", "direction": "out"}), 422, "key_reused", "Idempotency-Key")
    assert_problem(post(writer, {"employee": "1002", "direction": "in"}), 422, "key_reused", "Idempotency-Key")
    assert ClockEvent.objects.count() == 1


def test_two_programs_keys_never_meet(
    writer: APIClient, api_client_factory: ClientFactory, hr_client: Client, ana: Employee, ben: Employee
) -> None:
    other = api_client_factory("attendance:write")
    at = (timezone.now() - timedelta(hours=1)).isoformat()

    answers = [
        post(writer, {"employee": "1001"}),
        post(other, {"employee": "1002"}),
        post(hr_client, {"employee": "1001", "at": at}),
    ]

    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert ClockEvent.objects.count() == 3


def test_a_second_punch_within_a_minute_is_already(writer: APIClient, ana: Employee) -> None:
    first = post(writer, {"employee": "1001"}, "a")
    second = post(writer, {"employee": "1001"}, "b")

    assert second.status_code == 200
    assert second.json() == {**first.json(), "already": True}
    assert "Idempotency-Replayed" not in second
    assert ClockEvent.objects.count() == 1


def test_a_punch_costs_at_most_fourteen_statements(
    writer: APIClient, ana: Employee, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(14):
        assert post(writer, {"employee": "1001"}, "a").status_code == 201
    with django_assert_max_num_queries(14):
        assert post(writer, {"employee": "1001"}, "a").status_code == 200
    with django_assert_max_num_queries(14):
        assert post(writer, {"employee": "1001"}, "b").json()["already"] is True


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a table as small as this one whole")
def test_a_punch_reads_nobody_elses_employment(writer: APIClient, ana: Employee) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert post(writer, {"employee": "1001"}).status_code == 201

    assert [step for step in tables_read_whole(asked) if "employmentperiod" in step] == []


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        pytest.param({}, "employee", "required", id="no-employee"),
        pytest.param({"employee": ""}, "employee", "blank", id="empty-employee"),
        pytest.param({"employee": "1" * 41}, "employee", "max_length", id="long-employee"),
        pytest.param({"employee": ["1001"]}, "employee", "invalid", id="list-employee"),
        pytest.param({"employee": "1001", "direction": "up"}, "direction", "invalid_choice", id="direction"),
        pytest.param({"employee": "1001", "at": "2026-03-02T08:59:00"}, "at", "no_offset", id="naive"),
        pytest.param({"employee": "1001", "at": "2026-03-02"}, "at", "no_offset", id="date"),
        pytest.param({"employee": "1001", "at": 1772438340}, "at", "invalid", id="number-at"),
        pytest.param({"employee": "1001", "at": "now"}, "at", "invalid", id="word-at"),
        pytest.param({"employee": "1001", "at": "0001-01-01T00:00:00+14:00"}, "at", "overflow", id="year-1"),
        pytest.param({"employee": "1001", "at": "9999-12-31T23:00:00-14:00"}, "at", "overflow", id="year-9999"),
        pytest.param({"employee": "1001", "zone": "Mars/Base"}, "zone", "unknown_zone", id="zone"),
        pytest.param({"employee": "1001", "zone": "../../etc/passwd"}, "zone", "unknown_zone", id="zone-path"),
        pytest.param({"employee": "1001", "directon": "out"}, "directon", "unknown_field", id="misspelt"),
    ],
)
def test_a_field_that_cannot_be_meant_is_named(
    writer: APIClient, ana: Employee, body: dict[str, Any], field: str, code: str
) -> None:
    problem = assert_problem(post(writer, body), 400, "invalid", field)

    assert problem["errors"][0]["code"] == code
    assert not ClockEvent.objects.exists()


@pytest.mark.parametrize("number", ["10\x0001", "\ud800"])
def test_text_that_cannot_be_stored_is_refused(writer: APIClient, ana: Employee, number: str) -> None:
    assert_problem(post(writer, {"employee": number}), 400, "text_invalid")

    assert not ClockEvent.objects.exists()


@pytest.mark.parametrize("body", ["{", "", "[" * 100_000, '{"employee": NaN}', "\xff\xfe"])
def test_broken_json_is_a_bad_request(writer: APIClient, body: str) -> None:
    response = post(writer, body)

    assert response.status_code == 400, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] in {"parse_error", "invalid", "json_invalid", "json_too_deep"}


@pytest.mark.parametrize("body", [[], ["1001"], "1001", "null", '"1001"'])
def test_json_that_is_no_object_is_a_bad_request(writer: APIClient, body: Any) -> None:
    assert_problem(post(writer, body), 400, "invalid")


def test_a_form_is_told_to_come_as_json(writer: APIClient) -> None:
    assert_problem(writer.post(URL, {"employee": "1001"}, format="multipart"), 415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("header", "body", "code"),
    [
        (None, {}, "key_missing"),
        ("", {}, "key_missing"),
        ("k" * 101, {}, "key_malformed"),
        ("with space", {}, "key_malformed"),
        ("clé", {}, "key_malformed"),
        ("one", {"idempotency_key": "two"}, "key_ambiguous"),
    ],
)
def test_a_punch_needs_a_usable_key(
    writer: APIClient, ana: Employee, header: str | None, body: dict[str, str], code: str
) -> None:
    assert_problem(post(writer, {"employee": "1001", **body}, header), 400, code, "Idempotency-Key")
    assert not ClockEvent.objects.exists()


def test_an_unknown_number_is_refused(writer: APIClient, ana: Employee) -> None:
    assert_problem(post(writer, {"employee": "9999"}), 422, "employee_unknown", "employee")


def test_an_instant_in_the_future_is_refused(writer: APIClient, ana: Employee) -> None:
    at = (timezone.now() + timedelta(hours=1)).isoformat()

    assert_problem(post(writer, {"employee": "1001", "at": at}), 422, "in_the_future", "at")
    assert not ClockEvent.objects.exists()


def test_an_instant_long_ago_is_refused(writer: APIClient, ana: Employee) -> None:
    assert_problem(post(writer, {"employee": "1001", "at": "2021-01-01T08:00:00Z"}), 422, "too_old", "at")


def test_somebody_who_left_cannot_clock(writer: APIClient, ana: Employee) -> None:
    employ(ana, left_on="2020-12-31")

    assert_problem(post(writer, {"employee": "1001"}), 422, "not_employed", "employee")
    assert not ClockEvent.objects.exists()


@pytest.mark.parametrize("role", ["manager_client", "outsider_client", "colleague_client"])
def test_only_hr_clocks_by_login(request: pytest.FixtureRequest, ana: Employee, role: str) -> None:
    assert_problem(post(request.getfixturevalue(role), {"employee": "1001"}), 403, "role_missing")
    assert_problem(post(Client(), {"employee": "1001"}), 401, "not_authenticated")
    assert not ClockEvent.objects.exists()


def test_hrs_punch_names_its_author(hr_client: Client, hr: User, ana: Employee) -> None:
    assert post(hr_client, {"employee": "1001"}).status_code == 201
    assert ClockEvent.objects.get().author == hr


def test_another_site_cannot_clock_with_hrs_login(hr: User, ana: Employee) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(hr, backend="django.contrib.auth.backends.ModelBackend")

    assert_problem(post(client, {"employee": "1001"}), 403, "csrf_failed")
    assert_problem(
        post(client, {"employee": "1001"}, HTTP_REFERER="https://evil.example/", HTTP_X_FORWARDED_FOR="127.0.0.1"),
        403,
        "csrf_failed",
    )
    assert not ClockEvent.objects.exists()


def test_a_key_needs_no_csrf_token(ana: Employee) -> None:
    _row, key = api_key_create(name="turnstile", scopes=["attendance:write"])

    answer = post(Client(enforce_csrf_checks=True), {"employee": "1001"}, HTTP_X_API_KEY=key)

    assert answer.status_code == 201


def test_a_forged_host_stores_nothing(writer: APIClient, ana: Employee) -> None:
    assert_problem(post(writer, {"employee": "1001"}, HTTP_HOST="evil.example"), 400, "host_not_allowed")
    assert not ClockEvent.objects.exists()


def test_a_key_that_may_only_read_stores_nothing(api_client_factory: ClientFactory, ana: Employee) -> None:
    assert_problem(post(api_client_factory("attendance:read"), {"employee": "1001"}), 403, "scope_missing")
    assert not ClockEvent.objects.exists()
