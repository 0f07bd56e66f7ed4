"""An engine without networks, for the tests of everything else: a picture's colour is its person.

A flat black picture has no face; a picture whose halves differ in colour has two; one under 40 pixels has a face that
is too small; any other has one good face. Pictures of one person lie about 0.3 apart, of two people about 1.4.
"""

from __future__ import annotations

import dataclasses
import io
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from PIL import Image

from recognition.engine import store
from recognition.engine.calibrate import Calibration, uncentred
from recognition.engine.embedder import unit
from recognition.engine.quality import angles
from recognition.engine.types import RGB, Box, Face, Quality, Reason, Vector
from recognition.tests.fake_mesh import CORNER, MARKS, mesh_of, read_mesh

VERSION = "fake-1"
FACTORY = "recognition.tests.fake_engine.FakeEngines"
"""What the setting ``ENGINE`` names in tests (``presente.testing_env``)."""
Progress = Callable[[str], object]
SIDE = 200
SMALL = 40
BLACK = 40
HALVES = 60.0
# Each channel takes one of five levels 48 apart: JPEG's error on a flat colour is a few units.
LEVELS = 5
LOWEST = 50
STEP = 48
PEOPLE = LEVELS**3
NOISE = 0.2
# A picture that is not flat has a structure of its own: seen as so many by so many, and rougher than this.
STRUCTURE_SIDE = 6
ROUGH = 1.5
# A version with this word in its name sees badly: no two photos of a person look very much alike to it. For tests of
# what a better one changes. The figures: dimensions, likeness of all, of a person, of nobody. What everybody has in
# common would not make it dull: the gallery's own mean face is taken off.
DULL, DULL_EYE = "dull", (36, 0.0, 0.6, 0.9)
SHARP_EYE = (128, 0.0, 1.0, NOISE)
# What tells one variation of a person from another: a shift too small to change the level.
SHIFTS = (0, 4, -4, 8, -8, 12, -12)


def fake_photo(person: int, *, variation: int = 0, size: int = SIDE, kind: Literal["PNG", "JPEG"] = "PNG") -> bytes:
    """A picture of ``person`` (0 to 124); ``variation`` makes another photo of the same one; ``size`` in pixels."""
    return encode(flat(person, variation=variation, size=size), kind)


def fake_nobody(size: int = SIDE) -> bytes:
    """A picture without a face."""
    return encode(np.zeros((size, size, 3), np.uint8), "PNG")


def fake_pair(left: int, right: int, *, size: int = SIDE) -> bytes:
    """A picture of two people; they must differ."""
    return encode(np.concatenate([flat(left, size=size), flat(right, size=size)], axis=1), "PNG")


