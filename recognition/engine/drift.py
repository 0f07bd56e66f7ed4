"""Do the unknown faces at the door lie nearer to the gallery than was measured? A one-sided test of their rate.

What strangers do is known from people who are enrolled somewhere; who really walks up may be other people, before
another camera. They leave no picture, only the score that a look was refused with. If the scale holds, the *near* band,
from the threshold down to where ``NEAR`` times as many strangers would pass, holds a known share of them; honest people
who were not recognised that day lie there too, and their share is known from the same measurement. Many more than both
together say that the scale does not hold here.

Looks within ``PAUSE`` of one another at one kiosk are one visit, and its first unknown look counts: trying again is no
new evidence. A visit that ended with a name was an honest one. The same few people come again and again, so that a
count varies more than chance would have it: ``PEOPLE_COME_AGAIN`` visits weigh as one (quasi-Poisson).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from recognition.engine.operating import Curve, at, threshold

NEAR = 10
PAUSE = 120.0
PEOPLE_COME_AGAIN = 3.0
ALARM = 0.001
"""How improbable so many near looks must be: one healthy kiosk in a thousand is told so once, not each day."""


@dataclass(frozen=True, slots=True)
class Look:
    """One attempt that showed a face: seconds since any moment, which kiosk, the log-odds, and whether it was named."""

    at: float
    kiosk: str
    log_odds: float
    named: bool


@dataclass(frozen=True, slots=True)
class Drift:
    """``unknown`` visits of which ``near`` lay in the band, where ``expected`` would by the curve; ``chance``: the
    probability of so many or more."""

    unknown: int
    near: int
    expected: float
    chance: float

    @property
    def found(self) -> bool:
        """Whether that is more than chance would bring."""
        return self.chance < ALARM


def measure(looks: Iterable[Look], curve: Curve, *, target: float) -> Drift:
    """Hold the looks against the curve at the threshold that belongs to ``target`` (a share of strangers)."""
    refused, named = _visits(looks)
    limit = max(0.0, threshold(curve, target))
    # Below even odds the nearest person is more likely somebody else: how strangers lie there is told by the curve too.
    near = threshold(curve, min(NEAR * at(curve.strangers, limit)[0], 0.5))
    inside = sum(1 for one in refused if near <= one < limit)
    (strangers_near, *_), (strangers, *_) = at(curve.strangers, near), at(curve.strangers, limit)
    (honest_near, *_), (honest, *_) = at(curve.honest, near), at(curve.honest, limit)
    expected = len(refused) * (strangers_near - strangers) / (1 - strangers)
    expected += named * max(0.0, honest - honest_near) / max(1 - honest, 1e-9)
    return Drift(len(refused), inside, round(expected, 2), _as_many(inside, expected))


def _visits(looks: Iterable[Look]) -> tuple[list[float], int]:
    """The log-odds of each visit that nobody was named in, and the number of the others."""
    refused: list[float] = []
    named = 0
    open_visits: dict[str, tuple[float, float, bool]] = {}

    def close(visit: tuple[float, float, bool]) -> None:
        nonlocal named
        if visit[2]:
            named += 1
        else:
            refused.append(visit[1])

    for look in sorted(looks, key=lambda one: one.at):
        visit = open_visits.get(look.kiosk)
        if visit is not None and look.at - visit[0] <= PAUSE:
            open_visits[look.kiosk] = (look.at, visit[1], visit[2] or look.named)
            continue
        if visit is not None:
            close(visit)
        open_visits[look.kiosk] = (look.at, look.log_odds, look.named)
    for visit in open_visits.values():
        close(visit)
    return refused, named


def _as_many(count: int, expected: float) -> float:
    """The probability of ``count`` or more, by Poisson's distribution of a third as many."""
    seen, mean = math.floor(count / PEOPLE_COME_AGAIN), expected / PEOPLE_COME_AGAIN
    if seen <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    terms = np.arange(seen)
    logs = terms * math.log(mean) - mean - np.array([math.lgamma(term + 1) for term in terms])
    return float(max(0.0, 1 - np.exp(logs).sum()))
