"""Who is in now, who came late, who is absent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from attendance.rules.calculate import calculate
from attendance.rules.expected import State
from attendance.rules.shapes import DayResult, Span
from attendance.rules.worked import Punch
from attendance.selectors.plans import PlanBook, punches_for
from attendance.selectors.summaries import STATES
from employees.employment import employed_between
from employees.models import Employee


@dataclass(frozen=True, slots=True)
class PersonNow:
    """One person at this moment."""

    employee: Employee
    state: State
    punch: Punch | None
    late: timedelta
    expected: Span | None
    result: DayResult
    """The day, or the night, that is going on."""

    @property
    def starts(self) -> datetime | None:
        """When the shift starts, on the person's own wall clock."""
        return self.expected.start.astimezone(self.employee.zone) if self.expected else None


@dataclass(frozen=True, slots=True)
class Presence:
    """Everybody the viewer may see, at one moment."""

    now: datetime
    people: tuple[PersonNow, ...]

    def _in_state(self, *states: State) -> list[PersonNow]:
        return [person for person in self.people if person.state in states]

    @property
    def present(self) -> list[PersonNow]:
        return self._in_state(State.IN)

    @property
    def late(self) -> list[PersonNow]:
        """Those who came after the grace was over, whether they are still here or not."""
        return [person for person in self.people if person.late]

    @property
    def absent(self) -> list[PersonNow]:
        """Those who should have come by now and have not."""
        return self._in_state(State.ABSENT)

    @property
    def anybody_due(self) -> bool:
        """Whether a shift asks anybody to be here today: without one nobody can be missing."""
        return any(person.expected is not None for person in self.people)

    @property
    def gone(self) -> list[PersonNow]:
        return self._in_state(State.OUT)

    @property
    def on_leave(self) -> list[PersonNow]:
        return self._in_state(State.LEAVE)

    @property
    def later(self) -> list[PersonNow]:
        """Those who are still to come, and are not late yet."""
        return self._in_state(State.EXPECTED)

    @property
    def others(self) -> list[PersonNow]:
        """Those whom no shift asks to be here today."""
        return self._in_state(State.LEAVE, State.OFF)


def presence_now(*, employees: QuerySet[Employee], now: datetime | None = None) -> Presence:
    """The state of each of those employees, in a number of queries that does not grow with them."""
    moment = now or timezone.now()
    first, last = (moment - timedelta(days=2)).date(), (moment + timedelta(days=1)).date()
    near = list(employed_between(employees, first, last))
    book = PlanBook(near, first, last)
    people = [one for one in near if book.history(one).employed(moment.astimezone(one.zone).date())]
    punches = punches_for(people, first, last)
    return Presence(moment, tuple(_person_now(person, book, punches.get(person.pk, ()), moment) for person in people))


def _person_now(person: Employee, book: PlanBook, punches: Sequence[Punch], now: datetime) -> PersonNow:
    today = now.astimezone(person.zone).date()
    yesterday, this_day = calculate(
        book.of(person), punches, first=today - timedelta(days=1), last=today, now=now, explain=False
    )
    return person_at(person, yesterday, this_day, now)


def person_at(person: Employee, yesterday: DayResult, this_day: DayResult, now: datetime) -> PersonNow:
    """What the person is at an instant, by the day that it lies in and the day before, as they are then."""
    # Last night's shift until it ends, then today's.
    current = yesterday if yesterday.planned and now <= yesterday.planned[-1].end else this_day
    late = timedelta(seconds=current.figures.late)
    span = current.planned[0] if current.planned and current.figures.required else None
    for result in (this_day, yesterday):
        if result.intervals and result.intervals[-1].running:
            return PersonNow(person, State.IN, result.intervals[-1].came, late, span, current)
    last = (this_day.intervals or current.intervals)[-1:]
    if last:
        # With a forgotten check-out nobody knows when they left, only that they were here.
        return PersonNow(person, State.OUT, last[0].left, late, span, current)
    return PersonNow(person, STATES.get(current.figures.status, State.OFF), None, late, span, current)
