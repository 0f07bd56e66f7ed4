"""Does the interval hold? Random splits of a folder of people: one part fits, one is a company, one are strangers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognition.engine import operating
from recognition.engine.calibrate import Coefficients, sigmoid
from recognition.engine.gallery import Gallery
from recognition.engine.prior import Prior
from recognition.engine.types import Vector
from recognition.evaluation import calibrate_fit

# Of the people: what the coefficients and the prior are fitted on, and who works for the company.
FITTED, EMPLOYED = 5 / 13, 4 / 13


@dataclass(frozen=True, slots=True)
class Check:
    """One split: the threshold (a confidence) derived for a share of strangers, the rate and interval stated there, the
    share that did pass of strangers whom neither fit nor gallery had seen, and how much was the company's own."""

    confidence: float
    stated: float
    low: float
    high: float
    observed: float
    strangers: int
    own_share: float

    @property
    def holds(self) -> bool:
        """Whether what was observed lies in the interval."""
        return self.low <= self.observed <= self.high


def checks(
    people: Sequence[NDArray[np.float32]], centre: Vector, *, target: float, enroll: int, repeats: int, seed: int
) -> Iterator[Check]:
    """Random splits of ``people`` (vectors (n, 128) each, without empty rows).

    Raises ``ValueError`` with too few people to fit on, to employ and to be strangers.
    """
    fitted, employed = round(len(people) * FITTED), max(2, round(len(people) * EMPLOYED))
    if len(people) - fitted - employed < 2:
        raise ValueError(f"a check needs at least 11 people, found {len(people)}")
    for number in range(repeats):
        rng = np.random.default_rng((seed, number))
        order = rng.permutation(len(people))
        found = calibrate_fit.fit([people[index] for index in order[:fitted]], centre=centre)
        gallery = _company([people[index] for index in order[fitted : fitted + employed]], enroll, centre, rng)
        probes = np.concatenate([people[index] for index in order[fitted + employed :]])
        yield _check(gallery, found, probes, target)


def _company(people: Sequence[NDArray[np.float32]], enroll: int, centre: Vector, rng: np.random.Generator) -> Gallery:
    taken = [vectors[rng.permutation(len(vectors))[:enroll]] for vectors in people]
    owners = np.repeat(np.arange(len(taken)), [len(rows) for rows in taken])
    return Gallery.build(range(len(owners)), owners, np.concatenate(taken), centre=centre)


def _check(gallery: Gallery, fitted: dict[str, object], probes: NDArray[np.float32], target: float) -> Check:
    figures, prior = Coefficients(**fitted["coefficients"]), Prior.read(fitted["prior"])  # type: ignore[arg-type]
    curve = operating.curve(gallery, figures, prior)
    limit = operating.threshold(curve, target)
    stated, low, high = operating.at(curve.strangers, limit)
    scores = operating.log_odds_of(gallery, gallery.distances_of(probes), figures)
    observed = float((scores >= limit).mean())
    return Check(sigmoid(limit), stated, low, high, observed, len(probes), curve.own_share)
