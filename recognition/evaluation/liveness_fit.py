"""Limits for a liveness network from real bursts: chosen on some people, measured on the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recognition.engine.liveness.network import LoadedNetwork
from recognition.engine.liveness.network_store import Limits
from recognition.engine.protocol import Engine
from recognition.evaluation.liveness import LIVE, Report, burst_frames, bursts

LEAST_BURSTS = 10
# The tails that the middle is laid between, in per cent.
TAIL = 1.0


@dataclass(frozen=True, slots=True)
class Halves:
    """Of each kind the bursts to fit on and those to measure on; nobody is in both."""

    fit: list[tuple[str, list[Path]]]
    test: list[tuple[str, list[Path]]]


def halves(folder: Path) -> Halves:
    """Split FOLDER/<kind>/<person>/… by person: every other one, in order of their names, whatever the kind.

    Raises ``ValueError`` where either half lacks honest bursts or attacks.
    """
    found = [(kind, frames) for kind, frames in bursts(folder)]
    people = sorted({_person(folder, frames) for _kind, frames in found})
    chosen = set(people[::2])
    parts: Halves = Halves([], [])
    for kind, frames in found:
        (parts.fit if _person(folder, frames) in chosen else parts.test).append((kind, frames))
    for half in (parts.fit, parts.test):
        honest = sum(kind == LIVE for kind, _frames in half)
        if honest < LEAST_BURSTS or len(half) - honest < LEAST_BURSTS:
            raise ValueError(
                f"{folder} is split by people (FOLDER/<kind>/<person>/…): each half needs {LEAST_BURSTS} honest bursts "
                "and as many of attacks."
            )
    return parts


def fit_limits(engine: Engine, network: LoadedNetwork, chosen: Iterable[tuple[str, list[Path]]]) -> Limits:
    """Suspect is what lies below the middle between the tails of honest bursts and attacks; the ramp is as wide as the
    two kinds' medians lie apart. Raises ``ValueError`` where attacks get more evidence than honest people.
    """
    honest: list[float] = []
    attacks: list[float] = []
    for kind, frames in chosen:
        faces = [(frame.image, frame.face) for frame in burst_frames(engine, frames) if frame.face]
        if faces:
            mean = float(np.mean([network.evidence(image, face) for image, face in faces]))
            (honest if kind == LIVE else attacks).append(mean)
    apart = float(np.median(honest) - np.median(attacks))
    if not apart > 0:
        raise ValueError("the network finds more life in the attacks than in the people: is it the right class?")
    middle = float(np.percentile(honest, TAIL) + np.percentile(attacks, 100 - TAIL)) / 2
    return Limits(live=round(middle + apart / 2, 3), picture=round(middle - apart / 2, 3))


def worse(candidate: Report, serving: Report) -> list[str]:
    """In what the candidate is worse than the network that serves, on the same bursts; the rates' names."""
    new, old = candidate.as_dict(), serving.as_dict()
    lost = ["bpcer"] if new[LIVE]["bpcer"] > old[LIVE]["bpcer"] else []
    return lost + [kind for kind in candidate.kinds if kind != LIVE and new[kind]["apcer"] > old[kind]["apcer"]]


def _person(folder: Path, frames: list[Path]) -> str:
    parts = frames[0].relative_to(folder).parts
    return parts[1] if len(parts) > 2 else ""
