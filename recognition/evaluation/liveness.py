"""The passive liveness check on folders of bursts: how many honest people it stops, and how many attacks it lets by.

As ISO/IEC 30107-3 names them: BPCER is the share of honest bursts that were taken for an attack, APCER the share of an
attack's bursts that were not; both with Wilson's 95 % interval.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common.shares import wilson
from recognition.engine.images import decode
from recognition.engine.liveness.frame import Frame
from recognition.engine.liveness.identity import Likeness, gather
from recognition.engine.liveness.network import LivenessNetwork
from recognition.engine.liveness.passive import Layers, judge
from recognition.engine.protocol import Engine
from recognition.engine.types import Vector

LIVE = "live"
FRAMES_A_SECOND = 20
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
INDEX = re.compile(r"(\d+)$")
BYSTANDER = 0.5
LEAST_SCORE = 0.05


@dataclass(slots=True)
class Tally:
    """What became of one kind's bursts. ``outcomes``: by ``Passive.outcome``; "" is a burst without one face."""

    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        """How many bursts there were."""
        return self.outcomes.total()

    def wrong(self, kind: str) -> int:
        """Honest bursts that were stopped or showed nobody, or an attack's that were not stopped."""
        if kind == LIVE:
            return self.outcomes["suspect"] + self.outcomes[""]
        return self.outcomes["live"] + self.outcomes["unsure"]


@dataclass(frozen=True, slots=True)
class Report:
    """The tallies by kind, ``live`` first, and whether a network looked at the frames."""

    kinds: dict[str, Tally]
    network: bool

    def as_dict(self) -> dict[str, Any]:
        """As `manage.py evaluate_liveness --json` prints it."""
        rows: dict[str, Any] = {}
        for kind, tally in self.kinds.items():
            wrong = tally.wrong(kind)
            interval = [round(end, 4) for end in wilson(wrong, tally.count)]
            rate = "bpcer" if kind == LIVE else "apcer"
            rows[kind] = {"n": tally.count, rate: round(wrong / tally.count, 4), "interval": interval}
        return {**rows, "network": self.network}


def evaluate(
    engine: Engine,
    folder: Path,
    network: LivenessNetwork | None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Judge every burst below ``folder``: a folder a kind, ``live`` for honest people; a folder of frames is a burst.

    Raises ``ValueError`` where the folder is not so, ``ImageRejected`` for a frame that is no picture.
    """
    return evaluate_bursts(engine, list(bursts(folder)), network, progress=progress)


def evaluate_bursts(
    engine: Engine,
    chosen: Sequence[tuple[str, list[Path]]],
    network: LivenessNetwork | None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """As ``evaluate``, for bursts that were chosen: each kind and its frames."""
    kinds = sorted({kind for kind, _frames in chosen}, key=lambda kind: (kind != LIVE, kind))
    report = Report({kind: Tally() for kind in kinds}, network is not None)
    likeness = Likeness.of(engine.calibration)
    for place, (kind, frames) in enumerate(chosen, start=1):
        report.kinds[kind].outcomes[_outcome(engine, frames, network, likeness)] += 1
        if progress:
            progress(place, len(chosen))
    return report


def bursts(folder: Path) -> Iterator[tuple[str, list[Path]]]:
    """Each kind and the frames of each of its bursts. Raises ``ValueError`` without any of honest people."""
    found = [(kind.name, burst) for kind in sorted(folder.iterdir()) if kind.is_dir() for burst in _bursts(kind)]
    if LIVE not in {kind for kind, _frames in found}:
        raise ValueError(f"there is no folder {folder / LIVE} with bursts of honest people.")
    yield from found


def burst_frames(engine: Engine, frames: Sequence[Path]) -> list[Frame]:
    """What each of a burst's frames shows."""
    return [_frame(engine, frame) for frame in frames]


def _bursts(folder: Path) -> Iterator[list[Path]]:
    """The frames of each folder that holds pictures, in order of their index."""
    for place, names, files in os.walk(folder, followlinks=True):
        names.sort()
        frames = [Path(place) / name for name in files if Path(name).suffix.lower() in SUFFIXES]
        if frames:
            yield sorted(frames, key=_index)


def _index(frame: Path) -> int:
    found = INDEX.search(frame.stem)
    if found is None:
        raise ValueError(f"{frame}: a frame's name ends in its index, {FRAMES_A_SECOND} a second.")
    return int(found[1])


def _outcome(engine: Engine, frames: list[Path], network: LivenessNetwork | None, likeness: Likeness) -> str:
    seen = burst_frames(engine, frames)
    if any(frame.faces > 1 for frame in seen):
        return ""
    scores = [_score(engine, frame) for frame in seen]

    def embed(frame: Frame) -> Vector:
        assert frame.face is not None
        return engine.embed(frame.image, frame.face)

    together = gather(seen, scores, embed, likeness)
    return judge(seen, Layers(), network=network, together=together).outcome


def _frame(engine: Engine, frame: Path) -> Frame:
    image = decode(frame.read_bytes())
    faces = engine.detect(image)
    widest = max((face.box.w for face in faces), default=0)
    near = [face for face in faces if face.box.w >= BYSTANDER * widest]
    at = _index(frame) / FRAMES_A_SECOND
    return Frame(at, image, near[0] if len(near) == 1 else None, len(near), near[0].box if near else None)


def _score(engine: Engine, frame: Frame) -> float:
    """How good a frame is for telling who it shows; 0 for one that is too poor."""
    if frame.face is None:
        return 0.0
    quality = engine.quality(frame.image, frame.face, purpose="probe")
    return 0.0 if quality.worst() else max(quality.score, LEAST_SCORE)
