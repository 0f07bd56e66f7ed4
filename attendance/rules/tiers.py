"""The tiers that follow from one day: hour by hour on the wall clock, and beyond the day's threshold.

No second of work has two tiers, and of several that apply the dearest counts; what is paid beside is kept apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

from attendance.rules.counting import Reasons, overlap
from attendance.rules.matching import ScheduledDay
from attendance.rules.policy import CALENDAR, OvertimeRule, Policy, Scope
from attendance.rules.schedule import DAY, instant, seconds, spans
from attendance.rules.shapes import DayPlan, Half, Kind, Span, WorkInterval

Around = Mapping[date, ScheduledDay]
Marks = frozenset[Scope]
NO_MARKS: Marks = frozenset()
NOON = time(12)
DAY_RULES = CALENDAR | {Scope.DAY}


@dataclass(slots=True)
class Tiers:
    """Seconds by tier, and by what is paid beside; ``regular`` of them count towards week and period.

    ``limited`` are those by tier that a rule gave whose tier holds for some hours of a week only.
    """

    overtime: dict[int, int] = field(default_factory=dict)
    limited: dict[int, int] = field(default_factory=dict)
    surcharges: dict[int, int] = field(default_factory=dict)
    regular: int = 0


@dataclass(frozen=True, slots=True)
class Calendar:
    """What the wall clock around a day shows, as spans in UTC."""

    holidays: tuple[tuple[date, str, Span], ...]
    sundays: tuple[Span, ...]
    nights: tuple[Span, ...]


def calendar(plan: DayPlan, around: Around) -> Calendar:
    """The holidays, Sundays and nights that the day's work can reach into."""
    holidays, sundays = [], []
    for number in range(-1, 4):
        day = plan.day + number * DAY
        if day.weekday() == 6:
            sundays.append(_midnights(day, plan.zone))
        near = around.get(day)
        if near is not None and near.plan.holiday and near.plan.premium:
            holidays.append((day, near.plan.holiday, _holiday_span(near.plan, plan.zone)))
    night = plan.policy.night
    nights = tuple(spans((night,), plan.day + number * DAY, plan.zone)[0] for number in range(-1, 4)) if night else ()
    return Calendar(tuple(holidays), tuple(sundays), nights)


def within(counted: Iterable[WorkInterval], windows: Iterable[Span]) -> int:
    """The counted seconds in the windows."""
    windows = list(windows)
    return sum(overlap(one.start, one.end, span) for one in counted if one.start and one.end for span in windows)


def day_tiers(
    counted: Sequence[WorkInterval],
    scheduled: ScheduledDay,
    around: Around,
    days: Calendar,
    *,
    worked: int,
    planned: int,
    night_bonus: int,
    why: Reasons,
) -> Tiers:
    """What of the day's ``worked`` seconds has which tier by the day alone."""
    policy = scheduled.plan.policy
    rules = [rule for rule in policy.overtime if rule.scope in DAY_RULES and not (rule.contract and not planned)]
    found = Tiers(regular=worked)
    if not rules or not worked:
        return found
    if any(rule.scope in CALENDAR for rule in rules):
        line = _line(counted, _windows(scheduled.plan, around, days, {rule.scope for rule in rules}))
    else:
        line = [(sum(seconds(one.start, one.end) for one in counted if one.start and one.end), NO_MARKS)]
    line = _fitted(line, worked, night_bonus)
    won: dict[OvertimeRule, int] = {}
    for length, ordinary, best, beside in _pieces(line, rules, planned):
        if not ordinary:
            found.regular -= length
        if best is not None:
            won[best] = won.get(best, 0) + length
            found.overtime[best.tier] = found.overtime.get(best.tier, 0) + length
            if best.limit:
                found.limited[best.tier] = found.limited.get(best.tier, 0) + length
        for rule in beside:
            won[rule] = won.get(rule, 0) + length
            found.surcharges[rule.tier] = found.surcharges.get(rule.tier, 0) + length
    for rule in rules:
        if rule in won:
            figure = "surcharges" if rule.beside else "overtime"
            after = rule.after + (planned if rule.contract else 0)
            why.add(figure, rule.scope.value, won[rule], after=after, tier=rule.tier)
    return found


def _windows(plan: DayPlan, around: Around, days: Calendar, scopes: set[Scope]) -> list[tuple[Scope, Span]]:
    """The spans of the wall clock that the rules speak of."""
    windows = [(Scope.NIGHT, span) for span in days.nights]
    windows += [(Scope.HOLIDAY, span) for _day, _name, span in days.holidays]
    windows += [(Scope.SUNDAY, span) for span in days.sundays]
    for number in range(-1, 4):
        day = plan.day + number * DAY
        if day.weekday() in plan.policy.weekend:
            windows.append((Scope.WEEKEND, _midnights(day, plan.zone)))
    if Scope.REST_DAY in scopes:
        windows += _rest_days(plan, around)
    return [(scope, span) for scope, span in windows if scope in scopes]


