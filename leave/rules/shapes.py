"""What the rules of leave take and give: a rule, a person's employment, days of leave, what was entered; a ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any

ZERO, WHOLE, HALF = Fraction(0), Fraction(1), Fraction(1, 2)


class Unit(StrEnum):
    """What is counted."""

    DAYS = "days"
    HOURS = "hours"


class Grant(StrEnum):
    """When leave is granted: ahead on the leave year's first day, as each month ends, or for each completed year."""

    YEAR = "year"
    MONTH = "month"
    ANNIVERSARY = "anniversary"
    NONE = "none"


class Prorata(StrEnum):
    """What a part of a year is worth: nothing less, its days, or its months (15 days of one make it whole)."""

    NONE = "none"
    DAYS = "days"
    MONTHS = "months"


class Rounding(StrEnum):
    """To what the grants of a leave year add up."""

    NONE = "none"
    HALF_UP = "half_up"
    UP = "up"
    NEAREST = "nearest"


class Seniority(StrEnum):
    """From when the years count for somebody who came back: this employment alone, or all of them."""

    CURRENT = "current"
    SUMMED = "summed"


class Leaving(StrEnum):
    """What becomes of the balance after the last day at work."""

    PAID_OUT = "paid_out"
    KEPT = "kept"


class Counts(StrEnum):
    """Which days of an absence are charged."""

    WORKING = "working"
    CALENDAR = "calendar"


class Kind(StrEnum):
    """What an entry of the ledger is. The first four are entered by hand, the others follow from the rule."""

    OPENING = "opening"
    ADJUSTMENT = "adjustment"
    ENCASHMENT = "encashment"
    TIME_BANK = "time_bank"
    GRANTED = "granted"
    PART_TIME = "part_time"
    LEFT = "left"
    TAKEN = "taken"
    GIVEN_BACK = "given_back"
    LAPSED = "lapsed"
    EXPIRED = "expired"
    PAID_OUT = "paid_out"


@dataclass(frozen=True, slots=True)
class Step:
    """From so many completed years of service on, so much a year."""

    after: int
    amount: Fraction


@dataclass(frozen=True, slots=True)
class Rule:
    """How one type of leave is granted, kept and charged.

    ``first_year`` says whether who leaves before the first anniversary gets the share of that year. At the end of a
    leave year at most ``carry_most`` is carried over (None: all of it), for ``carry_months`` (None: for good); what is
    granted lives ``expires_months`` (None: for good). The balance may fall to ``-below``, or to anything where that is
    None. ``encash_most`` may be paid out in a leave year (None: all there is). ``day_minutes`` make a day of leave out
    of overtime.
    """

    name: str = ""
    unit: Unit = Unit.DAYS
    grant: Grant = Grant.YEAR
    year_month: int = 1
    steps: tuple[Step, ...] = ()
    prorata: Prorata = Prorata.DAYS
    first_year: bool = True
    part_time: bool = False
    rounding: Rounding = Rounding.NONE
    seniority: Seniority = Seniority.CURRENT
    leaving: Leaving = Leaving.PAID_OUT
    carry_most: Fraction | None = None
    carry_months: int | None = None
    expires_months: int | None = None
    below: Fraction | None = ZERO
    counts: Counts = Counts.WORKING
    holidays_free: bool = True
    gives_back: bool = False
    encash_most: Fraction | None = ZERO
    time_bank: bool = False
    time_bank_percent: int = 100
    day_minutes: int = 480

    def entitlement(self, years: int) -> Fraction:
        """What a year grants after so many completed years of service."""
        return max(
            (one for one in self.steps if one.after <= years), key=lambda one: one.after, default=_NOTHING
        ).amount


_NOTHING = Step(0, ZERO)


@dataclass(frozen=True, slots=True)
class Employment:
    """From the day of hiring to the last day at work (None: still)."""

    hired: date
    left: date | None = None

    def has(self, day: date) -> bool:
        return self.hired <= day and (self.left is None or day <= self.left)


@dataclass(frozen=True, slots=True)
class LeaveDay:
    """One day of an approved absence.

    ``share`` of the day is asked for; of that share, ``holiday`` is a public holiday and ``sick`` fell on sick leave.
    ``works`` says whether work is asked for on the day, ``minutes`` how much on the whole of it.
    """

    day: date
    share: Fraction = WHOLE
    works: bool = True
    minutes: int = 480
    holiday: Fraction = ZERO
    sick: Fraction = ZERO


@dataclass(frozen=True, slots=True)
class Entered:
    """What somebody entered by hand, in the unit of the rule; an opening balance is that at the start of its day."""

    day: date
    kind: Kind
    amount: Fraction
    note: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """All that one person's ledger of one type of leave follows from.

    ``rules`` and ``parts`` (of a full week, 1 where nothing is said) begin on a day, oldest first.
    """

    rules: tuple[tuple[date, Rule], ...]
    employments: tuple[Employment, ...]
    parts: tuple[tuple[date, Fraction], ...] = ()
    taken: tuple[LeaveDay, ...] = ()
    entered: tuple[Entered, ...] = ()

    def rule(self, day: date) -> Rule | None:
        """The rule of that day; None before the first."""
        return next((rule for since, rule in reversed(self.rules) if since <= day), None)

    def part(self, day: date) -> Fraction:
        """The share of a full week that the person works then."""
        return next((part for since, part in reversed(self.parts) if since <= day), WHOLE)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the ledger: what changed on a day, by how much, and why, as data; ``leave.wording`` has the words."""

    day: date
    kind: Kind
    amount: Fraction
    why: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lot:
    """A part of the balance with the day from which it no longer counts (None: it stays)."""

    amount: Fraction
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every entry up to a day, oldest first, and what the balance then consists of."""

    until: date
    entries: tuple[Entry, ...]
    lots: tuple[Lot, ...] = ()
    owed: Fraction = ZERO

    def balance(self, day: date | None = None) -> Fraction:
        """The sum of the entries up to a day, without one of all of them."""
        return sum((one.amount for one in self.entries if day is None or one.day <= day), ZERO)

    def between(self, first: date, last: date, *kinds: Kind) -> Fraction:
        """The sum of the entries of some kinds, without any of all, from one day to another."""
        return sum(
            (one.amount for one in self.entries if first <= one.day <= last and (not kinds or one.kind in kinds)), ZERO
        )

    def lowest(self, since: date) -> tuple[date, Fraction]:
        """The lowest balance at the end of any day from ``since`` on, and the first day that has it."""
        found = (since, self.balance(since))
        running, number = found[1], sum(one.day <= since for one in self.entries)
        while number < len(self.entries):
            day = self.entries[number].day
            while number < len(self.entries) and self.entries[number].day == day:
                running += self.entries[number].amount
                number += 1
            if running < found[1]:
                found = (day, running)
        return found
