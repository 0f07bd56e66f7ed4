"""A rule of leave as plain values, as packs write it: amounts as whole numbers or text, no limit as ``unlimited``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from fractions import Fraction
from typing import Any

from leave.rules.shapes import Counts, Grant, Leaving, Prorata, Rounding, Rule, Seniority, Step, Unit

UNLIMITED = "unlimited"


def amount_from(value: Any) -> Fraction:
    """``15`` or ``"2.5"``; raises ValueError for a float, which is no exact amount, and for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"{value!r} is no exact amount; write 15 or '2.5'")
    return Fraction(value)


def limit_from(value: Any) -> Fraction | None:
    """An amount, or None for ``unlimited``."""
    return None if value == UNLIMITED else amount_from(value)


def rule_from(values: Mapping[str, Any]) -> Rule:
    """Raises ValueError for a name that no rule has, or a value that it cannot hold."""
    known = {one.name for one in fields(Rule)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ValueError(f"no rule has {', '.join(unknown)}")
    return Rule(**{name: _READ.get(name, lambda value: value)(value) for name, value in values.items()})


def _steps(rows: Any) -> tuple[Step, ...]:
    found = tuple(Step(int(row["after"]), amount_from(row["amount"])) for row in rows)
    if len({one.after for one in found}) != len(found):
        raise ValueError("two steps begin after the same years")
    return found


_READ: Mapping[str, Callable[[Any], Any]] = {
    "unit": Unit,
    "grant": Grant,
    "prorata": Prorata,
    "rounding": Rounding,
    "seniority": Seniority,
    "leaving": Leaving,
    "counts": Counts,
    "steps": _steps,
    "carry_most": limit_from,
    "below": limit_from,
    "encash_most": limit_from,
}
