"""Confidence: from a match to the probability that the nearest person is the right one.

A logistic model: ``log-odds = a − b·distance + c·min(margin, M) − ln(people) − e·ln(templates of the best person)``.

- *distance* and *margin* (the runner-up's distance less the best's) are the evidence. Beyond M = 0.15 a margin says
  nothing more, so a gallery of one, which has no runner-up, counts as having that much.
- *people*: a stranger's chance of lying near somebody grows in proportion to the number of people to lie near, so the
  odds fall by exactly that; the coefficient is set by this argument, not fitted.
- *templates*: the more photos a person has, the nearer a stranger comes to one of them by chance.
- the prior: one probe in five is taken to be a stranger.
- *photos from the kiosk* (``engine.refresh``) may make the odds at most three times what they are by the photos that HR
  took: whoever steers what is added gains no more than that.

Distances are between vectors from which the *mean face* was taken (``Calibration.centre``, see ``gallery.centred``).

``calibrate_fit`` finds a, b, c, e and the mean face; they lie in ``calibration.json`` beside this file, and a model
version may bring a file of its own.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from recognition.engine.gallery import Match
from recognition.engine.prior import Prior
from recognition.engine.types import Vector

DEFAULT_ACCEPTANCE = 0.85
MARGIN_CAP = 0.15
LENT = math.log(3)
"""How far, in log-odds, photos from the kiosk may lift a person above what HR's own photos say."""
# The share of probes that are strangers for which ``confidence`` is a probability …
STRANGERS = 0.2
# … and for which ``pair_confidence`` is: two photos taken at random are hardly ever of one person.
STRANGERS_AMONG_PAIRS = 0.95
FILE = Path(__file__).with_name("calibration.json")
FORMAT_VERSION = 2


@dataclass(frozen=True, slots=True)
class Coefficients:
    """The fitted figures; all but ``intercept`` are at least 0, which is what makes the confidence monotone."""

    intercept: float
    distance: float
    margin: float
    templates: float


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """What turns vectors of one model version into confidences: ``centre`` (d,) is the mean face, zeros for none.

    The coefficients hold for distances between vectors centred on it, and for no others; ``prior`` says how strangers
    and honest people fared at each confidence.
    """

    coefficients: Coefficients
    centre: Vector
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
            centre, prior = np.asarray(raw["centre"], np.float32), Prior.read(raw["prior"])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} lacks a figure: {error!r}") from error
        if min(found.distance, found.margin, found.templates) < 0 or found.distance == 0:
            raise ValueError(f"{path}: a coefficient has the wrong sign, the confidence would not be monotone")
        if centre.ndim != 1 or not np.linalg.norm(centre) < 1:
            raise ValueError(f"{path}: the centre is no mean of unit vectors")
        centre.setflags(write=False)
        return cls(found, centre, prior)


@lru_cache(maxsize=1)
def shipped() -> Calibration:
    """The calibration that comes with the program, measured with SFace."""
    return Calibration.read()


def uncentred(dimensions: int) -> Calibration:
    """The shipped coefficients without a mean face, for another network's vectors until it brings its own."""
    return replace(shipped(), centre=np.zeros(dimensions, np.float32))


def confidence(match: Match, coefficients: Coefficients | None = None) -> float:
    """The probability, 0 to 1, that the photo is of ``match.best``; 0 when the gallery is empty.

    It falls as the distance, the number of people or the number of the person's templates grows and rises with the
    margin to the runner-up.
    """
    if match.best is None:
        return 0.0
    return sigmoid(log_odds(match, coefficients or shipped().coefficients))


def log_odds(match: Match, coefficients: Coefficients) -> float:
    """The model itself, for a match that has a best."""
    whole = _log_odds(match, match.distance, match.best_templates, coefficients)
    if match.anchor_distance is None:
        return whole
    return min(whole, _log_odds(match, match.anchor_distance, match.anchors, coefficients) + LENT)


def _log_odds(match: Match, distance: float, templates: int, coefficients: Coefficients) -> float:
    return (
        coefficients.intercept
        - coefficients.distance * distance
        + coefficients.margin * min(match.runner_up_distance - distance, MARGIN_CAP)
        - math.log(max(match.people, 1))
        - coefficients.templates * math.log(max(templates, 1))
    )


def pair_confidence(distance: float, coefficients: Coefficients | None = None) -> float:
    """The probability that two photos whose vectors lie ``distance`` apart show one person.

    The same model for a gallery of one template, with the prior of pairs in place of a kiosk's.
    """
    return sigmoid(_pair_log_odds(distance, coefficients or shipped().coefficients))


def pair_threshold(acceptance: float = DEFAULT_ACCEPTANCE, coefficients: Coefficients | None = None) -> float:
    """The distance at which ``pair_confidence`` is ``acceptance``: nearer is the same person."""
    used = coefficients or shipped().coefficients
    return (_pair_log_odds(0.0, used) - logit(acceptance)) / used.distance


def _pair_log_odds(distance: float, coefficients: Coefficients) -> float:
    alone = Match(0, distance, None, math.inf, people=1, templates=1, best_templates=1)
    return log_odds(alone, coefficients) + logit(STRANGERS) - logit(STRANGERS_AMONG_PAIRS)


def sigmoid(x: float) -> float:
    """1 / (1 + e^−x), without overflow."""
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def logit(p: float) -> float:
    """ln(p / (1 − p)) for 0 < p < 1."""
    return math.log(p / (1 - p))
