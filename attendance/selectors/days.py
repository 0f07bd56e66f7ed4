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
from attendance.selectors.locked import LockedDays, as_locked, locked_days, locked_pages, people_between
from attendance.selectors.plans import PlanBook, punches_for
from attendance.selectors.summaries import DaySummary
from employees.employment import Placement, employed_between
from employees.models import Employee


@dataclass(frozen=True, slots=True)
class DayRow:
    """One person's day."""

    employee: Employee
    summary: DaySummary
    place: Placement

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
    """The day of each of those who were employed on it, in a number of queries that does not grow with them.

    A day of a locked period is read as it was.
    """
    moment = now or timezone.now()
    closed = LockedDays(day, day)
    if closed.complete:
        people = list(people_between(employees, day, day))
        kept = closed.rows([one.pk for one in people], pages=True)
        pages = {person: locked_pages(rows, day, day).get(day) for person, rows in kept.items()}
        places = {person: one.place for person, rows in kept.items() for one in locked_days(rows, day, day).values()}
        return DayReport(
            day,
            [
                DayRow(as_locked(one, kept[one.pk]), DaySummary(page.result), places[one.pk])
                for one in people
                if (page := pages.get(one.pk)) is not None
            ],
        )
    people = list(employed_between(employees, day, day))
    book, punches = PlanBook(people, day, day), punches_for(people, day, day)
    rows = []
    for person in people:
        (result,) = calculate(book.of(person), punches.get(person.pk, ()), first=day, last=day, now=moment)
        rows.append(DayRow(person, DaySummary(result), book.place(person, day)))
    return DayReport(day, rows)
