"""Confidence: from a match to the probability that the nearest person is the right one.

**The scale.** How near strangers lie to each other is not the same everywhere: those of one office, filmed by one
camera, resemble each other more than celebrities do. What they share is the mean face of their population, which is
taken off every vector; it follows the gallery's own people (``Gallery.centre``). After that the cosines between
strangers are nearly normal around zero, with a *spread* that is nearly the same in every population measured; a little
of it, too, follows the gallery (``adapted``). A person's score is counted in spreads:

    ``z = (cosine − templates·ln(photos of the person)) / spread``

(the more photos a person has, the nearer a stranger comes to one of them by chance).

**The confidence.** Each person in turn is held to be the right one, with the log-odds ``intercept + slope·z −
photos·ln(photos of the person) − ln(people)``: the right person would lie nearer to several photos than to one, and a
stranger's chance of lying near somebody grows in proportion to the number of people to lie near. The runner-up is a
rival explanation of the same face: the best one's confidence is its share, ``odds / (1 + the runner-up's odds)``. One
probe in five is taken to be a stranger.

**The rate of strangers** (``stranger_rate``): that one of ``people`` lies ``z`` or nearer has the probability of the
tail of Student's t, because the spread is itself an estimate; that any does, ``1 − (1 − tail)^people``. The threshold
for a chosen rate and the confidence are so one scale, and a small gallery is strict.

*Photos from the kiosk* (``engine.refresh``) may make the odds at most three times what they are by the photos that HR
took: whoever steers what is added gains no more than that.

``manage.py fit_calibration`` finds the figures; they lie in ``calibration.json`` beside this file, and a model version
may bring a file of its own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognition.engine.gallery import Gallery, Match, Searched
from recognition.engine.leave_out import cosines_left_out, evenly
from recognition.engine.prior import Prior
from recognition.engine.tail import upper_tail
from recognition.engine.types import Vector

Floats = NDArray[np.float64]

DEFAULT_ACCEPTANCE = 0.85
LENT = math.log(3)
"""How far, in log-odds, photos from the kiosk may lift a person above what HR's own photos say."""
RIVAL_MARGIN = 2.5
"""In spreads: how far apart the scores of two people may lie who have one face (docs/recognition.md, "Look-alikes")."""
# The share of probes that are strangers for which ``confidence`` is a probability …
STRANGERS = 0.2
# … and for which ``pair_confidence`` is: two photos taken at random are hardly ever of one person.
STRANGERS_AMONG_PAIRS = 0.95
FILE = Path(__file__).with_name("calibration.json")
FORMAT_VERSION = 3
# Whose strangers show the spread: leaving out more people makes it no better known.
MOST_LEFT_OUT = 50
MOST_HELD_AGAINST = 2000
"""Among how many people each of those is looked at: past it the spread is known, and a change would cost more."""


