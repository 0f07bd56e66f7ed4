"""No cache keeps an answer about people, and no page asks for what it does not need."""

from __future__ import annotations

import pytest
from django.test import Client

from employees.models import User
from kiosk.tests.kiosk_kit import paired

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address",
    ["/api/v1/people", "/api/v1/attendance/events", "/attendance/", "/attendance/me/", "/admin/", "/password/",
     "/api/v1/no-such-thing"],
)  # fmt: skip
def test_answers_about_people_are_kept_nowhere(hr_client: Client, address: str) -> None:
    answer = hr_client.get(address)
    assert {"no-store", "private"} & {part.strip() for part in answer["Cache-Control"].split(",")}
    assert "camera=()" in answer["Permissions-Policy"] or answer.status_code == 404


def test_what_a_key_is_refused_with_is_not_kept_either(client: Client, hr: User) -> None:
    assert client.get("/api/v1/people")["Cache-Control"] == "no-store"


def test_only_kiosk_and_enrolment_use_the_camera(hr_client: Client, ana: object) -> None:
    _kiosk, device = paired()
    assert "camera=(self)" in device.get("/kiosk/")["Permissions-Policy"]
    assert "camera=(self)" in hr_client.get("/people/1001/enrol/")["Permissions-Policy"]
    assert "camera=()" in hr_client.get("/login/", follow=True)["Permissions-Policy"]


def test_the_service_worker_may_still_be_kept(client: Client) -> None:
    assert "no-store" not in client.get("/kiosk/sw.js")["Cache-Control"]
