"""A second way to worked time, written from the written rules alone and on purpose without any of their code.

Everything is counted on a line of minutes, one entry for each minute of the time looked at: slowly and plainly, so that
it can be read beside docs/attendance-rules.md. It covers punches with and without a direction, fixed, split, flexible
and open shifts, nights, holidays, leave, breaks, rounding and overtime, in any zone; punches lie on whole minutes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

DAY = 24 * 60
HOURS_16 = 16 * 60


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


@dataclass
class World:
    """One person's month: what is planned, what holds, and what was punched. Spans in minutes."""

    zone: str
    shifts: dict[date, Shift]
    holidays: set[date]
    leave: dict[date, str]
    breaks: list[tuple[int, int]]
    paid: int
    round_in: tuple[int, str]
    round_out: tuple[int, str]
    count_before: bool
    count_after: bool
    daily: list[tuple[int, int]]
    weekly: tuple[int, int] | None
    rest: int
    first_last: bool
    punches: list[tuple[datetime, str]]


Row = dict[str, int | str]


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
    origin = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=8)
    clock = Clock(world.zone, origin)
    days = [first + timedelta(days=number) for number in range(-8, (last - first).days + 5)]
    spans = {day: [(clock.on_wall(day, a), clock.on_wall(day, b)) for a, b in world.shifts[day].blocks]
             for day in days if day in world.shifts}  # fmt: skip
    intervals = _intervals(world, clock, days, spans)
    return {
        day: _day(world, clock, day, spans.get(day, []), intervals.get(day, []), intervals)
        for day in days
        if first - timedelta(days=6) <= day <= last
    }


def week_overtime(world: World, rows: dict[date, Row], first: date, last: date) -> int:
    """Minutes beyond the week's threshold that have no tier by the day, of the days asked for."""
    if world.weekly is None:
        return 0
    total = 0
    for day in sorted(rows):
        if not first <= day <= last:
            continue
        monday = day - timedelta(days=day.weekday())
        before = 0
        for number in range(day.weekday()):
            row = rows[monday + timedelta(days=number)]
            before += int(row["worked"]) - int(row["overtime"])
        today = int(rows[day]["worked"]) - int(rows[day]["overtime"])
        total += max(0, before + today - world.weekly[0]) - max(0, before - world.weekly[0])
    return total


def _near(world: World, spans: dict[date, list[tuple[int, int]]], minute: int, way: str) -> tuple[date, int] | None:
    """R3: the day of the nearest shift whose time the punch lies in, and that shift's latest punch."""
    candidates = []
    for day, blocks in spans.items():
        if not blocks:
            continue
        opens, closes = blocks[0][0] - world.shifts[day].before, blocks[-1][1] + world.shifts[day].after
        if not opens <= minute <= closes:
            continue
        inside = any(a <= minute <= b for a, b in blocks)
        outside = 0 if inside else min(min(abs(minute - a), abs(minute - b)) for a, b in blocks)
        starts, ends = min(abs(minute - a) for a, _b in blocks), min(abs(minute - b) for _a, b in blocks)
        edge = starts if way == "in" else ends if way == "out" else min(starts, ends)
        candidates.append((outside, edge, opens, day, closes))
    if not candidates:
        return None
    best = min(candidates)
    return best[3], best[4]


