"""What a scenario is, and the shifts and policies that several of them use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from attendance.rules.calculate import calculate
from attendance.rules.overtime import period, week_begin
from attendance.rules.policy import HOUR, MINUTE, Block, Policy
from attendance.rules.schedule import occurs
from attendance.rules.shapes import Absence, DayPlan, DayResult, Half, Kind, PeriodResult, ShiftPlan
from attendance.rules.worked import Punch


def at(text: str) -> time:
    return time.fromisoformat(text)


def block(text: str) -> Block:
    """``09:00-17:00``."""
    starts, ends = text.split("-")
    return Block(at(starts), at(ends))


def shift(name: str, *blocks: str, kind: Kind = Kind.FIXED, **more: Any) -> ShiftPlan:
    """With five minutes of grace; blocks as ``09:00-17:00``."""
    return ShiftPlan(name, kind, tuple(block(one) for one in blocks), grace_in=5 * MINUTE, **more)


EARLY = ShiftPlan("Early 9–17", Kind.FIXED, (block("09:00-17:00"),), grace_in=5 * MINUTE)
NIGHT = ShiftPlan("Night 22–6", Kind.FIXED, (block("22:00-06:00"),), grace_in=5 * MINUTE)
LATE = ShiftPlan("Late 14–22", Kind.FIXED, (block("14:00-22:00"),), grace_in=5 * MINUTE)
SPLIT = ShiftPlan("Split 10–14, 17–21", Kind.FIXED, (block("10:00-14:00"), block("17:00-21:00")), grace_in=5 * MINUTE)
FLEXIBLE = ShiftPlan(
    "Flexible 7–20, core 10–15", Kind.FLEXIBLE, (block("07:00-20:00"),), target=8 * HOUR, core=block("10:00-15:00")
)
OPEN = ShiftPlan("Open 7:30", Kind.OPEN, target=7 * HOUR + 30 * MINUTE)
PLAIN = Policy("Plain")
WEEKDAYS = frozenset(range(5))
EVERY_DAY = frozenset(range(7))
Expected = Mapping[str, str | int]
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A shift on the days of a recurrence rule."""

    shift: ShiftPlan
    rule: str
    anchor: str
    run: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """``punches`` are ``2026-11-24 09:00 in``, on the wall clock of ``zone`` or of the one that follows an ``@``.

    ``days`` and ``total`` hold the figures that are expected, spans as ``h:mm``; ``rule`` names the written rule.
    ``zones`` and ``policies`` say what begins on a day; ``half_holidays`` which of the ``holidays`` are half a day,
    ``closed`` which have no holiday hours; ``unpaid`` which absences are not paid; ``law`` the article it stands for.
    """

    name: str
    title: str
    rule: str
    punches: Sequence[str]
    days: Mapping[str, Expected]
    total: Expected = field(default_factory=dict)
    zone: str = "Europe/Madrid"
    shifts: tuple[ShiftPlan, ...] = (EARLY,)
    weekdays: frozenset[int] = WEEKDAYS
    patterns: Sequence[Pattern] = ()
    policy: Policy = PLAIN
    zones: Mapping[str, str] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    holidays: Mapping[str, str] = field(default_factory=dict)
    absences: Mapping[str, Half] = field(default_factory=dict)
    half_holidays: Mapping[str, Half] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()
    unpaid: frozenset[str] = frozenset()
    contract: int = 0
    law: str = ""
    employed: tuple[str, str] = ("2000-01-01", "2100-01-01")
    span: tuple[str, str] | None = None
    now: str = ""

    @property
    def first(self) -> date:
        return date.fromisoformat(self.span[0] if self.span else min(self.days))

    @property
    def last(self) -> date:
        return date.fromisoformat(self.span[1] if self.span else max(self.days))

    def plan(self, day: date) -> DayPlan:
        """The day as the rules are told of it."""
        shifts = tuple(
            one.shift for one in self.patterns if occurs(one.rule, date.fromisoformat(one.anchor), day, one.run)
        )
        if not self.patterns and day.weekday() in self.weekdays:
            shifts = self.shifts
        assigned = (*self.shifts, *(one.shift for one in self.patterns))
        employed = date.fromisoformat(self.employed[0]) <= day <= date.fromisoformat(self.employed[1])
        half = self.absences.get(day.isoformat())
        return DayPlan(
            day=day,
            zone=ZoneInfo(_since(self.zones, day, self.zone)),
            policy=_since(self.policies, day, self.policy),
            shifts=shifts if employed else (),
            holiday=self.holidays.get(day.isoformat(), ""),
            absences=(Absence("vacation", half, paid=day.isoformat() not in self.unpaid),) if half else (),
            employed=employed,
            holiday_half=self.half_holidays.get(day.isoformat(), Half.WHOLE),
            premium=day.isoformat() not in self.closed,
            contract=self.contract,
            pattern=employed and any(one.kind is not Kind.ON_CALL for one in assigned),
        )

    def punched(self) -> list[Punch]:
        return [self._punch(number, text) for number, text in enumerate(self.punches)]

    def results(self, *, explain: bool = True) -> list[DayResult]:
        """The days from the first to the last that something is expected of."""
        return self._calculated(self.first, self.last, explain=explain)

    def period(self) -> PeriodResult:
        """The same days as a period, calculated from the beginning of the first one's week."""
        begin = week_begin(self.first, self.plan(self.first).policy)
        figures = [one.figures for one in self._calculated(begin, self.last)]
        return period(
            figures, lambda day: self.plan(day).policy, first=self.first, last=self.last,
            contract_of=lambda day: self.contract,
        )

    def _calculated(self, first: date, last: date, *, explain: bool = True) -> list[DayResult]:
        now = datetime.fromisoformat(self.now).replace(tzinfo=ZoneInfo(self.zone)) if self.now else None
        return calculate(self.plan, self.punched(), first=first, last=last, now=now, explain=explain)

    def _punch(self, number: int, text: str) -> Punch:
        text, _, zone = text.partition("@")
        day, moment, direction, *fold = text.split()
        zone = zone or self.zone
        local = datetime.fromisoformat(f"{day}T{moment}").replace(tzinfo=ZoneInfo(zone), fold=1 if fold else 0)
        return Punch(local, zone, direction, str(number))


def _since(changes: Mapping[str, V], day: date, otherwise: V) -> V:
    found = otherwise
    for begins in sorted(changes):
        if begins <= day.isoformat():
            found = changes[begins]
    return found
