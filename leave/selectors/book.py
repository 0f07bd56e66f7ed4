"""What the rules of leave are told of many people, in a number of queries that does not grow with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from django.db.models import Q, QuerySet

from attendance.models import Absence, AbsenceType, RequestState
from attendance.rules.schedule import lay_out
from attendance.rules.shapes import DayPlan
from attendance.selectors.plans import PlanBook
from employees.employment import History, histories
from employees.models import Employee
from leave.models import LeaveRule, LedgerEntry
from leave.models.rules import DAY_MINUTES
from leave.rules.ledger import ledger
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
    Rule,
    Unit,
)

DAY = timedelta(days=1)
FAR = 366 * DAY
_HALVES = {"whole": frozenset({"first", "second"}), "first": frozenset({"first"}), "second": frozenset({"second"})}


def kinds_with_rules() -> QuerySet[AbsenceType]:
    """The types of absence that have balances."""
    return AbsenceType.objects.filter(pk__in=LeaveRule.objects.order_by().values("kind"))


def unit_of(kind: AbsenceType) -> str:
    """What a type with rules is counted in."""
    return LeaveRule.objects.filter(kind=kind).values_list("unit", flat=True).first() or LeaveRule.Unit.DAYS


class LeaveBook:
    """The ledgers of some people up to a day; at most twenty queries, however many they are.

    Approved absences are taken, requested ones are in ``waiting``; ``reach`` are absences that are asked about beside.
    """

    def __init__(self, people: Iterable[Employee], until: date, *, reach: Sequence[Absence] = ()) -> None:
        self.until = until
        self._people = {one.pk: one for one in people}
        self._histories = histories(self._people.values())
        self._rows: dict[int, list[LeaveRule]] = defaultdict(list)
        self.kinds: dict[int, AbsenceType] = {}
        concerned = Q(employee=None) | Q(employee__in=self._people)
        for row in LeaveRule.objects.filter(concerned).select_related("kind").order_by("valid_from", "pk"):
            self._rows[row.kind_id].append(row)
            self.kinds[row.kind_id] = row.kind
        self._entries: dict[tuple[int, int], list[LedgerEntry]] = defaultdict(list)
        entries = LedgerEntry.objects.filter(employee__in=self._people).select_related("author")
        for entry in entries.order_by("day", "pk"):
            self._entries[entry.employee_id, entry.kind_id].append(entry)
        self._absences = self._read_absences(RequestState.APPROVED)
        self.waiting = self._read_absences(RequestState.REQUESTED)
        known = [*reach, *(one for rows in (self._absences, self.waiting) for few in rows.values() for one in few)]
        first = min((one.first for one in known), default=until)
        last = max((one.last for one in known), default=until)
        self._plans = PlanBook(self._people.values(), first, min(until, last)) if known and first <= until else None

    def history(self, person: Employee) -> History:
        """When the person was employed, and where they belonged."""
        return self._histories[person.pk]

    def kinds_of(self, person: Employee, day: date) -> list[AbsenceType]:
        """The types of which the person has a rule on that day, or something entered, by name."""
        found = [
            kind
            for key, kind in self.kinds.items()
            if self.row(person, key, day) is not None or self._entries.get((person.pk, key))
        ]
        return sorted(found, key=lambda one: one.name)

    def row(self, person: Employee, kind: int, day: date) -> LeaveRule | None:
        """The rule of that day: the person's own, else that of the department, else everybody's."""
        department = self._histories[person.pk].place(day).department_id
        for chosen in (
            lambda one: one.employee_id == person.pk,
            lambda one: one.department_id is not None and one.department_id == department,
            lambda one: one.employee_id is None and one.department_id is None,
        ):
            held = [one for one in self._rows.get(kind, ()) if chosen(one) and one.valid_from <= day]
            if held:
                return held[-1]
        return None

    def ledger(self, person: Employee, kind: int, until: date | None = None) -> Ledger:
        """The ledger of one type of leave, up to the book's day or an earlier one."""
        return ledger(self.case(person, kind), min(until or self.until, self.until))

    def case(self, person: Employee, kind: int) -> Case:
        """All that the ledger follows from."""
        rules = tuple(self._rules(person, kind))
        found = self._histories[person.pk]
        entries = self._entries.get((person.pk, kind), ())
        unit = rules[-1][1].unit if rules else Unit.DAYS
        return Case(
            rules=rules,
            employments=tuple(Employment(first, last) for first, last in found.periods),
            parts=tuple(self._parts(person, kind)),
            taken=tuple(self._days(person, kind)) if rules else (),
            entered=tuple(_entered(one, unit, rules[-1][1].day_minutes if rules else DAY_MINUTES) for one in entries),
        )

    def days(self, person: Employee, absence: Absence) -> Iterator[LeaveDay]:
        """The days of an absence as the rules are told of them, up to the book's."""
        if self._plans is None:
            return
        row = self.row(person, absence.kind_id, absence.first)
        interrupting = [one for one in self._absences.get(person.pk, ()) if one.kind.interrupts and one is not absence]
        day = absence.first
        while day <= min(absence.last, self.until):
            plan = self._plans.plan(person, day)
            if plan.employed:
                sick = [one for one in interrupting if one.first <= day <= one.last]
                yield _leave_day(plan, absence, sick, row.day_minutes if row else DAY_MINUTES)
            day += DAY

    def _read_absences(self, state: str) -> dict[int, list[Absence]]:
        found: dict[int, list[Absence]] = defaultdict(list)
        rows = Absence.objects.filter(
            Q(kind__in=self.kinds) | Q(kind__interrupts=True),
            employee__in=self._people,
            state=state,
            first__lte=self.until,
        )
        for row in rows.select_related("kind").order_by("first", "pk"):
            found[row.employee_id].append(row)
        return found

    def _days(self, person: Employee, kind: int) -> Iterator[LeaveDay]:
        """Whatever the ledger begins with, what was taken before an opening balance is in it."""
        opened = [
            one.day for one in self._entries.get((person.pk, kind), ()) if one.entered == LedgerEntry.Entered.OPENING
        ]
        for one in self._absences.get(person.pk, ()):
            if one.kind_id == kind and (not opened or one.last >= min(opened)):
                yield from self.days(person, one)

    def _rules(self, person: Employee, kind: int) -> Iterator[tuple[date, Rule]]:
        """The rules that held for the person, each from its day; where none does any more, nothing is granted."""
        days = {one.valid_from for one in self._rows.get(kind, ())}
        days |= {since for since, _place in self._histories[person.pk].placements}
        held: LeaveRule | None = None
        plan: Rule | None = None
        for day in sorted(days):
            row = self.row(person, kind, day)
            if row is held:
                continue
            held = row
            if row is not None:
                plan = row.plan()
            elif plan is not None:
                plan = replace(plan, grant=Grant.NONE, carry_most=None, carry_months=None)
            if plan is not None:
                yield day, plan

    def _parts(self, person: Employee, kind: int) -> Iterator[tuple[date, Fraction]]:
        """The share of a full week by the contract of each placement; without one, all of it."""
        for since, place in self._histories[person.pk].placements:
            row = self.row(person, kind, since) or next(iter(self._rows.get(kind, ())), None)
            if row is not None:
                weekly = place.contract.weekly_minutes if place.contract else row.week_minutes
                yield since, min(WHOLE, Fraction(weekly, row.week_minutes))


