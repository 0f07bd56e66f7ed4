"""How far a counted share may be off: intervals that also hold for a handful of trials."""

from __future__ import annotations

from math import hypot, sqrt

Z = 1.96
"""Standard deviations on each side that hold 95 %."""


def wilson(hits: int, count: int, z: float = Z) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson, 1927); 0 to 1 where nothing was counted."""
    if not count:
        return 0.0, 1.0
    share = hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    reach = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def wilson_sum(one: tuple[int, int], other: tuple[int, int]) -> tuple[float, float]:
    """The 95 % interval of the sum of two independent shares, each given as (hits, count): 0 to 2.

    Each share's own Wilson interval is squared and added (Newcombe, 1998, for a difference; Zou and Donner, 2008).
    """
    shares = [hits / count if count else 0.5 for hits, count in (one, other)]
    ends = [wilson(hits, count) for hits, count in (one, other)]
    total = sum(shares)
    below = hypot(*(share - low for share, (low, _high) in zip(shares, ends, strict=True)))
    above = hypot(*(high - share for share, (_low, high) in zip(shares, ends, strict=True)))
    return max(0.0, total - below), min(2.0, total + above)
