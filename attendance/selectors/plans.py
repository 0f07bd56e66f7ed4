"""What the rules are told: plans and punches of many people, in a number of queries that does not grow with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, timedelta
from functools import partial
from typing import Any

from django.db.models import Q

from attendance.models import (
    Absence,
    ClockEvent,
    CompanyHoliday,
    PlannedShift,
    RequestState,
    Shift,
    ShiftAssignment,
    WorkPolicy,
)
from attendance.rules import policy as rules
from attendance.rules import shapes
from attendance.rules.calculate import AFTER, BEFORE, PlanOf, reach
from attendance.rules.holiday_calendar import public_holidays
from attendance.rules.worked import Punch
from employees.employment import History, Placement, histories
from employees.models import Employee

DEFAULT = rules.Policy()
For = tuple[int | None, int | None, int | None]
"""Whom a policy is for: department, contract, person."""
Ruled = dict[date, tuple[rules.Policy, dict[str, Any]]]
"""The policy and the holiday of each day."""
EVERYBODY: For = (None, None, None)
EVERYWHERE = (None, None)


class PlanBook:
    """The plans of some people between two days and near them; at most eleven queries, however many people they are."""

    def __init__(self, people: Iterable[Employee], first: date, last: date) -> None:
        self._first, self._last = first - timedelta(days=BEFORE), last + timedelta(days=AFTER)
        people = list(people)
        keys = [one.pk for one in people]
        self._histories = histories(people)
        self._shifts: dict[int, shapes.ShiftPlan] = {}
        self._assignments = self._read_assignments(keys)
        self._planned = self._read_planned(keys)
        self._absences = self._read_absences(keys)
        self._policies: dict[For, list[tuple[WorkPolicy, rules.Policy]]] = defaultdict(list)
        own = Q(employee=None) | Q(employee__in=keys)
        for policy in WorkPolicy.objects.filter(own, valid_from__lte=self._last).order_by("valid_from"):
            concerned = (policy.department_id, policy.contract_id, policy.employee_id)
            self._policies[concerned].append((policy, policy.plan()))
        self._ruled: dict[tuple[int | None, ...], Ruled] = defaultdict(dict)
        self._ruled_at: dict[int, Ruled] = {}
        self._own: dict[tuple[date, int | None, int | None], CompanyHoliday] = {
            (one.day, one.department_id, one.site_id): one
            for one in CompanyHoliday.objects.filter(day__gte=self._first, day__lte=self._last)
        }

    def of(self, person: Employee) -> PlanOf:
        """The person's plan of a day, as the rules ask for it."""
        return partial(self.plan, person)

    def plan(self, person: Employee, day: date) -> shapes.DayPlan:
        """What is known of the person's day before anybody has punched."""
        history = self.history(person)
        place, employed = history.place(day), history.employed(day)
        policy, holiday = self._rules(person, place, day)
        assigned = self._assigned(person, day) if employed else []
        planned = self._planned.get((person.pk, day)) if employed else None
        return shapes.DayPlan(
            day=day,
            zone=place.zone,
            policy=policy,
            shifts=self._worked_on(assigned, day) if planned is None else tuple(planned),
            **holiday,
            absences=self._away(person, day),
            employed=employed,
            contract=place.contract_seconds,
            pattern=planned is not None
            or any(self._shifts[one.shift_id].kind is not shapes.Kind.ON_CALL for one in assigned),
        )

    def absences(self, person: Employee, day: date) -> list[Absence]:
        """The approved absences of that day, also those in whose place another one counts."""
        return [one for one in self._absences.get(person.pk, ()) if one.first <= day <= one.last]

    def _away(self, person: Employee, day: date) -> tuple[shapes.Absence, ...]:
        if person.pk not in self._absences:
            return ()
        return tuple(
            shapes.Absence(one.kind.name, half, str(one.pk), one.kind.paid)
            for one, half in _standing(self.absences(person, day))
        )

    def pattern(self, person: Employee, day: date) -> tuple[shapes.ShiftPlan, ...]:
        """The shifts that the person's assignments give the day, whatever the plan of the day says."""
        return self._worked_on(self._assigned(person, day), day) if self.history(person).employed(day) else ()

    def policy(self, person: Employee, day: date) -> rules.Policy:
        """How the person's time was counted on that day."""
        return self._policy(person, self.place(person, day), day)[1]

    def policy_row(self, person: Employee, day: date) -> WorkPolicy | None:
        """The policy of that day as HR wrote it; None where there is none."""
        return self._policy(person, self.place(person, day), day)[0]

    def contract(self, person: Employee, day: date) -> int:
        """The seconds a week that the contract of that day asks for; 0 where it says nothing."""
        return self.place(person, day).contract_seconds

    @property
    def approves_overtime(self) -> bool:
        """Whether any policy of these days has overtime approved."""
        return any(plan.approve_overtime for rows in self._policies.values() for _row, plan in rows)

    @property
    def counts_periods(self) -> bool:
        """Whether any policy of these days has overtime of the payroll period."""
        plans = (plan for rows in self._policies.values() for _row, plan in rows)
        return any(rule.scope is rules.Scope.PERIOD for plan in plans for rule in plan.overtime)

    def history(self, person: Employee) -> History:
        """When the person was employed, and where they belonged."""
        return self._histories[person.pk]

    def place(self, person: Employee, day: date) -> Placement:
        """Where the person belonged on that day."""
        return self._histories[person.pk].place(day)

    def _read_assignments(self, keys: Sequence[int]) -> dict[int, list[ShiftAssignment]]:
        rows = (
            ShiftAssignment.objects.filter(employee__in=keys, valid_from__lte=self._last)
            .filter(Q(valid_to=None) | Q(valid_to__gte=self._first))
            .select_related("shift")
            .order_by("valid_from", "pk")
        )
        found: dict[int, list[ShiftAssignment]] = defaultdict(list)
        for row in rows:
            if row.shift_id not in self._shifts:
                self._shifts[row.shift_id] = row.shift.plan()
            found[row.employee_id].append(row)
        return found

    def _assigned(self, person: Employee, day: date) -> list[ShiftAssignment]:
        return [one for one in self._assignments.get(person.pk, ()) if one.covers(day)]

    def _read_planned(self, keys: Sequence[int]) -> dict[tuple[int, date], list[shapes.ShiftPlan]]:
        """The published days of the plan, each with its shifts; none for a free day."""
        rows = PlannedShift.objects.published().filter(employee__in=keys, day__gte=self._first, day__lte=self._last)
        found: dict[tuple[int, date], list[shapes.ShiftPlan]] = {}
        days = list(rows.order_by("pk").values_list("employee_id", "day", "shift_id"))
        unknown = {shift for _employee, _day, shift in days if shift is not None} - self._shifts.keys()
        if unknown:
            self._shifts |= {key: shift.plan() for key, shift in Shift.objects.in_bulk(unknown).items()}
        for employee, day, shift in days:
            shifts = found.setdefault((employee, day), [])
            if shift is not None:
                shifts.append(self._shifts[shift])
        return found

    def _read_absences(self, keys: Sequence[int]) -> dict[int, list[Absence]]:
        rows = Absence.objects.filter(
            employee__in=keys, state=RequestState.APPROVED, first__lte=self._last, last__gte=self._first
        ).select_related("kind")
        found: dict[int, list[Absence]] = defaultdict(list)
        for row in rows.order_by("first", "pk"):
            found[row.employee_id].append(row)
        return found

    def _worked_on(self, valid: Sequence[ShiftAssignment], day: date) -> tuple[shapes.ShiftPlan, ...]:
        """All patterns that have the day; else all assignments by weekday, unless a later one takes their hours."""
        rotating = [one for one in valid if one.pattern and one.turns_up(day)]
        if rotating:
            return tuple(self._shifts[one.shift_id] for one in rotating)
        weekly: list[ShiftAssignment] = []
        for one in reversed(valid):
            if not one.pattern and one.turns_up(day) and not any(one.overlaps(later) for later in weekly):
                weekly.insert(0, one)
        return tuple(self._shifts[one.shift_id] for one in weekly)

    def _rules(self, person: Employee, place: Placement, day: date) -> tuple[rules.Policy, dict[str, Any]]:
        """The policy and the holiday of a day; those who belong to the same place share them, and they are kept."""
        # A placement is one person's own, and lives as long as the histories do.
        kept = self._ruled_at.get(id(place))
        if kept is None:
            own = person.pk if (None, None, person.pk) in self._policies else None
            contract, site = (one.pk if one else None for one in (place.contract, place.site))
            kept = self._ruled_at[id(place)] = self._ruled[own, contract, place.department_id, site]
        if day not in kept:
            row, policy = self._policy(person, place, day)
            kept[day] = policy, self._holiday(place, row, day)
        return kept[day]

    def _policy(self, person: Employee, place: Placement, day: date) -> tuple[WorkPolicy | None, rules.Policy]:
        """The person's own, else that of the contract, of the department, of everybody."""
        contract = place.contract.pk if place.contract else None
        for key in ((None, None, person.pk), (None, contract, None), (place.department_id, None, None), EVERYBODY):
            for row, plan in reversed(self._policies.get(key, ())):
                if row.valid_from <= day:
                    return row, plan
        return None, DEFAULT

    def _holiday(self, place: Placement, policy: WorkPolicy | None, day: date) -> dict[str, Any]:
        """The day's holiday as a plan says it: the company's own, else a public one of the site, or of the policy."""
        department, site = place.department_id, place.site.pk if place.site else None
        said = (
            self._own.get((day, *key)) for key in ((department, site), (department, None), (None, site), EVERYWHERE)
        )
        own = next((one for one in said if one is not None), None)
        if own is not None and not own.worked:
            return {"holiday": own.name, "holiday_half": shapes.Half(own.half), "premium": own.premium}
        calendar = place.site if place.site and place.site.holiday_country else policy
        if own is not None or calendar is None or not calendar.holiday_country:
            return {}
        public = public_holidays(calendar.holiday_country, calendar.holiday_region, day.year)
        return {"holiday": public[day]} if day in public else {}


