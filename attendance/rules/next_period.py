"""Which days the period after another one has, as whoever makes it would choose them."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

HALF = 15


def next_days(first: date, last: date) -> tuple[date, date]:
    """The first and last day of what follows ``first`` to ``last``.

    A month is followed by a month, from whatever day it counts; half a month by the other half; anything else by as
    many days again.
    """
    begin = last + timedelta(days=1)
    if last == _month_from(first):
        return begin, _month_from(begin)
    if (first.day, last.day) == (1, HALF) or (first.day == HALF + 1 and begin.day == 1):
        return begin, begin.replace(day=HALF) if begin.day == 1 else _month_from(begin.replace(day=1))
    return begin, begin + (last - first)


def _month_from(first: date) -> date:
    """The last day of the month that counts from this one; where the next is shorter, its last one."""
    ends = calendar.monthrange(first.year, first.month)[1]
    if first.day == 1:
        return first.replace(day=ends)
    after = first.replace(day=1) + timedelta(days=ends)
    return after.replace(day=min(first.day - 1, calendar.monthrange(after.year, after.month)[1]))
