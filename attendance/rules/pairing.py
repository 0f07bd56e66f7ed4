"""From punches to the intervals of each day.

What a punch is follows from itself and the punches next to it, never from what lies further back: one forgotten punch
spoils one day and turns nothing round, and a part of the time can be calculated alone. Which day an interval counts for
is decided in ``rules.matching``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from attendance.rules.matching import BORDER, Home, Match, Place, Places, ScheduledDay
from attendance.rules.policy import Undirected
from attendance.rules.schedule import seconds
from attendance.rules.shapes import WorkInterval
from attendance.rules.worked import IN, OUT, Punch

ANY = "any"
_ORDER = {OUT: 0, ANY: 1, IN: 2}


@dataclass(slots=True)
class Paired:
    """What the punches of each day came to: intervals in order of time, and the punches that were ignored, with why.

    ``matches`` say, for the check-in's key of an interval, which shifts it was matched to; ``limit`` up to when a last
    check-in is running.
    """

    intervals: dict[date, list[WorkInterval]]
    ignored: dict[date, list[tuple[Punch, str]]]
    matches: dict[str, Match]
    limit: datetime | None = None


def pair(punches: Iterable[Punch], scheduled: Mapping[date, ScheduledDay], *, now: datetime | None = None) -> Paired:
    """Put each punch on its day and join check-ins with check-outs. The order in which they come does not matter.

    With ``now``, a last check-in whose time has not run out is running instead of missing its end.
    """
    found = Paired(defaultdict(list), defaultdict(list), {})
    places = Places(scheduled)
    directed = _directed(_single(_ordered(punches), places, scheduled, found), places, scheduled, found)
    opened: tuple[Punch, Home] | None = None
    for punch, home in directed:
        if punch.direction == IN:
            if opened is not None:
                _alone(opened[0], opened[1], found)
            opened = (punch, home)
        elif opened is not None and places.joins(opened[0], opened[1], punch, home):
            _joined(opened[0], punch, places, found)
            opened = None
        else:
            if opened is not None:
                _alone(opened[0], opened[1], found)
            _alone(punch, home, found)
            opened = None
    if opened is not None:
        found.limit = places.limit(*opened)
        running = now is not None and now <= found.limit
        _alone(opened[0], opened[1], found, running=running)
    for intervals in found.intervals.values():
        intervals.sort(key=_order)
    return found


def _order(one: WorkInterval) -> datetime:
    at = one.begins or one.ends
    assert at is not None
    return at


def _alone(punch: Punch, home: Home, found: Paired, *, running: bool = False) -> None:
    """A punch whose other one is missing, or has not come yet."""
    shifts = (home.place.number,) if home.place is not None else ()
    came, left = (punch, None) if punch.direction == IN else (None, punch)
    found.intervals[home.day].append(WorkInterval(came, left, None, None, running=running, shifts=shifts))


def _joined(came: Punch, left: Punch, places: Places, found: Paired) -> None:
    """The interval on its day, or its parts on theirs."""
    match = places.match(came.at, left.at)
    last = len(match.parts) - 1
    for number, part in enumerate(match.parts):
        found.intervals[part.day].append(
            WorkInterval(
                came if number == 0 else None,
                left if number == last else None,
                None,
                None,
                cut_start=None if number == 0 else part.start,
                cut_end=None if number == last else part.end,
                shifts=part.shifts,
            )
        )
    if len(match.names) > 1 or match.other:
        found.matches[came.key] = match


def _ordered(punches: Iterable[Punch]) -> list[Punch]:
    """By time, in UTC, each key once."""
    unique: dict[object, Punch] = {}
    for one in punches:
        punch = one if one.at.tzinfo is UTC else replace(one, at=one.at.astimezone(UTC))
        unique[punch.key or (punch.at, punch.direction)] = punch
    return sorted(unique.values(), key=lambda one: (one.at, _ORDER[one.direction], one.key))


def _single(
    punches: Sequence[Punch], places: Places, scheduled: Mapping[date, ScheduledDay], found: Paired
) -> list[tuple[Punch, Home]]:
    """Without the punches that only repeat the one just before them; each with the shift it is nearest to."""
    kept: list[tuple[Punch, Home]] = []
    before: Punch | None = None
    for punch in punches:
        home = places.home(punch)
        double = scheduled[home.day].plan.policy.double if home.day in scheduled else 0
        if before is not None and punch.direction == before.direction and seconds(before.at, punch.at) <= double:
            found.ignored[home.day].append((punch, "double"))
        else:
            kept.append((punch, home))
        before = punch
    return kept


def _directed(
    punches: list[tuple[Punch, Home]], places: Places, scheduled: Mapping[date, ScheduledDay], found: Paired
) -> list[tuple[Punch, Home]]:
    """With a direction for each punch of a device that knows none, from the other punches of the same shift."""
    if all(punch.direction != ANY for punch, _home in punches):
        return punches
    punches = _handed_over(punches, places)
    groups: dict[tuple[date, int], list[int]] = defaultdict(list)
    for number, (_punch, home) in enumerate(punches):
        # With at most one shift the day is read as one, whatever lies outside the shift's time.
        several = home.day in scheduled and len(scheduled[home.day].shifts) > 1
        groups[home.key if several else (home.day, 0)].append(number)
    directions: dict[int, str | None] = {}
    for (day, _number), numbers in groups.items():
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


def _handed_over(punches: list[tuple[Punch, Home]], places: Places) -> list[tuple[Punch, Home]]:
    """At the border of two shifts that follow each other: two punches without a direction are one for each of them.

    One alone is for the shift that ends where the punch just before it shows that this was begun, else for the other.
    """
    borders: dict[tuple[int, int], list[int]] = defaultdict(list)
    halves = {}
    for number, (punch, _home) in enumerate(punches):
        both = places.halves(punch.at) if punch.direction == ANY else None
        if both is not None:
            key = (both[0].index, both[1].index)
            borders[key].append(number)
            halves[key] = both
    found = list(punches)
    for key, numbers in borders.items():
        ending, beginning = halves[key]
        chosen: tuple[Place, ...] = ()
        if len(numbers) == 2:
            chosen = (ending, beginning)
        elif len(numbers) == 1:
            before = punches[numbers[0] - 1][0] if numbers[0] else None
            begun = before is not None and before.at >= ending.start - BORDER
            chosen = (ending if begun else beginning,)
        for number, place in zip(numbers, chosen, strict=False):
            found[number] = (punches[number][0], Home(place.day, place))
    return found
