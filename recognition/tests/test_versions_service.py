"""A version is released like software: promoted whole, rolled back at once, never compared with another one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from employees import services as people
from employees.models import Employee, EnrolmentPhoto, User
from employees.services import consent_give, consent_withdraw
from recognition import gallery
from recognition.engine.images import decode
from recognition.engine.types import Face, Vector
from recognition.models import Decision, FaceTemplate, ModelVersion, TrainingRun, VersionPerson, VersionSwitch
from recognition.services import identify, photo_add, photo_process
from recognition.services.templates import (
    chunks,
    templates_embed,
    templates_fill,
    templates_give_up,
    templates_missing,
    templates_quarantine,
)
from recognition.services.versions import (
    VersionError,
    rollback_target,
    version_delete,
    version_promote,
    version_register,
    version_rollback,
)
from recognition.tests.fake_engine import FakeEngine, fake_nobody, fake_photo

pytestmark = pytest.mark.django_db
State = ModelVersion.State


def look(content: bytes) -> tuple[Employee | None, str]:
    answer = identify(images=[content], asker=Decision.Asker.API)
    return answer.employee, answer.version


def add(employee: Employee, content: bytes) -> EnrolmentPhoto:
    return photo_add(employee=employee, content=content, source=EnrolmentPhoto.Source.UPLOAD, queue=False)


def embed_all(version: ModelVersion) -> None:
    templates_embed(version=version, photo_ids=templates_missing(version).values_list("pk", flat=True))


@pytest.fixture
def second(enrolled_ana: Employee) -> ModelVersion:
    """A candidate beside the version that serves."""
    return ModelVersion.objects.create(name="fake-2", parent=ModelVersion.objects.get(name="fake-1"))


def test_a_promoted_version_serves_from_the_next_look(enrolled_ana: Employee, second: ModelVersion, hr: User) -> None:
    assert look(fake_photo(1, variation=4)) == (enrolled_ana, "fake-1")
    embed_all(second)
    assert look(fake_photo(1, variation=4)) == (enrolled_ana, "fake-1")

    switch = version_promote(version=second, by=hr)

    assert look(fake_photo(1, variation=4)) == (enrolled_ana, "fake-2")
    assert (switch.kind, switch.by) == (VersionSwitch.Kind.PROMOTION, hr)
    assert ModelVersion.objects.get(name="fake-1").state == State.RETIRED


def test_no_version_serves_before_everybody_is_embedded_under_it(
    enrolled_ana: Employee, second: ModelVersion, ben: Employee
) -> None:
    embed_all(second)
    photo_process(add(ben, fake_photo(9)).pk)

    with pytest.raises(VersionError) as refused:
        version_promote(version=second)

    assert refused.value.code == "templates_missing"
    assert look(fake_photo(9)) == (ben, "fake-1")
    embed_all(second)
    version_promote(version=second)
    assert look(fake_photo(9)) == (ben, "fake-2")


def test_vectors_of_two_versions_are_never_compared(enrolled_ana: Employee, second: ModelVersion) -> None:
    embed_all(second)
    held = gallery.current()
    version_promote(version=second)

    followed = gallery.current()

    assert (held.engine.version, followed.engine.version) == ("fake-1", "fake-2")
    for view in (held, followed):
        picture = decode(fake_photo(1))
        probe = view.engine.embed(picture, view.engine.detect(picture)[0])
        assert view.gallery.match(probe).distance < 0.3
    assert held.gallery.match(probe).distance > 1.0


class SwitchingEngine(FakeEngine):
    """Another version becomes active while this engine embeds."""

    def __init__(self, version: ModelVersion) -> None:
        super().__init__()
        self._next = version

    def embed(self, image: object, face: Face) -> Vector:
        if self._next.state != State.ACTIVE:
            version_promote(version=self._next)
        return super().embed(image, face)  # type: ignore[arg-type]


def test_a_photo_embedded_while_the_version_changes_is_looked_at_again(
    enrolled_ana: Employee, ben: Employee, second: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    embed_all(second)
    photo = add(ben, fake_photo(9))
    view = gallery.current()
    with monkeypatch.context() as patched:
        patched.setattr(
            gallery,
            "current",
            lambda: replace(view, engine=SwitchingEngine(second)),
        )
        assert photo_process(photo.pk).state == EnrolmentPhoto.State.QUEUED
    assert not FaceTemplate.objects.filter(photo=photo).exists()

    assert photo_process(photo.pk).state == EnrolmentPhoto.State.ACCEPTED
    assert FaceTemplate.objects.get(photo=photo).version == second
    assert look(fake_photo(9)) == (ben, "fake-2")


def test_a_rollback_is_at_once_and_what_came_since_is_embedded_after_it(
    enrolled_ana: Employee, ben: Employee, second: ModelVersion, hr: User, django_capture_on_commit_callbacks: object
) -> None:
    embed_all(second)
    version_promote(version=second)
    photo_process(add(ben, fake_photo(9)).pk)
    assert look(fake_photo(9)) == (ben, "fake-2")

    switch = version_rollback(by=hr)

    assert (switch.kind, switch.version.name, switch.by) == (VersionSwitch.Kind.ROLLBACK, "fake-1", hr)
    assert look(fake_photo(1)) == (enrolled_ana, "fake-1")
    assert look(fake_photo(9)) == (None, "fake-1")
    assert templates_fill() == 1
    embed_all(switch.version)
    assert look(fake_photo(9)) == (ben, "fake-1")


def test_the_first_version_has_nothing_to_go_back_to(enrolled_ana: Employee, second: ModelVersion) -> None:
    assert rollback_target() is None
    with pytest.raises(VersionError) as refused:
        version_rollback()
    assert refused.value.code == "no_earlier_version"

    embed_all(second)
    version_promote(version=second)
    version_rollback()
    with pytest.raises(VersionError):
        version_rollback()
    assert look(fake_photo(1)) == (enrolled_ana, "fake-1")


def test_embedding_twice_makes_one_template_a_photo(enrolled_ana: Employee, second: ModelVersion) -> None:
    ids = [photo.pk for photo in EnrolmentPhoto.objects.all()]

    for _time in range(2):
        assert templates_embed(version=second, photo_ids=ids) == []

    assert FaceTemplate.objects.filter(version=second).count() == len(ids) == 3


def test_nobody_who_withdrew_is_embedded_again(enrolled_ana: Employee, second: ModelVersion) -> None:
    consent_withdraw(employee=enrolled_ana, by=None)

    embed_all(second)

    assert not FaceTemplate.objects.filter(version=second).exists()
    version_promote(version=second)
    consent_give(employee=enrolled_ana, method="paper")
    assert templates_fill() == 3


def test_a_photo_that_the_active_version_cannot_read_is_shown_to_hr_and_not_tried_for_ever(
    enrolled_ana: Employee, second: ModelVersion
) -> None:
    from django.core.files.storage import storages

    lost = EnrolmentPhoto.objects.first()
    assert lost is not None
    storages["faces"].delete(lost.path)

    unreadable = templates_embed(version=second, photo_ids=[lost.pk])
    templates_give_up(unreadable)

    lost.refresh_from_db()
    assert (lost.state, [reason["code"] for reason in lost.reasons]) == (EnrolmentPhoto.State.REJECTED, ["file_lost"])
    assert not templates_missing(second).filter(pk=lost.pk).exists()


def test_a_version_in_use_or_needed_is_never_deleted(enrolled_ana: Employee, second: ModelVersion) -> None:
    first = ModelVersion.objects.get(name="fake-1")
    spare = ModelVersion.objects.create(name="fake-3", parent=first, state=State.REFUSED)
    embed_all(second)
    embed_all(spare)
    version_promote(version=second)

    for kept in (first, second):
        with pytest.raises(VersionError) as refused:
            version_delete(version=kept)
        assert refused.value.code == "version_in_use"
    version_delete(version=spare)

    assert set(ModelVersion.objects.values_list("name", flat=True)) == {"fake-1", "fake-2"}
    assert FaceTemplate.objects.count() == 6


def test_registering_a_version_records_whom_it_saw(enrolled_ana: Employee, ben: Employee, tmp_path: Path) -> None:
    folder = tmp_path / "fake-2"
    folder.mkdir()
    people = {"learnt": [str(enrolled_ana.public_id)], "held_out": [str(ben.public_id)]}
    (folder / "manifest.json").write_text(json.dumps({"parent": "fake-1", "people": people}))

    version = version_register(folder)

    assert version.parent == ModelVersion.objects.get(name="fake-1")
    assert dict(VersionPerson.objects.filter(version=version).values_list("employee", "part")) == {
        enrolled_ana.pk: VersionPerson.Part.LEARNT,
        ben.pk: VersionPerson.Part.HELD_OUT,
    }


@pytest.mark.parametrize("why", ["served", "parent", "worked on"])
def test_each_reason_to_keep_a_version_is_enough(enrolled_ana: Employee, second: ModelVersion, why: str) -> None:
    if why == "served":
        VersionSwitch.objects.create(kind=VersionSwitch.Kind.PROMOTION, version=second, before=None)
        VersionSwitch.objects.create(
            kind=VersionSwitch.Kind.PROMOTION, version=ModelVersion.objects.get(state=State.ACTIVE), before=None
        )
    elif why == "parent":
        ModelVersion.objects.create(name="fake-3", parent=second)
    else:
        TrainingRun.objects.create(state="testing", busy=True, candidate=second)

    with pytest.raises(VersionError, check=lambda error: error.code == "version_in_use"):
        version_delete(version=second)


def test_a_run_that_has_ended_keeps_no_version(second: ModelVersion) -> None:
    TrainingRun.objects.create(state="refused", candidate=second)

    version_delete(version=second)

    assert not ModelVersion.objects.filter(name="fake-2").exists()


def test_the_version_that_serves_is_not_promoted_again(enrolled_ana: Employee) -> None:
    with pytest.raises(VersionError, check=lambda error: error.code == "already_active"):
        version_promote(version=ModelVersion.objects.get(state=State.ACTIVE))


def test_photos_that_a_version_cannot_read_hold_no_promotion_up(second: ModelVersion) -> None:
    ids = [str(photo.pk) for photo in EnrolmentPhoto.objects.all()]
    with pytest.raises(VersionError, check=lambda error: error.code == "templates_missing"):
        version_promote(version=second, without=tuple(ids[:2]))

    assert version_promote(version=second, without=tuple(ids)).version == second


def test_a_photo_in_which_a_version_finds_no_face_is_handed_back(enrolled_ana: Employee, second: ModelVersion) -> None:
    photo = EnrolmentPhoto.objects.all()[0]
    people.photo_delete(photo=photo)
    empty = add(enrolled_ana, fake_nobody())
    EnrolmentPhoto.objects.filter(pk=empty.pk).update(state=EnrolmentPhoto.State.ACCEPTED)

    unreadable = templates_embed(version=second, photo_ids=templates_missing(second).values_list("pk", flat=True))
    templates_give_up(unreadable)

    assert unreadable == [empty]
    empty.refresh_from_db()
    assert (empty.state, [reason["code"] for reason in empty.reasons]) == ("rejected", ["no_face"])
    assert FaceTemplate.objects.filter(version=second).count() == 2


def test_photos_are_handed_to_workers_a_few_at_a_time() -> None:
    ids = [uuid4() for _number in range(51)]

    found = chunks(ids)

    assert [len(one) for one in found] == [25, 25, 1]
    assert [one for chunk in found for one in chunk] == [str(one) for one in ids]


def test_templates_taken_out_have_their_photos_looked_at_anew(enrolled_ana: Employee) -> None:
    template = FaceTemplate.objects.all()[0]

    assert templates_quarantine([template, template]) == 1

    photo = EnrolmentPhoto.objects.get(pk=template.photo_id)
    assert (photo.state, photo.attempts) == (EnrolmentPhoto.State.QUEUED, 0)
    assert FaceTemplate.objects.count() == 2
    assert photo_process(photo.pk).state == EnrolmentPhoto.State.ACCEPTED
    assert FaceTemplate.objects.count() == 3
