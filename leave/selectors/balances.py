"""Balances of people on a day, their ledgers, and what a wanted absence would leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from django.db.models import Max

from attendance.models import Absence, AbsenceType, RequestState
from attendance.report_filters import FIRST_DAY, LAST_DAY
from employees.models import Employee
from leave.rules.charge import charge, given_back, lacking
from leave.rules.ledger import ledger
from leave.rules.shapes import ZERO, Case, Entered, Kind, LeaveDay, Ledger, Lot, Rule
from leave.rules.years import leave_year
from leave.selectors.book import FAR, LeaveBook

_OPEN = (RequestState.APPROVED, RequestState.REQUESTED)
_GRANTS = (Kind.OPENING, Kind.GRANTED, Kind.PART_TIME, Kind.LEFT, Kind.TIME_BANK, Kind.ADJUSTMENT)


@dataclass(frozen=True, slots=True)
class Balance:
    """One type's balance on a day: its amount, and what of it is spoken for.

    ``granted`` and ``taken`` are of the leave ``year`` up to the day; ``planned`` is approved for later, ``waiting``
    requested; ``free`` is what can still be requested now: what is spoken for and later grants do not cover is not.
    ``lapses`` is what no longer counts from its day on.
    """

    kind: AbsenceType
    unit: str
    day: date
    year: tuple[date, date]
    amount: Fraction
    granted: Fraction
    taken: Fraction
    planned: Fraction
    waiting: Fraction
    free: Fraction
    lapses: Lot | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What an absence would cost, the balance before and after it, and by how much it would fall too low, and when."""

    kind: AbsenceType
    unit: str
    cost: Fraction
    before: Fraction
    after: Fraction
    lacking: Fraction
    lowest: tuple[date, Fraction]


def balances(people: Iterable[Employee], on: date) -> dict[int, list[Balance]]:
    """The balances of each of these people on a day, by type; a number of queries that does not grow with them."""
    rows = {one.pk: one for one in people}
    book = LeaveBook(rows.values(), max(on, _last_absence(rows) or on))
    return {key: [_balance(book, one, kind, on) for kind in book.kinds_of(one, on)] for key, one in rows.items()}


def own_balances(employee: Employee, on: date) -> list[Balance]:
    """Those of one person."""
    return balances([employee], on)[employee.pk]


def ledger_of(employee: Employee, kind: AbsenceType, until: date) -> Ledger:
    """The ledger of one type of one person's leave, up to a day."""
    return LeaveBook([employee], until).ledger(employee, kind.pk)


def forecast(absence: Absence) -> Forecast | None:
    """What the absence would leave; None where no rule counts its type on its first day."""
    return forecasts([absence])[0]


def working_days(absence: Absence) -> Fraction:
    """On how many days of an absence work is asked for, holidays aside: for types of which no rule counts anything."""
    book = LeaveBook([absence.employee], absence.last, reach=[absence])
    return sum((one.share - one.holiday for one in book.days(absence.employee, absence) if one.works), ZERO)


def forecasts(absences: Sequence[Absence]) -> list[Forecast | None]:
    """What each of these absences would leave, by itself; a number of queries that does not grow with them.

    One that is about to be requested counts beside the other requests, so that nobody asks for the same leave twice;
    any other beside what is approved.
    """
    people = {one.employee_id: one.employee for one in absences}
    ends = [day for one in absences for day in (one.last, min(one.first, LAST_DAY) + FAR)]
    until = min(LAST_DAY, max([*ends, _last_absence(people) or FIRST_DAY]))
    book = LeaveBook(people.values(), until, reach=absences)
    return [_forecast(book, one) for one in absences]


def _forecast(book: LeaveBook, absence: Absence) -> Forecast | None:
    employee, kind = absence.employee, absence.kind
    row = book.row(employee, kind.pk, absence.first)
    if row is None:
        return None
    rule, asked = row.plan(), list(book.days(employee, absence))
    others: list[LeaveDay] = []
    if absence._state.adding and absence.state == RequestState.REQUESTED:
        waiting = (one for one in book.waiting.get(employee.pk, ()) if one.kind_id == kind.pk)
        others = [day for one in waiting for day in book.days(employee, one)]
    case = book.case(employee, kind.pk)
    found = ledger(replace(case, taken=(*case.taken, *others, *asked)), book.until)
    cost = sum((charge(rule, one) - given_back(rule, one) for one in asked), ZERO)
    after = found.balance(absence.last)
    return Forecast(
        kind=kind,
        unit=rule.unit,
        cost=cost,
        before=after + cost,
        after=after,
        lacking=lacking(rule, found, absence.first) if cost else ZERO,
        lowest=found.lowest(absence.first),
    )


def _last_absence(people: Mapping[int, Employee]) -> date | None:
    rows = Absence.objects.filter(employee__in=people, state__in=_OPEN)
    found: date | None = rows.aggregate(last=Max("last"))["last"]
    return min(found, LAST_DAY) if found else None


def _balance(book: LeaveBook, person: Employee, kind: AbsenceType, on: date) -> Balance:
    case = book.case(person, kind.pk)
    now, later = book.ledger(person, kind.pk, on), book.ledger(person, kind.pk)
    first, last = leave_year(case, on)
    rule = case.rule(on)
    asked = [one for row in book.waiting.get(person.pk, ()) if row.kind_id == kind.pk for one in book.days(person, row)]
    return Balance(
        kind=kind,
        unit=rule.unit if rule else "days",
        day=on,
        year=(first, last),
        amount=now.balance(),
        granted=now.between(first, on, *_GRANTS),
        taken=-now.between(first, on, Kind.TAKEN, Kind.GIVEN_BACK),
        planned=-later.between(on + timedelta(days=1), later.until, Kind.TAKEN, Kind.GIVEN_BACK),
        waiting=_cost(case, asked),
        free=_free(case, now, asked, later.until),
        lapses=_next_lapse(now),
    )


def _free(case: Case, now: Ledger, asked: Sequence[LeaveDay], until: date) -> Fraction:
    """How much could be taken on the last day of ``now`` without any balance up to ``until`` falling below nothing.

    Leave that is approved for next year is taken from next year's grant, and not from what is left of this one.
    """
    all_of_it = max(ZERO, now.balance())
    taken = Entered(now.until, Kind.ADJUSTMENT, -all_of_it)
    tried = ledger(replace(case, taken=(*case.taken, *asked), entered=(*case.entered, taken)), until)
    return all_of_it + tried.lowest(now.until)[1]


def _cost(case: Case, days: Iterable[LeaveDay]) -> Fraction:
    found = ZERO
    for one in days:
        rule: Rule | None = case.rule(one.day)
        if rule is not None:
            found += charge(rule, one) - given_back(rule, one)
    return found


def _next_lapse(found: Ledger) -> Lot | None:
    ends = sorted({one.expires for one in found.lots if one.expires is not None})
    if not ends:
        return None
    return Lot(sum((one.amount for one in found.lots if one.expires == ends[0]), ZERO), ends[0])
