"""Keep the stored days as the rules give them: count what is marked, and look for what was never counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from attendance.invalidation import REACH, invalidate
from attendance.models import ClockEvent, DayResult, DirtySpan, Period
from attendance.models.results import COLUMNS, figures_from, row_from
from attendance.rules.calculate import SETTLED_AFTER, calculate
from attendance.rules.shapes import Figures, Status
from attendance.selectors.current import UNSETTLED
from attendance.selectors.locked import LockedDays, locked_days
from attendance.selectors.people import in_batches
from attendance.selectors.plans import PlanBook, punches_for
from attendance.services.approvals import approvals_check
from attendance.services.current import states_of, states_renew, states_store
from attendance.services.late import late_mark, late_refresh
from attendance.services.pending import pending_mark, pending_refresh
from common.threads import stepping_aside
from employees.employment import histories
from employees.models import Employee, EmploymentPeriod

PEOPLE = 25
"""So many people's days are stored in one transaction: who waits for it at a door waits for a fraction of a second."""
VERIFIED = 50
SPANS = 2000
LOOKED_AT = 500
MOST_DAYS = 62
"""So many days of a person are counted and stored at once."""
MANY_DAYS = 1000
"""More than these are counted behind everybody who waits; fewer are a day's work, and told at once."""
Mark = tuple[int, date, date]
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
        stored, marks = done
        approvals_check(spans=marks)
        total += stored
    states_renew(now=now)
    late_refresh()
    pending_refresh(now=now)
    return total


