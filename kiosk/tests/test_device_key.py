"""A paired device signs its requests: a stolen cookie, a changed body and a replay are worth nothing."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from attendance.models import ClockEvent, Kiosk
from employees.models import Employee, PinTries
from kiosk.models import DeviceKey, UsedNonce
from kiosk.services.pairing import kiosk_pairing_link, kiosk_revoke
from kiosk.tests.device_kit import Device
from kiosk.tests.kiosk_kit import identify, paired, post_json
from recognition.models import Decision
from recognition.tests.fake_engine import fake_photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def kiosk() -> Kiosk:
    return Kiosk.objects.create(name="Front door", time_zone="Europe/Madrid")


@pytest.fixture
def device(kiosk: Kiosk) -> Device:
    return Device().pair(kiosk)


def test_pairing_registers_the_device_s_key(kiosk: Kiosk, device: Device) -> None:
    key = DeviceKey.objects.get()
    assert (key.kiosk, key.retired_at) == (kiosk, None)
    assert len(key.fingerprint) == 64


@pytest.mark.parametrize("public_key", ["no base64!", "AAAA", "x" * 5000])
def test_a_key_that_is_none_pairs_nothing_and_leaves_the_link_good(kiosk: Kiosk, public_key: str) -> None:
    link = kiosk_pairing_link(kiosk=kiosk, by=None)
    answer = Client().post(link, {"public_key": public_key})
    assert answer.status_code == 410
    assert "cannot be read" in answer.text
    assert not DeviceKey.objects.exists()
    assert Client().post(link).status_code == 302


def test_a_signed_request_is_answered(device: Device, ana: Employee) -> None:
    answer = device.post("kiosk_pin", number="1001", pin="246813")
    assert answer.status_code == 200
    assert answer.json()["name"] == "Ana Demo"
    assert UsedNonce.objects.count() == 1


def test_a_signed_burst_is_recognised(device: Device, enrolled_ana: Employee) -> None:
    assert device.burst(fake_photo(1), fake_photo(1, variation=1)).json()["name"] == "Ana Demo"


def test_the_cookie_alone_is_worth_nothing(device: Device, ana: Employee, enrolled_ana: Employee) -> None:
    stolen = Client()
    stolen.cookies = device.client.cookies
    assert post_json(stolen, "kiosk_pin", number="1001", pin="246813").json()["code"] == "signature_missing"
    assert identify(stolen, fake_photo(1)).json()["code"] == "signature_missing"
    assert post_json(stolen, "kiosk_confirm", proposal="x", direction="in").json()["code"] == "signature_missing"
    assert not Decision.objects.exists()
    assert not PinTries.objects.exists()


def test_another_device_s_signature_is_refused(device: Device, ana: Employee) -> None:
    thief = Device(client=device.client)
    answer = thief.post("kiosk_pin", number="1001", pin="246813")
    assert answer.status_code == 403
    assert answer.json()["code"] == "signature_wrong"


def test_a_changed_body_is_refused(device: Device, ana: Employee) -> None:
    answer = device.post("kiosk_pin", number="1001", pin="246813", signed_body={"number": "1001", "pin": "0000"})
    assert answer.json()["code"] == "signature_wrong"


def test_a_signature_for_one_address_is_refused_at_another(device: Device, ana: Employee) -> None:
    import json

    from kiosk.services.devices import request_text

    body, nonce = json.dumps({"number": "1001", "pin": "246813"}).encode(), device.nonce()
    signature = device.sign(request_text(method="POST", path=reverse("kiosk_confirm"), body=body, nonce=nonce))
    headers = {"Presente-Nonce": nonce, "Presente-Signature": signature}
    answer = device.client.post(reverse("kiosk_pin"), body, content_type="application/json", headers=headers)
    assert answer.json()["code"] == "signature_wrong"


def test_a_replay_is_refused_and_records_nothing(device: Device, ana: Employee) -> None:
    nonce = device.nonce()
    offer = device.post("kiosk_pin", number="1001", pin="246813").json()["proposal"]
    confirm = {"proposal": offer, "direction": "in"}
    assert device.post("kiosk_confirm", nonce=nonce, **confirm).status_code == 200
    again = device.post("kiosk_confirm", nonce=nonce, **confirm)
    assert (again.status_code, again.json()["code"]) == (409, "nonce_used")
    assert ClockEvent.objects.count() == 1


def test_a_nonce_expires(device: Device, ana: Employee, monkeypatch: pytest.MonkeyPatch) -> None:
    nonce = device.nonce()
    later = datetime.now().timestamp() + 61
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    answer = device.post("kiosk_pin", nonce=nonce, number="1001", pin="246813")
    assert (answer.status_code, answer.json()["code"]) == (403, "nonce_expired")
    assert answer["Presente-Nonce"]


def test_another_kiosk_s_nonce_is_refused(device: Device, ana: Employee) -> None:
    other = Device().pair(Kiosk.objects.create(name="Back door"))
    answer = device.post("kiosk_pin", nonce=other.nonce(), number="1001", pin="246813")
    assert answer.json()["code"] == "nonce_expired"


def test_every_answer_brings_the_next_nonce(device: Device, ana: Employee) -> None:
    nonce = device.nonce()
    for _request in range(3):
        answer = device.post("kiosk_pin", nonce=nonce, number="1001", pin="246813")
        assert answer.status_code == 200
        nonce = answer["Presente-Nonce"]


def test_a_device_paired_before_there_were_keys_binds_itself(ana: Employee) -> None:
    kiosk, client = paired()
    assert post_json(client, "kiosk_pin", number="1001", pin="246813").status_code == 200
    device = Device(client=client)
    first = post_json(client, "kiosk_key", public_key=device.public_key)
    again = post_json(client, "kiosk_key", public_key=device.public_key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["key"] == DeviceKey.objects.get(kiosk=kiosk).fingerprint
    assert post_json(client, "kiosk_pin", number="1001", pin="246813").status_code == 403
    assert device.post("kiosk_pin", number="1001", pin="246813").status_code == 200


def test_a_bound_kiosk_takes_no_other_key(device: Device) -> None:
    thief = Device(client=device.client)
    answer = post_json(thief.client, "kiosk_key", public_key=thief.public_key)
    assert (answer.status_code, answer.json()["code"]) == (409, "device_key_taken")
    assert DeviceKey.objects.count() == 1


def test_registering_a_key_needs_the_device_s_token(device: Device) -> None:
    answer = post_json(Client(), "kiosk_key", public_key=Device().public_key)
    assert answer.status_code == 401
    assert device.client.get(reverse("kiosk_key")).status_code == 405


def test_pairing_again_retires_the_first_key(kiosk: Kiosk, device: Device, ana: Employee) -> None:
    second = Device().pair(kiosk)
    assert DeviceKey.objects.filter(retired_at=None).count() == 1
    assert second.post("kiosk_pin", number="1001", pin="246813").status_code == 200
    second.private = device.private
    assert second.post("kiosk_pin", number="1001", pin="246813").json()["code"] == "signature_wrong"


def test_revoking_retires_the_key(kiosk: Kiosk, device: Device) -> None:
    kiosk_revoke(kiosk=kiosk)
    assert DeviceKey.objects.get().retired_at is not None