def _line(counted: Sequence[WorkInterval], windows: Sequence[tuple[Scope, Span]]) -> list[tuple[int, Marks]]:
    """The counted time in order, in pieces that lie in the same windows."""
    found: list[tuple[int, Marks]] = []
    for one in counted:
        if one.start is None or one.end is None:
            continue
        near = [(scope, span) for scope, span in windows if span.start < one.end and span.end > one.start]
        edges = {one.start, one.end}
        edges |= {max(one.start, span.start) for _scope, span in near}
        edges |= {min(one.end, span.end) for _scope, span in near}
        for begin, finish in pairwise(sorted(edges)):
            marks = frozenset(scope for scope, span in near if span.start <= begin and finish <= span.end)
            found.append((seconds(begin, finish), marks))
    return found


def _rest_days(plan: DayPlan, around: Around) -> list[tuple[Scope, Span]]:
    """From midnight to midnight; a day without a shift rests but for the hours of shifts that reach into it.

    That needs a pattern: of somebody without any shift, or not employed, nobody knows which day is theirs to rest.
    """
    policy, found = plan.policy, []
    planned = [shift for near in around.values() for shift in near.shifts if shift.shift.kind is not Kind.ON_CALL]
    blocks = sorted((block for shift in planned for block in shift.whole), key=lambda one: one.start)
    for number in range(-1, 4):
        day = plan.day + number * DAY
        whole, near = _midnights(day, plan.zone), around.get(day)
        if day.weekday() in policy.rest_days:
            found.append((Scope.REST_DAY, whole))
        elif policy.rest_by_pattern and near is not None and near.plan.pattern and not _has_shift(near):
            found += [(Scope.REST_DAY, span) for span in _without(whole, blocks)]
    return found


def _has_shift(near: ScheduledDay) -> bool:
    return any(shift.shift.kind is not Kind.ON_CALL for shift in near.shifts)


def _without(whole: Span, blocks: Sequence[Span]) -> list[Span]:
    found, past = [], whole.start
    for block in blocks:
        if block.start < whole.end and block.end > past:
            if block.start > past:
                found.append(Span(past, block.start))
            past = max(past, block.end)
    if past < whole.end:
        found.append(Span(past, whole.end))
    return found


def _fitted(line: list[tuple[int, Marks]], worked: int, night_bonus: int) -> list[tuple[int, Marks]]:
    """As long as what was worked: what is deducted is taken from the first ordinary time, what is added is ordinary.

    The hours that a shorter night hour adds are night.
    """
    more = worked - sum(length for length, _marks in line)
    found = list(line)
    if night_bonus:
        last = max((number for number, (_length, marks) in enumerate(found) if Scope.NIGHT in marks), default=None)
        marks = found[last][1] if last is not None else NO_MARKS
        found.insert(len(found) if last is None else last + 1, (night_bonus, marks))
        more -= night_bonus
    if more > 0:
        found.insert(0, (more, NO_MARKS))
    lacking = max(0, -more)
    for ordinary in (True, False):
        for number, (length, marks) in enumerate(found):
            if lacking and (not marks) is ordinary:
                taken = min(lacking, length)
                found[number] = (length - taken, marks)
                lacking -= taken
    return [(length, marks) for length, marks in found if length]


def _pieces(
    line: Iterable[tuple[int, Marks]], rules: Sequence[OvertimeRule], planned: int
) -> Iterable[tuple[int, bool, OvertimeRule | None, list[OvertimeRule]]]:
    """Each piece of time: its length, whether it counts towards the week, its dearest rule, and those paid beside."""
    passed: dict[Scope, int] = {}
    for length, marks in line:
        left = length
        here = [rule for rule in rules if rule.scope is Scope.DAY or rule.scope in marks]
        while left:
            step, active = left, []
            for rule in here:
                ahead = rule.after + (planned if rule.contract else 0) - passed.get(rule.scope, 0)
                if ahead <= 0:
                    active.append(rule)
                else:
                    step = min(step, ahead)
            tiered = [rule for rule in active if not rule.beside]
            best = max(tiered, key=lambda rule: (rule.tier, not rule.limit, -rule.after), default=None)
            yield step, all(rule.scope is Scope.NIGHT for rule in tiered), best, _beside(active)
            for scope in (Scope.DAY, *marks):
                passed[scope] = passed.get(scope, 0) + step
            left -= step


def _beside(active: Iterable[OvertimeRule]) -> list[OvertimeRule]:
    """Of each scope the dearest."""
    found: dict[Scope, OvertimeRule] = {}
    for rule in active:
        if rule.beside and (rule.scope not in found or rule.tier > found[rule.scope].tier):
            found[rule.scope] = rule
    return list(found.values())


def _midnights(day: date, zone: ZoneInfo) -> Span:
    return Span(*(datetime.combine(one, time(), zone).astimezone(UTC) for one in (day, day + DAY)))


def _holiday_span(plan: DayPlan, zone: ZoneInfo) -> Span:
    """From midnight to midnight; half a holiday up to noon, or from then on."""
    whole = _midnights(plan.day, zone)
    if plan.holiday_half is Half.FIRST:
        return Span(whole.start, instant(plan.day, NOON, zone))
    if plan.holiday_half is Half.SECOND:
        return Span(instant(plan.day, NOON, zone), whole.end)
    return whole


def night_bonus(night: int, policy: Policy) -> int:
    """What night hours shorter than those of the clock add, in whole seconds."""
    return night * 3600 // policy.night_hour - night if policy.night_hour < 3600 else 0
