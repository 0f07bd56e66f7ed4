"""A second way to worked time, written from the written rules alone and on purpose without any of their code.

Everything is counted on a line of minutes, one entry for each minute of the time looked at: slowly and plainly, so that
it can be read beside docs/attendance-rules.md. It covers punches with and without a direction, any number of fixed,
split, flexible, open and on-call shifts a day, hand-overs, gaps between employments, holidays, leave, breaks, pauses,
tolerance, rounding and tiers by day, clock and week, in any zone; punches lie on whole minutes. The figures of a day
are in ``attendance.tests.minutes_day``, weeks in ``attendance.tests.weeks``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY = 24 * 60
HOURS_4, HOURS_16, HOURS_48 = 4 * 60, 16 * 60, 48 * 60


@dataclass
class Shift:
    """Blocks as minutes of the wall clock from the midnight of the shift's day, an end possibly beyond 1440."""

    kind: str
    blocks: list[tuple[int, int]] = field(default_factory=list)
    core: tuple[int, int] | None = None
    target: int = 0
    grace: int = 0
    grace_out: int = 0
    before: int = 240
    after: int = 240
    pause: int = 0
    call_out: int = 0


@dataclass
class World:
    """One person's month: what is planned, what holds, and what was punched. Spans in minutes.

    ``tiers`` are (scope, beyond, per cent, whether paid beside), ``weekly`` (beyond, per cent). ``limit`` says that the
    rules for day and week give a tier for so many minutes of a week, and which one then.
    """

    zone: str
    shifts: dict[date, list[Shift]]
    holidays: set[date]
    leave: dict[date, str]
    breaks: list[tuple[int, int, int]]
    paid: int
    short: int
    round_in: tuple[int, str]
    round_out: tuple[int, str]
    tolerance: tuple[int, int]
    count_before: bool
    count_after: bool
    tiers: list[tuple[str, int, int, bool]]
    weekly: list[tuple[int, int]]
    limit: tuple[int, int, int] | None
    rest: int
    rest_by_pattern: bool
    first_last: bool
    punches: list[tuple[datetime, str]]
    gap: set[date] = field(default_factory=set)
    """Days on which the person was not employed."""
    unassigned: set[date] = field(default_factory=set)
    """Days on which the person was, and had no shift assigned at all."""


Row = dict[str, object]


@dataclass(frozen=True)
class Placed:
    """A shift on its day, in minutes since the origin."""

    opens: int
    start: int
    day: date
    number: int
    end: int
    closes: int
    blocks: tuple[tuple[int, int], ...]
    on_call: bool

    @property
    def rank(self) -> tuple[int, int, date, int]:
        return self.opens, self.start, self.day, self.number


@dataclass
class Piece:
    """What a day has of an interval: when the person came and went; ``cut`` where it goes on on another day."""

    came: int | None
    went: int | None
    cut_in: bool = False
    cut_out: bool = False
    numbers: tuple[int, ...] = ()

    @property
    def whole(self) -> bool:
        return self.came is not None and self.went is not None


class Clock:
    """Minutes since an origin, and what the wall shows in each."""

    def __init__(self, zone: str, origin: datetime) -> None:
        self.zone, self.origin = ZoneInfo(zone), origin
        self._walls: dict[int, datetime] = {}

    def minute(self, at: datetime) -> int:
        return round((at - self.origin).total_seconds()) // 60

    def on_wall(self, day: date, minutes: int) -> int:
        """The minute at which the wall shows that many minutes after the day's midnight; the first of two."""
        shown = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)
        return self.minute(shown.replace(tzinfo=self.zone).astimezone(UTC))

    def wall(self, minute: int) -> datetime:
        """What the wall shows in that minute."""
        if minute not in self._walls:
            instant = self.origin + timedelta(minutes=minute)
            self._walls[minute] = instant.astimezone(self.zone).replace(tzinfo=None)
        return self._walls[minute]


