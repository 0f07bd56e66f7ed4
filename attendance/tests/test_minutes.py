"""Random months, counted by the rules and once more on a line of minutes: no difference.

100 months by default; ``PRESENTE_MONTHS=10000`` counts as many as one asks for.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from attendance.rules import shapes
from attendance.rules.calculate import calculate
from attendance.rules.overtime import period
from attendance.rules.worked import Punch
from attendance.tests import minutes
from attendance.tests.minutes import Shift, World

MONTHS = int(os.environ.get("PRESENTE_MONTHS", "100"))
PARTS = 4
ZONES = ("Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC")
# Months with the changes of the clocks among them, a leap February, and a year's end.
STARTS = [date(2026, month, 1) for month in range(1, 13)] + [date(2028, 2, 1), date(2026, 12, 15)]
KINDS: list[tuple[Shift, ...]] = [
    (Shift("fixed", [(540, 1020)], grace=5),),
    (Shift("fixed", [(1320, 1800)], grace=5, grace_out=10),),
    (Shift("fixed", [(840, 1320)]), Shift("fixed", [(360, 840)])),
    (Shift("fixed", [(600, 840), (1020, 1260)], grace=5, before=60, after=120),),
    (Shift("flexible", [(420, 1200)], core=(600, 900), target=480),),
    (Shift("open", target=450),),
    (Shift("fixed", [(0, 480)], before=30, after=30),),
    (Shift("fixed", [(1320, 1800)]), Shift("fixed", [(540, 1020)]), Shift("flexible", [(360, 1140)], target=420)),
]
FIGURES = (
    "status", "planned", "required", "worked", "taken_break", "paid_break", "auto_break", "night", "on_holiday", "late",
    "early", "absent", "missing_in", "missing_out", "short_rest",
)  # fmt: skip
COUNTS = ("missing_in", "missing_out")


def random_world(chance: Random) -> tuple[World, date, date]:
    """A person's month: mostly plausible, sometimes not at all."""
    first = chance.choice(STARTS)
    last = first + timedelta(days=chance.randint(20, 30))
    kinds, weekdays = chance.choice(KINDS), set(chance.sample(range(7), chance.randint(3, 7)))
    days = [first + timedelta(days=number) for number in range(-8, (last - first).days + 6)]
    shifts = {day: chance.choice(kinds) for day in days if day.weekday() in weekdays}
    world = World(
        zone=chance.choice(ZONES),
        shifts=shifts,
        holidays=set(chance.sample(days, chance.choice((0, 1, 3)))),
        leave={day: chance.choice(("whole", "first", "second")) for day in chance.sample(days, chance.choice((0, 2)))},
        breaks=chance.choice(([], [(360, 30)], [(360, 30), (540, 45)])),
        paid=chance.choice((0, 15)),
        round_in=(chance.choice((0, 0, 5, 15)), chance.choice(("nearest", "up", "down"))),
        round_out=(chance.choice((0, 0, 5, 15)), chance.choice(("nearest", "up", "down"))),
        count_before=chance.random() < 0.7,
        count_after=chance.random() < 0.7,
        daily=chance.choice(([], [(480, 150)], [(480, 150), (720, 200)])),
        weekly=chance.choice((None, (2400, 125))),
        rest=chance.choice((0, 660)),
        first_last=chance.random() < 0.3,
        punches=[],
    )
    undirected = chance.random() < 0.25
    for day in days:
        world.punches += _punches(chance, world, day, undirected)
    return world, first, last


def _punches(chance: Random, world: World, day: date, undirected: bool) -> list[tuple[datetime, str]]:
    if chance.random() < (0.08 if day in world.shifts else 0.8):
        return []
    blocks = world.shifts[day].blocks if day in world.shifts else []
    begin, end = (blocks[0][0], blocks[-1][1]) if blocks else (chance.randint(300, 1000), chance.randint(1010, 1500))
    moments = [begin + chance.randint(-40, 40), end + chance.randint(-60, 60)]
    if chance.random() < 0.6:
        lunch = (begin + end) // 2 + chance.randint(-60, 60)
        moments[1:1] = [lunch, lunch + chance.randint(1, 70)]
    if chance.random() < 0.05:
        moments += [chance.randint(0, 1440) for _one in range(chance.randint(1, 4))]
    ways = ["out" if number % 2 else "in" for number in range(len(moments))]
    found = []
    midnight = datetime.combine(day, time(), ZoneInfo(world.zone)).astimezone(UTC)
    for moment, way in zip(moments, ways, strict=True):
        if chance.random() < 0.04:
            continue
        if chance.random() < 0.02:
            way = chance.choice(("in", "out", "any"))
        at = midnight + timedelta(minutes=moment)
        found.append((at, "any" if undirected and chance.random() < 0.9 else way))
        if chance.random() < 0.03:
            found.append((at + timedelta(minutes=chance.choice((0, 1, 2))), way))
    return found


