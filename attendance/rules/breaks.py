"""Breaks: those that were taken, and those that the rules or the shift deduct."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from attendance.rules.counting import Reasons, overlap
from attendance.rules.matching import ScheduledDay
from attendance.rules.policy import BreakRule
from attendance.rules.schedule import LaidShift, seconds
from attendance.rules.shapes import Kind, Span, WorkInterval


@dataclass(frozen=True, slots=True)
class Gap:
    """The time between two intervals that follow each other."""

    span: Span
    before: WorkInterval
    after: WorkInterval

    @property
    def length(self) -> int:
        return seconds(self.span.start, self.span.end)


def gaps(counted: Sequence[WorkInterval]) -> list[Gap]:
    """Between two whole intervals, whether or not something of them counts."""
    found = []
    for one, following in pairwise(counted):
        if one.end is None or one.start is None or following.start is None or following.end is None:
            continue
        if one.end < following.start:
            found.append(Gap(Span(one.end, following.start), one, following))
    return found


def is_break(gap: Gap, scheduled: ScheduledDay) -> bool:
    """Whether somebody who was away for that time was on a break, and neither early, late nor at home."""
    one, following = gap.before, gap.after
    if one.outside or following.outside:
        return False
    if one.shifts and following.shifts and one.shifts[-1] != following.shifts[0]:
        return False
    blocks = [block for shift in scheduled.shifts if shift.shift.kind is Kind.FIXED for block in shift.whole]
    if not blocks:
        return gap.length <= scheduled.plan.policy.longest_break
    start, end = gap.span.start, gap.span.end
    if any(block.start <= start and end <= block.end for block in blocks):
        return True
    ahead, behind = end <= min(block.start for block in blocks), start >= max(block.end for block in blocks)
    return (ahead or behind) and gap.length <= scheduled.plan.policy.longest_break


def taken_breaks(counted: Sequence[WorkInterval], scheduled: ScheduledDay, why: Reasons) -> list[Span]:
    """The breaks of the day, in order."""
    found = []
    for gap in gaps(counted):
        if is_break(gap, scheduled):
            why.add("taken_break", "gap", gap.length, gap.before.left, gap.after.came)
            found.append(gap.span)
    return found


def interruptions(breaks: Sequence[Span], counted: Sequence[WorkInterval], scheduled: ScheduledDay) -> list[Span]:
    """The breaks, and the free time between two fixed blocks of the day in which nobody was there, in order.

    Free time is no break that is shown or paid, and yet nobody who had it owes another break.
    """
    blocks = sorted(
        (block for shift in scheduled.shifts if shift.shift.kind is Kind.FIXED for block in shift.whole),
        key=lambda one: one.start,
    )
    free, past = [], blocks[0].end if blocks else None
    for block in blocks:
        assert past is not None
        if past < block.start:
            free.append(Span(past, block.start))
        past = max(past, block.end)
    away = [
        Span(max(gap.span.start, one.start), min(gap.span.end, one.end))
        for gap in gaps(counted)
        for one in free
        if overlap(gap.span.start, gap.span.end, one)
    ]
    return sorted([*breaks, *away], key=lambda one: one.start)


def deducted(
    gross: int, breaks: Sequence[Span], counted: Sequence[WorkInterval], scheduled: ScheduledDay, why: Reasons
) -> int:
    """What is deducted so that the breaks that the rules ask for are there, never below a rule's own threshold.

    A shift's unpaid pause and a rule's break are the same break: the greater of the two is deducted.
    """
    most, decided = 0, None
    away = interruptions(breaks, counted, scheduled)
    for rule in scheduled.plan.policy.breaks:
        lacking = _lacking(rule, gross, away) if rule.deducts else 0
        if lacking > most:
            most, decided = lacking, rule
    pause = sum(_pause(shift, breaks, counted) for shift in scheduled.shifts)
    if pause > most:
        asked = sum(shift.shift.pause for shift in scheduled.shifts)
        why.add("auto_break", "pause", pause, length=asked, taken=_total(breaks))
        return pause
    if decided is not None:
        why.add(
            "auto_break",
            "after",
            most,
            after=decided.after,
            length=decided.length,
            taken=_total(away, decided.minimum),
        )
    return most


def break_flags(
    gross: int, breaks: Sequence[Span], counted: Sequence[WorkInterval], scheduled: ScheduledDay, why: Reasons
) -> dict[str, int]:
    """What of the breaks asked for was lacking where it is not deducted, and by how much one began too late."""
    found: dict[str, int] = {}
    whole = [(one.start, one.end) for one in counted if one.start and one.end and not one.outside]
    away = interruptions(breaks, counted, scheduled)
    for rule in scheduled.plan.policy.breaks:
        lacking = 0 if rule.deducts else _lacking(rule, gross, away)
        if lacking > found.get("break_lacking", 0):
            found["break_lacking"] = lacking
        late = _too_late(rule, gross, away, whole)
        if late > found.get("break_late", 0):
            found["break_late"] = late
    for name, amount in found.items():
        why.add("flags", name, amount)
    return found


def _lacking(rule: BreakRule, gross: int, breaks: Sequence[Span]) -> int:
    return min(rule.length - _total(breaks, rule.minimum), gross - rule.after)


def _too_late(rule: BreakRule, gross: int, breaks: Sequence[Span], whole: Sequence[tuple[datetime, datetime]]) -> int:
    """How long somebody worked on beyond the moment by which the break had to begin; seconds."""
    if not rule.deadline or gross <= rule.after or not whole:
        return 0
    due = whole[0][0] + timedelta(seconds=rule.deadline)
    begun = [one.start for one in breaks if seconds(one.start, one.end) >= rule.minimum]
    return max(0, seconds(due, min([*begun, whole[-1][1]])))


def _pause(shift: LaidShift, breaks: Sequence[Span], counted: Sequence[WorkInterval]) -> int:
    """What of the shift's unpaid pause is lacking. Nothing is with half the shift or less, or where half is free."""
    if not shift.shift.pause or shift.shift.kind is not Kind.FIXED or shift.blocks != shift.whole or not shift.planned:
        return 0
    hull = Span(shift.whole[0].start, shift.whole[-1].end)
    here = sum(overlap(one.start, one.end, hull) for one in counted if one.start and one.end)
    taken = sum(overlap(one.start, one.end, hull) for one in breaks)
    return max(0, min(shift.shift.pause - taken, here - shift.planned // 2))


def _total(breaks: Sequence[Span], minimum: int = 0) -> int:
    found = (seconds(one.start, one.end) for one in breaks)
    return sum(one for one in found if one >= minimum)
