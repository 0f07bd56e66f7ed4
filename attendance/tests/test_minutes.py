"""Random months, counted by the rules and once more on a line of minutes: no difference.

100 months by default; ``PRESENTE_MONTHS=10000`` counts as many as one asks for.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from attendance.rules import policy as policies
from attendance.rules import shapes
from attendance.rules.calculate import calculate
from attendance.rules.overtime import period
from attendance.rules.worked import Punch
from attendance.tests.minutes import Shift, World
from attendance.tests.minutes_day import count
from attendance.tests.weeks import week_tiers

MONTHS = int(os.environ.get("PRESENTE_MONTHS", "100"))
PARTS = 4
ZONES = ("Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC")
# Months with the changes of the clocks among them, a leap February, and a year's end.
STARTS = [date(2026, month, 1) for month in range(1, 13)] + [date(2028, 2, 1), date(2026, 12, 15)]
MORNING, AFTERNOON = Shift("fixed", [(360, 840)]), Shift("fixed", [(840, 1320)], grace=5)
NIGHT = Shift("fixed", [(1320, 1800)], grace=5, grace_out=10)
GUARD = Shift("fixed", [(480, 1920)])
PAUSE = Shift("fixed", [(540, 1080)], grace=5, pause=60)
ON_CALL = Shift("on_call", [(1020, 1920)], call_out=120)
OFFICE = Shift("fixed", [(540, 1020)], grace=5)
# What a day may have: one shift, several that follow each other, or several that do not.
KINDS: list[tuple[list[Shift], ...]] = [
    ([OFFICE],),
    ([NIGHT],),
    ([AFTERNOON], [MORNING]),
    ([Shift("fixed", [(600, 840), (1020, 1260)], grace=5, before=60, after=120)],),
    ([Shift("flexible", [(420, 1200)], core=(600, 900), target=480)],),
    ([Shift("open", target=450)],),
    ([Shift("fixed", [(0, 480)], before=30, after=30)],),
    ([NIGHT], [OFFICE], [Shift("flexible", [(360, 1140)], target=420)]),
    ([MORNING, AFTERNOON],),
    ([MORNING, AFTERNOON], [MORNING], [AFTERNOON], [NIGHT], [AFTERNOON, NIGHT]),
    ([GUARD],),
    ([PAUSE], [Shift("fixed", [(1320, 1800)], pause=30)]),
    ([PAUSE, ON_CALL], [ON_CALL], [OFFICE]),
    ([Shift("fixed", [(360, 600)], before=60, after=60), Shift("fixed", [(1080, 1320)], before=60, after=60)],),
    ([Shift("fixed", [(540, 780)]), Shift("fixed", [(960, 1200)])], [OFFICE, Shift("open", target=60)]),
]
TIERS: list[list[tuple[str, int, int, bool]]] = [
    [],
    [("day", 480, 150, False)],
    [("day", 480, 150, False), ("day", 720, 200, False)],
    [("holiday", 0, 200, False), ("weekend", 0, 150, False)],
    [("holiday", 0, 200, False), ("day", 480, 150, False), ("night", 0, 125, False)],
    [("sunday", 0, 200, False), ("night", 0, 25, True), ("day", 540, 125, False)],
    [("weekend", 0, 150, False), ("weekend", 360, 200, False), ("night", 60, 160, False)],
    [("rest_day", 0, 175, False), ("night", 0, 20, True), ("night", 240, 30, True), ("sunday", 0, 25, True)],
    [("night", 0, 130, False)],
    [("rest_day", 0, 125, False), ("day", 480, 125, False), ("holiday", 0, 150, False)],
    [("sunday", 0, 150, False), ("day", 480, 150, False), ("night", 0, 20, True)],
]
FIGURES = (
    "status",
    "planned",
    "required",
    "leave",
    "worked",
    "taken_break",
    "paid_break",
    "auto_break",
    "night",
    "sunday",
    "on_holiday",
    "on_call",
    "call_out",
    "late",
    "early",
    "absent",
    "missing_in",
    "missing_out",
    "short_rest",
)
COUNTS = ("missing_in", "missing_out")


def random_world(chance: Random) -> tuple[World, date, date]:
    """A person's month: mostly plausible, sometimes not at all."""
    first = chance.choice(STARTS)
    last = first + timedelta(days=chance.randint(20, 30))
    kinds, weekdays = chance.choice(KINDS), set(chance.sample(range(7), chance.randint(3, 7)))
    days = [first + timedelta(days=number) for number in range(-14, (last - first).days + 7)]
    shifts = {day: chance.choice(kinds) for day in days if day.weekday() in weekdays}
    world = World(
        zone=chance.choice(ZONES),
        shifts=shifts,
        holidays=set(chance.sample(days, chance.choice((0, 1, 3)))),
        leave={day: chance.choice(("whole", "first", "second")) for day in chance.sample(days, chance.choice((0, 2)))},
        breaks=chance.choice(([], [(360, 30, 0)], [(360, 30, 15), (540, 45, 15)])),
        paid=chance.choice((0, 15)),
        short=chance.choice((0, 0, 10)),
        round_in=(chance.choice((0, 0, 5, 15)), chance.choice(("nearest", "up", "down"))),
        round_out=(chance.choice((0, 0, 5, 15)), chance.choice(("nearest", "up", "down"))),
        tolerance=chance.choice(((0, 0), (0, 0), (5, 10), (10, 30))),
        count_before=chance.random() < 0.7,
        count_after=chance.random() < 0.7,
        tiers=chance.choice(TIERS),
        weekly=chance.choice(([], [(2400, 125)], [(2400, 125), (2880, 150)])),
        limit=None,
        rest=chance.choice((0, 660)),
        rest_by_pattern=chance.random() < 0.5,
        first_last=chance.random() < 0.3,
        punches=[],
    )
    if chance.random() < 0.3:
        # Hired later, left earlier, or away for some days between two employments.
        begin = chance.randrange(len(days))
        world.gap = set(days[begin : begin + chance.randint(1, 20)])
        world.shifts = {day: several for day, several in shifts.items() if day not in world.gap}
    if chance.random() < 0.1:
        # Shifts were assigned later, or not at all.
        begin = chance.choice((0, 0, 10))
        world.unassigned = set(days[begin : begin + chance.choice((7, 14, 60))])
        world.shifts = {day: several for day, several in world.shifts.items() if day not in world.unassigned}
    stepped = [tier for _after, tier in world.weekly]
    stepped += [tier for scope, _after, tier, _beside in world.tiers if scope == "day"]
    if stepped and chance.random() < 0.5:
        world.limit = (chance.choice(stepped), 240, 300)
    undirected = chance.random() < 0.25
    for day in days:
        if day in world.gap:
            continue
        world.punches += _punches(chance, world, day, undirected)
    return world, first, last


