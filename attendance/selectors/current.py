"""What many people are now, and their unsettled days: as workers have counted ahead, or counted on the spot.

A row of ``CurrentState`` tells what holds up to which instant. It counts as long as no mark (``DirtySpan``) says that
something changed; of everybody else the days are counted by the reader, as for settled days.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from attendance.models import CurrentState, DirtySpan
from attendance.rules.expected import State
from attendance.rules.shapes import Figures, Status
from attendance.rules.worked import Punch
from attendance.selectors.presence import PersonNow, presence_now
from attendance.selectors.summaries import STATES
from employees.employment import employed_between
from employees.models import Employee

DAY = timedelta(days=1)
UNSETTLED = 3
"""Marks of days so long ago can still change what a person is now, or one of the days that are kept here."""


class Standing(NamedTuple):
    """What one person is at this moment, in short: enough to count, and to write a line about who is shown."""

    key: int
    department: int | None
    state: str
    late: int
    at: str
    zone: str
    direction: str
    start: str


class DayShort(NamedTuple):
    """One person's unsettled day in short."""

    status: str
    late: int
    missing_in: int
    missing_out: int
    absent: int
    worked: int
    unplanned: bool = False

    @property
    def exceptional(self) -> bool:
        """As that of ``Figures``."""
        return bool(self.missing_in or self.missing_out or self.absent)


@dataclass(frozen=True, slots=True)
class Shown:
    """One person of a list, as far as the page shows them; ``starts`` is when the shift starts, on their wall clock."""

    employee: Employee
    state: State
    punch: Punch | None
    late: timedelta
    starts: datetime | None


@dataclass(frozen=True, slots=True)
class Everybody:
    """Everybody the viewer may see at one moment, in order."""

    now: datetime
    people: Sequence[Standing]

    def of(self, name: str) -> list[Standing]:
        """Those of one part of the page: ``in``, ``absent``, ``later``, ``out``, ``leave``, ``late``, ``others``."""
        if name == "late":
            return [one for one in self.people if one.late]
        if name == "later":
            return sorted((one for one in self.people if one.state == State.EXPECTED), key=lambda one: one.start)
        if name == "others":
            return [one for one in self.people if one.state in (State.LEAVE, State.OFF)]
        return [one for one in self.people if one.state == name]

    def count(self, name: str) -> int:
        """How many they are."""
        return len(self.of(name))

    @property
    def anybody_due(self) -> bool:
        """Whether a shift asks anybody to be here today: without one nobody can be missing."""
        return any(one.start for one in self.people)

    def by_department(self) -> Mapping[int | None, Counter[str]]:
        """How many of each department are ``people``, ``late``, and in each state."""
        found: dict[int | None, Counter[str]] = {}
        for one in self.people:
            counts = found.setdefault(one.department, Counter())
            counts["people"] += 1
            counts[one.state] += 1
            counts["late"] += bool(one.late)
        return found


def everybody_now(*, employees: QuerySet[Employee], now: datetime | None = None) -> Everybody:
    """What each of these people is now; a fixed number of statements, and no day counted that a worker has counted."""
    moment = now or timezone.now()
    first, last = (moment - 2 * DAY).date(), (moment + DAY).date()
    rows = list(employed_between(employees, first, last).values_list("pk", "department_id"))
    kept, at = _kept(employees, "presence", moment), moment.timestamp()
    found: dict[int, Standing | None] = {}
    missing = []
    for key, department in rows:
        text = kept.get(key)
        if text is None:
            missing.append(key)
        else:
            said = _at(json.loads(text), at)
            found[key] = Standing(key, department, *said) if said[0] else None
    if missing:
        counted = presence_now(employees=Employee.objects.filter(pk__in=missing), now=moment).people
        found |= {one.employee.pk: _standing(one) for one in counted}
    ordered = (found.get(row[0]) for row in rows)
    return Everybody(moment, [one for one in ordered if one is not None])


def shown(standings: Sequence[Standing]) -> list[Shown]:
    """The lines of these people, in their order; one statement."""
    return shown_lists([standings])[0]


def shown_lists(lists: Sequence[Sequence[Standing]]) -> list[list[Shown]]:
    """The same of several lists; one statement for all of them."""
    keys = {one.key for standings in lists for one in standings}
    people = Employee.objects.filter(pk__in=keys).select_related("department").in_bulk()
    return [[_shown(people[one.key], one) for one in standings if one.key in people] for standings in lists]


def unsettled_days(
    *, employees: QuerySet[Employee], first: date, last: date, now: datetime
) -> dict[int, dict[date, DayShort]]:
    """The days from ``first`` to ``last`` that are kept, by person: of nobody else anything is kept that holds."""
    return dict(each_unsettled(employees=employees, first=first, last=last, now=now))


def each_unsettled(
    *, employees: QuerySet[Employee], first: date, last: date, now: datetime
) -> Iterator[tuple[int, dict[date, DayShort]]]:
    """The same, one person after the other: for who keeps little of it."""
    at = now.timestamp()
    wanted = {(first + number * DAY).isoformat(): first + number * DAY for number in range((last - first).days + 1)}
    for key, text in _kept(employees, "days", now).items():
        days = json.loads(text)
        yield key, {day: DayShort(*_at(days[name], at)) for name, day in wanted.items() if name in days}


def short(figures: Figures) -> DayShort:
    """The same of figures that were counted."""
    return DayShort(
        figures.status.value,
        figures.late,
        figures.missing_in,
        figures.missing_out,
        figures.absent,
        figures.worked,
        figures.unplanned,
    )


def state_of(status: str) -> State:
    """What the day's status is to those who ask."""
    return STATES.get(Status(status), State.OFF)


def standing_values(one: PersonNow) -> list[Any]:
    """What is kept of a person at a moment: the fields of ``Standing`` but for the first two."""
    punch = one.punch
    return [
        one.state.value,
        int(one.late.total_seconds()),
        punch.at.isoformat() if punch else "",
        punch.zone if punch else "",
        punch.direction if punch else "",
        one.expected.start.isoformat() if one.expected else "",
    ]


def _at(entries: Iterable[Sequence[Any]], at: float) -> Sequence[Any]:
    """What holds at the instant: the first entry that has not ended."""
    said: Sequence[Any] = ()
    for entry in entries:
        said = entry
        if at <= entry[0]:
            break
    return said[1:]


def _kept(employees: QuerySet[Employee], name: str, now: datetime) -> dict[int, str]:
    """What is kept of these people and holds at this moment; two statements.

    The marks come first: a worker that counts one meanwhile takes it away and replaces the row.
    """
    spans = DirtySpan.objects.filter(last__gte=now.date() - UNSETTLED * DAY).order_by()
    marked = set(spans.values_list("employee_id", flat=True))
    people = employees.order_by().values("pk")
    rows = CurrentState.objects.filter(since__lte=now, until__gte=now, employee__in=people).order_by()
    return {key: text for key, text in rows.values_list("pk", name) if key not in marked}


def _standing(one: PersonNow) -> Standing:
    return Standing(one.employee.pk, one.employee.department_id, *standing_values(one))


def _shown(employee: Employee, one: Standing) -> Shown:
    return Shown(
        employee,
        State(one.state),
        Punch(datetime.fromisoformat(one.at), one.zone, one.direction) if one.at else None,
        timedelta(seconds=one.late),
        datetime.fromisoformat(one.start).astimezone(ZoneInfo(employee.time_zone)) if one.start else None,
    )
