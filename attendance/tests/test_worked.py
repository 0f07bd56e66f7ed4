"""Which direction the next punch most likely has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from attendance.rules.worked import Punch, next_direction

START = datetime(2026, 11, 24, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "hours", "direction"),
    [(None, 0, "in"), ("in", 8, "out"), ("in", 20, "in"), ("out", 9, "in"), ("any", 9, "in")],
)
def test_the_next_direction(last: str | None, hours: int, direction: str) -> None:
    punch = Punch(START, "Europe/Madrid", last) if last else None
    assert next_direction(punch, START + timedelta(hours=hours)) == direction
