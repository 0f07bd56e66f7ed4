"""A second way to worked time, written from the written rules alone and on purpose without any of their code.

Everything is counted on a line of minutes, one entry for each minute of the time looked at: slowly and plainly, so that
it can be read beside docs/attendance-rules.md. It covers punches with and without a direction, any number of fixed,
split, flexible, open and on-call shifts a day, hand-overs, holidays, leave, breaks, pauses, tolerance, rounding and
tiers by day, clock and week, in any zone; punches lie on whole minutes. What follows from the figures of days alone
(weeks) is in ``attendance.tests.weeks``.
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

    ``tiers`` are (scope, beyond, per cent, whether paid beside).
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


def count(world: World, first: date, last: date) -> dict[date, Row]:
    """Each day's figures in minutes, and what it was."""
    origin = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=14)
    clock = Clock(world.zone, origin)
    days = [first + timedelta(days=number) for number in range(-14, (last - first).days + 7)]
    placed = []
    for day in days:
        for number, shift in enumerate(world.shifts.get(day, ())):
            if not shift.blocks:
                continue
            blocks = tuple((clock.on_wall(day, a), clock.on_wall(day, b)) for a, b in shift.blocks)
            placed.append(
                Placed(
                    blocks[0][0] - shift.before, blocks[0][0], day, number, blocks[-1][1], blocks[-1][1] + shift.after,
                    blocks, shift.kind == "on_call",
                )
            )  # fmt: skip
    placed.sort(key=lambda one: one.rank)
    pieces = Matcher(world, clock, placed).pieces()
    return {
        day: OneDay(world, clock, day, placed, pieces).row() for day in days if first - timedelta(days=6) <= day <= last
    }


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
                if one.start < other.start <= one.end + 60 and other.end > one.end
                and not one.on_call and not other.on_call
            ]  # fmt: skip
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
                if one in self.after and abs(minute - self.after[one].start) <= 60
                and self.after[one].opens <= minute <= one.closes
            ]  # fmt: skip
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


