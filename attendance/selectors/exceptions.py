"""The days that somebody should look at: a punch is missing, or nobody knows why the person was away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple, overload

from django.db.models import Q, QuerySet
from django.utils import timezone

from attendance.models import CorrectionLink, CorrectionRequest, DayResult, DirtySpan, RequestState
from attendance.rules.calculate import SETTLED_AFTER, calculate
from attendance.rules.shapes import DayResult as CalculatedDay
from attendance.rules.shapes import Figures, WorkInterval
from attendance.selectors.current import DayShort, each_unsettled
from attendance.selectors.plans import PlanBook, punches_for
from attendance.selectors.timesheets import figures_of
from employees.employment import History, employed_between
from employees.models import Employee

DAY = timedelta(days=1)
MOST_NAMED = 500
"""Of more people the rows of everybody are read and looked through, which takes less than to name all of them."""
EXCEPTIONAL = Q(missing_in__gt=0) | Q(missing_out__gt=0) | Q(absent__gt=0)


class Wrong(NamedTuple):
    """What is wrong with a day, in short: the punches that are missing, and seconds of unexplained absence.

    Besides, whether it was worked without any shift.
    """

    day: date
    missing_in: int
    missing_out: int
    absent: int
    unplanned: bool = False


@dataclass(frozen=True, slots=True)
class Exceptional:
    """A person's day, as far as it is known before its punches are read."""

    employee: Employee
    figures: Wrong


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
        return f"{at:%H:%M}" if at else ""

    @property
    def proposed_at(self) -> datetime | None:
        """The same as an instant."""
        return missing_punch(self.result)[1]

    @property
    def missing(self) -> str:
        """``in``, ``out``, or empty for an absence."""
        return missing_punch(self.result)[0]

    @property
    def there(self) -> datetime | None:
        """The punch that is there, on the person's wall clock."""
        one = self.broken[-1] if self.broken else None
        punch = (one.came or one.left) if one else None
        return punch.at.astimezone(self.result.plan.zone) if punch else None


def missing_punch(result: CalculatedDay) -> tuple[str, datetime | None]:
    """Which punch a day lacks, ``in`` or ``out``, and when its shift expected it, on the clock of its place.

    Empty where none is missing, and None where no shift tells.
    """
    lacking = [one.missing for one in result.intervals if one.missing]
    if not lacking:
        return "", None
    if not result.planned:
        return lacking[-1], None
    at = result.planned[-1].end if lacking[-1] == "out" else result.planned[0].start
    return lacking[-1], at.astimezone(result.plan.zone)


class ByDay(Sequence[tuple[int, Wrong]]):
    """Days of people, the newest first and within a day by name; the names are asked for where they are needed."""

    def __init__(self, found: Mapping[int, Mapping[date, Wrong]]) -> None:
        self._days: dict[date, list[tuple[int, Wrong]]] = defaultdict(list)
        for key, days in found.items():
            for day, wrong in days.items():
                self._days[day].append((key, wrong))
        self._order = sorted(self._days, reverse=True)

    def __len__(self) -> int:
        return sum(len(rows) for rows in self._days.values())

    @overload
    def __getitem__(self, index: int) -> tuple[int, Wrong]: ...
    @overload
    def __getitem__(self, index: slice) -> list[tuple[int, Wrong]]: ...
    def __getitem__(self, index: int | slice) -> tuple[int, Wrong] | list[tuple[int, Wrong]]:
        if isinstance(index, int):
            return self[index : index + 1][0]
        begin, end, step = index.indices(len(self))
        here: list[tuple[int, Wrong]] = []
        passed = skipped = 0
        for day in self._order:
            size = len(self._days[day])
            if passed + size <= begin:
                skipped += size
            elif passed < end:
                here += self._days[day]
            passed += size
        names = _names({key for key, _wrong in here})
        here = [one for one in here if one[0] in names]
        here.sort(key=lambda one: (-one[1].day.toordinal(), names[one[0]]))
        return here[begin - skipped : end - skipped : step]


