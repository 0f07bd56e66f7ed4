"""The upper tail of Student's t: how rarely chance alone goes so far, where the spread itself is an estimate."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# In spreads. No score lies outside: a cosine of 1 is 10 of the prior's.
GRID = np.arange(-12.0, 60.0, 0.01)


def upper_tail(deviations: Any, freedom: float) -> Floats:
    """The share of Student's t with ``freedom`` degrees (at least 5, or infinite) above each of ``deviations``.

    By the trapezoid rule from the far end, so that a share of 1e-12 is as exact as one of a half.
    """
    logarithms = _logarithms(round(min(freedom, 1e6)))
    return np.asarray(np.exp(np.interp(np.asarray(deviations, np.float64), GRID, logarithms)), np.float64)


@lru_cache(maxsize=256)
def _logarithms(freedom: int) -> Floats:
    scale = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2) - math.log(freedom * math.pi) / 2
    density = np.exp(scale - (freedom + 1) / 2 * np.log1p(GRID**2 / freedom))
    slices = (density[1:] + density[:-1]) / 2 * (GRID[1] - GRID[0])
    shares = np.append(np.cumsum(slices[::-1])[::-1], slices[-1])
    return np.asarray(np.log(np.clip(shares, 1e-300, 1)), np.float64)
