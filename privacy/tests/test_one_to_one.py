"""Where HR chose 1:1 for the company, nobody is looked for: a face is held against one person who is named first."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from attendance.models import ClockEvent, Kiosk
from common.models import AuditEntry
from common.tests.problems import assert_problem
from doors.models import AccessEvent, Door
from employees.models import Employee, EnrolmentPhoto, User
from kiosk.models import KioskSettings
from kiosk.tests.kiosk_kit import post_json
from recognition import gallery
from recognition.models import Decision, SearchChoice
from recognition.services import SearchOff, identify, photo_add, photo_process, refresh_due, search_choose
from recognition.services.refresh import refresh_choose
from recognition.tests.fake_engine import fake_photo

pytestmark = pytest.mark.django_db

IDENTIFY = "/api/v1/identify"


@pytest.fixture
def one_to_one(hr: User) -> None:
    search_choose(search=False, by=hr, reason="works council")


def ask(client: APIClient, person: int, **fields: str) -> Any:
    picture = SimpleUploadedFile("photo.png", fake_photo(person, variation=3))
    return client.post(IDENTIFY, {"file": picture, **fields}, format="multipart")


def show(client: Client, person: int, claim: str = "") -> Any:
    frames = [SimpleUploadedFile(f"{each}.jpg", fake_photo(person, variation=each, kind="JPEG")) for each in (4, 5)]
    return client.post(reverse("kiosk_identify"), {"frames": frames, **({"claim": claim} if claim else {})})


@pytest.mark.usefixtures("one_to_one")
def test_a_kiosk_that_is_set_to_1_n_asks_for_number_and_pin_first(
    door: tuple[Kiosk, Client], enrolled_ana: Employee
) -> None:
    kiosk, client = door
    KioskSettings.objects.create(kiosk=kiosk, mode="face", pin=False)
    assert '"mode": "verify"' in client.get(reverse("kiosk")).content.decode()
    assert show(client, 1).json()["code"] == "claim_invalid"
    assert not Decision.objects.exists()
    asked = post_json(client, "kiosk_pin", number="1001", pin="246813").json()
    assert asked["outcome"] == "face_needed"
    offer = show(client, 1, asked["claim"]).json()
    post_json(client, "kiosk_confirm", proposal=offer["proposal"], direction="in")
    decision = ClockEvent.objects.get().decision
    assert decision is not None
    assert (decision.employee, decision.gallery_people, decision.runner_up) == (enrolled_ana, 1, None)


@pytest.mark.usefixtures("one_to_one")
def test_another_s_face_with_a_right_pin_is_nobody(door: tuple[Kiosk, Client], enrolled_ana: Employee) -> None:
    asked = post_json(door[1], "kiosk_pin", number="1001", pin="246813").json()
    assert show(door[1], 7, asked["claim"]).json()["outcome"] == "unknown"
    decision = Decision.objects.get()
    assert (decision.employee, decision.gallery_people) == (None, 1)


@pytest.mark.usefixtures("one_to_one")
def test_who_did_not_agree_to_doors_passes_by_the_pin_alone(door: tuple[Kiosk, Client], enrolled_ana: Employee) -> None:
    Door.objects.create(name="Lobby", kiosk=door[0], leads="in")
    for consent in enrolled_ana.consents.all():
        consent.doors = False
        consent.save()
    answer = post_json(door[1], "kiosk_pin", number="1001", pin="246813").json()
    assert (answer["outcome"], answer["door"]["opened"]) == ("identified", True)
    assert AccessEvent.objects.get().method == "pin"
    assert not Decision.objects.exists(), "the face was not asked for"


@pytest.mark.usefixtures("one_to_one")
def test_the_api_needs_a_number_then(api_client_factory: Callable[..., APIClient], enrolled_ana: Employee) -> None:
    client = api_client_factory("identify")
    refused = assert_problem(ask(client, 1), 422, "search_off")
    assert refused["errors"][0]["field"] == "number"
    assert not Decision.objects.exists()
    assert ask(client, 1, number="1001").json()["person"] == {"number": "1001", "name": "Ana Demo"}
    assert ask(client, 7, number="1001").json()["outcome"] == "unknown"
    assert set(Decision.objects.values_list("gallery_people", flat=True)) == {1}


def test_the_api_compares_with_one_person_wherever_a_number_is_sent(
    api_client_factory: Callable[..., APIClient], enrolled_ana: Employee, ben: Employee
) -> None:
    client = api_client_factory("identify")
    assert ask(client, 1).json()["outcome"] == "identified"
    assert ask(client, 1, number="1002").json()["outcome"] == "unknown"
    refused = assert_problem(ask(client, 1, number="9999"), 422, "employee_unknown")
    assert refused["errors"][0]["field"] == "number"


@pytest.mark.usefixtures("one_to_one")
def test_commands_look_nobody_up(enrolled_ana: Employee, tmp_path: Path) -> None:
    picture = tmp_path / "face.png"
    picture.write_bytes(fake_photo(1))
    for command in (("identify", str(picture)), ("identify_person", str(picture), "--output", str(tmp_path / "o.jpg"))):
        with pytest.raises(CommandError, match="one person only"):
            call_command(*command, stdout=StringIO())
    with pytest.raises(SearchOff):
        identify(images=[fake_photo(1)], asker=Decision.Asker.USER)


@pytest.mark.usefixtures("one_to_one")
def test_a_new_photo_is_compared_with_the_person_s_own_alone(enrolled_ana: Employee, ben: Employee) -> None:
    photo = photo_process(photo_add(employee=ben, content=fake_photo(1, variation=5), source="upload").pk)
    assert (photo.state, photo.resembles) == (EnrolmentPhoto.State.ACCEPTED, None)
    other = photo_process(photo_add(employee=enrolled_ana, content=fake_photo(9), source="upload").pk)
    assert [one["code"] for one in other.reasons] == ["unlike_own"]


def test_photo_updates_stop_with_1_1_and_go_on_after_it(hr: User, enrolled_ana: Employee) -> None:
    refresh_choose(on=True, by=hr)
    assert gallery.current().refreshing
    search_choose(search=False, by=hr)
    assert not gallery.current().refreshing
    search_choose(search=True, by=hr)
    assert gallery.current().refreshing
    assert not list(refresh_due())


def test_hr_changes_it_on_the_privacy_page_which_is_recorded(hr_client: Client, hr: User) -> None:
    page = reverse("privacy_overview")
    assert "the face says who it is (1:N)" in hr_client.get(page).content.decode()
    said = hr_client.post(reverse("privacy_search"), {"search": "off", "reason": "AEPD"}, follow=True).content.decode()
    assert "the face confirms the number (1:1)" in said
    choice = SearchChoice.objects.get()
    assert (choice.search, choice.chosen_by, choice.reason) == (False, hr, "AEPD")
    (entry,) = AuditEntry.objects.filter(act="searchchoice.added")
    assert json.dumps(entry.details["search"]) == "[null, false]"
    hr_client.post(reverse("privacy_search"), {"search": "perhaps"})
    assert SearchChoice.objects.count() == 1


@pytest.mark.usefixtures("one_to_one")
def test_a_kiosk_s_page_says_why_its_mode_cannot_be_chosen(hr_client: Client, door: tuple[Kiosk, Client]) -> None:
    page = hr_client.get(reverse("admin:attendance_kiosk_change", args=[door[0].pk])).content.decode()
    assert "compares one to one at every kiosk" in page
