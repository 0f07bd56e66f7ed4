"""The real network, fine-tuned on real faces, and what happens when the photos under the names are wrong."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from pytest_django import Settings

from employees.models import Employee, EnrolmentPhoto, User
from employees.services import consent_give, employee_create
from recognition import engine_holder, gallery
from recognition.engine import store
from recognition.engines import PUBLISHED
from recognition.models import Decision, FaceTemplate, ModelVersion, TrainingRun
from recognition.services import identify, photo_add, photo_override, photo_process
from recognition.services.versions import version_register
from recognition.tests.fake_engine import encode
from recognition.training.plan import as_data, gather, make_plan
from recognition.wording_training import finding_texts

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PEOPLE, PHOTOS = 6, 5


@pytest.fixture
def serving(no_version: None, version_folder: Path, settings: Settings, tmp_path: Path) -> Iterator[ModelVersion]:
    """The published version serves, from a folder of models of its own."""
    settings.ENGINE, settings.MODELS_DIR, settings.FINE_TUNE = PUBLISHED, tmp_path, False
    (tmp_path / version_folder.name).symlink_to(version_folder.resolve())
    engine_holder.reset()
    gallery.reset()
    yield version_register(tmp_path / version_folder.name)
    engine_holder.reset()
    gallery.reset()


def hire(name: str) -> Employee:
    employee = employee_create(number=name, first_name=name)
    consent_give(employee=employee, method="paper")
    return employee


def enrol(employee: Employee, content: bytes, by: User | None = None) -> EnrolmentPhoto:
    """Give a photo; with ``by``, have it overruled when the checks reject it."""
    added = photo_add(employee=employee, content=content, source=EnrolmentPhoto.Source.UPLOAD, queue=False)
    photo = photo_process(added.pk)
    if photo.state == EnrolmentPhoto.State.REJECTED and by:
        photo_override(photo=photo, reason="It is them.", by=by)
        photo = photo_process(photo.pk)
    return photo


def files(faces_dir: Path, person: int) -> list[bytes]:
    folder = sorted((faces_dir / "aligned112").iterdir())[person]
    return [path.read_bytes() for path in sorted(folder.glob("*.jpg"))]


@pytest.fixture
def company(serving: ModelVersion, faces_dir: Path) -> list[Employee]:
    found = []
    for person in range(PEOPLE):
        employee = hire(f"P{person}")
        for content in files(faces_dir, person)[:PHOTOS]:
            enrol(employee, content)
        found.append(employee)
    return found


def test_fine_tuning_that_is_no_better_is_refused_and_the_untouched_network_serves_on(
    company: list[Employee], serving: ModelVersion, faces_dir: Path
) -> None:
    said = StringIO()
    call_command("fine_tune", "--epochs", "2", stdout=said)

    run = TrainingRun.objects.get()
    assert run.state == TrainingRun.State.REFUSED
    assert [reason["code"] for reason in run.report["reasons"]] == ["not_better"], run.report
    assert "Nothing is better than before" in said.getvalue()
    assert [row["epoch"] for row in run.history] == [1, 2]
    assert run.candidate is not None
    manifest = store.verify(engine_holder.version_folder(run.candidate.name))
    assert manifest.origin.parent == serving.name
    assert len(manifest.origin.people["learnt"]) + len(manifest.origin.people["held_out"]) == PEOPLE
    assert manifest.origin.metrics["passed"] is False
    candidate = engine_holder.load(run.candidate.name)
    assert candidate.version == run.candidate.name
    answer = identify(images=[files(faces_dir, 0)[PHOTOS]], asker=Decision.Asker.API)
    assert (answer.employee, answer.version) == (company[0], serving.name)


def test_photos_of_two_people_swapped_are_reported_by_name_and_not_learnt(
    company: list[Employee], serving: ModelVersion, faces_dir: Path, hr: User
) -> None:
    swapped = [
        enrol(company[0], files(faces_dir, 1)[PHOTOS], by=hr),
        enrol(company[1], files(faces_dir, 0)[PHOTOS], by=hr),
    ]
    assert [photo.state for photo in swapped] == ["accepted", "accepted"]

    plan, findings = make_plan(material := gather(serving), serving)

    named = {str(material.photos[one.photo].pk) for one in findings if one.photo is not None}
    assert {str(photo.pk) for photo in swapped} <= named
    assert not {str(photo.pk) for photo in swapped} & {*plan["learn"], *plan["enrol"], *plan["probe"]}
    told = " ".join(finding_texts(as_data(findings, material)))
    assert "P0 (P0) looks like P1 (P1)" in told
    assert "P1 (P1) looks like P0 (P0)" in told


def test_one_person_under_two_names_is_reported_by_both_names_and_neither_is_learnt(
    company: list[Employee], serving: ModelVersion, faces_dir: Path, hr: User
) -> None:
    double = hire("Double")
    for content in files(faces_dir, 2)[PHOTOS : 2 * PHOTOS]:
        enrol(double, content, by=hr)
    assert FaceTemplate.objects.filter(employee=double).count() >= 3

    plan, findings = make_plan(gather(serving), serving)

    assert {(one.person, one.other) for one in findings if one.code == "same_person"} == {(company[2].pk, double.pk)}
    assert not {str(company[2].pk), str(double.pk)} & set(plan["groups"])


def test_ten_photos_of_noise_are_refused_at_the_door(serving: ModelVersion) -> None:
    noisy = hire("Noise")
    rng = np.random.default_rng(7)

    photos = [enrol(noisy, encode(rng.integers(0, 256, (320, 320, 3), np.uint8), "PNG")) for _ in range(10)]

    assert [[reason["code"] for reason in photo.reasons] for photo in photos] == [["no_face"]] * 10
    assert not FaceTemplate.objects.filter(employee=noisy).exists()
