"""What HR enters into a ledger of leave: opening balances, adjustments, leave paid out, overtime moved into leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from math import ceil
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from attendance.models import AbsenceType
from attendance.rules.approval import Split, allotted
from attendance.selectors.timesheets import timesheet
from attendance.services.changes import approvals_take_back, days_check_open
from attendance.wording import span_text
from employees.access import is_hr
from employees.models import Employee, User
from leave.models import LeaveRule, LedgerEntry
from leave.models.entries import SCALE
from leave.refusals import LeaveRefused, NotForYou
from leave.rules import shapes
from leave.rules.charge import banked, encashable, lacking
from leave.rules.ledger import ledger
from leave.selectors.book import FAR, LeaveBook
from leave.signals import entry_stored
from leave.wording import amount_text

MOST = Fraction(10_000)
LONGEST = timedelta(days=366)
Entered = LedgerEntry.Entered


def entry_add(
    *,
    employee: Employee,
    kind: AbsenceType,
    entered: str,
    day: date,
    amount: Fraction,
    reason: str,
    author: User,
    idempotency_key: str = "",
) -> LedgerEntry:
    """HR enters an opening balance or an adjustment, in the unit that the rule of the day counts in.

    Raises ``LeaveRefused``.
    """
    if entered not in (Entered.OPENING, Entered.ADJUSTMENT):
        raise LeaveRefused("invalid", _("Choose an opening balance or an adjustment."), field="entered")
    with transaction.atomic():
        _book, rule = _begin(employee, kind, day, reason, author)
        if entered == Entered.ADJUSTMENT and not amount:
            raise LeaveRefused("nothing", _("Give an amount; a minus takes away."), field="amount")
        return _store(employee, kind, entered, day, amount, rule, reason, author, idempotency_key=idempotency_key)


def encash(
    *,
    employee: Employee,
    kind: AbsenceType,
    day: date,
    amount: Fraction,
    reason: str,
    author: User,
    idempotency_key: str = "",
) -> LedgerEntry:
    """HR writes down that leave is paid out in place of being taken; never more than the rule lets. Raises
    ``LeaveRefused``."""
    with transaction.atomic():
        book, rule = _begin(employee, kind, day, reason, author)
        if amount <= 0:
            raise LeaveRefused("nothing", _("Give how much is paid out."), field="amount")
        case = book.case(employee, kind.pk)
        most = encashable(case, book.ledger(employee, kind.pk, day))
        if amount > most:
            words = _("At most %(amount)s may be paid out on this day, by the rule and the balance.")
            raise LeaveRefused("too_much", words % {"amount": amount_text(most, rule.unit)}, field="amount")
        paid = replace(case, entered=(*case.entered, shapes.Entered(day, shapes.Kind.ENCASHMENT, -amount)))
        if lacking(rule.plan(), ledger(paid, book.until), day):
            words = _("Leave that is approved for later needs it. Take that back first, or pay out less.")
            raise LeaveRefused("balance_too_low", words, field="amount")
        return _store(
            employee, kind, Entered.ENCASHMENT, day, -amount, rule, reason, author, idempotency_key=idempotency_key
        )


def overtime_move(
    *,
    employee: Employee,
    kind: AbsenceType,
    day: date,
    first: date,
    last: date,
    minutes: int,
    reason: str,
    author: User,
    idempotency_key: str = "",
) -> LedgerEntry:
    """HR moves approved overtime of the days from ``first`` to ``last`` into leave, none of it twice.

    A minus gives back what was moved of these days: it is overtime to pay again. Raises ``LeaveRefused``.
    """
    if not first <= last <= first + LONGEST or last > day:
        words = _("The days of the overtime lie before the day of the entry, at most a year from each other.")
        raise LeaveRefused("invalid", words, field="last")
    with transaction.atomic():
        book, rule = _begin(employee, kind, day, reason, author)
        if not rule.time_bank:
            words = _("The rule of this type takes no overtime. Choose another type, or change the rule.")
            raise LeaveRefused("no_time_bank", words, field="kind")
        days = _free(employee, first, last)
        free = sum(sum(one.approved.values()) for one in days.values()) // 60
        if minutes < 0:
            _check_given_back(book, employee, kind, day, days, minutes)
        elif not 0 < minutes <= free:
            words = _(
                "Of these days %(time)s hours of approved overtime can be moved into leave: neither moved yet, nor of "
                "a closed period, which has paid them."
            )
            raise LeaveRefused("too_much", words % {"time": f"{free // 60}:{free % 60:02d}"}, field="minutes")
        taken = allotted(days, minutes * 60)
        # Nobody closes one of their periods, and pays them, before this is stored.
        days_check_open(days=list(taken))
        approvals_take_back(employee=employee, days=taken)
        return _store(
            employee,
            kind,
            Entered.TIME_BANK,
            day,
            banked(rule.plan(), minutes),
            rule,
            reason,
            author,
            idempotency_key=idempotency_key,
            minutes=minutes,
            first=first,
            last=last,
            taken={f"{one}": {str(tier): amount for tier, amount in tiers.items()} for one, tiers in taken.items()},
        )


def _check_given_back(
    book: LeaveBook, employee: Employee, kind: AbsenceType, day: date, days: Mapping[date, Split], minutes: int
) -> None:
    """Raise ``LeaveRefused`` for more than was moved, and for leave that is not there any more or needed later."""
    moved = sum(sum(one.moved.values()) for one in days.values()) // 60
    if -minutes > moved:
        words = _("Of these days %(span)s of overtime are in leave and may be given back.")
        raise LeaveRefused("too_much", words % {"span": span_text(60 * moved)}, field="minutes")
    case, rule = book.case(employee, kind.pk), book.row(employee, kind.pk, day)
    assert rule is not None
    less = shapes.Entered(day, shapes.Kind.TIME_BANK, banked(rule.plan(), minutes))
    if lacking(rule.plan(), ledger(replace(case, entered=(*case.entered, less)), book.until), day):
        words = _("This leave is taken already, or approved for later. Take that back first.")
        raise LeaveRefused("balance_too_low", words, field="minutes")


def overtime_free(*, employee: Employee, first: date, last: date) -> int:
    """The minutes of approved overtime of some days that are to be paid yet, and may be moved into leave."""
    return sum(sum(one.approved.values()) for one in _free(employee, first, last).values()) // 60


def _free(employee: Employee, first: date, last: date) -> dict[date, Split]:
    """What became of the overtime of these days, those of closed periods left out."""
    sheet = timesheet(employee=employee, first=first, last=last)
    return {day: one for day, one in sheet.overtime.days.items() if day not in sheet.locked}


def _begin(employee: Employee, kind: AbsenceType, day: date, reason: str, author: User) -> tuple[LeaveBook, LeaveRule]:
    """What is asked of every entry; the person's row stays locked, so that two entries do not both spend the same."""
    if not is_hr(author):
        raise NotForYou("not_allowed", _("Only HR can do this."))
    if getattr(author, "employee", None) == employee:
        raise NotForYou("own_leave", _("Nobody changes their own leave. Ask a colleague of HR."))
    if not reason.strip():
        raise LeaveRefused("reason_missing", _("Say why. It is kept with the entry."), field="reason")
    Employee.objects.select_for_update(no_key=True).only("pk").get(pk=employee.pk)
    book = LeaveBook([employee], day + FAR)
    rule = book.row(employee, kind.pk, day)
    if rule is None:
        words = _("No leave rule of this type holds for the person on this day. Make one first, from a date before it.")
        raise LeaveRefused("no_rule", words, field="kind")
    return book, rule


def _store(
    employee: Employee,
    kind: AbsenceType,
    entered: str,
    day: date,
    amount: Fraction,
    rule: LeaveRule,
    reason: str,
    author: User,
    **more: Any,
) -> LedgerEntry:
    scaled = amount * SCALE[rule.unit]
    if abs(amount) > MOST:
        raise LeaveRefused("invalid", _("This is more than anybody has."), field="amount")
    if scaled.denominator != 1 and entered != Entered.TIME_BANK:
        words = _("Give days with at most two digits behind the point, hours to the minute.")
        raise LeaveRefused("invalid", words, field="amount")
    entry = LedgerEntry(
        employee=employee,
        kind=kind,
        entered=entered,
        day=day,
        unit=rule.unit,
        # What overtime comes to is rounded in the person's favour; given back, it is as much as was moved.
        amount=ceil(scaled) if scaled >= 0 else -ceil(-scaled),
        reason=reason.strip()[:300],
        author=author,
        **more,
    )
    entry.save()
    entry_stored.send(LedgerEntry, entry=entry)
    return entry
