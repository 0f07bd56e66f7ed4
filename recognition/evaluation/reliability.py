"""Does a confidence of 0.9 come true nine times in ten? The reliability diagram and its one figure, the ECE."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognition.engine.calibrate import STRANGERS

Floats = NDArray[np.float64]

BINS = 15


@dataclass(frozen=True, slots=True)
class Bin:
    """Confidences from ``low`` to ``high``: what was said on average, the share that was right, the share of all."""

    low: float
    high: float
    said: float
    right: float
    share: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """``ece``: the expected calibration error, Σ share · |said − right| (Naeini et al., AAAI 2015); 0 is perfect."""

    ece: float
    probes: int
    bins: tuple[Bin, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def reliability(said: Any, right: Any, weights: Any = None, *, bins: int = BINS) -> Reliability:
    """Confidences (n,) 0 to 1 against what was right (n,), in ``bins`` equal widths; empty bins are left out.

    ``weights`` (n,) count probes more or less than once (``prior_weights``). Raises ``ValueError`` when there is
    nothing to weigh or a confidence lies outside 0 to 1.
    """
    confidences, truth = np.asarray(said, np.float64), np.asarray(right, np.float64)
    counts = np.ones(len(confidences)) if weights is None else np.asarray(weights, np.float64)
    if not len(confidences) or counts.sum() <= 0:
        raise ValueError("a reliability diagram needs probes")
    if not ((confidences >= 0) & (confidences <= 1)).all():
        raise ValueError("a confidence lies outside 0 to 1")
    place = np.minimum((confidences * bins).astype(np.int64), bins - 1)
    rows = []
    for index in range(bins):
        inside = place == index
        weight = float(counts[inside].sum())
        if weight > 0:
            rows.append(
                Bin(
                    index / bins,
                    (index + 1) / bins,
                    float(np.average(confidences[inside], weights=counts[inside])),
                    float(np.average(truth[inside], weights=counts[inside])),
                    weight / float(counts.sum()),
                )
            )
    return Reliability(sum(row.share * abs(row.said - row.right) for row in rows), len(confidences), tuple(rows))


def prior_weights(known: Any, *, strangers: float = STRANGERS) -> Floats:
    """Weights (n,) under which strangers' probes (``known`` False) are ``strangers`` of all, as ``confidence`` takes
    them to be. Where one kind is missing the other counts alone."""
    mask = np.asarray(known, np.bool_)
    parts = np.where(mask, (1 - strangers) / max(mask.sum(), 1), strangers / max((~mask).sum(), 1))
    return np.asarray(parts / parts.sum(), np.float64)
