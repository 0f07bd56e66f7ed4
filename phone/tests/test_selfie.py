"""A selfie with the punch: one to one with whoever is logged in, with the liveness challenge, and no picture kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from attendance.models import ClockEvent
from employees.models import Consent, Employee, User
from employees.services import consent_give, consent_withdraw
from phone.tests.phone_kit import Phone, allow, place
from recognition.models import Decision, LivenessChallenge
from recognition.tests.fake_engine import fake_photo, fake_pose

pytestmark = pytest.mark.django_db
ANA, BEN, SIDE = 1, 7, 120


@pytest.fixture
def ana_user(enrolled_ana: Employee) -> User:
    user = User.objects.create_user("ana", role=User.Role.EMPLOYEE)
    Employee.objects.filter(pk=enrolled_ana.pk).update(user=user)
    allow(enrolled_ana, selfie=True)
    return User.objects.get(pk=user.pk)


@pytest.fixture
def phone(ana_user: User, client_of: Callable[[User], Client]) -> Phone:
    return Phone(client_of(ana_user))


def look(person: int) -> list[bytes]:
    return [fake_pose(person, "rest", tick=index, size=SIDE) for index in range(5)]


def answered(phone: Phone, request: dict[str, Any], person: int = ANA) -> Any:
    """The person does what the request's steps say, half a second after each; the request was made long enough ago."""
    challenge = LivenessChallenge.objects.get(pk=request["id"])
    challenge.issued_at -= timedelta(seconds=12)
    challenge.save()
    steps: Sequence[dict[str, Any]] = request["steps"]
    times = [index / 8 for index in range(int((steps[-1]["at"] + 2.2) * 8) + 1)]
    poses = [next((step["action"] for step in steps if 0.5 <= at - step["at"] < 1.1), "rest") for at in times]
    film = [fake_pose(person, pose, tick=index, size=SIDE) for index, pose in enumerate(poses)]
    return phone.selfie(*film, times=json.dumps([at * 1000 for at in times]), challenge=request["id"])


def test_the_right_face_that_moves_clocks_and_no_picture_is_kept(phone: Phone, settings: Settings) -> None:
    settings.KEEP_IMAGES = True
    Consent.objects.update(pictures=True)
    asked = phone.selfie(*look(ANA)).json()
    assert asked["outcome"] == "challenge"
    right = answered(phone, asked["challenge"]).json()
    assert right["outcome"] == "right"
    assert phone.clock(selfie=right["selfie"]).json()["outcome"] == "recorded"
    event = ClockEvent.objects.get()
    assert event.decision is not None
    assert (event.method, event.decision.liveness, event.decision.gallery_people) == ("phone", "passed", 1)
    assert set(Decision.objects.values_list("image_path", flat=True)) == {""}


def test_one_selfie_is_for_one_punch(phone: Phone) -> None:
    right = answered(phone, phone.selfie(*look(ANA)).json()["challenge"]).json()
    phone.clock("in", selfie=right["selfie"])
    assert phone.clock("out", selfie=right["selfie"]).json()["code"] == "decision_used"
    assert ClockEvent.objects.count() == 1


def test_another_face_is_refused(phone: Phone) -> None:
    answer = phone.selfie(*[fake_photo(BEN, variation=each) for each in (4, 5)]).json()
    assert answer["outcome"] == "wrong"
    assert "does not look like you" in answer["advice"]


def test_without_a_selfie_nothing_is_recorded(phone: Phone) -> None:
    assert phone.clock().json()["code"] == "selfie_missing"
    for token in ("forged", "forged:x:y"):
        assert phone.clock(selfie=token, place=place()).json()["code"] == "selfie_expired"
    assert not ClockEvent.objects.exists()


def test_a_selfie_of_somebody_else_s_is_none(phone: Phone, manager: User, client_of: Callable[[User], Client]) -> None:
    right = answered(phone, phone.selfie(*look(ANA)).json()["challenge"]).json()
    other: Employee = Employee.objects.get(user=manager)
    allow(other, selfie=True)
    assert Phone(client_of(manager)).clock(selfie=right["selfie"]).json()["code"] == "selfie_expired"


def test_without_consent_it_says_what_to_do_instead(phone: Phone, enrolled_ana: Employee) -> None:
    consent_withdraw(employee=enrolled_ana, by=None)
    refused = phone.selfie(*look(ANA)).json()
    assert refused["code"] == "no_consent"
    assert "kiosk with number and PIN" in refused["advice"]


def test_without_a_photo_it_says_what_to_do_instead(manager: User, client_of: Callable[[User], Client]) -> None:
    other: Employee = Employee.objects.get(user=manager)
    consent_give(employee=other, method=Consent.Method.PAPER)
    refused = Phone(client_of(manager)).selfie(*look(ANA)).json()
    assert refused["code"] == "not_enrolled"


@pytest.mark.parametrize("count", [0, 6])
def test_too_few_or_too_many_pictures_are_refused(phone: Phone, count: int) -> None:
    assert phone.selfie(*look(ANA)[:1] * count).status_code == 400
