"""Rotations chosen from a list, written as the assignments that the counting knows: nobody types a recurrence rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from attendance.invalidation import REACH, invalidate
from attendance.models import Shift, ShiftAssignment
from attendance.services.changes import days_check_open
from attendance.services.planned import people_lock
from common import audit
from employees.models import Employee, User
from planning.access import DAY, PlanRefused, check_plans, days_between

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LONGEST_CYCLE = 62
NAMED = 5


@dataclass(frozen=True, slots=True)
class Turn:
    """A part of a rotation: the shift, its recurrence rule, the day it is counted from, and how many days it lasts."""

    shift: Shift
    pattern: str
    anchor: date
    run_days: int = 1


def days_on_and_off(*, shift: Shift, on: int, off: int, start: date) -> list[Turn]:
    """So many days of a shift, then so many free ones, again and again: 4 on, 4 off."""
    if not (1 <= on <= 31 and 1 <= off <= 31):
        raise PlanRefused("rotation", _("Give 1 to 31 days at work and 1 to 31 free days."), field="days_on")
    return [Turn(shift, f"FREQ=DAILY;INTERVAL={on + off}", start, on)]


def shifts_in_turn(*, shifts: Sequence[Shift], on: int, off: int, start: date) -> list[Turn]:
    """So many days of each shift one after the other, with free days after each: early, late, night."""
    cycle = len(shifts) * (on + off)
    if not shifts or not (1 <= on <= 31 and 0 <= off <= 31) or cycle > LONGEST_CYCLE:
        raise PlanRefused("rotation", _("A rotation repeats after at most 62 days."), field="days_on")
    return [
        Turn(shift, f"FREQ=DAILY;INTERVAL={cycle}", start + number * (on + off) * DAY, on)
        for number, shift in enumerate(shifts)
    ]


def weeks_in_turn(*, weeks: Sequence[Shift | None], start: date) -> list[Turn]:
    """A shift a week, in turn, on the weekdays of each shift; a week may be free. ``start`` lies in the first week."""
    monday = start - start.weekday() * DAY
    found = []
    for number, shift in enumerate(weeks):
        if shift is None:
            continue
        if not shift.weekdays:
            raise PlanRefused(
                "no_weekdays", _("%(shift)s has no weekdays. HR can add them.") % {"shift": shift.name}, field="weeks"
            )
        names = ",".join(WEEKDAYS[one] for one in sorted(shift.weekdays))
        # Counted from the week's Monday; a rule begins with the first of its own days.
        rule = f"FREQ=WEEKLY;INTERVAL={len(weeks)};WKST=MO;BYDAY={names}"
        found.append(Turn(shift, rule, monday + timedelta(weeks=number)))
    if not found:
        raise PlanRefused("rotation", _("Choose a shift for at least one of the weeks."), field="weeks")
    return found


def rotation_assign(*, people: Sequence[Employee], turns: Sequence[Turn], start: date, by: User) -> int:
    """Have these people work the rotation from ``start`` on; what they were assigned ends the day before.

    It counts at once. Refused where somebody is assigned to something that begins later: that would run beside it.
    Raises ``PlanRefused`` and ``PeriodLocked``.
    """
    keys = [one.pk for one in people]
    if not keys:
        raise PlanRefused("nobody", _("Choose at least one person."), field="people")
    check_plans(by, keys)
    with transaction.atomic():
        people_lock(keys)
        days_check_open(days=days_between(start, max(start, timezone.now().date())))
        standing = ShiftAssignment.objects.select_for_update().filter(employee__in=keys)
        standing = standing.filter(Q(valid_to=None) | Q(valid_to__gte=start))
        later = standing.filter(valid_from__gte=start).select_related("employee", "shift").order_by("valid_from")
        if found := list(later[: NAMED + 1]):
            raise PlanRefused("assigned_later", _later_words(found), field="start")
        standing.update(valid_to=start - DAY)
        ShiftAssignment.objects.bulk_create(
            [
                ShiftAssignment(
                    employee=person,
                    shift=turn.shift,
                    valid_from=start,
                    pattern=turn.pattern,
                    anchor=turn.anchor,
                    run_days=turn.run_days,
                )
                for person in people
                for turn in turns
            ],
            batch_size=500,
        )
        invalidate(keys, start - REACH)
        for person in people:
            audit.record(
                "plan.rotation",
                subject=person.number,
                object="shift assignments",
                details={"from": f"{start}", "turns": [[turn.shift.name, turn.pattern] for turn in turns]},
            )
        return len(people)


def _later_words(found: Sequence[ShiftAssignment]) -> str:
    said = "; ".join(
        f"{one.employee.name}, {one.shift.name}, {formats.date_format(one.valid_from, 'DATE_FORMAT')}"
        for one in found[:NAMED]
    )
    more = "…" if len(found) > NAMED else ""
    return _("These shifts begin later: %(which)s. Remove them first, or choose a later start.") % {
        "which": said + more
    }
