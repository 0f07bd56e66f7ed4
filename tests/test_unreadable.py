"""What nobody could read or store is refused before it is read, with 400 or 413 and a code, at every door alike."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from attendance.models import Kiosk
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
    ["/api/v1/people?employee=%00", "/api/v1/people?%00=1", "/people/%00/enrol/", "/admin/autocomplete/?term=%00",
     "/c/%00/", "/calendar/%00.ics", "/kiosk/pair/%00/"],
)  # fmt: skip
def test_nul_in_an_address_is_refused(client_of_hr: Client, address: str) -> None:
    answer = client_of_hr.get(address, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "text_invalid")


def test_a_browser_gets_a_page_about_it(client_of_hr: Client) -> None:
    answer = client_of_hr.get("/people/%00/enrol/", headers={"accept": "text/html"})
    assert (answer.status_code, answer["Presente-Problem"]) == (400, "text_invalid")
    assert "text_invalid" in answer.text


@pytest.mark.parametrize("name", ["sessionid", "presente_kiosk", "csrftoken"])
def test_nul_in_a_cookie_is_refused(client: Client, name: str) -> None:
    client.raise_request_exception = False
    answer = client.get("/kiosk/", headers={"cookie": f'{name}="\\000{"a" * 40}"', "accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "text_invalid")


def test_nul_in_a_form_is_refused(client: Client, hr: User) -> None:
    answer = client.post("/login/", "username=h%00r&password=x", content_type="application/x-www-form-urlencoded",
                         headers={"accept": "application/json"})  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (400, "text_invalid")


@pytest.mark.parametrize("field", ["head", "sent"])
@pytest.mark.parametrize("text", [DEEP, f'{{"key": "{HALF}"}}', '{"key": "\\u0000"}'], ids=["deep", "half", "nul"])
def test_the_queue_refuses_documents_that_nobody_can_store(client: Client, field: str, text: str) -> None:
    client.raise_request_exception = False
    good = {"key": "x", "counter": 1, "kind": "pin", "direction": "", "wall": 1, "mono": 1, "boot": "b",
            "anchor": None, "sealed_to": 1, "sealed": "x"}  # fmt: skip
    form = {"head": json.dumps(good), "sent": json.dumps({"wall": 1, "mono": 1, "boot": "b"}), field: text}
    answer = client.post("/kiosk/queue", form)
    assert answer.status_code == 400
    assert answer.json()["code"] in {"json_too_deep", "text_invalid", "head_invalid"}


@pytest.mark.parametrize("name", ["kiosk_pin", "kiosk_badge", "kiosk_undo", "kiosk_confirm", "kiosk_ping", "kiosk_key"])
@pytest.mark.parametrize(
    ("body", "code"),
    [(DEEP, "json_too_deep"), (f'{{"number": "{HALF}", "pin": "1"}}', "text_invalid"),
     ('{"number": "\\u0000"}', "text_invalid")],
    ids=["deep", "half", "nul"],
)  # fmt: skip
def test_the_kiosk_refuses_them(name: str, body: str, code: str) -> None:
    _kiosk, client = paired()
    client.raise_request_exception = False
    body = body[: 60 * 1024]
    answer = client.post(reverse(name), body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize("body", [DEEP, f'{{"employee": "{HALF}"}}', '{"employee": "\\u0000"}'],
                         ids=["deep", "half", "nul"])  # fmt: skip
def test_the_api_refuses_them(hr: User, body: str) -> None:
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(hr)
    answer = client.post("/api/v1/attendance/events", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["code"] in {"parse_error", "json_too_deep", "text_invalid", "invalid"}


@pytest.mark.parametrize("address", ["/kiosk/queue", "/kiosk/look", "/kiosk/pin", "/kiosk/ping", "/api/v1/identify",
                                     "/api/v1/attendance/events", "/login/"])  # fmt: skip
def test_a_body_of_gigabytes_is_refused_unread(client: Client, address: str) -> None:
    kiosk = Kiosk.objects.create(name="Front door")
    Device(client).pair(kiosk)
    body: Any = {"wsgi.input": Unread(), "CONTENT_LENGTH": "1500000000"}
    answer = client.generic(
        "POST", address, b"", content_type="multipart/form-data; boundary=x", headers={"accept": "application/json"},
        **body,
    )  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_the_kiosks_documents_have_a_limit_of_their_own(client: Client) -> None:
    Device(client).pair(Kiosk.objects.create(name="Front door"))
    answer = client.post("/kiosk/pin", json.dumps({"pin": "1" * 70_000}), content_type="application/json",
                         headers={"accept": "application/json"})  # fmt: skip
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
