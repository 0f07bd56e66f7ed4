"""The mean face: what all faces' vectors share, measured on photos of people whom nobody has to name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recognition.engine.images import decode
from recognition.engine.protocol import Engine
from recognition.engine.types import ImageRejected, Vector

Vectors = NDArray[np.float32]
Progress = Callable[[int, int], None]

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".heic"}
# Two faces with this cosine, before anything is taken off, are of one person: a distance of 1.05, in the middle of the
# gap between the same and different people of faces/raw.
SAME = 0.45
LEAST_PEOPLE = 8


def measure(people: Sequence[Vectors]) -> Vector:
    """The mean (128,) of people's unit vectors (n, 128), every person counting once however many photos there are.

    It is shorter than 1: the more the people differ, the shorter. Raises ``ValueError`` with fewer than
    ``LEAST_PEOPLE`` people: what few people share is their own faces.
    """
    if len(people) < LEAST_PEOPLE:
        raise ValueError(f"a mean face needs at least {LEAST_PEOPLE} people, found {len(people)}")
    return np.asarray(np.mean([_direction(vectors) for vectors in people], axis=0), np.float32)


def grouped(vectors: Vectors) -> list[Vectors]:
    """Faces (n, 128) by person, told apart by their vectors: a face joins the first group with one like it."""
    groups: list[list[Vector]] = []
    for vector in vectors:
        own = next((group for group in groups if max(float(vector @ one) for one in group) > SAME), None)
        if own is None:
            groups.append([vector])
        else:
            own.append(vector)
    return [np.stack(group) for group in groups]


def apart_from(groups: Sequence[Vectors], people: Sequence[Vectors]) -> list[Vectors]:
    """The groups that show none of ``people``: what is measured on people may not have seen them before."""
    if not people:
        return list(groups)
    known = np.stack([_direction(vectors) for vectors in people])
    return [group for group in groups if float((group @ known.T).max()) <= SAME]


def read_faces(engine: Engine, folder: Path, *, progress: Progress | None = None) -> Vectors:
    """The vectors (n, 128) of every face in every photo under ``folder``. Files that are no pictures are left out.

    Raises ``ValueError`` when there is no such folder or no face in it.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    found: list[Vector] = []
    for done, path in enumerate(paths, start=1):
        try:
            image = decode(path.read_bytes())
        except ImageRejected:
            continue
        found += [engine.embed(image, face) for face in engine.detect(image)]
        if progress:
            progress(done, len(paths))
    if not found:
        raise ValueError(f"there is no face in {folder}")
    return np.stack(found)


def _direction(vectors: Vectors) -> Vector:
    middle = vectors.mean(axis=0)
    return np.asarray(middle / max(float(np.linalg.norm(middle)), 1e-12), np.float32)
