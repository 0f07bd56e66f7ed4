"""The engine on real faces: what it finds, how it judges it, and that many threads may use it at once."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from recognition.engine import calibrate
from recognition.engine.gallery import distance
from recognition.engine.images import decode
from recognition.engine.loaded import LoadedEngine
from recognition.engine.types import RGB, Face, Quality
from recognition.evaluation.soak import soak

PORTRAITS = ("img1.jpg", "img20.jpg", "img22.jpg", "img35.jpg", "img48.jpg", "img55.jpg")


@pytest.fixture(scope="module")
def photos(faces_dir: Path) -> dict[str, RGB]:
    """Six whole photos of one person each, their long side at 800."""
    found = {}
    for name in PORTRAITS:
        image = decode((faces_dir / "raw" / name).read_bytes())
        found[name] = scaled(image, min(1.0, 800 / max(image.shape[:2])))
    return found


def scaled(image: RGB, factor: float) -> RGB:
    return np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def only(engine: LoadedEngine, image: RGB) -> Face:
    faces = engine.detect(image)
    assert faces
    return faces[0]


def judged(engine: LoadedEngine, image: RGB) -> Quality:
    return engine.quality(image, only(engine, image), purpose="enrolment")


def codes(quality: Quality) -> set[str]:
    return {reason.code for reason in quality.reasons}


def on_ground(image: RGB, face: Face, width: int, size: tuple[int, int] = (480, 640)) -> RGB:
    """The head of a photo, its face ``width`` pixels wide, in the middle of a grey picture."""
    box = face.box
    top, left = max(0, box.y - box.h // 2), max(0, box.x - box.w // 2)
    head = scaled(image[top : box.y + box.h * 3 // 2, left : box.x + box.w * 3 // 2], width / box.w)
    ground = np.full((*size, 3), 128, np.uint8)
    y, x = (size[0] - head.shape[0]) // 2, (size[1] - head.shape[1]) // 2
    ground[y : y + head.shape[0], x : x + head.shape[1]] = head
    return ground


def test_a_face_is_found_where_it_is_with_its_eyes_left_to_right(
    real_engine: LoadedEngine, photos: dict[str, RGB]
) -> None:
    for image in photos.values():
        face = only(real_engine, image)
        box, points = face.box, face.landmarks
        assert points.shape == (5, 2)
        assert points[0, 0] < points[2, 0] < points[1, 0]
        assert points[:2, 1].max() < points[3:, 1].min()
        assert (points >= (box.x, box.y)).all()
        assert (points <= (box.x + box.w, box.y + box.h)).all()


def test_boxes_belong_to_the_picture_whatever_its_size(real_engine: LoadedEngine, photos: dict[str, RGB]) -> None:
    image = photos["img20.jpg"]
    small, large = only(real_engine, image), only(real_engine, np.asarray(cv2.resize(image, None, fx=3, fy=3)))
    np.testing.assert_allclose(large.landmarks / 3, small.landmarks, atol=0.05 * small.box.w)


def test_a_face_that_fills_the_picture_is_found(real_engine: LoadedEngine, photos: dict[str, RGB]) -> None:
    for image in photos.values():
        box = only(real_engine, image).box
        tight = image[max(0, box.y) : box.y + box.h, max(0, box.x) : box.x + box.w]
        assert len(real_engine.detect(np.ascontiguousarray(tight))) == 1


def test_a_small_face_is_found_and_a_tiny_one_gets_an_honest_answer(
    real_engine: LoadedEngine, photos: dict[str, RGB]
) -> None:
    for image in photos.values():
        face = only(real_engine, image)
        frame = on_ground(image, face, 40)
        found = only(real_engine, frame)
        assert real_engine.quality(frame, found, purpose="probe").worst() is None
        tiny = on_ground(image, face, 20)
        for one in real_engine.detect(tiny):
            worst = real_engine.quality(tiny, one, purpose="probe").worst()
            assert worst is not None
            assert worst.code == "too_small"


def test_nobody_is_found_where_nobody_is(real_engine: LoadedEngine) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (480, 640, 3)).astype(np.uint8)
    for image in (noise, np.zeros_like(noise), np.full_like(noise, 255), noise[:1, :1], noise[:3], noise[:, :2]):
        assert real_engine.detect(np.ascontiguousarray(image)) == []


def test_two_people_are_two_faces_the_larger_first(real_engine: LoadedEngine, faces_dir: Path) -> None:
    faces = real_engine.detect(decode((faces_dir / "raw" / "couple.jpg").read_bytes()))
    assert len(faces) == 2
    assert faces[0].box.w * faces[0].box.h >= faces[1].box.w * faces[1].box.h
    assert faces[0].box.w > 300


def test_the_same_person_is_near_and_others_are_far(real_engine: LoadedEngine, photos: dict[str, RGB]) -> None:
    vectors = {name: real_engine.embed(image, only(real_engine, image)) for name, image in photos.items()}
    for name, image in photos.items():
        assert np.linalg.norm(vectors[name]) == pytest.approx(1, abs=1e-5)
        smaller = scaled(image, 0.5)
        again = real_engine.embed(smaller, only(real_engine, smaller))
        assert np.linalg.norm(again - vectors[name]) < 0.45
    centre = real_engine.calibration.centre
    assert distance(vectors["img20.jpg"], vectors["img1.jpg"], centre=centre) > calibrate.pair_threshold()


def test_a_mirrored_photo_is_the_same_face(real_engine: LoadedEngine, photos: dict[str, RGB]) -> None:
    image = photos["img20.jpg"]
    mirrored = np.ascontiguousarray(image[:, ::-1])
    one = real_engine.embed(image, only(real_engine, image))
    other = real_engine.embed(mirrored, only(real_engine, mirrored))
    assert np.linalg.norm(one - other) < 0.3


def test_ordinary_portraits_are_good_enough_to_enrol(real_engine: LoadedEngine, photos: dict[str, RGB]) -> None:
    for image in photos.values():
        quality = judged(real_engine, image)
        assert quality.worst() is None
        assert 0.3 < quality.score <= 1


def test_aligned_crops_are_good_enough_to_enrol(real_engine: LoadedEngine, faces_dir: Path) -> None:
    refused = []
    for person in sorted((faces_dir / "aligned112").iterdir()):
        for path in sorted(person.iterdir())[:2]:
            if judged(real_engine, decode(path.read_bytes())).worst():
                refused.append(path)
    assert refused == []


def test_what_is_wrong_with_a_photo_is_named(real_engine: LoadedEngine, photos: dict[str, RGB]) -> None:
    image = scaled(photos["img20.jpg"], 0.5)
    blurred = np.asarray(cv2.GaussianBlur(image, (0, 0), 9), np.uint8)
    assert "blurred" in codes(judged(real_engine, blurred))
    assert "too_dark" in codes(judged(real_engine, (image * 0.15).astype(np.uint8)))
    assert "blurred" not in codes(judged(real_engine, (image * 0.3).astype(np.uint8)))
    bright = np.clip(image.astype(np.float32) * 1.6, 0, 255).astype(np.uint8)
    assert judged(real_engine, bright).exposure > judged(real_engine, image).exposure
    small = judged(real_engine, on_ground(image, only(real_engine, image), 30))
    assert "too_small" in codes(small)


def test_angles_have_the_signs_the_contract_gives(real_engine: LoadedEngine, photos: dict[str, RGB]) -> None:
    image = photos["img20.jpg"]
    level = judged(real_engine, image)
    height, width = image.shape[:2]
    # Positive angles of OpenCV turn against the clock.
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -20, 1)
    turned = np.asarray(cv2.warpAffine(image, turn, (width, height)), np.uint8)
    assert judged(real_engine, turned).roll == pytest.approx(level.roll + 20, abs=4)
    for one in photos.values():
        seen, mirrored = judged(real_engine, one), judged(real_engine, np.ascontiguousarray(one[:, ::-1]))
        assert mirrored.yaw == pytest.approx(-seen.yaw, abs=8)
        assert mirrored.pitch == pytest.approx(seen.pitch, abs=8)


def test_dark_glasses_raise_the_hint_of_occlusion(real_engine: LoadedEngine, photos: dict[str, RGB]) -> None:
    for image in photos.values():
        covered = image.copy()
        face = only(real_engine, image)
        eyes = face.landmarks[:2]
        reach = 0.42 * float(np.linalg.norm(eyes[1] - eyes[0]))
        for eye in eyes:
            centre = (round(float(eye[0])), round(float(eye[1])))
            cv2.ellipse(covered, centre, (round(reach), round(reach * 0.75)), 0, 0, 360, (15, 15, 18), -1)
        quality = judged(real_engine, covered)
        assert quality.occlusion > 0.6
        assert "occluded" in codes(quality)
        assert quality.worst() is None


def test_many_threads_get_the_answers_of_one(real_engine: LoadedEngine, photos: dict[str, RGB]) -> None:
    def one(image: RGB) -> tuple[list[int], bytes, float]:
        face = only(real_engine, image)
        vector = real_engine.embed(image, face)
        return face.box.as_list(), vector.tobytes(), real_engine.quality(image, face, purpose="probe").yaw

    images = [scaled(image, 0.5) for image in photos.values()]
    alone = [one(image) for image in images]
    with ThreadPoolExecutor(8) as workers:
        assert list(workers.map(one, images * 5)) == alone * 5


def test_memory_stays_flat(real_engine: LoadedEngine, photos: dict[str, RGB]) -> None:
    frames = [scaled(on_ground(image, only(real_engine, image), 150), 0.5) for image in photos.values()]
    soak(real_engine, frames, 40)
    assert soak(real_engine, frames, 100).growth < 10
    with pytest.raises(ValueError, match="at least one image"):
        soak(real_engine, [], 10)


def test_the_engine_brings_neither_tensorflow_nor_django(version_folder: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from recognition import assets; "
        "from recognition.tests import fake_engine; "
        "from recognition.engine import images, loaded; from recognition.evaluation import calibrate_fit, pairs, soak; "
        f"loaded.load_engine(Path({str(version_folder)!r}));"
        "print([name for name in ('tensorflow', 'keras', 'onnx', 'django') if name in sys.modules])"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "[]"
