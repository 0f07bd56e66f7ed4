"""Rounding a punch to the wall clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from attendance.rules.policy import Direction, Rounding


def round_instant(at: datetime, rounding: Rounding, zone: ZoneInfo) -> datetime:
    """The instant (UTC) moved to a whole step of the zone's wall clock; half a step goes up.

    Steps are counted from midnight with the offset that holds at the instant itself.
    """
    if not rounding.step:
        return at
    local = at.astimezone(zone)
    within = local.hour * 3600 + local.minute * 60 + local.second
    over = within % rounding.step
    past = timedelta(seconds=over, microseconds=local.microsecond)
    if not past:
        return at
    up = rounding.direction is Direction.UP or (
        rounding.direction is Direction.NEAREST and 2 * past >= timedelta(seconds=rounding.step)
    )
    return at - past + (timedelta(seconds=rounding.step) if up else timedelta())