@dataclass(frozen=True, slots=True)
class Coefficients:
    """The figures of the scale, all but ``intercept`` at least 0, which is what makes the confidence monotone.

    ``photos``: how the log-odds, ``templates``: how strangers' cosines depend on the logarithm of a person's photos.
    The ``spread`` of those cosines rests on ``spread_pairs`` pairs of people.
    """

    intercept: float
    slope: float
    photos: float
    templates: float
    spread: float
    spread_pairs: float

    def score(self, distance: Any, templates: Any) -> Any:
        """``z`` of a distance to a person of so many photos: arrays as well as numbers."""
        return (1 - np.square(distance) / 2 - self.templates * np.log(np.maximum(templates, 1))) / self.spread

    def alone(self, distance: Any, templates: Any, people: int) -> Any:
        """The log-odds that a person at this distance is the right one, as if there were no rival."""
        return self.slope * self.score(distance, templates) + self._level(templates, people)

    def distance(self, score: float, templates: int) -> float:
        """The distance to a person of so many photos that has this ``score``."""
        cosine = score * self.spread + self.templates * math.log(max(templates, 1))
        return math.sqrt(max(0.0, 2 - 2 * cosine))

    def reaching(self, limits: Any, templates: Any, people: int) -> Any:
        """The ``z`` from which on ``alone`` reaches each of ``limits``."""
        return (limits - self._level(templates, people)) / self.slope

    def _level(self, templates: Any, people: int) -> Any:
        return self.intercept - self.photos * np.log(np.maximum(templates, 1)) - math.log(max(people, 1))


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """What turns vectors of one model version into confidences.

    ``centre`` (d,): the mean face to start from, zeros for none, which counts as ``centre_people`` people beside a
    gallery's own; infinite: neither it nor the spread follows the gallery. ``prior``: how honest people fared.
    """

    coefficients: Coefficients
    centre: Vector
    centre_people: float
    prior: Prior

    @classmethod
    def read(cls, path: Path = FILE) -> Calibration:
        """Read what ``manage.py fit_calibration FOLDER --out FILE`` wrote.

        Raises ``ValueError`` when it is of another format, lacks a figure or holds one of the wrong sign, or when the
        mean face is not a vector shorter than 1.
        """
        raw: Any = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(raw, dict) or raw.get("format_version") != FORMAT_VERSION:
            raise ValueError(f"{path} is not a calibration of format {FORMAT_VERSION}; run `manage.py fit_calibration`")
        try:
            found = Coefficients(**{name: float(raw["coefficients"][name]) for name in Coefficients.__slots__})
            centre, people, prior = np.asarray(raw["centre"], np.float32), float(raw["centre_people"]), raw["prior"]
            read = cls(found, centre, people, Prior.read(prior))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} lacks a figure: {error!r}") from error
        if min(found.slope, found.spread) <= 0 or min(found.photos, found.templates) < 0:
            raise ValueError(f"{path}: a coefficient has the wrong sign, the confidence would not be monotone")
        if not found.spread_pairs >= 5 or not people > 0:
            raise ValueError(
                f"{path}: the spread has to count as at least five pairs of people, the mean face as some people"
            )
        if centre.ndim != 1 or not np.linalg.norm(centre) < 1:
            raise ValueError(f"{path}: the centre is no mean of unit vectors")
        centre.setflags(write=False)
        return read

    def gallery(
        self,
        ids: Sequence[int] | NDArray[np.int64],
        owners: Sequence[int] | NDArray[np.int64],
        vectors: Sequence[Vector] | NDArray[np.float32],
        *,
        added: Sequence[bool] | NDArray[np.bool_] | None = None,
    ) -> Gallery:
        """``Gallery.build`` with this calibration's mean face to start from."""
        return Gallery.build(ids, owners, vectors, centre=self.centre, centre_people=self.centre_people, added=added)

    def adapted(self, whole: Searched) -> Coefficients:
        """The coefficients for this gallery: the spread follows its own people as far as they can show it."""
        figures = self.coefficients
        if len(whole.people) < 2 or math.isinf(self.centre_people):
            return figures
        gallery = whole.sampled(MOST_HELD_AGAINST)
        # What those have in common whose cosines lie below zero is a small gallery's mean face, no sign of safety.
        offset = figures.templates * np.log(gallery.counts())
        found = [
            (cosines - np.delete(offset, place))
            for place, cosines in cosines_left_out(gallery, evenly(len(gallery.people), MOST_LEFT_OUT))
        ]
        middle = min(0.0, float(np.mean([rows.mean() for rows in found])))
        own = float(np.mean([np.square(rows - middle).mean() for rows in found]))
        # Each pair of people is seen from both sides.
        known, pairs = figures.spread_pairs, len(found) * (len(gallery.people) - 1) / 2
        spread = math.sqrt((known * figures.spread**2 + pairs * own) / (known + pairs))
        return replace(figures, spread=spread, spread_pairs=known + pairs)


@lru_cache(maxsize=1)
def shipped() -> Calibration:
    """The calibration that comes with the program, measured with SFace."""
    return Calibration.read()


def uncentred(dimensions: int) -> Calibration:
    """The shipped coefficients without a mean face, for another network's vectors until it brings its own."""
    return replace(shipped(), centre=np.zeros(dimensions, np.float32))


def confidence(match: Match, coefficients: Coefficients | None = None) -> float:
    """The probability, 0 to 1, that the photo is of ``match.best``; 0 when the gallery is empty.

    It falls as the distance, the number of people or the number of the person's templates grows and as the runner-up
    comes nearer. ``coefficients``: those adapted to the gallery (``Calibration.adapted``).
    """
    if match.best is None:
        return 0.0
    return sigmoid(log_odds(match, coefficients or shipped().coefficients))


