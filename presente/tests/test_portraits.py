"""Portraits: only with consent, only for who may see the person, gone with the consent, and every look recorded."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse
from PIL import Image

from common import company
from common.models import AuditEntry, Company
from employees.models import Consent, Employee, EnrolmentPhoto, Portrait
from employees.services import consent_change, consent_withdraw, photo_delete, portrait_read
from employees.templatetags.portraits import initials
from kiosk.tests.kiosk_kit import identify
from privacy.access_request import access_request_bytes, looked_at
from privacy.models import Erasure
from privacy.services.erasure import biometrics_erase
from recognition.services import photo_add, photo_process, portrait_make
from recognition.services.portraits import portrait_of
from recognition.tasks import photo_sweep
from recognition.tests.fake_engine import fake_photo, flat

pytestmark = pytest.mark.django_db


def agree(employee: Employee, *, yes: bool = True) -> None:
    consent_change(employee=employee, method=Consent.Method.PAPER, by=None, portrait=yes)


@pytest.fixture
def pictured(enrolled_ana: Employee) -> Employee:
    agree(enrolled_ana)
    assert portrait_make(employee=enrolled_ana) is not None
    return enrolled_ana


def files(employee: Employee) -> list[str]:
    folder = Path(storages["faces"].path(str(employee.public_id)))
    return sorted(path.suffix for path in folder.glob("*.portrait*"))


def address(size: int = 96) -> str:
    return reverse("portrait", args=["1001", size])


def test_nobody_gets_one_without_agreeing_to_it(enrolled_ana: Employee) -> None:
    assert portrait_make(employee=enrolled_ana) is None
    assert not Portrait.objects.exists()


def test_it_is_cut_from_the_first_photo_in_two_sizes_and_encrypted(pictured: Employee) -> None:
    portrait = Portrait.objects.get()
    assert portrait.photo == EnrolmentPhoto.objects.order_by("created_at").first()
    for size in (96, 192):
        content = portrait_read(portrait, size)
        assert Image.open(io.BytesIO(content)).size == (size, size)
        stored = storages["faces"].open(portrait.photo.portrait_path(size)).read()
        assert content[:64] not in stored
    assert portrait_make(employee=pictured) is not None
    assert files(pictured) == [".portrait192", ".portrait96"]


def test_the_square_holds_the_face_upright() -> None:
    picture = flat(1, size=400)
    picture[100:150, 100:200] = (255, 0, 0)
    square = portrait_of(picture, [100, 100, 100, 100], turned=180)
    assert square.shape == (170, 170, 3)
    # What was the face's upper half is the lower one of a picture that was turned over.
    assert tuple(square[120, 85]) == (255, 0, 0)
    assert portrait_of(picture, [-50, -50, 900, 900]).shape == (400, 400, 3)


@pytest.mark.parametrize("way", ["change", "withdraw", "erase"])
def test_it_goes_at_once_with_the_consent_and_with_an_erasure(
    pictured: Employee, way: str, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        if way == "change":
            agree(pictured, yes=False)
        elif way == "withdraw":
            consent_withdraw(employee=pictured, by=None)
    if way == "erase":
        found = biometrics_erase(employee=pictured, cause=Erasure.Cause.HR).found["pictures"]
        assert {one["path"][-11:] for one in found} >= {"portrait192"}
    assert not Portrait.objects.exists()
    assert files(pictured) == []


def test_the_next_photo_gives_one_where_the_first_was_removed(
    pictured: Employee, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Portrait.objects.get().photo
    with django_capture_on_commit_callbacks(execute=True):
        photo_delete(photo=first)
    assert files(pictured) == []
    monkeypatch.setattr(
        "recognition.services.portraits.enqueue", lambda _task, key: portrait_make(employee=Employee(pk=key))
    )
    photo_sweep()
    assert files(pictured) == [".portrait192", ".portrait96"]


def test_it_is_served_to_who_may_see_the_person_alone(
    pictured: Employee, client: Client, hr_client: Client, manager_client: Client, outsider_client: Client
) -> None:
    for allowed in (hr_client, manager_client):
        answer = allowed.get(address())
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
        assert answer["Cache-Control"] == "private, no-store"
    assert outsider_client.get(address()).status_code == 404
    assert client.get(address()).status_code == 302
    assert hr_client.get(address(97)).status_code == 404


def test_a_page_makes_one_line_that_names_whom_it_shows(
    pictured: Employee, ben: Employee, manager_client: Client
) -> None:
    page = manager_client.get(reverse("presence"))
    assert f'src="{address()}"' in page.content.decode()
    for _look in range(2):
        manager_client.get(reverse("presence_live"))
        manager_client.get(address())
    entry = AuditEntry.objects.get(act="portraits.read")
    assert (entry.actor, entry.subject) == ("user manager", "1001")
    assert not AuditEntry.objects.filter(act="face.read").exists()


def test_on_a_page_of_many_each_person_finds_the_look_and_nobody_else(
    pictured: Employee, ben: Employee, hr_client: Client
) -> None:
    photo = photo_add(employee=ben, content=fake_photo(2), source="upload", queue=False)
    photo_process(photo.pk)
    agree(ben)
    portrait_make(employee=ben)
    hr_client.get(reverse("presence"))
    entry = AuditEntry.objects.get(act="portraits.read")
    assert (entry.subject, entry.details) == ("", {"people": " 1001 1002 "})
    for person in (pictured, ben):
        assert entry in looked_at(person)
        packed = zipfile.ZipFile(io.BytesIO(access_request_bytes(person)))
        assert " 1001 1002 " not in packed.read("data.json").decode()


def test_a_portrait_that_no_page_showed_makes_a_line_of_its_own(pictured: Employee, hr_client: Client) -> None:
    hr_client.get(address())
    assert AuditEntry.objects.get(act="face.read").subject == "1001"


def test_lists_and_pages_show_portraits_and_initials(pictured: Employee, ben: Employee, hr_client: Client) -> None:
    """One of two has a portrait: the other's circle holds the initials, and the entry names the first alone."""
    for name in ("admin:employees_employee_changelist", "attendance_team_now", "attendance_day"):
        text = hr_client.get(reverse(name), follow=True).content.decode()
        assert f'src="{address()}"' in text, name
        assert 'aria-hidden="true">BD</span>' in text, name
    assert f'src="{address(192)}"' in hr_client.get(reverse("person", args=["1001"])).content.decode()
    assert AuditEntry.objects.filter(act="portraits.read").count() == 1


