"""From a photo to a template, with everything that can go wrong on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.core.files import File
from django.core.files.storage import FileSystemStorage, storages
from django.utils import timezone

from employees.models import Employee, EnrolmentPhoto, User
from employees.services import EmployeeError, consent_withdraw, photo_delete, photo_read
from recognition.engine.types import ImageRejected, ModelUnavailable
from recognition.models import Decision, FaceTemplate, TrainingRun
from recognition.services import (
    identify,
    photo_add,
    photo_override,
    photo_process,
    photo_requeue_stale,
    photo_verdict,
)
from recognition.services.enrolment import photo_release
from recognition.tests.fake_engine import fake_nobody, fake_pair, fake_photo

pytestmark = pytest.mark.django_db
State = EnrolmentPhoto.State


def add(employee: Employee, content: bytes) -> EnrolmentPhoto:
    return photo_add(employee=employee, content=content, source=EnrolmentPhoto.Source.UPLOAD, queue=False)


def who(content: bytes) -> Employee | None:
    return identify(images=[content], asker=Decision.Asker.API).employee


def test_a_good_photo_makes_its_person_recognisable(ana: Employee) -> None:
    photo = photo_process(add(ana, fake_photo(1)).pk)

    assert photo.state == State.ACCEPTED
    assert photo.reasons == []
    assert photo.quality["eyes"] > 0
    assert who(fake_photo(1, variation=2)) == ana


def test_processing_twice_makes_one_template(ana: Employee) -> None:
    photo = add(ana, fake_photo(1))

    photo_process(photo.pk)
    photo_process(photo.pk)

    assert FaceTemplate.objects.count() == 1
    assert EnrolmentPhoto.objects.get().attempts == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [(fake_nobody(), "no_face"), (fake_pair(1, 9), "several_faces"), (fake_photo(1, size=20), "too_small")],
)
def test_a_photo_without_one_good_face_is_rejected_with_a_remedy(ana: Employee, content: bytes, code: str) -> None:
    photo = photo_process(add(ana, content).pk)

    verdict = photo_verdict(photo)
    assert verdict["state"] == "rejected"
    assert [reason["code"] for reason in verdict["reasons"]] == [code]
    assert verdict["reasons"][0]["remedy"]
    assert not FaceTemplate.objects.exists()


def test_nothing_is_stored_without_consent(ana: Employee) -> None:
    consent_withdraw(employee=ana, by=None)

    with pytest.raises(EmployeeError) as refused:
        add(ana, fake_photo(1))

    assert refused.value.code == "no_consent"
    assert not EnrolmentPhoto.objects.exists()


def test_a_consent_withdrawn_while_the_photo_waits_stops_it(ana: Employee) -> None:
    photo = add(ana, fake_photo(1))
    consent_withdraw(employee=ana, by=None)

    assert photo_process(photo.pk).reasons[0]["code"] == "no_consent"


def test_a_text_file_is_refused_before_anything_is_stored(ana: Employee) -> None:
    with pytest.raises(ImageRejected):
        add(ana, b"not a picture")

    assert not EnrolmentPhoto.objects.exists()


def test_the_same_photo_twice_is_named(ana: Employee) -> None:
    add(ana, fake_photo(1))

    with pytest.raises(EmployeeError) as refused:
        add(ana, fake_photo(1))

    assert refused.value.code == "photo_known"
    assert EnrolmentPhoto.objects.count() == 1


def test_a_photo_of_a_colleague_names_the_colleague(enrolled_ana: Employee, ben: Employee) -> None:
    photo = photo_process(add(ben, fake_photo(1, variation=5)).pk)

    verdict = photo_verdict(photo)
    assert [reason["code"] for reason in verdict["reasons"]] == ["resembles"]
    assert verdict["resembles"]["number"] == enrolled_ana.number
    assert verdict["resembles"]["distance"] < 0.6
    assert who(fake_photo(1)) == enrolled_ana


def test_hr_may_overrule_with_a_reason(enrolled_ana: Employee, ben: Employee, hr: User) -> None:
    photo = photo_process(add(ben, fake_photo(1, variation=5)).pk)

    photo_override(photo=photo, reason="They are twins.", by=hr)
    photo = photo_process(photo.pk)

    assert photo.state == State.ACCEPTED
    assert (photo.override_reason, photo.override_by) == ("They are twins.", hr)


def test_an_override_needs_a_reason_and_a_face(ana: Employee, hr: User) -> None:
    photo = photo_process(add(ana, fake_nobody()).pk)

    with pytest.raises(EmployeeError, match="Say why"):
        photo_override(photo=photo, reason=" ", by=hr)
    with pytest.raises(EmployeeError) as refused:
        photo_override(photo=photo, reason="Please", by=hr)

    assert refused.value.code == "not_overridable"


def test_a_photo_of_somebody_else_does_not_join_the_persons_own(enrolled_ana: Employee) -> None:
    photo = photo_process(add(enrolled_ana, fake_photo(9)).pk)

    assert [reason["code"] for reason in photo.reasons] == ["unlike_own"]


def test_a_killed_workers_photo_is_finished_once(ana: Employee) -> None:
    photo = add(ana, fake_photo(1))
    EnrolmentPhoto.objects.update(
        state=State.PROCESSING, lease_until=timezone.now() + timedelta(seconds=20), attempts=1
    )

    assert photo_process(photo.pk).state == State.PROCESSING
    EnrolmentPhoto.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert photo_requeue_stale() == 1
    assert photo_process(photo.pk).state == State.ACCEPTED
    assert FaceTemplate.objects.count() == 1


class SlowStorage(FileSystemStorage):
    """Reads the next file only after ``meanwhile``: a worker whose disk hung while others went on."""

    meanwhile: ClassVar[list[Callable[[], object]]] = []

    def open(self, name: str, mode: str = "rb") -> File[Any]:
        while self.meanwhile:
            self.meanwhile.pop()()
        return super().open(name, mode)


@pytest.fixture
def slow_disk(settings: Any, tmp_path: Path) -> list[Callable[[], object]]:
    where = {"BACKEND": f"{__name__}.SlowStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "faces": where}
    SlowStorage.meanwhile.clear()
    return SlowStorage.meanwhile


def test_a_worker_that_lost_its_photo_to_another_leaves_what_that_one_found(
    ana: Employee, slow_disk: list[Callable[[], object]]
) -> None:
    photo = add(ana, fake_photo(1))
    finished: list[Any] = []

    def another_worker() -> None:
        EnrolmentPhoto.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert photo_process(photo.pk).state == State.ACCEPTED
        finished.extend(EnrolmentPhoto.objects.filter(pk=photo.pk).values())

    slow_disk.append(another_worker)
    late = photo_process(photo.pk)

    assert late.state == State.ACCEPTED
    assert list(EnrolmentPhoto.objects.filter(pk=photo.pk).values()) == finished
    assert FaceTemplate.objects.count() == 1


def test_a_photo_deleted_while_it_was_checked_comes_to_nothing(
    ana: Employee, slow_disk: list[Callable[[], object]]
) -> None:
    photo = add(ana, fake_photo(1))
    slow_disk.append(EnrolmentPhoto.objects.all().delete)

    photo_process(photo.pk)

    assert not EnrolmentPhoto.objects.exists()
    assert not FaceTemplate.objects.exists()


def test_a_photo_that_kills_every_worker_is_given_up(ana: Employee) -> None:
    photo = add(ana, fake_photo(1))
    EnrolmentPhoto.objects.update(state=State.PROCESSING, lease_until=timezone.now() - timedelta(seconds=1), attempts=5)

    assert photo_process(photo.pk).reasons[0]["code"] == "gave_up"


def test_the_stored_file_is_encrypted_and_lies_in_its_persons_folder(ana: Employee) -> None:
    content = fake_photo(1)
    photo = add(ana, content)

    stored = storages["faces"].open(photo.path).read()
    assert photo.path.startswith(f"{ana.public_id}/")
    assert content[:64] not in stored
    assert photo_read(photo) == content


def test_a_deleted_photo_leaves_nothing_and_is_no_longer_recognised(
    ana: Employee, django_capture_on_commit_callbacks: pytest.FixtureRequest
) -> None:
    photo = photo_process(add(ana, fake_photo(1)).pk)
    path = photo.path
    assert who(fake_photo(1)) == ana

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        photo_delete(photo=photo)

    assert who(fake_photo(1)) is None
    assert not storages["faces"].exists(path)
    assert not FaceTemplate.objects.exists()


def test_a_lost_file_is_a_verdict_not_a_crash(ana: Employee) -> None:
    photo = add(ana, fake_photo(1))
    storages["faces"].delete(photo.path)

    assert photo_process(photo.pk).reasons[0]["code"] == "file_lost"


@pytest.mark.parametrize(
    ("state", "seconds", "lease", "count"),
    [
        ("queued", 6, None, 1),
        ("queued", 4, None, 0),
        ("processing", 60, -1, 1),
        ("processing", 60, 20, 0),
        ("held", 60, None, 0),
        ("accepted", 60, None, 0),
    ],
)
def test_what_waits_without_a_worker_is_queued_again_and_nothing_else(
    ana: Employee, state: str, seconds: int, lease: int | None, count: int
) -> None:
    add(ana, fake_photo(1))
    now = timezone.now()
    until = None if lease is None else now + timedelta(seconds=lease)
    EnrolmentPhoto.objects.update(state=state, created_at=now - timedelta(seconds=seconds), lease_until=until)

    assert photo_requeue_stale() == count


@pytest.mark.parametrize(
    ("state", "seconds", "waits"),
    [("queued", 11, True), ("processing", 11, True), ("queued", 5, False), ("accepted", 60, False)],
)
def test_a_page_says_that_a_photo_waits_for_longer_than_it_should(
    ana: Employee, state: str, seconds: int, waits: bool
) -> None:
    photo = add(ana, fake_photo(1))
    photo.state, photo.created_at = state, timezone.now() - timedelta(seconds=seconds)

    assert photo_verdict(photo)["waiting"] is waits


def test_a_verdict_names_what_was_measured_and_whether_hr_may_overrule(enrolled_ana: Employee, ben: Employee) -> None:
    good = photo_verdict(enrolled_ana.photos.all()[0])
    alike = photo_verdict(photo_process(add(ben, fake_photo(1, variation=5)).pk))
    empty = photo_verdict(photo_process(add(ben, fake_nobody()).pk))

    assert [one["overridable"] for one in (good, alike, empty)] == [False, True, False]
    assert [one["has_chip"] for one in (good, alike, empty)] == [True, True, False]
    assert [one["resembles"] is None for one in (good, alike, empty)] == [True, False, True]
    assert (good["from_kiosk"], good["file_name"]) == ("", "")
    assert 0 < good["quality"]["score"] <= 1
    assert (good["quality"], empty["quality"]) != ({}, {})


def test_the_fifth_attempt_still_counts(ana: Employee) -> None:
    photo = add(ana, fake_photo(1))
    EnrolmentPhoto.objects.update(state=State.PROCESSING, lease_until=timezone.now() - timedelta(seconds=1), attempts=4)

    done = photo_process(photo.pk)

    assert (done.state, done.attempts, done.lease_until) == (State.ACCEPTED, 5, None)
    assert done.finished_at is not None


def test_overruling_begins_anew_and_only_where_a_photo_was_rejected_for_that(
    enrolled_ana: Employee, ben: Employee, hr: User
) -> None:
    photo = photo_process(add(ben, fake_photo(1, variation=5)).pk)
    mixed = [*photo.reasons, {"code": "no_face", "value": None, "limit": None}]
    for changes in ({"reasons": mixed}, {"state": State.ACCEPTED, "reasons": []}):
        EnrolmentPhoto.objects.filter(pk=photo.pk).update(**changes)
        with pytest.raises(EmployeeError, check=lambda error: error.code == "not_overridable"):
            photo_override(photo=photo, reason="Please", by=hr)
    EnrolmentPhoto.objects.filter(pk=photo.pk).update(state=State.REJECTED, reasons=photo.reasons, attempts=5)

    again = photo_override(photo=photo, reason=" " + "x" * 301, by=hr)

    assert (again.state, again.attempts, again.override_reason) == (State.QUEUED, 0, "x" * 300)
    assert photo_process(photo.pk).state == State.ACCEPTED


def test_overruling_does_not_put_a_face_where_none_is(enrolled_ana: Employee, hr: User) -> None:
    photo = add(enrolled_ana, fake_nobody())
    EnrolmentPhoto.objects.filter(pk=photo.pk).update(override_reason="It is Ana", override_by=hr)

    assert [entry["code"] for entry in photo_process(photo.pk).reasons] == ["no_face"]


def test_a_held_photo_is_released_once(ana: Employee) -> None:
    photo = add(ana, fake_photo(1))
    assert not photo_release(photo=photo)
    EnrolmentPhoto.objects.update(state=State.HELD)

    assert [photo_release(photo=photo), photo_release(photo=photo)] == [True, False]
    assert EnrolmentPhoto.objects.get().state == State.QUEUED


def test_without_a_model_a_photo_goes_back_to_waiting_and_loses_no_attempt(ana: Employee, no_version: None) -> None:
    photo = add(ana, fake_photo(1))

    with pytest.raises(ModelUnavailable):
        photo_process(photo.pk)

    photo.refresh_from_db()
    assert (photo.state, photo.attempts, photo.lease_until) == (State.QUEUED, 0, None)


@pytest.mark.parametrize("learning", [True, False])
def test_a_new_photo_asks_for_a_training_where_the_company_wants_one(
    ana: Employee, learning: bool, settings: Any
) -> None:
    settings.FINE_TUNE = learning

    photo_process(add(ana, fake_nobody()).pk)
    assert not TrainingRun.objects.exists()
    photo_process(add(ana, fake_photo(1)).pk)

    assert TrainingRun.objects.exists() is learning


@pytest.mark.parametrize("source", ["upload", "webcam", "folder"])
def test_photos_of_hr_need_no_agreement_to_refreshing(ana: Employee, source: str) -> None:
    photo = photo_add(employee=ana, content=fake_photo(1), source=source, queue=False)

    assert photo_process(photo.pk).state == State.ACCEPTED
