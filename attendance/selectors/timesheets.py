"""People's days in figures: read where they are stored, counted on the spot where they are not, or not any more.

A day has a stored result once it is settled. Where something changed since, a mark says so
(``attendance.invalidation``), and the day is counted anew for the reader; nobody waits for a worker to see the
right figure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial

from django.db.models import QuerySet
from django.utils import timezone

from attendance.models import Adjustment, DayResult, DirtySpan
from attendance.models.results import kept_figures
from attendance.rules.approval import Overtime, Tiers
from attendance.rules.calculate import SETTLED_AFTER, calculate
from attendance.rules.overtime import PolicyOf, period
from attendance.rules.shapes import DayResult as CalculatedDay
from attendance.rules.shapes import Explanation, Figures, PeriodResult, Status
from attendance.rules.worked import Punch
from attendance.selectors.locked import (
    LockedDay,
    LockedDays,
    as_locked,
    locked_days,
    locked_history,
    locked_pages,
    people_between,
)
from attendance.selectors.overtime import Decisions, counting_ranges, decisions_for, overtime_of
from attendance.selectors.people import in_batches
from attendance.selectors.plans import PlanBook, punches_for
from attendance.signals import overtime_moved
from employees.employment import History, Placement
from employees.models import Department, Employee

DAY = timedelta(days=1)
WEEK = 6 * DAY
"""A week that the first day lies in began at most so long before."""
BATCH = 200
"""People whose days are in memory at once."""


@dataclass(frozen=True, slots=True)
class Timesheet:
    """One person's days with everything that explains them; ``adjustments`` count in the period besides the days.

    ``overtime`` says what of it is approved, by the ``decisions`` that hold. Where all the days are ``locked``, the
    ``employee`` is the person as they were: under the name and department of then.
    """

    employee: Employee
    result: PeriodResult
    days: Sequence[CalculatedDay]
    adjustments: Sequence[Adjustment]
    locked: frozenset[date]
    overtime: Overtime
    decisions: Decisions
    history: History

    @property
    def place(self) -> Placement:
        """Where the person belonged at last in these days."""
        return self.history.last_place(self.result.first, self.result.last)

    @property
    def adjusted(self) -> int:
        """Seconds of work that adjustments for earlier, locked periods add or take away."""
        return sum(one.seconds for one in self.adjustments if not one.tier)


@dataclass(frozen=True, slots=True)
class Sums:
    """One person's period in figures, for lists and exports; of one department, the days on which they were in it.

    ``adjusted`` are seconds of work, ``adjusted_overtime`` those of overtime by tier.
    """

    employee: Employee
    result: PeriodResult
    history: History
    place: Placement
    adjusted: int = 0
    overtime: Overtime = field(default_factory=Overtime)
    adjusted_overtime: Mapping[int, int] = field(default_factory=dict)


def timesheet(*, employee: Employee, first: date, last: date, now: datetime | None = None) -> Timesheet:
    """The person's days from ``first`` to ``last``, those to come left out, each with its intervals and reasons.

    Everything is counted from the punches, but for the days of a locked period, which are read as they were.
    """
    return next(sheets(people=[employee], first=first, last=last, now=now))


def sheets(*, people: Sequence[Employee], first: date, last: date, now: datetime | None = None) -> Iterator[Timesheet]:
    """The same of each of these people, in their order; a fixed number of queries for all of them."""
    moment, keys = now or timezone.now(), [one.pk for one in people]
    starts = [begin for begin, _end in counting_ranges(first, last)]
    book = PlanBook(people, starts[0] - WEEK, last)
    begin = _begin(book, starts, first)
    closed = LockedDays(begin, last)
    inside = closed.within(first, last)
    kept = (inside if inside.complete else closed).rows(keys, pages=True)
    punches = {} if inside.complete else punches_for(people, begin, last)
    decided = decisions_for(keys, first, last)
    moved = {} if inside.complete else overtime_moved(keys, first, last)
    adjustments: dict[int, list[Adjustment]] = defaultdict(list)
    for one in Adjustment.objects.filter(employee__in=keys, day__gte=first, day__lte=last).select_related("author"):
        adjustments[one.employee_id].append(one)
    for person in people:
        rows = kept.get(person.pk, [])
        pages = locked_pages(rows, begin, last)
        days = (
            {} if inside.complete else _live_days(person, book, punches.get(person.pk, []), begin, first, last, moment)
        )
        days = {day: one for day, one in days.items() if day not in closed}
        days |= {day: one.result for day, one in pages.items()}
        policy_of = _policy_of(book, person)
        figures = [days[day].figures for day in sorted(days)]
        locked, contract_of = locked_days(rows, first, last), partial(book.contract, person)
        result, overtime = _joined(
            period(figures, policy_of, first=first, last=last, starts=starts, contract_of=contract_of),
            locked,
            policy_of,
            decided.get(person.pk, {}),
            moved.get(person.pk, {}),
            {day: one.explanations for day, one in pages.items()},
        )
        yield Timesheet(
            employee=as_locked(person, rows) if inside.complete else person,
            result=result,
            days=[days[day] for day in sorted(days) if day >= first],
            adjustments=adjustments[person.pk],
            locked=inside.days(),
            overtime=overtime,
            decisions=decided.get(person.pk, {}),
            history=_history(book.history(person), locked, whole=inside.complete),
        )


def timesheets(
    *,
    employees: QuerySet[Employee],
    first: date,
    last: date,
    now: datetime | None = None,
    department: Department | None = None,
) -> Iterator[Sums]:
    """The sums of each of these people, in their order, in bounded memory: a fixed number of queries for each batch.

    Of one ``department``, only the days on which a person belonged to it: the files of two departments, between which
    somebody moved, come to what one file over both says.
    """
    moment = now or timezone.now()
    for batch in in_batches(people_between(employees, first, last, department=department), BATCH):
        yield from _sums(batch, first, last, moment, department)


def figures_of(
    people: Sequence[Employee], book: PlanBook, first: date, last: date, now: datetime
) -> dict[int, list[Figures]]:
    """The figures of each person's days up to today, in order; at most four queries. ``book`` has their plans."""
    found = _figures(people, book, first, last, now, frozenset())
    return {key: [days[day] for day in sorted(days)] for key, days in found.items()}


