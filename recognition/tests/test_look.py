"""A look at a preview frame: how many people stand before the camera, and what the one should do."""

from __future__ import annotations

import numpy as np
import pytest

from recognition.engine.images import decode
from recognition.engine.types import Box, Face, ImageRejected, ModelUnavailable
from recognition.models import Decision
from recognition.services import look
from recognition.services.faces import nearest
from recognition.tests.fake_engine import fake_nobody, fake_pair, fake_photo

pytestmark = pytest.mark.django_db


def face(width: int) -> Face:
    return Face(Box(0, 0, width, width), np.zeros((5, 2), np.float32), 1.0)


@pytest.mark.parametrize(
    ("widths", "near"), [([], []), ([40], [40]), ([100, 50], [100, 50]), ([49, 100], [100]), ([100, 99, 10], [100, 99])]
)
def test_whoever_is_less_than_half_as_large_stands_in_the_background(widths: list[int], near: list[int]) -> None:
    assert [one.box.w for one in nearest([face(width) for width in widths])] == near


def test_one_good_face_needs_no_advice() -> None:
    content = fake_photo(1)
    height, width = decode(content).shape[:2]

    seen = look(image=content)

    assert (seen.faces, seen.width, seen.height, seen.hint) == (1, width, height, "ok")
    assert seen.box is not None
    assert min(seen.box[2:]) > 0
    assert seen.eyes > 0
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("content", "faces", "hint", "boxed"),
    [
        (fake_nobody(), 0, "no_face", False),
        (fake_pair(1, 9), 2, "several_faces", True),
        (fake_photo(1, size=20), 1, "too_small", True),
    ],
)
def test_what_stands_in_the_way_is_said(content: bytes, faces: int, hint: str, boxed: bool) -> None:
    seen = look(image=content)

    assert (seen.faces, seen.hint, seen.box is not None) == (faces, hint, boxed)
    assert seen.hint_text


def test_no_picture_and_no_model_are_errors(no_version: None) -> None:
    with pytest.raises(ImageRejected):
        look(image=b"hello")
    with pytest.raises(ModelUnavailable):
        look(image=fake_photo(1))
