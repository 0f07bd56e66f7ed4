"""What a phone said of its place, judged: inside or outside, and signs that it may not be true. No Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from phone.geo import Fence, Point, beyond, distance

OLDEST_SECONDS = 120
"""A place found longer before the punch says nothing about the punch; nor does one found that long after it."""
FASTEST = 90.0
"""Metres a second between two punches (324 km/h); who is faster was not at one of the two places."""
SLACK_SECONDS = 1.0
EXACT = 1.0
"""No phone knows its place to the metre."""
FINE = 20.0
"""Metres; so exact a place comes from satellites, and those tell the height too."""


class Verdict(StrEnum):
    INSIDE = "inside"
    OUTSIDE = "outside"
    INACCURATE = "inaccurate"
    OLD = "old"
    DENIED = "denied"
    UNKNOWN = "unknown"
    UNASKED = "unasked"


class Sign(StrEnum):
    """What a made-up place often shows; each alone may have an innocent reason."""

    EXACT = "exact"
    REPEATED = "repeated"
    SPEED = "speed"
    HEIGHT = "height"


STRONG = frozenset({Sign.EXACT, Sign.REPEATED, Sign.SPEED})
"""Somebody should look at it; a missing height alone is no reason."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A place as the browser tells it; ``accuracy`` in metres, ``age`` in seconds at the moment of the punch."""

    point: Point
    accuracy: float
    altitude: float | None
    age: float


@dataclass(frozen=True, slots=True)
class Reading:
    """A place, or why there is none: ``denied`` by the person, or ``unknown`` to the phone."""

    fix: Fix | None = None
    error: Verdict = Verdict.UNKNOWN


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier punch with its place."""

    at: datetime
    point: Point
    accuracy: float


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict; ``metres`` beyond the fence where that is known."""

    verdict: Verdict
    metres: float | None = None


def judge(reading: Reading, *, fence: Fence | None, accuracy: float) -> Judged:
    """Where the phone was. The point decides: a radius has to be drawn as wide as phones are inexact.

    ``accuracy``: the greatest inexactness in metres that is taken. Without a fence no place is asked for.
    """
    if fence is None:
        return Judged(Verdict.UNASKED)
    fix = reading.fix
    if fix is None:
        return Judged(reading.error)
    metres = beyond(fence, fix.point)
    if abs(fix.age) > OLDEST_SECONDS:
        return Judged(Verdict.OLD, metres)
    if fix.accuracy > accuracy:
        return Judged(Verdict.INACCURATE, metres)
    return Judged(Verdict.INSIDE if metres == 0 else Verdict.OUTSIDE, metres)


def signs(fix: Fix, *, at: datetime, earlier: Earlier | None) -> list[Sign]:
    """What about the place is unlike a real one, beside the person's last place."""
    found = []
    if fix.accuracy < EXACT:
        found.append(Sign.EXACT)
    if earlier is not None and (fix.point, fix.accuracy) == (earlier.point, earlier.accuracy):
        found.append(Sign.REPEATED)
    if earlier is not None and _speed(fix, at, earlier) > FASTEST:
        found.append(Sign.SPEED)
    if fix.altitude is None and fix.accuracy < FINE:
        found.append(Sign.HEIGHT)
    return found


def _speed(fix: Fix, at: datetime, earlier: Earlier) -> float:
    """At least so many metres a second, whatever the accuracies hide."""
    metres = distance(earlier.point, fix.point) - fix.accuracy - earlier.accuracy
    seconds = max(abs((at - earlier.at).total_seconds()), SLACK_SECONDS)
    return max(0.0, metres) / seconds
