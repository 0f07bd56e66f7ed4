"""What the rules take and give. All spans of time are whole seconds; all instants know their zone.

In: punches, and for each day a plan (shifts, policy, holiday, absences). Out: a day's figures, the intervals they were
counted from, and for each figure why it is what it is, as data. The words for it live in ``attendance.wording``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from attendance.rules.policy import HOUR, Block, Policy
from attendance.rules.worked import Punch


class Kind(StrEnum):
    """What a shift expects. A split shift is a fixed one with several blocks; a rotation is a pattern of its days."""

    FIXED = "fixed"
    FLEXIBLE = "flexible"
    OPEN = "open"
    ON_CALL = "on_call"


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
class ShiftPlan:
    """One shift. A fixed one asks for its blocks less ``pause``, any other for ``target`` seconds.

    A flexible shift has one block, the frame within which people come and go, and perhaps a core; with ``bounds`` time
    outside the frame does not count. On call, nothing is asked for, and each call-out counts at least ``call_out``
    seconds. Punches lie at most ``before`` seconds ahead of the first block and ``after`` seconds behind the last.
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
    bounds: bool = False
    call_out: int = 0

    def __hash__(self) -> int:
        # By the name alone: shifts are looked up for each day of each person, and hardly two have the same.
        return hash(self.name)


