"""The door to the rules: plans and punches in, days out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from attendance.rules.day import day_result
from attendance.rules.matching import Places, ScheduledDay
from attendance.rules.pairing import pair
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
    begin, end = reach(first, last)
    scheduled: dict[date, ScheduledDay] = {}
    day = first - BEFORE * DAY
    while day <= last + AFTER * DAY:
        plan = plan_of(day)
        scheduled[day] = ScheduledDay(plan, lay_out(plan))
        day += DAY
    paired = pair((one for one in punches if begin <= one.at < end), scheduled, now=now)
    results = []
    day = first
    while day <= last:
        results.append(
            day_result(
                scheduled[day],
                paired.intervals.get(day, ()),
                around=scheduled,
                previous_end=_previous_end(paired.intervals, day),
                ignored=paired.ignored.get(day, ()),
                matches=paired.matches,
                now=now,
                explain=explain,
            )
        )
        day += DAY
    return results


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


def _previous_end(intervals: dict[date, list[WorkInterval]], day: date) -> datetime | None:
    ends = [one.left.at for back in (1, 2) for one in intervals.get(day - back * DAY, ()) if one.left]
    return max(ends, default=None)
