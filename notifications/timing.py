"""When a message is due: at once or at the hour of the day's message, and never in somebody's quiet hours. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Timing:
    """What somebody chose, on the clock of their place; ``digest_hour`` None: at once."""

    zone: ZoneInfo
    digest_hour: int | None = None
    quiet_from: time | None = None
    quiet_to: time | None = None


def due(now: datetime, timing: Timing) -> datetime:
    """The moment from which a message about something that happens ``now`` may be sent."""
    return after_quiet(now if timing.digest_hour is None else _next_hour(now, timing), timing)


def after_quiet(moment: datetime, timing: Timing) -> datetime:
    """The moment itself, or the end of the quiet hours in which it lies."""
    begins, ends = timing.quiet_from, timing.quiet_to
    if begins is None or ends is None or begins == ends:
        return moment
    local = moment.astimezone(timing.zone)
    clock = local.time().replace(tzinfo=None)
    through_midnight = begins > ends
    inside = clock >= begins or clock < ends if through_midnight else begins <= clock < ends
    if not inside:
        return moment
    day = local.date() + DAY if through_midnight and clock >= begins else local.date()
    # In the hour that a clock has twice, its second run may end before the moment: then it is over.
    return max(moment, _instant(datetime.combine(day, ends), timing.zone))


def _next_hour(now: datetime, timing: Timing) -> datetime:
    assert timing.digest_hour is not None
    local = now.astimezone(timing.zone)
    at = time(timing.digest_hour)
    today = _instant(datetime.combine(local.date(), at), timing.zone)
    return today if today > now else _instant(datetime.combine(local.date() + DAY, at), timing.zone)


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)
