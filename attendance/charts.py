"""Geometry of the charts: from figures to the places of shapes, in percent of a chart's width or height.

The server draws SVG, so that a chart prints, needs no script, and has the same figures as the table behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from attendance.rules.shapes import DayResult, Half

HOUR = 3600
SHORTEST_AXIS = 8
WIDEST = 36


@dataclass(frozen=True, slots=True)
class Piece:
    """A interval of a day's bar; ``x`` and ``width`` in percent."""

    kind: str
    x: float
    width: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """The hours that all bars of a month share, counted from each day's midnight on the wall clock."""

    first: int
    last: int

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Where the lines stand, and the hour beneath each."""
        step = 2 if self.last - self.first <= 14 else 4
        hours = range(-(-self.first // step) * step, self.last + 1, step)
        return [(round(self.place(hour), 2), f"{hour % 24:02d}") for hour in hours]

    def place(self, hours: float) -> float:
        """Percent of the width."""
        inside = min(max(hours, self.first), self.last)
        return (inside - self.first) / (self.last - self.first) * 100


def month_axis(days: Iterable[DayResult]) -> Axis:
    """From the first hour of which any day tells to the last."""
    hours: list[float] = []
    for day in days:
        for start, end in [*_intervals(day), *((span.start, span.end) for span in day.planned)]:
            hours += [_hours(start, day), _hours(end, day)]
    if not hours:
        return Axis(6, 20)
    first, last = int(min(hours)), min(WIDEST, -(-int(max(hours) * HOUR) // HOUR))
    first = max(0, min(first, last - 1))
    lacking = max(0, SHORTEST_AXIS - (last - first))
    first = max(0, first - lacking // 2)
    return Axis(first, max(last, first + SHORTEST_AXIS))


def day_bar(day: DayResult, axis: Axis, now: datetime | None = None) -> list[Piece]:
    """What was planned, behind what was worked; breaks, nights and forgotten punches over it."""
    pieces = [_piece("planned", span.start, span.end, day, axis) for span in day.planned]
    if any(absence.half is Half.WHOLE for absence in day.plan.absences):
        pieces.append(Piece("leave", 0, 100))
    elif day.plan.holiday and day.plan.holiday_half is Half.WHOLE:
        pieces.append(Piece("holiday", 0, 100))
    intervals = list(_intervals(day, now))
    pieces += [_piece("work", start, end, day, axis) for start, end in intervals]
    pieces += [_piece("night", start, end, day, axis) for work in intervals for start, end in _nights(work, day)]
    for (_start, end), (start, _end) in pairwise(intervals):
        if end < start:
            pieces.append(_piece("break", end, start, day, axis))
    for one in day.intervals:
        if one.missing:
            there = one.came or one.left
            assert there is not None
            pieces.append(Piece("missing", round(axis.place(_hours(there.at, day)), 2), 0.8))
    return [piece for piece in pieces if piece.width > 0]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a chart: parts stacked from the bottom, each with its height in percent."""

    label: str
    x: float
    width: float
    parts: tuple[tuple[str, float, float], ...]


def columns(labels: Sequence[str], series: dict[str, Sequence[float]]) -> list[Column]:
    """Stacked columns; the highest stack takes the whole height. A part is (kind, y, height)."""
    sums = [sum(values[index] for values in series.values()) for index in range(len(labels))]
    highest = max(sums, default=0) or 1
    slot = 100 / max(1, len(labels))
    found = []
    for index, label in enumerate(labels):
        parts, foot = [], 100.0
        for kind, values in series.items():
            height = values[index] / highest * 100
            foot -= height
            if height:
                parts.append((kind, round(foot, 2), round(height, 2)))
        found.append(Column(label, round(index * slot + slot * 0.15, 2), round(slot * 0.7, 2), tuple(parts)))
    return found


def shade(value: float, highest: float) -> int:
    """0 for nothing, 1 to 5 for a share of the highest: the steps of a heat map."""
    if value <= 0 or highest <= 0:
        return 0
    return min(5, 1 + int(value / highest * 4.999))


def _intervals(day: DayResult, now: datetime | None = None) -> Iterable[tuple[datetime, datetime]]:
    for one in day.intervals:
        if one.start is not None and one.end is not None:
            yield one.start, one.end
        elif one.running and one.start is not None and now is not None and now > one.start:
            yield one.start, now


def _nights(work: tuple[datetime, datetime], day: DayResult) -> Iterable[tuple[datetime, datetime]]:
    night = day.plan.policy.night
    if night is None:
        return
    for number in range(-1, 3):
        start = datetime.combine(day.figures.day + timedelta(days=number), night.starts, day.plan.zone)
        end = datetime.combine(start.date() + timedelta(days=night.ends <= night.starts), night.ends, day.plan.zone)
        begin, finish = max(work[0], start), min(work[1], end)
        if begin < finish:
            yield begin, finish


def _piece(kind: str, start: datetime, end: datetime, day: DayResult, axis: Axis) -> Piece:
    left, right = axis.place(_hours(start, day)), axis.place(_hours(end, day))
    label = f"{_wall(start, day.plan.zone)}–{_wall(end, day.plan.zone)}"
    return Piece(kind, round(left, 2), round(right - left, 2), label)


def _wall(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%H:%M}"


def _hours(at: datetime, day: DayResult) -> float:
    local = at.astimezone(day.plan.zone).replace(tzinfo=None)
    return (local - datetime.combine(day.figures.day, time())).total_seconds() / HOUR


def days_between(first: date, last: date) -> list[date]:
    """Both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