def as_rules(world: World) -> tuple[shapes.Policy, dict[date, tuple[shapes.ShiftPlan, ...]]]:
    """The same month as the rules are told of it."""
    tiers = [shapes.OvertimeRule(shapes.Scope.DAY, after * 60, tier) for after, tier in world.daily]
    if world.weekly:
        tiers.append(shapes.OvertimeRule(shapes.Scope.WEEK, world.weekly[0] * 60, world.weekly[1]))
    policy = shapes.Policy(
        round_in=shapes.Rounding(world.round_in[0] * 60, shapes.Direction(world.round_in[1])),
        round_out=shapes.Rounding(world.round_out[0] * 60, shapes.Direction(world.round_out[1])),
        breaks=tuple(shapes.BreakRule(after * 60, length * 60) for after, length in world.breaks),
        paid_break=world.paid * 60,
        count_before=world.count_before,
        count_after=world.count_after,
        overtime=tuple(tiers),
        rest=world.rest * 60,
        undirected=shapes.Undirected.FIRST_LAST if world.first_last else shapes.Undirected.ALTERNATING,
    )
    return policy, {day: (_shift(one),) for day, one in world.shifts.items()}


def _shift(one: Shift) -> shapes.ShiftPlan:
    blocks = tuple(shapes.Block(_time(a), _time(b)) for a, b in one.blocks)
    core = shapes.Block(_time(one.core[0]), _time(one.core[1])) if one.core else None
    return shapes.ShiftPlan(
        "", shapes.Kind(one.kind), blocks, target=one.target * 60, core=core, grace_in=one.grace * 60,
        grace_out=one.grace_out * 60, before=one.before * 60, after=one.after * 60,
    )  # fmt: skip


def _time(minute: int) -> time:
    return time(minute // 60 % 24, minute % 60)


def differences(seed: str) -> list[str]:
    """What the two ways disagree about in the month of that seed."""
    chance = Random(seed)
    world, first, last = random_world(chance)
    policy, shifts = as_rules(world)

    def plan(day: date) -> shapes.DayPlan:
        half = world.leave.get(day)
        return shapes.DayPlan(
            day, ZoneInfo(world.zone), policy, shifts.get(day, ()), "holiday" if day in world.holidays else "",
            (shapes.Absence("leave", shapes.Half(half)),) if half else (),
        )  # fmt: skip

    punches = [Punch(at, world.zone, way, str(number)) for number, (at, way) in enumerate(world.punches)]
    begin = first - timedelta(days=first.weekday())
    results = calculate(plan, punches, first=begin, last=last)
    rows = minutes.count(world, first, last)
    found = []
    for result in results:
        figures = result.figures
        if figures.day < first:
            continue
        for name in FIGURES:
            value = getattr(figures, name)
            mine = str(value.value) if name == "status" else value if name in COUNTS else value / 60
            if mine != rows[figures.day][name]:
                found.append(f"{seed} {figures.day} {name}: {mine}, by minutes {rows[figures.day][name]}")
        if sum(figures.overtime.values()) / 60 != rows[figures.day]["overtime"]:
            found.append(
                f"{seed} {figures.day} overtime: {figures.overtime}, by minutes {rows[figures.day]['overtime']}"
            )
    whole = period([one.figures for one in results], lambda day: policy, first=first, last=last)
    weekly = whole.overtime_total - sum(sum(one.figures.overtime.values()) for one in whole.days)
    if weekly / 60 != minutes.week_overtime(world, rows, first, last):
        found.append(f"{seed} weekly: {weekly / 60}, by minutes {minutes.week_overtime(world, rows, first, last)}")
    return found


@pytest.mark.parametrize("part", range(PARTS))
def test_random_months_are_counted_the_same_on_a_line_of_minutes(part: int) -> None:
    found = [line for number in range(part, MONTHS, PARTS) for line in differences(f"month-{number}")]
    assert found[:10] == []
