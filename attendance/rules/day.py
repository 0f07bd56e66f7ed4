"""A day's figures from its intervals, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from attendance.rules.breaks import break_flags, deducted, gaps, is_break, taken_breaks
from attendance.rules.counting import Reasons, count, fixed_blocks, length
from attendance.rules.matching import Match, ScheduledDay
from attendance.rules.policy import AllowanceRule, Policy
from attendance.rules.punctuality import punctuality, status_of, still_running
from attendance.rules.schedule import seconds
from attendance.rules.shapes import DayResult, Figures, Half, Kind, RunningFigures, Span, Status, WorkInterval
from attendance.rules.tiers import Calendar, calendar, day_tiers, night_bonus, within
from attendance.rules.worked import Punch


def day_result(
    scheduled: ScheduledDay,
    intervals: Sequence[WorkInterval],
    *,
    around: Mapping[date, ScheduledDay],
    previous_end: datetime | None,
    ignored: Sequence[tuple[Punch, str]] = (),
    matches: Mapping[str, Match] | None = None,
    now: datetime | None = None,
    explain: bool = True,
) -> DayResult:
    """One day. ``around`` are the plans of the days near it, for holidays that a night reaches into.

    ``previous_end`` is when the person last went before the day, where that is known. ``now`` None: the day is over.
    """
    plan, policy, why = scheduled.plan, scheduled.plan.policy, Reasons(explain)
    _match_reasons(intervals, matches or {}, why)
    counted = count(intervals, scheduled, why)
    planned = sum(one.planned for one in scheduled.shifts) if plan.employed else 0
    required = sum(one.required for one in scheduled.shifts) if plan.employed else 0
    leave = sum(one.leave for one in scheduled.shifts) if plan.employed else 0
    gross = sum(length(one) for one in counted)
    breaks = taken_breaks(counted, scheduled, why)
    taken = sum(seconds(one.start, one.end) for one in breaks)
    paid = _paid(breaks, policy, why)
    less = deducted(gross, breaks, counted, scheduled, why)
    days = calendar(plan, around) if counted else Calendar((), (), ())
    night = within(counted, days.nights)
    bonus = night_bonus(night, policy)
    on_call, credit = _on_call(counted, scheduled, why)
    worked = gross + paid - less + bonus + credit
    worked = _tolerated(worked, required, scheduled, why)
    night = min(night + bonus, worked)
    _night_reasons(night, bonus, policy, why)
    late, early, missed = punctuality(intervals, scheduled, why, now) if required else (0, 0, 0)
    status = status_of(intervals, scheduled, required, leave, now)
    absent = required if status is Status.ABSENT else min(missed, required)
    _plan_reasons(scheduled, required, leave, absent, status, why)
    known = [one.came.at for one in intervals if one.came] + [one.left.at for one in intervals if one.left]
    tiers = day_tiers(counted, scheduled, around, days, worked=worked, planned=planned, night_bonus=bonus, why=why)
    weekend = plan.day.weekday() in policy.weekend
    numbers = {
        "worked": worked,
        "night": night,
        "on_holiday": _on_holiday(counted, days, worked, why),
        "sunday": min(within(counted, days.sundays), worked),
        "on_call": on_call,
        "call_out": credit,
    }
    kind = RunningFigures if required and still_running(intervals, scheduled, now) else Figures
    figures = kind(
        day=plan.day,
        status=status,
        planned=planned,
        required=required,
        leave=leave,
        unpaid_leave=_unpaid(scheduled, leave, why),
        regular=tiers.regular,
        taken_break=taken,
        paid_break=paid,
        auto_break=less,
        night_bonus=bonus,
        late=late,
        early=early,
        absent=absent,
        short_rest=_short_rest(intervals, counted, scheduled, previous_end, why),
        missing_in=sum(one.missing == "in" for one in intervals),
        missing_out=sum(one.missing == "out" for one in intervals),
        holiday=bool(plan.holiday),
        weekend=weekend,
        unplanned=bool(worked) and not (plan.shifts or plan.holiday or weekend),
        overtime=dict(sorted(tiers.overtime.items())),
        limited=dict(sorted(tiers.limited.items())),
        surcharges=dict(sorted(tiers.surcharges.items())),
        allowances=_allowances(numbers, policy.allowances, why),
        flags=_flags(gross, breaks, counted, worked, scheduled, why),
        first=min(known) if known else None,
        last=max(known) if known else None,
        **numbers,
    )
    for interval in intervals:
        _missing_reason(interval, scheduled, why)
    for punch, rule in ignored:
        why.add("ignored", rule, 0, punch)
    planned_spans = tuple(block for one in scheduled.shifts for block in one.blocks) if plan.employed else ()
    skipped = tuple(one for one, _rule in ignored)
    return DayResult(figures, plan, planned_spans, tuple(counted), skipped, tuple(why.found))


def _paid(breaks: Sequence[Span], policy: Policy, why: Reasons) -> int:
    """What of the breaks counts as worked: the short ones, or the day's allowance, whichever is more."""
    lengths = [seconds(one.start, one.end) for one in breaks]
    short = sum(one for one in lengths if one <= policy.short_break)
    allowed = min(sum(lengths), policy.paid_break)
    if short > allowed:
        why.add("paid_break", "short", short, most=policy.short_break)
    elif allowed:
        why.add("paid_break", "allowance", allowed, allowance=policy.paid_break)
    return max(short, allowed)


def _match_reasons(intervals: Sequence[WorkInterval], matches: Mapping[str, Match], why: Reasons) -> None:
    """Which shifts an interval was matched to, where there was a choice."""
    for one in intervals:
        match = matches.get(one.came.key) if one.came is not None and why.wanted else None
        if match is None:
            continue
        names = ", ".join(match.names)
        if match.other:
            why.add(
                "worked",
                "nearest",
                0,
                one.came,
                one.left,
                names=names,
                outside=match.outside,
                other=match.other,
                other_outside=match.other_outside,
            )
        else:
            why.add("worked", "several", 0, one.came, one.left, names=names)


