"""One person's month."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from attendance.rules.expected import State
from attendance.selectors.summaries import DaySummary
from attendance.selectors.timesheets import timesheet
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
    """The person's days of that month up to today with their intervals; a fixed number of queries."""
    first = month.replace(day=1)
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    sheet = timesheet(employee=employee, first=first, last=last, now=now)
    return MonthReport(employee, first, [DaySummary(one) for one in sheet.days])
