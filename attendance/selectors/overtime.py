"""What was decided about overtime, and what of it counts therefore."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from attendance.models import OvertimeDecision, Period
from attendance.rules.approval import Overtime, Tiers, split, without_moved
from attendance.rules.overtime import PolicyOf
from attendance.rules.shapes import PeriodResult

Decisions = Mapping[date, OvertimeDecision]
DAY = timedelta(days=1)


def decisions_for(keys: Iterable[int], first: date, last: date) -> dict[int, dict[date, OvertimeDecision]]:
    """The decision that holds for each day, by person; one query."""
    rows = OvertimeDecision.objects.filter(employee__in=list(keys), day__gte=first, day__lte=last)
    found: dict[int, dict[date, OvertimeDecision]] = defaultdict(dict)
    for row in rows.select_related("by").order_by("pk"):
        found[row.employee_id][row.day] = row
    return found


def overtime_of(
    result: PeriodResult, policy_of: PolicyOf, decisions: Decisions, moved: Mapping[date, Tiers]
) -> Overtime:
    """What of the overtime of these days is approved, pending, refused, or ``moved`` into leave."""
    days = {}
    for one in result.days:
        if one.overtime:
            day = one.figures.day
            row = decisions.get(day)
            needed = policy_of(day).approve_overtime
            found = split(one.overtime, row.decided if row else None, needed=needed)
            days[day] = without_moved(found, moved[day]) if day in moved else found
    return Overtime(days)


def counting_ranges(first: date, last: date) -> list[tuple[date, date]]:
    """The days that are counted together and hold those from ``first`` to ``last``: periods of payroll, else months.

    Overtime of the period is counted over these, so that the list of what waits and the decision speak of the same.
    """
    periods = list(Period.objects.filter(first__lte=last + 31 * DAY, last__gte=first - 31 * DAY).order_by("first"))
    found, day = [], first
    while day <= last:
        inside = next((one for one in periods if one.first <= day <= one.last), None)
        begin, end = (inside.first, inside.last) if inside else _month(day, periods)
        found.append((begin, end))
        day = end + DAY
    return found


def _month(day: date, periods: Iterable[Period]) -> tuple[date, date]:
    begin = day.replace(day=1)
    end = (begin + 31 * DAY).replace(day=1) - DAY
    for one in periods:
        if one.last < day:
            begin = max(begin, one.last + DAY)
        elif one.first > day:
            end = min(end, one.first - DAY)
    return begin, end