def _punches(chance: Random, world: World, day: date, undirected: bool) -> list[tuple[datetime, str]]:
    if chance.random() < (0.08 if day in world.shifts else 0.8):
        return []
    blocks = [shift.blocks for shift in world.shifts.get(day, ()) if shift.blocks and shift.kind != "on_call"]
    spans = [(one[0][0], one[-1][1]) for one in blocks] or [(chance.randint(300, 1000), chance.randint(1010, 1500))]
    if len(spans) > 1 and chance.random() < 0.3:
        # Both shifts punched once.
        spans = [(spans[0][0], spans[-1][1])]
    if chance.random() < 0.05:
        # Stays for somebody who did not come.
        spans[-1] = (spans[-1][0], spans[-1][1] + chance.randint(100, 1000))
    if any(shift.kind == "on_call" for shift in world.shifts.get(day, ())) and chance.random() < 0.5:
        called = chance.randint(1100, 1800)
        spans.append((called, called + chance.randint(5, 200)))
    moments = []
    for begin, end in spans:
        near = chance.choice((4, 10, 40))
        ends = [begin + chance.randint(-near, near), end + chance.randint(-near, near)]
        if chance.random() < 0.6:
            lunch = (begin + end) // 2 + chance.randint(-60, 60)
            ends[1:1] = [lunch, lunch + chance.randint(1, 70)]
        moments += ends
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


