"""GET /api/v1/attendance/events: who reads what, page by page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.test import Client
from rest_framework.test import APIClient

from attendance.models import ClockEvent, Kiosk
from common.tests.problems import assert_problem
from employees.models import Employee, User

URL = "/api/v1/attendance/events"
ClientFactory = Callable[..., APIClient]


@pytest.fixture
def reader(api_client_factory: ClientFactory) -> APIClient:
    return api_client_factory("attendance:read")


def punch(employee: Employee, at: datetime, **fields: Any) -> ClockEvent:
    values = {
        "direction": "in",
        "zone": "Europe/Madrid",
        "method": "pin",
        "idempotency_key": str(uuid4()),
        "received_at": at,
    }
    return ClockEvent.objects.create(employee=employee, at=at, **{**values, **fields})


def hour(number: int) -> datetime:
    return datetime(2026, 3, 2, number, 0, tzinfo=UTC)


def test_an_event_says_who_when_where_and_how(reader: APIClient, ana: Employee) -> None:
    kiosk = Kiosk.objects.create(name="Gate")
    event = punch(ana, hour(8), kiosk=kiosk)

    response = reader.get(URL)

    assert response.status_code == 200, response.content
    assert response.json() == {
        "next": None,
        "previous": None,
        "results": [
            {
                "id": str(event.pk),
                "employee": {"number": "1001", "name": "Ana Demo"},
                "direction": "in",
                "at": "2026-03-02T08:00:00Z",
                "zone": "Europe/Madrid",
                "local_at": "2026-03-02T09:00:00+01:00",
                "received_at": "2026-03-02T08:00:00Z",
                "method": "pin",
                "kiosk": "Gate",
                "decision": None,
                "replaces": None,
                "replaced_by": None,
            }
        ],
    }


def test_a_correction_and_what_it_corrects_name_each_other(reader: APIClient, ana: Employee, hr: User) -> None:
    wrong = punch(ana, hour(8))
    right = punch(
        ana, hour(7), replaces=wrong, method="manual", author=hr, reason="Clock was late", received_at=hour(9)
    )

    first, second = reader.get(URL).json()["results"]

    assert (first["id"], first["replaced_by"]) == (str(wrong.pk), str(right.pk))
    assert (second["id"], second["replaces"]) == (str(right.pk), str(wrong.pk))


@pytest.fixture
def three(ana: Employee, ben: Employee) -> list[ClockEvent]:
    """Ana in at 8 by PIN, Ben in at 9 by face, Ana out at 16 by PIN."""
    return [punch(ana, hour(8)), punch(ben, hour(9), method="face"), punch(ana, hour(16), direction="out")]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [0, 1, 2]),
        ({"employee": "1001"}, [0, 2]),
        ({"employee": "nobody"}, []),
        ({"from": "2026-03-02T10:00:00+01:00"}, [1, 2]),
        ({"to": "2026-03-02T09:00:00Z"}, [0]),
        ({"from": "2026-03-02T08:30:00Z", "to": "2026-03-02T15:00:00Z"}, [1]),
        ({"direction": "out"}, [2]),
        ({"method": "face"}, [1]),
        ({"department": "workshop"}, [0, 2]),
        ({"department": "Office", "direction": "out"}, []),
    ],
)
def test_filters(reader: APIClient, three: list[ClockEvent], query: dict[str, str], found: list[int]) -> None:
    response = reader.get(URL, query)

    assert [row["id"] for row in response.json()["results"]] == [str(three[index].pk) for index in found]


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ({"from": "2026-03-02T10:00:00"}, "from", "no_offset"),
        ({"from": "2026-03-02"}, "from", "no_offset"),
        ({"to": "yesterday"}, "to", "invalid"),
        ({"to": "9999-12-31T23:59:59-14:00"}, "to", "invalid"),
        ({"direction": "sideways"}, "direction", "invalid_choice"),
        ({"method": "magic"}, "method", "invalid_choice"),
        ({"employe": "1001"}, "employe", "unknown_parameter"),
        ({"page_size": "0"}, "page_size", "min_value"),
        ({"page_size": "501"}, "page_size", "max_value"),
        ({"page_size": "all"}, "page_size", "invalid"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_refused(
    reader: APIClient, three: list[ClockEvent], query: dict[str, str], field: str, code: str
) -> None:
    problem = assert_problem(reader.get(URL, query), 400, "invalid", field)

    assert problem["errors"][0]["code"] == code


def test_a_filter_with_text_that_cannot_be_stored_is_refused(reader: APIClient, db: None) -> None:
    assert_problem(reader.get(URL, {"employee": "10\x0001"}), 400, "text_invalid")


def test_pages_show_each_event_once_even_when_they_arrived_together(reader: APIClient, ana: Employee) -> None:
    events = [punch(ana, hour(8) + timedelta(minutes=minute), received_at=hour(20)) for minute in range(7)]
    seen, url = [], f"{URL}?page_size=2"
    while url:
        page = reader.get(url).json()
        assert len(page["results"]) <= 2
        seen += [row["id"] for row in page["results"]]
        url = page["next"]

    assert seen == sorted(str(event.pk) for event in events)


def test_an_event_that_arrives_late_is_on_a_later_page(reader: APIClient, ana: Employee) -> None:
    first, second = punch(ana, hour(8)), punch(ana, hour(9))
    page = reader.get(URL, {"page_size": 1}).json()
    late = punch(ana, hour(7), received_at=hour(10))

    rest = reader.get(page["next"].replace("page_size=1", "page_size=9")).json()

    assert [row["id"] for row in page["results"]] == [str(first.pk)]
    assert [row["id"] for row in rest["results"]] == [str(second.pk), str(late.pk)]


@pytest.mark.parametrize("cursor", ["nonsense", "cD1ub25zZW5zZQ==", "cD0yMDI2LTAzLTAy", "", "ÿ"])
def test_a_made_up_cursor_is_refused(reader: APIClient, three: list[ClockEvent], cursor: str) -> None:
    response = reader.get(URL, {"cursor": cursor})

    assert response.status_code in {200, 404}
    if response.status_code == 404:
        assert_problem(response, 404, "not_found")


def test_the_next_page_is_on_the_host_that_was_asked(reader: APIClient, three: list[ClockEvent]) -> None:
    page = reader.get(URL, {"page_size": 1}, HTTP_HOST="localhost", HTTP_X_FORWARDED_HOST="evil.example").json()

    assert urlsplit(page["next"]).netloc == "localhost"
    assert set(parse_qs(urlsplit(page["next"]).query)) == {"cursor", "page_size"}


def test_a_page_costs_the_same_whatever_its_length(
    reader: APIClient, ana: Employee, ben: Employee, django_assert_num_queries: Any
) -> None:
    gate = Kiosk.objects.create(name="Gate")
    for minute in range(40):
        punch(ana if minute % 2 else ben, hour(8) + timedelta(minutes=minute), kiosk=gate)
    # The key's first read of an hour stands in the audit trail.
    reader.get(URL, {"page_size": 1})

    with django_assert_num_queries(3):
        assert len(reader.get(URL, {"page_size": 2}).json()["results"]) == 2
    with django_assert_num_queries(3):
        assert len(reader.get(URL).json()["results"]) == 40


@pytest.mark.parametrize(
    ("role", "numbers"),
    [
        ("hr_client", {"1001", "1002"}),
        ("manager_client", {"1001"}),
        ("outsider_client", {"1002"}),
    ],
)
def test_a_login_reads_the_people_it_may_see(
    request: pytest.FixtureRequest, three: list[ClockEvent], role: str, numbers: set[str]
) -> None:
    client: Client = request.getfixturevalue(role)

    rows = client.get(URL).json()["results"]
    guessed = client.get(URL, {"employee": "1001"}).json()["results"]

    assert {row["employee"]["number"] for row in rows} == numbers
    assert bool(guessed) == ("1001" in numbers)


def test_a_plain_employee_and_a_visitor_read_nothing(colleague_client: Client, three: list[ClockEvent]) -> None:
    assert_problem(colleague_client.get(URL), 403, "role_missing")
    assert_problem(Client().get(URL), 401, "not_authenticated")


def test_a_key_that_may_only_write_reads_nothing(api_client_factory: ClientFactory, three: list[ClockEvent]) -> None:
    assert_problem(api_client_factory("attendance:write").get(URL), 403, "scope_missing")


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_events_are_never_changed(api_client_factory: ClientFactory, three: list[ClockEvent], method: str) -> None:
    client = api_client_factory("attendance:read", "attendance:write")

    assert_problem(getattr(client, method)(URL), 405, "method_not_allowed")
    assert ClockEvent.objects.count() == 3


def test_an_event_has_no_address_of_its_own(reader: APIClient, three: list[ClockEvent]) -> None:
    assert_problem(reader.get(f"{URL}/{three[0].pk}"), 404, "not_found")
