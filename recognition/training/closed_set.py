"""Naming a closed group of people: accuracy, macro precision, recall and F1, and the confusion matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

UNKNOWN = -1


@dataclass(frozen=True, slots=True, eq=False)
class ClosedSet:
    """``macro_*``: the plain mean over people who have test photos, whatever their number (scikit-learn's "macro").

    ``confusion`` (people, people + 1): rows are whose photo it is, columns who was named; the last column counts
    photos in which no face was found.
    """

    photos: int
    accuracy: float
    macro_precision: float
    macro_recall: float
    macro_f1: float
    confusion: NDArray[np.int64]

    def summary(self) -> dict[str, float]:
        """The four figures, for JSON."""
        names = ("accuracy", "macro_precision", "macro_recall", "macro_f1")
        return {name: float(getattr(self, name)) for name in names}


def closed_set(truth: Any, said: Any, people: int) -> ClosedSet:
    """From whose photo (n,) and who was named (n,), numbers below ``people``; −1 says that no face was found.

    A person who was never named has the precision 0. Raises ``ValueError`` when there are no photos.
    """
    whose, named = np.asarray(truth, np.int64), np.asarray(said, np.int64)
    if not len(whose):
        raise ValueError("no photo is left to test on")
    confusion = np.zeros((people, people + 1), np.int64)
    np.add.at(confusion, (whose, np.where(named == UNKNOWN, people, named)), 1)
    hits = np.diag(confusion).astype(np.float64)
    tested, called = confusion.sum(axis=1), confusion[:, :people].sum(axis=0)
    recall, precision = hits / np.maximum(tested, 1), hits / np.maximum(called, 1)
    f1 = 2 * hits / np.maximum(tested + called, 1)
    present = tested > 0
    return ClosedSet(
        len(whose),
        float(hits.sum() / len(whose)),
        float(precision[present].mean()),
        float(recall[present].mean()),
        float(f1[present].mean()),
        confusion,
    )