def exceptional_days(
    *, employees: QuerySet[Employee], first: date, last: date, now: datetime | None = None
) -> list[Exceptional]:
    """The exceptional days of those people, the newest first; a fixed number of queries."""
    return with_people(exceptional_keys(employees=employees, first=first, last=last, now=now)[:])


def with_people(keys: Sequence[tuple[int, Wrong]]) -> list[Exceptional]:
    """Those of ``exceptional_keys`` with the people; one query."""
    people = Employee.objects.filter(pk__in={key for key, _wrong in keys}).select_related("department").in_bulk()
    return [Exceptional(people[key], wrong) for key, wrong in keys if key in people]


def exceptional_keys(*, employees: QuerySet[Employee], first: date, last: date, now: datetime | None = None) -> ByDay:
    """The exceptional days, the newest first, each with the key of its person."""
    near = employed_between(employees, first, last)
    return ByDay(wrong_days(people=near, first=first, last=last, now=now or timezone.now()))


def wrong_days(
    *,
    people: QuerySet[Employee],
    first: date,
    last: date,
    now: datetime,
    keys: Set[int] | None = None,
    unplanned: bool = False,
    anew: Collection[int] = (),
) -> dict[int, dict[date, Wrong]]:
    """The exceptional days by person, and with ``unplanned`` those that were worked without any shift.

    Settled days are read, and those that workers have counted ahead; the others that are not settled yet, or marked to
    be counted again, are counted on the spot, as are all days of the people ``anew``. ``keys`` are those of ``people``,
    where they are known.
    """
    if keys is None:
        keys = set(people.order_by().values_list("pk", flat=True))
    spans = DirtySpan.objects.filter(first__lte=last, last__gte=first)
    dirty = (set(spans.values_list("employee_id", flat=True)) | set(anew)) & keys
    # Two zones may be a day apart.
    open_since = max(first, now.date() - (SETTLED_AFTER + 1) * DAY)
    found: dict[int, dict[date, Wrong]] = defaultdict(dict)
    rows = DayResult.objects.filter(day__gte=first, day__lte=last)
    rows = rows.filter(employee__in=keys) if len(keys) <= MOST_NAMED else rows
    # A statement for each, since each has an index of its own.
    for told in (EXCEPTIONAL, Q(unplanned=True)) if unplanned else (EXCEPTIONAL,):
        for key, *values in rows.filter(told).order_by().values_list("employee_id", *Wrong._fields):
            if key in keys and key not in dirty:
                found[key][values[0]] = Wrong(*values)
    known: set[int] = set()
    kept = each_unsettled(employees=people, first=open_since, last=last, now=now) if open_since <= last else ()
    for key, days in kept:
        known.add(key)
        for day, short in days.items() if key not in dirty else ():
            # A running day may still mend itself.
            if key in found:
                found[key].pop(day, None)
            if short.exceptional or (unplanned and short.unplanned):
                found[key][day] = _wrong(day, short)
    for some, since in ((keys - dirty - known, open_since), (dirty, first)):
        _count(found, some, since, last, now, unplanned=unplanned)
    return found


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


def _names(keys: Collection[int]) -> dict[int, bytes]:
    people = Employee.objects.filter(pk__in=keys).order_by()
    return {key: bytes(name) for key, name in people.values_list("pk", "sort_key")}


def _wrong(day: date, one: DayShort | Figures) -> Wrong:
    return Wrong(day, one.missing_in, one.missing_out, one.absent, one.unplanned)


def _count(
    found: dict[int, dict[date, Wrong]],
    keys: Collection[int],
    first: date,
    last: date,
    now: datetime,
    *,
    unplanned: bool,
) -> None:
    if not keys or first > last:
        return
    people = list(Employee.objects.filter(pk__in=keys).order_by("pk"))
    book = PlanBook(people, first, last)
    for key, days in figures_of(people, book, first, last, now).items():
        for figures in days:
            # A running day may still mend itself.
            found[key].pop(figures.day, None)
            if figures.exceptional or (unplanned and figures.unplanned):
                found[key][figures.day] = _wrong(figures.day, figures)


def _day_of(asked: CorrectionRequest, history: History) -> date | None:
    at = asked.at or (asked.event.at if asked.event else None)
    return history.local_day(at) if at else None
