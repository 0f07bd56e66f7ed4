"""What a day of leave costs, what overtime is worth as leave, and how much may be paid out."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from leave.rules.shapes import ZERO, Case, Counts, Kind, LeaveDay, Ledger, Rule, Unit
from leave.rules.years import leave_year


def charge(rule: Rule, day: LeaveDay) -> Fraction:
    """What the day takes from the balance: nothing where no work is asked for, unless every day counts."""
    if rule.counts is Counts.WORKING and not day.works:
        return ZERO
    return _amount(rule, day, max(ZERO, day.share - _free(rule, day)))


def given_back(rule: Rule, day: LeaveDay) -> Fraction:
    """What of the charge comes back because the person was on sick leave that day."""
    if not rule.gives_back or not day.sick:
        return ZERO
    return min(charge(rule, day), _amount(rule, day, min(day.sick, day.share)))


def banked(rule: Rule, minutes: int) -> Fraction:
    """So many minutes of overtime as leave."""
    worth = Fraction(minutes * rule.time_bank_percent, 100)
    return worth / 60 if rule.unit is Unit.HOURS else worth / rule.day_minutes


def encashable(case: Case, ledger: Ledger) -> Fraction:
    """How much may be paid out on the ledger's last day: what there is, less what was paid out in its leave year."""
    rule, there = case.rule(ledger.until), max(ZERO, ledger.balance())
    if rule is None or rule.encash_most is None:
        return there if rule else ZERO
    paid = -ledger.between(*leave_year(case, ledger.until), Kind.ENCASHMENT)
    return max(ZERO, min(there, rule.encash_most - paid))


def lacking(rule: Rule, ledger: Ledger, since: date) -> Fraction:
    """By how much the balance falls too low on some day from ``since`` on; 0 where it never does."""
    if rule.below is None:
        return ZERO
    return max(ZERO, -rule.below - ledger.lowest(since)[1])


def _free(rule: Rule, day: LeaveDay) -> Fraction:
    return day.holiday if rule.holidays_free else ZERO


def _amount(rule: Rule, day: LeaveDay, share: Fraction) -> Fraction:
    return share * day.minutes / 60 if rule.unit is Unit.HOURS else share
