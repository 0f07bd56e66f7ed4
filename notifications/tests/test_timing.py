"""When a message is due: quiet hours, the hour of the day's message, clocks that change. Pure functions."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.timing import Timing, after_quiet, due

LA_PAZ = ZoneInfo("America/La_Paz")
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo = LA_PAZ) -> datetime:
    """Of a wall clock in La Paz."""
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=zone)


NIGHT = Timing(LA_PAZ, quiet_from=time(22), quiet_to=time(6))
NOON = Timing(LA_PAZ, quiet_from=time(12), quiet_to=time(14))


@pytest.mark.parametrize(
    ("timing", "now", "expected"),
    [
        (Timing(LA_PAZ), "10 03:00", "10 03:00"),
        (NIGHT, "10 21:59", "10 21:59"),
        (NIGHT, "10 22:00", "11 06:00"),
        (NIGHT, "11 05:59", "11 06:00"),
        (NIGHT, "11 06:00", "11 06:00"),
        (NOON, "10 11:59", "10 11:59"),
        (NOON, "10 12:00", "10 14:00"),
        (NOON, "10 14:00", "10 14:00"),
        (Timing(LA_PAZ, quiet_from=time(8), quiet_to=time(8)), "10 08:00", "10 08:00"),
        (Timing(LA_PAZ, quiet_from=time(8)), "10 09:00", "10 09:00"),
        (Timing(LA_PAZ, 8), "10 07:59", "10 08:00"),
        (Timing(LA_PAZ, 8), "10 08:00", "11 08:00"),
        (Timing(LA_PAZ, 23, time(22), time(6)), "10 12:00", "11 06:00"),
    ],
)
def test_a_message_comes_outside_the_quiet_hours_and_at_the_chosen_hour(
    timing: Timing, now: str, expected: str
) -> None:
    assert due(at(now), timing) == at(expected)


def test_a_night_in_which_the_clock_is_put_forward_ends_in_time() -> None:
    timing = Timing(BERLIN, quiet_from=time(22), quiet_to=time(6))
    assert due(at("28 23:00", BERLIN), timing) == datetime(2026, 3, 29, 4, tzinfo=UTC)


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    begins=st.integers(0, 23),
    ends=st.integers(0, 23),
    digest=st.one_of(st.none(), st.integers(0, 23)),
)
def test_what_is_due_is_never_before_now_nor_more_than_two_days_later_nor_quiet(
    now: datetime, begins: int, ends: int, digest: int | None
) -> None:
    timing = Timing(BERLIN, digest, time(begins), time(ends))
    found = due(now, timing)
    assert 0 <= (found - now).total_seconds() <= 49 * 3600
    assert after_quiet(found, timing) == found
