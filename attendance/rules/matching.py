"""Which of a person's shifts a punch or an interval belongs to, over all of the shifts at once.

A joined interval goes to the shift, or to the shifts that follow each other, for which the least time is out of place:
time worked outside their blocks, and time of their first and last block in which nobody was there. An interval over the
shifts of several days is cut where the next day's shift begins.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from attendance.rules.schedule import DAY, LaidShift, seconds
from attendance.rules.shapes import DayPlan, Kind, Span
from attendance.rules.worked import IN, OUT, Punch

FOLLOWS = timedelta(hours=1)
"""A shift that begins at most so long after another's end follows it."""
BORDER = timedelta(hours=1)
"""So near to the border of two shifts a punch may belong to the one that it does not lie in."""
WIDEST = timedelta(hours=72)
"""No shift's punches lie further apart than this."""


@dataclass(frozen=True, slots=True)
class ScheduledDay:
    """A day's plan and its shifts as instants."""

    plan: DayPlan
    shifts: tuple[LaidShift, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """One shift on its day: ``number`` among that day's, ``index`` among all."""

    index: int
    day: date
    number: int
    name: str
    blocks: tuple[Span, ...]
    opens: datetime
    closes: datetime
    on_call: bool

    @property
    def start(self) -> datetime:
        return self.blocks[0].start

    @property
    def end(self) -> datetime:
        return self.blocks[-1].end


@dataclass(frozen=True, slots=True)
class Home:
    """The day a punch belongs to, and the shift, where it is near one."""

    day: date
    place: Place | None = None

    @property
    def key(self) -> tuple[date, int]:
        """Punches with the same key are read together where their device knows no direction."""
        return self.day, self.place.number if self.place is not None else -1


@dataclass(frozen=True, slots=True)
class Part:
    """What of an interval counts for one day, and which of the day's shifts it was matched to."""

    day: date
    start: datetime
    end: datetime
    shifts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """Where an interval belongs. ``outside`` are the seconds that lie outside the chosen shifts.

    ``other`` is the shift that came next, with its seconds, where there was a choice.
    """

    parts: tuple[Part, ...]
    names: tuple[str, ...] = ()
    outside: int = 0
    other: str = ""
    other_outside: int = 0


class Places:
    """All shifts of some days in the order in which they open, and which of them follow each other."""

    def __init__(self, scheduled: Mapping[date, ScheduledDay]) -> None:
        self._scheduled = scheduled
        found = [
            (one.opens, one.whole[0].start, day, number, one)
            for day, laid in scheduled.items()
            for number, one in enumerate(laid.shifts)
            if one.opens is not None and one.closes is not None
        ]
        found.sort(key=lambda one: one[:4])
        self._all = [
            Place(
                index,
                day,
                number,
                one.shift.name,
                one.whole,
                opens,
                one.closes or opens,
                one.shift.kind is Kind.ON_CALL,
            )
            for index, (opens, _start, day, number, one) in enumerate(found)
        ]
        self._opens = [one.opens for one in self._all]
        self._next: dict[int, Place] = {}
        self._previous: dict[int, Place] = {}
        self._link()

    def home(self, punch: Punch) -> Home:
        """The shift that the punch is nearest to; without one near, the day of the wall clock."""
        at = punch.at
        near = [one for one in self._around(at, at) if one.opens <= at <= one.closes]
        if near:
            best = min(near, key=lambda one: (*_distance(punch, one.blocks), one.index))
            best = self._across(punch, best)
            return Home(best.day, best)
        return Home(self.wall_day(at))

    def wall_day(self, at: datetime) -> date:
        """The day that the wall clock of the person's zone shows, which may end later than midnight."""
        today = at.date()
        for day in (today + DAY, today, today - DAY):
            if day in self._scheduled:
                plan = self._scheduled[day].plan
                cut = timedelta(hours=plan.policy.day_cut.hour, minutes=plan.policy.day_cut.minute)
                if (at.astimezone(plan.zone).replace(tzinfo=None) - cut).date() == day:
                    return day
        # Where the zone changed between two days, neither may claim the instant.
        return today

    def limit(self, came: Punch, home: Home) -> datetime:
        """Up to when a check-out belongs to the check-in for certain: the latest punch of the last shift that follows.

        Without a shift, as long as the policy says.
        """
        policy = self._scheduled[home.day].plan.policy if home.day in self._scheduled else None
        if home.place is None:
            return came.at + timedelta(seconds=policy.longest if policy else 16 * 3600)
        latest, place = home.place.closes, self._next.get(home.place.index)
        most = came.at + timedelta(seconds=policy.longest_planned if policy else 48 * 3600)
        while place is not None and place.start < most:
            latest, place = max(latest, min(place.closes, most)), self._next.get(place.index)
        return latest

    def joins(self, came: Punch, home: Home, left: Punch, other: Home) -> bool:
        """Whether the check-out belongs to the check-in before it.

        Later than the limit it does where no other shift's time holds it, and the two are no further apart than they
        may be without a shift.
        """
        if left.at <= self.limit(came, home):
            return True
        if home.place is None or (other.place is not None and other.place.index != home.place.index):
            return False
        policy = self._scheduled[home.day].plan.policy
        return left.at <= came.at + timedelta(seconds=policy.longest)

    def match(self, start: datetime, end: datetime) -> Match:
        """The shifts that the interval is worked on, and its part of each day."""
        runs = self._runs(start, end)
        if not runs:
            return Match((Part(self.wall_day(start), start, end, ()),))
        ranked = sorted(runs, key=lambda run: _cost(run, start, end))
        best = ranked[0]
        chosen = {one.index for one in best}
        others = [run for run in ranked if len(run) == 1 and run[0].index not in chosen]
        return Match(
            parts=_cut(best, start, end),
            names=tuple(one.name for one in best),
            outside=_outside(best, start, end),
            other=others[0][0].name if others else "",
            other_outside=_outside(others[0], start, end) if others else 0,
        )

    def halves(self, at: datetime) -> tuple[Place, Place] | None:
        """The two shifts at whose border the instant lies; None where it lies at none."""
        for place in self._around(at, at):
            following = self._next.get(place.index)
            if following is not None and abs(at - following.start) <= BORDER and following.opens <= at <= place.closes:
                return place, following
        return None

    def _around(self, start: datetime, end: datetime) -> list[Place]:
        """Those whose punches may lie between the two instants, the first to open last."""
        found = []
        index = bisect_right(self._opens, end) - 1
        while index >= 0 and self._opens[index] >= start - WIDEST:
            found.append(self._all[index])
            index -= 1
        return found

    def _link(self) -> None:
        """Note which shift follows which; nobody goes from work to being on call, nor the other way round."""
        begin = sorted((one for one in self._all if not one.on_call), key=lambda one: (one.start, one.index))
        for number, one in enumerate(begin):
            for other in begin[number + 1 :]:
                if other.start > one.end + FOLLOWS:
                    break
                if other.start > one.start and other.end > one.end:
                    self._next[one.index] = other
                    self._previous.setdefault(other.index, one)
                    break

    def _across(self, punch: Punch, best: Place) -> Place:
        """At the border of two shifts a check-in is for the one that begins, a check-out for the one that ends."""
        following, before = self._next.get(best.index), self._previous.get(best.index)
        at = punch.at
        if punch.direction == IN and following is not None and following.opens <= at:
            ahead = following.start - at
            if timedelta() <= ahead <= BORDER and ahead < abs(at - best.start):
                return following
        if punch.direction == OUT and before is not None and at <= before.closes:
            behind = at - before.end
            if timedelta() <= behind <= BORDER and behind < abs(best.end - at):
                return before
        return best

    def _runs(self, start: datetime, end: datetime) -> list[tuple[Place, ...]]:
        """The shifts that the interval may belong to, alone and with those that follow."""
        half = seconds(start, end) / 2
        found: list[tuple[Place, ...]] = []
        for place in self._around(start, end):
            if not place.opens <= start <= place.closes and _within((place,), start, end) < max(half, 1):
                continue
            run: tuple[Place, ...] = (place,)
            found.append(run)
            following = self._next.get(place.index)
            while following is not None and following.start < end:
                run = (*run, following)
                found.append(run)
                following = self._next.get(following.index)
        return found


def _distance(punch: Punch, blocks: tuple[Span, ...]) -> tuple[int, int]:
    """How far the punch lies outside the blocks, then how far from the edge that its direction speaks of; seconds."""
    at = punch.at
    outside = 0
    if not any(one.start <= at <= one.end for one in blocks):
        outside = min(min(abs(seconds(at, one.start)), abs(seconds(at, one.end))) for one in blocks)
    to_start = min(abs(seconds(at, one.start)) for one in blocks)
    to_end = min(abs(seconds(at, one.end)) for one in blocks)
    edge = {IN: to_start, OUT: to_end}.get(punch.direction, min(to_start, to_end))
    return outside, edge


def _within(run: tuple[Place, ...], start: datetime, end: datetime) -> int:
    """The seconds of the interval that lie in a block of the run; where two shifts overlap, once."""
    total, past = 0, start
    for block in sorted((block for one in run for block in one.blocks), key=lambda one: one.start):
        begin, finish = max(past, block.start), min(end, block.end)
        if begin < finish:
            total += seconds(begin, finish)
            past = finish
    return total


def _outside(run: tuple[Place, ...], start: datetime, end: datetime) -> int:
    """The seconds of the interval outside all blocks, and how far it is from them where it touches none."""
    outside = seconds(start, end) - _within(run, start, end)
    away = max(seconds(end, run[0].start), seconds(max(one.end for one in run), start), 0)
    return outside + away


def _cost(run: tuple[Place, ...], start: datetime, end: datetime) -> tuple[int, int, int, int]:
    """What is out of place, then how far the ends are from the edges, then who opens first."""
    uncovered = 0
    if len(run) > 1:
        uncovered = max(0, seconds(run[0].start, start)) + max(0, seconds(end, run[-1].end))
    edges = abs(seconds(run[0].start, start)) + abs(seconds(end, run[-1].end))
    return _outside(run, start, end) + uncovered, edges, run[0].index, len(run)


def _cut(run: tuple[Place, ...], start: datetime, end: datetime) -> tuple[Part, ...]:
    """The interval by days: the shifts of the next day take over where the first of them begins."""
    parts: list[Part] = []
    for place in run:
        if parts and parts[-1].day == place.day:
            last = parts[-1]
            parts[-1] = Part(last.day, last.start, last.end, (*last.shifts, place.number))
        elif not parts:
            parts.append(Part(place.day, start, end, (place.number,)))
        else:
            last, border = parts[-1], min(max(place.start, start), end)
            parts[-1] = Part(last.day, last.start, border, last.shifts)
            parts.append(Part(place.day, border, end, (place.number,)))
    return tuple(one for one in parts if one.start < one.end) or tuple(parts[:1])
