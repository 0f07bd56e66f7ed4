"""A picture's faces are named by the version that serves, by another one, or by a network that was just trained."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from PIL import Image

from employees.models import Employee
from recognition import gallery
from recognition.models import Decision, FaceTemplate, ModelVersion
from recognition.tests.faces_kit import picture, write_people
from recognition.tests.fake_engine import FakeEngine, encode, fake_nobody, fake_pair, fake_photo
from recognition.training import cnn, runs
from recognition.training.dataset import read_dataset

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_dir(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path / "data"
    return tmp_path / "data"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    path.write_bytes(fake_photo(1))
    return path


def identify(*arguments: str | Path) -> dict[str, Any]:
    out = StringIO()
    call_command("identify_person", *map(str, arguments), "--json", stdout=out)
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


def test_a_known_person_is_named_and_the_picture_written(photo: Path, enrolled_ana: Employee, data_dir: Path) -> None:
    report = identify(photo)

    (face,) = report["faces"]
    assert (face["name"], face["person"]) == (enrolled_ana.name, enrolled_ana.number)
    assert face["confidence"] > 0.85
    assert Path(report["picture"]) == data_dir / "identified" / "photo.jpg"
    assert Image.open(report["picture"]).size == Image.open(photo).size
    assert Decision.objects.get().employee == enrolled_ana


def test_each_face_gets_its_own_name_and_strangers_are_unknown(
    photo: Path, enrolled_ana: Employee, tmp_path: Path
) -> None:
    photo.write_bytes(fake_pair(1, 9))
    out = StringIO()

    call_command("identify_person", str(photo), "--output", str(tmp_path / "out.jpg"), stdout=out)

    lines = out.getvalue().splitlines()
    assert sorted(line.split(",")[0] for line in lines[:2]) == sorted([enrolled_ana.name, "unknown"])
    assert (tmp_path / "out.jpg").is_file()


def test_the_threshold_decides_what_is_unknown(photo: Path, enrolled_ana: Employee) -> None:
    photo.write_bytes(fake_photo(9))
    assert identify(photo)["faces"][0]["name"] is None
    assert identify(photo, "--threshold", "0")["faces"][0]["name"] == enrolled_ana.name


def test_another_version_answers_by_its_own_templates(photo: Path, enrolled_ana: Employee) -> None:
    version = ModelVersion.objects.create(name="fake-2")
    with pytest.raises(CommandError, match="Nobody is enrolled under fake-2"):
        identify(photo, "--model", "fake-2")
    other = FakeEngine("fake-2")
    image = picture(1, 0)
    enrolled = enrolled_ana.templates.all()[0]
    sealed = gallery.seal_vector(
        other.embed(image, other.detect(image)[0]),
        enrolled_ana.biometric_key(),
        photo_id=enrolled.photo_id,
        version_id=version.pk,
    )
    FaceTemplate.objects.create(employee=enrolled_ana, photo=enrolled.photo, version=version, sealed_vector=sealed)

    report = identify(photo, "--model", "fake-2")

    assert report["faces"][0]["name"] == enrolled_ana.name
    assert Decision.objects.get().version == "fake-2"
    assert identify(photo)["model"] == "fake-1"


def test_a_trained_network_names_whom_it_was_trained_on(tmp_path: Path) -> None:
    data = read_dataset(write_people(tmp_path / "people", photos=8))
    run = cnn.prepare(data, cnn.Options.of("thesis", epochs=1, size=24))
    runs.begin(tmp_path / "run", run)
    cnn.train(tmp_path / "run", run, data, say=lambda _row: None)
    (tmp_path / "face.png").write_bytes(encode(picture(1, 50), "PNG"))

    sure, doubtful = (
        identify(tmp_path / "face.png", "--model", tmp_path / "run", "--threshold", limit) for limit in ("0.1", "1")
    )

    assert sure["faces"][0]["name"] in {"person0", "person1", "person2"}
    assert doubtful["faces"][0]["name"] is None
    assert doubtful["faces"][0]["confidence"] == sure["faces"][0]["confidence"]


def test_a_picture_without_a_face_is_an_answer_and_a_damaged_one_is_not(
    photo: Path, enrolled_ana: Employee, tmp_path: Path
) -> None:
    photo.write_bytes(fake_nobody())
    assert identify(photo)["faces"] == []
    photo.write_bytes(b"text")
    with pytest.raises(CommandError, match="not a picture"):
        identify(photo)
    with pytest.raises(CommandError, match=r"gone\.png"):
        identify(tmp_path / "gone.png")
    with pytest.raises(CommandError, match="give another --output"):
        identify(photo, "--output", photo)
