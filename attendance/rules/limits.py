"""Limits of the law that warn and change no time: weeks, rest in the week, caps on overtime, averages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from attendance.rules.policy import Over, Policy
from attendance.rules.schedule import seconds
from attendance.rules.shapes import Figures, PeriodResult

PolicyOf = Callable[[date], Policy]
DAY = timedelta(days=1)
WEEK = 7


@dataclass(frozen=True, slots=True)
class Warned:
    """A limit that was passed: on ``day``, ``found`` seconds where at most ``most`` are allowed."""

    limit: str
    day: date
    found: int
    most: int


def period_flags(days: Sequence[Figures], policy_of: PolicyOf) -> dict[date, dict[str, int]]:
    """By how much a week was too long, or its longest rest too short; on the week's last day, in seconds."""
    found: dict[date, dict[str, int]] = defaultdict(dict)
    for week in _weeks(days, policy_of):
        last = week[-1]
        policy = policy_of(last.day)
        if (last.day + DAY).weekday() != policy.week_start:
            continue
        worked = sum(one.worked for one in week)
        if policy.longest_week and worked > policy.longest_week:
            found[last.day]["longest_week"] = worked - policy.longest_week
        if policy.weekly_rest:
            rest = _longest_rest(week, days)
            if rest is not None and rest < policy.weekly_rest:
                found[last.day]["weekly_rest"] = policy.weekly_rest - rest
    return dict(found)


def caps_passed(policy: Policy, today: int, week: int) -> dict[str, int]:
    """By how much the overtime of a day passes the caps of day and week; ``week`` is what is behind of the week."""
    found: dict[str, int] = {}
    for cap in policy.caps:
        before = {Over.DAY: 0, Over.WEEK: week}.get(cap.over)
        if before is not None:
            beyond = max(0, before + today - cap.most) - max(0, before - cap.most)
            if beyond:
                found[f"cap_{cap.over.value}"] = beyond
    return found


def warnings(result: PeriodResult, policy_of: PolicyOf, *, history: Sequence[Figures] = ()) -> tuple[Warned, ...]:
    """Where the overtime of a year passes its cap, and where the average week is too long.

    ``history`` are the days before the period, as far back as the average reaches. Of a year's overtime only what
    ``result`` has is known, so that a year is looked at by giving the year.
    """
    found: list[Warned] = []
    used: dict[int, int] = defaultdict(int)
    for one in result.days:
        day, policy = one.figures.day, policy_of(one.figures.day)
        before = used[day.year]
        used[day.year] = after = before + sum(one.overtime.values())
        for cap in policy.caps:
            if cap.over is Over.YEAR and before <= cap.most < after:
                found.append(Warned("cap_year", day, after, cap.most))
    return (*found, *_averages(result, policy_of, history))


def _averages(result: PeriodResult, policy_of: PolicyOf, history: Sequence[Figures]) -> list[Warned]:
    """At the end of each week, the average of the weeks behind it, where all of them are known."""
    days = {one.day: one.worked for one in history} | {one.figures.day: one.figures.worked for one in result.days}
    found = []
    for one in result.days:
        last, policy = one.figures.day, policy_of(one.figures.day)
        if policy.average is None or (last + DAY).weekday() != policy.week_start:
            continue
        span = [last - number * DAY for number in range(policy.average.weeks * WEEK)]
        if span[-1] in days:
            average = sum(days.get(day, 0) for day in span) // policy.average.weeks
            if average > policy.average.most:
                found.append(Warned("average", last, average, policy.average.most))
    return found


def _weeks(days: Sequence[Figures], policy_of: PolicyOf) -> list[list[Figures]]:
    """The days by weeks; only weeks of which every day is there."""
    found: list[list[Figures]] = []
    for one in days:
        if not found or one.day.weekday() == policy_of(one.day).week_start:
            found.append([])
        found[-1].append(one)
    return [week for week in found if len(week) == WEEK]


def _longest_rest(week: Sequence[Figures], days: Sequence[Figures]) -> int | None:
    """The longest time away that begins in the week, or what of an earlier one lies in it.

    None where it is not over when the days end: it may still be long enough.
    """
    here = [(one.first, one.last) for one in week if one.first is not None and one.last is not None]
    if not here:
        return None
    following = next((one.first for one in days if one.day > week[-1].day and one.first is not None), None)
    if following is None:
        return None
    longest = max(0, seconds(datetime.combine(week[0].day, time(), UTC), here[0][0]))
    past = here[0][1]
    for first, last in [*here[1:], (following, following)]:
        longest = max(longest, seconds(past, first))
        past = max(past, last)
    return longest
