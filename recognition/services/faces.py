"""Measure a face without asking whose it is, for a live preview."""

from __future__ import annotations

from dataclasses import dataclass

from recognition import wording
from recognition.engine.images import decode
from recognition.engine.protocol import Engine
from recognition.engine.types import RGB, Face, Quality
from recognition.engine_holder import engine

BYSTANDER = 0.5
"""A face narrower than this part of the nearest one's width stands in the background and is left alone."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one preview frame shows; lengths in its pixels, angles in degrees, ``smile`` 0 to 1."""

    faces: int
    width: int
    height: int
    hint: str
    box: list[int] | None = None
    eyes: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    smile: float = 0.0

    @property
    def hint_text(self) -> str:
        """What the person should do, in the reader's language."""
        return wording.remedy(self.hint)


def nearest(faces: list[Face]) -> list[Face]:
    """The nearest face and those of comparable size: one face means one person stands before the camera."""
    if not faces:
        return []
    width = max(face.box.w for face in faces)
    return [face for face in faces if face.box.w >= BYSTANDER * width]


def look(*, image: bytes) -> Look:
    """One cheap pass over a preview frame; nothing is stored.

    Raises ``ImageRejected`` for bytes that are no picture and ``ModelUnavailable``.
    """
    picture = decode(image)
    height, width = picture.shape[:2]
    loaded = engine()
    faces = nearest(loaded.detect(picture))
    if len(faces) != 1:
        hint = "several_faces" if faces else "no_face"
        box = faces[0].box.as_list() if faces else None
        return Look(len(faces), width, height, hint, box)
    return _describe(loaded, picture, faces[0])


def _describe(loaded: Engine, picture: RGB, face: Face) -> Look:
    quality: Quality = loaded.quality(picture, face, purpose="probe")
    worst = quality.worst("reject") or quality.worst("advice")
    height, width = picture.shape[:2]
    return Look(
        1,
        width,
        height,
        worst.code if worst else "ok",
        face.box.as_list(),
        quality.eyes,
        quality.yaw,
        quality.pitch,
        quality.roll,
        quality.smile,
    )
