"""A person's employment as a line of time: each period with the places in it, and the gaps between, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from employees.employment import EVER, History, Placement, history
from employees.models import Employee, EmploymentPeriod, Posting

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stay:
    """Days within a period on which nothing changed; ``posting`` is the move that it begins with, if one did."""

    first: date
    last: date | None
    place: Placement
    manager: str
    posting: Posting | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A period with its stays, newest first; without ``period`` a gap between two."""

    first: date
    last: date | None
    period: EmploymentPeriod | None = None
    stays: Sequence[Stay] = ()


def timeline(employee: Employee) -> list[Stretch]:
    """The whole line; a fixed number of queries."""
    known = history(employee)
    moves = {one.valid_from: one for one in Posting.objects.filter(employee=employee).exclude(valid_from=EVER)}
    keys = {place.manager_id for _since, place in known.placements if place.manager_id}
    managers = {one.pk: one.name for one in Employee.objects.filter(pk__in=keys)}
    found: list[Stretch] = []
    for period in EmploymentPeriod.objects.filter(employee=employee).order_by("hired_on"):
        before = found[-1].last if found else None
        if before is not None and before + DAY < period.hired_on:
            found.append(Stretch(before + DAY, period.hired_on - DAY))
        stays = list(_stays(period, known, moves, managers))
        found.append(Stretch(period.hired_on, period.left_on, period, stays[::-1]))
    return found[::-1]


def _stays(
    period: EmploymentPeriod, known: History, moves: dict[date, Posting], managers: dict[int, str]
) -> Iterator[Stay]:
    starts = [since for since, _place in known.placements]
    for (since, place), following in zip(known.placements, [*starts[1:], None], strict=True):
        first = max(since, period.hired_on)
        ends = [day for day in (following - DAY if following else None, period.left_on) if day is not None]
        last = min(ends, default=None)
        if (last is None or first <= last) and (period.left_on is None or first <= period.left_on):
            manager = managers.get(place.manager_id or 0, "")
            yield Stay(first, last, place, manager, moves.get(since))
