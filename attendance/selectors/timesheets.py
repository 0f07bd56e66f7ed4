"""People's days in figures: read where they are stored, counted on the spot where they are not, or not any more.

A day has a stored result once it is settled. Where something changed since, a mark says so
(``attendance.invalidation``), and the day is counted anew for the reader; nobody waits for a worker to see the
right figure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from attendance.models import Adjustment, DayResult, DirtySpan, Period
from attendance.models.results import COLUMNS, figures_from, kept_figures
from attendance.rules.approval import Overtime
from attendance.rules.calculate import calculate
from attendance.rules.overtime import PolicyOf, period, week_begin
from attendance.rules.shapes import DayResult as CalculatedDay
from attendance.rules.shapes import Figures, PeriodResult
from attendance.selectors.overtime import Decisions, decisions_for, overtime_of
from attendance.selectors.people import in_batches
from attendance.selectors.plans import PlanBook, punches_for
from employees.models import Employee

DAY = timedelta(days=1)
BATCH = 200
"""People whose days are in memory at once."""


@dataclass(frozen=True, slots=True)
class Timesheet:
    """One person's days with everything that explains them; ``adjustments`` count in the period besides the days.

    ``overtime`` says what of it is approved, by the ``decisions`` that hold.
    """

    employee: Employee
    result: PeriodResult
    days: Sequence[CalculatedDay]
    adjustments: Sequence[Adjustment]
    locked: frozenset[date]
    overtime: Overtime
    decisions: Decisions

    @property
    def adjusted(self) -> int:
        """Seconds that adjustments for earlier, locked periods add or take away."""
        return sum(one.seconds for one in self.adjustments)


@dataclass(frozen=True, slots=True)
class Sums:
    """One person's period in figures, for lists and exports."""

    employee: Employee
    result: PeriodResult
    adjusted: int = 0
    overtime: Overtime = field(default_factory=Overtime)


def timesheet(*, employee: Employee, first: date, last: date, now: datetime | None = None) -> Timesheet:
    """The person's days from ``first`` to ``last``, those to come left out, each with its intervals and reasons.

    Everything is counted from the punches. The days of a locked period are counted from what was known when it was
    locked, and their figures are the stored ones.
    """
    moment = now or timezone.now()
    people = [employee]
    begin = first - 6 * DAY
    until = max(first - DAY, min(last, _today(employee, moment)))
    book = PlanBook(people, begin, last)
    punches = punches_for(people, begin, last).get(employee.pk, [])
    until = max([until, *(day for day in (_local(one.at, employee) for one in punches) if first <= day <= last)])
    days = {one.figures.day: one for one in calculate(book.of(employee), punches, first=begin, last=until, now=moment)}
    locked: set[date] = set()
    for closed in _locked_periods(begin, until):
        days |= _as_locked(employee, book, closed, begin, until)
        locked |= {day for day in days if closed.first <= day <= closed.last}
    policy_of = _policy_of(book, employee)
    start = week_begin(first, policy_of(first))
    figures = [days[day].figures for day in sorted(days) if day >= start]
    result = period(figures, policy_of, first=first, last=last)
    adjustments = Adjustment.objects.filter(employee=employee, day__gte=first, day__lte=last).select_related("author")
    decisions = decisions_for([employee.pk], first, last).get(employee.pk, {}) if book.approves_overtime else {}
    return Timesheet(
        employee=employee,
        result=result,
        days=[days[day] for day in sorted(days) if day >= first],
        adjustments=list(adjustments),
        locked=frozenset(locked),
        overtime=overtime_of(result, policy_of, decisions),
        decisions=decisions,
    )


def timesheets(
    *, employees: QuerySet[Employee], first: date, last: date, now: datetime | None = None
) -> Iterator[Sums]:
    """The sums of each of these people, in their order, in bounded memory: a fixed number of queries for each batch."""
    moment = now or timezone.now()
    people = employees.filter(Q(left_on=None) | Q(left_on__gte=first), hired_on__lte=last)
    for batch in in_batches(people.select_related("department"), BATCH):
        yield from _sums(batch, first, last, moment)


