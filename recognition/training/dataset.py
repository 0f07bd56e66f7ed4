"""A folder of people as training data: who is in which photo, which photos are copies, and a fair split.

A photo and its near-duplicate (saved again, resized, brightened, moved by a few pixels, mirrored) never lie on both
sides of a split: a network that has seen the one has seen the other, and its test would measure memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engine.images import decode
from recognition.engine.types import RGB, ImageRejected

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint8]
Progress = Callable[[int, int], None]

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".heic", ".avif"}
SESSIONS = "Make one folder a person, and in it one folder of photos a session (a day)."
HASH_SIDE = 16
HASH_PICTURE = 64
# Of the 256 bits of two hashes. On faces/aligned112: saved again at quality 40 at most 14, at half the size 6,
# brightened by 1.3 at most 42, moved by two pixels 54 (95 %: 44); two people's photos at least 64, 99.99 % above 76.
NEAR = 48
BLOCK = 1024


@dataclass(frozen=True, slots=True)
class Photo:
    """One readable picture: where it lies, whose it is (index into ``Dataset.people``), SHA-256 of its bytes."""

    path: Path
    person: int
    digest: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is no photo of a person here, and why: ``code`` for programs, ``reason`` for people."""

    path: Path
    code: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """``people``: the folders' names in order. ``groups`` (photos,): near-duplicates share a number. ``sessions``
    (photos,): the folder below the person's in which a photo lies, where sessions were asked for."""

    folder: Path
    people: tuple[str, ...]
    photos: tuple[Photo, ...]
    groups: Ints
    skipped: tuple[Skipped, ...]
    sessions: tuple[str, ...] = ()

    @property
    def labels(self) -> Ints:
        """(photos,) the person of each photo."""
        return np.array([photo.person for photo in self.photos], np.int64)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over every person's name and photos: the same for the same data wherever it lies."""
        lines = sorted(f"{self.people[photo.person]}\t{photo.digest}" for photo in self.photos)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def shared(self) -> list[tuple[str, str]]:
        """Pairs of files that show one photo (or nearly) under two people's names: one of them is wrong."""
        found: list[tuple[str, str]] = []
        first: dict[int, Photo] = {}
        for photo, group in zip(self.photos, self.groups.tolist(), strict=True):
            other = first.setdefault(group, photo)
            if other.person != photo.person:
                found.append((self._short(other), self._short(photo)))
        return found

    def _short(self, photo: Photo) -> str:
        return f"{self.people[photo.person]}/{photo.path.name}"


def read_dataset(folder: Path, *, by_session: bool = False, progress: Progress | None = None) -> Dataset:
    """Read a folder with one folder a person. Files that are no pictures are left out and listed.

    ``by_session``: a person's folder has a folder for each session, with photos at any depth. Photos of one session
    are alike, so that none is told to be a copy. Raises ``ValueError`` when there is no such folder, or not two people
    with a photo each, or nobody with two sessions where sessions were asked for.
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
    hashes: list[Hashes] = []
    skipped: list[Skipped] = []
    for person, paths in files.items():
        mine = []
        for path in paths:
            content = path.read_bytes()
            try:
                picture = decode(content)
                hashes += [] if by_session else [perceptual_hash(picture)]
                mine.append(Photo(path, len(names), hashlib.sha256(content).hexdigest()))
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
    if not by_session:
        return Dataset(folder, tuple(names), tuple(photos), group(np.stack(hashes)), tuple(skipped))
    sessions = tuple(photo.path.relative_to(folder).parts[1] for photo in photos)
    if len(set(zip([photo.person for photo in photos], sessions, strict=True))) == len(names):
        raise ValueError(f"nobody in {folder} has two sessions. {SESSIONS}")
    return Dataset(folder, tuple(names), tuple(photos), np.arange(len(photos)), tuple(skipped), sessions)


def _inside(person: Path, *, by_session: bool) -> list[Path]:
    """The files of a person's folder; those of its sessions alone where sessions were asked for."""
    paths = person.glob("*/**/*") if by_session else person.iterdir()
    return [path for path in paths if path.is_file()]


def perceptual_hash(image: RGB) -> Hashes:
    """What a picture looks like in 256 bits, and its mirror image's: (2, 32) uint8.

    The 16×16 lowest frequencies of the cosine transform of the grey picture at 64×64, each bit whether one lies above
    their median (Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010).
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (HASH_PICTURE, HASH_PICTURE), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = np.asarray(cv2.dct(small)[:HASH_SIDE, :HASH_SIDE], np.float32)
    # Mirroring a picture turns the sign of its odd horizontal frequencies.
    mirrored = low * np.where(np.arange(HASH_SIDE) % 2, -1, 1).astype(np.float32)
    return np.stack([np.packbits(half.ravel() > np.median(half.ravel()[1:])) for half in (low, mirrored)])


def group(hashes: Hashes, *, near: int = NEAR) -> Ints:
    """A number for each photo (n,), shared by those whose hashes (n, 2, 32) differ in at most ``near`` bits, also by
    way of others or of the mirror image."""
    parent = np.arange(len(hashes))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = int(parent[index])
        return index

    upright = hashes[:, 0].view(np.uint64)
    for begin in range(0, len(hashes), BLOCK):
        block = slice(begin, begin + BLOCK)
        for side in (0, 1):
            bits = np.bitwise_count(hashes[block, side].copy().view(np.uint64)[:, None] ^ upright[None, begin:])
            for row, column in zip(*np.nonzero(bits.sum(axis=2) <= near), strict=True):
                one, other = sorted((root(begin + int(row)), root(begin + int(column))))
                parent[other] = one
    return np.array([root(index) for index in range(len(hashes))], np.int64)


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
