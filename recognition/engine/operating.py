"""Where the threshold lies: how often strangers pass and honest people are refused, at every threshold, from a gallery.

Scores are the log-odds of ``calibrate``, which already take the number of people and of their photos into account, so
that a threshold keeps its meaning while the gallery grows.

**Strangers.** What passes is told by ``calibrate.stranger_rate``: the tail of a spread that was measured on several
populations and follows the gallery. A company has no photos of strangers, but everybody enrolled is one to all others:
each person in turn is left out of the gallery, and that person's own templates are the probes. What passes so is held
against the tail, which counts as much as ``PRIOR_PEOPLE`` people; where fewer than ``SEEN_FEW`` pass, the company's
own share goes on as the tail does.

**Honest people.** Each template in turn left out of its own person's shows how an honest photo fares; ``Prior`` is what
was measured on other populations and counts as much as ``PRIOR_PEOPLE`` people, too. It leads in a small office and
fades in a large one. The share that is the company's own is part of the answer.

**The interval.** Photos of one person are alike: a person is worth at most ``Prior.independence`` independent trials.
With n such trials in all and k = n·rate of them passed, the ends are those of Clopper and Pearson (Biometrika, 1934),
Beta(k, n−k+1) and Beta(k+1, n−k). Below k = 3 the lower end is 0. Below k = 1 there are no data: the upper end falls
half as fast as the rate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognition.engine.calibrate import Coefficients, log_odds_of, stranger_rate
from recognition.engine.gallery import Gallery, Searched, joined
from recognition.engine.leave_out import left_out
from recognition.engine.prior import GRID, Prior

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PRIOR_PEOPLE = 10
COVERAGE = 0.95
# Where so few are expected, seeing none is no wonder: e^−3 is 5 %.
SEEN_NONE = 3
# A share of so many is known to a third of itself.
SEEN_FEW = 10
# Leaving out costs probes × templates products; past this, people drawn at random stand for all.
MOST_PRODUCTS = 400_000_000
BLOCK = 256


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Log-odds (n,) of probes against the gallery, −inf where the nearest is not the right one, and whose they are."""

    scores: Floats
    people: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Rate:
    """A rate at each threshold of ``GRID``, with the ends of its interval; all (g,), 0 to 1, falling or rising."""

    rate: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The trade-off: ``strangers`` taken for somebody and ``honest`` people refused, at each threshold of ``GRID``.

    ``own_share``: how much of it is the gallery's own, 0 (all prior) to 1.
    """

    strangers: Rate
    honest: Rate
    people: int
    templates: int
    own_share: float


def curve(gallery: Gallery, coefficients: Coefficients, prior: Prior, *, seed: int = 0) -> Curve:
    """The trade-off of a gallery; of what was measured elsewhere alone where nobody, or one person, is enrolled.

    ``coefficients``: those adapted to the gallery (``Calibration.adapted``).
    """
    chosen = _affordable(len(gallery.people), len(gallery), seed)
    passes = strangers(gallery, coefficients, chosen)
    misses = honest(gallery, coefficients, chosen)
    weight = _weight(prior)
    expected = stranger_rate(GRID, gallery.counts(), coefficients)
    own_passes, trials = _shares(passes, prior.independence)
    own_refused, honest_trials = _shares(misses, prior.independence)
    return Curve(
        _rate(_continued(own_passes, trials, expected), trials, expected, weight, falling=True),
        _rate(1 - own_refused, honest_trials, prior.of(gallery.counts()), weight, falling=False),
        len(gallery.people),
        len(gallery),
        float(trials / (trials + weight)),
    )


def of_prior(gallery: Searched, coefficients: Coefficients, prior: Prior) -> Curve:
    """What is known of a gallery at once, before measuring: from its size, its spread and its people's photos."""
    nothing, weight = np.zeros(len(GRID)), _weight(prior)
    expected = stranger_rate(GRID, gallery.counts(), coefficients)
    return Curve(
        _rate(nothing, 0, expected, weight, falling=True),
        _rate(nothing, 0, prior.of(gallery.counts()), weight, falling=False),
        len(gallery.people),
        len(gallery),
        0.0,
    )


def threshold(found: Curve, target: float) -> float:
    """The lowest log-odds at which at most ``target`` (0 to 1) of strangers pass, straight between the grid's points in
    the rate's logarithm; the grid's end where even that lets more pass."""
    falling = np.log(np.maximum(found.strangers.rate, 1e-300))
    return float(np.interp(-np.log(target), -falling, GRID))


def at(rate: Rate, log_odds: float) -> tuple[float, float, float]:
    """Rate, low end and high end at a threshold."""
    return tuple(float(np.interp(log_odds, GRID, one)) for one in (rate.rate, rate.low, rate.high))  # type: ignore[return-value]


def strangers(gallery: Gallery, coefficients: Coefficients, chosen: Ints | None = None) -> Scores:
    """Each person's templates (of the ``chosen`` places in ``people``, or all) against everybody else."""
    if len(gallery.people) < 2:
        return Scores(np.empty(0), np.empty(0, np.int64))
    scores, people = [], []
    places = np.arange(len(gallery.people)) if chosen is None else chosen
    for place, distances in left_out(gallery, places):
        whole = np.insert(distances, place, np.inf, axis=1)
        scores.append(log_odds_of(gallery, whole, coefficients, left_out=1))
        people.append(np.full(len(distances), gallery.people[place]))
    return Scores(np.concatenate(scores), np.concatenate(people))


