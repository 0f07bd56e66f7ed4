"""A part of the index: some thousand templates of whole people. It is never changed; a change makes another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numkong
import numpy as np
from numpy.typing import NDArray

from recognition.engine.gallery import MEAN_SHARE, centred, directions
from recognition.engine.types import Vector

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

TOLERANCE = 0.005
"""How far the mean face may move before the bounds of every row are reckoned again."""
ALWAYS = np.float32(1e6)
"""The bound of a row whose person's templates nearly cancel out: it is always looked at exactly."""
FEW = 8.0
"""Past so many times the nearest cosine, the mean of a person's templates is no longer bounded by it."""
LEVELS = 127
SLACK = 2e-5
"""What float32 may lose in a cosine, many times over."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Templates in columns, sorted by owner, then id: ``owners`` and ``ids`` (n,) int64, ``vectors`` (n, d) float32 of
    length 1, ``added`` (n,) which came from the kiosk."""

    owners: Ints
    ids: Ints
    vectors: Floats
    added: NDArray[np.bool_]

    @classmethod
    def of(cls, owners: Ints, ids: Ints, vectors: Floats, added: NDArray[np.bool_]) -> Rows:
        """Sorted, from columns in any order."""
        order = np.lexsort((ids, owners))
        return cls(owners[order], ids[order], np.ascontiguousarray(vectors[order]), added[order])

    @classmethod
    def joined(cls, parts: Iterable[Rows]) -> Rows:
        """Sorted, from parts of which no two hold the same person."""
        parts = list(parts)
        several = [part for part in parts if len(part)] or parts[:1]
        if len(several) == 1:
            return several[0]
        owners, ids, vectors, added = (
            np.concatenate([getattr(part, name) for part in several]) for name in ("owners", "ids", "vectors", "added")
        )
        return cls.of(owners, ids, vectors, added)

    def take(self, which: NDArray[np.bool_] | Ints | slice) -> Rows:
        """Some of the rows, in order."""
        return Rows(self.owners[which], self.ids[which], self.vectors[which], self.added[which])

    def starts(self) -> Ints:
        """Where each person's rows begin (p,)."""
        if not len(self.owners):
            return np.empty(0, np.int64)
        return np.flatnonzero(np.append(True, self.owners[1:] != self.owners[:-1])).astype(np.int64)

    def people(self) -> Ints:
        """The owners once each (p,)."""
        return self.owners[self.starts()]

    def counts(self) -> Ints:
        """How many rows each of ``people`` has (p,)."""
        return np.diff(np.append(self.starts(), len(self.owners))).astype(np.int64)

    def rows_of(self, owners: Ints) -> Ints:
        """The places of these people's rows."""
        begins, ends = (np.searchsorted(self.owners, owners, side=side) for side in ("left", "right"))
        lengths = ends - begins
        offsets = np.repeat(begins - np.append(0, np.cumsum(lengths)[:-1]), lengths)
        return np.asarray(offsets + np.arange(len(offsets)), np.int64)

    def total(self) -> NDArray[np.float64]:
        """The sum of the people's mean directions (d,), of which the mean face is made."""
        found = directions(self.vectors, self.starts(), self.added)
        return np.asarray(found.sum(axis=0, dtype=np.float64), np.float64)

    def __len__(self) -> int:
        return len(self.owners)


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """A face that is looked for, and the mean face: ``codes`` (1, d) int8 are the probe's, ``scale`` each is worth,
    ``lost`` what the rounding took, ``shift`` the mean face's part in every product."""

    codes: NDArray[np.int8]
    scale: float
    lost: float
    shift: float

    @classmethod
    def of(cls, vector: Vector, centre: Vector) -> Probe:
        """From a vector as the network made it."""
        probe = centred(vector, centre)
        codes, scales, lost = rounded(probe[None])
        return cls(codes, float(scales[0]), lost, float(probe @ centre))


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Rows, and beside each an 8-bit copy with a bound on what the row can make of its person.

    A person's score is a mean of two cosines, that of the nearest template and, for ``MEAN_SHARE`` of it, that of the
    templates' mean. The second is at most ``k / length`` times the first, ``length`` being that of the sum of the
    person's k centred templates. So the product of a probe with one row, as far as 8 bits tell it, *plus all that the
    rounding can have taken*, times (1 − share + share · k / length) and brought to the row's centred length, is never
    below the score of a person whose nearest row it is. What lies below the second-best score can be left aside: the
    answer is that of a whole search.

    ``bounds`` (n,) are those factors, for any mean face within ``TOLERANCE`` of the one they were reckoned at;
    ``steps`` (n,) what one level of each row's 8 bits is worth, times the bound.
    """

    rows: Rows
    packed: numkong.PackedMatrix
    scales: Floats
    lost: float
    bounds: Floats
    steps: Floats = field(repr=False)

    @classmethod
    def of(cls, rows: Rows, reference: Vector, known: tuple[Ints, Floats] | None = None) -> Block:
        """A block of rows; ``reference`` is the mean face that the bounds are reckoned at.

        ``known``: the ids of whole people's rows whose bounds at it are known, and those bounds.
        """
        codes, scales, lost = rounded(rows.vectors)
        bounds = _bounds(rows, reference) if known is None else _completed(rows, reference, *known)
        for array in (rows.owners, rows.ids, rows.vectors, rows.added):
            array.setflags(write=False)
        return cls(rows, numkong.dots_pack(codes), scales, lost, bounds, scales * bounds)

    def moved(self, reference: Vector) -> Block:
        """The same rows with their bounds at another mean face."""
        bounds = _bounds(self.rows, reference)
        return replace(self, bounds=bounds, steps=self.scales * bounds)

    def ceilings(self, probe: Probe, out: Floats) -> None:
        """Into ``out`` (n,) for each row the highest score that its person can have if it is the row nearest to the
        probe."""
        np.copyto(out, np.asarray(numkong.dots_packed(probe.codes, self.packed))[0], casting="unsafe")
        out *= self.steps
        out *= np.float32(probe.scale)
        out += self.bounds * np.float32(self.lost + probe.lost * (1 + self.lost) + SLACK - probe.shift)

    def __len__(self) -> int:
        return len(self.rows)


def rounded(vectors: Floats) -> tuple[NDArray[np.int8], Floats, float]:
    """Vectors (n, d) in 8 bits, what one level is worth in each row (n,), and the most that the rounding took of any
    (the length of what is left)."""
    scales = (np.abs(vectors).max(axis=1, initial=0) / LEVELS).astype(np.float32)
    levels = vectors / np.maximum(scales, np.float32(1e-12))[:, None]
    codes = np.rint(levels, out=levels).astype(np.int8)
    left = vectors - codes * scales[:, None]
    return codes, scales, float(np.sqrt(np.einsum("ij,ij->i", left, left).max(initial=0)))


def _completed(rows: Rows, reference: Vector, ids: Ints, bounds: Floats) -> Floats:
    """``_bounds``, reckoned for those rows alone whose bounds are not known."""
    order = np.argsort(ids)
    places = order[np.minimum(np.searchsorted(ids, rows.ids, sorter=order), len(ids) - 1)]
    found, missing = bounds[places], ids[places] != rows.ids
    if missing.any():
        found[missing] = _bounds(rows.take(missing), reference)
    return np.asarray(found, np.float32)


def _bounds(rows: Rows, reference: Vector) -> Floats:
    """``Block.bounds``: what normalising can gain and the mean add, wherever the mean face lies near ``reference``."""
    starts, counts = rows.starts(), rows.counts()
    if not len(starts):
        return np.empty(0, np.float32)
    left = rows.vectors - reference
    shares = 1 / np.maximum(np.linalg.norm(left, axis=1), 1e-6)
    left *= shares[:, None].astype(np.float32)
    # Moved by t, a vector of length l turns by 2t/l at most, and so do the sums of such vectors.
    lengths = np.linalg.norm(np.add.reduceat(left, starts, axis=0), axis=1)
    lengths = lengths - 2 * TOLERANCE * np.add.reduceat(shares, starts)
    known = lengths * FEW > counts
    several = np.repeat(np.where(known, counts / np.where(known, lengths, 1), np.inf), counts)
    grown = shares / np.maximum(1 - TOLERANCE * shares, 1e-6)
    found = grown * (1 - MEAN_SHARE + MEAN_SHARE * several) * (1 + 1e-5)
    return np.asarray(np.minimum(found, ALWAYS), np.float32)
