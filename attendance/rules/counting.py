"""Which instants of an interval count: tolerance, rounding, and what lies outside the shift."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from attendance.rules.matching import ScheduledDay
from attendance.rules.rounding import round_instant
from attendance.rules.schedule import LaidShift, seconds
from attendance.rules.shapes import Explanation, Kind, Span, WorkInterval
from attendance.rules.worked import Punch


@dataclass(slots=True)
class Reasons:
    """Collects why, where it is asked for."""

    wanted: bool
    found: list[Explanation] = field(default_factory=list)

    def add(self, figure: str, rule: str, amount: int, *punches: Punch | None, **facts: Any) -> None:
        if self.wanted:
            keys = tuple(one.key for one in punches if one is not None and one.key)
            self.found.append(Explanation(figure, rule, amount, keys, facts))


def length(one: WorkInterval) -> int:
    """The seconds that count; none where a punch is missing."""
    return seconds(one.start, one.end) if one.start is not None and one.end is not None else 0


def overlap(start: datetime, end: datetime, span: Span) -> int:
    """The seconds that both have."""
    return max(0, seconds(max(start, span.start), min(end, span.end)))


def fixed_blocks(shifts: Iterable[LaidShift]) -> list[Span]:
    """The blocks of those fixed shifts that are asked for."""
    return [block for shift in shifts if shift.shift.kind is Kind.FIXED and shift.required for block in shift.blocks]


def count(intervals: Sequence[WorkInterval], scheduled: ScheduledDay, why: Reasons) -> list[WorkInterval]:
    """With the instants that count: rounded, then cut to the shift where time outside it does not count."""
    plan, policy = scheduled.plan, scheduled.plan.policy
    counted: list[WorkInterval] = []
    on_time = _tolerated(intervals, scheduled)
    past: datetime | None = None
    for one in intervals:
        start, end = one.cut_start, one.cut_end
        if one.came is not None:
            start = on_time.get(one.came.at) or round_instant(one.came.at, policy.round_in, plan.zone)
        if one.left is not None:
            end = on_time.get(one.left.at) or round_instant(one.left.at, policy.round_out, plan.zone)
        if start is None or end is None:
            counted.append(replace(one, start=start, end=end))
            continue
        # Rounding never makes time run backwards, nor counts a moment twice.
        start = max(start, past) if past else start
        end = max(start, end)
        past = end
        _why_counted(one, start, end, bool(on_time), why)
        begin, finish = _clip(start, end, scheduled, one, why)
        outside = start < end and begin == finish
        counted.append(replace(one, start=begin, end=finish, outside=outside))
    return counted


def _why_counted(one: WorkInterval, start: datetime, end: datetime, tolerated: bool, why: Reasons) -> None:
    assert one.begins is not None
    assert one.ends is not None
    raw = seconds(one.begins, one.ends)
    if one.cut_start is not None or one.cut_end is not None:
        why.add("worked", "cut", raw, one.came, one.left, start=one.begins.isoformat(), end=one.ends.isoformat())
    else:
        why.add("worked", "interval", raw, one.came, one.left)
    changed = seconds(start, end) - raw
    if changed:
        rule = "tolerance" if tolerated else "rounding"
        why.add("worked", rule, changed, one.came, one.left, start=start.isoformat(), end=end.isoformat())


def _tolerated(intervals: Sequence[WorkInterval], scheduled: ScheduledDay) -> dict[datetime, datetime]:
    """The punches that count as on time, with the edge of the block that they are moved to.

    All of them, or none: where one is too far off, or together they are, the time counts as it was.
    """
    tolerance = scheduled.plan.policy.tolerance
    blocks = fixed_blocks(scheduled.shifts) if tolerance.punch else []
    moved: dict[datetime, datetime] = {}
    total = 0
    for block in blocks:
        here = [
            one
            for one in intervals
            if one.begins is not None and one.ends is not None and overlap(one.begins, one.ends, block)
        ]
        if not here:
            continue
        for punch, edge in ((here[0].came, block.start), (here[-1].left, block.end)):
            if punch is None or punch.at in moved:
                continue
            off = abs(seconds(punch.at, edge))
            total += off
            if off > tolerance.punch:
                return {}
            moved[punch.at] = edge
    return moved if total <= tolerance.day else {}


def _clip(
    start: datetime, end: datetime, scheduled: ScheduledDay, one: WorkInterval, why: Reasons
) -> tuple[datetime, datetime]:
    policy = scheduled.plan.policy
    # A call-out after the day's shift, or the second of two shifts, is not outside the first.
    own = [scheduled.shifts[number] for number in one.shifts] or scheduled.shifts
    blocks = fixed_blocks(own)
    before, after = not policy.count_before, not policy.count_after
    frames = [block for shift in own if shift.shift.bounds and shift.required for block in shift.whole]
    if frames and not blocks:
        blocks, before, after = frames, True, True
    if not blocks or not (before or after):
        return start, end
    opens, closes = min(block.start for block in blocks), max(block.end for block in blocks)
    if before and start < opens:
        moved = min(opens, end)
        why.add("worked", "before_shift", -seconds(start, moved), one.came, begins=opens.isoformat())
        start = moved
    if after and end > closes:
        moved = max(closes, start)
        why.add("worked", "after_shift", -seconds(moved, end), one.left, ends=closes.isoformat())
        end = moved
    return start, end
