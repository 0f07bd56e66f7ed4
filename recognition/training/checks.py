"""Checks of the photos before a network learns from them: what is under the wrong name is reported, not learnt.

A network that learns two people under one name, or one person under two, gets worse at both, and a test on photos with
the same mistake does not show it. So the checks ask the version that serves, by distances of its vectors:

- ``looks_like_other``: a photo is as near to another person's photos as to its own person's, and near enough to be of
  that person;
- ``unlike_own``: a photo is of nobody that its person's other photos show;
- ``same_person``: two names have photos of one face.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

# A photo's distance to a person is the mean to the nearest three of their photos: one wrong photo among them, or one
# lucky likeness, decides nothing.
NEAREST = 3
# Nearer to somebody else than to one's own by less than this is no clear case either.
CLEARLY = 0.1
UNLIKE = 1.2
"""The score (``calibrate.Coefficients.score``) below which a photo does not show the person of its own other photos: as
at enrolment (docs/appendix/photo-quality.md, "Photos that look like somebody else")."""
# The share of a person's photos that look like one other person from which the two names are one face.
SAME_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Finding:
    """``photo``: its row, or None where it concerns the person; ``other``: the other person, or None."""

    code: str
    person: int
    photo: int | None = None
    other: int | None = None
    distance: float | None = None


def examine(vectors: Floats, people: Ints, *, one_person: float, unlike: float) -> list[Finding]:
    """What is wrong with photos whose centred unit vectors are ``vectors`` (n, d) and whose people ``people`` (n,).

    ``one_person``: the distance below which two photos are taken for one person (``calibrate.pair_threshold``);
    ``unlike``: the one beyond which a photo is not of its own person (that of the score ``UNLIKE``).
    """
    everybody = np.unique(people)
    rows = {int(person): np.flatnonzero(people == person) for person in everybody}
    found: list[Finding] = []
    alike: dict[tuple[int, int], int] = {}
    for person, mine in rows.items():
        cosines = vectors[mine] @ vectors.T
        own = _nearest_own(cosines[:, mine])
        other, away = _nearest_other(cosines, people, person)
        for place, row in enumerate(mine.tolist()):
            near, distance = int(other[place]), float(away[place])
            if distance < one_person and distance < own[place] + CLEARLY:
                found.append(Finding("looks_like_other", person, row, near, round(distance, 4)))
                alike[person, near] = alike.get((person, near), 0) + 1
            elif np.isfinite(own[place]) and own[place] > unlike:
                found.append(Finding("unlike_own", person, row, None, round(float(own[place]), 4)))
    for (one, two), count in sorted(alike.items()):
        mutual = alike.get((two, one), 0)
        if one < two and count >= SAME_SHARE * len(rows[one]) and mutual >= SAME_SHARE * len(rows[two]):
            found.append(Finding("same_person", one, None, two))
    return found


def _nearest_own(cosines: Floats) -> Floats:
    """Each photo's distance (k,) to its person's other photos, of ``cosines`` (k, k); infinite where it is alone."""
    others = cosines.copy()
    np.fill_diagonal(others, -np.inf)
    top = np.sort(others, axis=1)[:, ::-1][:, : max(1, min(NEAREST, len(others) - 1))]
    return np.asarray(np.sqrt(np.maximum(0, 2 - 2 * top.mean(axis=1))), np.float32)


def _nearest_other(cosines: Floats, people: Ints, person: int) -> tuple[Ints, Floats]:
    """For each photo the nearest other person and the distance to them, both (k,); infinite where there is none."""
    order = np.argsort(people, kind="stable")
    owners, starts = np.unique(people[order], return_index=True)
    sums = np.stack(
        [
            np.sort(block, axis=1)[:, ::-1][:, :NEAREST].mean(axis=1)
            for block in np.split(cosines[:, order], starts[1:], axis=1)
        ],
        axis=1,
    )
    sums[:, owners == person] = -np.inf
    best = sums.argmax(axis=1)
    nearest = np.take_along_axis(sums, best[:, None], axis=1)[:, 0]
    return owners[best].astype(np.int64), np.asarray(np.sqrt(np.maximum(0, 2 - 2 * nearest)), np.float32)
