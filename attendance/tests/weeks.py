"""Overtime of weeks, counted from the minutes of each day: the second half of ``attendance.tests.minutes``."""

from __future__ import annotations

from datetime import date

from attendance.tests.minutes import Row, World


def week_tiers(world: World, rows: dict[date, Row], first: date, last: date) -> dict[date, dict[int, int]]:
    """Each day's minutes by tier with what the week adds (R21)."""
    found: dict[date, dict[int, int]] = {}
    behind, limited = 0, 0
    for day in sorted(rows):
        if day.weekday() == 0:
            behind = limited = 0
        row = rows[day]
        overtime, counting = row["overtime"], row["tiers"]
        assert isinstance(overtime, dict)
        assert isinstance(counting, list)
        tiers: dict[int, int] = dict(overtime)
        minutes = sorted(counting)
        given, by_limit = 0, row["limited"]
        assert isinstance(by_limit, int)
        for after, tier in sorted(world.weekly, reverse=True):
            beyond = min(len(minutes), max(0, behind + len(minutes) - after))
            for _minute in range(beyond - given):
                if minutes[0] >= tier:
                    break
                if minutes[0]:
                    tiers[minutes[0]] -= 1
                tiers[tier] = tiers.get(tier, 0) + 1
                by_limit += world.limit is not None and world.limit[0] == tier
                minutes = sorted([*minutes[1:], tier])
            given = max(given, beyond)
        behind += len(minutes)
        if world.limit is not None:
            tier, most, then = world.limit
            over = min(by_limit, max(0, limited + by_limit - most))
            limited += by_limit
            if over:
                tiers[tier] -= over
                tiers[then] = tiers.get(then, 0) + over
        found[day] = {tier: amount for tier, amount in tiers.items() if amount}
    return {day: tiers for day, tiers in found.items() if first <= day <= last}