def _intervals(
    world: World, clock: Clock, days: list[date], spans: dict[date, list[tuple[int, int]]]
) -> dict[date, list[tuple[int | None, int | None]]]:
    """R2 to R8: which minute came and went together, and for which day."""
    order = {"out": 0, "any": 1, "in": 2}
    listed = sorted({(clock.minute(at), order[way], way) for at, way in world.punches})
    kept: list[tuple[int, str, date, int]] = []
    last: tuple[int, str] | None = None
    for minute, _rank, way in listed:
        repeats = last is not None and last[1] == way and minute - last[0] <= 1
        last = (minute, way)
        if repeats:
            continue
        near = _near(world, spans, minute, way)
        day, limit = near if near else (clock.wall(minute).date(), minute + HOURS_16)
        kept.append((minute, way, day, limit))
    read: list[tuple[int, str, date, int]] = []
    for day in sorted({one[2] for one in kept}):
        group = [one for one in kept if one[2] == day]
        inside = False
        for number, (minute, way, _day, limit) in enumerate(group):
            if way == "any" and world.first_last:
                if 0 < number < len(group) - 1:
                    continue
                way = "in" if number == 0 else "out"
            elif way == "any":
                way = "out" if inside else "in"
            inside = way == "in"
            read.append((minute, way, day, limit))
    read.sort(key=lambda one: (one[0], _position(kept, one)))
    found: dict[date, list[tuple[int | None, int | None]]] = {}
    waiting: tuple[int, date, int] | None = None
    for minute, way, day, limit in read:
        if way == "in":
            if waiting:
                found.setdefault(waiting[1], []).append((waiting[0], None))
            waiting = (minute, day, limit)
        elif waiting and minute <= waiting[2]:
            found.setdefault(waiting[1], []).append((waiting[0], minute))
            waiting = None
        else:
            if waiting:
                found.setdefault(waiting[1], []).append((waiting[0], None))
            found.setdefault(day, []).append((None, minute))
            waiting = None
    if waiting:
        found.setdefault(waiting[1], []).append((waiting[0], None))
    return found


def _position(kept: list[tuple[int, str, date, int]], one: tuple[int, str, date, int]) -> int:
    """Where the punch stood before its direction was read."""
    for number, (minute, way, day, _limit) in enumerate(kept):
        if minute == one[0] and day == one[2] and way in (one[1], "any"):
            return number
    return len(kept)


def _rounded(clock: Clock, minute: int, rule: tuple[int, str]) -> int:
    """R9."""
    step, way = rule
    if not step:
        return minute
    wall = clock.wall(minute)
    over = (wall.hour * 60 + wall.minute) % step
    if over == 0:
        return minute
    up = way == "up" or (way == "nearest" and over * 2 >= step)
    return minute - over + (step if up else 0)


def _day(
    world: World,
    clock: Clock,
    day: date,
    blocks: list[tuple[int, int]],
    intervals: list[tuple[int | None, int | None]],
    every: dict[date, list[tuple[int | None, int | None]]],
) -> Row:
    shift = world.shifts.get(day)
    holiday = day in world.holidays
    half = world.leave.get(day, "")
    planned = 0
    if shift is not None:
        planned = sum(b - a for a, b in blocks) if shift.kind == "fixed" else shift.target
    taken_off = planned if half == "whole" else planned // 2 if half else 0
    required = 0 if holiday or shift is None else planned - taken_off
    left = _left_of(blocks, half)
    counted = _counted(world, clock, shift, required, left, intervals)
    line: set[int] = set()
    gross = 0
    for span in counted:
        if span is not None:
            gross += span[1] - span[0]
            line.update(range(span[0], span[1]))
    taken = _breaks(shift, blocks, counted)
    paid = min(taken, world.paid)
    deducted = max([0, *(min(length - taken, gross - after) for after, length in world.breaks)])
    worked = gross + paid - deducted
    night = sum(_is_night(clock.wall(minute)) for minute in line)
    on_holiday = sum(clock.wall(minute).date() in world.holidays for minute in line)
    late, early, missed = _punctual(shift, day, clock, required, half, left, intervals)
    status = "present"
    if not intervals:
        status = "holiday" if holiday and not required else "leave" if half == "whole" and not required else "off"
        status = "absent" if required else status
    return {
        "status": status, "planned": planned, "required": required, "worked": worked, "taken_break": taken,
        "paid_break": paid, "auto_break": deducted, "night": min(night, worked), "on_holiday": min(on_holiday, worked),
        "late": late, "early": early, "absent": required if status == "absent" else min(missed, required),
        "missing_in": sum(a is None for a, _b in intervals), "missing_out": sum(b is None for _a, b in intervals),
        "short_rest": _short(world, day, intervals, every),
        "overtime": max([0, *(worked - after for after, _tier in world.daily)]),
    }  # fmt: skip


