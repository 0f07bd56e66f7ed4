"""The upside-down photo of ../shared/cases/faces.md, from enrolment to identification, with the real engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from pytest_django import Settings
from rest_framework.test import APIClient

from employees.models import Employee, EnrolmentPhoto
from recognition import engine_holder, gallery
from recognition.engine.images import decode
from recognition.engines import PUBLISHED
from recognition.models import FaceTemplate, ModelVersion
from recognition.services import photo_add, photo_process, photo_verdict
from recognition.services.versions import version_register
from recognition.tests.fake_engine import encode

pytestmark = pytest.mark.django_db

STRANGERS = (38, 39, 40, 43, 45, 47, 50, 53, 55, 58)


@pytest.fixture(autouse=True)
def serving(no_version: None, version_folder: Path, settings: Settings, tmp_path: Path) -> Iterator[ModelVersion]:
    settings.ENGINE, settings.MODELS_DIR = PUBLISHED, tmp_path
    (tmp_path / version_folder.name).symlink_to(version_folder.resolve())
    engine_holder.reset()
    yield version_register(tmp_path / version_folder.name)
    engine_holder.reset()


def photo(faces: Path, number: int, degrees: int = 0, *, mirrored: bool = False) -> bytes:
    image = decode((faces / "raw" / f"img{number}.jpg").read_bytes())
    factor = min(1.0, 900 / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    if mirrored:
        small = small[:, ::-1]
    return encode(np.ascontiguousarray(np.rot90(small, -degrees // 90)), "JPEG")


def enrol(employee: Employee, content: bytes) -> EnrolmentPhoto:
    added = photo_add(employee=employee, content=content, source=EnrolmentPhoto.Source.UPLOAD, queue=False)
    return photo_process(added.pk)


def test_an_upside_down_photo_is_turned_and_names_nobody_else(
    ana: Employee, faces_dir: Path, api_client_factory: Callable[..., APIClient]
) -> None:
    first = enrol(ana, photo(faces_dir, 21, 180))
    assert first.state == EnrolmentPhoto.State.ACCEPTED
    assert photo_verdict(first)["turned"] == "The picture was turned by 180°."
    for content in (photo(faces_dir, 20), photo(faces_dir, 20, mirrored=True)):
        assert enrol(ana, content).state == EnrolmentPhoto.State.ACCEPTED
    assert photo_verdict(enrol(ana, photo(faces_dir, 20, 270)))["turned"]

    client = api_client_factory("identify")

    def ask(content: bytes) -> tuple[str, int]:
        """The outcome, and by how much the picture was turned for it."""
        said = client.post("/api/v1/identify", {"file": SimpleUploadedFile("one.jpg", content)}).json()
        return said["outcome"], said["turned"]

    assert {ask(photo(faces_dir, number, 180)) for number in STRANGERS} == {("unknown", 180)}
    assert {ask(photo(faces_dir, 21, degrees)) for degrees in (0, 90, 180, 270)} == {
        ("identified", turned) for turned in (0, 90, 180, 270)
    }


def test_a_template_of_an_upside_down_face_is_found_and_taken_out(
    ana: Employee, faces_dir: Path, serving: ModelVersion
) -> None:
    """Such a one is stored as an earlier release made it: from the landmarks that lay eyes into the mouth."""
    good, bad = enrol(ana, photo(faces_dir, 20)), enrol(ana, photo(faces_dir, 21, 180))
    engine = engine_holder.engine()
    picture = decode(photo(faces_dir, 21, 180))
    face = engine.detect(picture)[0]
    points = face.landmarks
    upside_down = points.mean(axis=0) * 2 - points
    vector = engine.embed(picture, type(face)(face.box, upside_down.astype(np.float32), face.score))
    sealed = gallery.seal_vector(vector, ana.biometric_key(), photo_id=bad.pk, version_id=serving.pk)
    FaceTemplate.objects.filter(photo=bad).update(sealed_vector=sealed)

    said = StringIO()
    call_command("check_templates", stdout=said)
    assert "1 to look at" in said.getvalue()
    assert FaceTemplate.objects.count() == 2

    call_command("check_templates", "--quarantine", stdout=said)
    assert list(FaceTemplate.objects.values_list("photo", flat=True)) == [good.pk]
    assert photo_process(bad.pk).state == EnrolmentPhoto.State.ACCEPTED
    said = StringIO()
    call_command("check_templates", stdout=said)
    assert "Every template" in said.getvalue()
