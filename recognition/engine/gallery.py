"""Who is it: the enrolled templates as one matrix, and the nearest person to a vector."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from recognition.engine.embedder import unit
from recognition.engine.types import Vector

MEAN_SHARE = 0.75
"""Of a person's score, what the mean of the templates says; the rest the nearest says
(docs/appendix/recognition-matching.md)."""


@dataclass(frozen=True, slots=True)
class Match:
    """The nearest person and the next one. Distances are Euclidean between unit vectors, 0 (same) to 2 (opposite).

    ``best`` and ``runner_up`` are owners, None where the gallery has no such person; their distance is then infinite.
    ``people`` and ``templates`` count the gallery, ``best_templates`` and ``runner_up_templates`` those of the two;
    ``template`` is the id of the single nearest template of the best person. ``anchor_distance``: the best person's by
    the ``anchors`` photos that HR took, where others were added to them (``engine.refresh``), else None.
    """

    best: int | None
    distance: float
    runner_up: int | None
    runner_up_distance: float
    people: int
    templates: int
    best_templates: int = 0
    template: int | None = None
    anchor_distance: float | None = None
    anchors: int = 0
    runner_up_templates: int = 1


NOBODY = Match(None, float("inf"), None, float("inf"), 0, 0)


class Searched(Protocol):
    """What can be asked who somebody is: a ``Gallery`` in one piece, or an ``index.Index`` that takes changes."""

    @property
    def people(self) -> NDArray[np.int64]:
        """The owners once each, rising (p,)."""

    def counts(self) -> NDArray[np.int64]:
        """How many templates each of them has (p,)."""

    def sampled(self, most: int) -> Gallery:
        """All of it, or ``most`` people of it, in one piece."""

    def match(self, vector: Vector, *, without: int | None = None) -> Match:
        """The nearest person and the next; ``without`` leaves one owner out."""

    def match_one(self, vector: Vector, owner: int) -> Match:
        """How near one person lies, asked alone."""

    def anchor(self, vector: Vector, owner: int) -> tuple[float, NDArray[np.float32]]:
        """How near one person lies by HR's photos alone, and each of those."""

    def __len__(self) -> int:
        """How many templates there are."""


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """Every template of one model version. Immutable: a change makes a new gallery, and readers keep the old one.

    ``vectors`` (n, d) float32 as the network made them, rows sorted by owner; ``matrix`` (n, d) the same, centred,
    C-contiguous; ``owners`` and ``ids`` (n,) int64; ``people`` (p,) the owners once each; ``starts`` (p,) where each
    owner's rows begin; ``means`` (p, d) the unit mean of each owner's centred rows; ``added`` (n,) which rows did not
    come from HR's photos but from the kiosk (``engine.refresh``).

    ``centre`` (d,) is what was taken from every row and is taken from every probe: the mean face of these people,
    drawn towards ``prior_centre`` as if that were ``centre_people`` more of them.
    """

    vectors: NDArray[np.float32]
    matrix: NDArray[np.float32]
    owners: NDArray[np.int64]
    ids: NDArray[np.int64]
    people: NDArray[np.int64]
    starts: NDArray[np.int64]
    means: NDArray[np.float32]
    centre: Vector
    added: NDArray[np.bool_]
    prior_centre: Vector
    centre_people: float

    @classmethod
    def build(
        cls,
        ids: Sequence[int] | NDArray[np.int64],
        owners: Sequence[int] | NDArray[np.int64],
        vectors: Sequence[Vector] | NDArray[np.float32],
        *,
        centre: Vector | None = None,
        centre_people: float = math.inf,
        added: Sequence[bool] | NDArray[np.bool_] | None = None,
    ) -> Gallery:
        """A gallery of templates: their ids (unique), their owners, their unit vectors (n, d); a version's network
        decides d.

        ``centre``: the mean face to start from (``Calibration.gallery`` gives it), None for zeros; it counts as
        ``centre_people`` people beside those of the gallery, by default alone. ``added``: which of the templates came
        from the kiosk; None means none.
        Raises ``ValueError`` when the three differ in length, an id comes twice or a vector is not of length 1.
        """
        id_array, owner_array = np.asarray(ids, np.int64), np.asarray(owners, np.int64)
        matrix = np.asarray(vectors, np.float32)
        matrix = matrix.reshape(len(matrix), -1) if matrix.size else matrix.reshape(0, matrix.shape[-1])
        if not len(id_array) == len(owner_array) == len(matrix):
            raise ValueError(f"{len(id_array)} ids, {len(owner_array)} owners and {len(matrix)} vectors")
        if len(np.unique(id_array)) != len(id_array):
            raise ValueError("a template's id comes twice")
        if not np.allclose(np.linalg.norm(matrix, axis=1), 1, atol=1e-3):
            raise ValueError("a template is not of unit length")
        middle = np.zeros(matrix.shape[1], np.float32) if centre is None else np.asarray(centre, np.float32)
        order = np.lexsort((id_array, owner_array))
        marks = np.zeros(len(order), np.bool_) if added is None else np.asarray(added, np.bool_)[order]
        rows = np.ascontiguousarray(matrix[order])
        return cls._assembled(rows, owner_array[order], id_array[order], marks, middle, centre_people)

    @classmethod
    def fixed(
        cls,
        ids: NDArray[np.int64],
        owners: NDArray[np.int64],
        vectors: NDArray[np.float32],
        added: NDArray[np.bool_],
        centre: Vector,
    ) -> Gallery:
        """A gallery of templates that are sorted by owner, then id, and were checked, with this mean face for good."""
        return cls._assembled(vectors, owners, ids, added, centre, math.inf)

    @classmethod
    def _assembled(
        cls,
        vectors: NDArray[np.float32],
        owners: NDArray[np.int64],
        ids: NDArray[np.int64],
        added: NDArray[np.bool_],
        prior_centre: Vector,
        centre_people: float,
    ) -> Gallery:
        """From rows that are sorted and checked."""
        people, begins = np.unique(owners, return_index=True)
        starts = begins.astype(np.int64)
        centre = _centre(vectors, starts, added, prior_centre, centre_people)
        matrix = np.ascontiguousarray(centred(vectors, centre) if len(vectors) else vectors)
        sums = np.add.reduceat(matrix, starts, axis=0) if len(people) else matrix
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        means = (sums / np.maximum(lengths, 1e-12)).astype(np.float32)
        for array in (vectors, matrix, owners, ids, people, starts, means, added):
            array.setflags(write=False)
        return cls(vectors, matrix, owners, ids, people, starts, means, centre, added, prior_centre, centre_people)

    def without(self, owner: int) -> Gallery:
        """The gallery as it would be if ``owner`` had never been enrolled: the mean face is another, too."""
        keep = self.owners != owner
        return self._assembled(
            self.vectors[keep],
            self.owners[keep],
            self.ids[keep],
            self.added[keep],
            self.prior_centre,
            self.centre_people,
        )

    def sampled(self, most: int) -> Gallery:
        """This gallery, or ``most`` of its people spread evenly over it, compared by the mean face of all."""
        if len(self.people) <= most:
            return self
        chosen = self.people[np.unique(np.linspace(0, len(self.people) - 1, most).round().astype(np.int64))]
        keep = np.isin(self.owners, chosen)
        columns = (self.vectors[keep], self.owners[keep], self.ids[keep], self.added[keep])
        return self._assembled(*columns, self.centre, math.inf)

    def counts(self) -> NDArray[np.int64]:
        """How many templates each of ``people`` has (p,)."""
        return np.diff(np.append(self.starts, len(self.matrix))).astype(np.int64)

    def __len__(self) -> int:
        return len(self.matrix)

    def anchor(self, vector: Vector, owner: int) -> tuple[float, NDArray[np.float32]]:
        """How far ``vector`` (d,) lies from the owner by HR's photos alone, as ``distances`` would say if nothing had
        been added; and from each of those photos (k,). Infinite and empty where there is none."""
        own = self.matrix[(self.owners == owner) & ~self.added]
        if not len(own):
            return float("inf"), np.empty(0, np.float32)
        cosines = np.einsum("ij,j->i", own, centred(vector, self.centre))
        mean = own.sum(axis=0)
        to_mean = float(mean @ centred(vector, self.centre)) / max(float(np.linalg.norm(mean)), 1e-12)
        each = np.asarray(np.sqrt(np.maximum(0, 2 - 2 * cosines)), np.float32)
        return float(joined(cosines.max(), np.float32(to_mean))), each

    def distances(self, vector: Vector) -> NDArray[np.float32]:
        """The distance (p,) of ``vector`` (d,) to each of ``people``.

        It belongs to a mean of two cosines: to the mean of the person's templates (``MEAN_SHARE`` of it) and to the
        nearest. The mean alone is drawn off by one odd photo, the nearest alone is luckier the more photos there are.
        """
        if not len(self.people):
            return np.empty(0, np.float32)
        probe = centred(vector, self.centre)
        # Not by ``@``: BLAS wakes a thread for every core, and on a busy machine waiting for them takes milliseconds.
        nearest = np.maximum.reduceat(np.einsum("ij,j->i", self.matrix, probe), self.starts)
        return joined(nearest, np.einsum("ij,j->i", self.means, probe))

    def distances_of(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """The distances (n, p) of several probes (n, d) to each of ``people``; see ``distances``."""
        if not len(self.people):
            return np.empty((len(vectors), 0), np.float32)
        return self.distances_between(centred(vectors, self.centre))

    def distances_between(self, probes: NDArray[np.float32]) -> NDArray[np.float32]:
        """As ``distances_of``, for probes that are centred already, as the rows of ``matrix`` are."""
        nearest = np.maximum.reduceat(probes @ self.matrix.T, self.starts, axis=1)
        return joined(nearest, probes @ self.means.T)

    def match(self, vector: Vector, *, without: int | None = None) -> Match:
        """The nearest person to ``vector`` (d,), and the next; ``without`` leaves one owner out of the search."""
        distances = self.distances(vector)
        if without is not None:
            distances = np.where(self.people == without, np.float32(np.inf), distances)
        known = int(np.isfinite(distances).sum())
        if not known:
            return NOBODY
        first = int(distances.argmin())
        begin = int(self.starts[first])
        end = int(self.starts[first + 1]) if first + 1 < len(self.starts) else len(self.matrix)
        nearest = begin + int((self.matrix[begin:end] @ centred(vector, self.centre)).argmax())
        rest = distances.copy()
        rest[first] = np.inf
        second = int(rest.argmin()) if known > 1 else None
        found = Match(
            best=int(self.people[first]),
            distance=float(distances[first]),
            runner_up=None if second is None else int(self.people[second]),
            runner_up_distance=float("inf") if second is None else float(distances[second]),
            people=known,
            templates=len(self.matrix),
            best_templates=end - begin,
            template=int(self.ids[nearest]),
            runner_up_templates=1 if second is None else int(self.counts()[second]),
        )
        return self._anchored(found, vector, self.added[begin:end])

    def match_one(self, vector: Vector, owner: int) -> Match:
        """How near ``vector`` (128,) lies to one person, asked alone: a gallery of one, without a runner-up."""
        place = int(np.searchsorted(self.people, owner))
        if place >= len(self.people) or self.people[place] != owner:
            return NOBODY
        begin = int(self.starts[place])
        end = int(self.starts[place + 1]) if place + 1 < len(self.starts) else len(self.matrix)
        found = Match(
            best=owner,
            distance=self._distance(vector, begin, end, place),
            runner_up=None,
            runner_up_distance=float("inf"),
            people=1,
            templates=end - begin,
            best_templates=end - begin,
        )
        return self._anchored(found, vector, self.added[begin:end])

    def _distance(self, vector: Vector, begin: int, end: int, place: int) -> float:
        """As ``distances`` computes it, of the one person whose templates are the rows from ``begin`` to ``end``."""
        probe = centred(vector, self.centre)
        nearest = np.einsum("ij,j->i", self.matrix[begin:end], probe).max(keepdims=True)
        return float(joined(nearest, np.einsum("ij,j->i", self.means[place : place + 1], probe))[0])

    def _anchored(self, match: Match, vector: Vector, added: NDArray[np.bool_]) -> Match:
        """The match with what HR's photos alone say, where others were added to them."""
        if match.best is None or not added.any():
            return match
        apart, photos = self.anchor(vector, match.best)
        return replace(match, anchor_distance=apart, anchors=len(photos))


def _centre(
    vectors: NDArray[np.float32],
    starts: NDArray[np.int64],
    added: NDArray[np.bool_],
    prior_centre: Vector,
    centre_people: float,
) -> Vector:
    """The mean of the people's mean directions, with ``prior_centre`` counting as ``centre_people`` of them.

    By HR's photos alone, where a person has any: who steers what the kiosk adds is not to move what everybody is
    compared by.
    """
    if not len(starts) or math.isinf(centre_people):
        return prior_centre
    total = directions(vectors, starts, added).sum(axis=0, dtype=np.float64)
    return blended(total, len(starts), prior_centre, centre_people)


def blended(total: NDArray[np.float64], people: int, prior_centre: Vector, centre_people: float) -> Vector:
    """The mean face from the sum of the people's mean directions (``directions``)."""
    return np.asarray((total + centre_people * prior_centre) / (people + centre_people), np.float32)


def directions(
    vectors: NDArray[np.float32], starts: NDArray[np.int64], added: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """The mean direction (p, d) of each person's vectors, by HR's photos alone where there is one."""
    if not len(starts):
        return vectors[:0]
    taken = np.add.reduceat(~added, starts) > 0
    weights = np.where(np.repeat(taken, np.diff(np.append(starts, len(vectors)))), ~added, True)
    sums = np.add.reduceat(vectors * weights[:, None], starts, axis=0)
    return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12), np.float32)


