"""The way without a face: number and PIN."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import ClockEvent, Kiosk
from employees.models import Employee
from employees.services import badge_issue, consent_withdraw
from kiosk.models import KioskSettings
from kiosk.services import Frames, Offer, attempt
from kiosk.services.pin import FAILURES, WINDOW
from kiosk.tests.kiosk_kit import paired, post_json
from recognition.tests.fake_engine import fake_photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(door: tuple[Kiosk, Client]) -> Client:
    return door[1]


def test_number_and_pin_lead_to_the_same_offer(door: tuple[Kiosk, Client], ana: Employee) -> None:
    kiosk, client = door
    offer = post_json(client, "kiosk_pin", number=" 1001 ", pin="246813").json()
    assert (offer["outcome"], offer["name"], offer["direction"]) == ("identified", "Ana Demo", "in")
    done = post_json(client, "kiosk_confirm", proposal=offer["proposal"], direction="in").json()
    assert done["outcome"] == "recorded"
    event = ClockEvent.objects.get()
    assert (event.employee, event.method, event.kiosk, event.decision) == (ana, "pin", kiosk, None)


def test_the_pin_works_without_consent_to_the_camera(client: Client, ana: Employee) -> None:
    consent_withdraw(employee=ana, by=None)
    assert post_json(client, "kiosk_pin", number="1001", pin="246813").json()["outcome"] == "identified"


@pytest.mark.parametrize(("number", "pin"), [("1001", "9999"), ("nobody", "246813")])
def test_a_wrong_pin_and_an_unknown_number_get_one_answer(client: Client, ana: Employee, number: str, pin: str) -> None:
    body = post_json(client, "kiosk_pin", number=number, pin=pin).json()
    assert body["outcome"] == "pin_wrong"
    assert body["advice"] == "Number or PIN is wrong. Check both and try again."
    assert set(body) == {"outcome", "advice"}


def test_five_wrong_pins_lock_the_person(client: Client, ana: Employee, ben: Employee) -> None:
    for _attempt in range(5):
        assert post_json(client, "kiosk_pin", number="1001", pin="0000").json()["outcome"] == "pin_wrong"
    locked = post_json(client, "kiosk_pin", number="1001", pin="246813").json()
    assert locked["outcome"] == "pin_locked"
    assert "min" in locked["advice"]
    assert post_json(client, "kiosk_pin", number="1002", pin="135792").json()["outcome"] == "identified"


def test_wrong_pins_at_one_kiosk_count_at_every_other(client: Client, ana: Employee) -> None:
    _other, other_client = paired("Back door")
    for one in (client, other_client, client, other_client, client):
        assert post_json(one, "kiosk_pin", number="1001", pin="000000").json()["outcome"] == "pin_wrong"
    assert post_json(other_client, "kiosk_pin", number="1001", pin="246813").json()["outcome"] == "pin_locked"


def test_a_number_that_nobody_has_waits_as_one_that_somebody_has(client: Client, ana: Employee) -> None:
    answers = {}
    for number in ("1001", "7777"):
        answers[number] = [post_json(client, "kiosk_pin", number=number, pin="000000").json() for _try in range(7)]
    assert answers["1001"] == answers["7777"]


def test_whose_pin_is_guessed_at_is_still_recognised_by_face_and_badge(
    door: tuple[Kiosk, Client], enrolled_ana: Employee
) -> None:
    kiosk, client = door
    KioskSettings.objects.update_or_create(kiosk=kiosk, defaults={"badge": "alone"})
    for _attempt in range(7):
        post_json(client, "kiosk_pin", number="1001", pin="000000")
    assert post_json(client, "kiosk_badge", code=badge_issue(employee=enrolled_ana)).json()["outcome"] == "identified"
    outcome = attempt(kiosk, Frames(images=[fake_photo(1, variation=each) for each in range(3)]))
    assert isinstance(outcome, Offer)
    assert outcome.proposal.employee == enrolled_ana


def fail(kiosk: Kiosk, times: int, *, ago: timedelta = timedelta()) -> None:
    Kiosk.objects.filter(pk=kiosk.pk).update(pin_failures=times, pin_window_at=timezone.now() - ago)


def test_a_kiosk_takes_no_pin_after_too_many_failures(door: tuple[Kiosk, Client], ana: Employee) -> None:
    kiosk, client = door
    fail(kiosk, FAILURES - 1)
    assert post_json(client, "kiosk_pin", number="nobody", pin="1111").json()["outcome"] == "pin_wrong"
    answer = post_json(client, "kiosk_pin", number="1001", pin="246813")
    assert answer.status_code == 429
    assert answer["Retry-After"]
    assert answer.json()["code"] == "pin_throttled"
    assert "Wait 5 minutes" in answer.json()["detail"]
    _other, other_client = paired("Back door")
    assert post_json(other_client, "kiosk_pin", number="1001", pin="246813").status_code == 200


def test_after_the_window_the_kiosk_takes_pins_again(door: tuple[Kiosk, Client], ana: Employee) -> None:
    kiosk, client = door
    fail(kiosk, FAILURES, ago=WINDOW)
    assert post_json(client, "kiosk_pin", number="1001", pin="246813").status_code == 200


def test_hr_opens_the_kiosk_again_at_once(door: tuple[Kiosk, Client], ana: Employee, hr_client: Client) -> None:
    kiosk, client = door
    fail(kiosk, FAILURES)
    address = reverse("admin:attendance_kiosk_allow_pins", args=[kiosk.pk])
    assert hr_client.get(address).status_code == 200
    assert post_json(client, "kiosk_pin", number="1001", pin="246813").status_code == 429
    assert hr_client.post(address).status_code == 302
    assert post_json(client, "kiosk_pin", number="1001", pin="246813").status_code == 200


def test_hr_unlocks_a_person_at_once(client: Client, ana: Employee, hr_client: Client, manager_client: Client) -> None:
    for _attempt in range(5):
        post_json(client, "kiosk_pin", number="1001", pin="0000")
    address = reverse("admin:employees_employee_unlock", args=[ana.pk])
    assert manager_client.post(address).status_code in (302, 403)
    assert post_json(client, "kiosk_pin", number="1001", pin="246813").json()["outcome"] == "pin_locked"
    assert hr_client.get(address).status_code == 200
    assert hr_client.post(address).status_code == 302
    assert post_json(client, "kiosk_pin", number="1001", pin="246813").json()["outcome"] == "identified"


def test_right_pins_are_not_counted(door: tuple[Kiosk, Client], ana: Employee) -> None:
    kiosk, client = door
    for _visit in range(3):
        post_json(client, "kiosk_pin", number="1001", pin="246813")
    kiosk.refresh_from_db()
    assert kiosk.pin_failures == 0


@pytest.mark.parametrize("body", ["", "[]", "{", '{"number": 1001, "pin": 246813}', '{"number": " ", "pin": "1"}'])
def test_a_body_that_is_no_number_and_pin_is_refused(client: Client, body: str) -> None:
    answer = client.post(reverse("kiosk_pin"), body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["code"] == "pin_missing"
