"""Figures as the scenarios and their page write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from attendance.rules.shapes import Figures, PeriodResult

COUNTS = ("missing_in", "missing_out")


def span_words(seconds: int) -> str:
    """``-1:30`` for an hour and a half that is lacking; seconds only where there are any."""
    sign, rest = ("-", -seconds) if seconds < 0 else ("", seconds)
    text = f"{sign}{rest // 3600}:{rest % 3600 // 60:02}"
    return f"{text}:{rest % 60:02}" if rest % 60 else text


def overtime_words(tiers: Mapping[int, int]) -> str:
    return ", ".join(f"{tier}: {span_words(seconds)}" for tier, seconds in sorted(tiers.items()))


def value_words(figures: Figures, name: str, zone: ZoneInfo) -> str:
    """One figure of a day."""
    value: Any = getattr(figures, name)
    if name in COUNTS:
        return str(value)
    if name in ("overtime", "surcharges"):
        return overtime_words(value)
    if name == "flags":
        return ", ".join(f"{key.replace('_', ' ')} {span_words(amount)}" for key, amount in sorted(value.items()))
    if name == "allowances":
        return ", ".join(f"{key}: {units}" for key, units in sorted(value.items()))
    if isinstance(value, datetime):
        local = value.astimezone(zone)
        return f"{local.hour}:{local.minute:02}"
    return str(value) if isinstance(value, str) else span_words(int(value))


def total_words(result: PeriodResult, name: str) -> str:
    """One figure of a period."""
    if name in ("overtime", "surcharges"):
        return overtime_words(result.overtime if name == "overtime" else result.surcharges)
    if name == "ordinary":
        return span_words(result.ordinary)
    if name == "flags":
        return ", ".join(f"{key.replace('_', ' ')} {span_words(amount)}" for key, amount in result.flags.items())
    if name == "allowances":
        return ", ".join(f"{key}: {units}" for key, units in result.allowances.items())
    return span_words(result.total(name))
