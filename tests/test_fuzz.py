"""Bytes of strangers: every seed that is kept, and some that are made of them; `make fuzz` goes on for longer."""

from __future__ import annotations

import json
import os
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings

from employees.models import Employee, User
from kiosk.models import QueuedPunch
from kiosk.tests.device_kit import Device
from kiosk.tests.queue_kit import OfflineKiosk
from phone.tests.phone_kit import allow
from recognition.tests.fake_engine import fake_photo
from tests.fuzz.targets import TARGETS, seeds

EXAMPLES = int(os.environ.get("PRESENTE_FUZZ_EXAMPLES", "40"))
"""Of each property; a run of half an hour asks for thousands."""
few = settings(
    max_examples=EXAMPLES,
    derandomize="PRESENTE_FUZZ_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)
ALL_SEEDS = [(target, path) for target in TARGETS for path in seeds(target)]

texts = st.text(max_size=20) | st.sampled_from(
    ["", "1001", "246813", "in", "out", "\x00", "\ud83d", "٣", "x" * 5000, "%"]
)
numbers = st.integers() | st.floats() | st.sampled_from([2**63, 10**400, -1, 0, 1e308])
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
NAMES = ["number", "pin", "code", "undo", "proposal", "direction", "public_key", "version", "state", "cameras", "do"]
NAMES += ["step", "id", "response", "frames", "times"]
objects = st.dictionaries(st.sampled_from(NAMES), json_values, max_size=6)
documents = (objects | json_values).map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60)


@pytest.mark.parametrize(("target", "path"), ALL_SEEDS, ids=[f"{target}-{path.name}" for target, path in ALL_SEEDS])
def test_every_seed_is_answered_or_refused(target: str, path: Path) -> None:
    TARGETS[target](path.read_bytes())


@pytest.mark.parametrize("target", sorted(TARGETS))
@given(data=st.data())
@few
def test_what_is_like_a_seed_is_answered_or_refused(target: str, data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(seeds(target))).read_bytes())
    chance = random.Random(data.draw(st.integers(0, 2**32)))
    for _change in range(chance.randint(1, 8)):
        at = chance.randint(0, len(content))
        match chance.randint(0, 3):
            case 0:
                content[at : at + 1] = bytes([chance.randint(0, 255)])
            case 1:
                del content[at : at + chance.randint(1, 40)]
            case 2:
                content[at:at] = content[: chance.randint(0, 40)]
            case _:
                content[at : at + 4] = chance.choice([bytes(4), b"\xff" * 4, b"\x7f\xff\xff\xff"])
    TARGETS[target](bytes(content))


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["kiosk_pin", "kiosk_badge", "kiosk_undo", "kiosk_confirm", "kiosk_test", "kiosk_key"])
def test_any_json_at_a_kiosk_is_answered(name: str, ana: Employee) -> None:
    offline = OfflineKiosk.make()
    offline.device.client.raise_request_exception = False
    wrong: list[bytes] = []

    @given(content=documents)
    @few
    def ask(content: bytes) -> None:
        answer = offline.device._post(name, content, "application/json")
        if answer.status_code >= 500:
            wrong.append(content)

    ask()
    assert wrong == []


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["kiosk_ping", "passkey_login", "passkey_confirm", "passkey_add"])
def test_any_json_at_other_doors_is_answered(name: str, ana: Employee, hr_client: Client) -> None:
    client = Device().pair(OfflineKiosk.make().kiosk).client if name == "kiosk_ping" else hr_client
    client.raise_request_exception = False
    wrong: list[bytes] = []

    @given(content=documents)
    @few
    def ask(content: bytes) -> None:
        if client.post(reverse(name), content, content_type="application/json").status_code >= 500:
            wrong.append(content)

    ask()
    assert wrong == []


PLACE = ["latitude", "longitude", "accuracy", "altitude", "at", "now", "error"]
places = st.dictionaries(st.sampled_from(PLACE), json_values, max_size=7) | json_values
punches = st.fixed_dictionaries({"direction": st.sampled_from(["in", "out", None]) | json_values, "place": places})


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["phone_clock", "phone_key"])
def test_any_json_of_a_phone_is_answered(name: str, colleague: User, colleague_client: Client) -> None:
    allow(colleague.employee)
    colleague_client.raise_request_exception = False
    wrong: list[bytes] = []

    @given(content=documents | punches.map(lambda one: json.dumps(one | {"key": "k" * 16}).encode()))
    @few
    def ask(content: bytes) -> None:
        if colleague_client.post(reverse(name), content, content_type="application/json").status_code >= 500:
            wrong.append(content)

    ask()
    assert wrong == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "times", ["[" * 100_000, f"[{'9' * 400}]", "[1e999]", "[NaN]", "{}", "7", '["\\ud83d"]', "\x00", "[null]"]
)
def test_any_times_of_frames_are_answered(times: str, ana: Employee) -> None:
    device = Device().pair(OfflineKiosk.make().kiosk)
    device.client.raise_request_exception = False
    boundary = "b"
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="times"\r\n\r\n{times}\r\n'.encode()]
    parts += [
        f'--{boundary}\r\nContent-Disposition: form-data; name="frames"; filename="0.jpg"\r\n'.encode(),
        b"Content-Type: image/jpeg\r\n\r\n" + fake_photo(1) + b"\r\n",
        f"--{boundary}--\r\n".encode(),
    ]
    answer = device._post("kiosk_identify", b"".join(parts), f"multipart/form-data; boundary={boundary}")
    assert answer.status_code < 500, answer.content


@pytest.mark.django_db
def test_whatever_a_device_sealed_does_not_stop_its_queue(ana: Employee) -> None:
    kiosk = OfflineKiosk.make()

    @given(kind=st.sampled_from(["face", "pin", "offer"]), content=objects)
    @few
    def keep(kind: str, content: dict[str, Any]) -> None:
        assert kiosk.send(kiosk.keep(kind, ago=timedelta(hours=3), words=content)).status_code == 200

    keep()
    sizes: list[Any] = [[float("inf")], [10**400], [-1], {"a": 1}, 7, "x", [None], [[1]]]
    for size in sizes:
        assert kiosk.send(kiosk.keep("face", ago=timedelta(hours=3), words={"frames": size})).status_code == 200
    kiosk.settle()
    assert not QueuedPunch.objects.filter(state=QueuedPunch.State.RECEIVED).exists()