class Matcher:
    """R2 to R8 and R31: which minutes came and went together, and for which day."""

    def __init__(self, world: World, clock: Clock, placed: list[Placed]) -> None:
        self.world, self.clock, self.placed = world, clock, placed
        self.found: dict[date, list[Piece]] = {}
        self.after: dict[Placed, Placed] = {}
        self.ahead: dict[Placed, Placed] = {}
        for one in sorted(placed, key=lambda one: (one.start, one.rank)):
            follow = [
                other
                for other in placed
                if one.start < other.start <= one.end + 60
                and other.end > one.end
                and not one.on_call
                and not other.on_call
            ]
            if follow:
                self.after[one] = min(follow, key=lambda other: (other.start, other.rank))
                self.ahead.setdefault(self.after[one], one)

    def pieces(self) -> dict[date, list[Piece]]:
        waiting: tuple[int, Placed | None, date] | None = None
        for minute, way, home, day in self._read(self._border(self._kept())):
            if way == "in":
                if waiting:
                    self._single(waiting[0], None, waiting[1], waiting[2])
                waiting = (minute, home, day)
            elif waiting and self._joined(waiting[0], waiting[1], minute, home):
                self._match(waiting[0], minute)
                waiting = None
            else:
                if waiting:
                    self._single(waiting[0], None, waiting[1], waiting[2])
                self._single(None, minute, home, day)
                waiting = None
        if waiting:
            self._single(waiting[0], None, waiting[1], waiting[2])
        for found in self.found.values():
            found.sort(key=lambda one: one.came if one.came is not None else one.went or 0)
        return self.found

    def _single(self, came: int | None, went: int | None, home: Placed | None, day: date) -> None:
        numbers = (home.number,) if home else ()
        self.found.setdefault(day, []).append(Piece(came, went, numbers=numbers))

    def _kept(self) -> list[tuple[int, str, Placed | None]]:
        """R7."""
        order = {"out": 0, "any": 1, "in": 2}
        listed = sorted({(self.clock.minute(at), order[way], way) for at, way in self.world.punches})
        kept: list[tuple[int, str, Placed | None]] = []
        last: tuple[int, str] | None = None
        for minute, _rank, way in listed:
            if last is None or last[1] != way or minute - last[0] > 1:
                kept.append((minute, way, self._home(minute, way)))
            last = (minute, way)
        return kept

    def _home(self, minute: int, way: str) -> Placed | None:
        """R3."""
        near = [one for one in self.placed if one.opens <= minute <= one.closes]
        if not near:
            return None

        def rank(one: Placed) -> tuple[int, int, tuple[int, int, date, int]]:
            inside = any(a <= minute <= b for a, b in one.blocks)
            outside = 0 if inside else min(min(abs(minute - a), abs(minute - b)) for a, b in one.blocks)
            starts = min(abs(minute - a) for a, _b in one.blocks)
            ends = min(abs(minute - b) for _a, b in one.blocks)
            return outside, {"in": starts, "out": ends}.get(way, min(starts, ends)), one.rank

        best = min(near, key=rank)
        follows, before = self.after.get(best), self.ahead.get(best)
        if way == "in" and follows and follows.opens <= minute and 0 <= follows.start - minute <= 60:
            return follows if follows.start - minute < abs(minute - best.start) else best
        if way == "out" and before and minute <= before.closes and 0 <= minute - before.end <= 60:
            return before if minute - before.end < abs(best.end - minute) else best
        return best

    def _border(self, kept: list[tuple[int, str, Placed | None]]) -> list[tuple[int, str, Placed | None]]:
        """R8, where one shift follows another."""
        borders: dict[tuple[Placed, Placed], list[int]] = {}
        for number, (minute, way, _home) in enumerate(kept):
            if way != "any":
                continue
            at = [
                (one, self.after[one])
                for one in self.placed
                if one in self.after
                and abs(minute - self.after[one].start) <= 60
                and self.after[one].opens <= minute <= one.closes
            ]
            if at:
                borders.setdefault(max(at, key=lambda pair: pair[0].rank), []).append(number)
        read = list(kept)
        for (ending, beginning), numbers in borders.items():
            if len(numbers) == 2:
                read[numbers[0]] = (*kept[numbers[0]][:2], ending)
                read[numbers[1]] = (*kept[numbers[1]][:2], beginning)
            elif len(numbers) == 1:
                number = numbers[0]
                begun = number > 0 and kept[number - 1][0] >= ending.start - 60
                read[number] = (*kept[number][:2], ending if begun else beginning)
        return read

    def _read(self, kept: list[tuple[int, str, Placed | None]]) -> list[tuple[int, str, Placed | None, date]]:
        """R8: a direction for each punch, and R4: a day."""
        groups: dict[tuple[date, int], list[int]] = {}
        days = []
        for number, (minute, _way, home) in enumerate(kept):
            day = home.day if home else self.clock.wall(minute).date()
            days.append(day)
            several = len(self.world.shifts.get(day, ())) > 1
            key = (day, (home.number if home else -1) if several else 0)
            groups.setdefault(key, []).append(number)
        ways: dict[int, str] = {}
        for numbers in groups.values():
            inside = False
            for number in numbers:
                way = kept[number][1]
                if way == "any" and self.world.first_last:
                    if number not in (numbers[0], numbers[-1]):
                        continue
                    way = "in" if number == numbers[0] else "out"
                elif way == "any":
                    way = "out" if inside else "in"
                inside = way == "in"
                ways[number] = way
        return [(kept[number][0], ways[number], kept[number][2], days[number]) for number in sorted(ways)]

    def _joined(self, came: int, home: Placed | None, went: int, other: Placed | None) -> bool:
        """R5."""
        if home is None:
            return went <= came + HOURS_16
        latest, shift = home.closes, self.after.get(home)
        while shift and shift.start < came + HOURS_48:
            latest = max(latest, min(shift.closes, came + HOURS_48))
            shift = self.after.get(shift)
        return went <= latest or (other in (None, home) and went <= came + HOURS_16)

    def _match(self, came: int, went: int) -> None:
        """R31."""
        runs: list[tuple[Placed, ...]] = []
        for one in self.placed:
            if one.opens > went or one.closes < came:
                continue
            inside = sum(any(a <= minute < b for a, b in one.blocks) for minute in range(came, went))
            if not one.opens <= came <= one.closes and (not inside or inside * 2 < went - came):
                continue
            run: tuple[Placed, ...] = (one,)
            runs.append(run)
            shift = self.after.get(one)
            while shift and shift.start < went:
                run = (*run, shift)
                runs.append(run)
                shift = self.after.get(shift)
        if not runs:
            self.found.setdefault(self.clock.wall(came).date(), []).append(Piece(came, went))
            return

        def cost(run: tuple[Placed, ...]) -> tuple[int, int, tuple[int, int, date, int], int]:
            blocks = [block for one in run for block in one.blocks]
            misplaced = sum(not any(a <= minute < b for a, b in blocks) for minute in range(came, went))
            misplaced += max(0, run[0].start - went, came - max(one.end for one in run))
            if len(run) > 1:
                misplaced += max(0, came - run[0].start) + max(0, run[-1].end - went)
            return misplaced, abs(came - run[0].start) + abs(run[-1].end - went), run[0].rank, len(run)

        best = min(runs, key=cost)
        borders = [one for number, one in enumerate(best) if number and one.day != best[number - 1].day]
        cuts = [min(max(one.start, came), went) for one in borders]
        edges = [came, *cuts, went]
        days = [best[0].day, *(one.day for one in borders)]
        shares = [(a, b, day) for (a, b), day in zip(pairwise(edges), days, strict=True) if a < b]
        for a, b, day in shares or [(came, went, days[0])]:
            numbers = tuple(one.number for one in best if one.day == day)
            self.found.setdefault(day, []).append(Piece(a, b, a != came, b != went, numbers))
