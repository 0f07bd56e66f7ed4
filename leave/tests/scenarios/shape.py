"""What a scenario of leave is, and the rules that several of them use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from leave.rules.charge import banked, encashable, lacking
from leave.rules.ledger import ledger
from leave.rules.packs import pack
from leave.rules.shapes import (
    HALF,
    WHOLE,
    ZERO,
    Case,
    Employment,
    Entered,
    Grant,
    Kind,
    LeaveDay,
    Ledger,
    Prorata,
    Rule,
    Step,
    Unit,
)

WEEKDAYS = frozenset(range(5))


def steps(*pairs: tuple[int, int]) -> tuple[Step, ...]:
    """So many completed years and the amount from then on."""
    return tuple(Step(after, Fraction(amount)) for after, amount in pairs)


AHEAD = Rule("22 days ahead", steps=steps((0, 22)))
BY_MONTH = Rule("24 days by month", grant=Grant.MONTH, steps=steps((0, 24)))
COMPLETED = Rule("15 days for each completed year", grant=Grant.ANNIVERSARY, steps=steps((1, 15)))
MONTHS = Rule("24 days ahead, by months", steps=steps((0, 24)), prorata=Prorata.MONTHS)
HOURS = Rule("160 hours ahead", unit=Unit.HOURS, steps=steps((0, 160)))
BANK = Rule("Time bank in hours", unit=Unit.HOURS, grant=Grant.NONE, time_bank=True)


def law(code: str, kind: str = "vacation") -> Rule:
    """The rule of a pack."""
    return next(one.rule for one in pack(code).types if one.code == kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """``balances``, ``lacks`` and ``encash`` hold the amounts that are expected on days: ``lacks`` from a day on.

    ``taken`` are days such as ``2026-03-02 2026-03-06`` or ``2026-03-02 first``, ``sick`` the same of sick leave;
    ``entered`` are ``2026-01-01 opening 12.5``; ``overtime`` minutes moved into leave on a day. ``lines`` are those of
    the ledger from its beginning, where they matter.
    """

    name: str
    title: str
    rule: str
    leave: Rule
    balances: Mapping[str, str]
    hired: str = "2020-01-01"
    left: str = ""
    before: tuple[str, str] | None = None
    since: str = "2026-01-01"
    then: Mapping[str, Rule] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    taken: tuple[str, ...] = ()
    sick: tuple[str, ...] = ()
    holidays: Mapping[str, str] = field(default_factory=dict)
    weekdays: frozenset[int] = WEEKDAYS
    minutes: Mapping[int, int] = field(default_factory=dict)
    entered: tuple[str, ...] = ()
    overtime: Mapping[str, int] = field(default_factory=dict)
    lacks: Mapping[str, str] = field(default_factory=dict)
    encash: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    law: str = ""

    @property
    def case(self) -> Case:
        """What the rules are told."""
        employments = [Employment(_day(self.hired), _day(self.left) if self.left else None)]
        if self.before:
            employments.insert(0, Employment(_day(self.before[0]), _day(self.before[1])))
        return Case(
            rules=((_day(self.since), self.leave), *((_day(day), one) for day, one in self.then.items())),
            employments=tuple(employments),
            parts=tuple((_day(day), Fraction(part)) for day, part in self.parts.items()),
            taken=tuple(self._days()),
            entered=(*map(_entered, self.entered), *self._moved()),
        )

    def ledger(self, day: str) -> Ledger:
        """The ledger up to a day."""
        return ledger(self.case, _day(day))

    def found(self) -> dict[str, dict[str, str]]:
        """What comes out of what is expected, in the same words."""
        far = self.ledger("2030-12-31") if self.lacks else None
        return {
            "balances": {day: exact(self.ledger(day).balance()) for day in self.balances},
            "lacks": {day: exact(lacking(self.leave, far, _day(day))) for day in self.lacks} if far else {},
            "encash": {day: exact(encashable(self.case, self.ledger(day))) for day in self.encash},
        }

    def written(self) -> list[str]:
        """The lines of the ledger up to the last day that a balance is expected of."""
        return [f"{one.day} {one.kind} {exact(one.amount)}" for one in self.ledger(max(self.balances)).entries]

    def _days(self) -> Iterator[LeaveDay]:
        for text in self.taken:
            for day, half in _range(text):
                share = HALF if half else WHOLE
                yield LeaveDay(
                    day=day,
                    share=share,
                    works=day.weekday() in self.weekdays,
                    minutes=self.minutes.get(day.weekday(), 480),
                    holiday=_common(half, self.holidays.get(day.isoformat())),
                    sick=max(
                        (_common(half, other or "whole") for one in self.sick for at, other in _range(one) if at == day),
                        default=ZERO,
                    ),
                )

    def _moved(self) -> Iterator[Entered]:
        for day, minutes in self.overtime.items():
            yield Entered(_day(day), Kind.TIME_BANK, banked(self.leave, minutes))


def exact(amount: Fraction) -> str:
    """``12``, ``2.5``, or ``7 1/3`` where no short decimal is exact."""
    if 1000 % amount.denominator == 0:
        return f"{float(amount):.3f}".rstrip("0").rstrip(".")
    whole = abs(amount.numerator) // amount.denominator
    rest = abs(amount) - whole
    return f"{'-' if amount < 0 else ''}{f'{whole} ' if whole else ''}{rest}"


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _range(text: str) -> Iterator[tuple[date, str]]:
    """The days of ``2026-03-02 2026-03-06``, or one with its half."""
    first, *more = text.split()
    half = more[0] if more and more[0] in {"first", "second"} else ""
    last = _day(more[0]) if more and not half else _day(first)
    day = _day(first)
    while day <= last:
        yield day, half
        day += timedelta(days=1)


def _common(half: str, other: str | None) -> Fraction:
    """How much of the day a half, or the whole, of it has in common with another."""
    if other is None:
        return ZERO
    if other == "whole":
        return HALF if half else WHOLE
    return HALF if not half or half == other else ZERO


def _entered(text: str) -> Entered:
    day, kind, amount = text.split()
    return Entered(_day(day), Kind(kind), Fraction(amount))
