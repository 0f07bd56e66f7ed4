"""The days of a week as people write them: numbers, names in three languages, and from one to another."""

from __future__ import annotations

import re

from common.spreadsheets import fold

WEEK = ("mon lun seg", "tue mar ter", "wed mie qua", "thu jue qui", "fri vie sex", "sat sab", "sun dom")
_DAYS = {name: number for number, names in enumerate(WEEK) for name in names.split()}
_TOKEN = re.compile(r"[^\W_]+|[-–—]")
_AND, _UNTIL = {"y", "e", "and"}, {"", "a", "al", "to", "ate"}


def read_weekdays(text: str) -> list[int]:
    """The days from 0, Monday, to 6; ``Mon-Fri`` and ``lunes a viernes`` are those between as well.

    Raises ``ValueError``.
    """
    days: set[int] = set()
    begin: int | None = None
    until = False
    for token in _TOKEN.findall(text):
        word = fold(token)
        if word in _AND:
            continue
        if word in _UNTIL:
            if begin is None or until:
                raise ValueError(text)
            until = True
            continue
        day = int(word) if word in set("0123456") else _DAYS.get(word[:3])
        if day is None:
            raise ValueError(text)
        first = begin if until and begin is not None else day
        days |= {(first + step) % 7 for step in range((day - first) % 7 + 1)}
        # What one range ends with begins no other: lun-mié-vie may be three days.
        begin, until = None if until else day, False
    if until:
        raise ValueError(text)
    return sorted(days)