class OneDay:
    """The figures of one day from its pieces."""

    def __init__(
        self, world: World, clock: Clock, day: date, placed: list[Placed], every: dict[date, list[Piece]]
    ) -> None:
        self.world, self.clock, self.day, self.placed, self.every = world, clock, day, placed, every
        self.pieces = every.get(day, [])
        self.shifts = world.shifts.get(day, [])
        self.blocks = [
            next((list(one.blocks) for one in placed if (one.day, one.number) == (day, number)), [])
            for number in range(len(self.shifts))
        ]
        self.half = world.leave.get(day, "")
        self.holiday = day in world.holidays

    def row(self) -> Row:
        planned = [self._planned(number) for number in range(len(self.shifts))]
        away = [one if self.half == "whole" else one // 2 if self.half else 0 for one in planned]
        asked = [0 if self.holiday else one - gone for one, gone in zip(planned, away, strict=True)]
        required = sum(asked)
        left = [self._left(number) for number in range(len(self.shifts))]
        counted = self._counted(asked, left)
        whole = [span for span in counted if span is not None]
        gross = sum(b - a for a, b in whole)
        breaks = self._breaks(counted)
        lengths = [b - a for a, b in breaks]
        paid = max(sum(one for one in lengths if one <= self.world.short), min(sum(lengths), self.world.paid))
        deducted = self._deducted(gross, breaks, whole)
        on_call, called = self._on_call(counted)
        worked = gross + paid - deducted + called
        fixed = any(shift.kind == "fixed" and asked[n] and left[n] for n, shift in enumerate(self.shifts))
        if worked and required and abs(worked - required) <= self.world.tolerance[1] and not fixed:
            worked = required
        line = [minute for a, b in whole for minute in range(a, b)]
        walls = [self.clock.wall(minute) for minute in line]
        night = sum(wall.hour >= 22 or wall.hour < 6 for wall in walls)
        late, early, missed = self._punctual(asked, left) if required else (0, 0, 0)
        status = "present"
        if not self.pieces:
            status = "holiday" if self.holiday and not required else "leave" if self.half == "whole" else "off"
            status = "absent" if required else status
        overtime, beside, tiers = self._tiers(line, worked, sum(planned))
        return {
            "status": status, "planned": sum(planned), "required": required, "worked": worked,
            "leave": 0 if self.holiday else sum(away),
            "taken_break": sum(lengths), "paid_break": paid, "auto_break": deducted, "night": min(night, worked),
            "on_holiday": min(sum(wall.date() in self.world.holidays for wall in walls), worked),
            "sunday": min(sum(wall.weekday() == 6 for wall in walls), worked),
            "on_call": on_call, "call_out": called, "late": late, "early": early,
            "absent": required if status == "absent" else min(missed, required),
            "missing_in": sum(one.came is None for one in self.pieces),
            "missing_out": sum(one.went is None for one in self.pieces),
            "short_rest": self._short(counted, breaks), "overtime": overtime, "surcharges": beside, "tiers": tiers,
        }  # fmt: skip

    def _planned(self, number: int) -> int:
        shift = self.shifts[number]
        if shift.kind == "fixed":
            return sum(b - a for a, b in self.blocks[number]) - shift.pause
        return 0 if shift.kind == "on_call" else shift.target

    def _left(self, number: int) -> list[tuple[int, int]]:
        """R18: the minutes of the shift that no leave takes."""
        if self.half == "whole":
            return []
        if not self.half:
            return self.blocks[number]
        minutes = [minute for a, b in self.blocks[number] for minute in range(a, b)]
        asked = self._planned(number) if self.shifts[number].kind == "fixed" else len(minutes)
        chosen = set(minutes[len(minutes) - (asked - asked // 2) :] if self.half == "first" else minutes[: asked // 2])
        kept = []
        for a, b in self.blocks[number]:
            inside = [minute for minute in range(a, b) if minute in chosen]
            if inside:
                kept.append((inside[0], inside[-1] + 1))
        return kept

    def _fixed(self, asked: list[int], left: list[list[tuple[int, int]]]) -> list[tuple[int, int]]:
        return [
            block
            for number, shift in enumerate(self.shifts)
            if shift.kind == "fixed" and asked[number]
            for block in left[number]
        ]

    def _counted(self, asked: list[int], left: list[list[tuple[int, int]]]) -> list[tuple[int, int] | None]:
        """R9, R10 and R28: what counts of each piece; None where a punch is missing."""
        blocks = self._fixed(asked, left)
        on_time = self._on_time(blocks)
        found: list[tuple[int, int] | None] = []
        past: int | None = None
        for one in self.pieces:
            if one.came is None or one.went is None:
                found.append(None)
                continue
            a = one.came if one.cut_in else on_time.get(one.came, self._rounded(one.came, self.world.round_in))
            b = one.went if one.cut_out else on_time.get(one.went, self._rounded(one.went, self.world.round_out))
            a = a if past is None else max(a, past)
            b = max(a, b)
            past = b
            if blocks:
                if not self.world.count_before:
                    a = max(a, min(min(block[0] for block in blocks), b))
                if not self.world.count_after:
                    b = min(b, max(max(block[1] for block in blocks), a))
            found.append((a, b))
        return found

    def _on_time(self, blocks: list[tuple[int, int]]) -> dict[int, int]:
        """R28."""
        punch, whole_day = self.world.tolerance
        moved: dict[int, int] = {}
        total = 0
        for begin, end in blocks if punch else []:
            here = [one for one in self.pieces if one.whole and max(one.came or 0, begin) < min(one.went or 0, end)]
            if not here:
                continue
            ends = [(here[0].came, begin, here[0].cut_in), (here[-1].went, end, here[-1].cut_out)]
            for minute, edge, cut in ends:
                if minute is None or cut or minute in moved:
                    continue
                total += abs(minute - edge)
                if abs(minute - edge) > punch:
                    return {}
                moved[minute] = edge
        return moved if total <= whole_day else {}

    def _rounded(self, minute: int, rule: tuple[int, str]) -> int:
        """R9."""
        step, way = rule
        if not step:
            return minute
        wall = self.clock.wall(minute)
        over = (wall.hour * 60 + wall.minute) % step
        if over == 0:
            return minute
        up = way == "up" or (way == "nearest" and over * 2 >= step)
        return minute - over + (step if up else 0)

    def _breaks(self, counted: list[tuple[int, int] | None]) -> list[tuple[int, int]]:
        """R11."""
        found = []
        blocks = [
            block for number, shift in enumerate(self.shifts) if shift.kind == "fixed" for block in self.blocks[number]
        ]
        for number in range(len(counted) - 1):
            one, following = counted[number], counted[number + 1]
            if one is None or following is None or one[1] >= following[0]:
                continue
            mine, other = self.pieces[number].numbers, self.pieces[number + 1].numbers
            if mine and other and mine[-1] != other[0]:
                continue
            a, b = one[1], following[0]
            if not blocks:
                good = b - a <= HOURS_4
            elif any(begin <= a and b <= end for begin, end in blocks):
                good = True
            else:
                outside = b <= min(begin for begin, _end in blocks) or a >= max(end for _begin, end in blocks)
                good = outside and b - a <= HOURS_4
            if good:
                found.append((a, b))
        return found

    def _deducted(self, gross: int, breaks: list[tuple[int, int]], whole: list[tuple[int, int]]) -> int:
        """R13 and R29."""
        most = 0
        for after, length, least in self.world.breaks:
            taken = sum(b - a for a, b in breaks if b - a >= least)
            most = max(most, min(length - taken, gross - after))
        pauses = 0
        for number, shift in enumerate(self.shifts):
            if shift.kind != "fixed" or not shift.pause or self.half:
                continue
            begin, end = self.blocks[number][0][0], self.blocks[number][-1][1]
            here = sum(max(0, min(b, end) - max(a, begin)) for a, b in whole)
            taken = sum(max(0, min(b, end) - max(a, begin)) for a, b in breaks)
            pauses += max(0, min(shift.pause - taken, here - self._planned(number) // 2))
        return max(most, pauses)

    def _on_call(self, counted: list[tuple[int, int] | None]) -> tuple[int, int]:
        """R32."""
        quiet = added = 0
        for number, shift in enumerate(self.shifts):
            if shift.kind != "on_call":
                continue
            calls = [
                span for span, one in zip(counted, self.pieces, strict=True) if span is not None and number in one.numbers
            ]
            minutes = {minute for a, b in calls for minute in range(a, b)}
            quiet += sum(minute not in minutes for a, b in self._left(number) for minute in range(a, b))
            for index, (a, b) in enumerate(calls):
                room = calls[index + 1][0] - b if index + 1 < len(calls) else shift.call_out
                added += max(0, min(shift.call_out - (b - a), room))
        return quiet, added

    def _punctual(self, asked: list[int], left: list[list[tuple[int, int]]]) -> tuple[int, int, int]:
        """R15 to R17, for a day with punches."""
        late = early = missed = 0
        for number, shift in enumerate(self.shifts):
            if not asked[number] or not self.pieces:
                continue
            blocks = left[number] if shift.kind == "fixed" else []
            if shift.kind == "flexible" and shift.core and not self.half:
                blocks = [(self.clock.on_wall(self.day, shift.core[0]), self.clock.on_wall(self.day, shift.core[1]))]
            for begin, end in blocks:
                here = [one for one in self._reaching(begin, end) if not one.numbers or number in one.numbers]
                if not here:
                    missed += end - begin
                    continue
                came, went = here[0], here[-1]
                if came.came is not None and not came.cut_in and came.came - begin > shift.grace:
                    late += came.came - begin
                if went.went is not None and not went.cut_out and end - went.went > shift.grace_out:
                    early += end - went.went
        return late, early, missed

    def _reaching(self, begin: int, end: int) -> list[Piece]:
        here = []
        for number, one in enumerate(self.pieces):
            before = self.pieces[number - 1] if number else Piece(None, None)
            after = self.pieces[number + 1] if number + 1 < len(self.pieces) else Piece(None, None)
            starts = one.came if one.came is not None else before.went if before.went is not None else before.came
            ends = one.went if one.went is not None else after.came if after.came is not None else after.went
            if (starts is None or starts < end) and (ends is None or ends > begin):
                here.append(one)
        return here

    def _short(self, counted: list[tuple[int, int] | None], breaks: list[tuple[int, int]]) -> int:
        """R23."""
        if not self.world.rest or not self.pieces:
            return 0
        rests = []
        first = self.pieces[0]
        ends = [
            one.went
            for back in (1, 2)
            for one in self.every.get(self.day - timedelta(days=back), [])
            if one.went is not None and not one.cut_out
        ]
        if ends and first.came is not None and not first.cut_in:
            rests.append(first.came - max(ends))
        for one, following in pairwise(counted):
            if one is not None and following is not None and following[0] - one[1] > HOURS_4:
                if (one[1], following[0]) not in breaks:
                    rests.append(following[0] - one[1])
        lacking = [self.world.rest - rest for rest in rests if 0 <= rest < self.world.rest]
        return max(lacking, default=0)

    def _tiers(self, line: list[int], worked: int, planned: int) -> tuple[dict[int, int], dict[int, int], list[int]]:
        """R20: minutes by tier, by what is paid beside, and the tiers of the minutes that count towards the week."""
        named = {scope for scope, _after, _tier, _beside in self.world.tiers if scope != "day"}
        marked = [self._marks(minute) & named for minute in line]
        lacking = len(marked) - worked
        while lacking > 0:
            first = next((number for number, marks in enumerate(marked) if not marks), 0)
            del marked[first]
            lacking -= 1
        marked = [set[str]() for _minute in range(-lacking)] + marked
        passed: dict[str, int] = {}
        overtime: dict[int, int] = {}
        surcharges: dict[int, int] = {}
        counting: list[int] = []
        for marks in marked:
            active = [
                (scope, tier, beside)
                for scope, after, tier, beside in self.world.tiers
                if (scope == "day" or scope in marks) and passed.get(scope, 0) >= after
            ]
            tiers = [(tier, scope) for scope, tier, beside in active if not beside]
            best = max((tier for tier, _scope in tiers), default=0)
            if best:
                overtime[best] = overtime.get(best, 0) + 1
            if all(scope == "night" for _tier, scope in tiers):
                counting.append(best)
            for name in {scope for scope, _tier, beside in active if beside}:
                dearest = max(tier for scope, tier, beside in active if beside and scope == name)
                surcharges[dearest] = surcharges.get(dearest, 0) + 1
            for scope in {"day", *marks}:
                passed[scope] = passed.get(scope, 0) + 1
        return overtime, surcharges, counting

    def _marks(self, minute: int) -> set[str]:
        """What the wall shows in that minute."""
        wall = self.clock.wall(minute)
        day = wall.date()
        found = set()
        if wall.hour >= 22 or wall.hour < 6:
            found.add("night")
        if day in self.world.holidays:
            found.add("holiday")
        if day.weekday() == 6:
            found.add("sunday")
        if day.weekday() >= 5:
            found.add("weekend")
        works = any(shift.kind != "on_call" for shift in self.world.shifts.get(day, ()))
        reached = any(a <= minute < b for one in self.placed if not one.on_call for a, b in one.blocks)
        if self.world.rest_by_pattern:
            if not works and not reached:
                found.add("rest_day")
        elif day.weekday() == 6:
            found.add("rest_day")
        return found