def fake_pose(person: int, pose: str, *, tick: int, size: int = SIDE) -> bytes:
    """A PNG of ``person`` in a pose of ``fake_mesh.MARKS``; ``tick`` (0 to 199) makes each frame of a film its own."""
    image = flat(person, size=size)
    mesh = mesh_of(pose, Box(0, 0, size, size))
    if pose != "blink":
        for corners in ((33, 133), (362, 263)):
            x, y = np.rint(mesh.image[list(corners)].mean(axis=0)).astype(int)
            cv2.circle(image, (int(x), int(y)), size // 28, (0, 0, 0), -1)
    image[:CORNER, :CORNER] = MARKS[pose]
    image[-CORNER:, -CORNER:] = 50 + tick
    return encode(image, "PNG")


def flat(person: int, *, variation: int = 0, size: int = SIDE) -> RGB:
    """The pixels of ``fake_photo``."""
    if not 0 <= person < PEOPLE:
        raise ValueError(f"the fake engine knows people 0 to {PEOPLE - 1}, not {person}")
    # 37 and 125 have no common divisor: neighbours in number are no neighbours in colour.
    code = person * 37 % PEOPLE
    levels = np.array([code // LEVELS**2, code // LEVELS % LEVELS, code % LEVELS])
    colour = LOWEST + STEP * levels + SHIFTS[variation % len(SHIFTS)]
    return np.broadcast_to(colour.astype(np.uint8), (size, size, 3)).copy()


def encode(image: RGB, kind: Literal["PNG", "JPEG"]) -> bytes:
    """The picture as a file's bytes."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, kind, **({"quality": 92} if kind == "JPEG" else {}))
    return buffer.getvalue()


class FakeEngine:
    """Deterministic, instant, stateless. Each version has a space of its own: vectors of two never look alike."""

    def __init__(self, version: str = VERSION) -> None:
        self._version = version
        self._eye = DULL_EYE if DULL in version else SHARP_EYE
        self._space = () if version == VERSION else (zlib.crc32(version.encode()),)

    @property
    def version(self) -> str:
        """``fake-1``, or the name it was given."""
        return self._version

    @property
    def calibration(self) -> Calibration:
        """SFace's coefficients; colours have no mean face."""
        return uncentred(self._eye[0])

    def detect(self, image: RGB) -> list[Face]:
        """None, one or two faces, by the picture's colours."""
        height, width = image.shape[:2]
        if float(image.mean()) < BLACK:
            return []
        middle = width // 2
        left, right = image[:, :middle], image[:, middle:]
        if middle and float(np.abs(left.mean((0, 1)) - right.mean((0, 1))).max()) > HALVES / 2:
            return [_face(0, middle, height), _face(middle, width - middle, height)]
        face = _face(0, width, height)
        return [dataclasses.replace(face, mesh=read_mesh(image, face.box))]

    def align(self, image: RGB, face: Face) -> RGB:
        """The middle of the face at 112×112."""
        part = _part(image, face)
        return np.asarray(cv2.resize(part, (112, 112), interpolation=cv2.INTER_AREA), np.uint8)

    def quality(self, image: RGB, face: Face, *, purpose: Literal["probe", "enrolment"]) -> Quality:
        """Fine, but for pictures under 40 pixels; the yaw is the mesh's, where there is one."""
        eyes = float(np.linalg.norm(face.landmarks[1] - face.landmarks[0]))
        small = min(image.shape[:2]) < SMALL
        reasons = (Reason("too_small", "reject", eyes, SMALL / 3),) if small else ()
        return Quality(
            score=0.1 if small else 0.95,
            eyes=eyes,
            sharpness=500.0,
            exposure=0.5,
            yaw=0.0 if face.mesh is None else angles(face.mesh)[0],
            pitch=0.0,
            roll=0.0,
            smile=0.1,
            occlusion=0.0,
            reasons=reasons,
        )

    def embed(self, image: RGB, face: Face) -> Vector:
        """A unit vector that belongs to the colour, with a trace of its variation's or structure's own."""
        colour = np.median(_part(image, face).reshape(-1, 3), axis=0)
        levels = np.clip(np.rint((colour - LOWEST) / STEP), 0, LEVELS - 1).astype(int)
        code = int(levels @ (LEVELS**2, LEVELS, 1))
        shift = round(float((colour - LOWEST - STEP * levels).mean()) / 4)
        _size, alike, own, noise = self._eye
        trace = self._structure(_part(image, face))
        if trace is None:
            trace = self._direction(code, shift + 100)
        parts = alike * self._direction(-1), own * self._direction(code), noise * trace
        return unit(np.sum(parts, axis=0, dtype=np.float32))

    def _structure(self, part: RGB) -> Vector | None:
        """A unit vector that belongs to what a picture shows besides its colour; None for a flat one."""
        small = cv2.resize(part, (STRUCTURE_SIDE, STRUCTURE_SIDE), interpolation=cv2.INTER_AREA).mean(axis=2)
        if small.std() < ROUGH:
            return None
        seen = np.random.default_rng((STRUCTURE_SIDE, *self._space)).standard_normal((small.size, self._eye[0]))
        return unit(((small - small.mean()).ravel() @ seen).astype(np.float32))

    def _direction(self, *about: int) -> Vector:
        """A unit vector that belongs to these numbers, in this version's space."""
        rng = np.random.default_rng((*(number % 2**32 for number in about), *self._space))
        return unit(rng.standard_normal(self._eye[0]).astype(np.float32))


class FakeEngines:
    """The factory of fake engines (``recognition.engines.EngineFactory``): their versions have no files."""

    browser_finds_faces = False
    liveness_networks = False
    trainer = "recognition.tests.fake_trainer.fake_trainer"

    def build(self, models: Path, *, sface: Path | None = None, progress: Progress) -> store.Manifest:
        """Nothing has to be made; only the version's name counts."""
        return store.Manifest(store.FORMAT_VERSION, VERSION, "2026-01-01T00:00:00+00:00", {}, {}, {})

    def verify(self, folder: Path) -> None:
        """What needs no files is always whole."""

    def load(self, folder: Path) -> FakeEngine:
        """The engine of that name, whether or not the folder exists."""
        return FakeEngine(folder.name)


def _face(x: int, width: int, height: int) -> Face:
    size = np.array([width, height])
    places = np.array([(0.35, 0.4), (0.65, 0.4), (0.5, 0.58), (0.38, 0.75), (0.62, 0.75)])
    return Face(Box(x, 0, width, height), (places * size + (x, 0)).astype(np.float32), 0.99)


def _part(image: RGB, face: Face) -> RGB:
    box = face.box
    inset_x, inset_y = box.w // 8, box.h // 8
    return image[box.y + inset_y : box.y + max(1, box.h - inset_y), box.x + inset_x : box.x + max(1, box.w - inset_x)]
