"""What a rule grants to somebody, and on which days."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from leave.rules.shapes import HALF, ZERO, Case, Employment, Entry, Grant, Kind, Prorata, Rounding, Rule
from leave.rules.years import (
    DAY,
    MONTHS,
    add_months,
    completed_years,
    counted_from,
    months,
    worth,
    year_start,
    years,
)

Year = tuple[date, date]
_STEPS = {Rounding.HALF_UP: HALF, Rounding.UP: Fraction(1), Rounding.NEAREST: Fraction(1)}


@dataclass(frozen=True, slots=True)
class Granted:
    """An exact amount within a leave year, before rounding, with the rule that held on the day ``held`` and says so."""

    rule: Rule
    year: Year
    held: date
    day: date
    kind: Kind
    amount: Fraction
    why: Mapping[str, Any] = field(default_factory=dict)


def grants(case: Case, until: date) -> Iterator[tuple[Entry, Rule]]:
    """Every grant up to a day, and what takes a part of one back, with its rule; in no order.

    The grants of a leave year are rounded as a sum, so that twelve months do not come to more than the year.
    """
    for employment in case.employments:
        sums: dict[Year, Fraction] = {}
        found = sorted(_of(case, employment, until), key=lambda one: one.day)
        for one in found:
            before = sums.get(one.year, ZERO)
            sums[one.year] = after = before + one.amount
            amount = rounded(one.rule.rounding, after) - rounded(one.rule.rounding, before)
            if amount:
                yield Entry(one.day, one.kind, amount, one.why), one.rule


def rounded(rounding: Rounding, amount: Fraction) -> Fraction:
    """The amount as the rule wants it; what is rounded up is in the person's favour."""
    if rounding is Rounding.NONE:
        return amount
    step = _STEPS[rounding]
    if rounding is Rounding.NEAREST:
        return math.floor(amount / step + HALF) * step
    return math.ceil(amount / step) * step


def _of(case: Case, employment: Employment, until: date) -> Iterator[Granted]:
    """What one employment grants: each rule what falls on its own days, with all that corrects it later."""
    begin = max(employment.hired, case.rules[0][0])
    ends = [*(since - DAY for since, _rule in case.rules[1:]), date.max]
    kinds = {Grant.YEAR: _ahead, Grant.MONTH: _by_month, Grant.ANNIVERSARY: _completed}
    for (since, rule), end in zip(case.rules, ends, strict=True):
        make = kinds.get(rule.grant)
        if make is not None and begin <= until:
            yield from (one for one in make(case, employment, rule, begin, until) if since <= one.held <= end)


def _ahead(case: Case, employment: Employment, rule: Rule, begin: date, until: date) -> Iterator[Granted]:
    """The whole year on its first day; what changes its worth later is an entry of that day."""
    last = min(until, employment.left or until)
    for year in years(year_start(begin, rule.year_month), begin, last):
        first, end = max(year[0], begin), min(year[1], employment.left or year[1])
        served = _served(case, employment, rule, first)
        amount = rule.entitlement(served)
        span, had = (first, year[1]), ZERO
        changes = [since for since, _part in case.parts if first < since <= min(end, until)] if rule.part_time else []
        for day in [first, *changes]:
            now = amount * worth(case, year, span, day, rule.prorata, rule.part_time)
            why = {"years": served, "year": year, "since": first, "part": case.part(day) if rule.part_time else 1}
            yield Granted(rule, year, first, day, Kind.GRANTED if day == first else Kind.PART_TIME, now - had, why)
            had = now
        if end < year[1] and end <= until and rule.prorata is not Prorata.NONE:
            now = amount * worth(case, year, (first, end), end, rule.prorata, rule.part_time)
            yield Granted(rule, year, first, end, Kind.LEFT, now - had, {"left": end})


def _by_month(case: Case, employment: Employment, rule: Rule, begin: date, until: date) -> Iterator[Granted]:
    """A twelfth as each month ends, or on the last day at work."""
    last = min(until, employment.left or until)
    for year in years(year_start(begin, rule.year_month), begin, last):
        for month in months(year[0]):
            first, end = max(month[0], begin), min(month[1], employment.left or month[1])
            if first > end or end > until:
                continue
            served = _served(case, employment, rule, end)
            if rule.prorata is Prorata.MONTHS:
                share = worth(case, year, (first, end), end, rule.prorata, rule.part_time)
            else:
                share = worth(case, month, (first, end), end, rule.prorata, rule.part_time) / MONTHS
            why = {"years": served, "month": month, "since": first, "to": end}
            yield Granted(rule, year, end, end, Kind.GRANTED, rule.entitlement(served) * share, why)


def _completed(case: Case, employment: Employment, rule: Rule, begin: date, until: date) -> Iterator[Granted]:
    """A year's leave once the year of service is over; who leaves gets the share of the running one."""
    last = min(until, employment.left or until)
    for number, year in enumerate(years(employment.hired, employment.hired, last)):
        due = year[1] + DAY
        served = _served(case, employment, rule, due)
        if due <= last:
            amount = rule.entitlement(served) * worth(case, year, year, year[1], Prorata.NONE, rule.part_time)
            yield Granted(rule, year, due, due, Kind.GRANTED, amount, {"years": served, "year": year})
        elif employment.left == last and rule.prorata is not Prorata.NONE and (number or rule.first_year):
            share = worth(case, year, (year[0], last), last, rule.prorata, rule.part_time)
            why = {"years": served, "year": year, "to": last}
            yield Granted(rule, year, last, last, Kind.GRANTED, rule.entitlement(served) * share, why)


def _served(case: Case, employment: Employment, rule: Rule, day: date) -> int:
    return completed_years(counted_from(case.employments, employment, rule.seniority), day)


def year_starts(case: Case, until: date) -> Iterator[date]:
    """The days on which a leave year ends and the next begins, while somebody is employed."""
    for employment in case.employments:
        hired, last = employment.hired, min(until, employment.left or until)
        found: set[date] = set()
        for since, rule in case.rules:
            first = hired if rule.grant is Grant.ANNIVERSARY else year_start(hired, rule.year_month)
            days = (add_months(first, MONTHS * number) for number in range(1, last.year - first.year + 1))
            found |= {day for day in days if max(hired + DAY, since) <= day <= last and case.rule(day) is rule}
        yield from sorted(found)
