"""The door to the rules: plans and punches in, days out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from attendance.rules.day import day_result
from attendance.rules.matching import Places, ScheduledDay
from attendance.rules.pairing import Paired, pair
from attendance.rules.punctuality import turning_points
from attendance.rules.schedule import DAY, lay_out
from attendance.rules.shapes import DayPlan, DayResult, WorkInterval
from attendance.rules.worked import Punch

BEFORE = 6
AFTER = 4
"""How many days of plans and punches beyond those that are asked for can matter to them."""
SETTLED_AFTER = 2
"""So many days later no punch can still belong to a day, but by a correction or a kiosk that was offline."""

PlanOf = Callable[[date], DayPlan]


def calculate(
    plan_of: PlanOf,
    punches: Iterable[Punch],
    *,
    first: date,
    last: date,
    now: datetime | None = None,
    explain: bool = True,
) -> list[DayResult]:
    """The days from ``first`` to ``last``, both included, in order.

    ``punches`` are those between ``reach(first, last)``, in any order; further ones do no harm. Each day depends on
    nothing outside its reach: to calculate a month in parts gives the same as to calculate it whole. With ``now`` (an
    instant), what has not happened yet is expected or running instead of absent or missing.
    """
    scheduled = _scheduled(plan_of, first, last)
    paired = pair(_reached(punches, first, last), scheduled, now=now)
    return [_day(day, scheduled, paired, now, explain) for day in _days(first, last)]


def ahead(
    plan_of: PlanOf, punches: Iterable[Punch], *, first: date, last: date, since: datetime, until: datetime
) -> dict[date, list[tuple[datetime, DayResult]]]:
    """What each day is at ``since``, and what it becomes by itself up to ``until``, if nobody punches.

    A list for each day: up to which instant, that one included, it is what ``calculate`` says of it with any ``now``
    until then. Without reasons.
    """
    scheduled = _scheduled(plan_of, first, last)
    known = _reached(punches, first, last)
    running, over = pair(known, scheduled, now=since), None
    limit = running.limit
    found: dict[date, list[tuple[datetime, DayResult]]] = {}
    for day in _days(first, last):
        points = turning_points(scheduled[day])
        if limit is not None and any(one.running for one in running.intervals.get(day, ())):
            points.add(limit)
        found[day] = []
        for moment in (*sorted(one for one in points if since <= one < until), until):
            paired = running
            if limit is not None and since <= limit < moment:
                paired = over = over or pair(known, scheduled, now=moment)
            result = _day(day, scheduled, paired, moment, explain=False)
            found[day].append((moment, result))
    return found


def latest_check_out(plan_of: PlanOf, came: Punch) -> datetime:
    """Up to when a check-out belongs for certain to the check-in: a guard of a day lasts longer than other shifts."""
    came = replace(came, at=came.at.astimezone(UTC))
    days = [came.at.date() + number * DAY for number in range(-3, AFTER + 1)]
    plans = {day: plan_of(day) for day in days}
    places = Places({day: ScheduledDay(plan, lay_out(plan)) for day, plan in plans.items()})
    return places.limit(came, places.home(came))


def reach(first: date, last: date) -> tuple[datetime, datetime]:
    """The instants whose punches can matter to those days, in any zone: from the first up to the second."""
    return (
        datetime.combine(first - BEFORE * DAY, time(), UTC),
        datetime.combine(last + (AFTER + 1) * DAY, time(), UTC),
    )


def settled(day: date, local_today: date) -> bool:
    """Whether the day's own time is over, so that its result can be stored."""
    return local_today >= day + timedelta(days=SETTLED_AFTER)


def _scheduled(plan_of: PlanOf, first: date, last: date) -> dict[date, ScheduledDay]:
    found: dict[date, ScheduledDay] = {}
    for day in _days(first - BEFORE * DAY, last + AFTER * DAY):
        plan = plan_of(day)
        found[day] = ScheduledDay(plan, lay_out(plan))
    return found


def _reached(punches: Iterable[Punch], first: date, last: date) -> list[Punch]:
    begin, end = reach(first, last)
    return [one for one in punches if begin <= one.at < end]


def _day(
    day: date, scheduled: dict[date, ScheduledDay], paired: Paired, now: datetime | None, explain: bool
) -> DayResult:
    return day_result(
        scheduled[day],
        paired.intervals.get(day, ()),
        around=scheduled,
        previous_end=_previous_end(paired.intervals, day),
        ignored=paired.ignored.get(day, ()),
        matches=paired.matches,
        now=now,
        explain=explain,
    )


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += DAY


def _previous_end(intervals: dict[date, list[WorkInterval]], day: date) -> datetime | None:
    ends = [one.left.at for back in (1, 2) for one in intervals.get(day - back * DAY, ()) if one.left]
    return max(ends, default=None)