def figures_of(
    people: Sequence[Employee], book: PlanBook, first: date, last: date, now: datetime
) -> dict[int, list[Figures]]:
    """The figures of each person's days up to today, in order; at most four queries. ``book`` has their plans."""
    stored: dict[int, dict[date, Figures]] = defaultdict(dict)
    keys = [one.pk for one in people]
    rows = DayResult.objects.filter(employee__in=keys, day__gte=first, day__lte=last)
    for employee, figures in kept_figures(rows):
        stored[employee][figures.day] = figures
    dirty = _dirty_days(keys, first, last)
    open_days: dict[int, list[date]] = {}
    for person in people:
        until = min(last, _today(person, now))
        # A day without a stored result is not settled yet, or nobody has counted it.
        wanted = [day for day in _days(first, until) if day not in stored[person.pk] or day in dirty.get(person.pk, ())]
        if wanted:
            open_days[person.pk] = wanted
    if open_days:
        _count_open([one for one in people if one.pk in open_days], book, open_days, stored, now)
    return {one.pk: [stored[one.pk][day] for day in sorted(stored[one.pk])] for one in people}


def _count_open(
    people: Sequence[Employee],
    book: PlanBook,
    open_days: dict[int, list[date]],
    stored: dict[int, dict[date, Figures]],
    now: datetime,
) -> None:
    first, last = min(min(days) for days in open_days.values()), max(max(days) for days in open_days.values())
    punches = punches_for(people, first, last)
    for person in people:
        wanted = set(open_days[person.pk])
        for begin, end in _runs(open_days[person.pk]):
            results = calculate(
                book.of(person), punches.get(person.pk, ()), first=begin, last=end, now=now, explain=False
            )
            stored[person.pk] |= {one.figures.day: one.figures for one in results if one.figures.day in wanted}


def _sums(batch: Sequence[Employee], first: date, last: date, now: datetime) -> Iterator[Sums]:
    begin = first - 6 * DAY
    book = PlanBook(batch, begin, last)
    figures = figures_of(batch, book, begin, last, now)
    adjusted: dict[int, int] = defaultdict(int)
    keys = [one.pk for one in batch]
    decided = decisions_for(keys, first, last) if book.approves_overtime else {}
    rows = Adjustment.objects.filter(employee__in=keys, day__gte=first, day__lte=last)
    for employee, seconds in rows.values_list("employee_id", "seconds"):
        adjusted[employee] += seconds
    for person in batch:
        policy_of = _policy_of(book, person)
        start = week_begin(first, policy_of(first))
        days = [one for one in figures[person.pk] if one.day >= start]
        result = period(days, policy_of, first=first, last=last)
        overtime = overtime_of(result, policy_of, decided.get(person.pk, {}))
        yield Sums(person, result, adjusted[person.pk], overtime)


def _policy_of(book: PlanBook, person: Employee) -> PolicyOf:
    return lambda day: book.policy(person, day)


def _dirty_days(keys: Sequence[int], first: date, last: date) -> dict[int, set[date]]:
    """The marked days, but for those of locked periods, which do not change."""
    found: dict[int, set[date]] = defaultdict(set)
    spans = DirtySpan.objects.filter(employee__in=keys, first__lte=last, last__gte=first)
    for employee, begin, end in spans.values_list("employee_id", "first", "last"):
        found[employee].update(_days(max(begin, first), min(end, last)))
    if found:
        closed = {day for one in _locked_periods(first, last) for day in _days(one.first, one.last)}
        return {employee: days - closed for employee, days in found.items()}
    return found


def _locked_periods(first: date, last: date) -> list[Period]:
    return list(Period.objects.filter(state=Period.State.LOCKED, first__lte=last, last__gte=first))


def _as_locked(
    employee: Employee, book: PlanBook, closed: Period, first: date, last: date
) -> dict[date, CalculatedDay]:
    """The days of a locked period as they were when it was locked, with the figures that were stored then."""
    begin, end = max(first, closed.first), min(last, closed.last)
    punches = punches_for([employee], begin, end, known_at=closed.locked_at).get(employee.pk, ())
    rows = DayResult.objects.filter(employee=employee, day__gte=begin, day__lte=end).values(*COLUMNS)
    stored = {row["day"]: figures_from(row) for row in rows}
    results = calculate(book.of(employee), punches, first=begin, last=end)
    return {
        one.figures.day: CalculatedDay(
            stored.get(one.figures.day, one.figures),
            one.plan,
            one.planned,
            one.intervals,
            one.ignored,
            one.explanations,
        )
        for one in results
    }


def _today(person: Employee, now: datetime) -> date:
    return _local(now, person)


def _local(at: datetime, person: Employee) -> date:
    return at.astimezone(person.zone).date()


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _runs(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """Days that follow each other, as from and to; small gaps are run over, which costs less than a new run."""
    begin = end = days[0]
    for day in days[1:]:
        if day - end > 3 * DAY:
            yield begin, end
            begin = day
        end = day
    yield begin, end
