"""The plan of some people as whoever plans sees it: drafts, else what is published, else what is assigned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from attendance.models import Absence, Period, PlannedShift, RequestState, Shift
from attendance.rules.shapes import DayPlan, ShiftPlan
from attendance.selectors.plans import PlanBook
from employees.models import Employee
from planning.access import DAY, days_between
from planning.warnings import Hours, absence_warnings, hours_warnings, planned_hours

Kind = PlannedShift.Kind
Row = tuple[int | None, str, str]
"""A row of a day's draft: the shift's key, the kind, the note."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A person's day: its shifts, where they come from, who is away and why, and what speaks against it."""

    day: date
    shifts: tuple[Shift, ...] = ()
    source: str = "pattern"
    note: str = ""
    away: str = ""
    employed: bool = True
    locked: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def said(self) -> tuple[object, ...]:
        """What the cell says, whatever its day is."""
        keys = tuple(one.pk for one in self.shifts)
        return keys, self.source, self.note, self.away, self.employed, self.locked, self.warnings

    @property
    def is_draft(self) -> bool:
        return self.source == "draft"

    @property
    def is_free(self) -> bool:
        """Whether somebody said that the day is free."""
        return not self.shifts and self.source != "pattern"

    @property
    def may_change(self) -> bool:
        return self.employed and not self.locked


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A line of the board."""

    employee: Employee
    cells: Sequence[Cell]
    may_plan: bool


class PlanView:
    """The plan of some people between two days; a number of queries that does not grow with people or days."""

    def __init__(self, people: Iterable[Employee], first: date, last: date) -> None:
        self.people, self.first, self.last = list(people), first, last
        keys = [one.pk for one in self.people]
        before, after = first - DAY, last + DAY
        self.book = PlanBook(self.people, before, after)
        self.shifts = {one.pk: one for one in Shift.objects.all()}
        self._plans = {key: one.plan() for key, one in self.shifts.items()}
        self._named = {one.name: one for one in self.shifts.values()}
        self._laid: dict[tuple[object, ...], Hours | None] = {}
        self.drafts: dict[tuple[int, date], list[Row]] = defaultdict(list)
        self.published: dict[tuple[int, date], list[Row]] = defaultdict(list)
        rows = PlannedShift.objects.filter(employee__in=keys, day__gte=before, day__lte=after).order_by("pk")
        for employee, day, state, shift, kind, note in rows.values_list(
            "employee_id", "day", "state", "shift_id", "kind", "note"
        ):
            found = self.drafts if state == PlannedShift.State.DRAFT else self.published
            found[employee, day].append((shift, kind, note))
        self._asked: dict[int, list[Absence]] = defaultdict(list)
        asked = Absence.objects.filter(
            employee__in=keys, state=RequestState.REQUESTED, first__lte=last, last__gte=first
        )
        for one in asked.select_related("kind"):
            self._asked[one.employee_id].append(one)
        closed = Period.objects.filter(state=Period.State.LOCKED, first__lte=last, last__gte=first)
        self._locked = {day for one in closed for day in days_between(max(first, one.first), min(last, one.last))}

    @property
    def draft_days(self) -> dict[tuple[int, date], list[Row]]:
        """The days that would change if they were published."""
        return {key: rows for key, rows in self.drafts.items() if self.first <= key[1] <= self.last}

    def row(self, person: Employee, *, may_plan: bool = True) -> PersonRow:
        """The person's days between the two."""
        cells: list[Cell] = []
        before: Hours | None = None
        for day in days_between(self.first - DAY, self.last):
            plan, source = self._plan(person, day)
            hours = self._hours(plan)
            if day >= self.first:
                cells.append(self._cell(person, plan, source, hours_warnings(hours, before, plan.policy.rest)))
            before = hours
        return PersonRow(person, cells, may_plan)

    def rows(self, plannable: Iterable[int]) -> list[PersonRow]:
        """Everybody's days; those whom the reader does not plan are only shown."""
        keys = set(plannable)
        return [self.row(one, may_plan=one.pk in keys) for one in self.people]

    def shown(self, person: Employee, day: date) -> tuple[int, ...]:
        """The keys of the shifts that the board shows."""
        return self.keys_of(self._plan(person, day)[0].shifts)

    def counted(self, person: Employee, day: date) -> tuple[int, ...]:
        """The keys of the shifts that count today: published, or assigned."""
        return self.keys_of(self.book.plan(person, day).shifts)

    def assigned(self, person: Employee, day: date) -> tuple[int, ...]:
        """The keys of the shifts that the assignments give the day."""
        return self.keys_of(self.book.pattern(person, day))

    def against(self, person: Employee, day: date, shifts: Sequence[int]) -> tuple[str, ...]:
        """What would speak against these shifts on a day, and then against those of the day after."""
        said: list[str] = []
        before: Hours | None = None
        for one in (day - DAY, day, day + DAY):
            plan = self.book.plan(person, one)
            if one == day:
                plan = replace(plan, shifts=tuple(self._plans[key] for key in shifts))
                said += absence_warnings(plan, self._asked_on(person, day))
            hours = planned_hours(plan)
            said += hours_warnings(hours, before, plan.policy.rest) if one >= day else ()
            before = hours
        return tuple(said)

    def keys_of(self, shifts: Sequence[ShiftPlan]) -> tuple[int, ...]:
        return tuple(self._named[one.name].pk for one in shifts if one.name in self._named)

    def _plan(self, person: Employee, day: date) -> tuple[DayPlan, str]:
        """What the board shows of the day, and where that comes from."""
        plan = self.book.plan(person, day)
        if not plan.employed:
            return plan, "pattern"
        draft = self.drafts.get((person.pk, day))
        if draft is None:
            return plan, "published" if (person.pk, day) in self.published else "pattern"
        if draft[0][1] == Kind.PATTERN:
            return replace(plan, shifts=self.book.pattern(person, day)), "draft"
        drawn = tuple(self._plans[key] for key, _kind, _note in draft if key is not None)
        return replace(plan, shifts=drawn), "draft"

    def _hours(self, plan: DayPlan) -> Hours | None:
        """The hours of the day; everybody on the same shifts has the same."""
        if not plan.shifts:
            return None
        key = plan.shifts, plan.day, plan.zone, plan.absences, plan.holiday, plan.holiday_half
        if key not in self._laid:
            self._laid[key] = planned_hours(plan)
        return self._laid[key]

    def _asked_on(self, person: Employee, day: date) -> list[Absence]:
        return [one for one in self._asked.get(person.pk, ()) if one.first <= day <= one.last]

    def _cell(self, person: Employee, plan: DayPlan, source: str, warnings: tuple[str, ...]) -> Cell:
        day = plan.day
        rows: Mapping[tuple[int, date], list[Row]] = self.drafts if source == "draft" else self.published
        note = "" if source == "pattern" else rows[person.pk, day][0][2]
        if source != "pattern" and plan.shifts:
            warnings = (*warnings, *absence_warnings(plan, self._asked_on(person, day)))
        return Cell(
            day=day,
            shifts=tuple([self._named[one.name] for one in plan.shifts if one.name in self._named]),
            source=source,
            note=note,
            away=", ".join(filter(None, (*[one.kind for one in plan.absences], plan.holiday))),
            employed=plan.employed,
            locked=day in self._locked,
            warnings=warnings,
        )
