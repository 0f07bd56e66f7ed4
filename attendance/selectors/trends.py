"""Weeks in figures: lateness, absence and time beyond what was required."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Sum, Value, When

from attendance.models import DayResult
from employees.models import Employee


@dataclass(frozen=True, slots=True)
class Week:
    """The settled days of one week; spans in seconds, ``late_days`` and ``absent_days`` are people's days."""

    first: date
    late: int = 0
    late_days: int = 0
    absent: int = 0
    absent_days: int = 0
    beyond: int = 0
    worked: int = 0


def weekly_trends(*, employees: QuerySet[Employee], first: date, last: date) -> Sequence[Week]:
    """Every week from ``first`` to ``last``, those without a figure too; one query, whoever and how many they are.

    What is read are the stored results: days that are not settled yet are not in it.
    """
    begin = first - timedelta(days=first.weekday())
    more = When(worked__gt=F("required"), then=F("worked") - F("required"))
    rows = (
        DayResult.objects.filter(employee__in=employees.order_by().values("pk"), day__gte=begin, day__lte=last)
        .order_by()
        .values("day")
        .annotate(
            late_days=Count("pk", filter=Q(late__gt=0)),
            absent_days=Count("pk", filter=Q(absent__gt=0)),
            beyond=Sum(Case(more, default=Value(0), output_field=IntegerField())),
            late_seconds=Sum("late"),
            absent_seconds=Sum("absent"),
            worked_seconds=Sum("worked"),
        )
    )
    # By day, and the days added up here: no function is asked for each row.
    by_week: dict[date, Counter[str]] = defaultdict(Counter)
    for row in rows:
        day = row["day"]
        by_week[day - timedelta(days=day.weekday())].update(
            {name.removesuffix("_seconds"): amount for name, amount in row.items() if name != "day"}
        )
    weeks, week = [], begin
    while week <= last:
        weeks.append(Week(week, **by_week[week]))
        week += timedelta(days=7)
    return weeks