def as_rules(world: World) -> tuple[policies.Policy, dict[date, tuple[shapes.ShiftPlan, ...]]]:
    """The same month as the rules are told of it."""
    tiers = [
        policies.OvertimeRule(policies.Scope(scope), after * 60, tier, beside=beside)
        for scope, after, tier, beside in world.tiers
    ]
    limit, most, beyond = world.limit or (0, 0, 0)
    for after, tier in world.weekly:
        tiers.append(policies.OvertimeRule(policies.Scope.WEEK, after * 60, tier))
    for number, rule in enumerate(tiers):
        if rule.tier == limit and rule.scope in (policies.Scope.DAY, policies.Scope.WEEK):
            tiers[number] = replace(rule, limit=most * 60, beyond=beyond)
    policy = policies.Policy(
        round_in=policies.Rounding(world.round_in[0] * 60, policies.Direction(world.round_in[1])),
        round_out=policies.Rounding(world.round_out[0] * 60, policies.Direction(world.round_out[1])),
        breaks=tuple(policies.BreakRule(after * 60, length * 60, least * 60) for after, length, least in world.breaks),
        paid_break=world.paid * 60,
        short_break=world.short * 60,
        tolerance=policies.Tolerance(world.tolerance[0] * 60, world.tolerance[1] * 60),
        count_before=world.count_before,
        count_after=world.count_after,
        overtime=tuple(tiers),
        rest=world.rest * 60,
        rest_by_pattern=world.rest_by_pattern,
        rest_days=frozenset() if world.rest_by_pattern else frozenset({6}),
        undirected=policies.Undirected.FIRST_LAST if world.first_last else policies.Undirected.ALTERNATING,
    )
    return policy, {day: tuple(_shift(one) for one in several) for day, several in world.shifts.items()}


def _shift(one: Shift) -> shapes.ShiftPlan:
    blocks = tuple(policies.Block(_time(a), _time(b)) for a, b in one.blocks)
    core = policies.Block(_time(one.core[0]), _time(one.core[1])) if one.core else None
    return shapes.ShiftPlan(
        "",
        shapes.Kind(one.kind),
        blocks,
        target=one.target * 60,
        core=core,
        grace_in=one.grace * 60,
        grace_out=one.grace_out * 60,
        before=one.before * 60,
        after=one.after * 60,
        pause=one.pause * 60,
        call_out=one.call_out * 60,
    )


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
            day,
            ZoneInfo(world.zone),
            policy,
            shifts.get(day, ()),
            "holiday" if day in world.holidays else "",
            (shapes.Absence("leave", shapes.Half(half)),) if half else (),
            employed=day not in world.gap,
            pattern=day not in world.gap and day not in world.unassigned,
        )

    punches = [Punch(at, world.zone, way, str(number)) for number, (at, way) in enumerate(world.punches)]
    begin = first - timedelta(days=first.weekday())
    results = calculate(plan, punches, first=begin, last=last)
    rows = count(world, first, last)
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
        for name in ("overtime", "surcharges"):
            mine = {tier: amount / 60 for tier, amount in getattr(figures, name).items()}
            if mine != rows[figures.day][name]:
                found.append(f"{seed} {figures.day} {name}: {mine}, by minutes {rows[figures.day][name]}")
    whole = period([one.figures for one in results], lambda day: policy, first=first, last=last)
    weekly = week_tiers(world, rows, first, last)
    for one in whole.days:
        mine = {tier: amount / 60 for tier, amount in one.overtime.items()}
        if mine != weekly[one.figures.day]:
            found.append(f"{seed} {one.figures.day} week: {mine}, by minutes {weekly[one.figures.day]}")
    return found


@pytest.mark.parametrize("part", range(PARTS))
def test_random_months_are_counted_the_same_on_a_line_of_minutes(part: int) -> None:
    found = [line for number in range(part, MONTHS, PARTS) for line in differences(f"month-{number}")]
    assert found[:10] == []