def honest(gallery: Gallery, coefficients: Coefficients, chosen: Ints | None = None) -> Scores:
    """Each template of people with at least two against everybody, itself taken out of its person's templates."""
    ends = np.append(gallery.starts[1:], len(gallery))
    several = np.flatnonzero(ends - gallery.starts > 1)
    rows, own = _rows(gallery, several if chosen is None else np.intersect1d(chosen, several))
    if not len(rows):
        return Scores(np.empty(0), np.empty(0, np.int64))
    found = []
    for begin in range(0, len(rows), BLOCK):
        part, mine = rows[begin : begin + BLOCK], own[begin : begin + BLOCK]
        distances = gallery.distances_between(gallery.matrix[part])
        for line, (row, place) in enumerate(zip(part, mine, strict=True)):
            others = np.delete(gallery.matrix[gallery.starts[place] : ends[place]], row - gallery.starts[place], axis=0)
            mean = others.mean(axis=0)
            to_mean = mean @ gallery.matrix[row] / max(np.linalg.norm(mean), 1e-12)
            distances[line, mine[line]] = joined((others @ gallery.matrix[row]).max(), to_mean)
        scores = log_odds_of(gallery, distances, coefficients)
        found.append(np.where(distances.argmin(axis=1) == mine, scores, -np.inf))
    return Scores(np.concatenate(found), gallery.people[own])


def _affordable(people: int, templates: int, seed: int) -> Ints | None:
    """Places of people to leave out in turn: None for all, fewer drawn at random in a large gallery."""
    if templates * templates <= MOST_PRODUCTS:
        return None
    few = max(2, int(people * MOST_PRODUCTS / templates**2))
    return np.sort(np.random.default_rng(seed).choice(people, few, replace=False)).astype(np.int64)


def _rows(gallery: Gallery, chosen: Ints | None) -> tuple[Ints, Ints]:
    """The rows of the chosen people's templates, and each row's place in ``people``."""
    own = np.searchsorted(gallery.people, gallery.owners).astype(np.int64)
    keep = np.flatnonzero(np.ones(len(own), bool) if chosen is None else np.isin(own, chosen)).astype(np.int64)
    return keep, own[keep]


def _weight(prior: Prior) -> float:
    """How many independent trials what was measured elsewhere counts as."""
    return min(PRIOR_PEOPLE, prior.people) * prior.independence


def _continued(own: Floats, trials: float, expected: Floats) -> Floats:
    """The gallery's own shares, from where there are too few to count on as steeply as ``expected``."""
    counted = np.flatnonzero(own * trials >= SEEN_FEW)
    if not len(counted):
        return expected
    edge = int(counted[-1])
    beyond = own[edge] * expected / max(float(expected[edge]), 1e-300)
    return np.where(np.arange(len(own)) <= edge, own, np.minimum(beyond, own[edge]))


def _shares(found: Scores, independence: float) -> tuple[Floats, float]:
    """The share of probes at or above each threshold, every person weighed by the independent trials it is worth, and
    the number of those trials."""
    if not len(found.scores):
        return np.zeros(len(GRID)), 0.0
    _, place, photos = np.unique(found.people, return_inverse=True, return_counts=True)
    worth = photos / (1 + (photos - 1) / independence)
    weights = (worth / photos)[place]
    order = np.argsort(found.scores)
    rising = np.append(0, np.cumsum(weights[order]))
    below = rising[np.searchsorted(found.scores[order], GRID, side="left")]
    return (rising[-1] - below) / rising[-1], float(rising[-1])


def _rate(own: Floats, trials: float, prior: Floats, weight: float, *, falling: bool) -> Rate:
    """Own shares and the prior's, blended, with the interval."""
    total = trials + weight
    rate = np.clip((trials * own + weight * prior) / total, 1e-12, 1)
    seen = np.clip(rate * total, None, total)
    low, high = _beta(seen, total - seen + 1, (1 - COVERAGE) / 2), _beta(seen + 1, total - seen, (1 + COVERAGE) / 2)
    low = np.where(seen < SEEN_NONE, 0.0, low)
    known = seen >= 1
    if known.any() and not known.all():
        edge = int(np.flatnonzero(known)[-1 if falling else 0])
        beyond = np.where(known, 1.0, np.sqrt(rate / rate[edge]))
        high = np.where(known, high, high[edge] * beyond)
    return Rate(rate, np.minimum(low, rate), np.maximum(high, rate))


def _beta(a: Floats, b: Floats, share: float) -> Floats:
    """The quantile of Beta(a, b) (each (g,)) below which ``share`` lies, by adding up its density over ln x."""
    ln_x = np.linspace(np.log(1e-9), -1e-9, 4000)
    ln_rest = np.log(-np.expm1(ln_x))
    density = a[:, None] * ln_x + (np.maximum(b, 1e-3)[:, None] - 1) * ln_rest
    weight = np.cumsum(np.exp(density - density.max(axis=1, keepdims=True)), axis=1)
    place = (weight < share * weight[:, -1:]).sum(axis=1)
    return np.asarray(np.exp(ln_x[np.minimum(place, len(ln_x) - 1)]), np.float64)