def _entered(row: LedgerEntry, unit: Unit, day_minutes: int) -> Entered:
    """An entry in the unit that the rule counts in."""
    amount = row.value
    if row.unit != unit:
        amount = amount * 60 / day_minutes if unit is Unit.DAYS else amount * day_minutes / 60
    return Entered(row.day, Kind(row.entered), amount, row.reason, str(row.author))


def _leave_day(plan: DayPlan, absence: Absence, sick: Sequence[Absence], day_minutes: int) -> LeaveDay:
    """One day of an absence: what work is asked for on it, and what of it is a holiday or sick leave."""
    laid = lay_out(replace(plan, holiday="", absences=()))
    planned = sum(one.planned for one in laid)
    if not plan.pattern:
        planned = day_minutes * 60 if plan.day.weekday() not in plan.policy.weekend else 0
    asked = _HALVES[absence.half]
    free = (
        _HALVES[plan.holiday_half]
        if plan.holiday and not any(one.works_holidays for one in plan.shifts)
        else frozenset()
    )
    ill = frozenset[str]().union(*(_HALVES[one.half] for one in sick))
    return LeaveDay(
        day=plan.day,
        share=_share(asked),
        works=planned > 0,
        minutes=planned // 60,
        holiday=_share(asked & free),
        sick=_share(asked & ill),
    )


def _share(halves: frozenset[str]) -> Fraction:
    return {0: ZERO, 1: HALF, 2: WHOLE}[len(halves)]
