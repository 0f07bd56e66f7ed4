"""A day's figures from its intervals, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from attendance.rules.overtime import day_overtime
from attendance.rules.pairing import ScheduledDay
from attendance.rules.rounding import round_instant
from attendance.rules.schedule import DAY, seconds, spans
from attendance.rules.shapes import (
    DayPlan,
    DayResult,
    Explanation,
    Figures,
    Half,
    Kind,
    Policy,
    Span,
    Status,
    WorkInterval,
)
from attendance.rules.worked import Punch


@dataclass(slots=True)
class Reasons:
    """Collects why, where it is asked for."""

    wanted: bool
    found: list[Explanation] = field(default_factory=list)

    def add(self, figure: str, rule: str, amount: int, *punches: Punch | None, **facts: Any) -> None:
        if self.wanted:
            keys = tuple(one.key for one in punches if one is not None)
            self.found.append(Explanation(figure, rule, amount, keys, facts))


def day_result(
    scheduled: ScheduledDay,
    intervals: Sequence[WorkInterval],
    *,
    around: Mapping[date, ScheduledDay],
    previous_end: datetime | None,
    ignored: Sequence[tuple[Punch, str]] = (),
    now: datetime | None = None,
    explain: bool = True,
) -> DayResult:
    """One day. ``around`` are the plans of the days near it, for holidays that a night reaches into.

    ``previous_end`` is when the person last went before the day, where that is known. ``now`` None: the day is over.
    """
    plan, policy, why = scheduled.plan, scheduled.plan.policy, Reasons(explain)
    counted = _count(intervals, scheduled, why)
    gross = sum(_length(one) for one in counted)
    taken = _breaks(counted, scheduled, why)
    paid = min(taken, policy.paid_break)
    if paid:
        why.add("paid_break", "allowance", paid, allowance=policy.paid_break)
    deducted = _automatic(gross, taken, policy, why)
    worked = gross + paid - deducted
    planned = sum(one.planned for one in scheduled.shifts) if plan.employed else 0
    required = sum(one.required for one in scheduled.shifts) if plan.employed else 0
    leave = sum(one.leave for one in scheduled.shifts) if plan.employed else 0
    late, early, missed = _punctuality(intervals, scheduled, why, now) if required else (0, 0, 0)
    status = _status(intervals, scheduled, required, leave, now)
    absent = required if status is Status.ABSENT else min(missed, required)
    _plan_reasons(scheduled, required, leave, absent, status, why)
    known = [one.came.at for one in intervals if one.came] + [one.left.at for one in intervals if one.left]
    figures = Figures(
        day=plan.day,
        status=status,
        planned=planned,
        required=required,
        leave=leave,
        worked=worked,
        taken_break=taken,
        paid_break=paid,
        auto_break=deducted,
        night=_night(counted, plan, worked, why),
        on_holiday=_on_holiday(counted, plan, around, worked, why),
        late=late,
        early=early,
        absent=absent,
        short_rest=_short_rest(intervals, previous_end, policy, why),
        missing_in=sum(one.missing == "in" for one in intervals),
        missing_out=sum(one.missing == "out" for one in intervals),
        holiday=bool(plan.holiday),
        weekend=plan.day.weekday() in policy.weekend,
        first=min(known) if known else None,
        last=max(known) if known else None,
    )
    tiers, reasons = day_overtime(figures, policy)
    figures = replace(figures, overtime=dict(sorted(tiers.items())))
    for interval in intervals:
        _missing_reason(interval, scheduled, why)
    for punch, rule in ignored:
        why.add("ignored", rule, 0, punch)
    planned_spans = tuple(block for one in scheduled.shifts for block in one.blocks) if plan.employed else ()
    every = tuple(why.found) + (reasons if explain else ())
    return DayResult(figures, plan, planned_spans, tuple(counted), tuple(one for one, _rule in ignored), every)


def _count(intervals: Sequence[WorkInterval], scheduled: ScheduledDay, why: Reasons) -> list[WorkInterval]:
    """With the instants that count: rounded, then cut to the shift where time outside it does not count."""
    plan, policy = scheduled.plan, scheduled.plan.policy
    counted: list[WorkInterval] = []
    past: datetime | None = None
    for one in intervals:
        start = round_instant(one.came.at, policy.round_in, plan.zone) if one.came else None
        end = round_instant(one.left.at, policy.round_out, plan.zone) if one.left else None
        if start is None or end is None:
            counted.append(replace(one, start=start, end=end))
            continue
        # Rounding never makes time run backwards, nor counts a moment twice.
        start = max(start, past) if past else start
        end = max(start, end)
        past = end
        assert one.came is not None
        assert one.left is not None
        raw = seconds(one.came.at, one.left.at)
        why.add("worked", "interval", raw, one.came, one.left)
        if seconds(start, end) != raw:
            why.add(
                "worked", "rounding", seconds(start, end) - raw, one.came, one.left,
                start=start.isoformat(), end=end.isoformat(),
            )  # fmt: skip
        start, end = _clip(start, end, scheduled, one, why)
        counted.append(replace(one, start=start, end=end))
    return counted


def _clip(
    start: datetime, end: datetime, scheduled: ScheduledDay, one: WorkInterval, why: Reasons
) -> tuple[datetime, datetime]:
    policy = scheduled.plan.policy
    blocks = [
        block
        for shift in scheduled.shifts
        if shift.shift.kind is Kind.FIXED and shift.required
        for block in shift.blocks
    ]
    if not blocks or (policy.count_before and policy.count_after):
        return start, end
    opens, closes = min(block.start for block in blocks), max(block.end for block in blocks)
    if not policy.count_before and start < opens:
        moved = min(opens, end)
        why.add("worked", "before_shift", -seconds(start, moved), one.came, begins=opens.isoformat())
        start = moved
    if not policy.count_after and end > closes:
        moved = max(closes, start)
        why.add("worked", "after_shift", -seconds(moved, end), one.left, ends=closes.isoformat())
        end = moved
    return start, end


def _length(one: WorkInterval) -> int:
    return seconds(one.start, one.end) if one.start is not None and one.end is not None else 0


def _overlap(start: datetime, end: datetime, span: Span) -> int:
    return max(0, seconds(max(start, span.start), min(end, span.end)))


def _breaks(counted: Sequence[WorkInterval], scheduled: ScheduledDay, why: Reasons) -> int:
    """The gaps between two whole intervals; where there are fixed blocks, those that lie within one; seconds."""
    blocks = [block for shift in scheduled.shifts if shift.shift.kind is Kind.FIXED for block in shift.whole]
    taken = 0
    for one, following in pairwise(counted):
        if one.end is None or one.start is None or following.start is None or following.end is None:
            continue
        if one.end >= following.start:
            continue
        length = seconds(one.end, following.start)
        # Beyond a block's edge nobody is on a break: they have left early, or come late.
        if blocks and not any(block.start <= one.end and following.start <= block.end for block in blocks):
            continue
        why.add("taken_break", "gap", length, one.left, following.came)
        taken += length
    return taken


def _automatic(gross: int, taken: int, policy: Policy, why: Reasons) -> int:
    """What is deducted so that the breaks that the rules ask for are there, never below a rule's own threshold."""
    deducted, decided = 0, None
    for rule in policy.breaks:
        lacking = min(rule.length - taken, gross - rule.after)
        if lacking > deducted:
            deducted, decided = lacking, rule
    if decided is not None:
        why.add("auto_break", "after", deducted, after=decided.after, length=decided.length, taken=taken)
    return deducted


