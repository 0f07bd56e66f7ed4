"""The enrolment page and its requests, for every role and every kind of bad input."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from common.tests.problems import assert_problem
from employees.models import Employee, EnrolmentPhoto, User
from employees.services import consent_withdraw, employee_create
from recognition.services import photo_add, photo_process
from recognition.tests.fake_engine import fake_nobody, fake_pair, fake_photo

pytestmark = pytest.mark.django_db


def send(client: Client, number: str, content: bytes, name: str = "face.png", **fields: str) -> Any:
    file = SimpleUploadedFile(name, content, "image/png")
    return client.post(reverse("enrol_photos", args=[number]), {"file": file, **fields})


@pytest.fixture
def rejected(ana: Employee, hr_client: Client) -> EnrolmentPhoto:
    """A photo of Ana with a face that is too small, already judged."""
    body = send(hr_client, ana.number, fake_photo(1, size=30)).json()
    return photo_process(body["id"])


def test_hr_sees_the_person_the_consent_and_the_photos(hr_client: Client, enrolled_ana: Employee) -> None:
    page = hr_client.get(reverse("enrol", args=["1001"]))
    assert page.status_code == 200
    assert len(page.context["config"]["photos"]) == 3
    assert page.context["accepted"] == 3
    assert page["Cache-Control"] == "no-store"


def test_more_good_photos_than_are_asked_for_are_counted_alone(hr_client: Client, enrolled_ana: Employee) -> None:
    assert "3 of 5 good photos" in hr_client.get(reverse("enrol", args=["1001"])).text
    for variation in range(3, 7):
        content = fake_photo(1, variation=variation)
        photo_process(photo_add(employee=enrolled_ana, content=content, source="upload", queue=False).pk)

    page = hr_client.get(reverse("enrol", args=["1001"]))

    assert "7 good photos" in page.text
    assert "7 of 5" not in page.text
    assert page.context["config"]["words"]["count_more"] == "%(accepted)s good photos"


def test_without_consent_the_page_takes_no_photos(hr_client: Client, hr: User, ana: Employee) -> None:
    consent_withdraw(employee=ana, by=hr)
    assert hr_client.get(reverse("enrol", args=["1001"])).context["config"]["consent"] is False
    answer = send(hr_client, "1001", fake_photo(1))
    assert (answer.status_code, answer.json()["code"]) == (409, "no_consent")
    looked = hr_client.post(reverse("enrol_look", args=["1001"]), fake_photo(1), content_type="image/png")
    assert (looked.status_code, looked.json()["code"]) == (409, "no_consent")
    assert not EnrolmentPhoto.objects.exists()


def test_hr_records_the_consent_on_the_page_and_withdraws_it(hr_client: Client, hr: User) -> None:
    zoe = employee_create(number="9", first_name="Zoe")
    address = reverse("enrol_consent", args=["9"])
    hr_client.post(address, {"method": "in_person", "note": "screen"})
    hr_client.post(address, {"method": "telepathy", "agreed": "yes"})
    assert not zoe.consents.exists()
    hr_client.post(address, {"method": "in_person", "note": "screen", "agreed": "yes"})
    given = zoe.consents.get()
    assert (given.method, given.note, given.recorded_by) == ("in_person", "screen", hr)
    hr_client.post(address, {"action": "withdraw"})
    given.refresh_from_db()
    assert given.withdrawn_by == hr


def test_a_photo_is_taken_judged_and_shown(hr_client: Client, ana: Employee, hr: User) -> None:
    answer = send(hr_client, "1001", fake_photo(1), source="webcam")
    assert answer.status_code == 201
    body = answer.json()
    photo = EnrolmentPhoto.objects.get(pk=body["id"])
    assert (photo.source, photo.uploaded_by, photo.employee) == ("webcam", hr, ana)
    photo_process(photo.pk)
    seen = hr_client.get(reverse("enrol_progress", args=["1001"])).json()
    assert seen["open"] == 0
    assert [(one["id"], one["state"]) for one in seen["photos"]] == [(body["id"], "accepted")]
    chip = hr_client.get(reverse("photo_chip", args=[photo.pk]))
    assert chip.status_code == 200
    assert chip["Content-Type"].startswith("image/")
    assert chip["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("picture", "code"),
    [(fake_nobody(), "no_face"), (fake_pair(1, 60), "several_faces"), (fake_photo(1, size=30), "too_small")],
)
def test_a_rejected_photo_has_a_plain_reason_and_a_remedy(
    hr_client: Client, ana: Employee, picture: bytes, code: str
) -> None:
    photo_process(send(hr_client, "1001", picture).json()["id"])
    verdict = hr_client.get(reverse("enrol_progress", args=["1001"])).json()["photos"][0]
    assert verdict["state"] == "rejected"
    reason = verdict["reasons"][0]
    assert reason["code"] == code
    assert reason["message"]
    assert reason["remedy"]


def test_a_look_alike_is_named_and_hr_may_overrule(
    hr_client: Client, hr: User, enrolled_ana: Employee, ben: Employee
) -> None:
    photo = photo_process(send(hr_client, "1002", fake_photo(1, variation=4)).json()["id"])
    verdict = hr_client.get(reverse("enrol_progress", args=["1002"])).json()["photos"][0]
    assert (verdict["state"], verdict["can_override"]) == ("rejected", True)
    assert verdict["resembles"]["number"] == "1001"
    assert verdict["resembles"]["distance"] is not None
    answer = hr_client.post(reverse("photo_override", args=[photo.pk]), {"reason": "twins"})
    assert answer.status_code == 200
    photo_process(photo.pk)
    photo.refresh_from_db()
    assert (photo.state, photo.override_reason, photo.override_by) == ("accepted", "twins", hr)


def test_overruling_needs_a_reason_and_a_verdict_that_allows_it(
    hr_client: Client, ana: Employee, rejected: EnrolmentPhoto
) -> None:
    address = reverse("photo_override", args=[rejected.pk])
    answer = hr_client.post(address, {"reason": "  "})
    assert (answer.status_code, answer.json()["code"]) == (409, "reason_missing")
    faceless = photo_process(send(hr_client, "1001", fake_nobody()).json()["id"])
    answer = hr_client.post(reverse("photo_override", args=[faceless.pk]), {"reason": "I know him"})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_overridable")


def test_hr_deletes_a_photo(hr_client: Client, enrolled_ana: Employee) -> None:
    photo = enrolled_ana.photos.first()
    assert photo is not None
    assert hr_client.post(reverse("photo_delete", args=[photo.pk])).status_code == 200
    assert not EnrolmentPhoto.objects.filter(pk=photo.pk).exists()
    assert hr_client.post(reverse("photo_delete", args=[photo.pk])).json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "empty_file"),
        (b"not a picture at all", 422, "not_an_image"),
        (fake_photo(1)[:60], 422, "truncated"),
        (b"\xff\xd8\xff" + b"0" * (20 * 1024 * 1024), 413, "too_large"),
    ],
    ids=["empty", "text", "truncated", "too-large"],
)
def test_a_broken_picture_is_refused_with_a_code_and_a_remedy(
    hr_client: Client, ana: Employee, content: bytes, status: int, code: str
) -> None:
    answer = send(hr_client, "1001", content, "holiday.jpg")
    body = assert_problem(answer, status, code, "file" if code != "too_large" else "")
    assert body["errors"][0]["message"]
    assert body["errors"][0]["remedy"]
    assert not EnrolmentPhoto.objects.exists()


def test_the_same_photo_twice_no_file_and_an_unknown_source(hr_client: Client, ana: Employee) -> None:
    assert send(hr_client, "1001", fake_photo(1)).status_code == 201
    again = send(hr_client, "1001", fake_photo(1))
    assert (again.status_code, again.json()["code"]) == (409, "photo_known")
    nothing = hr_client.post(reverse("enrol_photos", args=["1001"]))
    assert (nothing.status_code, nothing.json()["code"]) == (400, "no_file")
    forged = send(hr_client, "1001", fake_photo(2), source="demo")
    assert (forged.status_code, forged.json()["code"]) == (400, "unknown_source")
    assert EnrolmentPhoto.objects.count() == 1


def test_the_live_preview_says_what_it_sees_and_stores_nothing(hr_client: Client, ana: Employee) -> None:
    address = reverse("enrol_look", args=["1001"])
    good = hr_client.post(address, fake_photo(1), content_type="image/jpeg").json()
    assert (good["faces"], good["hint"]) == (1, "ok")
    assert len(good["box"]) == 4
    nobody = hr_client.post(address, fake_nobody(), content_type="image/jpeg").json()
    assert (nobody["faces"], nobody["hint"]) == (0, "no_face")
    assert nobody["hint_text"]
    broken = hr_client.post(address, b"junk", content_type="image/jpeg")
    assert (broken.status_code, broken.json()["code"]) == (422, "not_an_image")
    assert not EnrolmentPhoto.objects.exists()


def addresses(photo: EnrolmentPhoto) -> list[tuple[str, str]]:
    """Every request of the page: method and address."""
    number = photo.employee.number
    return [
        ("get", reverse("enrol", args=[number])),
        ("post", reverse("enrol_consent", args=[number])),
        ("post", reverse("enrol_look", args=[number])),
        ("post", reverse("enrol_photos", args=[number])),
        ("post", reverse("enrol_clip", args=[number])),
        ("get", reverse("enrol_progress", args=[number])),
        ("get", reverse("photo_chip", args=[photo.pk])),
        ("post", reverse("photo_override", args=[photo.pk])),
        ("post", reverse("photo_delete", args=[photo.pk])),
    ]


def test_colleagues_and_managers_are_refused_everything(
    colleague_client: Client, manager_client: Client, enrolled_ana: Employee
) -> None:
    photo = enrolled_ana.photos.first()
    assert photo is not None
    for method, address in addresses(photo):
        for role in (colleague_client, manager_client):
            assert getattr(role, method)(address).status_code == 403, address
    assert EnrolmentPhoto.objects.count() == 3


def test_a_visitor_gets_nothing_not_even_whether_it_exists(client: Client, enrolled_ana: Employee) -> None:
    photo = enrolled_ana.photos.first()
    assert photo is not None
    for method, address in addresses(photo):
        known = getattr(client, method)(address)
        assert known.status_code in {302, 401}, address
        other = address.replace(str(photo.pk), str(uuid.uuid4())).replace("1001", "9999")
        assert getattr(client, method)(other).status_code == known.status_code
    assert enrolled_ana.consents.get().withdrawn_at is None


def test_unknown_people_and_photos_are_404(hr_client: Client, ana: Employee) -> None:
    for name in ("enrol", "enrol_progress"):
        assert hr_client.get(reverse(name, args=["9999"])).status_code == 404
    for name in ("enrol_look", "enrol_photos"):
        assert hr_client.post(reverse(name, args=["9999"])).json()["code"] == "not_found"
    assert hr_client.get(reverse("photo_chip", args=[uuid.uuid4()])).json()["code"] == "not_found"
    for name in ("photo_override", "photo_delete"):
        assert hr_client.post(reverse(name, args=[uuid.uuid4()])).json()["code"] == "not_found"


def test_a_photo_without_a_face_has_no_chip(hr_client: Client, ana: Employee) -> None:
    photo = photo_process(send(hr_client, "1001", fake_nobody()).json()["id"])
    assert hr_client.get(reverse("photo_chip", args=[photo.pk])).status_code == 404


def test_wrong_methods_are_405_and_change_nothing(hr_client: Client, enrolled_ana: Employee) -> None:
    photo = enrolled_ana.photos.first()
    assert photo is not None
    for method, address in addresses(photo):
        wrong = hr_client.get(address) if method == "post" else hr_client.delete(address)
        assert wrong.status_code == 405, address
        assert wrong["Allow"]
    assert EnrolmentPhoto.objects.count() == 3


def test_writing_needs_the_csrf_token(hr: User, ana: Employee) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(hr, backend="django.contrib.auth.backends.ModelBackend")
    assert send(strict, "1001", fake_photo(1)).status_code == 403
    assert not EnrolmentPhoto.objects.exists()


def test_photos_lie_under_no_public_address(client: Client, hr_client: Client, enrolled_ana: Employee) -> None:
    photo = enrolled_ana.photos.first()
    assert photo is not None
    for prefix in ("/faces/", "/media/", "/files/", "/static/faces/", "/static/"):
        assert client.get(prefix + photo.path).status_code == 404
        assert hr_client.get(prefix + photo.chip_path).status_code == 404
