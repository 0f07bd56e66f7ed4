"""Which instant a time means in the hour that comes twice: the one that fits the person's other punches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attendance.models import ClockEvent
from employees.models import Employee


def fitting(moments: Sequence[datetime], *, employee: Employee, direction: str) -> datetime:
    """Of the instants that a punch in this direction may have, in order, the first that leaves the fewest alone.

    A check-in fits behind a check-out and before another one, a check-out behind a check-in.
    """
    return min(moments, key=lambda at: _misfits(employee, direction, at)) if len(moments) > 1 else moments[0]


def _misfits(employee: Employee, direction: str, at: datetime) -> int:
    standing = ClockEvent.objects.standing().filter(employee=employee).order_by("at")
    before, after = standing.filter(at__lte=at).last(), standing.filter(at__gt=at).first()
    return sum(one is not None and one.direction == direction for one in (before, after))