def results_catch_up(*, now: datetime | None = None) -> int:
    """Mark what has become settled since the last stored day of each person; the number of people marked."""
    moment = now or timezone.now()
    newest = DayResult.objects.filter(employee=OuterRef("pk")).order_by("-day").values("day")[:1]
    came = ClockEvent.objects.filter(employee=OuterRef("pk")).exclude(direction="out").order_by("-at").values("at")[:1]
    everybody = Employee.objects.annotate(newest=Subquery(newest), came=Subquery(came)).order_by("pk")
    marks: dict[tuple[date, date], list[int]] = defaultdict(list)
    for people in in_batches(everybody, LOOKED_AT):
        known = histories(people)
        for person in people:
            last = _settled_until(person, moment)
            latest: date | None = person.newest  # type: ignore[attr-defined]
            first = latest + timedelta(days=1) if latest else last - CATCH_UP
            spans = list(known[person.pk].spans(first, last))
            # Whoever came once more after the day that somebody left by was here then.
            came_at: datetime | None = person.came  # type: ignore[attr-defined]
            if came_at and first <= (day := came_at.astimezone(person.zone).date()) <= last:
                spans.append((day, day))
            if spans:
                marks[min(spans)[0], max(end for _begin, end in spans)].append(person.pk)
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

    Marked days are being counted anyway and are left out; the days of locked periods are compared with what their lock
    has kept.
    """
    moment = now or timezone.now()
    for people in in_batches(employees.order_by("pk"), VERIFIED):
        begin = first
        while begin <= last:
            end = min(last, begin + timedelta(days=MOST_DAYS - 1))
            yield from _differences(people, begin, end, moment)
            begin = end + timedelta(days=1)


def _refresh_batch(now: datetime) -> tuple[int, list[Mark]] | None:
    """Count the newest marks of some people, which are the days that are looked at; None when there are none.

    Counted outside a transaction, so that nobody waits for it at a door. What was read may be old by then: whoever
    changes something leaves a mark in the same transaction, and a mark that is not among these stays. Of two workers
    that counted one person the second finds the marks gone, and stores nothing.
    """
    newest = list(DirtySpan.objects.order_by("-last", "employee_id")[:SPANS])
    if not newest:
        return None
    waiting = list(dict.fromkeys(one.employee_id for one in newest))[:PEOPLE]
    people = list(Employee.objects.filter(pk__in=waiting).order_by("pk"))
    chosen = set(waiting)
    spans = [one for one in newest if one.employee_id in chosen]
    starts = _starts(waiting)
    for one in spans:
        one.first = max(one.first, min(one.last, starts.get(one.employee_id, one.last)))
    # A mark of long ago changes nothing that people are now: of ten years only the newest part does.
    near = {one.employee_id for one in spans if one.last >= now.date() - timedelta(days=UNSETTLED)}
    counted, states = _count(people, spans, now), states_of([one for one in people if one.pk in near], now)
    with transaction.atomic():
        free = Employee.objects.select_for_update(no_key=True).filter(pk__in=waiting)
        locked = set(free.order_by("pk").values_list("pk", flat=True))
        standing = dict(DirtySpan.objects.filter(pk__in=[one.pk for one in spans]).values_list("pk", "last"))
        taken = {one.employee_id for one in spans if standing.get(one.pk) != one.last}
        spans = [one for one in spans if one.employee_id in locked - taken]
        stored = _store({key: found for key, found in counted.items() if key in locked - taken})
        states_store([one for one in states if one.employee_id in locked - taken])
        marks = [(one.employee_id, max(one.first, _cut(one)), one.last) for one in spans]
        late_mark(marks)
        pending_mark(marks)
        _shorten(spans)
    return stored, marks


def _starts(employees: Sequence[int]) -> dict[int, date]:
    """The first day of each person that there is anything to count on: before it are neither contract nor punches."""
    hired = EmploymentPeriod.objects.filter(employee=OuterRef("pk")).order_by("hired_on").values("hired_on")[:1]
    kept = DayResult.objects.filter(employee=OuterRef("pk")).order_by("day").values("day")[:1]
    punched = ClockEvent.objects.filter(employee=OuterRef("pk")).order_by("at").values("at")[:1]
    rows = Employee.objects.filter(pk__in=employees).values_list(
        "pk", Subquery(hired), Subquery(kept), Subquery(punched)
    )
    return {
        key: min(day for day in (first, stored, at and at.date() - REACH, date.max) if day)
        for key, first, stored, at in rows
    }


def _count(people: Sequence[Employee], spans: Sequence[DirtySpan], now: datetime) -> dict[int, list[Figures]]:
    """The marked days of each person, but those to come and those of locked periods."""
    days: dict[int, set[date]] = defaultdict(set)
    for span in spans:
        days[span.employee_id].update(_days(max(span.first, _cut(span)), span.last))
    by_key = {one.pk: one for one in people}
    closed = _closed_days(days)
    wanted = {
        key: sorted(day for day in found if day <= _settled_until(by_key[key], now) and day not in closed)
        for key, found in days.items()
    }
    wanted = {key: found for key, found in wanted.items() if found}
    if not wanted:
        return {}
    first, last = min(found[0] for found in wanted.values()), max(found[-1] for found in wanted.values())
    concerned = [by_key[key] for key in wanted]
    book, punches = PlanBook(concerned, first, last), punches_for(concerned, first, last)
    counted: dict[int, list[Figures]] = {}

    def compute() -> None:
        for key, found in wanted.items():
            inside = set(found)
            results = calculate(
                book.of(by_key[key]), punches.get(key, ()), first=found[0], last=found[-1], explain=False
            )
            counted[key] = [one.figures for one in results if one.figures.day in inside]

    if sum(map(len, wanted.values())) > MANY_DAYS:
        # Who clocks in or opens a page meanwhile comes first.
        stepping_aside(compute)
    else:
        compute()
    return counted


def _store(counted: dict[int, list[Figures]]) -> int:
    """Keep these days, and forget those on which nobody was employed."""
    rows = []
    for key, figures in counted.items():
        rows += [row_from(key, one) for one in figures if is_stored(one)]
        gone = [one.day for one in figures if not is_stored(one)]
        if gone:
            DayResult.objects.filter(employee=key, day__in=gone).delete()
    DayResult.objects.bulk_create(
        rows, batch_size=1000, update_conflicts=True, unique_fields=["employee", "day"], update_fields=_UPDATED
    )
    return len(rows)


def is_stored(figures: Figures) -> bool:
    """Whether the day is kept: one on which the person was not employed is not, unless they punched."""
    return figures.status is not Status.NOT_EMPLOYED or bool(figures.worked or figures.exceptional or figures.first)


def _cut(span: DirtySpan) -> date:
    return span.last - timedelta(days=MOST_DAYS - 1)


def _shorten(spans: Sequence[DirtySpan]) -> None:
    """Take away the marks whose days were counted; of a long one, what was counted of it."""
    done = [one.pk for one in spans if one.first >= _cut(one)]
    DirtySpan.objects.filter(pk__in=done).delete()
    for one in spans:
        if one.first < _cut(one):
            one.last = _cut(one) - timedelta(days=1)
            one.save(update_fields=["last"])


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
    closed = LockedDays(first, last)
    counted = {key: one for key, one in _counted(people, book, first, last).items() if key[1] not in closed}
    for key, rows in closed.rows(keys).items():
        counted |= {(key, day): one.counted.figures for day, one in locked_days(rows, first, last).items()}
    for person in people:
        until = min(last, _settled_until(person, now))
        for day in _days(first, until):
            # Whoever was not in a locked period has no days there.
            if (day in dirty[person.pk] and day not in closed) or (person.pk, day) not in counted:
                continue
            if (person.pk, day) not in stored and not is_stored(counted[person.pk, day]):
                continue
            if stored.get((person.pk, day)) != counted[person.pk, day]:
                yield Difference(person, day, stored.get((person.pk, day)), counted[person.pk, day])


def _counted(people: Sequence[Employee], book: PlanBook, first: date, last: date) -> dict[tuple[int, date], Figures]:
    punches = punches_for(people, first, last)
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