def log_odds(match: Match, coefficients: Coefficients) -> float:
    """The model itself, for a match that has a best."""
    rival = 0.0
    if match.runner_up is not None:
        odds = coefficients.alone(match.runner_up_distance, match.runner_up_templates, match.people)
        rival = float(np.logaddexp(0, odds))
    whole = float(coefficients.alone(match.distance, match.best_templates, match.people)) - rival
    if match.anchor_distance is None:
        return whole
    anchored = float(coefficients.alone(match.anchor_distance, match.anchors, match.people)) - rival
    return min(whole, anchored + LENT)


def log_odds_of(
    gallery: Gallery, distances: NDArray[np.float32], coefficients: Coefficients, *, left_out: int = 0
) -> Floats:
    """``log_odds`` (n,) for rows (n, p) of distances, in which ``left_out`` people are infinitely far."""
    counts, people = gallery.counts(), len(gallery.people) - left_out
    best = distances.argmin(axis=1)
    rows = np.arange(len(distances))
    whole = coefficients.alone(distances[rows, best].astype(np.float64), counts[best], people)
    if people > 1:
        rest = distances.copy()
        rest[rows, best] = np.inf
        second = rest.argmin(axis=1)
        odds = coefficients.alone(rest[rows, second].astype(np.float64), counts[second], people)
        whole = whole - np.logaddexp(0, odds)
    return np.asarray(whole, np.float64)


def rivalled(match: Match, coefficients: Coefficients) -> bool:
    """Could the face as well be the runner-up's? Then a name by the face alone is not safe, whatever the confidence.

    So it is when the runner-up, asked alone, is more likely the person than not, and the scores of the two lie no
    farther apart than those of one face enrolled twice do.
    """
    if match.best is None or match.runner_up is None:
        return False
    runner_up = match.runner_up_distance, match.runner_up_templates
    apart = coefficients.score(match.distance, match.best_templates) - coefficients.score(*runner_up)
    return bool(coefficients.alone(*runner_up, match.people) >= 0 and apart < RIVAL_MARGIN)


def one_of_two(match: Match, coefficients: Coefficients) -> float:
    """The probability, 0 to 1, that the photo is of ``match.best`` or of ``match.runner_up``."""
    if match.best is None:
        return 0.0
    odds = float(coefficients.alone(match.distance, match.best_templates, match.people))
    if match.runner_up is not None:
        other = coefficients.alone(match.runner_up_distance, match.runner_up_templates, match.people)
        odds = float(np.logaddexp(odds, other))
    return sigmoid(odds)


def stranger_rate(limits: Any, photos: Any, coefficients: Coefficients) -> Floats:
    """The share of strangers, 0 to 1, whose log-odds reach each of ``limits`` in a gallery whose people have so many
    ``photos`` (p,) each; as in a gallery of one photo where there is nobody."""
    counts = np.asarray(photos, np.int64) if len(photos) else np.ones(1, np.int64)
    wanted, missed = np.asarray(limits, np.float64), np.zeros(np.shape(limits))
    for count, people in zip(*np.unique(counts, return_counts=True), strict=True):
        shares = upper_tail(coefficients.reaching(wanted, count, len(counts)), coefficients.spread_pairs)
        missed = missed + people * np.log1p(-np.minimum(shares, 1 - 1e-12))
    return np.asarray(-np.expm1(missed), np.float64)


def pair_confidence(distance: float, coefficients: Coefficients | None = None) -> float:
    """The probability that two photos whose vectors lie ``distance`` apart show one person.

    The same model for a gallery of one template, with the prior of pairs in place of a kiosk's.
    """
    return sigmoid(_pair_log_odds(distance, coefficients or shipped().coefficients))


def pair_threshold(acceptance: float = DEFAULT_ACCEPTANCE, coefficients: Coefficients | None = None) -> float:
    """The distance at which ``pair_confidence`` is ``acceptance``: nearer is the same person."""
    used = coefficients or shipped().coefficients
    missing = logit(acceptance) - _pair_log_odds(math.sqrt(2), used)
    return math.sqrt(max(0.0, 2 - 2 * used.spread * missing / used.slope))


def _pair_log_odds(distance: float, coefficients: Coefficients) -> float:
    alone = float(coefficients.alone(distance, 1, people=1))
    return alone + logit(STRANGERS) - logit(STRANGERS_AMONG_PAIRS)


def sigmoid(x: float) -> float:
    """1 / (1 + e^−x), without overflow."""
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def logit(p: float) -> float:
    """ln(p / (1 − p)) for 0 < p < 1."""
    return math.log(p / (1 - p))
