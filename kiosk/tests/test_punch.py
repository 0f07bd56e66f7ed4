"""At the kiosk: look, recognise, offer, confirm."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from attendance.models import ClockEvent, Kiosk
from attendance.services.clock import clock
from employees.models import Employee
from employees.services import consent_withdraw
from employees.tests.employment_kit import employ
from kiosk.services.proposals import SALT, UNDO_SALT
from kiosk.tests.kiosk_kit import identify, paired, post_json
from recognition import engine_holder
from recognition.engines import PUBLISHED
from recognition.models import Decision
from recognition.tests.fake_engine import fake_nobody, fake_pair, fake_photo

pytestmark = pytest.mark.django_db

ANA = [fake_photo(1, variation=variation, kind="JPEG") for variation in (4, 5, 6)]
STRANGER = [fake_photo(7, kind="JPEG")] * 3


@pytest.fixture
def client(door: tuple[Kiosk, Client]) -> Client:
    return door[1]


@pytest.fixture
def offer(client: Client, enrolled_ana: Employee) -> Any:
    return identify(client, *ANA).json()


def punched(employee: Employee, *, ago: timedelta, direction: str = "in") -> ClockEvent:
    employ(employee, hired_on=timezone.localdate() - timedelta(days=9))
    return clock(
        employee=employee,
        direction=direction,
        at=timezone.now() - ago,
        zone="Europe/Madrid",
        method="api",
        idempotency_key=f"{direction}-{ago}",
    ).event


@pytest.mark.parametrize(
    ("picture", "faces", "hint"),
    [(ANA[0], 1, "ok"), (fake_nobody(), 0, "no_face"), (fake_pair(1, 7), 2, "several_faces")],
)
def test_look_says_what_a_frame_shows(client: Client, picture: bytes, faces: int, hint: str) -> None:
    answer = client.post(reverse("kiosk_look"), picture, content_type="image/jpeg")
    assert answer.status_code == 200
    seen = answer.json()
    assert (seen["faces"], seen["hint"]) == (faces, hint)
    assert seen["hint_text"]
    assert (seen["box"] is None) == (faces == 0)
    assert not Decision.objects.exists()


def test_look_refuses_what_is_no_picture(client: Client) -> None:
    for content in (b"", b"text", ANA[0][:200]):
        answer = client.post(reverse("kiosk_look"), content, content_type="image/jpeg")
        assert answer.status_code == 422
        assert answer.json()["code"]
    answer = client.post(reverse("kiosk_look"), b"x" * (1024 * 1024 + 1), content_type="image/jpeg")
    assert answer.status_code == 413


def test_a_known_face_is_greeted_and_nothing_is_recorded_yet(door: tuple[Kiosk, Client], offer: Any) -> None:
    assert offer["outcome"] == "identified"
    assert offer["name"] == "Ana Demo"
    assert "Ana" in offer["greeting"]
    assert (offer["direction"], offer["already"]) == ("in", False)
    assert offer["proposal"]
    assert "number" not in offer
    decision = Decision.objects.get()
    assert (decision.asker, decision.asker_id) == (Decision.Asker.KIOSK, str(door[0].pk))
    assert not ClockEvent.objects.exists()


def test_the_time_is_the_kiosk_s(offer: Any, door: tuple[Kiosk, Client]) -> None:
    shown = datetime.strptime(offer["time"], "%H:%M").time()
    local = timezone.now().astimezone(door[0].zone)
    seconds = (local.hour - shown.hour) * 3600 + (local.minute - shown.minute) * 60 + local.second
    assert 0 <= seconds % 86400 < 120


@pytest.mark.parametrize(
    ("picture", "outcome"),
    [
        (STRANGER[0], "unknown"),
        (fake_nobody(), "no_face"),
        (fake_pair(1, 7), "several_faces"),
        (fake_photo(1, size=30), "poor_quality"),
    ],
)
def test_whom_it_does_not_name_gets_advice(
    client: Client, enrolled_ana: Employee, picture: bytes, outcome: str
) -> None:
    answer = identify(client, picture, picture, picture)
    assert answer.status_code == 200
    assert answer.json()["outcome"] == outcome
    assert answer.json()["advice"]
    assert "proposal" not in answer.json()
    assert "name" not in answer.json()


def test_a_withdrawn_consent_makes_a_stranger(client: Client, enrolled_ana: Employee) -> None:
    consent_withdraw(employee=enrolled_ana, by=None)
    assert identify(client, *ANA).json()["outcome"] == "unknown"


def test_a_burst_has_one_to_five_pictures(client: Client) -> None:
    assert identify(client).status_code == 400
    assert identify(client, *[STRANGER[0]] * 6).status_code == 400
    answer = identify(client, STRANGER[0], b"text called a picture")
    assert answer.status_code == 422
    assert answer.json()["code"] == "not_an_image"


def test_confirming_records_the_punch(door: tuple[Kiosk, Client], offer: Any, ana: Employee) -> None:
    kiosk, client = door
    answer = post_json(client, "kiosk_confirm", proposal=offer["proposal"], direction="in")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["outcome"], body["direction"], body["time"]) == ("recorded", "in", offer["time"])
    assert "Ana" in body["greeting"]
    event = ClockEvent.objects.get()
    assert (event.employee, event.kiosk, event.method, event.zone) == (ana, kiosk, "face", "Europe/Madrid")
    assert event.decision == Decision.objects.get()


def test_the_person_may_choose_the_other_direction(client: Client, offer: Any) -> None:
    assert post_json(client, "kiosk_confirm", proposal=offer["proposal"], direction="out").status_code == 200
    assert ClockEvent.objects.get().direction == "out"


def test_after_in_comes_out(client: Client, enrolled_ana: Employee) -> None:
    punched(enrolled_ana, ago=timedelta(hours=4))
    assert identify(client, *ANA).json()["direction"] == "out"


def test_a_second_look_within_a_minute_stores_nothing(client: Client, enrolled_ana: Employee) -> None:
    event = punched(enrolled_ana, ago=timedelta(seconds=20))
    body = identify(client, *ANA).json()
    local = event.at.astimezone(Kiosk.objects.get().zone)
    assert body["already"] is True
    assert body["greeting"] == f"Already in, {local:%H:%M}"
    assert body["proposal"] == ""
    assert ClockEvent.objects.count() == 1


def test_two_offers_at_once_make_one_event(client: Client, enrolled_ana: Employee) -> None:
    _other, other_client = paired("Back door")
    first, second = identify(client, *ANA).json(), identify(other_client, *ANA).json()
    early = post_json(client, "kiosk_confirm", proposal=first["proposal"], direction="in").json()
    assert early["outcome"] == "recorded"
    late = post_json(other_client, "kiosk_confirm", proposal=second["proposal"], direction="in").json()
    assert late["outcome"] == "already"
    assert late["greeting"].startswith("Already in")
    assert ClockEvent.objects.count() == 1


def test_a_replay_gives_the_same_answer_and_one_row(client: Client, offer: Any) -> None:
    first = post_json(client, "kiosk_confirm", proposal=offer["proposal"], direction="in").json()
    again = post_json(client, "kiosk_confirm", proposal=offer["proposal"], direction="in").json()
    assert (first.pop("replayed"), again.pop("replayed")) == (False, True)
    # The way back is signed anew, with the second in which that is done.
    ways = [signing.loads(answer.pop("undo"), salt=UNDO_SALT) for answer in (first, again)]
    assert ways[0] == ways[1]
    assert first == again
    other = post_json(client, "kiosk_confirm", proposal=offer["proposal"], direction="out").json()
    assert (other["outcome"], other["code"]) == ("refused", "key_reused")
    assert ClockEvent.objects.count() == 1


def test_a_tampered_proposal_is_refused(client: Client, offer: Any, ben: Employee) -> None:
    content = signing.loads(offer["proposal"], salt=SALT)
    forged = signing.dumps({**content, "employee": ben.pk}, key="guess", salt=SALT)
    head, _, tail = offer["proposal"].partition(":")
    for proposal in (forged, f"{head[:-2]}xx:{tail}", offer["proposal"][:-1], "", "a:b:c"):
        answer = post_json(client, "kiosk_confirm", proposal=proposal, direction="in")
        assert answer.status_code == 400
        assert answer.json()["code"] == "proposal_invalid"
    assert not ClockEvent.objects.exists()


def test_a_signature_made_for_something_else_is_refused(client: Client, offer: Any) -> None:
    content = signing.loads(offer["proposal"], salt=SALT)
    for proposal in (signing.dumps(content, salt="elsewhere"), signing.dumps(["a", "list"], salt=SALT)):
        answer = post_json(client, "kiosk_confirm", proposal=proposal, direction="in")
        assert answer.json()["code"] == "proposal_invalid"


def test_a_proposal_lasts_thirty_seconds(client: Client, offer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    later = datetime.now().timestamp() + 31
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    answer = post_json(client, "kiosk_confirm", proposal=offer["proposal"], direction="in")
    assert answer.status_code == 400
    assert answer.json()["code"] == "proposal_expired"
    assert not ClockEvent.objects.exists()


def test_another_kiosk_s_proposal_is_refused(offer: Any) -> None:
    _other, other_client = paired("Back door")
    answer = post_json(other_client, "kiosk_confirm", proposal=offer["proposal"], direction="in")
    assert answer.status_code == 403
    assert answer.json()["code"] == "proposal_foreign"
    assert not ClockEvent.objects.exists()


@pytest.mark.parametrize("direction", ["", "sideways", None])
def test_a_direction_is_in_or_out(client: Client, offer: Any, direction: str | None) -> None:
    answer = post_json(client, "kiosk_confirm", proposal=offer["proposal"], direction=direction)
    assert answer.status_code == 400
    assert answer.json()["code"] == "direction_invalid"


@pytest.mark.parametrize("body", ["", "[]", "{", "null", '{"proposal": {"a": 1}}'])
def test_a_confirmation_that_is_no_object_is_refused(client: Client, body: str) -> None:
    answer = client.post(reverse("kiosk_confirm"), body, content_type="application/json")
    assert answer.status_code == 400


def test_whoever_left_meanwhile_is_refused_with_the_reason(client: Client, offer: Any, ana: Employee) -> None:
    employ(ana, hired_on=timezone.localdate() - timedelta(days=9), left_on=timezone.localdate() - timedelta(days=3))
    body = post_json(client, "kiosk_confirm", proposal=offer["proposal"], direction="in").json()
    assert (body["outcome"], body["code"]) == ("refused", "not_employed")
    assert body["advice"]


def test_a_confirmation_takes_few_statements(client: Client, offer: Any) -> None:
    with CaptureQueriesContext(connection) as queries:
        post_json(client, "kiosk_confirm", proposal=offer["proposal"], direction="in")
    assert len(queries) <= 15, json.dumps([query["sql"] for query in queries], indent=1)


@pytest.fixture
def no_models(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.ENGINE = PUBLISHED
    settings.MODELS_DIR = tmp_path
    engine_holder.reset()
    yield
    engine_holder.reset()


def test_without_a_model_the_kiosk_offers_the_pin(client: Client, no_models: None) -> None:
    answer = client.post(reverse("kiosk_look"), ANA[0], content_type="image/jpeg")
    assert answer.status_code == 503
    assert "PIN" in answer.json()["detail"]
