"""Would a company gain by learning the transform of its own population? Within-class whitening, judged by the gate.

Photos of one person differ in some directions more than in others: light, pose, the camera. Whitening divides by that
(``Transform``), learnt from the photos that a fine-tune would learn from and applied to every vector. The mean face
needs no learning: it follows the gallery at the door (``engine.gallery``).

The covariance of so few photos is mostly chance; it is drawn towards the same spread in every direction, as if
``INERTIA`` differences had shown that. With nobody to learn from the transform only takes the prior's mean face off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engine.calibrate import Calibration
from recognition.engine.images import decode
from recognition.engine.loaded import LoadedEngine
from recognition.engine.types import RGB, ImageRejected, Vector
from recognition.evaluation.calibrate_fit import Progress
from recognition.training.dataset import SUFFIXES
from recognition.training.gate import Exam, GateResult, Group, Side, judge
from recognition.training.plan import HELD_OUT_SHARE, PROBE_SHARE

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

INERTIA = 250.0
"""Chosen on ``aligned112`` seen at 0.6 of its size, where 13 people's photos are worth three tenths of a covariance."""
FEWEST = 3


@dataclass(frozen=True, slots=True, eq=False)
class Transform:
    """``mean`` (d,) is taken off a vector, ``matrix`` (d, d) applied, and the length brought back to 1."""

    mean: Vector
    matrix: Floats

    @classmethod
    def learn(cls, vectors: Floats, people: Ints, calibration: Calibration) -> Transform:
        """From unit vectors (n, d) and whose they are; the mean face is that of their gallery."""
        dimensions = vectors.shape[1]
        gallery = calibration.gallery(np.arange(len(vectors)), people, vectors)
        within, seen = np.zeros((dimensions, dimensions)), 0
        for person in np.unique(people):
            mine = vectors[people == person].astype(np.float64)
            apart = mine - mine.mean(axis=0)
            within += apart.T @ apart
            seen += len(mine) - 1
        alike = np.eye(dimensions) * (np.trace(within) / max(seen, 1) / dimensions or 1.0)
        values, directions = np.linalg.eigh((within + INERTIA * alike) / (seen + INERTIA))
        scale = (values / values.mean()) ** -0.5
        return cls(gallery.centre, np.asarray((directions * scale) @ directions.T, np.float32))

    def apply(self, vectors: Floats) -> Floats:
        """``vectors`` (n, d) as the population sees them, of length 1."""
        moved = (vectors - self.mean) @ self.matrix.T
        return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-12), np.float32)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of one split: ``report`` is its figures, ``reasons`` their codes."""

    passed: bool
    reasons: tuple[str, ...]
    report: dict[str, Any]

    def share(self, group: str, side: str) -> float | None:
        """TPIR of a group at the door; None where it was not asked for."""
        row = self.report.get("door", {}).get("groups", {}).get(group)
        return None if row is None else float(row[side]["value"])


def read(
    engine: LoadedEngine, folder: Path, *, most: int, size: float = 1.0, progress: Progress | None = None
) -> tuple[Floats, Ints]:
    """Vectors of at most ``most`` photos of each person of a folder (one folder a person), spread over all, and whose.

    ``size``: how large the faces are in their chips, of what the network learnt; below 1 it is a badly matched one.
    Raises ``ValueError`` when there is no such folder or fewer than four people show a face.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder.")
    chosen: list[tuple[int, Path]] = []
    for number, person in enumerate(sorted(path for path in folder.iterdir() if path.is_dir())):
        files = sorted(path for path in person.rglob("*") if path.suffix.lower() in SUFFIXES)
        places = np.unique(np.linspace(0, len(files) - 1, min(most, len(files))).round().astype(int)) if files else []
        chosen += [(number, files[place]) for place in places]
    vectors, people = [], []
    for done, (number, path) in enumerate(chosen, start=1):
        try:
            picture = decode(path.read_bytes())
        except ImageRejected:
            continue
        found = engine.detect(picture)
        if found:
            vectors.append(engine.embed_chip(_shrunk(engine.align(picture, found[0]), size)))
            people.append(number)
        if progress:
            progress(done, len(chosen))
    if len(set(people)) < FEWEST + 1:
        raise ValueError(f"{folder} shows {len(set(people))} people; at least {FEWEST + 1} are needed.")
    return np.stack(vectors), np.array(people, np.int64)


def trial(vectors: Floats, people: Ints, calibration: Calibration, *, target: float, seed: int) -> Verdict:
    """Hold people and photos out at random as a fine-tune's plan does, learn from the others, and ask the gate."""
    rng = np.random.default_rng(seed)
    everybody = rng.permutation(np.unique(people)).tolist()
    held = set(everybody[: max(2, round(HELD_OUT_SHARE * len(everybody)))])
    enrolled = np.ones(len(people), np.bool_)
    for person in everybody:
        mine = rng.permutation(np.flatnonzero(people == person))
        enrolled[mine[: max(1, round(PROBE_SHARE * len(mine)))]] = len(mine) < 2
    learnt = enrolled & ~np.isin(people, list(held))
    found = Transform.learn(vectors[learnt], people[learnt], calibration)
    # The mean face is off already: the one of the candidate starts at none, and follows the gallery from there.
    own = replace(calibration, centre=np.zeros(vectors.shape[1], np.float32))
    groups: dict[int, Group] = {person: "unseen" if person in held else "new" for person in everybody}
    exam = Exam(people, enrolled, groups)
    return _told(judge(Side(vectors, calibration), Side(found.apply(vectors), own), exam, fpir=target))


def mean_share(verdicts: Sequence[Verdict], group: str, side: str) -> float | None:
    """The mean over splits of TPIR at the door."""
    found = [share for verdict in verdicts if (share := verdict.share(group, side)) is not None]
    return float(np.mean(found)) if found else None


def _told(result: GateResult) -> Verdict:
    codes = (reason["code"] + (f" ({reason['group']})" if "group" in reason else "") for reason in result.reasons)
    return Verdict(result.passed, tuple(codes), result.figures)


def _shrunk(chip: RGB, size: float) -> RGB:
    if size == 1:
        return chip
    middle = chip.shape[0] / 2 * (1 - size)
    matrix = np.array([[size, 0, middle], [0, size, middle]], np.float32)
    return np.asarray(cv2.warpAffine(chip, matrix, chip.shape[:2], borderMode=cv2.BORDER_REPLICATE), np.uint8)
