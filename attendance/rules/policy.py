"""How time is counted, as data: what a work policy says. All spans of time are whole seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from enum import StrEnum

HOUR = 3600
MINUTE = 60
SUNDAY = 6


class Direction(StrEnum):
    """Where rounding goes."""

    NEAREST = "nearest"
    UP = "up"
    DOWN = "down"


class Undirected(StrEnum):
    """How the punches of a device that knows no direction are read."""

    ALTERNATING = "alternating"
    FIRST_LAST = "first_last"


class Scope(StrEnum):
    """Over what an overtime rule counts.

    Holiday, Sunday, rest day, weekend and night are the hours that the wall clock shows on such a day or in the night;
    the seventh day is that of a week on whose seven days the person has worked.
    """

    DAY = "day"
    WEEKEND = "weekend"
    SUNDAY = "sunday"
    REST_DAY = "rest_day"
    HOLIDAY = "holiday"
    NIGHT = "night"
    SEVENTH_DAY = "seventh_day"
    WEEK = "week"
    PERIOD = "period"


CALENDAR = frozenset({Scope.WEEKEND, Scope.SUNDAY, Scope.REST_DAY, Scope.HOLIDAY, Scope.NIGHT})
"""The scopes that the wall clock decides about, hour by hour."""


@dataclass(frozen=True, slots=True)
class Block:
    """From one time on the wall clock to another; an end that is not after the start is on the next day."""

    starts: time
    ends: time


@dataclass(frozen=True, slots=True)
class Rounding:
    """To whole steps of the wall clock; a step of 0 leaves the punch as it is."""

    step: int = 0
    direction: Direction = Direction.NEAREST


@dataclass(frozen=True, slots=True)
class BreakRule:
    """Whoever works more than ``after`` seconds has had a break of ``length``, taken or deducted.

    Only breaks of at least ``minimum`` count for it. One has to begin before ``deadline`` seconds of the day have
    passed since the first check-in; a later one is shown, and changes no time. ``deducts`` False: what is lacking is
    shown and not deducted, where the law makes the employer pay for it.
    """

    after: int
    length: int
    minimum: int = 0
    deadline: int = 0
    deducts: bool = True


@dataclass(frozen=True, slots=True)
class OvertimeRule:
    """What is worked beyond ``after`` seconds of the scope has this tier (150: time and a half).

    ``limit``: only so many seconds of a week have the tier by this rule; those after them have the tier ``beyond``.
    What has the same tier by a rule without a limit is no part of it; rules of one tier share theirs. ``contract``:
    the threshold is what the contract asks for (a day's shift, a week's hours) and ``after`` is added to it.
    ``beside``: paid beside whatever tier the time has, such as 25 per cent more for the night.
    """

    scope: Scope
    after: int
    tier: int
    limit: int = 0
    beyond: int = 0
    contract: bool = False
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Punches at most ``punch`` seconds off the shift's times count as on time while a day's sum is at most ``day``."""

    punch: int = 0
    day: int = 0


class Counted(StrEnum):
    """What an allowance looks at."""

    WORKED = "worked"
    NIGHT = "night"
    HOLIDAY = "on_holiday"
    SUNDAY = "sunday"
    ON_CALL = "on_call"
    CALL_OUT = "call_out"


@dataclass(frozen=True, slots=True)
class AllowanceRule:
    """One unit of an allowance for a day with at least ``least`` seconds of a figure, or for each ``per`` of them."""

    code: str
    figure: Counted
    least: int = 0
    per: int = 0


class Over(StrEnum):
    """Over what a limit is taken."""

    DAY = "day"
    WEEK = "week"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``most`` seconds of overtime in a day, week or year; more is warned of and counted all the same."""

    over: Over
    most: int


@dataclass(frozen=True, slots=True)
class Average:
    """At most ``most`` seconds worked a week on the average of ``weeks`` weeks."""

    weeks: int
    most: int


@dataclass(frozen=True, slots=True)
class Policy:
    """How worked time is counted. The defaults count every second between the punches and nothing else.

    ``approve_overtime`` changes no figure: it says that the overtime found waits for an approval (``rules.approval``).
    ``night_hour`` are the seconds of the clock that count as an hour of night work, where that is less than an hour.
    Breaks of at most ``short_break`` seconds are paid; ``paid_break`` is what is paid of all of the day's.
    ``rest_days`` are weekdays; with ``rest_by_pattern`` a day without a shift is a rest day as well, for whoever has
    shifts.
    """

    name: str = ""
    round_in: Rounding = Rounding()
    round_out: Rounding = Rounding()
    tolerance: Tolerance = Tolerance()
    breaks: tuple[BreakRule, ...] = ()
    paid_break: int = 0
    short_break: int = 0
    longest_break: int = 4 * HOUR
    count_before: bool = True
    count_after: bool = True
    night: Block | None = Block(time(22), time(6))
    night_hour: int = HOUR
    overtime: tuple[OvertimeRule, ...] = ()
    approve_overtime: bool = False
    weekend: frozenset[int] = frozenset({5, 6})
    rest_days: frozenset[int] = frozenset({SUNDAY})
    rest_by_pattern: bool = False
    week_start: int = 0
    rest: int = 0
    weekly_rest: int = 0
    longest_day: int = 0
    longest_week: int = 0
    caps: tuple[Cap, ...] = ()
    average: Average | None = None
    allowances: tuple[AllowanceRule, ...] = ()
    day_cut: time = time(0)
    undirected: Undirected = Undirected.ALTERNATING
    double: int = MINUTE
    longest: int = 16 * HOUR
    longest_planned: int = 48 * HOUR
