"""Keep the stored days as the rules give them: count what is marked, and look for what was never counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from attendance.invalidation import invalidate
from attendance.models import DayResult, DirtySpan, Period
from attendance.models.results import COLUMNS, figures_from, row_from
from attendance.rules.calculate import SETTLED_AFTER, calculate
from attendance.rules.shapes import Figures
from attendance.selectors.people import in_batches
from attendance.selectors.plans import PlanBook, punches_for
from employees.models import Employee

PEOPLE = 50
SPANS = 2000
MOST_DAYS = 62
"""So many days of a person are counted in one transaction, which holds the person's row: nobody waits at a door."""
CATCH_UP = timedelta(days=400)
_UPDATED = [name for name in COLUMNS if name != "day"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A stored day that the events do not give."""

    employee: Employee
    day: date
    stored: Figures | None
    counted: Figures


def results_refresh(*, now: datetime | None = None) -> int:
    """Count marked days until no mark is left; the number of days stored. Safe to run twice, and by two workers."""
    total = 0
    while (done := _refresh_batch(now or timezone.now())) is not None:
        total += done
    return total


def results_catch_up(*, now: datetime | None = None) -> int:
    """Mark what has become settled since the last stored day of each person; the number of people marked."""
    moment = now or timezone.now()
    newest = DayResult.objects.filter(employee=OuterRef("pk")).order_by("-day").values("day")[:1]
    marks: dict[tuple[date, date], list[int]] = defaultdict(list)
    people: Any = Employee.objects.annotate(newest=Subquery(newest)).order_by("pk")
    for person in people:
        last = _settled_until(person, moment)
        first = person.newest + timedelta(days=1) if person.newest else max(person.hired_on, last - CATCH_UP)
        if first <= last and (person.left_on is None or first <= person.left_on):
            marks[first, last].append(person.pk)
    for (first, last), employees in marks.items():
        invalidate(employees, first, last)
    return sum(len(employees) for employees in marks.values())


def results_rebuild(*, employees: QuerySet[Employee], first: date, last: date) -> None:
    """Mark these people's days, stored or not, to be counted from the events."""
    invalidate(employees.order_by().values_list("pk", flat=True), first, last)


def results_verify(
    *, employees: QuerySet[Employee], first: date, last: date, now: datetime | None = None
) -> Iterator[Difference]:
    """Count every settled day from the events and yield those that are stored otherwise. Changes nothing.

    Marked days are being counted anyway and are left out; the days of locked periods are counted from what was known
    when they were locked.
    """
    moment = now or timezone.now()
    for people in in_batches(employees.order_by("pk"), PEOPLE):
        begin = first
        while begin <= last:
            end = min(last, begin + timedelta(days=MOST_DAYS - 1))
            yield from _differences(people, begin, end, moment)
            begin = end + timedelta(days=1)


def _refresh_batch(now: datetime) -> int | None:
    """Count the marks of some people; None when there are none that nobody else is counting."""
    waiting = list(DirtySpan.objects.order_by("employee_id").values_list("employee_id", flat=True).distinct()[:PEOPLE])
    if not waiting:
        return None
    with transaction.atomic():
        # The rows of the people are the lock: two workers never count the same person at once, and a worker that read
        # the punches earlier cannot write its result after one that read them later.
        free = Employee.objects.select_for_update(no_key=True, skip_locked=connection.features.has_select_for_update)
        people = list(free.filter(pk__in=waiting).order_by("pk"))
        if not people:
            return None
        spans = list(DirtySpan.objects.filter(employee__in=people).order_by("employee_id", "first")[:SPANS])
        stored = _count(people, spans, now)
        _shorten(spans)
    return stored


def _count(people: Sequence[Employee], spans: Sequence[DirtySpan], now: datetime) -> int:
    days: dict[int, set[date]] = defaultdict(set)
    for span in spans:
        days[span.employee_id].update(_days(span.first, min(span.last, _cut(span))))
    by_key = {one.pk: one for one in people}
    closed = _closed_days(days)
    wanted = {
        key: sorted(day for day in found if day <= _settled_until(by_key[key], now) and day not in closed)
        for key, found in days.items()
    }
    wanted = {key: found for key, found in wanted.items() if found}
    if not wanted:
        return 0
    first, last = min(found[0] for found in wanted.values()), max(found[-1] for found in wanted.values())
    concerned = [by_key[key] for key in wanted]
    book, punches = PlanBook(concerned, first, last), punches_for(concerned, first, last)
    rows = []
    for key, found in wanted.items():
        inside = set(found)
        results = calculate(book.of(by_key[key]), punches.get(key, ()), first=found[0], last=found[-1], explain=False)
        rows += [row_from(key, one.figures) for one in results if one.figures.day in inside]
    DayResult.objects.bulk_create(
        rows, batch_size=1000, update_conflicts=True, unique_fields=["employee", "day"], update_fields=_UPDATED
    )
    return len(rows)


def _cut(span: DirtySpan) -> date:
    return span.first + timedelta(days=MOST_DAYS - 1)


def _shorten(spans: Sequence[DirtySpan]) -> None:
    """Take away the marks whose days were counted; of a long one, what was counted of it."""
    done = [one.pk for one in spans if one.last <= _cut(one)]
    DirtySpan.objects.filter(pk__in=done).delete()
    for one in spans:
        if one.last > _cut(one):
            one.first = _cut(one) + timedelta(days=1)
            one.save(update_fields=["first"])


def _closed_days(days: dict[int, set[date]]) -> set[date]:
    every = set().union(*days.values())
    if not every:
        return set()
    closed = Period.objects.filter(state=Period.State.LOCKED, first__lte=max(every), last__gte=min(every))
    return {day for one in closed for day in _days(one.first, one.last)}


def _differences(people: Sequence[Employee], first: date, last: date, now: datetime) -> Iterator[Difference]:
    keys = [one.pk for one in people]
    stored: dict[tuple[int, date], Figures] = {}
    kept = DayResult.objects.filter(employee__in=keys, day__gte=first, day__lte=last)
    for row in kept.values("employee_id", *COLUMNS):
        stored[row["employee_id"], row["day"]] = figures_from(row)
    dirty: dict[int, set[date]] = defaultdict(set)
    for span in DirtySpan.objects.filter(employee__in=keys, first__lte=last, last__gte=first):
        dirty[span.employee_id].update(_days(max(first, span.first), min(last, span.last)))
    book = PlanBook(people, first, last)
    counted = _as_known(people, book, first, last, None)
    closed: set[date] = set()
    for period in Period.objects.filter(state=Period.State.LOCKED, first__lte=last, last__gte=first):
        begin, end = max(first, period.first), min(last, period.last)
        closed.update(_days(begin, end))
        counted |= _as_known(people, book, begin, end, period.locked_at)
    for person in people:
        until = min(last, _settled_until(person, now))
        for day in _days(max(first, person.hired_on), until):
            if day in dirty[person.pk] and day not in closed:
                continue
            if person.left_on is not None and day > person.left_on and (person.pk, day) not in stored:
                continue
            if stored.get((person.pk, day)) != counted[person.pk, day]:
                yield Difference(person, day, stored.get((person.pk, day)), counted[person.pk, day])


def _as_known(
    people: Sequence[Employee], book: PlanBook, first: date, last: date, known_at: datetime | None
) -> dict[tuple[int, date], Figures]:
    punches = punches_for(people, first, last, known_at=known_at)
    return {
        (person.pk, one.figures.day): one.figures
        for person in people
        for one in calculate(book.of(person), punches.get(person.pk, ()), first=first, last=last, explain=False)
    }


def _settled_until(person: Employee, now: datetime) -> date:
    return now.astimezone(person.zone).date() - timedelta(days=SETTLED_AFTER)


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
