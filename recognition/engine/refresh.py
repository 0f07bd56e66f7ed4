"""May this face join its person's templates? What keeps a template that follows its person from following another.

A template that takes in whatever it recognises walks: what was taken in last decides what is taken in next, and whoever
feeds it pictures halfway to another face arrives there. So a candidate is held against the photos *that HR took*,
and never against what was added before: however often somebody tries, the ground they stand on does not move. It has to
be as near to them as a door asks (``bar``, from the operating point), nobody else may be as near as somebody with the
same face would be (``calibrate.RIVAL_MARGIN``), and most of the person's photos must, each alone, say that it is the
same person: one odd photo, or a photo of somebody else among HR's own, lets nobody in.

A picture that is half one face and half another is near to both, and no look at it can tell. What it could do once it
is a template is bounded where names are given: ``calibrate.LENT``.
"""

from __future__ import annotations

from dataclasses import dataclass

from recognition.engine.calibrate import RIVAL_MARGIN, Coefficients, confidence, pair_threshold
from recognition.engine.gallery import Match, Searched
from recognition.engine.types import Vector


@dataclass(frozen=True, slots=True)
class Guards:
    """Which guards stand: all of them; ``manage.py measure_ageing`` takes one away at a time to see what it is for."""

    anchored: bool = True
    margin: bool = True
    majority: bool = True


ALL = Guards()


@dataclass(frozen=True, slots=True)
class RefreshResult:
    """``reason``: empty when the face may join, else the first guard that refused it (a code of ``wording``).

    ``confidence`` (0 to 1) and ``distance`` (0 to 2) by HR's photos; ``margin`` to the nearest other person, None where
    there is nobody else; ``votes``: how many of HR's ``photos`` take it for the same person.
    """

    reason: str
    confidence: float
    distance: float
    margin: float | None
    votes: int
    photos: int


def judge(
    gallery: Searched, vector: Vector, *, owner: int, bar: float, coefficients: Coefficients, guards: Guards = ALL
) -> RefreshResult:
    """May ``vector`` (d,) become a template of ``owner``? ``bar``: the confidence that doors ask for."""
    distance, apart = gallery.anchor(vector, owner)
    if not guards.anchored:
        distance = gallery.match_one(vector, owner).distance
    others = gallery.match(vector, without=owner)
    margin = others.distance - distance if others.best is not None else None
    votes = int((apart <= pair_threshold(coefficients=coefficients)).sum())
    match = Match(
        owner,
        distance,
        others.best,
        others.distance,
        people=len(gallery.people),
        templates=len(gallery),
        best_templates=len(apart),
        runner_up_templates=max(others.best_templates, 1),
    )
    sure = confidence(match, coefficients) if margin is None or margin > 0 else 0.0
    reason = ""
    if not len(apart) or sure < bar:
        reason = "refresh_far"
    elif guards.margin and others.best is not None and _score_apart(match, coefficients) < RIVAL_MARGIN:
        reason = "refresh_margin"
    elif guards.majority and 2 * votes <= len(apart):
        reason = "refresh_outlier"
    return RefreshResult(reason, sure, distance, margin, votes, len(apart))


def _score_apart(match: Match, coefficients: Coefficients) -> float:
    """By how many spreads the best person's score lies above the runner-up's."""
    best = coefficients.score(match.distance, match.best_templates)
    return float(best - coefficients.score(match.runner_up_distance, match.runner_up_templates))