def _figures(
    people: Sequence[Employee], book: PlanBook, first: date, last: date, now: datetime, closed: Container[date]
) -> dict[int, dict[date, Figures]]:
    """The figures of each person's days up to today, but for those that are ``closed``."""
    stored: dict[int, dict[date, Figures]] = defaultdict(dict)
    keys = [one.pk for one in people]
    # The marks come first: a worker that counts one meanwhile takes it away and replaces the rows.
    dirty = _dirty_days(keys, first, last)
    kept = DayResult.objects.filter(employee__in=keys, day__gte=first, day__lte=last)
    for employee, figures in kept_figures(kept):
        if figures.day not in closed:
            stored[employee][figures.day] = figures
    open_days: dict[int, list[date]] = {}
    for person in people:
        today = _today(person, now)
        until, settled = min(last, today), today - SETTLED_AFTER * DAY
        known, marked = stored[person.pk], dirty.get(person.pk, set())
        employed = set(book.history(person).days(first, until))
        days = [day for day in _days(first, until) if day not in closed]
        # A day without a stored result is not settled yet, or nobody has counted it; or the person was not here.
        # Whoever leaves by an earlier date than the last punch was here, also on a day that is not settled.
        wanted = [day for day in days if day in marked or ((day in employed or day > settled) and day not in known)]
        for day in days:
            if day not in known and day not in wanted:
                known[day] = Figures(day=day, status=Status.NOT_EMPLOYED)
        if wanted:
            open_days[person.pk] = wanted
    if open_days:
        _count_open([one for one in people if one.pk in open_days], book, open_days, stored, now)
    return {one.pk: stored[one.pk] for one in people}


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


