"""A folder of people as training data: who is in which photo, which photos are copies, and a fair split.

A photo and its near-copy (saved again, resized, brightened, moved by a few pixels, mirrored) never lie on both sides of
a split: a network that has seen the one has seen the other, and its test would measure memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognition.engine.images import decode, taken_at
from recognition.engine.types import ImageRejected
from recognition.training import copies

Ints = NDArray[np.int64]
Progress = Callable[[int, int], None]

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".heic", ".avif"}
SESSIONS = (
    "Make one folder a person, and in it one folder of photos a session (a day); or give photos as the camera wrote "
    "them, with their dates."
)


@dataclass(frozen=True, slots=True)
class Photo:
    """One readable picture: where it lies, whose it is (index into ``Dataset.people``), SHA-256 of its bytes, and when
    it was taken where the file says so."""

    path: Path
    person: int
    digest: str
    taken: datetime | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is no photo of a person here, and why: ``code`` for programs, ``reason`` for people."""

    path: Path
    code: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """``people``: the folders' names in order. ``copies`` (m, 2): pairs of photos that are near-copies; only those of
    the same bytes until ``compared`` has looked at the faces. ``sessions`` (photos,): the folder below the person's in
    which a photo lies, or the day it was taken, where sessions were asked for."""

    folder: Path
    people: tuple[str, ...]
    photos: tuple[Photo, ...]
    copies: Ints
    skipped: tuple[Skipped, ...]
    sessions: tuple[str, ...] = ()

    @property
    def labels(self) -> Ints:
        """(photos,) the person of each photo."""
        return np.array([photo.person for photo in self.photos], np.int64)

    @property
    def groups(self) -> Ints:
        """(photos,) a number that copies share, also by way of others."""
        return copies.groups(len(self.photos), self.copies)

    def compared(self, vectors: NDArray[np.float32]) -> Dataset:
        """The same photos with every near-copy known; ``vectors`` (photos, d) centred, zeros where there is no face."""
        taken = np.array([copies.seconds(photo.taken) for photo in self.photos], np.float64)
        return replace(self, copies=copies.pairs(vectors, taken, [photo.digest for photo in self.photos]))

    @property
    def fingerprint(self) -> str:
        """SHA-256 over every person's name and photos: the same for the same data wherever it lies."""
        lines = sorted(f"{self.people[photo.person]}\t{photo.digest}" for photo in self.photos)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def shared(self) -> list[tuple[str, str]]:
        """Pairs of files that show one photo (or nearly) under two people's names: one of them is wrong."""
        both = [(self.photos[one], self.photos[other]) for one, other in self.copies.tolist()]
        return [(self._short(one), self._short(other)) for one, other in both if one.person != other.person]

    def _short(self, photo: Photo) -> str:
        return f"{self.people[photo.person]}/{photo.path.name}"


def read_dataset(folder: Path, *, by_session: bool = False, progress: Progress | None = None) -> Dataset:
    """Read a folder with one folder a person. Files that are no pictures are left out and listed.

    ``by_session``: a person's folder has a folder for each session, with photos at any depth; the session of a photo
    that lies in none is the day on which the camera says that it was taken. Raises ``ValueError`` when there is no such
    folder, or not two people with a photo each, or nobody with two sessions where sessions were asked for.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder. Give a folder with one folder of photos a person.")
    files = {
        person: sorted(path for path in _inside(person, by_session=by_session) if not path.name.startswith("."))
        for person in sorted(folder.iterdir())
        if person.is_dir() and not person.name.startswith(".")
    }
    total, done = sum(map(len, files.values())), 0
    names: list[str] = []
    photos: list[Photo] = []
    sessions: list[str] = []
    skipped: list[Skipped] = []
    for person, paths in files.items():
        mine = []
        for path in paths:
            try:
                photo = _read(path, len(names))
                sessions += [_session(person, photo)] if by_session else []
                mine.append(photo)
            except ImageRejected as error:
                skipped.append(Skipped(path, error.code, error.message))
            done += 1
            if progress:
                progress(done, total)
        if mine:
            names.append(person.name)
            photos += mine
    if len(names) < 2 and by_session:
        raise ValueError(f"{folder} has sessions of {len(names)} people; two are needed. {SESSIONS}")
    if len(names) < 2:
        raise ValueError(f"{folder} has photos of {len(names)} people; two are needed. Make one folder a person.")
    if by_session and len(set(zip([photo.person for photo in photos], sessions, strict=True))) == len(names):
        raise ValueError(f"nobody in {folder} has two sessions. {SESSIONS}")
    same = copies.pairs(
        np.zeros((len(photos), 1), np.float32), np.full(len(photos), np.nan), [photo.digest for photo in photos]
    )
    return Dataset(folder, tuple(names), tuple(photos), same, tuple(skipped), tuple(sessions))


def _inside(person: Path, *, by_session: bool) -> list[Path]:
    """The files of a person's folder; those of its sessions, too, where sessions were asked for."""
    paths = person.rglob("*") if by_session else person.iterdir()
    return [path for path in paths if path.is_file()]


