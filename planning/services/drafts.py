"""Drafts of days: set, moved, copied, and the last change undone. Nothing here counts before it is published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import PlannedShift, Shift
from attendance.services.changes import days_check_open
from attendance.services.planned import people_lock
from common import audit
from employees.employment import histories
from employees.models import Employee, User
from planning.access import FIRST_DAY, LAST_DAY, PlanRefused, check_plans, days_between
from planning.models import PlanChange
from planning.selectors import Kind, PlanView, Row

State = PlannedShift.State
MOST_WEEKS = 12
"""A week is copied to at most so many weeks."""
MOST_SHIFTS = 4
"""Shifts that a person has on one day."""
WEEK = timedelta(days=7)
Day = tuple[int, date]
Rows = tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person's day is to be: these shifts by their keys, none for a free day, None for as it is assigned."""

    employee: Employee
    day: date
    shifts: tuple[int, ...] | None
    note: str = ""

    @property
    def rows(self) -> Rows:
        note = self.note.strip()[:200]
        if self.shifts is None:
            return ((None, Kind.PATTERN.value, note),)
        if not self.shifts:
            return ((None, Kind.FREE.value, note),)
        return tuple((key, Kind.SHIFT.value, note) for key in dict.fromkeys(self.shifts))


def drafts_set(*, wishes: Sequence[Wish], by: User | None) -> int:
    """Make drafts of these days; the number of days whose draft changed. ``by`` is None for a program with a key.

    A day that is to be as it is published already, or as it is assigned where nothing is published, keeps no draft.
    Raises ``PlanRefused`` and ``PeriodLocked``.
    """
    _check(wishes, by)
    with transaction.atomic():
        people_lock([one.employee.pk for one in wishes])
        return _store(wishes, by)


def shift_move(
    *, employee: Employee, day: date, shift: Shift, to_employee: Employee, to_day: date, by: User, copy: bool = False
) -> int:
    """Give the shift of one day to another day or person, in place of what that has; ``copy`` leaves it here as well.

    Raises ``PlanRefused`` and ``PeriodLocked``.
    """
    if (employee.pk, day) == (to_employee.pk, to_day):
        return 0
    with transaction.atomic():
        people_lock([employee.pk, to_employee.pk])
        both = {employee.pk: employee, to_employee.pk: to_employee}.values()
        view = PlanView(both, min(day, to_day), max(day, to_day))
        here = view.shown(employee, day)
        if shift.pk not in here:
            raise PlanRefused("plan_changed", _("Somebody has changed this day meanwhile. Reload the page."))
        wishes = [Wish(to_employee, to_day, (shift.pk,))]
        if not copy:
            wishes.append(Wish(employee, day, tuple(key for key in here if key != shift.pk)))
        _check(wishes, by)
        return _store(wishes, by)


def week_copy(*, people: Sequence[Employee], monday: date, weeks: int, by: User) -> int:
    """Copy what the board shows of a week to the weeks after it; the number of days whose draft changed.

    Raises ``PlanRefused`` and ``PeriodLocked``.
    """
    if not 1 <= weeks <= MOST_WEEKS:
        raise PlanRefused("weeks", _("Copy to 1 to %(most)d weeks.") % {"most": MOST_WEEKS}, field="weeks")
    last = monday + weeks * WEEK + timedelta(days=6)
    if last > LAST_DAY:
        raise PlanRefused("weeks", _("The plan ends in 2099."), field="weeks")
    with transaction.atomic():
        people_lock([one.pk for one in people])
        view = PlanView(people, monday, last)
        wishes = []
        for person in view.people:
            known = view.book.history(person)
            for day in days_between(monday, monday + timedelta(days=6)):
                if not known.employed(day):
                    continue
                shown = view.shown(person, day)
                targets = [day + number * WEEK for number in range(1, weeks + 1)]
                wishes += [
                    Wish(person, target, None if set(shown) == set(view.assigned(person, target)) else shown)
                    for target in targets
                    if known.employed(target)
                ]
        _check(wishes, by)
        return _store(wishes, by)