def _sums(
    batch: Sequence[Employee], first: date, last: date, now: datetime, department: Department | None
) -> Iterator[Sums]:
    keys = [one.pk for one in batch]
    starts = [begin for begin, _end in counting_ranges(first, last)]
    book = PlanBook(batch, starts[0] - WEEK, last)
    begin = _begin(book, starts, first)
    closed = LockedDays(begin, last)
    inside = closed.within(first, last)
    kept = (inside if inside.complete else closed).rows(keys)
    figures = {} if inside.complete else _figures(batch, book, begin, last, now, closed)
    adjusted: dict[int, list[tuple[date, int, int]]] = defaultdict(list)
    decided = decisions_for(keys, first, last) if book.approves_overtime and not inside.complete else {}
    moved = {} if inside.complete else overtime_moved(keys, first, last)
    rows = Adjustment.objects.filter(employee__in=keys, day__gte=first, day__lte=last)
    for employee, day, tier, seconds in rows.values_list("employee_id", "day", "tier", "seconds"):
        adjusted[employee].append((day, tier, seconds))
    for person in batch:
        own = kept.get(person.pk, [])
        locked = locked_days(own, begin, last)
        days = figures.get(person.pk, {}) | {day: one.counted.figures for day, one in locked.items()}
        policy_of = _policy_of(book, person)
        if inside.complete:
            counted = PeriodResult(first=first, last=last, days=tuple(locked[day].counted for day in sorted(locked)))
        else:
            contract_of = partial(book.contract, person)
            ordered = [days[day] for day in sorted(days)]
            counted = period(ordered, policy_of, first=first, last=last, starts=starts, contract_of=contract_of)
        inner = {day: one for day, one in locked.items() if day >= first}
        result, overtime = _joined(counted, inner, policy_of, decided.get(person.pk, {}), moved.get(person.pk, {}), {})
        history, added = _history(book.history(person), locked, whole=inside.complete), adjusted[person.pk]
        place = history.last_place(first, last)
        if department is not None:
            there = {day for day in _days(first, last) if history.place(day).department_id == department.pk}
            here = [day for day in history.days(first, last) if day in there]
            if not here:
                continue
            place = history.place(here[-1])
            result = replace(result, days=tuple(one for one in result.days if one.figures.day in there))
            overtime = Overtime({day: split for day, split in overtime.days.items() if day in there})
            added = [one for one in added if one[0] in there]
        tiers: dict[int, int] = defaultdict(int)
        for _day, tier, seconds in added:
            tiers[tier] += seconds
        who = as_locked(person, own) if inside.complete else person
        yield Sums(who, result, history, place, tiers.pop(0, 0), overtime, dict(tiers))


def _history(live: History, locked: Mapping[date, LockedDay], *, whole: bool) -> History:
    """Where the person belonged, on locked days as it was; ``whole``: there are no others, and nothing of today."""
    return locked_history(locked, None if whole else live)


def _joined(
    counted: PeriodResult,
    locked: Mapping[date, LockedDay],
    policy_of: PolicyOf,
    decisions: Decisions,
    moved: Mapping[date, Tiers],
    why: Mapping[date, tuple[Explanation, ...]],
) -> tuple[PeriodResult, Overtime]:
    """The counted days, with those that are locked as they were; and what became of their overtime."""
    days = tuple(
        replace(locked[one.figures.day].counted, explanations=why.get(one.figures.day, ()))
        if one.figures.day in locked
        else one
        for one in counted.days
    )
    live = replace(counted, days=tuple(one for one in days if one.figures.day not in locked))
    split = dict(overtime_of(live, policy_of, decisions, moved).days)
    split |= {day: one.split for day, one in locked.items() if one.split is not None}
    return replace(counted, days=days), Overtime({day: split[day] for day in sorted(split)})


def _live_days(
    employee: Employee,
    book: PlanBook,
    punches: Sequence[Punch],
    begin: date,
    first: date,
    last: date,
    now: datetime,
) -> dict[date, CalculatedDay]:
    until = max(first - DAY, min(last, _today(employee, now)))
    until = max([until, *(day for day in (_local(one.at, employee) for one in punches) if first <= day <= last)])
    found = calculate(book.of(employee), punches, first=begin, last=until, now=now)
    return {one.figures.day: one for one in found}


def _begin(book: PlanBook, starts: Sequence[date], first: date) -> date:
    """From which day to count: overtime of a period is that of all its days, and of a week that of the whole week."""
    return (starts[0] if book.counts_periods else first) - WEEK


def _policy_of(book: PlanBook, person: Employee) -> PolicyOf:
    return lambda day: book.policy(person, day)


def _dirty_days(keys: Sequence[int], first: date, last: date) -> dict[int, set[date]]:
    """The marked days."""
    found: dict[int, set[date]] = defaultdict(set)
    spans = DirtySpan.objects.filter(employee__in=keys, first__lte=last, last__gte=first)
    for employee, begin, end in spans.values_list("employee_id", "first", "last"):
        found[employee].update(_days(max(begin, first), min(end, last)))
    return found


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
