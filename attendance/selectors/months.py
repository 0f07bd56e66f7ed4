"""One person's month."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from attendance.rules.expected import DaySummary, State, summarise
from attendance.rules.worked import pair
from attendance.selectors.people import ShiftBook, punches_of, span
from employees.models import Employee


@dataclass(frozen=True, slots=True)
class MonthReport:
    """The days up to today, oldest first."""

    employee: Employee
    first: date
    days: Sequence[DaySummary]

    @property
    def worked(self) -> timedelta:
        return sum((one.worked for one in self.days), timedelta())

    @property
    def days_worked(self) -> int:
        return sum(one.state in (State.IN, State.PRESENT) for one in self.days)

    @property
    def missing(self) -> int:
        return sum(len(one.missing) for one in self.days)

    @property
    def late(self) -> int:
        return sum(bool(one.late) for one in self.days)

    @property
    def absent(self) -> int:
        return sum(one.state == State.ABSENT for one in self.days)

    @property
    def previous(self) -> date:
        return (self.first - timedelta(days=1)).replace(day=1)

    @property
    def following(self) -> date:
        return (self.first + timedelta(days=31)).replace(day=1)


def month_report(*, employee: Employee, month: date, now: datetime | None = None) -> MonthReport:
    """The person's days of that month with their intervals, in two queries."""
    moment = now or timezone.now()
    first = month.replace(day=1)
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    only = Employee.objects.filter(pk=employee.pk)
    intervals = pair(punches_of(only, *span(first, last)).get(employee.pk, []), now=moment)
    book = ShiftBook(only, first, last)
    until = min(last, moment.astimezone(employee.zone).date())
    until = max([until, *(one.day for one in intervals if first <= one.day <= last)])
    days = [first + timedelta(days=number) for number in range((until - first).days + 1)]
    return MonthReport(
        employee,
        first,
        [summarise(intervals, day=day, expected=book.expected(employee, day), now=moment) for day in days],
    )
