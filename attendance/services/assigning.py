"""One person's shifts from a day on: in place of what applies then, or beside it, and what speaks against that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.utils import formats
from django.utils.translation import gettext as _

from attendance.models import ShiftAssignment
from attendance.models.shifts import DAY_MINUTES
from attendance.refusals import AttendanceRefused
from attendance.selectors.plans import PlanBook
from attendance.wording import span_text
from employees.models import Employee

LOOKED_AT = 28
"""Days from the first one on: shifts that alternate have met by then."""
LEAST_REST = 12 * 3600
"""Seconds of rest between two days where the work policy asks for none."""


def standing(employee: Employee, start: date, until: date | None = None) -> QuerySet[ShiftAssignment]:
    """What the person is assigned on some day from ``start`` to ``until`` (None: ever after)."""
    rows = ShiftAssignment.objects.filter(Q(valid_to=None) | Q(valid_to__gte=start), employee=employee)
    return (rows if until is None else rows.filter(valid_from__lte=until)).select_related("shift")


def check_none_begins(employee: Employee, start: date, until: date | None = None) -> None:
    """Raise ``AttendanceRefused`` (``assigned_later``) where an assignment begins in these days."""
    for one in standing(employee, start, until):
        if one.valid_from >= start:
            words = _("%(shift)s begins on %(day)s. Remove it first, or choose a later day.")
            day = formats.date_format(one.valid_from, "SHORT_DATE_FORMAT")
            raise AttendanceRefused("assigned_later", words % {"shift": one.shift.name, "day": day}, field="shift")


def standing_end(employee: Employee, start: date, until: date | None = None) -> list[list[object]]:
    """End what the person is assigned the day before ``start``; after ``until`` it goes on.

    Each key with the last day that it had. Raises ``AttendanceRefused`` (``assigned_later``).
    """
    check_none_begins(employee, start, until)
    ended: list[list[object]] = []
    for one in standing(employee, start, until).select_for_update(of=("self",)):
        before = one.valid_to
        ended.append([one.pk, before.isoformat() if before else None])
        one.valid_to = start - timedelta(days=1)
        one.save()
        if until is not None and (before is None or before > until):
            again = ShiftAssignment(
                employee=employee,
                shift=one.shift,
                valid_from=until + timedelta(days=1),
                valid_to=before,
                pattern=one.pattern,
                anchor=(one.anchor or one.valid_from) if one.pattern else None,
                run_days=one.run_days,
            )
            again.save()
    return ended


def clashes(new: ShiftAssignment) -> list[str]:
    """What speaks against working a shift beside those that apply: two at the same time, too little rest."""
    others = list(standing(new.employee, new.valid_from, new.valid_to))
    if not others:
        return []
    policy = PlanBook([new.employee], new.valid_from, new.valid_from).plan(new.employee, new.valid_from).policy
    least = policy.rest or LEAST_REST
    found: dict[str, None] = {}
    for number in range(LOOKED_AT):
        day = new.valid_from + timedelta(days=number)
        today, tomorrow = (_of(day + timedelta(days=later), [new, *others]) for later in (0, 1))
        if new in today:
            found |= {_same_time(new, one): None for one in today if one is not new and _meet(new, one)}
        found |= {
            _rest_said(early, late, least): None
            for early in today
            for late in tomorrow
            if (early is new) != (late is new) and _rest(early, late) < least
        }
    return list(found)


def _of(day: date, rows: Sequence[ShiftAssignment]) -> list[ShiftAssignment]:
    return [one for one in rows if one.covers(day) and one.turns_up(day) and one.shift.minutes]


def _meet(one: ShiftAssignment, other: ShiftAssignment) -> bool:
    return any(a < d and c < b for a, b in one.shift.minutes for c, d in other.shift.minutes)


def _same_time(one: ShiftAssignment, other: ShiftAssignment) -> str:
    words = {"one": one.shift.name, "other": other.shift.name}
    return _("%(one)s and %(other)s are at the same time.") % words


def _rest(early: ShiftAssignment, late: ShiftAssignment) -> int:
    """Seconds between the end of a day and the start of the next."""
    return (DAY_MINUTES + late.shift.minutes[0][0] - early.shift.minutes[-1][1]) * 60


def _rest_said(early: ShiftAssignment, late: ShiftAssignment, least: int) -> str:
    between = _rest(early, late)
    if between < 0:
        words = {"one": late.shift.name, "other": early.shift.name}
        return _("%(one)s begins before %(other)s of the day before ends.") % words
    return _("Rest of %(rest)s before %(late)s, after %(early)s of the day before; at least %(least)s is needed.") % {
        "rest": span_text(between),
        "late": late.shift.name,
        "early": early.shift.name,
        "least": span_text(least),
    }
