"""Number and PIN first, then the face that goes with them: verification, one to one."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from attendance.models import ClockEvent, Kiosk
from employees.models import Employee
from employees.services import consent_withdraw
from kiosk.models import KioskSettings
from kiosk.tests.kiosk_kit import paired, post_json
from recognition.models import Decision
from recognition.tests.fake_engine import fake_photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(door: tuple[Kiosk, Client]) -> Client:
    KioskSettings.objects.create(kiosk=door[0], mode="verify")
    return door[1]


def show(client: Client, person: int, claim: str) -> Any:
    frames = [SimpleUploadedFile(f"{each}.jpg", fake_photo(person, variation=each, kind="JPEG")) for each in (4, 5)]
    return client.post(reverse("kiosk_identify"), {"frames": frames, "claim": claim})


def test_the_face_confirms_the_number(client: Client, enrolled_ana: Employee) -> None:
    asked = post_json(client, "kiosk_pin", number="1001", pin="246813").json()
    assert (asked["outcome"], "name" in asked, "proposal" in asked) == ("face_needed", False, False)
    offer = show(client, 1, asked["claim"]).json()
    assert (offer["outcome"], offer["name"]) == ("identified", "Ana Demo")
    post_json(client, "kiosk_confirm", proposal=offer["proposal"], direction="in")
    event = ClockEvent.objects.get()
    assert (event.method, event.decision) == ("face", Decision.objects.get())


def test_another_face_is_refused_even_if_it_is_known(client: Client, enrolled_ana: Employee, ben: Employee) -> None:
    from recognition.services import photo_add, photo_process

    for variation in range(3):
        photo_process(photo_add(employee=ben, content=fake_photo(7, variation=variation), source="upload").pk)
    asked = post_json(client, "kiosk_pin", number="1001", pin="246813").json()
    answer = show(client, 7, asked["claim"]).json()
    assert answer["outcome"] == "unknown"
    assert "does not go with that number" in answer["advice"]
    assert Decision.objects.get().employee is None
    assert not ClockEvent.objects.exists()


def test_without_a_claim_no_face_is_looked_at(client: Client, enrolled_ana: Employee) -> None:
    _other, other_client = paired("Back door")
    KioskSettings.objects.create(kiosk=Kiosk.objects.get(name="Back door"), mode="verify")
    elsewhere = post_json(other_client, "kiosk_pin", number="1001", pin="246813").json()["claim"]
    for claim in ("", "forged", elsewhere):
        answer = show(client, 1, claim)
        assert (answer.status_code, answer.json()["code"]) == (400, "claim_invalid")
    assert not Decision.objects.exists()


def test_without_consent_number_and_pin_are_enough(client: Client, enrolled_ana: Employee) -> None:
    consent_withdraw(employee=enrolled_ana, by=None)
    offer = post_json(client, "kiosk_pin", number="1001", pin="246813").json()
    assert offer["outcome"] == "identified"
    post_json(client, "kiosk_confirm", proposal=offer["proposal"], direction="in")
    assert ClockEvent.objects.get().method == "pin"


def test_a_wrong_pin_gives_no_claim(client: Client, enrolled_ana: Employee) -> None:
    assert set(post_json(client, "kiosk_pin", number="1001", pin="0000").json()) == {"outcome", "advice"}
