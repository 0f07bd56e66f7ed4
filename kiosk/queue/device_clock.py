"""When a punch happened that a device made without us: its wall clock, held against a clock that nobody can set back.

A browser has two clocks. The wall clock (``Date.now``) may be set by anybody; the monotonic one (``performance.now``)
only runs, but begins anew with each start of the page (``boot``), and may stand still while a tablet sleeps. An anchor
ties both to our own time: the last answer that the device had from us, and the moment at which the punch arrived.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

TOLERANCE = timedelta(minutes=2)
"""Drift of a tablet's clock, and a slow network: less than this is no sign of a changed clock."""

Trust = Literal["ok", "corrected", "unsure"]


@dataclass(frozen=True, slots=True)
class Stamp:
    """Both clocks of a device in one moment: ``wall`` in ms since 1970, ``mono`` in ms since the start ``boot``."""

    wall: int
    mono: float
    boot: str

    @property
    def instant(self) -> datetime:
        return datetime.fromtimestamp(self.wall / 1000, UTC)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A moment of which we know our own time too."""

    server: datetime
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Estimate:
    """The instant, and how far to rely on it: ``corrected`` tells of a changed clock, ``unsure`` asks a person."""

    at: datetime
    trust: Trust


def estimate(stamp: Stamp, *, before: Anchor | None, after: Anchor, not_before: datetime | None = None) -> Estimate:
    """The instant of ``stamp``.

    ``before`` is what the device last heard from us before the punch, ``after`` the arrival; ``not_before`` is the
    instant of the punch that the same device's counter puts in front of this one.

    Where the monotonic clock ran through from an anchor it gives a bound: counted on from ``before`` the punch was not
    earlier, counted back from ``after`` not later (a sleeping device counts too little). A wall clock that both anchors
    call equally wrong, and that lies within the bounds, is believed. Any other was changed: a bound takes its place,
    and where there is none the time is unsure.
    """
    low, high = _counted_on(stamp, before), _counted_back(stamp, after)
    readings = [anchor.server + (stamp.instant - anchor.stamp.instant) for anchor in (before, after) if anchor]
    chosen = _choose(readings, low, high)
    # The order of the counter is certain, and so is that nothing arrives before it happened.
    earliest = max((each for each in (before.server if before else None, not_before) if each), default=chosen.at)
    at = min(max(chosen.at, earliest), after.server)
    if abs(at - chosen.at) > TOLERANCE:
        return Estimate(at, "unsure")
    return Estimate(at, chosen.trust)


def _choose(readings: list[datetime], low: datetime | None, high: datetime | None) -> Estimate:
    same = max(readings) - min(readings) <= TOLERANCE
    inside = [reading for reading in readings if _within(reading, low, high)]
    if low is None and high is None:
        return Estimate(readings[0], "ok" if same and len(readings) > 1 else "unsure")
    if same and inside:
        return Estimate(_clip(inside[0], low, high), "ok")
    if low is None or high is None:
        return Estimate(low or high or readings[0], "corrected")
    if high - low <= TOLERANCE:
        return Estimate(low, "corrected")
    # The device slept, and its clock was changed: one of the anchors may know by how much.
    return Estimate(_clip(inside[0], low, high), "corrected") if inside else Estimate(low, "unsure")


def _within(reading: datetime, low: datetime | None, high: datetime | None) -> bool:
    return (low is None or reading >= low - TOLERANCE) and (high is None or reading <= high + TOLERANCE)


def _clip(reading: datetime, low: datetime | None, high: datetime | None) -> datetime:
    if low is not None and reading < low:
        return low
    return high if high is not None and reading > high else reading


def _counted_on(stamp: Stamp, anchor: Anchor | None) -> datetime | None:
    if anchor is None or anchor.stamp.boot != stamp.boot or stamp.mono < anchor.stamp.mono:
        return None
    return anchor.server + timedelta(milliseconds=stamp.mono - anchor.stamp.mono)


def _counted_back(stamp: Stamp, anchor: Anchor) -> datetime | None:
    if anchor.stamp.boot != stamp.boot or stamp.mono > anchor.stamp.mono:
        return None
    return anchor.server - timedelta(milliseconds=anchor.stamp.mono - stamp.mono)
