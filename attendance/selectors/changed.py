"""Which days a change of punches changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from attendance.invalidation import REACH
from attendance.models import ClockEvent
from attendance.rules.calculate import calculate
from attendance.rules.worked import Punch
from attendance.selectors.plans import PlanBook, punches_for
from employees.employment import history
from employees.models import Employee

Worked = Mapping[date, tuple[int, int]]
"""Days that change, with the seconds worked before and after."""


def days_changed(*, employee: Employee, without: Iterable[str] = (), added: Iterable[Punch] = ()) -> Worked:
    """The days whose result changes when the punches with these keys go and these come."""
    gone, new = set(without), list(added)
    first, last = _window(employee, gone, new)
    punches = punches_for([employee], first, last).get(employee.pk, [])
    book = PlanBook([employee], first, last)
    before = calculate(book.of(employee), punches, first=first, last=last, explain=False)
    kept = [one for one in punches if one.key not in gone] + new
    after = calculate(book.of(employee), kept, first=first, last=last, explain=False)
    return {
        old.figures.day: (old.figures.worked, changed.figures.worked)
        for old, changed in zip(before, after, strict=True)
        if (old.figures, old.intervals) != (changed.figures, changed.intervals)
    }


def _window(employee: Employee, gone: set[str], new: list[Punch]) -> tuple[date, date]:
    moments: list[datetime] = [one.at for one in new]
    moments += ClockEvent.objects.filter(pk__in=gone).values_list("at", flat=True)
    known = history(employee)
    days = [known.local_day(one) for one in moments]
    return min(days) - REACH, max(days) + REACH + timedelta(days=1)
