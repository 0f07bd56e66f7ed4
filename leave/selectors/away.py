"""Who of a team is away on which days of a month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from attendance.models import Absence, RequestState
from employees.models import Employee


@dataclass(frozen=True, slots=True)
class AwayDay:
    """One person's day: the absences on it, approved or still requested; none where the person is not away."""

    day: date
    absences: Sequence[Absence] = ()

    @property
    def waits(self) -> bool:
        """Whether nothing of it is approved yet."""
        return bool(self.absences) and all(one.state == RequestState.REQUESTED for one in self.absences)

    @property
    def half(self) -> bool:
        """Whether half the day is free of absences."""
        return len(self.absences) == 1 and self.absences[0].half != Absence.Half.WHOLE


@dataclass(frozen=True, slots=True)
class AwayRow:
    """One person's month."""

    employee: Employee
    days: Sequence[AwayDay]


def team_away(people: Iterable[Employee], days: Sequence[date]) -> list[AwayRow]:
    """Each person's days, in the order of the people; one query."""
    rows = list(people)
    found: dict[int, list[Absence]] = defaultdict(list)
    absences = Absence.objects.filter(
        employee__in=rows,
        state__in=(RequestState.APPROVED, RequestState.REQUESTED),
        first__lte=days[-1],
        last__gte=days[0],
    )
    for one in absences.select_related("kind").order_by("first", "pk"):
        found[one.employee_id].append(one)
    return [
        AwayRow(
            one,
            [AwayDay(day, [row for row in found.get(one.pk, ()) if row.first <= day <= row.last]) for day in days],
        )
        for one in rows
    ]


def away_counts(rows: Iterable[AwayRow], days: Sequence[date]) -> list[int]:
    """How many are away on each day, requests included."""
    counts = [0] * len(days)
    for row in rows:
        for number, one in enumerate(row.days):
            counts[number] += bool(one.absences)
    return counts
