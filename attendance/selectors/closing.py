"""What has to be looked at before a period is locked: the checklist of its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from attendance.models import Absence, CorrectionRequest, Period, PeriodApproval, RequestState
from attendance.rules.shapes import Figures
from attendance.selectors.late import Late, late_changes
from attendance.selectors.plans import PlanBook
from attendance.selectors.timesheets import Sums, timesheets
from employees.models import Employee

DAY = timedelta(days=1)


@dataclass(slots=True)
class Open:
    """What of one person's period is not in order."""

    employee: Employee
    missing: list[date] = field(default_factory=list)
    absent: list[date] = field(default_factory=list)
    no_shift: list[date] = field(default_factory=list)
    corrections: list[CorrectionRequest] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)
    pending: int = 0
    approved: bool = False

    @property
    def clean(self) -> bool:
        """Whether it can be approved without another look; work without a shift is only told."""
        return not (self.missing or self.absent or self.corrections or self.absences or self.pending)


@dataclass(frozen=True, slots=True)
class Checklist:
    """Everybody of a period, in order; ``late`` are the changes of earlier, locked periods that wait for HR."""

    people: Sequence[Open]
    late: Sequence[Late]

    @property
    def no_shift(self) -> list[Open]:
        """Those who worked on days without a shift."""
        return [one for one in self.people if one.no_shift]

    @property
    def missing(self) -> list[Open]:
        """Days with a forgotten punch, those with a check-in alone among them, and absences nobody explained."""
        return [one for one in self.people if one.missing or one.absent]

    @property
    def corrections(self) -> list[CorrectionRequest]:
        return [row for one in self.people for row in one.corrections]

    @property
    def absences(self) -> list[Absence]:
        return [row for one in self.people for row in one.absences]

    @property
    def pending(self) -> int:
        """Seconds of overtime nobody has decided about."""
        return sum(one.pending for one in self.people)

    @property
    def approvable(self) -> list[Open]:
        """Those in order whose timesheet no manager has approved."""
        return [one for one in self.people if one.clean and not one.approved]

    @property
    def missing_days(self) -> int:
        return sum(len(one.missing) + len(one.absent) for one in self.people)


def checklist(*, period: Period, employees: QuerySet[Employee]) -> Checklist:
    """What of the period of these people is not in order; a fixed number of queries for each batch of people."""
    found: dict[int, Open] = {}
    for sums in timesheets(employees=employees, first=period.first, last=period.last):
        found[sums.employee.pk] = _looked_at(sums)
    asked = corrections_waiting(period=period).filter(employee__in=list(found))
    for row in asked.select_related("employee__department", "event"):
        if day_asked(row, period):
            found[row.employee_id].corrections.append(row)
    leave = absences_waiting(period=period).filter(employee__in=list(found))
    for absence in leave.select_related("employee__department", "kind"):
        found[absence.employee_id].absences.append(absence)
    approved = PeriodApproval.objects.filter(period=period, manager_at__isnull=False)
    for key in approved.values_list("employee_id", flat=True):
        if key in found:
            found[key].approved = True
    _without_shift(found, period)
    return Checklist(list(found.values()), late_changes(employees=employees))


def corrections_waiting(*, period: Period) -> QuerySet[CorrectionRequest]:
    """Requests near the period; ``day_asked`` says which of them are in it, by the person's own date."""
    first, last = period.first - DAY, period.last + DAY
    near = Q(at__date__gte=first, at__date__lte=last) | Q(event__at__date__gte=first, event__at__date__lte=last)
    return CorrectionRequest.objects.filter(near, state=RequestState.REQUESTED)


def day_asked(asked: CorrectionRequest, period: Period) -> date | None:
    """The period's day on which the punch that is asked for, or the wrong one, lies where the person works."""
    zone = asked.employee.zone
    moments = [asked.at, *([asked.event.at] if asked.event else [])]
    days = [at.astimezone(zone).date() for at in moments]
    return next((day for day in days if period.first <= day <= period.last), None)


def absences_waiting(*, period: Period) -> QuerySet[Absence]:
    """Requests for time off that touch the period."""
    return Absence.objects.filter(state=RequestState.REQUESTED, first__lte=period.last, last__gte=period.first)


def _looked_at(sums: Sums) -> Open:
    found = Open(sums.employee, pending=sums.overtime.pending_total)
    for day in sums.result.days:
        figures = day.figures
        if figures.missing_in or figures.missing_out:
            found.missing.append(figures.day)
        elif figures.absent:
            found.absent.append(figures.day)
        if _unplanned(figures):
            found.no_shift.append(figures.day)
    return found


def _unplanned(figures: Figures) -> bool:
    """Worked on a weekday that is no holiday, without any shift."""
    return bool(figures.worked and not figures.planned and not figures.on_call) and not (
        figures.weekend or figures.holiday
    )


def _without_shift(found: Mapping[int, Open], period: Period) -> None:
    """Whoever was asked for something in a shift of hours, or is on call, needs no word; a flexible one plans none."""
    busy = [one.employee for one in found.values() if one.no_shift]
    book = PlanBook(busy, period.first, period.last)
    for person in busy:
        one = found[person.pk]
        one.no_shift = [day for day in one.no_shift if not book.plan(person, day).shifts]
