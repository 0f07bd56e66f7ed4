"""What several populations showed: how honest people fare at each threshold, by photos enrolled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Thresholds as log-odds. Past the last one lies no photo of anybody.
GRID = np.round(np.arange(-10, 20.01, 0.5), 2)
MOST_PHOTOS = 5
DIGITS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """``honest`` (5, g): the share refused with one to five photos enrolled, every population counting as much.

    ``independence``: how many independent trials all photos of one person are worth, as strangers go; ``people``: on
    how many people it was measured.
    """

    honest: Floats
    independence: float
    people: int

    def of(self, photos: NDArray[np.int64]) -> Floats:
        """The curve for a gallery whose people have so many photos (p,) each; of five photos for an empty one."""
        found = np.clip(photos, 1, MOST_PHOTOS) - 1 if len(photos) else np.array([MOST_PHOTOS - 1])
        weights = np.bincount(found, minlength=MOST_PHOTOS) / len(found)
        return np.asarray(weights @ self.honest, np.float64)

    def as_dict(self) -> dict[str, Any]:
        """For ``calibration.json``."""
        honest = [[float(f"{x:.{DIGITS}g}") for x in row] for row in self.honest]
        return {
            "from": float(GRID[0]),
            "to": float(GRID[-1]),
            "honest": honest,
            "independence": round(self.independence, 2),
            "people": self.people,
        }

    @classmethod
    def read(cls, raw: Any) -> Prior:
        """From what ``as_dict`` wrote. Raises ``ValueError`` when it is for other thresholds or no table of shares."""
        if raw["from"] != GRID[0] or raw["to"] != GRID[-1]:
            raise ValueError("the prior is for other thresholds")
        prior = cls(np.array(raw["honest"], float), float(raw["independence"]), int(raw["people"]))
        if prior.honest.shape != (MOST_PHOTOS, len(GRID)) or prior.honest.min() < 0 or prior.honest.max() > 1:
            raise ValueError("the prior is no table of shares")
        return prior


def independence(rates: Floats) -> float:
    """Trials that one person is worth, from each person's own rate in one gallery.

    The mean over P people of rates that vary by v has the variance v/P; that of n independent trials at rate m has
    m(1−m)/n. So one person is worth n/P = m(1−m)/v of them.
    """
    mean = float(rates.mean())
    return max(1.0, mean * (1 - mean) / max(float(rates.var(ddof=1)), 1e-9))
