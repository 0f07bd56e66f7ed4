"""Which of the overtime that the rules found counts: approved, refused, or waiting for somebody.

The figures stay as they are; a decision lies beside them. It holds for the overtime that was decided about and for no
other: a day that comes to more or less than that waits again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

Tiers = Mapping[int, int]
"""Seconds by tier."""


@dataclass(frozen=True, slots=True)
class Decided:
    """Of the overtime ``found`` on a day, ``approved`` counts; the rest was refused."""

    found: Tiers
    approved: Tiers


@dataclass(frozen=True, slots=True)
class Split:
    """A day's overtime, each second once. ``stale``: there is a decision, but about another overtime."""

    approved: Tiers
    pending: Tiers
    refused: Tiers
    stale: bool = False
    moved: Tiers = field(default_factory=dict)
    """Approved, and moved into leave: it is not paid, and no longer among ``approved``."""

    @property
    def found(self) -> dict[int, int]:
        """What the rules found."""
        return _summed((self.approved, self.pending, self.refused, self.moved))

    @property
    def waits(self) -> bool:
        """Whether somebody has to decide."""
        return bool(self.pending)


@dataclass(frozen=True, slots=True)
class Overtime:
    """What became of the overtime of some days; days without any are left out."""

    days: Mapping[date, Split] = field(default_factory=dict)

    @property
    def approved(self) -> dict[int, int]:
        return _summed(one.approved for one in self.days.values())

    @property
    def pending(self) -> dict[int, int]:
        return _summed(one.pending for one in self.days.values())

    @property
    def moved(self) -> dict[int, int]:
        return _summed(one.moved for one in self.days.values())

    @property
    def approved_total(self) -> int:
        return sum(self.approved.values())

    @property
    def moved_total(self) -> int:
        return sum(self.moved.values())

    @property
    def pending_total(self) -> int:
        return sum(self.pending.values())

    @property
    def refused_total(self) -> int:
        return sum(sum(one.refused.values()) for one in self.days.values())


def split(found: Tiers, decided: Decided | None, *, needed: bool) -> Split:
    """What of ``found`` counts; all of it where no approval is ``needed``."""
    if not needed:
        return Split(dict(found), {}, {})
    if decided is None or dict(decided.found) != dict(found):
        return Split({}, dict(found), {}, stale=decided is not None)
    approved = {tier: min(decided.approved.get(tier, 0), seconds) for tier, seconds in found.items()}
    refused = {tier: seconds - approved[tier] for tier, seconds in found.items()}
    return Split(_without_zeros(approved), {}, _without_zeros(refused))


def without_moved(one: Split, moved: Tiers) -> Split:
    """The same with what was ``moved`` into leave apart; never more than is approved."""
    gone = {tier: min(seconds, moved.get(tier, 0)) for tier, seconds in one.approved.items()}
    approved = {tier: seconds - gone[tier] for tier, seconds in one.approved.items()}
    return replace(one, approved=_without_zeros(approved), moved=_without_zeros(gone))


def allotted(days: Mapping[date, Split], seconds: int) -> dict[date, dict[int, int]]:
    """Of which day and tier so many ``seconds`` of approved overtime are taken: cheapest first, then earliest.

    Less than none is given back of what was moved, in the opposite order.
    """
    taken: dict[date, dict[int, int]] = {}
    sign, left = (1, seconds) if seconds >= 0 else (-1, -seconds)
    there = {day: one.approved if sign > 0 else one.moved for day, one in days.items()}
    order = sorted(((tier, day) for day, tiers in there.items() for tier in tiers), reverse=sign < 0)
    for tier, day in order:
        if amount := min(left, there[day][tier]):
            taken.setdefault(day, {})[tier] = sign * amount
            left -= amount
    return dict(sorted(taken.items()))


def part(found: Tiers, seconds: int) -> dict[int, int]:
    """``seconds`` of the overtime by tier, at most all of it. The cheaper tiers come first: they are worked first."""
    left, taken = seconds, {}
    for tier in sorted(found):
        taken[tier] = min(found[tier], max(0, left))
        left -= taken[tier]
    return _without_zeros(taken)


def _without_zeros(tiers: Tiers) -> dict[int, int]:
    return {tier: seconds for tier, seconds in tiers.items() if seconds}


def _summed(days: Iterable[Tiers]) -> dict[int, int]:
    sums: dict[int, int] = {}
    for tiers in days:
        for tier, seconds in tiers.items():
            sums[tier] = sums.get(tier, 0) + seconds
    return dict(sorted(sums.items()))
