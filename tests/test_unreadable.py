"""What nobody could read or store is refused before it is read, with 400 or 413 and a code, at every door alike."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import DataError, OperationalError, connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from rest_framework.test import APIClient

from attendance.models import Kiosk
from common.middleware import RefuseUnreadable
from common.redaction import RedactTokens
from employees.models import User
from kiosk.tests.device_kit import Device
from kiosk.tests.kiosk_kit import paired

pytestmark = pytest.mark.django_db

DEEP = "[" * 100_000
HALF = "\\ud83d"


class Unread(io.BytesIO):
    """A body that nobody may read."""

    def read(self, *_size: Any) -> bytes:
        raise AssertionError("the body was read")

    readline = read


@pytest.fixture
def client_of_hr(hr: User, client: Client) -> Client:
    client.force_login(hr, backend="django.contrib.auth.backends.ModelBackend")
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/people?employee=%00",
        "/api/v1/people?%00=1",
        "/people/%00/enrol/",
        "/admin/autocomplete/?term=%00",
        "/c/%00/",
        "/calendar/%00.ics",
        "/kiosk/pair/%00/",
    ],
)
def test_nul_in_an_address_is_refused(client_of_hr: Client, address: str) -> None:
    answer = client_of_hr.get(address, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "text_invalid")


@pytest.mark.parametrize("year", ["0", "1", "9999", "10000", "99999999999", "9" * 30, "9" * 5000, "-1", "x", "١"])
@pytest.mark.parametrize(
    "page", ["attendance_clockevent", "attendance_companyholiday", "employees_consent", "webhooks_webhookdelivery"]
)
def test_a_year_that_no_calendar_has_is_refused(client_of_hr: Client, page: str, year: str) -> None:
    field = {"attendance_clockevent": "at", "attendance_companyholiday": "day", "employees_consent": "given_at"}
    name = field.get(page, "created_at")
    for query in ({}, {f"{name}__month": "13"}, {f"{name}__month": "12", f"{name}__day": "31"}):
        answer = client_of_hr.get(reverse(f"admin:{page}_changelist"), {f"{name}__year": year, **query})
        assert answer.status_code in {200, 302, 400}, answer.status_code


@pytest.mark.parametrize("key", ["9" * 30, "-1", str(2**63), "9" * 5000, "x", "%20", "_", "٣"])
def test_a_row_number_that_no_table_has_is_not_found(client_of_hr: Client, key: str) -> None:
    for page in ("employees/employee", "employees/user", "attendance/kiosk", "doors/door", "kiosk/queuedpunch"):
        assert client_of_hr.get(f"/admin/{page}/{key}/change/").status_code in {302, 404}
    assert client_of_hr.get(f"/admin/attendance/kiosk/{key}/pair/").status_code in {302, 404}
    assert client_of_hr.get("/admin/employees/employee/", {"department__id__exact": key}).status_code in {200, 302, 400}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DataError("value too long for type character varying(80)"), "value_invalid"),
        (
            ValueError("Exceeds the limit (4300 digits) for integer string conversion: value has 5000"),
            "number_out_of_range",
        ),
    ],
)
def test_what_got_past_every_form_is_refused_and_not_broken(error: Exception, code: str) -> None:
    answer = RefuseUnreadable(lambda _request: HttpResponse()).process_exception(RequestFactory().get("/"), error)
    assert isinstance(answer, HttpResponse)
    assert (answer.status_code, json.loads(answer.content)["code"]) == (400, code)


@pytest.mark.parametrize("choice", ["x", "1e999"])
@pytest.mark.parametrize(
    ("page", "field"),
    [
        ("attendance_clockevent", "employee"),
        ("employees_department", "managers"),
        ("employees_consent", "employee"),
        ("employees_employee", "manager"),
    ],
)
def test_a_choice_that_no_list_offers_is_refused(client_of_hr: Client, page: str, field: str, choice: str) -> None:
    answer = client_of_hr.post(reverse(f"admin:{page}_add"), {field: choice})
    assert answer.status_code in {200, 400}
    if answer.status_code == 400:
        assert answer.json()["code"] == "choice_invalid"


def test_a_refusal_is_one_line_of_the_log(colleague: User, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.force_login(colleague, backend="django.contrib.auth.backends.ModelBackend")
    with caplog.at_level("WARNING"):
        assert client.get("/admin/", follow=True).status_code == 403
    record = next(one for one in caplog.records if getattr(one, "status_code", 0) == 403)
    handlers: Any = settings.LOGGING["handlers"]
    assert "tokens" in handlers["console"]["filters"]
    assert RedactTokens().filter(record)
    assert logging.Formatter("%(message)s").format(record).count("\n") == 0


@pytest.mark.parametrize(
    "said", ["database or disk is full", 'could not extend file "base/1/2": No space left on device']
)
def test_a_full_disk_is_told_also_where_middleware_writes(client_of_hr: Client, said: str) -> None:
    """The session's row and the audit trail's: a page about a mistake of ours came, and nobody knew what to do."""
    client_of_hr.raise_request_exception = False

    def full(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("INSERT"):
            raise OperationalError(said)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(full):
        answer = client_of_hr.get("/attendance/export/day.csv", headers={"accept": "text/html"})
    assert (answer.status_code, answer["Presente-Problem"]) == (503, "database_unavailable")
    assert "disk is full" in answer.text


def test_a_mistake_of_ours_keeps_its_traceback() -> None:
    record = logging.makeLogRecord(
        {"msg": "Internal", "status_code": 500, "exc_info": (ValueError, ValueError(), None)}
    )
    assert RedactTokens().filter(record)
    assert record.exc_info


def test_a_browser_gets_a_page_about_it(client_of_hr: Client) -> None:
    answer = client_of_hr.get("/people/%00/enrol/", headers={"accept": "text/html"})
    assert (answer.status_code, answer["Presente-Problem"]) == (400, "text_invalid")
    assert "text_invalid" in answer.text


@pytest.mark.parametrize("spoken", ["en", "es"])
def test_what_is_refused_before_any_view_says_what_to_do(spoken: str) -> None:
    client = Client(enforce_csrf_checks=True, headers={"accept": "text/html", "accept-language": spoken})
    stale = client.post("/login/", {"username": "x", "password": "y"})
    assert (stale.status_code, stale["Presente-Problem"]) == (403, "csrf_failed")
    assert {"en": "load it again", "es": "cárguela de nuevo"}[spoken] in stale.text
    client.raise_request_exception = False
    other = client.get("/login/", headers={"host": "another.example"})
    assert (other.status_code, other["Presente-Problem"]) == (400, "host_not_allowed")
    assert "PRESENTE_HOSTS" in other.text


def test_programs_are_told_by_a_code() -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    assert client.post("/login/", {"username": "x"}).json()["code"] == "csrf_failed"
    assert client.get("/readyz", headers={"host": "another.example"}).json()["code"] == "host_not_allowed"


@pytest.mark.parametrize("address", ["/people/1001/enrol/photos", "/imports/"])
def test_a_form_that_cannot_be_taken_apart_is_refused_with_a_code(db: None, address: str) -> None:
    """The enrolment page reads the answer: Django's own page told it nothing."""
    name = b'name="file"; filename="' + b"a" * 5000 + b'"'
    body = b"--x\r\nContent-Disposition: form-data; " + name + b"\r\n\r\nphoto\r\n--x--\r\n"
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    # With it the check of the token reads the form.
    client.cookies["csrftoken"] = "a" * 32
    answer = client.generic("POST", address, body, "multipart/form-data; boundary=x")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


