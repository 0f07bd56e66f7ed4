"""Near-copies are told by the face and the moment, pair by pair; what lies behind the face decides nothing."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from django.core.management.base import CommandError
from numpy.typing import NDArray
from PIL import Image

from recognition.engine.images import decode, taken_at
from recognition.engine.loaded import LoadedEngine
from recognition.engine.types import RGB
from recognition.management.embedding import embedded
from recognition.tests.fake_engine import encode
from recognition.tests.test_evaluate_model import evaluate
from recognition.training import copies
from recognition.training.copies import NEAR, NEAR_AT_ONCE, SAME_MOMENT
from recognition.training.dataset import read_dataset

UNKNOWN = float("nan")


def turned(*distances: float) -> NDArray[np.float32]:
    """Unit vectors in a plane, each so far from the first."""
    angles = 2 * np.arcsin(np.array([0, *distances]) / 2)
    return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)


def judged(distance: float, one: float, other: float) -> bool:
    return bool(len(copies.pairs(turned(distance), np.array([one, other]), ["a", "b"])))


def test_two_photos_without_times_are_copies_when_they_are_as_near_as_only_a_copy_is() -> None:
    assert judged(NEAR - 0.01, UNKNOWN, UNKNOWN)
    assert judged(NEAR - 0.01, 5.0, UNKNOWN)
    assert not judged(NEAR + 0.01, UNKNOWN, UNKNOWN)


def test_two_photos_with_times_are_copies_when_they_are_alike_and_of_one_moment() -> None:
    assert judged(NEAR_AT_ONCE - 0.01, 5.0, 5.0 + SAME_MOMENT)
    assert not judged(NEAR_AT_ONCE + 0.01, 5.0, 5.0)
    # However near: on another day it is another photo.
    assert not judged(0.01, 5.0, 5.0 + 86_400)


def test_the_same_bytes_are_copies_whatever_is_known_of_them() -> None:
    nobody = np.zeros((2, 2), np.float32)
    assert copies.pairs(nobody, np.array([UNKNOWN] * 2), ["a", "a"]).tolist() == [[0, 1]]
    assert copies.pairs(nobody, np.array([UNKNOWN] * 2), ["a", "b"]).tolist() == []


def test_a_chain_of_copies_is_one_group_but_only_a_direct_copy_is_left_out() -> None:
    step = NEAR * 0.8
    found = copies.pairs(turned(step, 2 * step, 3 * step), np.full(4, UNKNOWN), list("abcd"))

    assert found.tolist() == [[0, 1], [1, 2], [2, 3]]
    assert copies.groups(4, found).tolist() == [0, 0, 0, 0]
    assert copies.of_any([0], 4, found).tolist() == [True, True, False, False]
    assert copies.apart([0, 1, 2, 3], found) == [0, 2]


def test_pairs_are_found_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = np.random.default_rng(0).standard_normal((9, 40)).astype(np.float32)
    vectors[8] = vectors[1]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    monkeypatch.setattr(copies, "BLOCK", 2)

    assert copies.pairs(vectors, np.full(9, UNKNOWN), list("abcdefghi")).tolist() == [[1, 8]]


def photo_with(**fields: str) -> bytes:
    exif = Image.Exif()
    names = {"taken": 0x9003, "offset": 0x9011}
    exif.get_ifd(0x8769).update({names[name]: value for name, value in fields.items()})
    buffer = io.BytesIO()
    Image.new("RGB", (60, 60), "white").save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def test_when_a_photo_was_taken_is_read_from_the_camera() -> None:
    clock, zoned = (photo_with(taken="2026:03:01 09:30:00", **more) for more in ({}, {"offset": "-04:00"}))

    assert str(taken_at(clock)) == "2026-03-01 09:30:00+00:00"
    assert str(taken_at(zoned)) == "2026-03-01 09:30:00-04:00"


@pytest.mark.parametrize("content", [b"", b"text", photo_with(), photo_with(taken="0000:00:00 00:00:00")])
def test_a_photo_that_does_not_say_when_it_was_taken_is_one_without_a_date(content: bytes) -> None:
    assert taken_at(content) is None


def passed_on(image: RGB) -> dict[str, RGB]:
    """The same photo as people pass it on."""
    _done, poor = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 75])
    return {
        "again": np.asarray(cv2.imdecode(poor, cv2.IMREAD_COLOR), np.uint8),
        "bright": np.clip(image * 1.1, 0, 255).astype(np.uint8),
        "cut": np.ascontiguousarray(image[2:, 2:]),
    }


def webcam(faces_dir: Path) -> Path:
    folder = faces_dir / "webcam" / "live"
    if not folder.is_dir():
        pytest.skip(f"there are no webcam frames in {folder}")
    return folder


def badge_photos(folder: Path, source: Path, *, people: int, bursts: int) -> Path:
    """A folder a person, each with the first frame of each burst of their first session: one wall, one light."""
    for person in sorted(source.iterdir())[:people]:
        (folder / person.name).mkdir(parents=True)
        session = min(person.iterdir())
        for burst in sorted(session.iterdir())[:bursts]:
            frame = min(burst.iterdir())
            shutil.copy(frame, folder / person.name / f"{burst.name}.jpg")
    return folder


def test_photos_before_one_wall_are_no_copies_and_what_was_passed_on_is(
    real_engine: LoadedEngine, faces_dir: Path, tmp_path: Path
) -> None:
    folder = badge_photos(tmp_path / "people", webcam(faces_dir), people=3, bursts=4)
    original = next((folder / "0002").glob("00.jpg"))
    for name, image in passed_on(decode(original.read_bytes())).items():
        (folder / "0002" / f"00-{name}.png").write_bytes(encode(image, "PNG"))

    data, _seen = embedded(real_engine, read_dataset(folder), cache=False)

    names = [photo.path.name for photo in data.photos]
    found = {
        (names[one], names[other]) for one, other in data.copies.tolist() if "00.jpg" in (names[one], names[other])
    }
    assert {("00-again.png", "00.jpg"), ("00-bright.png", "00.jpg"), ("00-cut.png", "00.jpg")} <= found
    walls = [row for row, name in enumerate(names) if "-" not in name]
    assert len(copies.apart(walls, data.copies)) >= len(walls) - 1
    assert data.shared() == []


@pytest.mark.django_db
def test_a_company_with_badge_photos_before_one_wall_can_evaluate_its_gallery(
    version_folder: Path, faces_dir: Path, tmp_path: Path, settings: Any
) -> None:
    settings.DATA_DIR = tmp_path
    folder = badge_photos(tmp_path / "people", webcam(faces_dir), people=7, bursts=9)

    fixed = ("--protocol", "open", "--repeats", "2", "--model", version_folder, "--report", tmp_path / "report")
    report = evaluate(folder, *fixed, "--enroll", "5")

    assert (report["people"], report["enrolled_people"]) == (7, 4)
    assert report["copies"] <= 2
    assert report["rank1"] == 1.0
    with pytest.raises(CommandError, match="three photos left"):
        evaluate(folder, *fixed, "--enroll", "7")
