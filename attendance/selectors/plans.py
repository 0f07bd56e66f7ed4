"""What the rules are told: plans and punches of many people, in a number of queries that does not grow with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from attendance.models import Absence, ClockEvent, CompanyHoliday, Posting, RequestState, ShiftAssignment, WorkPolicy
from attendance.rules import policy as rules
from attendance.rules import shapes
from attendance.rules.calculate import AFTER, BEFORE, PlanOf, reach
from attendance.rules.holiday_calendar import public_holidays
from attendance.rules.worked import Punch
from employees.models import Employee

DEFAULT = rules.Policy()


class PlanBook:
    """The plans of some people between two days and the days near them; five queries, whoever and how many they are."""

    def __init__(self, people: Iterable[Employee], first: date, last: date) -> None:
        self._first, self._last = first - timedelta(days=BEFORE), last + timedelta(days=AFTER)
        keys = [one.pk for one in people]
        self._shifts: dict[int, shapes.ShiftPlan] = {}
        self._assignments = self._read_assignments(keys)
        self._absences = self._read_absences(keys)
        self._postings: dict[int, list[Posting]] = defaultdict(list)
        for posting in Posting.objects.filter(employee__in=keys, valid_from__lte=self._last).order_by("valid_from"):
            self._postings[posting.employee_id].append(posting)
        self._policies: dict[int | None, list[tuple[WorkPolicy, rules.Policy]]] = defaultdict(list)
        for policy in WorkPolicy.objects.filter(valid_from__lte=self._last).order_by("valid_from"):
            self._policies[policy.department_id].append((policy, policy.plan()))
        self._own: dict[tuple[date, int | None], CompanyHoliday] = {
            (one.day, one.department_id): one
            for one in CompanyHoliday.objects.filter(day__gte=self._first, day__lte=self._last)
        }

    def of(self, person: Employee) -> PlanOf:
        """The person's plan of a day, as the rules ask for it."""
        return partial(self.plan, person)

    def plan(self, person: Employee, day: date) -> shapes.DayPlan:
        """What is known of the person's day before anybody has punched."""
        department, zone = self.posting(person, day)
        row, policy = self._policy(department, day)
        employed = person.hired_on <= day and (person.left_on is None or day <= person.left_on)
        return shapes.DayPlan(
            day=day,
            zone=zone,
            policy=policy,
            shifts=self._worked_on(person, day) if employed else (),
            **self._holiday(department, row, day),
            absences=tuple(
                shapes.Absence(one.kind.name, shapes.Half(one.half), str(one.pk), one.kind.paid)
                for one in self._absences.get(person.pk, ())
                if one.first <= day <= one.last
            ),
            employed=employed,
        )

    def policy(self, person: Employee, day: date) -> rules.Policy:
        """How the person's time was counted on that day."""
        postings = self._postings.get(person.pk)
        department = self.posting(person, day)[0] if postings else person.department_id
        return self._policy(department, day)[1]

    def policy_row(self, person: Employee, day: date) -> WorkPolicy | None:
        """The policy of that day as HR wrote it; None where there is none."""
        return self._policy(self.posting(person, day)[0], day)[0]

    @property
    def approves_overtime(self) -> bool:
        """Whether any policy of these days has overtime approved."""
        return any(plan.approve_overtime for rows in self._policies.values() for _row, plan in rows)

    def posting(self, person: Employee, day: date) -> tuple[int | None, ZoneInfo]:
        """The department and the zone the person belonged to on that day."""
        for one in reversed(self._postings.get(person.pk, ())):
            if one.valid_from <= day:
                return one.department_id, ZoneInfo(one.time_zone)
        return person.department_id, person.zone

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

    def _read_absences(self, keys: Sequence[int]) -> dict[int, list[Absence]]:
        rows = Absence.objects.filter(
            employee__in=keys, state=RequestState.APPROVED, first__lte=self._last, last__gte=self._first
        ).select_related("kind")
        found: dict[int, list[Absence]] = defaultdict(list)
        for row in rows.order_by("first", "pk"):
            found[row.employee_id].append(row)
        return found

    def _worked_on(self, person: Employee, day: date) -> tuple[shapes.ShiftPlan, ...]:
        """All patterns that have the day; else all assignments by weekday, unless a later one takes their hours."""
        valid = [one for one in self._assignments.get(person.pk, ()) if one.covers(day)]
        rotating = [one for one in valid if one.pattern and one.turns_up(day)]
        if rotating:
            return tuple(self._shifts[one.shift_id] for one in rotating)
        weekly: list[ShiftAssignment] = []
        for one in reversed(valid):
            if not one.pattern and one.turns_up(day) and not any(one.overlaps(later) for later in weekly):
                weekly.insert(0, one)
        return tuple(self._shifts[one.shift_id] for one in weekly)

    def _policy(self, department: int | None, day: date) -> tuple[WorkPolicy | None, rules.Policy]:
        for key in (department, None):
            for row, plan in reversed(self._policies.get(key, ())):
                if row.valid_from <= day:
                    return row, plan
        return None, DEFAULT

    def _holiday(self, department: int | None, policy: WorkPolicy | None, day: date) -> dict[str, Any]:
        """The day's holiday as a plan says it."""
        own = self._own.get((day, department)) or self._own.get((day, None))
        if own is not None and not own.worked:
            return {"holiday": own.name, "holiday_half": shapes.Half(own.half), "premium": own.premium}
        if own is not None or policy is None or not policy.holiday_country:
            return {}
        public = public_holidays(policy.holiday_country, policy.holiday_region, day.year)
        return {"holiday": public[day]} if day in public else {}


def punches_for(
    people: Iterable[Employee], first: date, last: date, *, known_at: datetime | None = None
) -> dict[int, list[Punch]]:
    """The punches that can matter to those days, by person; one query.

    ``known_at``: as they stood at that instant, without what was stored later; the way a locked period saw them.
    """
    begin, end = reach(first, last)
    events = ClockEvent.objects.filter(employee__in=[one.pk for one in people], at__gte=begin, at__lt=end)
    events = events.exclude(method=ClockEvent.Method.VOID)
    if known_at is None:
        events = events.filter(replaced_by=None)
    else:
        later = Q(replaced_by=None) | Q(replaced_by__received_at__gt=known_at)
        events = events.filter(later, received_at__lte=known_at)
    found: dict[int, list[Punch]] = defaultdict(list)
    for employee, at, zone, direction, key in events.order_by().values_list(
        "employee_id", "at", "zone", "direction", "pk"
    ):
        found[employee].append(Punch(at.astimezone(UTC), zone, direction, str(key)))
    return found
