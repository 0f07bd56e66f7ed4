"""Four weeks of plausible punches, the same for the same days: pure, from shifts to instants."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKS = 4
SEED = "presente"
LATE = 0.08
ABSENT = 0.03
LUNCH = 0.7
MISSING_OUT = 0.03


@dataclass(frozen=True, slots=True)
class Planned:
    """One punch that is to be made."""

    number: str
    direction: str
    at: datetime
    day: date = date.min
    """The day of the shift it belongs to."""


def plan(number: str, starts: time, ends: time, *, zone: ZoneInfo, now: datetime, today: bool = True) -> list[Planned]:
    """One person's punches on the weekdays of the last four weeks, today included up to ``now``, in their order.

    ``today`` False leaves today out.
    """
    last = now.astimezone(zone).date()
    days = [last - timedelta(days=back) for back in range(WEEKS * 7 - 1, -1 if today else 0, -1)]
    punches = [punch for day in days if day.weekday() < 5 for punch in _day(number, day, starts, ends, zone)]
    return [punch for punch in punches if punch.at <= now]


def comes(number: str, day: date) -> bool:
    """Whether the person is at work at all on this weekday."""
    return _chance(number, day).random() >= ABSENT


def _chance(number: str, day: date) -> random.Random:
    return random.Random(f"{SEED}:{number}:{day}")


def _day(number: str, day: date, starts: time, ends: time, zone: ZoneInfo) -> list[Planned]:
    if not comes(number, day):
        return []
    chance = _chance(number, day)
    chance.random()
    begin = datetime.combine(day, starts, zone)
    end = datetime.combine(day if ends > starts else day + timedelta(days=1), ends, zone)
    late = chance.random() < LATE
    arrival = begin + timedelta(minutes=chance.randint(12, 45) if late else chance.randint(-9, 3))
    moments = [arrival]
    if chance.random() < LUNCH:
        break_begins = begin + (end - begin) / 2 + timedelta(minutes=chance.randint(-15, 15))
        moments += [break_begins, break_begins + timedelta(minutes=chance.randint(28, 48))]
    if chance.random() >= MISSING_OUT:
        moments.append(end + timedelta(minutes=chance.randint(0, 35)))
    return [
        Planned(number, "out" if index % 2 else "in", moment + timedelta(seconds=chance.randint(0, 59)), day)
        for index, moment in enumerate(moments)
    ]