def _night(counted: Sequence[WorkInterval], plan: DayPlan, worked: int, why: Reasons) -> int:
    """Seconds within the night of the wall clock; the nights of the day before, of the day and of the next two."""
    if plan.policy.night is None or not counted:
        return 0
    night = plan.policy.night
    windows = [spans((night,), plan.day + number * DAY, plan.zone)[0] for number in range(-1, 3)]
    found = sum(_overlap(one.start, one.end, span) for one in counted if one.start and one.end for span in windows)
    found = min(found, worked)
    if found:
        why.add("night", "window", found, starts=f"{night.starts:%H:%M}", ends=f"{night.ends:%H:%M}")
    return found


def _on_holiday(
    counted: Sequence[WorkInterval], plan: DayPlan, around: Mapping[date, ScheduledDay], worked: int, why: Reasons
) -> int:
    """Seconds worked between the midnights of a public holiday, whichever day they count for."""
    total = 0
    for number in range(-1, 3):
        day = plan.day + number * DAY
        if day not in around or not around[day].plan.holiday or not counted:
            continue
        midnight = Span(*(datetime.combine(one, datetime.min.time(), plan.zone) for one in (day, day + DAY)))
        span = Span(midnight.start.astimezone(UTC), midnight.end.astimezone(UTC))
        found = sum(_overlap(one.start, one.end, span) for one in counted if one.start and one.end)
        if found:
            why.add("on_holiday", "calendar", found, day=day.isoformat(), name=around[day].plan.holiday)
        total += found
    return min(total, worked)


