"""Who is in now, who came late, who is absent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from attendance.rules.expected import Expected, State, came, lateness, waiting
from attendance.rules.worked import Interval, Punch, pair
from attendance.selectors.people import ShiftBook, employed_between, employed_on, punches_of
from employees.models import Employee

_BACK = timedelta(hours=44)
"""Reaches an overnight shift's check-in and everything of today in any zone."""


@dataclass(frozen=True, slots=True)
class PersonNow:
    """One person at this moment."""

    employee: Employee
    state: State
    punch: Punch | None
    late: timedelta
    expected: Expected | None

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
    def gone(self) -> list[PersonNow]:
        return self._in_state(State.OUT)

    @property
    def others(self) -> list[PersonNow]:
        """Those who are expected later, and those without a shift today."""
        return sorted(self._in_state(State.EXPECTED, State.OFF), key=lambda one: one.state == State.OFF)


def presence_now(*, employees: QuerySet[Employee], now: datetime | None = None) -> Presence:
    """The state of each of those employees, in three queries."""
    moment = now or timezone.now()
    first, last = (moment - timedelta(days=2)).date(), (moment + timedelta(days=1)).date()
    people = employed_between(employees, first, last)
    punches = punches_of(employees, moment - _BACK, moment + timedelta(minutes=5))
    book = ShiftBook(employees, first, last)
    return Presence(
        moment,
        tuple(
            _person_now(person, pair(punches.get(person.pk, []), now=moment), book, moment)
            for person in people
            if employed_on(person, moment.astimezone(person.zone).date())
        ),
    )


def _person_now(person: Employee, intervals: list[Interval], book: ShiftBook, now: datetime) -> PersonNow:
    today = now.astimezone(person.zone).date()
    expected = _current_shift(person, book, today, now)
    late = lateness(intervals, expected)
    last = intervals[-1] if intervals else None
    if last is not None and last.running:
        return PersonNow(person, State.IN, last.start, late, expected)
    here = came(intervals, expected) if expected else []
    today_only = [interval for interval in intervals if interval.day == today]
    if last is not None and (here or today_only):
        # With a forgotten check-out nobody knows when they left, only that they were here.
        return PersonNow(person, State.OUT, last.end, late, expected)
    return PersonNow(person, waiting(expected, now), None, late, expected)


def _current_shift(person: Employee, book: ShiftBook, today: date, now: datetime) -> Expected | None:
    """Last night's shift until it ends, then today's."""
    overnight = book.expected(person, today - timedelta(days=1))
    if overnight is not None and now <= overnight.end:
        return overnight
    return book.expected(person, today)
