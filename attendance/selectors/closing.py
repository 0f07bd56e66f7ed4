"""What has to be looked at before a period is locked: the checklist of its page.

It is read from what workers have counted ahead, in a number of statements that does not grow with the people; only
those of whom nothing is kept that holds are counted on the spot.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from attendance.invalidation import REACH
from attendance.models import (
    Absence,
    CorrectionRequest,
    DayResult,
    DirtySpan,
    PendingOvertime,
    Period,
    PeriodApproval,
    RequestState,
    WorkPolicy,
)
from attendance.rules.calculate import SETTLED_AFTER
from attendance.rules.worked import Punch
from attendance.selectors.changed import days_changed
from attendance.selectors.exceptions import Wrong, wrong_days
from attendance.selectors.late import Late, late_changes
from attendance.selectors.locked import people_between
from attendance.selectors.timesheets import WEEK, timesheets
from employees.employment import histories
from employees.models import Employee, EmploymentPeriod

DAY = timedelta(days=1)


@dataclass(slots=True)
class Open:
    """What of one person's period is not in order; ``key`` is the person's."""

    key: int
    missing: tuple[date, ...] = ()
    absent: tuple[date, ...] = ()
    no_shift: tuple[date, ...] = ()
    corrections: tuple[CorrectionRequest, ...] = ()
    absences: tuple[Absence, ...] = ()
    pending: int = 0

    @property
    def wrong_days(self) -> list[date]:
        """The days with a missing punch or an unexplained absence, in their order."""
        return sorted({*self.missing, *self.absent})

    @property
    def clean(self) -> bool:
        """Whether it can be approved without another look; work without a shift is only told."""
        return not (self.missing or self.absent or self.corrections or self.absences or self.pending)


@dataclass(frozen=True)
class Checklist:
    """The ``keys`` of everybody of a period, in order, and of those with something ``open`` what that is.

    ``approved`` are those whose timesheet a manager has approved, ``late`` the changes of earlier, locked periods that
    wait for HR.
    """

    keys: Sequence[int]
    open: Mapping[int, Open]
    approved: Collection[int]
    late: Sequence[Late]

    @cached_property
    def people(self) -> list[Open]:
        """Those with something open, in order."""
        return [self.open[key] for key in self.keys if key in self.open]

    @cached_property
    def no_shift(self) -> list[Open]:
        """Those who worked on days without a shift."""
        return [one for one in self.people if one.no_shift]

    @cached_property
    def missing(self) -> list[Open]:
        """Days with a forgotten punch, those with a check-in alone among them, and absences nobody explained."""
        return [one for one in self.people if one.missing or one.absent]

    @cached_property
    def corrections(self) -> list[CorrectionRequest]:
        return [row for one in self.people for row in one.corrections]

    @cached_property
    def absences(self) -> list[Absence]:
        return [row for one in self.people for row in one.absences]

    @cached_property
    def pending(self) -> int:
        """Seconds of overtime nobody has decided about."""
        return sum(one.pending for one in self.people)

    @cached_property
    def approvable(self) -> list[int]:
        """Those in order whose timesheet no manager has approved."""
        return [key for key in self.keys if key not in self.approved and (key not in self.open or self.open[key].clean)]

    @property
    def missing_days(self) -> int:
        return sum(len(one.missing) + len(one.absent) for one in self.missing)


def checklist(*, period: Period, employees: QuerySet[Employee], now: datetime | None = None) -> Checklist:
    """What of the open period of these people is not in order; a fixed number of statements."""
    moment = now or timezone.now()
    people = people_between(employees, period.first, period.last)
    zones = dict(people.values_list("pk", "time_zone"))
    found: dict[int, Open] = {}

    def of(key: int) -> Open:
        if key not in found:
            found[key] = Open(key)
        return found[key]

    days = wrong_days(
        people=people,
        first=period.first,
        last=period.last,
        now=moment,
        keys=zones.keys(),
        unplanned=True,
        anew=_not_counted(period, zones, moment),
    )
    for key, wrong in days.items():
        for day in sorted(wrong):
            _look_at(of(key), wrong[day])
    # Of the whole company few wait: to look whose they are costs less than to ask for these people's.
    for row, _day in corrections_waiting(period=period, people=zones.keys()):
        of(row.employee_id).corrections += (row,)
    for absence in absences_waiting(period=period):
        if absence.employee_id in zones:
            of(absence.employee_id).absences += (absence,)
    for key, seconds in _pending(period, zones.keys(), moment).items():
        of(key).pending = seconds
    given = PeriodApproval.objects.filter(period=period, manager_at__isnull=False).values_list("employee_id", flat=True)
    return Checklist(list(zones), found, set(given), late_changes(employees=people))


def decides_overtime(period: Period) -> bool:
    """Whether any policy of these days asks that somebody decides about overtime."""
    return WorkPolicy.objects.filter(approve_overtime=True, valid_from__lte=period.last).exists()


def corrections_waiting(
    *, period: Period, people: Collection[int] | None = None
) -> list[tuple[CorrectionRequest, date]]:
    """The requests about the period, in order, each with its day there: that of the punch where the person worked then.

    One near the period's edge is about it as well where it would change a day of it, as the check-out of the last
    night does. ``people``: the keys of those whose requests are looked at, where that is not everybody.
    """
    first, last = period.first - REACH, period.last + REACH
    near = Q(at__date__gte=first, at__date__lte=last) | Q(event__at__date__gte=first, event__at__date__lte=last)
    rows = CorrectionRequest.objects.filter(near, state=RequestState.REQUESTED).order_by("at", "pk")
    asked = [one for one in rows.select_related("employee", "event") if people is None or one.employee_id in people]
    known = histories({one.employee_id: one.employee for one in asked}.values())
    found = []
    for one in asked:
        moments = [one.at, *([one.event.at] if one.event else [])]
        days = [known[one.employee_id].local_day(at) for at in moments]
        inside = [day for day in days if period.first <= day <= period.last] or _days_changed_in(period, one)
        if inside:
            found.append((one, inside[0]))
    return found


def _days_changed_in(period: Period, asked: CorrectionRequest) -> list[date]:
    """The period's days that would change if the request was granted."""
    added = [Punch(asked.at, asked.zone or asked.employee.time_zone, asked.direction, "new")] if asked.direction else []
    without = [str(asked.event_id)] if asked.event_id else []
    changed = days_changed(employee=asked.employee, without=without, added=added)
    return [day for day in sorted(changed) if period.first <= day <= period.last]


