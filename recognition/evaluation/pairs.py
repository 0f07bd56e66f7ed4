"""Are two photos of the same person? A list of pairs, decided at a threshold, and the curve of all thresholds."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognition.engine.calibrate import Coefficients, pair_confidence, pair_threshold
from recognition.engine.gallery import centred
from recognition.engine.images import decode
from recognition.engine.protocol import Engine
from recognition.engine.types import EngineError

Progress = Callable[[int, int], None]
COLUMNS = ("file_x", "file_y", "Decision")
ANSWERS = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of the list: the two files, the truth, the distance (None: a photo without a face) and the verdict."""

    file_x: str
    file_y: str
    same: bool
    distance: float | None
    confidence: float
    said_same: bool

    @property
    def right(self) -> bool:
        """Whether the verdict is the truth. A pair with no face in one photo is never right."""
        return self.distance is not None and self.said_same == self.same


@dataclass(frozen=True, slots=True)
class PairsReport:
    """``roc``: (threshold, share of different pairs taken for one person, share of same pairs recognised)."""

    pairs: int
    same: int
    right: int
    threshold: float
    eer: float
    eer_threshold: float
    largest_same: float | None
    smallest_different: float | None
    wrong: tuple[Pair, ...]
    no_face: tuple[str, ...]
    roc: tuple[tuple[float, float, float], ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def __str__(self) -> str:
        lines = [
            f"{self.right} of {self.pairs} pairs right ({self.same} the same person) at distance {self.threshold:.3f}",
            f"EER {self.eer:.2%} at distance {self.eer_threshold:.3f}",
        ]
        if self.largest_same is not None and self.smallest_different is not None:
            lines.append(
                f"same person: at most {self.largest_same:.3f} apart; "
                f"different people: at least {self.smallest_different:.3f}"
            )
        lines += [
            f"wrong: {pair.file_x} and {pair.file_y} are {'' if pair.same else 'not '}one person, "
            + ("no face found" if pair.distance is None else f"distance {pair.distance:.3f}")
            for pair in self.wrong
        ]
        lines += [f"no face: {name}" for name in self.no_face]
        return "\n".join([*lines, "", *self._curve()])

    def _curve(self) -> list[str]:
        """The curve at its round thresholds."""
        header = "distance  different taken for same  same recognised"
        return [header, *(f"{at:8.2f}  {false:24.3%}  {true:15.3%}" for at, false, true in self.roc)]


def evaluate_pairs(
    engine: Engine, csv_path: Path, *, progress: Progress | None = None, threshold: float | None = None
) -> PairsReport:
    """Decide every pair of ``csv_path`` (columns file_x, file_y, Decision; paths relative to the list's folder).

    A photo may show several people: two photos are as near as their two nearest faces. ``threshold`` is a distance,
    0 to 2; by default the one where ``pair_confidence`` reaches the default acceptance. ``progress(done, total)``
    counts photos. Raises ``ValueError`` for a list without these columns, ``OSError`` for a missing file,
    ``EngineError`` for one that is not a picture.
    """
    figures = engine.calibration.coefficients
    limit = pair_threshold(coefficients=figures) if threshold is None else threshold
    lines, vectors = _look(engine, csv_path, progress)
    pairs = [_decide(x, y, same, vectors, limit, figures) for x, y, same in lines]
    return _report(pairs, limit, tuple(name for name in vectors if not len(vectors[name])))


def pair_distances(
    engine: Engine, csv_path: Path, *, progress: Progress | None = None
) -> tuple[NDArray[np.float64], NDArray[np.bool_], dict[str, Any]]:
    """The distances (n,) of all pairs of a list, inf where a photo shows no face; the truth (n,); and about the list:
    ``people`` (0: a list does not say), ``photos``, ``no_face``, ``fingerprint``. Raises as ``evaluate_pairs`` does."""
    lines, vectors = _look(engine, csv_path, progress)
    found = [_decide(x, y, same, vectors, 0.0, engine.calibration.coefficients).distance for x, y, same in lines]
    about = {
        "people": 0,
        "photos": len(vectors),
        "no_face": sum(not len(rows) for rows in vectors.values()),
        "fingerprint": hashlib.sha256(csv_path.read_bytes()).hexdigest(),
    }
    distances = np.array([np.inf if distance is None else distance for distance in found], np.float64)
    return distances, np.array([same for _x, _y, same in lines], np.bool_), about


def _look(
    engine: Engine, csv_path: Path, progress: Progress | None
) -> tuple[list[tuple[str, str, bool]], dict[str, NDArray[np.float32]]]:
    """The list's lines, and each photo's faces."""
    lines = _read(csv_path)
    names = sorted({name for x, y, _ in lines for name in (x, y)})
    vectors: dict[str, NDArray[np.float32]] = {}
    for done, name in enumerate(names, start=1):
        vectors[name] = _faces(engine, csv_path.parent / name)
        if progress:
            progress(done, len(names))
    return lines, vectors


def _read(csv_path: Path) -> list[tuple[str, str, bool]]:
    with csv_path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f"{csv_path} has no column {', '.join(missing)}; it needs {', '.join(COLUMNS)}")
        lines = []
        for row in reader:
            answer = (row["Decision"] or "").strip().lower()
            if answer not in ANSWERS:
                raise ValueError(f"{csv_path}, line {reader.line_num}: Decision is {row['Decision']!r}, not Yes or No")
            lines.append((row["file_x"].strip(), row["file_y"].strip(), ANSWERS[answer]))
    if not lines:
        raise ValueError(f"{csv_path} has no pairs")
    return lines


