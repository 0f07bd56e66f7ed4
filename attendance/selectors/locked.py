"""Locked periods as they were when they were locked: who was in them, and each day's figures and reasons."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from attendance.models import Adjustment, LockedTimesheet, Period, PeriodAct
from attendance.rules.approval import Split
from attendance.rules.codec import unpacked
from attendance.rules.shapes import DayResult, Explanation, PeriodDay, Status
from attendance.selectors.people import narrow
from common.fields import finding
from employees.employment import EVER, History, Placement, employed_between
from employees.models import Department, Employee

DAY = timedelta(days=1)
NOWHERE = Placement(None, None, None, "UTC", None)
_ORDER = ("sort_key", "number")


@dataclass(frozen=True, slots=True)
class LockedDay:
    """A day of a locked period: its figures with all overtime, what became of that, the zone and the department."""

    counted: PeriodDay
    split: Split | None
    zone: str
    department: int | None
    name: str

    @property
    def day(self) -> date:
        return self.counted.figures.day

    @property
    def place(self) -> Placement:
        """Where the person belonged, by the name of then."""
        department = Department(pk=self.department, name=self.name) if self.department else None
        return Placement(department, None, None, self.zone, None)


@dataclass(frozen=True, slots=True)
class LockedPage:
    """The same day with its intervals and reasons; ``explanations`` are those of week and period."""

    result: DayResult
    explanations: tuple[Explanation, ...]


class LockedDays:
    """The locked periods that touch these days; two queries."""

    def __init__(self, first: date, last: date) -> None:
        self.first, self.last = first, last
        periods = Period.objects.filter(state=Period.State.LOCKED, first__lte=last, last__gte=first)
        latest = PeriodAct.objects.filter(period=OuterRef("pk"), act=PeriodAct.Act.LOCK).order_by("-at", "-pk")
        found = periods.annotate(lock=Subquery(latest.values("pk")[:1])).exclude(lock=None).order_by("first")
        self.periods: dict[int, Period] = {one.lock: one for one in found}

    def within(self, first: date, last: date) -> LockedDays:
        """Those of them that touch the days from ``first`` to ``last``, which lie within these days; no query."""
        found = copy.copy(self)
        found.first, found.last = first, last
        found.periods = {key: one for key, one in self.periods.items() if one.first <= last and one.last >= first}
        return found

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and any(one.first <= day <= one.last for one in self.periods.values())

    @property
    def locks(self) -> list[int]:
        """The acts by which they were locked, in the order of their days."""
        return list(self.periods)

    @property
    def complete(self) -> bool:
        """Whether every one of the days is in a locked period."""
        day = self.first
        for one in self.periods.values():
            if one.first > day:
                return False
            day = one.last + DAY
        return day > self.last

    def days(self) -> frozenset[date]:
        """Those of the days that are locked."""
        count = (self.last - self.first).days + 1
        return frozenset(day for day in (self.first + number * DAY for number in range(count)) if day in self)

    def rows(self, keys: Iterable[int], *, pages: bool = False) -> dict[int, list[LockedTimesheet]]:
        """What is kept of these people, by person, in the order of the periods; without the pages' part as a rule."""
        if not self.periods:
            return {}
        rows = LockedTimesheet.objects.filter(act__in=self.locks, employee__in=list(keys)).order_by()
        order = {lock: number for number, lock in enumerate(self.locks)}
        found: dict[int, list[LockedTimesheet]] = defaultdict(list)
        for row in sorted(rows if pages else rows.defer("days"), key=lambda one: order[one.act_id]):
            found[row.employee_id].append(row)
        return found

    @property
    def locked_at(self) -> datetime | None:
        """When the last of them was locked."""
        return max((one.locked_at for one in self.periods.values() if one.locked_at), default=None)

    def approvals(self) -> bool:
        """Whether overtime needed an approval in any of these periods."""
        acts = PeriodAct.objects.filter(pk__in=self.locks).values_list("facts", flat=True)
        return any(facts.get("approvals") for facts in acts)


