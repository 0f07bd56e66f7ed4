"""The fields that the kiosk's page is told, in their order: older scripts of it and outside checks read them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from attendance.models import Kiosk
from doors.models import Door
from employees.models import Employee
from employees.services import badge_issue
from kiosk.models import KioskSettings
from kiosk.tests.kiosk_kit import identify, post_json
from recognition.tests.fake_engine import fake_nobody, fake_photo, fake_pose

pytestmark = pytest.mark.django_db

ANA = fake_photo(1, variation=5)
OFFER = ["outcome", "name", "language", "greeting", "direction", "time", "already", "proposal", "advice", "portrait"]
RECORDED = ["outcome", "replayed", "name", "language", "direction", "time", "greeting", "undo"]
LOOK = ["box", "confidence"]
PROBLEM = ["status", "code", "detail"]


def fields(answer: Any) -> list[str]:
    return list(answer.json())


def test_of_a_face(door: tuple[Kiosk, Client], enrolled_ana: Employee) -> None:
    client = door[1]
    offer = identify(client, ANA)
    assert fields(offer) == OFFER + LOOK
    confirmed = post_json(client, "kiosk_confirm", proposal=offer.json()["proposal"], direction="in")
    assert fields(confirmed) == RECORDED
    assert fields(identify(client, ANA)) == OFFER + LOOK
    assert fields(identify(client, fake_photo(9))) == ["outcome", "advice", "box"]
    assert fields(identify(client, fake_nobody())) == ["outcome", "advice", "box"]
    assert fields(post_json(client, "kiosk_undo", undo=confirmed.json()["undo"])) == ["outcome", "advice"]


def test_of_a_face_beside_a_door(door: tuple[Kiosk, Client], enrolled_ana: Employee) -> None:
    lock = Door.objects.create(name="Lobby", kiosk=door[0], leads="in", time_zone="Europe/Madrid")
    client = door[1]
    assert fields(identify(client, ANA)) == [*OFFER, *LOOK, "door"]
    assert list(identify(client, fake_photo(9)).json()["door"]) == ["opened", "reason", "text"]
    assert fields(identify(client, fake_photo(9))) == ["outcome", "advice", "box", "door"]
    assert fields(identify(client, fake_nobody())) == ["outcome", "advice", "box"]
    assert fields(post_json(client, "kiosk_pin", number="1001", pin="246813")) == [*OFFER, "door"]
    Door.objects.filter(pk=lock.pk).update(clocks=True)
    assert fields(identify(client, ANA)) == [*RECORDED, *LOOK, "door"]


def test_of_a_liveness_request(door: tuple[Kiosk, Client], enrolled_ana: Employee) -> None:
    KioskSettings.objects.create(kiosk=door[0], liveness="always")
    frames = [
        SimpleUploadedFile(f"{tick}.png", fake_pose(1, "rest", tick=tick, size=120), "image/png") for tick in range(5)
    ]
    answer = door[1].post(reverse("kiosk_identify"), {"frames": frames})
    assert fields(answer) == ["outcome", "advice", "challenge"]
    assert list(answer.json()["challenge"]) == ["id", "seconds", "frames_a_second", "rest", "steps"]


def test_of_number_and_pin_and_of_a_badge(door: tuple[Kiosk, Client], enrolled_ana: Employee) -> None:
    kiosk, client = door
    code = badge_issue(employee=enrolled_ana)
    assert fields(post_json(client, "kiosk_pin", number="1001", pin="246813")) == OFFER
    assert fields(post_json(client, "kiosk_pin", number="1001", pin="0000")) == ["outcome", "advice"]
    assert fields(post_json(client, "kiosk_badge", code=code)) == ["outcome", "number", "advice"]
    KioskSettings.objects.create(kiosk=kiosk, badge="alone", mode="verify")
    assert fields(post_json(client, "kiosk_pin", number="1001", pin="246813")) == ["outcome", "claim", "advice"]
    assert fields(post_json(client, "kiosk_badge", code=code)) == ["outcome", "claim", "advice"]


@pytest.mark.parametrize(
    ("name", "body", "chosen", "status", "code"),
    [
        ("kiosk_pin", {"number": 7, "pin": "246813"}, {}, 400, "pin_missing"),
        ("kiosk_pin", {}, {"pin": False}, 403, "pin_off"),
        ("kiosk_badge", {}, {}, 400, "code_missing"),
        ("kiosk_badge", {}, {"badge": "off"}, 403, "badge_off"),
        ("kiosk_badge", {"code": "1001"}, {"pin": False}, 403, "pin_off"),
        ("kiosk_confirm", {"proposal": "x", "direction": "in"}, {}, 400, "proposal_invalid"),
        ("kiosk_undo", {"undo": "x"}, {}, 400, "undo_invalid"),
    ],
)
def test_of_a_fault(
    door: tuple[Kiosk, Client], ana: Employee, name: str, body: Any, chosen: Any, status: int, code: str
) -> None:
    KioskSettings.objects.create(kiosk=door[0], **chosen)
    answer = post_json(door[1], name, **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(PROBLEM) <= set(fields(answer))
    assert answer["Content-Type"] == "application/problem+json"
