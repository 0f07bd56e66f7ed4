"""From punches to the intervals of each day.

What a punch is and which day it belongs to follows from itself and the punch just before it, never from what lies
further back: one forgotten punch spoils one day and turns nothing round, and a part of the time can be
calculated alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from attendance.rules.schedule import DAY, LaidShift, seconds
from attendance.rules.shapes import DayPlan, Span, Undirected, WorkInterval
from attendance.rules.worked import IN, OUT, Punch

ANY = "any"
_ORDER = {OUT: 0, ANY: 1, IN: 2}


@dataclass(frozen=True, slots=True)
class ScheduledDay:
    """A day's plan and its shifts as instants."""

    plan: DayPlan
    shifts: tuple[LaidShift, ...]


@dataclass(slots=True)
class Paired:
    """What the punches of each day came to: intervals in order of time, and the punches that were ignored, with why."""

    intervals: dict[date, list[WorkInterval]]
    ignored: dict[date, list[tuple[Punch, str]]]


@dataclass(frozen=True, slots=True)
class _Home:
    """The day a punch belongs to, and the latest instant at which a check-out still belongs to it as a check-in."""

    day: date
    limit: datetime


def pair(punches: Iterable[Punch], scheduled: Mapping[date, ScheduledDay], *, now: datetime | None = None) -> Paired:
    """Put each punch on its day and join check-ins with check-outs. The order in which they come does not matter.

    With ``now``, a last check-in whose time has not run out is running instead of missing its end.
    """
    found = Paired(defaultdict(list), defaultdict(list))
    directed = _directed(_single(_ordered(punches), scheduled, found), scheduled, found)
    opened: tuple[Punch, _Home] | None = None
    for punch, home in directed:
        if punch.direction == IN:
            if opened is not None:
                found.intervals[opened[1].day].append(WorkInterval(opened[0], None, None, None))
            opened = (punch, home)
        elif opened is not None and punch.at <= opened[1].limit:
            found.intervals[opened[1].day].append(WorkInterval(opened[0], punch, None, None))
            opened = None
        else:
            if opened is not None:
                found.intervals[opened[1].day].append(WorkInterval(opened[0], None, None, None))
            found.intervals[home.day].append(WorkInterval(None, punch, None, None))
            opened = None
    if opened is not None:
        running = now is not None and now <= opened[1].limit
        found.intervals[opened[1].day].append(WorkInterval(opened[0], None, None, None, running=running))
    return found


def _ordered(punches: Iterable[Punch]) -> list[Punch]:
    """By time, in UTC, each key once."""
    unique: dict[object, Punch] = {}
    for one in punches:
        punch = one if one.at.tzinfo is UTC else replace(one, at=one.at.astimezone(UTC))
        unique[punch.key or (punch.at, punch.direction)] = punch
    return sorted(unique.values(), key=lambda one: (one.at, _ORDER[one.direction], one.key))


def _single(
    punches: Sequence[Punch], scheduled: Mapping[date, ScheduledDay], found: Paired
) -> list[tuple[Punch, _Home]]:
    """Without the punches that only repeat the one just before them; each with the day it is nearest to."""
    kept: list[tuple[Punch, _Home]] = []
    before: Punch | None = None
    for punch in punches:
        home = home_of(punch, scheduled)
        double = scheduled[home.day].plan.policy.double if home.day in scheduled else 0
        if before is not None and punch.direction == before.direction and seconds(before.at, punch.at) <= double:
            found.ignored[home.day].append((punch, "double"))
        else:
            kept.append((punch, home))
        before = punch
    return kept


def _directed(
    punches: list[tuple[Punch, _Home]], scheduled: Mapping[date, ScheduledDay], found: Paired
) -> list[tuple[Punch, _Home]]:
    """With a direction for each punch of a device that knows none, from the other punches of the same day."""
    if all(punch.direction != ANY for punch, _home in punches):
        return punches
    groups: dict[date, list[int]] = defaultdict(list)
    for number, (_punch, home) in enumerate(punches):
        groups[home.day].append(number)
    directions: dict[int, str | None] = {}
    for day, numbers in groups.items():
        mode = scheduled[day].plan.policy.undirected if day in scheduled else Undirected.ALTERNATING
        inside = False
        for number in numbers:
            direction: str | None = punches[number][0].direction
            if direction == ANY:
                direction = OUT if inside else IN
                if mode is Undirected.FIRST_LAST:
                    first, last = number == numbers[0], number == numbers[-1]
                    direction = IN if first else OUT if last else None
            if direction is not None:
                inside = direction == IN
            directions[number] = direction
    kept = []
    for number, (punch, home) in enumerate(punches):
        chosen = directions[number]
        if chosen is None:
            found.ignored[home.day].append((punch, "passage"))
        else:
            kept.append((punch if punch.direction == chosen else replace(punch, direction=chosen), home))
    return kept


def home_of(punch: Punch, scheduled: Mapping[date, ScheduledDay]) -> _Home:
    """The day of the shift that the punch is nearest to; of the wall clock where no shift is near."""
    today = punch.at.date()
    best: tuple[tuple[int, int, datetime], _Home] | None = None
    for day in (today - DAY - DAY, today - DAY, today, today + DAY):
        if day not in scheduled:
            continue
        for shift in scheduled[day].shifts:
            if shift.opens is None or shift.closes is None or not shift.opens <= punch.at <= shift.closes:
                continue
            rank = (*_distance(punch, shift.whole), shift.opens)
            if best is None or rank < best[0]:
                best = (rank, _Home(day, shift.closes))
    if best is not None:
        return best[1]
    longest = timedelta(hours=16)
    for day in (today + DAY, today, today - DAY):
        if day in scheduled:
            plan = scheduled[day].plan
            longest = timedelta(seconds=plan.policy.longest)
            cut = timedelta(hours=plan.policy.day_cut.hour, minutes=plan.policy.day_cut.minute)
            if (punch.at.astimezone(plan.zone).replace(tzinfo=None) - cut).date() == day:
                return _Home(day, punch.at + longest)
    # Where the zone changed between two days, neither may claim the instant.
    return _Home(today, punch.at + longest)


def _distance(punch: Punch, blocks: Sequence[Span]) -> tuple[int, int]:
    """How far the punch lies outside the blocks, then how far from the edge that its direction speaks of; seconds."""
    at = punch.at
    outside = 0
    if not any(one.start <= at <= one.end for one in blocks):
        outside = min(min(abs(seconds(at, one.start)), abs(seconds(at, one.end))) for one in blocks)
    to_start = min(abs(seconds(at, one.start)) for one in blocks)
    to_end = min(abs(seconds(at, one.end)) for one in blocks)
    edge = {IN: to_start, OUT: to_end}.get(punch.direction, min(to_start, to_end))
    return outside, edge
