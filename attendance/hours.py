"""Spans as people write them: hours and minutes with a colon, and with seconds where the sums have to agree."""

from __future__ import annotations

import re
from datetime import timedelta

_TYPED = re.compile(r"(\d{1,3}):([0-5]\d)")


def hours_and_minutes(span: timedelta) -> str:
    """``26:05`` for a day, two hours and five minutes, without its seconds; ``-0:30`` for half an hour that is owed."""
    seconds = int(span.total_seconds())
    minutes = abs(seconds) // 60
    return f"{'-' if seconds < 0 and minutes else ''}{minutes // 60}:{minutes % 60:02d}"


def to_the_second(span: timedelta, *, always: bool = True) -> str:
    """``26:05:30``; without ``always`` whole minutes are written as ``hours_and_minutes`` writes them."""
    seconds = int(span.total_seconds())
    if not always and seconds % 60 == 0:
        return hours_and_minutes(span)
    minutes, rest = divmod(abs(seconds), 60)
    return f"{'-' if seconds < 0 else ''}{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def minutes_typed(text: str) -> int:
    """``6:30`` as 390; raises ValueError for anything else."""
    found = _TYPED.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return int(found[1]) * 60 + int(found[2])
