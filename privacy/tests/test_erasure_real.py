"""The real network, fine-tuned on real faces and in use: an erasure takes back what it learnt, and a backup is no way
round it."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as program
from django.core.management import call_command
from pytest_django import Settings

from employees import key_store, vault
from employees.models import Consent, EnrolmentPhoto
from employees.services import chip_read, consent_give, employee_create, photo_read
from privacy.tests.test_erasure import erase, everything, traces, verified
from recognition import engine_holder, gallery
from recognition.engines import PUBLISHED
from recognition.models import Decision, FaceTemplate, ModelVersion, TrainingRun, VersionPerson
from recognition.services import identify, photo_add, photo_process
from recognition.services.templates import templates_embed, templates_missing
from recognition.services.versions import version_promote, version_register
from recognition.tests.conftest import faces_dir, models_dir, version_folder  # noqa: F401  fixtures

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PEOPLE, PHOTOS = 6, 5


@pytest.fixture
def serving(
    no_version: None,
    version_folder: Path,  # noqa: F811
    settings: Settings,
    tmp_path: Path,
) -> Iterator[ModelVersion]:
    """The published version serves; everything that is kept lies in one folder of the test's own."""
    data = tmp_path / "var"
    settings.DATA_DIR, settings.MODELS_DIR, settings.KEEP_IMAGES = data, data / "models", True
    settings.ENGINE, settings.FINE_TUNE = PUBLISHED, False
    faces = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": data / "faces"}}
    settings.STORAGES = {**program.STORAGES, "faces": faces}
    shutil.copytree(version_folder, data / "models" / version_folder.name)
    engine_holder.reset()
    gallery.reset()
    yield version_register(data / "models" / version_folder.name)
    engine_holder.reset()
    gallery.reset()


@pytest.fixture
def people(serving: ModelVersion, faces_dir: Path) -> dict[str, list[bytes]]:  # noqa: F811
    """Each person's number with all their pictures; the first five are enrolled."""
    found = {}
    folders = sorted((faces_dir / "aligned112").iterdir())[:PEOPLE]
    for place, folder in enumerate(folders):
        employee = employee_create(number=f"P{place}", first_name=f"P{place}")
        consent_give(employee=employee, method=Consent.Method.PAPER, pictures=True)
        pictures = [path.read_bytes() for path in sorted(folder.glob("*.jpg"))]
        for content in pictures[:PHOTOS]:
            added = photo_add(employee=employee, content=content, source=EnrolmentPhoto.Source.UPLOAD, queue=False)
            photo_process(added.pk)
        found[employee.number] = pictures
    return found


def test_weights_that_learnt_from_somebody_are_taken_back_and_nothing_is_left_in_the_backup(
    people: dict[str, list[bytes]], serving: ModelVersion, tmp_path: Path
) -> None:
    call_command("fine_tune", "--epochs", "1", stdout=StringIO())
    tuned = TrainingRun.objects.get().candidate
    assert tuned is not None
    # So little training makes nothing better, and the gate refuses it; here it has to be in use.
    templates_embed(version=tuned, photo_ids=templates_missing(tuned).values_list("pk", flat=True))
    version_promote(version=tuned)
    learnt = VersionPerson.objects.filter(version=tuned, part=VersionPerson.Part.LEARNT)
    person, other = [one.employee for one in learnt.select_related("employee").order_by("employee__number")][:2]
    seen = identify(images=[people[person.number][0]], asker=Decision.Asker.API).decision
    assert (seen.employee, seen.version) == (person, tuned.name)

    key = person.biometric_key()
    photos = list(person.photos.select_related("employee"))
    pictures = [photo_read(photo) for photo in photos] + [chip_read(photo) for photo in photos]
    templates = list(FaceTemplate.objects.filter(employee=person))
    vectors = [gallery.open_vector(one, key).tobytes() for one in templates]
    assert {one.version_id for one in templates} == {serving.pk, tuned.pk}
    weights = _digests(Path(program.MODELS_DIR) / tuned.name)
    assert weights - _digests(Path(program.MODELS_DIR) / serving.name), "the tuned weights are others"
    # The backup: every file and the database, the keys apart as the documentation asks.
    shutil.copytree(program.DATA_DIR, tmp_path / "backup", ignore=shutil.ignore_patterns("keys"))
    sealed = [(f"template:{one.photo_id}:{one.version_id}", bytes(one.sealed_vector)) for one in templates]
    for photo in photos:
        sealed.append((f"photo:{photo.pk}", (tmp_path / "backup" / "faces" / photo.path).read_bytes()))
        sealed.append((f"chip:{photo.pk}", (tmp_path / "backup" / "faces" / photo.chip_path).read_bytes()))
    sealed.append((f"decision:{seen.pk}", (tmp_path / "backup" / "faces" / seen.image_path).read_bytes()))
    assert vault.decrypt(key, sealed[0][1], context=sealed[0][0]) == vectors[0], "before, the backup opens"

    receipt = erase(person, reason="asked for it")

    assert verified(receipt, tmp_path) == ""
    assert traces([*pictures, *vectors, key]) == []
    left = {hashlib.sha256(content).hexdigest() for where, content in everything() if where.startswith("/")}
    assert not left & (weights - _digests(Path(program.MODELS_DIR) / serving.name))
    assert (receipt["serving_instead"], ModelVersion.objects.get(state="active")) == (serving.name, serving)
    assert not VersionPerson.objects.filter(employee=person).exists()
    for context, content in sealed:
        for name in key_store.names():
            kept = key_store.read(name)
            assert kept is not None
            with pytest.raises(vault.VaultError):
                vault.decrypt(kept, content, context=context)
    # Whoever searches the backup's bytes finds nothing either: it holds what cannot be opened any more.
    backup = b"".join(path.read_bytes() for path in (tmp_path / "backup").rglob("*") if path.is_file())
    assert not [one for one in [*pictures, *vectors, key] if one in backup]
    answer = identify(images=[people[other.number][PHOTOS]], asker=Decision.Asker.API)
    assert answer.version == serving.name
    assert answer.employee in (other, None)
    gone = identify(images=[people[person.number][0]], asker=Decision.Asker.API)
    assert gone.employee is None

    # The weights learn anew from the others alone.
    call_command("fine_tune", "--epochs", "1", stdout=StringIO())
    again = TrainingRun.objects.order_by("-created_at")[0].candidate
    assert again is not None
    assert again.parent == serving
    assert not VersionPerson.objects.filter(version=again, employee=person).exists()


def test_the_weights_of_an_older_backup_that_come_back_are_found(
    people: dict[str, list[bytes]], serving: ModelVersion, tmp_path: Path
) -> None:
    call_command("fine_tune", "--epochs", "1", stdout=StringIO())
    tuned = TrainingRun.objects.get().candidate
    assert tuned is not None
    person = VersionPerson.objects.filter(version=tuned, part=VersionPerson.Part.LEARNT)[0].employee
    shutil.copytree(Path(program.MODELS_DIR) / tuned.name, tmp_path / "restored")
    receipt = erase(person)
    assert verified(receipt, tmp_path) == ""
    shutil.copytree(tmp_path / "restored", Path(program.MODELS_DIR) / tuned.name)
    assert f"the files of {tuned.name}, which learnt from the person, are there" in verified(receipt, tmp_path)


def _digests(folder: Path) -> set[str]:
    return {hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}
