"""A policy from the values that a form, a table or a pack of a country's rules writes: minutes, per cent, weekdays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import time
from typing import Any

from attendance.rules.policy import (
    AllowanceRule,
    Average,
    Block,
    BreakRule,
    Cap,
    Counted,
    Direction,
    Over,
    OvertimeRule,
    Policy,
    Rounding,
    Scope,
    Tolerance,
    Undirected,
)

Row = Mapping[str, Any]
DEFAULTS: dict[str, Any] = {
    "name": "",
    "round_in_minutes": 0,
    "round_in": "nearest",
    "round_out_minutes": 0,
    "round_out": "nearest",
    "tolerance_punch_minutes": 0,
    "tolerance_day_minutes": 0,
    "breaks": (),
    "paid_break_minutes": 0,
    "short_break_minutes": 0,
    "longest_break_minutes": 240,
    "count_before": True,
    "count_after": True,
    "night_from": time(22),
    "night_to": time(6),
    "night_hour_seconds": 3600,
    "overtime": (),
    "approve_overtime": False,
    "weekend": (5, 6),
    "rest_days": (6,),
    "rest_by_pattern": False,
    "week_start": 0,
    "rest_minutes": 0,
    "weekly_rest_minutes": 0,
    "longest_day_minutes": 0,
    "longest_week_minutes": 0,
    "caps": (),
    "average_weeks": 0,
    "average_minutes": 0,
    "allowances": (),
    "day_ends_at": time(0),
    "undirected": "alternating",
    "longest_minutes": 16 * 60,
    "longest_planned_minutes": 48 * 60,
}
"""What a policy says where nobody has said anything; the names are those of the table of policies."""


def policy_from(values: Row) -> Policy:
    """The policy as the rules see it. Raises KeyError for a value whose name is unknown, ValueError for a bad one."""
    unknown = values.keys() - DEFAULTS.keys()
    if unknown:
        raise KeyError(", ".join(sorted(unknown)))
    given = DEFAULTS | dict(values)
    night = Block(given["night_from"], given["night_to"])
    average = Average(given["average_weeks"], given["average_minutes"] * 60)
    return Policy(
        name=given["name"],
        round_in=Rounding(given["round_in_minutes"] * 60, Direction(given["round_in"])),
        round_out=Rounding(given["round_out_minutes"] * 60, Direction(given["round_out"])),
        tolerance=Tolerance(given["tolerance_punch_minutes"] * 60, given["tolerance_day_minutes"] * 60),
        breaks=tuple(_break(row) for row in given["breaks"]),
        paid_break=given["paid_break_minutes"] * 60,
        short_break=given["short_break_minutes"] * 60,
        longest_break=given["longest_break_minutes"] * 60,
        count_before=given["count_before"],
        count_after=given["count_after"],
        night=None if night.starts == night.ends else night,
        night_hour=given["night_hour_seconds"],
        overtime=tuple(_overtime(row) for row in given["overtime"]),
        approve_overtime=given["approve_overtime"],
        weekend=_weekdays(given["weekend"]),
        rest_days=_weekdays(given["rest_days"]),
        rest_by_pattern=given["rest_by_pattern"],
        week_start=given["week_start"],
        rest=given["rest_minutes"] * 60,
        weekly_rest=given["weekly_rest_minutes"] * 60,
        longest_day=given["longest_day_minutes"] * 60,
        longest_week=given["longest_week_minutes"] * 60,
        caps=tuple(Cap(Over(row["over"]), row["most"] * 60) for row in given["caps"]),
        average=average if average.weeks and average.most else None,
        allowances=tuple(_allowance(row) for row in given["allowances"]),
        day_cut=given["day_ends_at"],
        undirected=Undirected(given["undirected"]),
        longest=given["longest_minutes"] * 60,
        longest_planned=given["longest_planned_minutes"] * 60,
    )


def _break(row: Row) -> BreakRule:
    return BreakRule(
        after=row["after"] * 60,
        length=row["length"] * 60,
        minimum=row.get("minimum", 0) * 60,
        deadline=row.get("deadline", 0) * 60,
        deducts=row.get("deducts", True),
    )


def _overtime(row: Row) -> OvertimeRule:
    return OvertimeRule(
        scope=Scope(row["scope"]),
        after=row["after"] * 60,
        tier=row["tier"],
        limit=row.get("limit", 0) * 60,
        beyond=row.get("beyond", 0),
        contract=row.get("contract", False),
        beside=row.get("beside", False),
    )


def _allowance(row: Row) -> AllowanceRule:
    least, per = row.get("least", 0) * 60, row.get("per", 0) * 60
    return AllowanceRule(row["code"], Counted(row["figure"]), least, per)


def _weekdays(days: Iterable[int]) -> frozenset[int]:
    return frozenset(int(one) for one in days)
