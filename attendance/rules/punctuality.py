"""Late, early, absent: the day's punches against its shifts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from attendance.rules.counting import Reasons
from attendance.rules.matching import ScheduledDay
from attendance.rules.schedule import DAY, seconds
from attendance.rules.shapes import Half, Kind, Span, Status, WorkInterval


def punctuality(
    intervals: Sequence[WorkInterval], scheduled: ScheduledDay, why: Reasons, now: datetime | None
) -> tuple[int, int, int]:
    """Late, early and the blocks in which nobody was seen, from the punches as they are; seconds."""
    late = early = missed = 0
    if not intervals:
        return 0, 0, 0
    for number, shift in enumerate(scheduled.shifts):
        if not shift.required:
            continue
        blocks = shift.blocks if shift.shift.kind is Kind.FIXED else (shift.core,) if shift.core else ()
        for block in blocks:
            here = _touching(intervals, block)
            # Of two shifts on a day each has its own intervals.
            here = [one for one in here if not one.shifts or number in one.shifts]
            if not here:
                if now is None or now > block.end:
                    missed += seconds(block.start, block.end)
                    why.add("absent", "block_missed", seconds(block.start, block.end))
                continue
            came, left = here[0].came, here[-1].left
            if came is not None and seconds(block.start, came.at) > shift.shift.grace_in:
                late += seconds(block.start, came.at)
                why.add(
                    "late",
                    "after_grace",
                    seconds(block.start, came.at),
                    came,
                    starts=block.start.isoformat(),
                    grace=shift.shift.grace_in,
                )
            if left is not None and seconds(left.at, block.end) > shift.shift.grace_out:
                # Who is away for the moment may still come back.
                if now is not None and now <= block.end:
                    continue
                early += seconds(left.at, block.end)
                why.add(
                    "early",
                    "before_end",
                    seconds(left.at, block.end),
                    left,
                    ends=block.end.isoformat(),
                    grace=shift.shift.grace_out,
                )
    return late, early, missed


def status_of(
    intervals: Sequence[WorkInterval], scheduled: ScheduledDay, required: int, leave: int, now: datetime | None
) -> Status:
    """What the day was, or is up to now."""
    plan = scheduled.plan
    if any(one.running for one in intervals):
        return Status.WORKING
    if intervals:
        return Status.PRESENT
    if not plan.employed:
        return Status.NOT_EMPLOYED
    if plan.holiday and not required:
        return Status.HOLIDAY
    if not required and (leave or any(one.half is Half.WHOLE for one in plan.absences)):
        return Status.LEAVE
    if not required:
        return Status.OFF
    if now is not None and now <= _latest(scheduled):
        return Status.EXPECTED
    return Status.ABSENT


def still_running(intervals: Sequence[WorkInterval], scheduled: ScheduledDay, now: datetime | None) -> bool:
    """Whether the day's shifts, or somebody's work, go on at that instant, or have not begun."""
    return now is not None and (now <= _ends(scheduled) or any(one.running for one in intervals))


def turning_points(scheduled: ScheduledDay) -> set[datetime]:
    """The instants after which the day's lateness, absence or status may be another though nobody has punched."""
    found = {_latest(scheduled), _ends(scheduled)}
    for shift in scheduled.shifts:
        found |= {block.end for block in (*shift.blocks, *([shift.core] if shift.core else ()))}
    return found


def _touching(intervals: Sequence[WorkInterval], block: Span) -> list[WorkInterval]:
    """The intervals that reach into the block; where a punch is missing, it may lie anywhere up to its neighbour."""
    here = []
    for number, one in enumerate(intervals):
        before = _edge(intervals[number - 1], last=True) if number else None
        after = _edge(intervals[number + 1], last=False) if number + 1 < len(intervals) else None
        begins, ends = one.begins or before, one.ends or after
        if (begins is None or begins < block.end) and (ends is None or ends > block.start):
            here.append(one)
    return here


def _edge(one: WorkInterval, *, last: bool) -> datetime:
    at = (one.ends or one.begins) if last else (one.begins or one.ends)
    assert at is not None
    return at


def _latest(scheduled: ScheduledDay) -> datetime:
    """Up to when somebody who has not come may still come in time."""
    starts: list[datetime] = []
    for shift in scheduled.shifts:
        grace = timedelta(seconds=shift.shift.grace_in)
        if shift.shift.kind is Kind.ON_CALL:
            continue
        if shift.shift.kind is Kind.FIXED and shift.blocks:
            starts.append(shift.blocks[0].start + grace)
        elif shift.core:
            starts.append(shift.core.start + grace)
        elif shift.blocks:
            starts.append(shift.blocks[-1].end)
    return min(starts) if starts else _midnight(scheduled)


def _ends(scheduled: ScheduledDay) -> datetime:
    """When the last of the day's shifts ends; the day itself, where one has no hours."""
    asked = [one for one in scheduled.shifts if one.required]
    if asked and all(one.blocks for one in asked):
        return max(one.blocks[-1].end for one in asked)
    return _midnight(scheduled)


def _midnight(scheduled: ScheduledDay) -> datetime:
    """When the day ends by the policy."""
    end = datetime.combine(scheduled.plan.day + DAY, scheduled.plan.policy.day_cut, scheduled.plan.zone)
    return end.astimezone(UTC)