def _punctuality(
    intervals: Sequence[WorkInterval], scheduled: ScheduledDay, why: Reasons, now: datetime | None
) -> tuple[int, int, int]:
    """Late, early and the blocks in which nobody was seen, from the punches as they are; seconds."""
    late = early = missed = 0
    if not intervals:
        return 0, 0, 0
    for shift in scheduled.shifts:
        if not shift.required:
            continue
        blocks = shift.blocks if shift.shift.kind is Kind.FIXED else (shift.core,) if shift.core else ()
        for block in blocks:
            here = _touching(intervals, block)
            if not here:
                if now is None or now > block.end:
                    missed += seconds(block.start, block.end)
                    why.add("absent", "block_missed", seconds(block.start, block.end))
                continue
            came, left = here[0].came, here[-1].left
            if came is not None and seconds(block.start, came.at) > shift.shift.grace_in:
                late += seconds(block.start, came.at)
                why.add(
                    "late", "after_grace", seconds(block.start, came.at), came,
                    starts=block.start.isoformat(), grace=shift.shift.grace_in,
                )  # fmt: skip
            if left is not None and seconds(left.at, block.end) > shift.shift.grace_out:
                # Who is away for the moment may still come back.
                if now is not None and now <= block.end:
                    continue
                early += seconds(left.at, block.end)
                why.add(
                    "early", "before_end", seconds(left.at, block.end), left,
                    ends=block.end.isoformat(), grace=shift.shift.grace_out,
                )  # fmt: skip
    return late, early, missed


def _touching(intervals: Sequence[WorkInterval], block: Span) -> list[WorkInterval]:
    """The intervals that reach into the block; where a punch is missing, it may lie anywhere up to its neighbour."""
    here = []
    for number, one in enumerate(intervals):
        before = _edge(intervals[number - 1], last=True) if number else None
        after = _edge(intervals[number + 1], last=False) if number + 1 < len(intervals) else None
        begins = one.came.at if one.came else before
        ends = one.left.at if one.left else after
        if (begins is None or begins < block.end) and (ends is None or ends > block.start):
            here.append(one)
    return here


def _edge(one: WorkInterval, *, last: bool) -> datetime:
    punch = (one.left or one.came) if last else (one.came or one.left)
    assert punch is not None
    return punch.at


def _status(
    intervals: Sequence[WorkInterval], scheduled: ScheduledDay, required: int, leave: int, now: datetime | None
) -> Status:
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


def _latest(scheduled: ScheduledDay) -> datetime:
    """Up to when somebody who has not come may still come in time."""
    starts: list[datetime] = []
    for shift in scheduled.shifts:
        grace = timedelta(seconds=shift.shift.grace_in)
        if shift.shift.kind is Kind.FIXED and shift.blocks:
            starts.append(shift.blocks[0].start + grace)
        elif shift.core:
            starts.append(shift.core.start + grace)
        elif shift.blocks:
            starts.append(shift.blocks[-1].end)
    if starts:
        return min(starts)
    return datetime.combine(scheduled.plan.day + DAY, scheduled.plan.policy.day_cut, scheduled.plan.zone).astimezone(
        UTC
    )


def _short_rest(intervals: Sequence[WorkInterval], previous_end: datetime | None, policy: Policy, why: Reasons) -> int:
    """How much of the rest between two days was lacking."""
    if not policy.rest or not intervals or previous_end is None or intervals[0].came is None:
        return 0
    came = intervals[0].came
    rest = seconds(previous_end, came.at)
    if not 0 <= rest < policy.rest:
        return 0
    why.add("short_rest", "minimum", policy.rest - rest, came, rest=rest, minimum=policy.rest)
    return policy.rest - rest


def _plan_reasons(
    scheduled: ScheduledDay, required: int, leave: int, absent: int, status: Status, why: Reasons
) -> None:
    plan = scheduled.plan
    for shift in scheduled.shifts:
        if plan.employed:
            why.add("planned", "shift", shift.planned, name=shift.shift.name, kind=shift.shift.kind.value)
    if plan.holiday:
        why.add("required", "holiday", required, name=plan.holiday)
    for one in plan.absences:
        why.add("leave", "absence", leave, kind=one.kind, half=one.half.value)
    if status is Status.ABSENT:
        why.add("absent", "no_punch", absent)


def _missing_reason(interval: WorkInterval, scheduled: ScheduledDay, why: Reasons) -> None:
    closes = max((one.closes for one in scheduled.shifts if one.closes), default=None)
    if interval.missing == "out":
        why.add("missing_out", "no_out", 0, interval.came, closes=closes.isoformat() if closes else "")
    elif interval.missing == "in":
        why.add("missing_in", "no_in", 0, interval.left)