def locked_days(rows: Iterable[LockedTimesheet], first: date, last: date) -> dict[date, LockedDay]:
    """The days from ``first`` to ``last`` of one person's rows."""
    kept = (LockedDay(*one) for row in rows for one in unpacked(bytes(row.figures)))
    return {one.day: one for one in kept if first <= one.day <= last}


def locked_pages(rows: Iterable[LockedTimesheet], first: date, last: date) -> dict[date, LockedPage]:
    """The same days as the person's page shows them."""
    kept = (LockedPage(*one) for row in rows for one in unpacked(bytes(row.days)))
    return {one.result.figures.day: one for one in kept if first <= one.result.figures.day <= last}


def as_locked(person: Employee, rows: Sequence[LockedTimesheet]) -> Employee:
    """The person under the name, number and department of that time: a copy to read from, never to be saved."""
    if not rows:
        return person
    row, found = rows[-1], copy.copy(person)
    for name in ("number", "first_name", "last_name", "sort_key", "email", "time_zone"):
        setattr(found, name, getattr(row, name))
    found.department = Department(pk=row.department_key, name=row.department) if row.department_key else None
    return found


def people_between(
    employees: QuerySet[Employee], first: date, last: date, *, department: Department | None = None, search: str = ""
) -> QuerySet[Employee]:
    """Those of these people who belong to the days from ``first`` to ``last``, and pass the filters.

    Of a locked period these are the people who were in it, found and put in order by the names and departments of
    then; of open days, those employed on them.
    """
    closed = LockedDays(first, last)
    if not closed.periods:
        here = narrow(employees, department=department, search=search, first=first, last=last)
        return _open_between(here, first, last)
    rows = LockedTimesheet.objects.filter(finding(search), act__in=closed.locks).order_by()
    if department is not None:
        rows = rows.filter(department_keys__contains=f",{department.pk},")
    there = Q(pk__in=rows.values("employee"))
    if not closed.complete:
        everybody = Employee.objects.all()
        here = narrow(everybody, department=department, search=search, first=first, last=last)
        now = _open_between(here, first, last)
        there |= Q(pk__in=now.order_by().values("pk"))
        return employees.filter(there).select_related("department")
    newest = LockedTimesheet.objects.filter(act__in=closed.locks, employee=OuterRef("pk")).order_by(
        "-act__period__last"
    )
    names: dict[str, Any] = {f"locked_{name}": Subquery(newest.values(name)[:1]) for name in _ORDER}
    people: QuerySet[Employee] = employees.filter(there).select_related("department").annotate(**names)
    return people.order_by(*names)


def _open_between(employees: QuerySet[Employee], first: date, last: date) -> QuerySet[Employee]:
    """Those employed on one of the days, and those to whom an adjustment counts on one."""
    adjusted = Adjustment.objects.filter(day__gte=first, day__lte=last).order_by().values("employee")
    employed = employed_between(Employee.objects.all(), first, last).order_by().values("pk")
    return employees.filter(Q(pk__in=employed) | Q(pk__in=adjusted)).select_related("department")


def locked_history(days: Mapping[date, LockedDay], live: History | None) -> History:
    """Where a person belonged on locked days, as it was then; on others as ``live`` says, if it is given."""
    there = [day for day in sorted(days) if days[day].counted.figures.status is not Status.NOT_EMPLOYED]
    placements: list[tuple[date, Placement]] = []
    for day in sorted(days):
        placements.append((day, days[day].place))
        if live is not None and day + DAY not in days:
            placements.append((day + DAY, live.place(day + DAY)))
    if live is not None:
        moved = [one for one in live.placements if one[0] not in days]
        placements = sorted([*moved, *placements], key=lambda one: one[0])
        return History(live.periods, placements)
    return History([(day, day) for day in there], placements or [(EVER, NOWHERE)])
