"""The ledger of one person's leave: every entry with its reason, and what of the balance lapses when.

What is taken uses up first what lapses first. A ledger up to a day is the beginning of every longer one: what comes
later changes nothing before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from leave.rules.charge import charge, given_back
from leave.rules.grants import grants, year_starts
from leave.rules.shapes import ZERO, Case, Entered, Entry, Kind, LeaveDay, Leaving, Ledger, Lot, Rule
from leave.rules.years import DAY, add_months

_PAY_OUT, _CARRY, _OPEN, _CREDIT, _TAKE = range(5)
"""The order of what falls on one day; what expires on it comes before all."""


@dataclass(frozen=True, slots=True)
class _Event:
    day: date
    order: int
    rule: Rule | None = None
    entry: Entry | None = None
    leave: LeaveDay | None = None


def ledger(case: Case, until: date) -> Ledger:
    """Every entry up to a day. Without a rule there is none.

    With an opening balance the ledger begins on its day: what the rules say of earlier days is not counted.
    """
    if not case.rules:
        return Ledger(until, ())
    openings = [one.day for one in case.entered if one.kind is Kind.OPENING]
    begins = min(openings, default=date.min)
    book = _Book()
    for event in sorted(_events(case, until), key=lambda one: (one.day, one.order)):
        if event.day >= begins:
            book.expire(event.day)
            book.take_in(event)
    book.expire(until)
    return Ledger(until, tuple(book.entries), tuple(book.lots), book.owed)


def _events(case: Case, until: date) -> Iterator[_Event]:
    for entry, rule in grants(case, until):
        yield _Event(entry.day, _CREDIT, rule, entry)
    for day in year_starts(case, until):
        yield _Event(day, _CARRY, case.rule(day))
    latest = {one.day: one for one in case.entered if one.kind is Kind.OPENING}
    for one in (*latest.values(), *(one for one in case.entered if one.kind is not Kind.OPENING)):
        if one.day <= until:
            order = _OPEN if one.kind is Kind.OPENING else _CREDIT
            yield _Event(one.day, order, case.rule(one.day), Entry(one.day, one.kind, one.amount, _said(one)))
    for leave in case.taken:
        if leave.day <= until:
            yield _Event(leave.day, _TAKE, case.rule(leave.day), leave=leave)
    for employment in case.employments:
        if employment.left is not None and (day := employment.left + DAY) <= until:
            held = case.rule(day)
            if held is not None and held.leaving is Leaving.PAID_OUT:
                yield _Event(day, _PAY_OUT, held)


def _said(one: Entered) -> dict[str, Any]:
    return {"note": one.note, "by": one.by}


@dataclass(slots=True)
class _Book:
    """The entries so far, and what the balance consists of: lots, or what is owed."""

    entries: list[Entry] = field(default_factory=list)
    lots: list[Lot] = field(default_factory=list)
    owed: Fraction = ZERO

    def balance(self) -> Fraction:
        return sum((one.amount for one in self.lots), ZERO) - self.owed

    def take_in(self, event: _Event) -> None:
        """Write down what follows from the event."""
        if event.order == _PAY_OUT:
            self._pay_out(event.day)
        elif event.order == _CARRY and event.rule is not None:
            self._carry(event.day, event.rule)
        elif event.leave is not None and event.rule is not None:
            self._take(event.leave, event.rule)
        elif event.entry is not None and event.entry.kind is Kind.OPENING:
            change = event.entry.amount - self.balance()
            why = {**event.entry.why, "balance": event.entry.amount, "was": self.balance()}
            self._change(change, None, newest=True)
            self.entries.append(Entry(event.day, Kind.OPENING, change, why))
        elif event.entry is not None:
            self._change(event.entry.amount, _life(event), newest=event.entry.kind in (Kind.LEFT, Kind.PART_TIME))
            self.entries.append(event.entry)

    def expire(self, day: date) -> None:
        """Let go what no longer counts on that day."""
        over = sorted({one.expires for one in self.lots if one.expires is not None and one.expires <= day})
        for expired in over:
            amount = sum((one.amount for one in self.lots if one.expires == expired), ZERO)
            self.lots = [one for one in self.lots if one.expires != expired]
            self.entries.append(Entry(expired, Kind.EXPIRED, -amount))

    def _pay_out(self, day: date) -> None:
        amount = self.balance()
        if amount:
            self.lots, self.owed = [], ZERO
            self.entries.append(Entry(day, Kind.PAID_OUT, -amount, {"left": day - DAY}))

    def _carry(self, day: date, rule: Rule) -> None:
        """Of what is left of the year before, keep what the rule lets be carried over, the newest last."""
        there = sum((one.amount for one in self.lots), ZERO)
        if rule.carry_most is not None and there > rule.carry_most:
            lapsed = there - rule.carry_most
            self._use(lapsed)
            self.entries.append(Entry(day, Kind.LAPSED, -lapsed, {"most": rule.carry_most}))
        if rule.carry_months is not None:
            last = add_months(day, rule.carry_months)
            self.lots = [Lot(one.amount, min(one.expires or last, last)) for one in self.lots]

    def _take(self, leave: LeaveDay, rule: Rule) -> None:
        amount, back = charge(rule, leave), given_back(rule, leave)
        self._change(back - amount, None)
        if amount:
            self.entries.append(Entry(leave.day, Kind.TAKEN, -amount, {"share": leave.share}))
        if back:
            self.entries.append(Entry(leave.day, Kind.GIVEN_BACK, back))

    def _change(self, amount: Fraction, expires: date | None, *, newest: bool = False) -> None:
        """Add an amount, first to what is owed; or use one up, what is lacking being owed."""
        if amount >= 0:
            paid = min(amount, self.owed)
            self.owed -= paid
            if amount > paid:
                self.lots.append(Lot(amount - paid, expires))
        else:
            self._use(-amount, newest=newest)

    def _use(self, amount: Fraction, *, newest: bool = False) -> None:
        kept = list(self.lots)
        by_end = sorted(range(len(kept)), key=lambda number: (kept[number].expires or date.max, number))
        for number in reversed(range(len(kept))) if newest else by_end:
            used = min(amount, kept[number].amount)
            kept[number] = Lot(kept[number].amount - used, kept[number].expires)
            amount -= used
        self.lots = [one for one in kept if one.amount]
        self.owed += amount


def _life(event: _Event) -> date | None:
    """From when a grant no longer counts; an adjustment is as old as the balance it corrects."""
    entry, rule = event.entry, event.rule
    if entry is None or rule is None or rule.expires_months is None:
        return None
    lives = entry.kind in (Kind.GRANTED, Kind.TIME_BANK)
    return add_months(entry.day, rule.expires_months) if lives else None
