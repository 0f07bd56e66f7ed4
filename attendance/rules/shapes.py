"""What the rules take and give. All spans of time are whole seconds; all instants know their zone.

In: punches, and for each day a plan (shifts, policy, holiday, absences). Out: a day's figures, the intervals they were
counted from, and for each figure why it is what it is, as data. The words for it live in ``attendance.wording``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from attendance.rules.worked import Punch

HOUR = 3600
MINUTE = 60


class Kind(StrEnum):
    """What a shift expects. A split shift is a fixed one with several blocks; a rotation is a pattern of its days."""

    FIXED = "fixed"
    FLEXIBLE = "flexible"
    OPEN = "open"


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
    """Over what an overtime rule counts. Weekend, holiday and seventh day count within the day."""

    DAY = "day"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    SEVENTH_DAY = "seventh_day"
    WEEK = "week"
    PERIOD = "period"


class Status(StrEnum):
    """What a person's day was."""

    OFF = "off"
    HOLIDAY = "holiday"
    LEAVE = "leave"
    EXPECTED = "expected"
    WORKING = "working"
    PRESENT = "present"
    ABSENT = "absent"
    NOT_EMPLOYED = "not_employed"


class Half(StrEnum):
    """Which part of the day an absence takes."""

    WHOLE = "whole"
    FIRST = "first"
    SECOND = "second"


@dataclass(frozen=True, slots=True)
class Block:
    """From one time on the wall clock to another; an end that is not after the start is on the next day."""

    starts: time
    ends: time


@dataclass(frozen=True, slots=True)
class ShiftPlan:
    """One shift. A fixed one asks for its blocks less ``pause``, any other for ``target`` seconds.

    A flexible shift has one block, the frame within which people come and go, and perhaps a core. Its punches lie at
    most ``before`` seconds ahead of the first block and ``after`` seconds behind the last.
    """

    name: str
    kind: Kind
    blocks: tuple[Block, ...] = ()
    target: int = 0
    pause: int = 0
    core: Block | None = None
    grace_in: int = 0
    grace_out: int = 0
    before: int = 4 * HOUR
    after: int = 4 * HOUR
    works_holidays: bool = False


@dataclass(frozen=True, slots=True)
class Rounding:
    """To whole steps of the wall clock; a step of 0 leaves the punch as it is."""

    step: int = 0
    direction: Direction = Direction.NEAREST


@dataclass(frozen=True, slots=True)
class BreakRule:
    """Whoever works more than ``after`` seconds has had a break of ``length``, taken or deducted."""

    after: int
    length: int


@dataclass(frozen=True, slots=True)
class OvertimeRule:
    """What is worked beyond ``after`` seconds of the scope is overtime of this tier (150: time and a half)."""

    scope: Scope
    after: int
    tier: int


@dataclass(frozen=True, slots=True)
class Policy:
    """How worked time is counted. The defaults count every second between the punches and nothing else.

    ``approve_overtime`` changes no figure: it says that the overtime found waits for an approval (``rules.approval``).
    """

    name: str = ""
    round_in: Rounding = Rounding()
    round_out: Rounding = Rounding()
    breaks: tuple[BreakRule, ...] = ()
    paid_break: int = 0
    count_before: bool = True
    count_after: bool = True
    night: Block | None = Block(time(22), time(6))
    overtime: tuple[OvertimeRule, ...] = ()
    approve_overtime: bool = False
    weekend: frozenset[int] = frozenset({5, 6})
    week_start: int = 0
    rest: int = 0
    day_cut: time = time(0)
    undirected: Undirected = Undirected.ALTERNATING
    double: int = MINUTE
    longest: int = 16 * HOUR


@dataclass(frozen=True, slots=True)
class Absence:
    """An approved absence on one day."""

    kind: str
    half: Half = Half.WHOLE
    key: str = ""


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What is known of a person's day before anybody has punched."""

    day: date
    zone: ZoneInfo
    policy: Policy
    shifts: tuple[ShiftPlan, ...] = ()
    holiday: str = ""
    absences: tuple[Absence, ...] = ()
    employed: bool = True


@dataclass(frozen=True, slots=True)
class Span:
    """From one instant to another."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class WorkInterval:
    """An interval of the day: its punches (None: forgotten) and the instants that were counted after rounding.

    ``start`` and ``end`` are None where the punch is missing; ``running`` means that the person is still in.
    """

    came: Punch | None
    left: Punch | None
    start: datetime | None
    end: datetime | None
    running: bool = False

    @property
    def missing(self) -> str:
        """``in`` or ``out``, the punch that was forgotten; else empty."""
        if self.came is None:
            return "in"
        return "out" if self.left is None and not self.running else ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One step of the calculation: ``seconds`` of a ``figure`` by a ``rule``, from the punches with these keys.

    ``facts`` are the rule's own numbers, ready for JSON.
    """

    figure: str
    rule: str
    seconds: int = 0
    punches: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A day in numbers: what is stored, summed, exported. Seconds, but for the counts of missing punches.

    ``worked`` includes ``paid_break`` and is free of ``auto_break``; ``overtime`` maps a tier to seconds and holds what
    follows from the day alone (weeks and periods are counted by ``period``); ``leave`` are the planned seconds that an
    approved absence took; ``required`` is ``planned`` without leave and holiday.
    """

    day: date
    status: Status
    planned: int = 0
    required: int = 0
    leave: int = 0
    worked: int = 0
    taken_break: int = 0
    paid_break: int = 0
    auto_break: int = 0
    night: int = 0
    on_holiday: int = 0
    late: int = 0
    early: int = 0
    absent: int = 0
    short_rest: int = 0
    missing_in: int = 0
    missing_out: int = 0
    holiday: bool = False
    weekend: bool = False
    overtime: Mapping[int, int] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None

    @property
    def balance(self) -> int:
        """Worked less required; negative where time is owed."""
        return self.worked - self.required

    @property
    def exceptional(self) -> bool:
        """Whether somebody should look at the day: a punch is missing, or nobody knows why the person was away."""
        return bool(self.missing_in or self.missing_out or self.absent)


@dataclass(frozen=True, slots=True)
class DayResult:
    """A day: its figures, what they were counted from, and why."""

    figures: Figures
    plan: DayPlan
    planned: tuple[Span, ...]
    intervals: tuple[WorkInterval, ...]
    ignored: tuple[Punch, ...]
    explanations: tuple[Explanation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodDay:
    """A day within its period: the figures, and all of its overtime with what week and period add."""

    figures: Figures
    overtime: Mapping[int, int]
    explanations: tuple[Explanation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodResult:
    """The days of a period and their sums; each sum is the sum of the days."""

    first: date
    last: date
    days: tuple[PeriodDay, ...]

    def total(self, figure: str) -> int:
        """The sum of one of the figures that are numbers, ``balance`` included."""
        return sum(int(getattr(one.figures, figure)) for one in self.days)

    @property
    def overtime(self) -> dict[int, int]:
        """Seconds of overtime by tier."""
        sums: dict[int, int] = {}
        for one in self.days:
            for tier, seconds in one.overtime.items():
                sums[tier] = sums.get(tier, 0) + seconds
        return dict(sorted(sums.items()))

    @property
    def overtime_total(self) -> int:
        return sum(self.overtime.values())