def _on_call(counted: Sequence[WorkInterval], scheduled: ScheduledDay, why: Reasons) -> tuple[int, int]:
    """The seconds on call in which nobody was called, and what the call-outs were short of their minimum."""
    on_call = credit = 0
    for number, shift in enumerate(scheduled.shifts):
        if shift.shift.kind is not Kind.ON_CALL or not scheduled.plan.employed:
            continue
        called = [one for one in counted if number in one.shifts and one.start and one.end]
        for block in shift.blocks:
            on_call += seconds(block.start, block.end) - within(called, (block,))
        for index, one in enumerate(called):
            following = called[index + 1].start if index + 1 < len(called) else None
            short = shift.shift.call_out - length(one)
            if following is not None and one.end is not None:
                short = min(short, seconds(one.end, following))
            if short > 0:
                credit += short
                why.add("worked", "call_out", short, one.came, one.left, least=shift.shift.call_out)
    if on_call:
        why.add("on_call", "block", on_call)
    return on_call, credit


def _tolerated(worked: int, required: int, scheduled: ScheduledDay, why: Reasons) -> int:
    """Without fixed hours, a day that is off by no more than the tolerance counts as what was asked for."""
    most = scheduled.plan.policy.tolerance.day
    off = worked - required
    if not worked or not required or not off or abs(off) > most or fixed_blocks(scheduled.shifts):
        return worked
    why.add("worked", "tolerance_day", -off, required=required)
    return required


def _night_reasons(night: int, bonus: int, policy: Policy, why: Reasons) -> None:
    if night and policy.night is not None:
        window = {"starts": f"{policy.night.starts:%H:%M}", "ends": f"{policy.night.ends:%H:%M}"}
        why.add("night", "window", night, **window)
        if bonus:
            why.add("worked", "night_hour", bonus, hour=f"{policy.night_hour // 60}:{policy.night_hour % 60:02}")


def _on_holiday(counted: Sequence[WorkInterval], days: Calendar, worked: int, why: Reasons) -> int:
    """Seconds worked within the hours of a public holiday, whichever day they count for."""
    total = 0
    for day, name, span in days.holidays:
        found = within(counted, (span,))
        if found:
            why.add("on_holiday", "calendar", found, day=day.isoformat(), name=name)
        total += found
    return min(total, worked)


def _unpaid(scheduled: ScheduledDay, leave: int, why: Reasons) -> int:
    """What of the leave no pay goes on for."""
    absences = scheduled.plan.absences
    if not leave or all(one.paid for one in absences):
        return 0
    unpaid = [one for one in absences if not one.paid]
    whole = len(unpaid) == len(absences) or any(one.half is Half.WHOLE for one in unpaid)
    found = leave if whole else leave // 2
    why.add("unpaid_leave", "absence", found, kind=unpaid[0].kind)
    return found


def _short_rest(
    intervals: Sequence[WorkInterval],
    counted: Sequence[WorkInterval],
    scheduled: ScheduledDay,
    previous_end: datetime | None,
    why: Reasons,
) -> int:
    """How much of the rest was lacking: before the day's first check-in, or between two spells of the day."""
    least = scheduled.plan.policy.rest
    if not least or not intervals:
        return 0
    rests: list[tuple[int, Punch | None]] = []
    if previous_end is not None and intervals[0].came is not None:
        rests.append((seconds(previous_end, intervals[0].came.at), intervals[0].came))
    if intervals[0].cut_start is not None:
        # The work of the day before went on.
        rests.append((0, None))
    rests += [
        (gap.length, gap.after.came)
        for gap in gaps(counted)
        if gap.length > scheduled.plan.policy.longest_break and not is_break(gap, scheduled)
    ]
    short = [(rest, came) for rest, came in rests if 0 <= rest < least]
    if not short:
        return 0
    rest, came = min(short, key=lambda one: one[0])
    why.add("short_rest", "minimum", least - rest, came, rest=rest, minimum=least)
    return least - rest


def _allowances(numbers: Mapping[str, int], rules: Sequence[AllowanceRule], why: Reasons) -> dict[str, int]:
    """Units by code: one for the day, or one for each full ``per`` seconds."""
    found: dict[str, int] = {}
    for rule in rules:
        amount = numbers[rule.figure.value]
        if amount < max(rule.least, 1):
            continue
        units = amount // rule.per if rule.per else 1
        if units:
            found[rule.code] = found.get(rule.code, 0) + units
            why.add("allowances", rule.figure.value, amount, code=rule.code, units=str(units))
    return found


def _flags(
    gross: int,
    breaks: Sequence[Span],
    counted: Sequence[WorkInterval],
    worked: int,
    scheduled: ScheduledDay,
    why: Reasons,
) -> dict[str, int]:
    policy = scheduled.plan.policy
    found = break_flags(gross, breaks, counted, scheduled, why)
    if policy.longest_day and worked > policy.longest_day:
        found["longest_day"] = worked - policy.longest_day
        why.add("flags", "longest_day", found["longest_day"], most=policy.longest_day)
    return dict(sorted(found.items()))


def _plan_reasons(
    scheduled: ScheduledDay, required: int, leave: int, absent: int, status: Status, why: Reasons
) -> None:
    plan = scheduled.plan
    for shift in scheduled.shifts:
        if plan.employed:
            split = shift.shift.kind is Kind.FIXED and len(shift.whole) > 1
            kind = "split" if split else shift.shift.kind.value
            why.add("planned", "shift", shift.planned, name=shift.shift.name, kind=kind)
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