def joined(nearest: Any, mean: Any) -> NDArray[np.float32]:
    """The distance that belongs to the mean of two cosines."""
    return np.asarray(np.sqrt(np.maximum(0, 2 - 2 * (nearest + MEAN_SHARE * (mean - nearest)))), np.float32)


def burst(vectors: Sequence[Vector], weights: Sequence[float] | None = None) -> Vector:
    """One unit vector (d,) for several frames of one face: the mean, weighted by quality scores, at length 1.

    Weights of zero everywhere count as equal ones. Raises ``ValueError`` when there is no frame.
    """
    if not len(vectors):
        raise ValueError("a burst needs at least one vector")
    stacked = np.stack([np.asarray(vector, np.float32) for vector in vectors])
    given = np.ones(len(stacked)) if weights is None else np.asarray(weights, np.float64)
    if given.sum() <= 0:
        given = np.ones(len(stacked))
    return unit((stacked * given[:, None]).sum(axis=0).astype(np.float32))


def centred(vectors: NDArray[np.float32], centre: Vector) -> NDArray[np.float32]:
    """``vectors`` (…, d) less ``centre`` (d,), each at length 1 again; a row of zeros (no face) stays one.

    Every face resembles the mean face. What a vector shares with it says nothing about whose it is, but makes
    strangers alike: without it the same cosine means more (docs/recognition.md, "Confidence").
    """
    rows = np.where(np.any(vectors, axis=-1, keepdims=True), vectors - centre, 0)
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), np.float32)


def distance(one: Vector, other: Vector, *, centre: Vector | None = None) -> float:
    """The Euclidean distance between two unit vectors, 0 to 2, each centred first where a ``centre`` is given."""
    if centre is not None:
        one, other = centred(one, centre), centred(other, centre)
    return float(np.linalg.norm(one - other))
