"""Does the interval hold? Random splits of a folder of people: some are a company, the others strangers to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognition.engine import operating
from recognition.engine.calibrate import Calibration, log_odds_of, sigmoid
from recognition.engine.gallery import Gallery

# Of the people: who works for the company.
EMPLOYED = 1 / 2
LEAST = 4


@dataclass(frozen=True, slots=True)
class Check:
    """One split: the threshold (a confidence) derived for a share of strangers, the rate and interval stated there, the
    share that did pass of people who are not enrolled, and how much was the company's own."""

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
    people: Sequence[NDArray[np.float32]],
    calibration: Calibration,
    *,
    target: float,
    enroll: int,
    repeats: int,
    seed: int,
) -> Iterator[Check]:
    """Random splits of ``people`` (vectors (n, d) each, without empty rows).

    Raises ``ValueError`` with too few people to employ and to be strangers.
    """
    if len(people) < LEAST:
        raise ValueError(f"a check needs at least {LEAST} people, found {len(people)}")
    employed = round(len(people) * EMPLOYED)
    for number in range(repeats):
        rng = np.random.default_rng((seed, number))
        order = rng.permutation(len(people))
        gallery = _company([people[index] for index in order[:employed]], enroll, calibration, rng)
        probes = np.concatenate([people[index] for index in order[employed:]])
        yield _check(gallery, calibration, probes, target)


def _company(
    people: Sequence[NDArray[np.float32]], enroll: int, calibration: Calibration, rng: np.random.Generator
) -> Gallery:
    taken = [vectors[rng.permutation(len(vectors))[:enroll]] for vectors in people]
    owners = np.repeat(np.arange(len(taken)), [len(rows) for rows in taken])
    return calibration.gallery(np.arange(len(owners)), owners, np.concatenate(taken))


def _check(gallery: Gallery, calibration: Calibration, probes: NDArray[np.float32], target: float) -> Check:
    figures = calibration.adapted(gallery)
    curve = operating.curve(gallery, figures, calibration.prior)
    limit = operating.threshold(curve, target)
    stated, low, high = operating.at(curve.strangers, limit)
    observed = float((log_odds_of(gallery, gallery.distances_of(probes), figures) >= limit).mean())
    return Check(sigmoid(limit), stated, low, high, observed, len(probes), curve.own_share)