def _left_of(blocks: list[tuple[int, int]], half: str) -> list[tuple[int, int]]:
    """R18: the minutes of the shift that no leave takes."""
    if half == "whole":
        return []
    if not half:
        return blocks
    minutes = [minute for a, b in blocks for minute in range(a, b)]
    cut = len(minutes) // 2
    chosen = set(minutes[cut:] if half == "first" else minutes[:cut])
    kept = []
    for a, b in blocks:
        inside = [minute for minute in range(a, b) if minute in chosen]
        if inside:
            kept.append((inside[0], inside[-1] + 1))
    return kept


def _counted(
    world: World,
    clock: Clock,
    shift: Shift | None,
    required: int,
    left: list[tuple[int, int]],
    intervals: list[tuple[int | None, int | None]],
) -> list[tuple[int, int] | None]:
    """R9 and R10: what counts of each interval; None where a punch is missing."""
    found: list[tuple[int, int] | None] = []
    past: int | None = None
    for came, went in intervals:
        if came is None or went is None:
            found.append(None)
            continue
        a, b = _rounded(clock, came, world.round_in), _rounded(clock, went, world.round_out)
        a = a if past is None else max(a, past)
        b = max(a, b)
        past = b
        if shift is not None and shift.kind == "fixed" and required and left:
            if not world.count_before:
                a = max(a, min(left[0][0], b))
            if not world.count_after:
                b = min(b, max(left[-1][1], a))
        found.append((a, b))
    return found


def _breaks(shift: Shift | None, blocks: list[tuple[int, int]], counted: list[tuple[int, int] | None]) -> int:
    """R11."""
    total = 0
    for number in range(len(counted) - 1):
        one, following = counted[number], counted[number + 1]
        if one is None or following is None or one[1] >= following[0]:
            continue
        fixed = shift is not None and shift.kind == "fixed"
        if fixed and not any(a <= one[1] and following[0] <= b for a, b in blocks):
            continue
        total += following[0] - one[1]
    return total


def _is_night(wall: datetime) -> bool:
    """R14, with the night from 22 to 6."""
    return wall.hour >= 22 or wall.hour < 6


def _punctual(
    shift: Shift | None,
    day: date,
    clock: Clock,
    required: int,
    half: str,
    left: list[tuple[int, int]],
    intervals: list[tuple[int | None, int | None]],
) -> tuple[int, int, int]:
    """R15 to R17, for a day with punches."""
    if shift is None or not required or not intervals:
        return 0, 0, 0
    asked = left if shift.kind == "fixed" else []
    if shift.kind == "flexible" and shift.core and not half:
        asked = [(clock.on_wall(day, shift.core[0]), clock.on_wall(day, shift.core[1]))]
    late = early = missed = 0
    for begin, end in asked:
        here = []
        for number, (came, went) in enumerate(intervals):
            before = intervals[number - 1] if number else (None, None)
            after = intervals[number + 1] if number + 1 < len(intervals) else (None, None)
            starts = came if came is not None else before[1] if before[1] is not None else before[0]
            ends = went if went is not None else after[0] if after[0] is not None else after[1]
            if (starts is None or starts < end) and (ends is None or ends > begin):
                here.append((came, went))
        if not here:
            missed += end - begin
            continue
        if here[0][0] is not None and here[0][0] - begin > shift.grace:
            late += here[0][0] - begin
        if here[-1][1] is not None and end - here[-1][1] > shift.grace_out:
            early += end - here[-1][1]
    return late, early, missed


def _short(
    world: World,
    day: date,
    intervals: list[tuple[int | None, int | None]],
    every: dict[date, list[tuple[int | None, int | None]]],
) -> int:
    """R23."""
    if not world.rest or not intervals or intervals[0][0] is None:
        return 0
    ends = [b for back in (1, 2) for _a, b in every.get(day - timedelta(days=back), []) if b is not None]
    if not ends:
        return 0
    rest = intervals[0][0] - max(ends)
    return world.rest - rest if 0 <= rest < world.rest else 0
