"""Weeks in figures: lateness, absence and time beyond what was required."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import TruncWeek

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
        .annotate(week=TruncWeek("day"))
        .values("week")
        .annotate(
            late_sum=Sum("late"),
            late_count=Count("pk", filter=Q(late__gt=0)),
            absent_sum=Sum("absent"),
            absent_count=Count("pk", filter=Q(absent__gt=0)),
            beyond=Sum(Case(more, default=Value(0), output_field=IntegerField())),
            worked_sum=Sum("worked"),
        )
    )
    by_week = {
        row["week"]: Week(
            row["week"],
            row["late_sum"],
            row["late_count"],
            row["absent_sum"],
            row["absent_count"],
            row["beyond"],
            row["worked_sum"],
        )
        for row in rows
    }
    weeks, week = [], begin
    while week <= last:
        weeks.append(by_week.get(week, Week(week)))
        week += timedelta(days=7)
    return weeks
