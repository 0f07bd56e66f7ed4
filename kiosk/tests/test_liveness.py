"""A kiosk that asks for a living face: what each strength does, what a request looks like, who may answer it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from attendance.models import ClockEvent, Kiosk
from doors.models import AccessEvent, Door
from employees.models import Employee
from kiosk.models import KioskSettings
from kiosk.tests.kiosk_kit import paired
from recognition.models import Decision, LivenessChallenge
from recognition.tests.fake_engine import fake_pose

pytestmark = pytest.mark.django_db

ANA, SIDE = 1, 120


@pytest.fixture
def client(door: tuple[Kiosk, Client], enrolled_ana: Employee) -> Client:
    return door[1]


def strength(door: tuple[Kiosk, Client], value: str) -> None:
    KioskSettings.objects.update_or_create(kiosk=door[0], defaults={"liveness": value})


def send(client: Client, frames: Sequence[bytes], times: Sequence[float] | str = "", **fields: str) -> Any:
    files = [SimpleUploadedFile(f"{index}.png", frame, "image/png") for index, frame in enumerate(frames)]
    sent = times if isinstance(times, str) else json.dumps([at * 1000 for at in times])
    return client.post(reverse("kiosk_identify"), {"frames": files, "times": sent, **fields})


def look(first: int = 0) -> list[bytes]:
    return [fake_pose(ANA, "rest", tick=first + index, size=SIDE) for index in range(5)]


def film(steps: Sequence[dict[str, Any]]) -> tuple[list[bytes], list[float]]:
    """Ana does what the request's steps say, half a second after each."""
    times = [index / 8 for index in range(int((steps[-1]["at"] + 2.2) * 8) + 1)]
    poses = [next((step["action"] for step in steps if 0.5 <= at - step["at"] < 1.1), "rest") for at in times]
    return [fake_pose(ANA, pose, tick=index, size=SIDE) for index, pose in enumerate(poses)], times


def asked(client: Client) -> dict[str, Any]:
    """A request, made long enough ago for a whole film."""
    answer = send(client, look()).json()
    assert answer["outcome"] == "challenge"
    request: dict[str, Any] = answer["challenge"]
    challenge = LivenessChallenge.objects.get(pk=request["id"])
    challenge.issued_at -= timedelta(seconds=12)
    challenge.save()
    return request


@pytest.mark.parametrize(
    ("value", "outcome", "noted"),
    [
        ("off", "identified", ""),
        ("flag", "identified", "unsure"),
        ("suspect", "identified", "unsure"),
        ("unsure", "challenge", "unsure"),
        ("always", "challenge", "unsure"),
    ],
)
def test_each_strength(door: tuple[Kiosk, Client], client: Client, value: str, outcome: str, noted: str) -> None:
    strength(door, value)
    body = send(client, look()).json()
    assert body["outcome"] == outcome
    assert Decision.objects.get().liveness == noted
    assert ("name" in body, "proposal" in body) == (outcome == "identified",) * 2


def test_frames_sent_twice_are_suspect_unless_that_layer_is_off(door: tuple[Kiosk, Client], client: Client) -> None:
    strength(door, "suspect")
    assert send(client, look()).json()["outcome"] == "identified"
    assert send(client, look()).json()["outcome"] == "challenge"
    KioskSettings.objects.update(liveness_repeats=False)
    assert send(client, look()).json()["outcome"] == "identified"


def test_the_request_in_words_and_the_way_through(door: tuple[Kiosk, Client], client: Client) -> None:
    strength(door, "always")
    request = asked(client)
    assert len(request["steps"]) == 3
    assert all(step["text"] and step["at"] > 0 for step in request["steps"])
    assert request["seconds"] < 12
    frames, times = film(request["steps"])
    body = send(client, frames, times, challenge=request["id"]).json()
    assert (body["outcome"], body["name"]) == ("identified", "Ana Demo")
    confirmed = client.post(
        reverse("kiosk_confirm"), {"proposal": body["proposal"], "direction": "in"}, content_type="application/json"
    )
    assert confirmed.json()["outcome"] == "recorded"
    decision = ClockEvent.objects.get().decision
    assert decision is not None
    assert decision.liveness == "passed"


def test_doing_nothing_is_answered_with_what_to_do_and_offers_no_punch(
    door: tuple[Kiosk, Client], client: Client
) -> None:
    strength(door, "always")
    request = asked(client)
    _frames, times = film(request["steps"])
    still = [fake_pose(ANA, "rest", tick=index, size=SIDE) for index in range(len(times))]
    body = send(client, still, times, challenge=request["id"]).json()
    assert body["outcome"] == "not_live"
    assert "PIN" in body["advice"]
    assert "proposal" not in body
    assert "name" not in body


def test_a_request_is_answered_once_and_by_its_kiosk_alone(door: tuple[Kiosk, Client], client: Client) -> None:
    strength(door, "always")
    request = asked(client)
    frames, times = film(request["steps"])
    other, other_client = paired("Back door")
    stolen = send(other_client, frames, times, challenge=request["id"])
    assert (stolen.status_code, stolen.json()["code"]) == (404, "challenge_unknown")
    assert send(client, frames, times, challenge=request["id"]).json()["outcome"] == "identified"
    again = send(client, frames, times, challenge=request["id"])
    assert (again.status_code, again.json()["code"]) == (409, "challenge_used")
    assert not Decision.objects.filter(asker_id=str(other.pk)).exists()


@pytest.mark.parametrize("challenge", ["x", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_request(client: Client, challenge: str) -> None:
    answer = send(client, look(), challenge=challenge)
    assert (answer.status_code, answer.json()["code"]) == (404, "challenge_unknown")


def test_a_film_has_a_bound(client: Client) -> None:
    answer = send(client, look() * 20, challenge="00000000-0000-0000-0000-000000000000")
    assert (answer.status_code, answer.json()["code"]) == (400, "frames_missing")


@pytest.mark.parametrize("times", ["x", "{}", "[1]", "[5, 4, 3, 2, 1]", "[0, 1, 2, 3, null]", "[0, 1, 2, 3, 1e99]"])
def test_times_have_to_be_times(client: Client, times: str) -> None:
    answer = send(client, look(), times)
    assert (answer.status_code, answer.json()["code"]) == (400, "times_invalid")
    assert not Decision.objects.exists()


def test_a_door_that_lets_living_faces_in_asks_everybody(door: tuple[Kiosk, Client], client: Client) -> None:
    Door.objects.create(name="Store", kiosk=door[0], liveness_needed=True)
    request = asked(client)
    assert not AccessEvent.objects.exists()
    _frames, times = film(request["steps"])
    still = [fake_pose(ANA, "rest", tick=index, size=SIDE) for index in range(len(times))]
    assert send(client, still, times, challenge=request["id"]).json()["outcome"] == "not_live"
    assert AccessEvent.objects.get().outcome == AccessEvent.Outcome.REFUSED
    request = asked(client)
    assert send(client, *film(request["steps"]), challenge=request["id"]).json()["outcome"] == "identified"
    assert AccessEvent.objects.filter(outcome=AccessEvent.Outcome.GRANTED).count() == 1
