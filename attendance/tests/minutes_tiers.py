"""Tiers by what the wall shows in each minute, for ``attendance.tests.minutes_day``."""

from __future__ import annotations

from attendance.tests.minutes import Clock, World


class ClockTiers:
    """R20; ``planned`` are the minutes of all shifts but those on call."""

    def __init__(self, world: World, clock: Clock, planned: set[int]) -> None:
        self.world, self.clock, self.planned = world, clock, planned

    def of(self, line: list[int], worked: int) -> tuple[dict[int, int], dict[int, int], list[int], int]:
        """R20: minutes by tier, by what is paid beside, and the tiers of the minutes that count towards the week.

        Last, how many have their tier by the day's rule alone, where that holds for some hours of the week (R21).
        """
        named = {scope for scope, _after, _tier, _beside in self.world.tiers if scope != "day"}
        marked = [self._marks(minute) & named if named else set[str]() for minute in line]
        lacking = len(marked) - worked
        while lacking > 0:
            first = next((number for number, marks in enumerate(marked) if not marks), 0)
            del marked[first]
            lacking -= 1
        marked = [set[str]() for _minute in range(-lacking)] + marked
        passed: dict[str, int] = {}
        overtime: dict[int, int] = {}
        surcharges: dict[int, int] = {}
        counting: list[int] = []
        limited = 0
        for marks in marked:
            active = [
                (scope, tier, beside)
                for scope, after, tier, beside in self.world.tiers
                if (scope == "day" or scope in marks) and passed.get(scope, 0) >= after
            ]
            tiers = [(tier, scope) for scope, tier, beside in active if not beside]
            best = max((tier for tier, _scope in tiers), default=0)
            if best:
                overtime[best] = overtime.get(best, 0) + 1
                scopes = {scope for tier, scope in tiers if tier == best}
                limited += scopes == {"day"} and self.world.limit is not None and self.world.limit[0] == best
            if all(scope == "night" for _tier, scope in tiers):
                counting.append(best)
            for name in {scope for scope, _tier, beside in active if beside}:
                dearest = max(tier for scope, tier, beside in active if beside and scope == name)
                surcharges[dearest] = surcharges.get(dearest, 0) + 1
            for scope in {"day", *marks}:
                passed[scope] = passed.get(scope, 0) + 1
        return overtime, surcharges, counting, limited

    def _marks(self, minute: int) -> set[str]:
        """What the wall shows in that minute."""
        wall = self.clock.wall(minute)
        day = wall.date()
        found = set()
        if wall.hour >= 22 or wall.hour < 6:
            found.add("night")
        if day in self.world.holidays:
            found.add("holiday")
        if day.weekday() == 6:
            found.add("sunday")
        if day.weekday() >= 5:
            found.add("weekend")
        works = any(shift.kind != "on_call" for shift in self.world.shifts.get(day, ()))
        if self.world.rest_by_pattern:
            nobody_knows = day in self.world.gap or day in self.world.unassigned
            if not works and not nobody_knows and minute not in self.planned:
                found.add("rest_day")
        elif day.weekday() == 6:
            found.add("rest_day")
        return found
