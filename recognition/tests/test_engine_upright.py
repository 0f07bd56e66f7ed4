"""Photos that stand on their head or lie on their side: the face is found as it stands, or not at all."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from recognition.engine.images import decode
from recognition.engine.loaded import LoadedEngine
from recognition.engine.types import RGB, Face

# The first two are of one person; the others are of ten different ones (../shared/cases/faces.md).
PHOTOS = tuple(f"raw/img{number}.jpg" for number in (21, 20, 38, 39, 40, 43, 45, 47, 50, 53, 55, 58))
CROWD = ("raw/couple.jpg", "raw/selfie-many-people.jpg", "raw/img41.jpg")
SIDE = 900
ASKEW = ("raw/img1.jpg", "raw/img14.jpg", "raw/img20.jpg")


def read(path: Path) -> RGB:
    image = decode(path.read_bytes())
    factor = min(1.0, SIDE / max(image.shape[:2]))
    return np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def turned(image: RGB, degrees: int) -> RGB:
    """Clockwise."""
    return np.ascontiguousarray(np.rot90(image, -degrees // 90))


def largest(engine: LoadedEngine, image: RGB) -> Face:
    return engine.detect(image)[0]


@pytest.mark.parametrize("name", PHOTOS)
def test_a_photo_has_the_same_vector_whichever_way_up_it_is(
    real_engine: LoadedEngine, faces_dir: Path, name: str
) -> None:
    image = read(faces_dir / name)
    face = largest(real_engine, image)
    assert face.turned == 0
    vector = real_engine.embed(image, face)
    for degrees in (90, 180, 270):
        lying = turned(image, degrees)
        found = largest(real_engine, lying)
        assert found.turned == 360 - degrees
        assert float(real_engine.embed(lying, found) @ vector) > 0.9
        assert abs(real_engine.quality(lying, found, purpose="enrolment").roll) < 15


@pytest.mark.parametrize("name", ASKEW)
def test_a_photo_that_lies_askew_has_the_vector_of_its_face(
    real_engine: LoadedEngine, faces_dir: Path, name: str
) -> None:
    """Half way between two sides the detector's landmarks are those of no face."""
    image = read(faces_dir / name)
    vector = real_engine.embed(image, largest(real_engine, image))
    height, width = image.shape[:2]
    across = round((height**2 + width**2) ** 0.5)
    for degrees in (45, 135, 225, 315):
        matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0), np.float64)
        matrix[:, 2] += ((across - width) / 2, (across - height) / 2)
        askew = np.asarray(cv2.warpAffine(image, matrix, (across, across), borderValue=(128, 128, 128)), np.uint8)
        found = largest(real_engine, askew)
        assert float(real_engine.embed(askew, found) @ vector) > 0.9, degrees
        roll = real_engine.quality(askew, found, purpose="enrolment").roll
        assert 25 < abs(roll) < 60, degrees


def test_a_mirrored_photo_has_the_vector_of_its_face(real_engine: LoadedEngine, faces_dir: Path) -> None:
    image = read(faces_dir / PHOTOS[0])
    mirrored = np.ascontiguousarray(image[:, ::-1])
    one, other = (real_engine.embed(picture, largest(real_engine, picture)) for picture in (image, mirrored))
    assert float(one @ other) > 0.95


@pytest.mark.parametrize("name", CROWD)
def test_in_a_picture_of_several_people_all_stand_the_same_way_up(
    real_engine: LoadedEngine, faces_dir: Path, name: str
) -> None:
    image = turned(read(faces_dir / name), 180)
    assert {face.turned for face in real_engine.detect(image)} == {180}


@pytest.mark.parametrize(
    ("pattern", "step"), [("raw/*.jpg", 3), ("webcam/live/*/*/*/*.jpg", 30), ("aligned112/*/*.jpg", 40)]
)
def test_what_stands_upright_is_left_as_it_is(
    real_engine: LoadedEngine, faces_dir: Path, pattern: str, step: int
) -> None:
    found = [largest(real_engine, read(path)) for path in sorted(faces_dir.glob(pattern))[::step]]
    assert len(found) > 10
    assert {face.turned for face in found} == {0}


def test_a_small_picture_that_lies_on_its_side_is_turned(real_engine: LoadedEngine, faces_dir: Path) -> None:
    """YuNet finds no face in it as it lies."""
    for path in sorted(faces_dir.glob("office_grey/*/*.png"))[::20]:
        assert largest(real_engine, turned(decode(path.read_bytes()), 90)).turned == 270
