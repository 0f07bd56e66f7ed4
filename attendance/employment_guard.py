"""What a change of somebody's employment does to their attendance: punches must stay inside, and days are recounted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Max, Min
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance.invalidation import REACH, invalidate
from attendance.models import ClockEvent
from employees.employment import History, history
from employees.models import Employee
from employees.refusals import EmployeeError, PunchesOutside

DAY = timedelta(days=1)
NAMED = 6
"""So many punches are named; of more, how many there are."""
Period = tuple[date, date | None]
Span = tuple[date, date]


def employment_changes(*, employee: Employee, before: Sequence[Period], after: Sequence[Period], **_given: Any) -> None:
    """Refuse a change that would leave punches outside (``punches_outside``); mark the days that it concerns."""
    now = History(after, history(employee).placements)
    for span in _only_in(before, after):
        _check_punches(employee, now, span)
    for first, last in [*_only_in(before, after), *_only_in(after, before)]:
        invalidate([employee.pk], max(first, date.min + REACH) - REACH, None if last == date.max else last + REACH)


def people_merge_check(*, employee: Employee, into: Employee, **_given: Any) -> None:
    """Refuse to join two records with punches of one time (``punches_overlap``): somebody was at two places then."""
    spans = [_clocked(one) for one in (employee, into)]
    if None in spans:
        return
    (first, last), (other_first, other_last) = spans  # type: ignore[misc]
    if first <= other_last and other_first <= last:
        raise EmployeeError(
            "punches_overlap",
            _(
                "Both records have punches between %(first)s and %(last)s. Two people, or punches of somebody else:"
                " correct these first."
            )
            % {
                "first": formats.date_format(max(first, other_first), "SHORT_DATE_FORMAT"),
                "last": formats.date_format(min(last, other_last), "SHORT_DATE_FORMAT"),
            },
            field="to",
        )


def _clocked(employee: Employee) -> tuple[datetime, datetime] | None:
    """The first and the last punch that count."""
    events = ClockEvent.objects.filter(employee=employee, replaced_by=None).exclude(method=ClockEvent.Method.VOID)
    found = events.aggregate(first=Min("at"), last=Max("at"))
    return (found["first"], found["last"]) if found["first"] else None


def _check_punches(employee: Employee, after: History, span: Span) -> None:
    first, last = span
    events = ClockEvent.objects.filter(employee=employee, replaced_by=None).exclude(method=ClockEvent.Method.VOID)
    events = events.filter(at__gte=_midnight(first) - DAY)
    if last < date.max - 2 * DAY:
        events = events.filter(at__lt=_midnight(last) + 2 * DAY)
    outside = [one for one in events.order_by("at") if _is_outside(one, after, span)]
    if not outside:
        return
    # Days before a new first day, else behind a new last one.
    begins = any(start - DAY == last for start, _end in after.periods)
    count = len(outside)
    named = [formats.date_format(one.local_at, "SHORT_DATETIME_FORMAT") for one in outside[:NAMED]]
    more = [_("%(count)d more") % {"count": count - NAMED}] if count > NAMED else []
    raise PunchesOutside(
        ngettext(
            "%(count)d punch would lie outside the employment: %(punches)s.",
            "%(count)d punches would lie outside the employment: %(punches)s.",
            count,
        )
        % {"count": count, "punches": "; ".join([*named, *more])}
        + " "
        + _("Give dates that hold them, add a second employment period, or remove the punches first."),
        field="hired_on" if begins else "left_on",
        day=after.local_day(outside[0].at),
    )


def _is_outside(event: ClockEvent, after: History, span: Span) -> bool:
    day = after.local_day(event.at)
    if not span[0] <= day <= span[1]:
        return False
    # A night that began on the last day ends on the day after it.
    return not (event.direction == ClockEvent.Direction.OUT and after.employed(day - DAY))


def _only_in(some: Sequence[Period], others: Sequence[Period]) -> list[Span]:
    """The days in ``some`` of the periods and in none of the ``others``, from and to (``date.max``: no end)."""
    borders = sorted(
        {first for first, _last in [*some, *others]}
        | {last + DAY for _first, last in [*some, *others] if last is not None}
        | {date.max}
    )
    one, other = History(some, ()), History(others, ())
    return [
        (begin, end if end == date.max else end - DAY)
        for begin, end in pairwise(borders)
        if one.employed(begin) and not other.employed(begin)
    ]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