def absences_waiting(*, period: Period) -> QuerySet[Absence]:
    """Requests for time off that touch the period."""
    return Absence.objects.filter(state=RequestState.REQUESTED, first__lte=period.last, last__gte=period.first)


def _look_at(found: Open, wrong: Wrong) -> None:
    if wrong.missing_in or wrong.missing_out:
        found.missing += (wrong.day,)
    elif wrong.absent:
        found.absent += (wrong.day,)
    if wrong.unplanned:
        found.no_shift += (wrong.day,)


def _not_counted(period: Period, zones: Mapping[int, str], now: datetime) -> set[int]:
    """Those who have not a stored result for each day of the period on which they were employed, and which is over.

    Later days are not settled; what is known of them is kept elsewhere, or counted anyway.
    """
    today = {name: now.astimezone(ZoneInfo(name)).date() for name in set(zones.values())}
    ends = {name: min(period.last, day - (SETTLED_AFTER + 1) * DAY) for name, day in today.items()}
    wanted = dict.fromkeys(zones, 0)
    rows = EmploymentPeriod.objects.filter(Q(left_on=None) | Q(left_on__gte=period.first), hired_on__lte=period.last)
    for key, hired, left in rows.values_list("employee_id", "hired_on", "left_on"):
        if key in wanted:
            until = min(left, ends[zones[key]]) if left else ends[zones[key]]
            wanted[key] += max(0, (until - max(hired, period.first)).days + 1)
    there: dict[tuple[int, date], int] = {}
    # One, but where the last of these days is another one in another zone.
    for end in set(ends.values()):
        days = DayResult.objects.filter(day__gte=period.first, day__lte=end).order_by()
        for key, count in days.values_list("employee_id").annotate(Count("pk")):
            there[key, end] = count
    return {key for key, zone in zones.items() if there.get((key, ends[zone]), 0) != wanted[key]}


def _pending(period: Period, keys: Collection[int], now: datetime) -> dict[int, int]:
    """Seconds of overtime that wait for a decision, by person, of those who have any."""
    if not decides_overtime(period):
        return {}
    # The marks come first: whoever takes one away says of the row that it is due.
    spans = DirtySpan.objects.filter(first__lte=period.last, last__gte=period.first - WEEK).order_by()
    marked = set(spans.values_list("employee_id", flat=True))
    rows = PendingOvertime.objects.filter(period=period, due_at=None).values_list("employee_id", "seconds")
    found = {key: seconds for key, seconds in rows if key in keys and key not in marked}
    if rest := [key for key in keys if key not in found]:
        people = Employee.objects.filter(pk__in=rest)
        for sums in timesheets(employees=people, first=period.first, last=period.last, now=now):
            found[sums.employee.pk] = sums.overtime.pending_total
    return {key: seconds for key, seconds in found.items() if seconds}
