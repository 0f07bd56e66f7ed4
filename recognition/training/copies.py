"""Which photos are near-copies of one another: judged pair by pair, by the face's vector and by when each was taken.

A photo that was saved again, resized, brightened, mirrored or cut has nearly the vector of the first. What else a
picture shows says nothing: before one wall all badge photos look alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Distances of centred unit vectors. docs/training.md, "Splits and copies", has what was measured.
# So near lies only a copy, or the next frame of one burst.
NEAR = 0.2
# Taken at the same moment, a copy may be poorer than that; two people never lie so near.
NEAR_AT_ONCE = 0.6
SAME_MOMENT = 2.0
"""Seconds: two photos taken within them are of one moment. Copies keep the time of the first."""
BLOCK = 1024


def pairs(vectors: NDArray[np.float32], taken: Floats, names: Sequence[str]) -> Ints:
    """Rows (m, 2), the lower one first, of photos that are near-copies.

    ``vectors`` (n, d) centred, of unit length, a row of zeros where there is no face; ``taken`` (n,) seconds of any
    common clock, NaN where nobody knows; ``names`` (n,): photos of one name are the same bytes. Two photos with known
    times are copies when they are of one moment and alike; two of which a time is missing, when they are as near as
    only a copy is.
    """
    first: dict[str, int] = {}
    found = {(first[name], row) for row, name in enumerate(names) if first.setdefault(name, row) != row}
    seen = np.asarray(vectors.any(axis=1), np.bool_)
    known = ~np.isnan(taken)
    for begin in range(0, len(vectors), BLOCK):
        block = slice(begin, begin + BLOCK)
        apart = np.sqrt(np.maximum(0, 2 - 2 * vectors[block] @ vectors[begin:].T))
        timed = known[block, None] & known[None, begin:]
        with np.errstate(invalid="ignore"):
            at_once = timed & (np.abs(taken[block, None] - taken[None, begin:]) <= SAME_MOMENT)
        copies = np.where(timed, at_once & (apart <= NEAR_AT_ONCE), apart <= NEAR)
        copies &= seen[block, None] & seen[None, begin:]
        rows, columns = np.nonzero(np.triu(copies, 1))
        found |= set(zip((rows + begin).tolist(), (columns + begin).tolist(), strict=True))
    return np.array(sorted(found), np.int64).reshape(-1, 2)


def groups(count: int, found: Ints) -> Ints:
    """A number for each of ``count`` photos, shared by copies, also by way of others: what a split keeps whole."""
    parent = np.arange(count)

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = int(parent[index])
        return index

    for row, column in found.tolist():
        one, other = sorted((root(row), root(column)))
        parent[other] = one
    return np.array([root(index) for index in range(count)], np.int64)


def of_any(rows: Iterable[int], count: int, found: Ints) -> NDArray[np.bool_]:
    """(count,) whether a photo is one of ``rows`` or a copy of one, itself and not by way of others."""
    chosen = np.zeros(count, np.bool_)
    chosen[list(rows)] = True
    reached = chosen.copy()
    reached[found[chosen[found[:, 1]], 0]] = True
    reached[found[chosen[found[:, 0]], 1]] = True
    return reached


def apart(rows: Iterable[int], found: Ints) -> list[int]:
    """``rows`` in their order, less each that is a copy of one before it."""
    near: dict[int, set[int]] = {}
    for one, other in found.tolist():
        near.setdefault(one, set()).add(other)
        near.setdefault(other, set()).add(one)
    taken: list[int] = []
    for row in rows:
        if near.get(row, set()).isdisjoint(taken):
            taken.append(row)
    return taken


def seconds(taken: datetime | None) -> float:
    """A time as ``pairs`` takes it; NaN for none."""
    return math.nan if taken is None else taken.timestamp()