def _standing(absences: Sequence[Absence]) -> list[tuple[Absence, shapes.Half]]:
    """What is left of a day's absences: those that may fall on others count in their place."""
    taken = {half for one in absences if one.kind.interrupts for half in _halves(one)}
    found = []
    for one in absences:
        halves = _halves(one) if one.kind.interrupts else _halves(one) - taken
        if halves:
            found.append((one, shapes.Half.WHOLE if len(halves) == 2 else halves.pop()))
    return found


def _halves(absence: Absence) -> set[shapes.Half]:
    half = shapes.Half(absence.half)
    return {shapes.Half.FIRST, shapes.Half.SECOND} if half is shapes.Half.WHOLE else {half}


def punches_for(people: Iterable[Employee], first: date, last: date) -> dict[int, list[Punch]]:
    """The punches that can matter to those days, by person; one query."""
    begin, end = reach(first, last)
    events = ClockEvent.objects.filter(employee__in=[one.pk for one in people], at__gte=begin, at__lt=end)
    events = events.exclude(method=ClockEvent.Method.VOID).filter(replaced_by=None)
    found: dict[int, list[Punch]] = defaultdict(list)
    for employee, at, zone, direction, key in events.order_by().values_list(
        "employee_id", "at", "zone", "direction", "pk"
    ):
        found[employee].append(Punch(at.astimezone(UTC), zone, direction, str(key)))
    return found
