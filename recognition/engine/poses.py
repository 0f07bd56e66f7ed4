"""Which frames of a clip to keep: good ones, each of which shows the head in another pose."""

from __future__ import annotations

from collections.abc import Sequence

from recognition.engine.types import Quality

MOST_PHOTOS = 5
APART = 7.0
"""Degrees of yaw and pitch; nearer to a frame that was picked already, another one adds nothing."""
SMILE_DEGREES = 20.0
"""How many degrees a full smile counts as."""


def pick(poses: Sequence[Quality], *, most: int = MOST_PHOTOS) -> list[int]:
    """Which frames of a clip to keep: the best one, then again and again the one whose pose differs most from all that
    are kept, better ones before poorer ones; none that is nearer than ``APART`` to one of them."""
    if not poses:
        return []
    chosen = [max(range(len(poses)), key=lambda row: poses[row].score)]
    while len(chosen) < most:
        apart = [min(_apart(pose, poses[row]) for row in chosen) for pose in poses]
        best = max(range(len(poses)), key=lambda row: apart[row] * poses[row].score if apart[row] >= APART else -1.0)
        if apart[best] < APART:
            break
        chosen.append(best)
    return chosen


def _apart(one: Quality, other: Quality) -> float:
    """How many degrees lie between two poses."""
    smile = SMILE_DEGREES * (one.smile - other.smile)
    return float(((one.yaw - other.yaw) ** 2 + (one.pitch - other.pitch) ** 2 + smile**2) ** 0.5)
