"""Everybody on one day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from attendance.rules.calculate import calculate
from attendance.rules.expected import State
from attendance.rules.worked import Punch
from attendance.selectors.people import employed_between
from attendance.selectors.plans import PlanBook, punches_for
from attendance.selectors.summaries import DaySummary
from employees.models import Employee


@dataclass(frozen=True, slots=True)
class DayRow:
    """One person's day."""

    employee: Employee
    summary: DaySummary

    @property
    def first(self) -> Punch | None:
        """The first punch, if it is a check-in."""
        return self.summary.intervals[0].start if self.summary.intervals else None

    @property
    def last(self) -> Punch | None:
        """The last punch, if it is a check-out."""
        return self.summary.intervals[-1].end if self.summary.intervals else None


@dataclass(frozen=True, slots=True)
class DayReport:
    day: date
    rows: Sequence[DayRow]

    @property
    def present(self) -> int:
        return sum(row.summary.state in (State.IN, State.PRESENT) for row in self.rows)

    @property
    def absent(self) -> int:
        return sum(row.summary.state == State.ABSENT for row in self.rows)

    @property
    def late(self) -> int:
        return sum(bool(row.summary.late) for row in self.rows)

    @property
    def missing(self) -> int:
        return sum(len(row.summary.missing) for row in self.rows)

    @property
    def worked(self) -> timedelta:
        return sum((row.summary.worked for row in self.rows), timedelta())


def day_report(*, employees: QuerySet[Employee], day: date, now: datetime | None = None) -> DayReport:
    """The day of each of those who were employed on it, in seven queries."""
    moment = now or timezone.now()
    people = list(employed_between(employees, day, day))
    book, punches = PlanBook(people, day, day), punches_for(people, day, day)
    rows = []
    for person in people:
        (result,) = calculate(book.of(person), punches.get(person.pk, ()), first=day, last=day, now=moment)
        rows.append(DayRow(person, DaySummary(result)))
    return DayReport(day, rows)
