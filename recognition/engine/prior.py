"""What public figures showed: how strangers and honest people fare at each threshold, by photos enrolled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Thresholds as log-odds. Past the last one lies no photo of anybody.
GRID = np.round(np.arange(-10, 20.01, 0.5), 2)
MOST_PHOTOS = 5
# From this share of strangers on there are too few to count: the rate goes on as an exponential.
TAIL = 0.01
DIGITS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """``strangers`` and ``honest`` (5, g): the shares accepted and refused with one to five photos enrolled.

    ``independence``: how many independent trials all photos of one person are worth, as strangers go; ``people``: on
    how many people it was measured.
    """

    strangers: Floats
    honest: Floats
    independence: float
    people: int

    def of(self, photos: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Both curves for a gallery whose people have so many photos (p,) each; of five photos for an empty one."""
        found = np.clip(photos, 1, MOST_PHOTOS) - 1 if len(photos) else np.array([MOST_PHOTOS - 1])
        weights = np.bincount(found, minlength=MOST_PHOTOS) / len(found)
        return weights @ self.strangers, weights @ self.honest

    def as_dict(self) -> dict[str, Any]:
        """For ``calibration.json``."""
        rows = {"strangers": self.strangers, "honest": self.honest}
        figures = {name: [[float(f"{x:.{DIGITS}g}") for x in row] for row in table] for name, table in rows.items()}
        return {"from": float(GRID[0]), "to": float(GRID[-1]), **figures, "independence": round(self.independence, 2),
                "people": self.people}  # fmt: skip

    @classmethod
    def read(cls, raw: Any) -> Prior:
        """From what ``as_dict`` wrote. Raises ``ValueError`` when it is for other thresholds or no table of shares."""
        if raw["from"] != GRID[0] or raw["to"] != GRID[-1]:
            raise ValueError("the prior is for other thresholds")
        tables = np.array(raw["strangers"], float), np.array(raw["honest"], float)
        prior = cls(*tables, float(raw["independence"]), int(raw["people"]))
        for table in (prior.strangers, prior.honest):
            if table.shape != (MOST_PHOTOS, len(GRID)) or table.min() < 0 or table.max() > 1:
                raise ValueError("the prior is no table of shares")
        return prior


def measure(
    log_odds: Floats,
    right: Floats,
    known: NDArray[np.bool_],
    photos: NDArray[np.int64],
    group: NDArray[np.int64],
    *,
    people: int,
) -> Prior:
    """From probes (n,) against many galleries of ``photos`` a person: scores, whether the nearest was the right one,
    whether the probe's person was enrolled at all; probes of one person against one gallery share a ``group``;
    they are of ``people`` people in all."""
    strangers, honest, rates = [], [], []
    for count in range(1, MOST_PHOTOS + 1):
        of_strangers, of_known = (photos == count) & ~known, (photos == count) & known
        rates.append(_rates(log_odds[of_strangers], group[of_strangers]))
        strangers.append(_tail(log_odds[of_strangers], np.array([(log_odds[of_strangers] >= t).mean() for t in GRID])))
        accepted = np.where(right[of_known] > 0, log_odds[of_known], -np.inf)
        honest.append(np.array([(accepted < t).mean() for t in GRID]))
    return Prior(np.stack(strangers), np.stack(honest), _independence(np.concatenate(rates)), people)


def _tail(scores: Floats, shares: Floats) -> Floats:
    """Shares that go on as an exponential past the place where ``TAIL`` of the scores lie above: its rate is one over
    the mean of what they exceed it by (the maximum likelihood of an exponential tail)."""
    edge = float(np.quantile(scores, 1 - TAIL))
    scale = max(float((scores[scores > edge] - edge).mean()), 1e-6)
    return np.where(edge < GRID, TAIL * np.exp(-(GRID - edge) / scale), shares)


def _rates(scores: Floats, group: NDArray[np.int64]) -> Floats:
    """Of each group, the share of photos at or above the threshold that 2 % of all pass."""
    passed = scores >= float(np.quantile(scores, 0.98))
    _, place = np.unique(group, return_inverse=True)
    return np.asarray(np.bincount(place, weights=passed) / np.bincount(place), np.float64)


def _independence(rates: Floats) -> float:
    """Trials that one person is worth, from each person's own rate in one gallery.

    The mean over P people of rates that vary by v has the variance v/P; that of n independent trials at rate m has
    m(1−m)/n. So one person is worth n/P = m(1−m)/v of them.
    """
    mean = float(rates.mean())
    return max(1.0, mean * (1 - mean) / max(float(rates.var(ddof=1)), 1e-9))
