"""Redis is away, and whoever comes is answered all the same: limits are not counted, nothing is a 500."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from pytest_django import Settings

from attendance.models import Kiosk
from employees.models import Employee, User
from kiosk.tests.device_kit import Device
from presente import broker

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _away(tmp_path: Path, settings: Settings) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": broker.cache_url(tmp_path)}}


@pytest.mark.parametrize(
    "address",
    [
        "/c/wrong/",
        pytest.param(f"/c/{signing.dumps('x', salt='attendance.correction-link')}/", id="signed, of nothing"),
        "/consent/wrong/",
        "/calendar/wrong.ics",
        "/kiosk/pair/wrong/",
        "/password/set/wrong/wrong/",
        "/invitation/wrong/wrong/",
        "/welcome/?token=wrong",
    ],
)
@pytest.mark.parametrize("how", ["get", "post"])
def test_a_wrong_link_is_answered(client: Client, hr: User, address: str, how: str) -> None:
    client.raise_request_exception = False
    answer = getattr(client, how)(address)
    assert answer.status_code < 500, answer.content


def test_a_wrong_password_and_a_forgotten_one_are_answered(client: Client, hr: User) -> None:
    client.raise_request_exception = False
    for address, form in (
        ("/login/", {"username": "hr", "password": "wrong"}),
        ("/password/forgotten/", {"email": hr.email}),
    ):
        answer: Any = client.post(address, form)
        assert answer.status_code < 500, answer.content


def test_a_kiosk_takes_a_pin(ana: Employee) -> None:
    device = Device().pair(Kiosk.objects.create(name="Front door"))
    answer = device.post("kiosk_pin", number="1001", pin="246813")
    assert answer.status_code in {200, 503}, answer.content