@pytest.mark.parametrize("name", ["sessionid", "presente_kiosk", "csrftoken"])
def test_nul_in_a_cookie_is_refused(client: Client, name: str) -> None:
    client.raise_request_exception = False
    answer = client.get("/kiosk/", headers={"cookie": f'{name}="\\000{"a" * 40}"', "accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "text_invalid")


def test_nul_in_a_form_is_refused(client: Client, hr: User) -> None:
    answer = client.post(
        "/login/",
        "username=h%00r&password=x",
        content_type="application/x-www-form-urlencoded",
        headers={"accept": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "text_invalid")


@pytest.mark.parametrize("field", ["head", "sent"])
@pytest.mark.parametrize("text", [DEEP, f'{{"key": "{HALF}"}}', '{"key": "\\u0000"}'], ids=["deep", "half", "nul"])
def test_the_queue_refuses_documents_that_nobody_can_store(client: Client, field: str, text: str) -> None:
    client.raise_request_exception = False
    good = {
        "key": "x",
        "counter": 1,
        "kind": "pin",
        "direction": "",
        "wall": 1,
        "mono": 1,
        "boot": "b",
        "anchor": None,
        "sealed_to": 1,
        "sealed": "x",
    }
    form = {"head": json.dumps(good), "sent": json.dumps({"wall": 1, "mono": 1, "boot": "b"}), field: text}
    answer = client.post("/kiosk/queue", form)
    assert answer.status_code == 400
    assert answer.json()["code"] in {"json_too_deep", "text_invalid", "head_invalid"}


@pytest.mark.parametrize("name", ["kiosk_pin", "kiosk_badge", "kiosk_undo", "kiosk_confirm", "kiosk_ping", "kiosk_key"])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (DEEP, "json_too_deep"),
        (f'{{"number": "{HALF}", "pin": "1"}}', "text_invalid"),
        ('{"number": "\\u0000"}', "text_invalid"),
    ],
    ids=["deep", "half", "nul"],
)
def test_the_kiosk_refuses_them(name: str, body: str, code: str) -> None:
    _kiosk, client = paired()
    client.raise_request_exception = False
    body = body[: 60 * 1024]
    answer = client.post(reverse(name), body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    "body", [DEEP, f'{{"employee": "{HALF}"}}', '{"employee": "\\u0000"}'], ids=["deep", "half", "nul"]
)
def test_the_api_refuses_them(hr: User, body: str) -> None:
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(hr)
    answer = client.post("/api/v1/attendance/events", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["code"] in {"parse_error", "json_too_deep", "text_invalid", "invalid"}


@pytest.mark.parametrize(
    "address",
    [
        "/kiosk/queue",
        "/kiosk/look",
        "/kiosk/pin",
        "/kiosk/ping",
        "/api/v1/identify",
        "/api/v1/attendance/events",
        "/login/",
    ],
)
def test_a_body_of_gigabytes_is_refused_unread(client: Client, address: str) -> None:
    kiosk = Kiosk.objects.create(name="Front door")
    Device(client).pair(kiosk)
    body: Any = {"wsgi.input": Unread(), "CONTENT_LENGTH": "1500000000"}
    answer = client.generic(
        "POST",
        address,
        b"",
        content_type="multipart/form-data; boundary=x",
        headers={"accept": "application/json"},
        **body,
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_the_kiosks_documents_have_a_limit_of_their_own(client: Client) -> None:
    Device(client).pair(Kiosk.objects.create(name="Front door"))
    answer = client.post(
        "/kiosk/pin",
        json.dumps({"pin": "1" * 70_000}),
        content_type="application/json",
        headers={"accept": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_length_that_is_no_number_is_refused(client: Client) -> None:
    answer = client.generic("POST", "/kiosk/look", b"x", CONTENT_LENGTH="x", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def test_a_form_where_a_picture_belongs_is_refused() -> None:
    _kiosk, client = paired()
    client.raise_request_exception = False
    client.get(reverse("kiosk"))
    client.handler.enforce_csrf_checks = True
    token = client.cookies["csrftoken"].value
    answer = client.post(reverse("kiosk_look"), {"file": io.BytesIO(b"x")}, headers={"x-csrftoken": token})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
