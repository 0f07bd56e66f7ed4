"""Time off, corrections and overtime as approvals know them: what each is about, and those that wait."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from approvals.models import Kind
from approvals.subjects import SOURCES, Subject
from attendance.models import Absence, CorrectionRequest, RequestState
from attendance.rules.calculate import SETTLED_AFTER
from attendance.selectors.waiting import overtime_waiting
from employees.models import Employee

OVERTIME_DAYS, MOST_WEEKS = 31, 500
HALF = Decimal("0.5")


def absence_key(pk: int) -> str:
    return f"absence:{pk}"


def correction_key(pk: object) -> str:
    return f"correction:{pk}"


def overtime_key(employee: int, day: date) -> str:
    return f"overtime-day:{employee}.{day.isoformat()}"


def of_absence(absence: Absence) -> Subject:
    """Its size is its calendar days."""
    days = Decimal((absence.last - absence.first).days + 1)
    return Subject(
        kind=Kind.LEAVE,
        key=absence_key(absence.pk),
        employee=absence.employee,
        first=absence.first,
        last=absence.last,
        asked_at=absence.requested_at,
        leave_type=absence.kind_id,
        size=days if absence.half == Absence.Half.WHOLE else HALF,
    )


def of_correction(asked: CorrectionRequest) -> Subject:
    """Of the day on the person's wall clock."""
    zone = ZoneInfo(asked.zone) if asked.zone else asked.employee.zone
    day = asked.at.astimezone(zone).date() if asked.at else asked.requested_at.date()
    return Subject(
        kind=Kind.CORRECTION,
        key=correction_key(asked.pk),
        employee=asked.employee,
        first=day,
        last=day,
        asked_at=asked.requested_at,
    )


def of_overtime(employee: Employee, day: date, seconds: int) -> Subject:
    """Of one day; it can be decided, and so waits, from when the day is settled."""
    settled = datetime.combine(day + timedelta(days=SETTLED_AFTER), time(0), tzinfo=UTC)
    return Subject(
        kind=Kind.OVERTIME,
        key=overtime_key(employee.pk, day),
        employee=employee,
        first=day,
        last=day,
        asked_at=settled,
        size=Decimal(seconds) / 3600,
    )


def _absences(before: datetime) -> Iterable[Subject]:
    rows = Absence.objects.filter(state=RequestState.REQUESTED, requested_at__lt=before)
    return map(of_absence, rows.select_related("employee"))


def _corrections(before: datetime) -> Iterable[Subject]:
    rows = CorrectionRequest.objects.filter(state=RequestState.REQUESTED, requested_at__lt=before)
    return map(of_correction, rows.select_related("employee"))


def _overtime(before: datetime) -> Iterable[Subject]:
    last = before.date()
    weeks, _more = overtime_waiting(
        employees=Employee.objects.active(), first=last - timedelta(days=OVERTIME_DAYS), last=last, most=MOST_WEEKS
    )
    for week in weeks:
        for one in week.days:
            yield of_overtime(week.employee, one.day, sum(one.split.found.values()))


def register() -> None:
    """Have them looked after; called once when the app is ready."""
    SOURCES.update({"absence": _absences, "correction": _corrections, "overtime": _overtime})
