"""The figures of a day on a line of minutes: the second half of ``attendance.tests.minutes``."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from attendance.tests.minutes import HOURS_4, Clock, Matcher, Piece, Placed, Row, World
from attendance.tests.minutes_tiers import ClockTiers


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
                    blocks[0][0] - shift.before,
                    blocks[0][0],
                    day,
                    number,
                    blocks[-1][1],
                    blocks[-1][1] + shift.after,
                    blocks,
                    shift.kind == "on_call",
                )
            )
    placed.sort(key=lambda one: one.rank)
    pieces = Matcher(world, clock, placed).pieces()
    planned = {minute for one in placed if not one.on_call for a, b in one.blocks for minute in range(a, b)}
    asked = [day for day in days if first - timedelta(days=6) <= day <= last]
    return {day: OneDay(world, clock, day, placed, pieces, planned).row() for day in asked}


class OneDay:
    """The figures of one day from its pieces."""

    def __init__(
        self,
        world: World,
        clock: Clock,
        day: date,
        placed: list[Placed],
        every: dict[date, list[Piece]],
        planned: set[int],
    ) -> None:
        self.world, self.clock, self.day, self.every, self.planned = world, clock, day, every, planned
        self.pieces = every.get(day, [])
        self.shifts = world.shifts.get(day, [])
        self.blocks = [
            next((list(one.blocks) for one in placed if (one.day, one.number) == (day, number)), [])
            for number in range(len(self.shifts))
        ]
        self.half = world.leave.get(day, "")
        self.holiday = day in world.holidays
        self.outside: set[int] = set()

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
        deducted = self._deducted(gross, breaks, counted)
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
            status = "not_employed" if self.day in self.world.gap else status
        overtime, beside, tiers, limited = ClockTiers(self.world, self.clock, self.planned).of(line, worked)
        return {
            "status": status,
            "planned": sum(planned),
            "required": required,
            "worked": worked,
            "leave": 0 if self.holiday else sum(away),
            "taken_break": sum(lengths),
            "paid_break": paid,
            "auto_break": deducted,
            "night": min(night, worked),
            "on_holiday": min(sum(wall.date() in self.world.holidays for wall in walls), worked),
            "sunday": min(sum(wall.weekday() == 6 for wall in walls), worked),
            "on_call": on_call,
            "call_out": called,
            "late": late,
            "early": early,
            "absent": required if status == "absent" else min(missed, required),
            "missing_in": sum(one.came is None for one in self.pieces),
            "missing_out": sum(one.went is None for one in self.pieces),
            "short_rest": self._short(counted, breaks),
            "overtime": overtime,
            "surcharges": beside,
            "tiers": tiers,
            "limited": limited,
        }

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

    def _fixed(
        self, asked: list[int], left: list[list[tuple[int, int]]], only: int | None = None
    ) -> list[tuple[int, int]]:
        return [
            block
            for number, shift in enumerate(self.shifts)
            if shift.kind == "fixed" and asked[number] and only in (None, number)
            for block in left[number]
        ]

    def _counted(self, asked: list[int], left: list[list[tuple[int, int]]]) -> list[tuple[int, int] | None]:
        """R9, R10 and R28: what counts of each piece; None where a punch is missing."""
        blocks = self._fixed(asked, left)
        on_time = self._on_time(blocks)
        found: list[tuple[int, int] | None] = []
        past: int | None = None
        for number, one in enumerate(self.pieces):
            if one.came is None or one.went is None:
                found.append(None)
                continue
            a = one.came if one.cut_in else on_time.get(one.came, self._rounded(one.came, self.world.round_in))
            b = one.went if one.cut_out else on_time.get(one.went, self._rounded(one.went, self.world.round_out))
            a = a if past is None else max(a, past)
            b = max(a, b)
            past = b
            own = [block for shift in one.numbers for block in self._fixed(asked, left, shift)]
            own = own if one.numbers else blocks
            begun, done = a, b
            if own:
                if not self.world.count_before:
                    a = max(a, min(min(block[0] for block in own), b))
                if not self.world.count_after:
                    b = min(b, max(max(block[1] for block in own), a))
            if begun < done and a == b:
                self.outside.add(number)
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
            if number in self.outside or number + 1 in self.outside:
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

    def _deducted(self, gross: int, breaks: list[tuple[int, int]], counted: list[tuple[int, int] | None]) -> int:
        """R13 and R29."""
        most = 0
        away = [*breaks, *self._free(counted)]
        whole = [span for span in counted if span is not None]
        for after, length, least in self.world.breaks:
            taken = sum(b - a for a, b in away if b - a >= least)
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

    def _free(self, counted: list[tuple[int, int] | None]) -> list[tuple[int, int]]:
        """R13: the time between two fixed blocks in which nobody was there, between two whole intervals."""
        fixed = [
            block for number, shift in enumerate(self.shifts) if shift.kind == "fixed" for block in self.blocks[number]
        ]
        planned = {minute for a, b in fixed for minute in range(a, b)}
        found: list[tuple[int, int]] = []
        gaps = [(one[1], two[0]) for one, two in pairwise(counted) if one and two and one[1] < two[0]]
        for a, b in gaps if fixed else []:
            begin, end = max(a, min(one[0] for one in fixed)), min(b, max(one[1] for one in fixed))
            for minute in range(begin, end):
                if minute in planned:
                    continue
                if found and found[-1][1] == minute and minute > begin:
                    found[-1] = (found[-1][0], minute + 1)
                else:
                    found.append((minute, minute + 1))
        return found

    def _on_call(self, counted: list[tuple[int, int] | None]) -> tuple[int, int]:
        """R32."""
        quiet = added = 0
        for number, shift in enumerate(self.shifts):
            if shift.kind != "on_call":
                continue
            calls = [
                span
                for span, one in zip(counted, self.pieces, strict=True)
                if span is not None and number in one.numbers
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
        if first.cut_in:
            rests.append(0)
        for one, following in pairwise(counted):
            if one is None or following is None or (one[1], following[0]) in breaks:
                continue
            if following[0] - one[1] > HOURS_4:
                rests.append(following[0] - one[1])
        lacking = [self.world.rest - rest for rest in rests if 0 <= rest < self.world.rest]
        return max(lacking, default=0)