def _read(path: Path, person: int) -> Photo:
    """Raises ``ImageRejected`` for what is no picture."""
    content = path.read_bytes()
    decode(content)
    return Photo(path, person, hashlib.sha256(content).hexdigest(), taken_at(content))


def _session(person: Path, photo: Photo) -> str:
    """Raises ``ImageRejected`` (``no_session``) for a photo in no session's folder that does not say its day."""
    inside = photo.path.relative_to(person).parts
    if len(inside) > 1:
        return inside[0]
    if photo.taken is None:
        raise ImageRejected("It lies in no session's folder and does not say when it was taken.", code="no_session")
    return photo.taken.date().isoformat()


def split(labels: Ints, groups: Ints, *, test: float = 0.2, seed: int = 0) -> tuple[Ints, Ints]:
    """Indices of training and test photos: ``test`` of each person's photos, groups kept whole. Deterministic.

    Whoever has two groups or more has photos on both sides; whoever has one is in training alone.
    """
    rng = np.random.default_rng(seed)
    members: dict[int, list[int]] = {}
    for index, number in enumerate(groups.tolist()):
        members.setdefault(number, []).append(index)
    homes: dict[int, list[int]] = {}
    for number, photos in members.items():
        homes.setdefault(int(labels[photos[0]]), []).append(number)
    chosen: list[int] = []
    for person in sorted(homes):
        mine = homes[person]
        wanted = max(1, round(test * sum(len(members[number]) for number in mine)))
        taken = 0
        for number in rng.permutation(mine).tolist()[: len(mine) - 1]:
            if taken < wanted and (not taken or taken + len(members[number]) <= wanted + 1):
                chosen += members[number]
                taken += len(members[number])
    held = np.array(sorted(chosen), np.int64)
    return np.setdiff1d(np.arange(len(labels)), held).astype(np.int64), held


def batches(
    load: Callable[[int], NDArray[Any]],
    targets: Ints,
    indices: Sequence[int] | Ints,
    *,
    shape: tuple[int, ...],
    batch: int,
    order_seed: int | None = None,
) -> Any:
    """A ``tf.data.Dataset`` of (float32 (b, *shape), int64 (b,)) batches.

    ``load(index)`` makes one input; several run at once, their order is kept. ``order_seed`` shuffles all of
    ``indices``, the same way each time; None keeps their order.
    """
    import tensorflow as tf

    order = np.asarray(indices, np.int64)
    if order_seed is not None:
        order = np.random.default_rng(order_seed).permutation(order)

    def one(index: Any, target: Any) -> tuple[Any, Any]:
        picture = tf.numpy_function(lambda i: load(int(i)).astype(np.float32), [index], tf.float32)
        picture.set_shape(shape)
        return picture, target

    rows = tf.data.Dataset.from_tensor_slices((order, np.asarray(targets, np.int64)[order]))
    return rows.map(one, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True).batch(batch).prefetch(1)
