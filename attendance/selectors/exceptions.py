"""The days that somebody should look at: a punch is missing, or nobody knows why the person was away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from attendance.models import CorrectionLink, CorrectionRequest, DayResult, DirtySpan, RequestState
from attendance.models.results import COLUMNS, figures_from
from attendance.rules.calculate import SETTLED_AFTER, calculate
from attendance.rules.shapes import DayResult as CalculatedDay
from attendance.rules.shapes import Figures, WorkInterval
from attendance.selectors.plans import PlanBook, punches_for
from attendance.selectors.timesheets import figures_of
from employees.employment import History, employed_between
from employees.models import Employee

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Exceptional:
    """A person's day, as far as it is known before its punches are read."""

    employee: Employee
    figures: Figures


@dataclass(frozen=True, slots=True)
class RepairableDay:
    """The same with everything that a manager needs to put it right."""

    employee: Employee
    result: CalculatedDay
    asked: CorrectionRequest | None
    mailed: CorrectionLink | None = None

    @property
    def figures(self) -> Figures:
        return self.result.figures

    @property
    def broken(self) -> Sequence[WorkInterval]:
        """The intervals whose other punch is missing."""
        return [one for one in self.result.intervals if one.missing]

    @property
    def proposal(self) -> str:
        """The time that the missing punch probably had, ``17:00``; empty where no shift tells."""
        at = self.proposed_at
        return f"{at.astimezone(self.result.plan.zone):%H:%M}" if at else ""

    @property
    def proposed_at(self) -> datetime | None:
        """The same as an instant."""
        if not self.broken or not self.result.planned:
            return None
        planned = self.result.planned
        return planned[-1].end if self.broken[-1].missing == "out" else planned[0].start

    @property
    def missing(self) -> str:
        """``in``, ``out``, or empty for an absence."""
        return self.broken[-1].missing if self.broken else ""

    @property
    def there(self) -> datetime | None:
        """The punch that is there, on the person's wall clock."""
        one = self.broken[-1] if self.broken else None
        punch = (one.came or one.left) if one else None
        return punch.at.astimezone(self.result.plan.zone) if punch else None


def exceptional_days(
    *, employees: QuerySet[Employee], first: date, last: date, now: datetime | None = None
) -> list[Exceptional]:
    """The exceptional days of those people, the newest first; a fixed number of queries.

    Settled days are read; those that are not settled yet, or marked to be counted again, are counted on the spot.
    """
    moment = now or timezone.now()
    people = {one.pk: one for one in employed_between(employees, first, last)}
    spans = DirtySpan.objects.filter(employee__in=people, first__lte=last, last__gte=first)
    dirty = set(spans.values_list("employee_id", flat=True))
    found: dict[tuple[int, date], Figures] = {}
    wrong = Q(missing_in__gt=0) | Q(missing_out__gt=0) | Q(absent__gt=0)
    rows = DayResult.objects.filter(wrong, employee__in=people, day__gte=first, day__lte=last)
    for row in rows.order_by().values("employee_id", *COLUMNS):
        if row["employee_id"] not in dirty:
            found[row["employee_id"], row["day"]] = figures_from(row)
    # Two zones may be a day apart.
    open_since = max(first, moment.date() - (SETTLED_AFTER + 1) * DAY)
    for keys, since in ((set(people) - dirty, open_since), (dirty, first)):
        _count(found, [people[key] for key in sorted(keys)], since, last, moment)
    ordered = sorted(found.items(), key=lambda item: (-item[0][1].toordinal(), people[item[0][0]].name))
    return [Exceptional(people[key], figures) for (key, _day), figures in ordered if figures.exceptional]


def repairable_days(*, days: Sequence[Exceptional], now: datetime | None = None) -> list[RepairableDay]:
    """Those days with their intervals, the request that waits, and the message that was sent; nine queries."""
    if not days:
        return []
    moment = now or timezone.now()
    people = {one.employee.pk: one.employee for one in days}
    first, last = min(one.figures.day for one in days), max(one.figures.day for one in days)
    book, punches = PlanBook(people.values(), first, last), punches_for(people.values(), first, last)
    waiting = CorrectionRequest.objects.filter(employee__in=people, state=RequestState.REQUESTED)
    asked = {
        (one.employee_id, _day_of(one, book.history(people[one.employee_id]))): one
        for one in waiting.select_related("event")
    }
    links = CorrectionLink.objects.filter(employee__in=people, day__gte=first, day__lte=last)
    mailed = {(one.employee_id, one.day): one for one in links}
    found = []
    for one in days:
        day, person = one.figures.day, one.employee
        (result,) = calculate(book.of(person), punches.get(person.pk, ()), first=day, last=day, now=moment)
        found.append(RepairableDay(person, result, asked.get((person.pk, day)), mailed.get((person.pk, day))))
    return found


def _count(
    found: dict[tuple[int, date], Figures], people: Sequence[Employee], first: date, last: date, now: datetime
) -> None:
    if not people or first > last:
        return
    book = PlanBook(people, first, last)
    for key, days in figures_of(people, book, first, last, now).items():
        for figures in days:
            # A running day may still mend itself.
            found.pop((key, figures.day), None)
            if figures.exceptional:
                found[key, figures.day] = figures


def _day_of(asked: CorrectionRequest, history: History) -> date | None:
    at = asked.at or (asked.event.at if asked.event else None)
    return history.local_day(at) if at else None
