"""Years of service and of leave, their months, and what a part of one is worth."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction

from leave.rules.shapes import WHOLE, ZERO, Case, Employment, Grant, Prorata, Seniority

DAY = timedelta(days=1)
MONTHS = 12
WHOLE_MONTH_DAYS = 15
"""Days of a month that make it count whole where months are counted."""


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the month's last."""
    year, month = divmod(day.year * MONTHS + day.month - 1 + months, MONTHS)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def completed_years(since: date, day: date) -> int:
    """How many years are over between the two; the year of one day is over on the same day a year later."""
    years = day.year - since.year
    return max(0, years if add_months(since, MONTHS * years) <= day else years - 1)


def counted_from(employments: Sequence[Employment], current: Employment, seniority: Seniority) -> date:
    """From when the years of service count."""
    if seniority is Seniority.CURRENT:
        return current.hired
    before = (one for one in employments if one.left is not None and one.left < current.hired)
    return current.hired - sum((one.left - one.hired + DAY for one in before if one.left), timedelta())


def year_start(day: date, month: int) -> date:
    """The first day of the leave year that begins in that month."""
    return date(day.year if day.month >= month else day.year - 1, month, 1)


def leave_year(case: Case, day: date) -> tuple[date, date]:
    """The leave year of a day: one of the calendar, or one of service where leave is granted for each completed one."""
    rule = case.rule(day)
    begun = [one.hired for one in case.employments if one.hired <= day]
    if rule is not None and rule.grant is Grant.ANNIVERSARY and begun:
        first = add_months(begun[-1], MONTHS * completed_years(begun[-1], day))
    else:
        first = year_start(day, rule.year_month if rule else 1)
    return first, add_months(first, MONTHS) - DAY


def years(first: date, start: date, last: date) -> Iterator[tuple[date, date]]:
    """The years counted from ``first`` that have a day between the two, each with its first and last day."""
    number = completed_years(first, start)
    while (begin := add_months(first, MONTHS * number)) <= last:
        yield begin, add_months(first, MONTHS * (number + 1)) - DAY
        number += 1


def months(first: date) -> Iterator[tuple[date, date]]:
    """The twelve months of the year that begins on a day, each with its first and last day."""
    for number in range(MONTHS):
        yield add_months(first, number), add_months(first, number + 1) - DAY


def days(first: date, last: date) -> int:
    """How many days there are from one to the other, both counted."""
    return max(0, (last - first).days + 1)


def average_part(case: Case, first: date, last: date, known: date) -> Fraction:
    """The mean share of a full week between two days, as far as it was known on a third one."""
    borders = sorted({first, *(since for since, _part in case.parts if first < since <= min(last, known))})
    ends = [*(one - DAY for one in borders[1:]), last]
    total = sum(
        (case.part(min(begin, known)) * days(begin, end) for begin, end in zip(borders, ends, strict=True)), ZERO
    )
    return total / days(first, last) if last >= first else ZERO


def worth(
    case: Case, year: tuple[date, date], span: tuple[date, date], known: date, method: Prorata, part_time: bool
) -> Fraction:
    """What the days of ``span`` are worth of ``year``, 1 being all of it by somebody who works full weeks."""
    first, last = span
    if last < first:
        return ZERO
    if method is Prorata.MONTHS:
        found = ZERO
        for begin, end in months(year[0]):
            inside = max(begin, first), min(end, last)
            if days(*inside) >= WHOLE_MONTH_DAYS:
                found += average_part(case, *inside, known) if part_time else WHOLE
        return found / MONTHS
    part = average_part(case, first, last, known) if part_time else WHOLE
    return part * Fraction(days(first, last), days(*year)) if method is Prorata.DAYS else part
