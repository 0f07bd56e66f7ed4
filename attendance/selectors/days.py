"""Everybody on one day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from attendance.models import ClockEvent, DayResult, DirtySpan
from attendance.rules.calculate import calculate
from attendance.rules.expected import State
from attendance.rules.worked import Punch
from attendance.selectors.current import UNSETTLED, DayShort, short, state_of, unsettled_days
from attendance.selectors.locked import LockedDays, as_locked, locked_days, locked_pages, people_between
from attendance.selectors.plans import PlanBook, punches_for
from attendance.selectors.summaries import DaySummary
from employees.employment import Placement, employed_between
from employees.models import Employee

DAY = timedelta(days=1)


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
    """The day of each of some people, in their order."""

    day: date
    rows: Sequence[DayRow]


@dataclass(frozen=True, slots=True)
class DayTotals:
    """What everybody's day comes to together."""

    day: date
    present: int = 0
    absent: int = 0
    late: int = 0
    missing: int = 0
    worked: timedelta = timedelta()


def day_people(employees: QuerySet[Employee], closed: LockedDays) -> QuerySet[Employee]:
    """Of people that ``people_between`` found, those whom the page of the day of ``closed`` lists, in order."""
    day = closed.first
    return people_between(employees, day, day) if closed.complete else employed_between(employees, day, day)


def day_report(*, employees: QuerySet[Employee], day: date, now: datetime | None = None) -> DayReport:
    """The day of each of those who were employed on it, in a number of queries that does not grow with them.

    A day of a locked period is read as it was.
    """
    closed = LockedDays(day, day)
    return day_rows(people=list(day_people(employees, closed)), closed=closed, now=now)


def day_rows(*, people: Sequence[Employee], closed: LockedDays, now: datetime | None = None) -> DayReport:
    """The same of these people of ``day_people``, on the day of ``closed``."""
    moment, day = now or timezone.now(), closed.first
    if closed.complete:
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
    book, punches = PlanBook(people, day, day), punches_for(people, day, day)
    rows = []
    for person in people:
        (result,) = calculate(book.of(person), punches.get(person.pk, ()), first=day, last=day, now=moment)
        rows.append(DayRow(person, DaySummary(result), book.place(person, day)))
    return DayReport(day, rows)


def day_totals(*, employees: QuerySet[Employee], closed: LockedDays, now: datetime | None = None) -> DayTotals:
    """The totals of everybody of ``day_people``, from the days that are kept; only what nobody has kept is counted.

    Of a locked period those are the days as they were: nothing counts them again.
    """
    moment, day = now or timezone.now(), closed.first
    # The marks come first: a worker that counts one meanwhile takes it away and replaces the row.
    marks = DirtySpan.objects.filter(first__lte=day, last__gte=day)
    marked = set() if closed.complete else set(marks.values_list("employee_id", flat=True))
    kept = {key: one for key, one in _stored(employees, day).items() if key not in marked}
    if not closed.complete:
        keys = set(employees.order_by().values_list("pk", flat=True))
        missing = keys - kept.keys()
        if missing and day >= moment.date() - UNSETTLED * DAY:
            counted = unsettled_days(employees=employees, first=day, last=day, now=moment)
            kept |= {key: days[day] for key, days in counted.items() if key in missing and day in days}
            missing = keys - kept.keys()
        if day > moment.date() + DAY:
            # Of days to come there is nothing to tell, unless somebody has entered a punch.
            ahead = ClockEvent.objects.filter(at__date__gte=day - DAY, employee__in=missing)
            missing = set(ahead.values_list("employee_id", flat=True)) if missing else missing
        if missing:
            found = day_rows(people=list(Employee.objects.filter(pk__in=missing)), closed=closed, now=moment)
            kept |= {one.employee.pk: short(one.summary.result.figures) for one in found.rows}
    states = Counter(state_of(one.status) for one in kept.values())
    return DayTotals(
        day,
        present=states[State.IN] + states[State.PRESENT],
        absent=states[State.ABSENT],
        late=sum(bool(one.late) for one in kept.values()),
        missing=sum(one.missing_in + one.missing_out for one in kept.values()),
        worked=timedelta(seconds=sum(one.worked for one in kept.values())),
    )


def _stored(employees: QuerySet[Employee], day: date) -> dict[int, DayShort]:
    rows = DayResult.objects.filter(day=day, employee__in=employees.order_by().values("pk")).order_by()
    return {key: DayShort(*values) for key, *values in rows.values_list("employee_id", *DayShort._fields)}