def _faces(engine: Engine, path: Path) -> NDArray[np.float32]:
    """The vectors (n, 128) of every face of a photo, centred."""
    try:
        image = decode(path.read_bytes())
    except EngineError as error:
        raise type(error)(f"{path}: {error.message}", code=error.code) from error
    found = [engine.embed(image, face) for face in engine.detect(image)]
    return centred(np.stack(found), engine.calibration.centre) if found else np.empty((0, 128), np.float32)


def _decide(
    x: str, y: str, same: bool, vectors: dict[str, NDArray[np.float32]], limit: float, figures: Coefficients
) -> Pair:
    cosines = vectors[x] @ vectors[y].T
    if not cosines.size:
        return Pair(x, y, same, None, 0.0, said_same=False)
    distance = float(np.sqrt(max(0.0, 2 - 2 * float(cosines.max()))))
    return Pair(x, y, same, distance, pair_confidence(distance, figures), said_same=distance <= limit)


def _report(pairs: list[Pair], limit: float, no_face: tuple[str, ...]) -> PairsReport:
    same = np.array([pair.distance for pair in pairs if pair.distance is not None and pair.same])
    different = np.array([pair.distance for pair in pairs if pair.distance is not None and not pair.same])
    rate, at = equal_error_rate(same, different)
    grid = np.round(np.arange(0.7, 1.41, 0.05), 2)
    return PairsReport(
        pairs=len(pairs),
        same=sum(pair.same for pair in pairs),
        right=sum(pair.right for pair in pairs),
        threshold=limit,
        eer=rate,
        eer_threshold=at,
        largest_same=float(same.max()) if len(same) else None,
        smallest_different=float(different.min()) if len(different) else None,
        wrong=tuple(pair for pair in pairs if not pair.right),
        no_face=no_face,
        roc=tuple((float(t), _share(different <= t), _share(same <= t)) for t in grid),
    )


def equal_error_rate(same: NDArray[np.float64], different: NDArray[np.float64]) -> tuple[float, float]:
    """The rate at which as many same pairs are refused as different ones accepted, and its distance.

    Over all distances that occur, the smallest larger one of the two rates; where the classes do not overlap it is 0
    and the distance the middle of the gap. (0, 0) when a class is empty.
    """
    if not len(same) or not len(different):
        return 0.0, 0.0
    if same.max() < different.min():
        return 0.0, float((same.max() + different.min()) / 2)
    candidates = np.unique(np.concatenate([same, different]))
    refused = np.array([(same > t).mean() for t in candidates])
    accepted = np.array([(different <= t).mean() for t in candidates])
    place = int(np.maximum(refused, accepted).argmin())
    return float((refused[place] + accepted[place]) / 2), float(candidates[place])


def _share(hits: NDArray[np.bool_]) -> float:
    return float(hits.mean()) if len(hits) else 0.0