def change_undo(*, by: User) -> int:
    """Give the days of the user's last change the drafts of before; the number of days.

    A day that somebody has changed since stays as it is. Raises ``PlanRefused`` where there is nothing to undo.
    """
    with transaction.atomic():
        change = PlanChange.objects.select_for_update().filter(user=by).first()
        if change is None or change.rotation:
            raise PlanRefused("nothing_to_undo", _("There is nothing to undo."))
        days = [(key, date.fromisoformat(day), _rows(old), _rows(new)) for key, day, old, new in change.days]
        change.delete()
        people = {one.pk: one for one in Employee.objects.filter(pk__in={key for key, *_rest in days})}
        check_plans(by, people)
        people_lock(list(people))
        days_check_open(days={day for key, day, _old, _new in days if key in people})
        standing = _drafts({(key, day) for key, day, _old, _new in days})
        wanted = {
            (key, day): old for key, day, old, new in days if key in people and standing.get((key, day), ()) == new
        }
        known = set(Shift.objects.values_list("pk", flat=True))
        wanted = {day: rows for day, rows in wanted.items() if all(one[0] is None or one[0] in known for one in rows)}
        _replace(wanted)
        audit.record("plan.undone", object="plan", details={"days": len(wanted)})
        return len(wanted)


def _check(wishes: Sequence[Wish], by: User | None) -> None:
    """Who may plan whom, days on which they work here, and shifts that are one person's day."""
    people = {one.employee.pk: one.employee for one in wishes}
    if by is not None:
        check_plans(by, people)
    known = histories(people.values())
    for one in wishes:
        if not FIRST_DAY <= one.day <= LAST_DAY:
            raise PlanRefused("day", _("Choose a day between 2000 and 2099."), field="day")
        if not known[one.employee.pk].employed(one.day):
            message = _("%(name)s does not work here on that day.") % {"name": one.employee.name}
            raise PlanRefused("not_employed", message, field="day")
        if len(one.shifts or ()) > MOST_SHIFTS:
            message = _("A day has at most %(most)d shifts.") % {"most": MOST_SHIFTS}
            raise PlanRefused("too_many_shifts", message, field="shifts")


def _store(wishes: Sequence[Wish], by: User | None) -> int:
    """Write the drafts, in a transaction that holds the people; remember what was, for the user's undo."""
    wanted = {(one.employee.pk, one.day): one.rows for one in wishes}
    if not wanted:
        return 0
    days_check_open(days={day for _person, day in wanted})
    before, published = _drafts(set(wanted)), _published(set(wanted))
    after = {day: () if _is_same(rows, published.get(day)) else rows for day, rows in wanted.items()}
    changed = {day: rows for day, rows in after.items() if before.get(day, ()) != rows}
    _replace(changed)
    if changed and by is not None:
        days = [[key, f"{day}", before.get((key, day), ()), rows] for (key, day), rows in changed.items()]
        PlanChange.objects.update_or_create(user=by, defaults={"days": days, "rotation": {}, "at": timezone.now()})
    if changed:
        numbers = {one.employee.pk: one.employee.number for one in wishes}
        people, dates = {key for key, _day in changed}, {day for _key, day in changed}
        audit.record(
            "plan.drafted",
            subject=numbers[next(iter(people))] if len(people) == 1 else "",
            object="plan",
            details={"days": len(changed), "from": f"{min(dates)}", "to": f"{max(dates)}"},
        )
    return len(changed)


def _is_same(rows: Rows, published: Rows | None) -> bool:
    """Whether the day is so already: published with the same rows, or as assigned while nothing is published."""
    if published is None:
        return rows[0][1] == Kind.PATTERN
    return set(rows) == set(published)


def _replace(days: Mapping[Day, Rows]) -> None:
    """Give each of these days these draft rows and no other."""
    before = PlannedShift.objects.filter(
        state=State.DRAFT, employee__in={key for key, _day in days}, day__in={day for _key, day in days}
    )
    gone = [pk for pk, *day in before.values_list("pk", "employee_id", "day") if tuple(day) in days]
    PlannedShift.objects.filter(pk__in=gone).delete()
    PlannedShift.objects.bulk_create(
        [
            PlannedShift(employee_id=key, day=day, shift_id=shift, kind=kind, note=note, state=State.DRAFT)
            for (key, day), rows in days.items()
            for shift, kind, note in rows
        ],
        batch_size=500,
    )


def _drafts(days: set[Day]) -> dict[Day, Rows]:
    return _standing(days, State.DRAFT)


def _published(days: set[Day]) -> dict[Day, Rows]:
    return _standing(days, State.PUBLISHED)


def _standing(days: set[Day], state: str) -> dict[Day, Rows]:
    found: dict[Day, list[Row]] = defaultdict(list)
    rows = PlannedShift.objects.filter(
        state=state, employee__in={key for key, _day in days}, day__in={day for _key, day in days}
    )
    for key, day, shift, kind, note in rows.order_by("pk").values_list(
        "employee_id", "day", "shift_id", "kind", "note"
    ):
        if (key, day) in days:
            found[key, day].append((shift, kind, note))
    return {day: tuple(one) for day, one in found.items()}


def _rows(stored: Sequence[Sequence[Any]]) -> Rows:
    return tuple((shift, kind, note) for shift, kind, note in stored)