@pytest.mark.parametrize(
    ("first", "last", "letters"),
    [("Martín", "Calle Yujra", "MC"), ("Ana María", "Óvando", "AÓ"), ("Cher", "", "C"), ("Ana Demo Paz", "", "AP")],
)
def test_initials_are_of_the_first_name_and_the_first_last_name(first: str, last: str, letters: str) -> None:
    assert initials(Employee(first_name=first, last_name=last)) == letters


def test_the_person_gets_it_and_learns_who_looked(pictured: Employee, manager_client: Client) -> None:
    manager_client.get(reverse("presence"))
    packed = zipfile.ZipFile(io.BytesIO(access_request_bytes(pictured)))
    assert {"portrait/96.jpg", "portrait/192.jpg"} <= set(packed.namelist())
    assert "portraits.read" in packed.read("index.html").decode()


def test_the_kiosk_greets_with_it_unless_the_company_does_not_want_that(
    pictured: Employee, door: tuple[Any, Client]
) -> None:
    burst = [fake_photo(1, variation=variation, kind="JPEG") for variation in (4, 5, 6)]
    assert identify(door[1], *burst).json()["portrait"].startswith("data:image/jpeg;base64,")
    company.company_change(Company(kiosk_portraits=False))
    assert identify(door[1], *burst).json()["portrait"] == ""


def test_hr_records_on_the_enrolment_page_what_the_person_wants(enrolled_ana: Employee, hr_client: Client) -> None:
    page = reverse("enrol_consent", args=["1001"])
    hr_client.post(page, {"action": "portrait", "agreed": "yes", "method": "paper"})
    assert enrolled_ana.consents.get(withdrawn_at=None).portrait
    hr_client.post(page, {"action": "portrait", "method": "paper"})
    assert not enrolled_ana.consents.get(withdrawn_at=None).portrait
