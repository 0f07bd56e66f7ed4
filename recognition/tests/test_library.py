"""The face library, and photos that move to the right person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse

from common.models import AuditEntry
from employees.models import Consent, Employee, EnrolmentPhoto, User
from employees.services import EmployeeError, consent_give, consent_withdraw, employee_create, photo_read
from recognition import gallery
from recognition.models import FaceTemplate, ModelVersion, VersionPerson
from recognition.services import photo_add, photo_process, photos_move
from recognition.tests.fake_engine import fake_photo

pytestmark = pytest.mark.django_db

LIBRARY = "face_library"


def enrol(employee: Employee, person: int, *variations: int) -> list[EnrolmentPhoto]:
    added = [
        photo_add(employee=employee, content=fake_photo(person, variation=one), source="upload", queue=False)
        for one in variations
    ]
    return [photo_process(photo.pk) for photo in added]


def files(employee: Employee) -> int:
    return len(list(Path(storages["faces"].path(str(employee.public_id))).glob("*")))


def test_it_says_who_is_enrolled_how_well_and_who_is_not(
    hr_client: Client, enrolled_ana: Employee, ben: Employee, hr: User
) -> None:
    consent_withdraw(employee=ben, by=hr)
    page = hr_client.get(reverse(LIBRARY))
    rows = {row.employee.number: row for row in page.context["rows"]}
    assert (rows["1001"].accepted, rows["1001"].quality, rows["1001"].poor) == (3, pytest.approx(0.95), True)
    assert (rows["1002"].accepted, rows["1002"].agreed) == (0, False)
    for shown, numbers in (("enrolled", ["1001"]), ("few", ["1001"]), ("no_consent", ["1002"]), ("none", [])):
        found = hr_client.get(reverse(LIBRARY), {"shown": shown}).context["rows"]
        assert [row.employee.number for row in found] == numbers, shown
    counts = {name: number for name, _label, number in page.context["counts"]}
    assert counts == {"enrolled": 1, "few": 1, "none": 0, "no_consent": 1, "rejected": 0, "alike": 0}


def test_people_are_found_without_accents(hr_client: Client, ana: Employee) -> None:
    employee_create(number="3001", first_name="María", last_name="Peña")
    found = hr_client.get(reverse(LIBRARY), {"q": "maria pena"}).context["rows"]
    assert [row.employee.number for row in found] == ["3001"]


def test_branch_hr_sees_its_own_people_and_managers_see_none(
    branch_hr: User, client_of: Callable[[User], Client], manager_client: Client, ana: Employee, ben: Employee
) -> None:
    browser = client_of(branch_hr)
    rows = browser.get(reverse(LIBRARY)).context["rows"]
    assert {row.employee.number for row in rows} >= {"1001"}
    assert "1002" not in {row.employee.number for row in rows}
    assert browser.get(reverse("face_person", args=["1002"])).status_code == 404
    # Nor may photos be filed under somebody whom they do not look after.
    browser.post(reverse("face_merge", args=["1001"]), {"to": "1002", "sure": "yes"})
    assert not AuditEntry.objects.filter(act="people.merged").exists()
    assert manager_client.get(reverse(LIBRARY)).status_code == 403


def test_the_page_takes_a_number_of_statements_that_does_not_grow(
    hr_client: Client, enrolled_ana: Employee, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        employee_create(number=f"5{number}", first_name=f"N{number}")
    hr_client.get(reverse(LIBRARY))
    with django_assert_max_num_queries(22):
        assert len(hr_client.get(reverse(LIBRARY)).context["rows"]) >= 13


def test_look_alikes_are_pairs_of_people(hr_client: Client, enrolled_ana: Employee, ben: Employee) -> None:
    [rejected] = enrol(ben, 1, 5)
    assert [one["code"] for one in rejected.reasons] == ["resembles"]
    [pair] = hr_client.get(reverse(LIBRARY)).context["pairs"]
    assert {pair.one, pair.other} == {enrolled_ana, ben}
    for number in ("1001", "1002"):
        assert len(hr_client.get(reverse("face_person", args=[number])).context["pairs"]) == 1


def test_photos_move_with_another_key_and_are_judged_anew(
    hr_client: Client, enrolled_ana: Employee, ben: Employee, hr: User
) -> None:
    """Two photos of Ben were filed under Ana."""
    version = ModelVersion.objects.get(state="active")
    VersionPerson.objects.create(version=version, employee=enrolled_ana, part="learnt")
    # HR overruled what was said against them.
    wrong = enrol(enrolled_ana, 7, 0, 1)
    EnrolmentPhoto.objects.filter(pk__in=[photo.pk for photo in wrong]).update(state="accepted")
    content = photo_read(wrong[0])
    page = reverse("face_move", args=["1001"])
    sent: dict[str, Any] = {"photo": [str(photo.pk) for photo in wrong], "to": "ben"}

    preview = hr_client.post(page, sent)
    assert "2 photos to Ben Demo (1002)" in preview.content.decode()
    assert not ben.photos.exists()
    assert hr_client.post(page, {**sent, "sure": "yes"}).status_code == 302

    moved = [photo_process(photo.pk) for photo in ben.photos.order_by("created_at")]
    assert [photo.state for photo in moved] == ["accepted", "accepted"]
    assert content in [photo_read(photo) for photo in moved]
    assert all(photo.uploaded_by == hr for photo in moved)
    assert (enrolled_ana.photos.count(), FaceTemplate.objects.filter(employee=ben).count()) == (3, 2)
    assert len(gallery.current().gallery) == 5
    subjects = AuditEntry.objects.filter(act="photo.moved").values_list("subject", flat=True)
    assert sorted(subjects) == ["1001", "1001", "1002", "1002"]
    assert VersionPerson.objects.filter(employee=ben, part="learnt").exists()


@pytest.mark.parametrize("case", ["no_consent", "not_settled", "same_person"])
def test_where_photos_cannot_move_none_does(enrolled_ana: Employee, ben: Employee, hr: User, case: str) -> None:
    photos = list(enrolled_ana.photos.order_by("created_at"))
    if case == "no_consent":
        consent_withdraw(employee=ben, by=hr)
    if case == "not_settled":
        EnrolmentPhoto.objects.filter(pk=photos[-1].pk).update(state="queued")
    with pytest.raises(EmployeeError) as refused:
        photos_move(photos=photos, to=enrolled_ana if case == "same_person" else ben, by=hr)
    assert refused.value.code == case
    assert (enrolled_ana.photos.count(), ben.photos.count(), files(ben)) == (3, 0, 0)


def test_two_records_of_one_person_are_merged(
    hr_client: Client, enrolled_ana: Employee, hr: User, django_capture_on_commit_callbacks: Any
) -> None:
    double = employee_create(number="1009", first_name="Anna", last_name="Demo")
    consent_give(employee=double, method=Consent.Method.PAPER)
    # Its own look like Ana's: that was said, and HR had not looked; one is the very same file.
    enrol(double, 1, 0, 4, 5)
    with django_capture_on_commit_callbacks(execute=True):
        assert hr_client.post(reverse("face_merge", args=["1009"]), {"to": "1001", "sure": "yes"}).status_code == 302
    for photo in enrolled_ana.photos.filter(state="queued"):
        assert photo_process(photo.pk).state == "accepted"
    assert (enrolled_ana.photos.count(), double.photos.count(), files(double)) == (5, 0, 0)
    assert AuditEntry.objects.filter(act="people.merged").count() == 2


def test_what_cannot_be_read_is_said(hr_client: Client, enrolled_ana: Employee, ben: Employee) -> None:
    page = reverse("face_move", args=["1001"])
    photo = str(enrolled_ana.photos.values_list("pk", flat=True)[0])
    for sent in ({"photo": "no-key", "to": "1002"}, {"photo": photo, "to": "demo"}, {"photo": photo, "to": ""}):
        answer = hr_client.post(page, {**sent, "sure": "yes"}, follow=True)
        assert answer.redirect_chain, sent
        assert 'class="notice notice--error"' in answer.content.decode()
    assert enrolled_ana.photos.count() == 3
