"""The one source of when people are employed and where they belong on a day: for counting, filters and files."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from employees.models import Contract, Department, Employee, EmploymentPeriod, Posting, Site

DAY = timedelta(days=1)
EVER = date(1900, 1, 1)
"""From when the first posting of a person holds: whatever came before it is not known."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a person belongs on a day, and by which contract."""

    department: Department | None
    site: Site | None
    manager_id: int | None
    time_zone: str
    contract: Contract | None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def department_id(self) -> int | None:
        return self.department.pk if self.department else None

    @property
    def department_name(self) -> str:
        return self.department.name if self.department else ""

    @property
    def contract_seconds(self) -> int:
        """What the contract asks for a week; 0 where it says nothing."""
        return self.contract.weekly_minutes * 60 if self.contract else 0


@dataclass(frozen=True)
class History:
    """One person's employment, oldest first: periods as first and last day (None: still), and placements by their day.

    ``placements`` begin with one that holds for all days before.
    """

    periods: Sequence[tuple[date, date | None]]
    placements: Sequence[tuple[date, Placement]]

    def employed(self, day: date) -> bool:
        """Whether the person belonged to the company on that day."""
        return any(first <= day and (last is None or day <= last) for first, last in self.periods)

    def spans(self, first: date, last: date) -> Iterator[tuple[date, date]]:
        """The employed days between the two, as from and to."""
        for begin, end in self.periods:
            since, until = max(first, begin), min(last, end or last)
            if since <= until:
                yield since, until

    def days(self, first: date, last: date) -> Iterator[date]:
        """The employed days between the two."""
        for since, until in self.spans(first, last):
            yield from (since + number * DAY for number in range((until - since).days + 1))

    def place(self, day: date) -> Placement:
        """Where the person belongs on that day."""
        return self.placements[max(0, bisect_right(self._starts, day) - 1)][1]

    def last_place(self, first: date, last: date) -> Placement:
        """Where the person belonged on the last day between the two on which they were employed."""
        return self.place(max((until for _since, until in self.spans(first, last)), default=last))

    def local_day(self, at: datetime) -> date:
        """The day of that instant on the wall clock of where the person belonged then."""
        return at.astimezone(self.place(at.astimezone(UTC).date()).zone).date()

    @cached_property
    def _starts(self) -> list[date]:
        return [since for since, _placement in self.placements]


def histories(people: Iterable[Employee]) -> dict[int, History]:
    """The history of each of these people; at most five queries, whoever and how many they are."""
    rows = {one.pk: one for one in people}
    periods: dict[int, list[tuple[date, date | None]]] = defaultdict(list)
    found = EmploymentPeriod.objects.filter(employee__in=rows).order_by("hired_on")
    for employee, first, last in found.values_list("employee_id", "hired_on", "left_on"):
        periods[employee].append((first, last))
    postings: dict[int, list[Posting]] = defaultdict(list)
    for posting in Posting.objects.filter(employee__in=rows).order_by("valid_from"):
        postings[posting.employee_id].append(posting)
    placed: list[Employee | Posting] = [*rows.values(), *(one for several in postings.values() for one in several)]
    departments = _by_key(Department.objects.all(), (one.department_id for one in placed))
    sites = _by_key(Site.objects.all(), (one.site_id for one in placed))
    contracts = _by_key(Contract.objects.all(), (one.contract_id for one in placed))

    def placement(one: Employee | Posting) -> Placement:
        return Placement(
            departments.get(one.department_id),
            sites.get(one.site_id),
            one.manager_id,
            one.time_zone,
            contracts.get(one.contract_id),
        )

    return {
        key: History(
            periods.get(key, ()),
            [(one.valid_from, placement(one)) for one in postings.get(key, ())] or [(EVER, placement(row))],
        )
        for key, row in rows.items()
    }


def history(employee: Employee) -> History:
    """The history of one person."""
    return histories([employee])[employee.pk]


def zone_at(employee: Employee, at: datetime) -> str:
    """The zone of where the person belonged at that instant, which may be another one than today's."""
    known = history(employee)
    return known.place(known.local_day(at)).time_zone


def employed_on(employee: Employee, day: date) -> bool:
    """Whether the person belonged to the company on that day; one query."""
    return employed_between(Employee.objects.filter(pk=employee.pk), day, day).exists()


def employed_between(employees: QuerySet[Employee], first: date, last: date) -> QuerySet[Employee]:
    """Those who belonged to the company on one of those days, with the department of today."""
    inside = EmploymentPeriod.objects.filter(hired_on__lte=last).filter(Q(left_on=None) | Q(left_on__gte=first))
    # Asked of each person: a clock event asks about one, and must not read everybody's employment.
    return employees.filter(Exists(inside.filter(employee=OuterRef("pk")))).select_related("department")


def belonging(employees: QuerySet[Employee], first: date, last: date, **place: Any) -> QuerySet[Employee]:
    """Those who were placed so on one of those days: ``department=…``, ``department__name__iexact=…``, ``site=…``."""
    later = Posting.objects.filter(
        employee=OuterRef("employee"), valid_from__gt=OuterRef("valid_from"), valid_from__lte=first
    )
    there = Posting.objects.filter(valid_from__lte=last, **place).exclude(Exists(later))
    unmoved = ~Exists(Posting.objects.filter(employee=OuterRef("pk")))
    return employees.filter(Q(unmoved, **place) | Q(pk__in=there.order_by().values("employee")))


def _by_key(rows: QuerySet[Any], keys: Iterable[int | None]) -> dict[int | None, Any]:
    """The rows with these keys; no query where there are none."""
    wanted = {key for key in keys if key is not None}
    return dict(rows.in_bulk(wanted)) if wanted else {}
