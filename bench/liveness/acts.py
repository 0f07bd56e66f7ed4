"""Who moves how: functions of time, in seconds, to a head's pose or to how a picture is held."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from bench.liveness.heads import Pose
from recognition.engine.liveness.challenge import Cue

Act = Callable[[float], Pose]
Random = np.random.Generator


def nothing(_at: float) -> Pose:
    """Perfectly still."""
    return Pose()


def sway(rng: Random, strength: float = 1.0) -> Act:
    """How people stand who hold still: a few slow waves, of 1° and 2 % of the eyes' distance, a blink now and then."""
    parts = rng.uniform(0.15, 0.9, (6, 3)), rng.uniform(0, 2 * np.pi, (6, 3))
    size = strength * np.array([1.5, 1.2, 0.8, 0.04, 0.03, 0.0]) * rng.uniform(0.5, 1.2, 6)
    blinks = np.cumsum(rng.uniform(1.5, 5.0, 8))

    def act(at: float) -> Pose:
        waves = (np.sin(2 * np.pi * parts[0] * at + parts[1])).mean(axis=1) * size
        blink = max((_bump(at, start, 0.08, 0.06, 0.12) for start in blinks), default=0.0)
        yaw, pitch, roll, x, y = (float(wave) for wave in waves[:5])
        return Pose(yaw, pitch, roll, x, y, blink)

    return act


def slowly(rng: Random, degrees: float = 12.0) -> Act:
    """Somebody who turns slowly from one side to the other."""
    base, start, pace = sway(rng), rng.uniform(0, 2 * np.pi), rng.uniform(0.15, 0.3)
    return lambda at: base(at).plus(Pose(yaw=degrees * float(np.sin(2 * np.pi * pace * at + start))))


MOVES = {
    "turn_left": Pose(yaw=1.0),
    "turn_right": Pose(yaw=-1.0),
    "nod": Pose(pitch=1.0),
    "blink": Pose(blink=1.0),
    "smile": Pose(smile=1.0),
}
SIZES = {"turn_left": (22, 34), "turn_right": (22, 34), "nod": (12, 22), "blink": (0.9, 1.0), "smile": (0.8, 1.3)}


def answers(cues: Sequence[Cue], rng: Random) -> Act:
    """Somebody who does what is asked: after 0.35 to 0.8 s, at a person's own size and pace.

    Reactions to a picture take 0.25 s, to a sentence longer; sizes are what people do who were told "turn your head".
    """
    base = sway(rng)
    bumps: list[tuple[Pose, tuple[float, float, float, float]]] = []
    for cue in cues:
        size = float(rng.uniform(*SIZES[cue.action]))
        start = cue.at + float(np.clip(rng.normal(0.55, 0.12), 0.35, 0.8))
        quick = cue.action == "blink"
        hold = float(rng.uniform(0.4, 0.9)) if quick else float(rng.uniform(0.3, 0.6))
        pace = float(rng.uniform(0.08, 0.14)) if quick else float(rng.uniform(0.25, 0.4))
        bumps.append((_sized(MOVES[cue.action], size), (start, pace, hold, pace)))

    def act(at: float) -> Pose:
        pose = base(at)
        if any(start - 0.1 < at < start + 1.2 for _move, (start, *_rest) in bumps):
            # Somebody who concentrates on a movement does not blink by chance in the middle of it.
            pose = replace(pose, blink=0.0)
        for move, times in bumps:
            pose = pose.plus(_sized(move, _bump(at, *times)))
        return pose

    return act


def _sized(pose: Pose, size: float) -> Pose:
    return Pose(
        pose.yaw * size,
        pose.pitch * size,
        pose.roll * size,
        pose.x * size,
        pose.y * size,
        pose.blink * size,
        pose.smile * size,
    )


def _bump(at: float, start: float, rise: float, hold: float, fall: float) -> float:
    """From 0 to 1 and back, eased."""
    if at <= start or at >= start + rise + hold + fall:
        return 0.0
    if at < start + rise:
        part = (at - start) / rise
    elif at < start + rise + hold:
        return 1.0
    else:
        part = (start + rise + hold + fall - at) / fall
    return float(part * part * (3 - 2 * part))
