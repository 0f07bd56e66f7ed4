"""Overtime that was moved into leave: by person, day and tier."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from leave.models import LedgerEntry

Moved = dict[int, dict[date, dict[int, int]]]


def moved_overtime(people: Sequence[int], first: date, last: date) -> Moved:
    """Seconds by tier of the days from ``first`` to ``last``; one query."""
    found: Moved = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    rows = LedgerEntry.objects.filter(
        entered=LedgerEntry.Entered.TIME_BANK, employee__in=people, first__lte=last, last__gte=first
    )
    for employee, taken in rows.values_list("employee_id", "taken"):
        for text, tiers in taken.items():
            day = date.fromisoformat(text)
            if first <= day <= last:
                for tier, seconds in tiers.items():
                    found[employee][day][int(tier)] += seconds
    return {key: {day: dict(tiers) for day, tiers in days.items()} for key, days in found.items()}
