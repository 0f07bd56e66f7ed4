"""Rotations chosen from a list, written as the assignments that the counting knows: nobody types a recurrence rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

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
from planning.models import PlanChange

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
        ended = [[pk, f"{last}" if last else None] for pk, last in standing.values_list("pk", "valid_to")]
        standing.update(valid_to=start - DAY)
        made = ShiftAssignment.objects.bulk_create(
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
        kept = {"start": f"{start}", "people": keys, "made": _said(made), "ended": ended}
        PlanChange.objects.update_or_create(user=by, defaults={"days": [], "rotation": kept, "at": timezone.now()})
        for person in people:
            audit.record(
                "plan.rotation",
                subject=person.number,
                object="shift assignments",
                details={"from": f"{start}", "turns": [[turn.shift.name, turn.pattern] for turn in turns]},
            )
        return len(people)


def rotation_undo(*, by: User) -> int | None:
    """Take the user's rotation back, where that was their last change: what it made goes, what it ended comes back.

    The number of people; None where the last change was another. Refused where the shifts of one of them were changed
    since. Raises ``PlanRefused`` and ``PeriodLocked``.
    """
    with transaction.atomic():
        change = PlanChange.objects.select_for_update().filter(user=by).first()
        if change is None or not change.rotation:
            return None
        start, keys = date.fromisoformat(change.rotation["start"]), list(change.rotation["people"])
        ended = {pk: last and date.fromisoformat(last) for pk, last in change.rotation["ended"]}
        check_plans(by, keys)
        people_lock(keys)
        days_check_open(days=days_between(start, max(start, timezone.now().date())))
        rows = ShiftAssignment.objects.select_for_update().filter(employee__in=keys).order_by("pk")
        since = [one for one in rows if one.valid_to is None or one.valid_to >= start]
        before = [one for one in rows if one.pk in ended and one.valid_to == start - DAY]
        if _said(since) != change.rotation["made"] or len(before) != len(ended):
            raise PlanRefused(
                "changed_since", _("The shifts of these people were changed since. Correct them in the admin.")
            )
        for one in before:
            one.valid_to = ended[one.pk]
        ShiftAssignment.objects.bulk_update(before, ["valid_to"])
        rows.filter(pk__in=[one.pk for one in since]).delete()
        invalidate(keys, start - REACH)
        change.delete()
        for number in Employee.objects.filter(pk__in=keys).values_list("number", flat=True):
            audit.record(
                "plan.rotation_undone", subject=number, object="shift assignments", details={"from": f"{start}"}
            )
        return len(keys)


def _said(rows: Iterable[ShiftAssignment]) -> list[list[Any]]:
    """What tells whether these assignments are still as they were made."""
    found = sorted(rows, key=lambda one: one.pk)
    return [
        [
            one.pk,
            one.employee_id,
            one.shift_id,
            f"{one.valid_from}",
            one.valid_to and f"{one.valid_to}",
            one.pattern,
            one.anchor and f"{one.anchor}",
            one.run_days,
        ]
        for one in found
    ]


def _later_words(found: Sequence[ShiftAssignment]) -> str:
    said = "; ".join(
        f"{one.employee.name}, {one.shift.name}, {formats.date_format(one.valid_from, 'DATE_FORMAT')}"
        for one in found[:NAMED]
    )
    more = "…" if len(found) > NAMED else ""
    return _("These shifts begin later: %(which)s. Remove them first, or choose a later start.") % {
        "which": said + more
    }
