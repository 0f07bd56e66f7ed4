"""Confidence: from a match to the probability that the nearest person is the right one."""

from __future__ import annotations

import math

from recognition.engine.gallery import Match

DEFAULT_ACCEPTANCE = 0.85
PAIR_THRESHOLD = 1.05


def confidence(match: Match) -> float:
    """0 to 1."""
    if match.best is None:
        return 0.0
    margin = min(match.runner_up_distance, 1.4) - match.distance
    z = 17.0 - 16.0 * match.distance + 4.0 * margin - 0.5 * math.log(max(match.people, 1))
    return 1 / (1 + math.exp(-z))
