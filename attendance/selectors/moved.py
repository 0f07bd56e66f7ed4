"""What a change moves on open days: how many people and days, and by how much their hours become others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

from django.utils import timezone

from attendance.rules.calculate import calculate
from attendance.rules.overtime import period as period_result
from attendance.rules.shapes import Figures
from attendance.selectors.late import Amounts, paid
from attendance.selectors.locked import LockedDays, locked_days
from attendance.selectors.plans import PlanBook, punches_for
from employees.employment import histories
from employees.models import Employee

DAY = timedelta(days=1)
WEEK = timedelta(days=6)
MOST_DAYS = 800
"""So many days of all people together are counted before a change is made; of more, only how many there are is said."""
AROUND = 10
"""So many days around those of each person are read and counted as well."""
Marks = Iterable[tuple[int, date, date]]


@dataclass(frozen=True, slots=True)
class Moved:
    """``people`` and ``days`` whose hours become others, and by how much: by tier, 0 is what is paid without one.

    Not ``counted``: these are so many that they are only counted after the change, whatever moves on them.
    """

    people: int = 0
    days: int = 0
    amounts: Amounts = field(default_factory=dict)
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Reach:
    """The open days that marks are about: by person the first of them, up to yesterday."""

    first: date
    last: date
    people: Mapping[int, int]
    """The days of each person."""

    @property
    def days(self) -> int:
        return sum(self.people.values())

    @property
    def small(self) -> bool:
        """Whether nobody waits for it: counted twice, it takes half a second at most."""
        return self.days + AROUND * len(self.people) <= MOST_DAYS


class Snapshot:
    """All that some people's open days are counted from at one moment; it is read at once and counted later."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        begin = reach.first - WEEK
        self.people = list(Employee.objects.filter(pk__in=list(reach.people)).select_related("department"))
        self.book = PlanBook(self.people, begin, reach.last)
        self.punches = punches_for(self.people, begin, reach.last)
        self.closed = LockedDays(begin, reach.last)
        self.rows = self.closed.rows(reach.people)

    def amounts(self) -> dict[tuple[int, date], Amounts]:
        """What is paid on each of the open days: by person and day, by tier."""
        found: dict[tuple[int, date], Amounts] = {}
        first, last = self.reach.first, self.reach.last
        for person in self.people:
            results = calculate(
                self.book.of(person), self.punches.get(person.pk, ()), first=first - WEEK, last=last, explain=False
            )
            days: dict[date, Figures] = {one.figures.day: one.figures for one in results}
            kept = locked_days(self.rows.get(person.pk, []), first - WEEK, last)
            days |= {day: one.counted.figures for day, one in kept.items()}
            counted = period_result(
                [days[day] for day in sorted(days)],
                partial(self.book.policy, person),
                first=first,
                last=last,
                contract_of=partial(self.book.contract, person),
            )
            for one in counted.days:
                if one.figures.day not in self.closed:
                    found[person.pk, one.figures.day] = {0: paid(one.figures), **one.overtime}
        return found


def reach_of(marks: Marks) -> Reach | None:
    """The open days of the marks that are over, on which the people are employed; None where there are none."""
    wide: dict[int, tuple[date, date]] = {}
    yesterday = timezone.now().date() - DAY
    for key, first, last in marks:
        before = wide.get(key, (first, last))
        wide[key] = (min(before[0], first), min(yesterday, max(before[1], last)))
    if not wide:
        return None
    known = histories(Employee.objects.filter(pk__in=list(wide)))
    spans = {key: list(one.spans(*wide[key])) for key, one in known.items()}
    spans = {key: found for key, found in spans.items() if found}
    if not spans:
        return None
    people = {key: sum((until - since).days + 1 for since, until in found) for key, found in spans.items()}
    first = min(found[0][0] for found in spans.values())
    return Reach(first, max(found[-1][1] for found in spans.values()), people)


def moved_between(before: Snapshot, after: Snapshot) -> Moved:
    """What differs from one moment to the other."""
    then, now = before.amounts(), after.amounts()
    sums: Amounts = defaultdict(int)
    people: set[int] = set()
    days = 0
    for key in {*then, *now}:
        was, becomes = then.get(key, {}), now.get(key, {})
        amounts = {tier: becomes.get(tier, 0) - was.get(tier, 0) for tier in {*was, *becomes}}
        if any(amounts.values()):
            people.add(key[0])
            days += 1
            for tier, seconds in amounts.items():
                sums[tier] += seconds
    return Moved(len(people), days, {tier: seconds for tier, seconds in sorted(sums.items()) if seconds})
