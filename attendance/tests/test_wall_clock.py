"""Which instants times on a wall clock may mean, by the order in which they were written down."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from attendance.rules.wall_clock import times_meant

MADRID = ZoneInfo("Europe/Madrid")
NEW_YORK = ZoneInfo("America/New_York")


def meant(zone: ZoneInfo, *shown: str) -> list[str]:
    """The instants of each time in UTC, with a bar between those that the order leaves open."""
    found = times_meant([datetime.fromisoformat(text) for text in shown], zone)
    return ["|".join(f"{one:%H:%M}" for one in several) for several in found]


@pytest.mark.parametrize(
    ("shown", "instants"),
    [
        (
            ["2026-10-24 22:00", "2026-10-25 02:30", "2026-10-25 02:15", "2026-10-25 06:00"],
            ["20:00", "00:30", "01:15", "05:00"],
        ),
        (
            ["2026-10-25 06:00", "2026-10-25 02:15", "2026-10-25 02:30", "2026-10-24 22:00"],
            ["05:00", "01:15", "00:30", "20:00"],
        ),
        (["2026-10-24 22:00", "2026-10-25 02:30", "2026-10-25 06:00"], ["20:00", "00:30|01:30", "05:00"]),
        (["2026-10-25 02:15", "2026-10-25 02:30"], ["00:15|01:15", "00:30|01:30"]),
        (["2026-10-25 02:30"], ["00:30|01:30"]),
        (["2026-10-25 02:40", "2026-10-25 02:20", "2026-10-25 02:50"], ["00:40", "01:20", "01:50"]),
        (["2026-03-29 02:30"], [""]),
        (["2026-11-01 08:00", "2026-11-01 17:00"], ["07:00", "16:00"]),
    ],
)
def test_the_order_tells_or_both_are_left(shown: list[str], instants: list[str]) -> None:
    assert meant(MADRID, *shown) == instants


def test_another_zone_has_another_hour_that_comes_twice() -> None:
    assert meant(NEW_YORK, "2026-11-01 00:30", "2026-11-01 01:30", "2026-11-01 01:10") == ["04:30", "05:30", "06:10"]