@dataclass(frozen=True, slots=True)
class Absence:
    """An approved absence on one day; ``paid`` as its type is."""

    kind: str
    half: Half = Half.WHOLE
    key: str = ""
    paid: bool = True


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What is known of a person's day before anybody has punched.

    ``contract`` are the seconds a week that the person's contract asks for (0: it says nothing). A holiday may be half
    a day, and without ``premium`` its hours are ordinary ones, as on a day on which the company is closed. Without a
    ``pattern`` nobody has said which days the person works, so that a day without a shift is no rest day.
    """

    day: date
    zone: ZoneInfo
    policy: Policy
    shifts: tuple[ShiftPlan, ...] = ()
    holiday: str = ""
    absences: tuple[Absence, ...] = ()
    employed: bool = True
    holiday_half: Half = Half.WHOLE
    premium: bool = True
    contract: int = 0
    pattern: bool = True


@dataclass(frozen=True, slots=True)
class Span:
    """From one instant to another."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class WorkInterval:
    """An interval of the day: its punches (None: forgotten) and the instants that were counted after rounding.

    ``start`` and ``end`` are None where the punch is missing; ``running`` means that the person is still in. An
    interval over several days' shifts is cut where the next shift begins: ``cut_start`` and ``cut_end`` are such
    borders, and no punch is missing there. ``shifts`` are the numbers of the day's shifts that it was matched to.
    ``outside`` means that none of it counts, since it lies before or after the shift.
    """

    came: Punch | None
    left: Punch | None
    start: datetime | None
    end: datetime | None
    running: bool = False
    cut_start: datetime | None = None
    cut_end: datetime | None = None
    shifts: tuple[int, ...] = ()
    outside: bool = False

    @property
    def missing(self) -> str:
        """``in`` or ``out``, the punch that was forgotten; else empty."""
        if self.came is None and self.cut_start is None:
            return "in"
        return "out" if self.left is None and self.cut_end is None and not self.running else ""

    @property
    def begins(self) -> datetime | None:
        """When it begins as punched, or at its border; None where nobody knows."""
        return self.came.at if self.came is not None else self.cut_start

    @property
    def ends(self) -> datetime | None:
        """When it ends as punched, or at its border; None where nobody knows."""
        return self.left.at if self.left is not None else self.cut_end


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

    ``worked`` includes ``paid_break``, ``night_bonus`` (night hours that are shorter than those of the clock) and
    ``call_out`` (what call-outs were short of their minimum), and is free of ``auto_break``. ``overtime`` maps a tier
    to seconds and holds what follows from the day alone (weeks and periods are counted by ``period``); ``surcharges``
    are paid beside it, by per cent. ``regular`` are the seconds that count towards the thresholds of week and period.
    ``limited`` are those seconds of ``overtime`` whose rule gives its tier for some hours of a week only.
    ``leave`` are the planned seconds that an approved absence took, ``unpaid_leave`` those of them that are not paid;
    ``required`` is ``planned`` without leave and holiday. ``unplanned``: worked on a weekday that is no holiday, and
    for which there is no shift at all. ``allowances`` are units by code, ``flags`` seconds by limit.
    """

    day: date
    status: Status
    planned: int = 0
    required: int = 0
    leave: int = 0
    unpaid_leave: int = 0
    worked: int = 0
    regular: int = 0
    taken_break: int = 0
    paid_break: int = 0
    auto_break: int = 0
    night: int = 0
    night_bonus: int = 0
    sunday: int = 0
    on_holiday: int = 0
    on_call: int = 0
    call_out: int = 0
    late: int = 0
    early: int = 0
    absent: int = 0
    short_rest: int = 0
    missing_in: int = 0
    missing_out: int = 0
    holiday: bool = False
    weekend: bool = False
    unplanned: bool = False
    overtime: Mapping[int, int] = field(default_factory=dict)
    limited: Mapping[int, int] = field(default_factory=dict)
    surcharges: Mapping[int, int] = field(default_factory=dict)
    allowances: Mapping[str, int] = field(default_factory=dict)
    flags: Mapping[str, int] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None

    @property
    def not_due(self) -> int:
        """What of the required seconds nobody owes yet: none, the day is over."""
        return 0

    @property
    def balance(self) -> int:
        """Worked less required, as far as that is due; negative where time is owed."""
        return self.worked - self.required + self.not_due

    @property
    def exceptional(self) -> bool:
        """Whether somebody should look at the day: a punch is missing, or nobody knows why the person was away."""
        return bool(self.missing_in or self.missing_out or self.absent)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningFigures(Figures):
    """The figures of a day that is not over: what is not worked yet is no debt. They are never stored."""

    @property
    def not_due(self) -> int:
        """What of the required seconds is not worked so far."""
        return max(0, self.required - self.worked)


@dataclass(frozen=True, slots=True)
class DayResult:
    """A day: its figures, what they were counted from, and why."""

    figures: Figures
    plan: DayPlan
    planned: tuple[Span, ...]
    intervals: tuple[WorkInterval, ...]
    ignored: tuple[Punch, ...]
    explanations: tuple[Explanation, ...]

    @property
    def running_since(self) -> datetime | None:
        """Since when the person is in, where they are still: that time counts once they clock out."""
        began = next((one.begins for one in self.intervals if one.running), None)
        return began.astimezone(self.plan.zone) if began else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodDay:
    """A day within its period: the figures, and all of its overtime with what week and period add.

    ``flags`` are the limits of day and week that were passed, in seconds.
    """

    figures: Figures
    overtime: Mapping[int, int]
    explanations: tuple[Explanation, ...] = ()
    flags: Mapping[str, int] = field(default_factory=dict)

    @property
    def ordinary(self) -> int:
        """Worked without any tier; seconds."""
        return self.figures.worked - sum(self.overtime.values())


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
    def ordinary(self) -> int:
        """Worked without any tier; seconds."""
        return sum(one.ordinary for one in self.days)

    @property
    def overtime(self) -> dict[int, int]:
        """Seconds of overtime by tier."""
        return dict(sorted(summed(one.overtime for one in self.days).items()))

    @property
    def surcharges(self) -> dict[int, int]:
        """Seconds that are paid beside, by per cent."""
        return dict(sorted(summed(one.figures.surcharges for one in self.days).items()))

    @property
    def allowances(self) -> dict[str, int]:
        """Units by code."""
        return dict(sorted(summed(one.figures.allowances for one in self.days).items()))

    @property
    def flags(self) -> dict[str, int]:
        """Seconds beyond each limit."""
        return dict(sorted(summed(one.flags for one in self.days).items()))

    @property
    def overtime_total(self) -> int:
        return sum(self.overtime.values())


Key = TypeVar("Key", int, str)


def summed(rows: Iterable[Mapping[Key, int]]) -> dict[Key, int]:
    """The sums of several mappings, by key."""
    sums: dict[Key, int] = {}
    for row in rows:
        for key, amount in row.items():
            sums[key] = sums.get(key, 0) + amount
    return sums
