"""The engine that stands in for the real one behaves as its tests elsewhere believe."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from recognition.engine.images import decode
from recognition.engine.protocol import Engine
from recognition.engine.types import Vector
from recognition.tests import fake_engine as fake
from recognition.tests.fake_engine import FakeEngine, fake_nobody, fake_pair, fake_photo

ENGINE: Engine = FakeEngine()


def look(data: bytes) -> Vector:
    image = decode(data)
    (face,) = ENGINE.detect(image)
    return ENGINE.embed(image, face)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_photos_of_one_person_are_near_and_of_two_far(kind: Literal["PNG", "JPEG"]) -> None:
    vectors = {
        person: [look(fake_photo(person, variation=v, kind=kind)) for v in range(5)] for person in (0, 1, 60, 124)
    }
    for person, own in vectors.items():
        for vector in own:
            assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
            assert np.linalg.norm(vector - own[0]) < 0.3
            for other, theirs in vectors.items():
                assert other == person or np.linalg.norm(vector - theirs[0]) > 1.0
    assert not np.array_equal(vectors[0][0], vectors[0][1])


def test_everybody_is_told_from_everybody() -> None:
    vectors = np.stack([look(fake_photo(person, size=50)) for person in range(fake.PEOPLE)])
    distances = np.linalg.norm(vectors[:, None] - vectors[None], axis=2) + 2 * np.eye(fake.PEOPLE)
    assert distances.min() > 1.0


def test_no_face_two_faces_and_a_small_one() -> None:
    assert ENGINE.detect(decode(fake_nobody())) == []
    both = decode(fake_pair(1, 2))
    faces = ENGINE.detect(both)
    assert len(faces) == 2
    assert np.linalg.norm(ENGINE.embed(both, faces[0]) - look(fake_photo(1))) < 0.3
    small = decode(fake_photo(1, size=30))
    (face,) = ENGINE.detect(small)
    quality = ENGINE.quality(small, face, purpose="probe")
    assert [reason.code for reason in quality.reasons] == ["too_small"]
    assert quality.worst() is not None


def test_an_ordinary_photo_is_a_good_one() -> None:
    image = decode(fake_photo(3))
    (face,) = ENGINE.detect(image)
    assert ENGINE.quality(image, face, purpose="enrolment").reasons == ()
    assert ENGINE.align(image, face).shape == (112, 112, 3)
    assert ENGINE.version == "fake-1"
    with pytest.raises(ValueError):
        fake_photo(fake.PEOPLE)
