"""Faces are cut out once, and whatever is left out is listed with its reason."""

from __future__ import annotations

import json
import shutil
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from PIL import Image

from recognition.engine.images import decode
from recognition.engine.types import Box
from recognition.tests.fake_engine import fake_nobody, fake_photo, flat
from recognition.training.preprocess import crop, haar, preprocess


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for name, content in {
        "ana/one.png": fake_photo(1),
        "ana/one.jpg": fake_photo(1, variation=1, kind="JPEG"),
        "ben/nobody.png": fake_nobody(),
        "ben/two.png": fake_photo(2),
        "ben/notes.txt": b"no photo",
        "loose.png": fake_photo(3),
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def run(*arguments: str | Path) -> dict[str, Any]:
    out = StringIO()
    call_command("preprocess_faces", *map(str, arguments), "--json", stdout=out)
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


@pytest.mark.django_db
def test_faces_are_written_and_what_has_none_is_listed(photos: Path, tmp_path: Path) -> None:
    report = run(photos, tmp_path / "faces", "--size", "64")

    assert (report["photos"], report["written"], report["kept"]) == (5, 3, 0)
    assert [(entry["file"], entry["code"]) for entry in report["skipped"]] == [
        ("ben/nobody.png", "no_face"),
        ("ben/notes.txt", "not_an_image"),
    ]
    assert report["loose"] == ["loose.png"]
    faces = sorted(path.relative_to(tmp_path / "faces").as_posix() for path in (tmp_path / "faces").rglob("*.jpg"))
    assert faces == ["ana/one.jpg.jpg", "ana/one.png.jpg", "ben/two.jpg"]
    assert {Image.open(tmp_path / "faces" / name).size for name in faces} == {(64, 64)}
    assert json.loads((tmp_path / "faces" / "report.json").read_text())["photos"]["ben/nobody.png"]["reason"]


@pytest.mark.django_db
def test_running_again_does_only_what_is_missing_or_has_changed(photos: Path, tmp_path: Path) -> None:
    run(photos, tmp_path / "faces")
    (photos / "ben" / "three.png").write_bytes(fake_photo(2, variation=3))
    (photos / "ben" / "nobody.png").write_bytes(fake_photo(2, variation=4))
    (tmp_path / "faces" / "ben" / "two.jpg").unlink()

    report = run(photos, tmp_path / "faces")

    assert (report["photos"], report["written"], report["kept"]) == (6, 3, 3)
    assert run(photos, tmp_path / "faces")["written"] == 0
    assert run(photos, tmp_path / "faces", "--size", "32")["written"] == 5


@pytest.mark.django_db
def test_an_interruption_keeps_what_is_done(photos: Path, tmp_path: Path) -> None:
    seen = 0

    def find(_image: object) -> list[Box]:
        nonlocal seen
        seen += 1
        if seen > 1:
            raise KeyboardInterrupt
        return [Box(10, 10, 50, 50)]

    with pytest.raises(KeyboardInterrupt):
        preprocess(photos, tmp_path / "faces", find, detector="yunet", size=224)

    assert run(photos, tmp_path / "faces")["kept"] == 1


@pytest.mark.django_db
def test_grey_photos_are_faces_too(tmp_path: Path) -> None:
    (tmp_path / "photos" / "ana").mkdir(parents=True)
    buffer = BytesIO()
    Image.fromarray(flat(3)).convert("L").save(buffer, "PNG")
    (tmp_path / "photos" / "ana" / "grey.png").write_bytes(buffer.getvalue())

    assert run(tmp_path / "photos", tmp_path / "faces")["written"] == 1


@pytest.mark.django_db
def test_a_source_that_makes_no_sense_is_refused(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="not a folder"):
        run(tmp_path / "gone", tmp_path / "faces")
    with pytest.raises(CommandError, match="lies inside"):
        run(photos, photos / "faces")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CommandError, match="one folder a person"):
        run(tmp_path / "empty", tmp_path / "faces")
    with pytest.raises(CommandError, match="not between 16 and 1024"):
        run(photos, tmp_path / "faces", "--size", "5")


def test_a_face_at_the_edge_is_filled_up_with_the_edge() -> None:
    image = np.full((40, 60, 3), 90, np.uint8)

    face = crop(image, Box(45, 25, 20, 20), size=32, margin=1.5)

    assert face.shape == (32, 32, 3)
    assert (face == 90).all()


def test_both_detectors_cut_real_faces(faces_dir: Path, real_engine: Any, tmp_path: Path) -> None:
    (tmp_path / "photos" / "someone").mkdir(parents=True)
    for photo in sorted((faces_dir / "raw").rglob("*.jpg"))[:6]:
        shutil.copy(photo, tmp_path / "photos" / "someone" / photo.name)

    def yunet(image: Any) -> list[Box]:
        return [face.box for face in real_engine.detect(image)]

    found = preprocess(tmp_path / "photos", tmp_path / "yunet", yunet, detector="yunet", size=224)
    thesis = preprocess(tmp_path / "photos", tmp_path / "haar", haar(), detector="haar", size=224)

    assert found["written"] == 6
    assert 0 < thesis["written"] <= 6
    for face in (tmp_path / "yunet").rglob("*.jpg"):
        assert real_engine.detect(decode(face.read_bytes())), face
