"""Overtime that waits for a manager: by person and week, once its days are settled."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from attendance.models import DayResult, OvertimeDecision, Period, WorkPolicy
from attendance.rules.approval import Split
from attendance.rules.calculate import settled
from attendance.rules.policy import Scope
from attendance.selectors.overtime import counting_ranges
from attendance.selectors.timesheets import timesheets
from employees.employment import belonging
from employees.models import Employee


@dataclass(frozen=True, slots=True)
class WaitingDay:
    """One day's overtime; ``seen`` names it, so that nobody decides about another one.

    ``seconds`` is what a form proposes: what the first of two approvals was about (``wished``), else all that is
    pending, or what was approved.
    """

    day: date
    split: Split
    wished: int | None = None

    @property
    def seconds(self) -> int:
        if self.wished is not None:
            return self.wished
        return sum((self.split.pending or self.split.approved).values())

    @property
    def seen(self) -> str:
        """``150=3600,200=1800``."""
        return ",".join(f"{tier}={seconds}" for tier, seconds in self.split.found.items())


@dataclass(frozen=True, slots=True)
class WaitingWeek:
    """One person's overtime of a week (from Monday) that waits."""

    employee: Employee
    monday: date
    days: Sequence[WaitingDay]

    @property
    def seconds(self) -> int:
        return sum(one.seconds for one in self.days)


def overtime_waiting(
    *, employees: QuerySet[Employee], first: date, last: date, most: int, now: datetime | None = None
) -> tuple[list[WaitingWeek], bool]:
    """At most ``most`` of the weeks that wait, the newest first, and whether there are more.

    Two queries where no policy asks for approvals or nobody has overtime. Of a day that is not settled yet nothing is
    listed: a late punch may change it. Nor is one of a locked period, which is decided no more.
    """
    moment = now or timezone.now()
    policies = list(WorkPolicy.objects.filter(approve_overtime=True, valid_from__lte=last))
    if not policies:
        return [], False
    people = Employee.objects.filter(pk__in=_candidates(employees, policies, first, last))
    closed = list(Period.objects.filter(state=Period.State.LOCKED, first__lte=last, last__gte=first))
    found: list[WaitingWeek] = []
    for begin, end in reversed(counting_ranges(first, last)):
        for one in timesheets(employees=people, first=begin, last=end, now=moment):
            today = moment.astimezone(one.employee.zone).date()
            days = [
                WaitingDay(day, split)
                for day, split in one.overtime.days.items()
                if split.waits
                and first <= day <= last
                and settled(day, today)
                and not any(period.first <= day <= period.last for period in closed)
            ]
            found += _by_week(one.employee, days)
            if len(found) > most:
                break
    found.sort(key=lambda week: (-week.monday.toordinal(), bytes(week.employee.sort_key)))
    return found[:most], len(found) > most


def _by_week(employee: Employee, days: Iterable[WaitingDay]) -> list[WaitingWeek]:
    weeks: dict[date, list[WaitingDay]] = {}
    for one in days:
        weeks.setdefault(one.day - timedelta(days=one.day.weekday()), []).append(one)
    return [WaitingWeek(employee, monday, found) for monday, found in weeks.items()]


def _candidates(employees: QuerySet[Employee], policies: Sequence[WorkPolicy], first: date, last: date) -> set[int]:
    """Whoever may have overtime that waits: by the hours of a week, or by a day that no decision is about as it is.

    Two statements, so that of a large company's people only few are counted.
    """
    # None: also for others than whole departments.
    departments = {one.department_id for one in policies}
    if departments and None not in departments:
        employees = belonging(employees, first - timedelta(days=6), last, department__in=departments)
    rows = DayResult.objects.filter(
        employee__in=employees.order_by().values("pk"), day__gte=first - timedelta(days=6), day__lte=last, worked__gt=0
    ).order_by()
    rules = [(one.week_start, rule) for one in policies for rule in one.plan().overtime]
    if any(rule.scope in (Scope.PERIOD, Scope.SEVENTH_DAY) for _start, rule in rules):
        return set(rows.values_list("employee_id", flat=True).distinct())
    weekly: dict[int, int] = {}
    for start, rule in rules:
        if rule.scope is Scope.WEEK:
            weekly[start] = min(rule.after, weekly.get(start, rule.after))
    decided = _decided(employees, first)
    found: set[int] = set()
    regular: dict[tuple[int, int, date], int] = defaultdict(int)
    read = rows.annotate(tiers=Cast("overtime", TextField())).values_list("employee_id", "day", "regular", "tiers")
    for employee, day, seconds, text in read:
        # Mostly there is none, and nothing to decode.
        tiers = json.loads(text) if text != "{}" else {}
        if tiers and day >= first and decided.get((employee, day)) != tiers:
            found.add(employee)
        for start in weekly:
            week = day - timedelta(days=(day.weekday() - start) % 7)
            regular[start, employee, week] += seconds
    return found | {employee for (start, employee, _week), worked in regular.items() if worked > weekly[start]}


def _decided(employees: QuerySet[Employee], first: date) -> dict[tuple[int, date], dict[str, int]]:
    """What each decision that holds was about."""
    keys = employees.order_by().values("pk")
    rows = OvertimeDecision.objects.filter(day__gte=first, employee__in=keys).order_by("pk")
    return {(employee, day): found for employee, day, found in rows.values_list("employee_id", "day", "found")}
