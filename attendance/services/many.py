"""What may be done to many at once in attendance, each with what undoes it: decisions, punches, approvals, shifts.

Each ``…_undo`` raises ``Refusal`` where the row has changed since; see ``employees.bulk``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from attendance.models import Absence, ClockEvent, CorrectionRequest, Period, PeriodApproval, Shift, ShiftAssignment
from attendance.services.absences import absence_decide, absence_reopen
from attendance.services.approvals import approval_withdraw, period_approve
from attendance.services.assigning import standing_end
from attendance.services.corrections import punch_add, punch_remove, request_approve, request_refuse, request_reopen
from employees.bulk import Row, changed_since
from employees.models import Employee, User


def request_decide(*, row: CorrectionRequest | Absence, by: User, approve: bool, answer: str) -> Row:
    """Approve or refuse a request of either kind. Raises ``AttendanceRefused``."""
    if isinstance(row, Absence):
        decided = absence_decide(absence=row, by=by, approve=approve, answer=answer).decided_at
    elif approve:
        request_approve(request=row, by=by, answer=answer)
        decided = CorrectionRequest.objects.get(pk=row.pk).decided_at
    else:
        decided = request_refuse(request=row, by=by, answer=answer).decided_at
    return {"model": row._meta.model_name, "key": str(row.pk), "at": decided.isoformat() if decided else ""}


def request_decide_undo(by: User, row: Row) -> None:
    """The request waits again."""
    at = datetime.fromisoformat(row["at"])
    if row["model"] == Absence._meta.model_name:
        absence_reopen(absence=_there(Absence, row["key"]), by=by, decided_at=at)
    else:
        request_reopen(request=_there(CorrectionRequest, row["key"]), by=by, decided_at=at)


def punch_mend(*, employee: Employee, by: User, direction: str, at: datetime, zone: str, reason: str) -> Row:
    """Add the punch that is missing. Raises ``AttendanceRefused``."""
    made = punch_add(employee=employee, direction=direction, at=at, zone=zone, reason=reason, author=by)
    return {"event": str(made.pk)}


def punch_mend_undo(by: User, row: Row) -> None:
    """The punch that was added is taken back."""
    event = _there(ClockEvent, row["event"])
    if ClockEvent.objects.filter(replaces=event).exists():
        raise changed_since()
    punch_remove(event=event, reason=_("Undone"), author=by)


def timesheet_approve(*, period: Period, employee: Employee, by: User) -> Row:
    """Approve one timesheet. Raises ``AttendanceRefused``."""
    return approval_row(period_approve(period=period, employee=employee, by=by))


def approval_row(approval: PeriodApproval) -> Row:
    """What the undoing of an approval needs."""
    at = approval.manager_at
    return {"period": approval.period_id, "at": at.isoformat() if at else ""}


def timesheet_approve_undo(by: User, row: Row) -> None:
    """The approval is taken back."""
    found = PeriodApproval.objects.filter(period=row["period"], employee=row["person"]).first()
    if found is None or found.manager_by != by or found.manager_at is None or found.manager_at.isoformat() != row["at"]:
        raise changed_since()
    approval_withdraw(period=found.period, employee=found.employee, by=by)


def timesheets_closed(rows: Sequence[Row]) -> bool:
    """Whether the period of these approvals is closed: none of them is taken back then."""
    keys = {row["period"] for row in rows}
    return not Period.objects.filter(pk__in=keys, state=Period.State.OPEN).exists()


def shift_assign(*, employee: Employee, shift: Shift, start: date) -> Row:
    """Have the person work the shift from that day on; what they were assigned ends the day before.

    Raises ``AttendanceRefused`` (``assigned_later``) where another one begins later: it would run beside this one.
    """
    with transaction.atomic():
        ended = standing_end(employee, start)
        made = ShiftAssignment.objects.create(employee=employee, shift=shift, valid_from=start)
    return {"made": made.pk, "ended": ended, "shift": shift.pk, "start": start.isoformat()}


def shift_assign_undo(row: Row) -> None:
    """The assignment never was, and what it ended goes on."""
    start = date.fromisoformat(row["start"])
    made = ShiftAssignment.objects.filter(
        pk=row["made"], shift=row["shift"], valid_from=start, valid_to=None, pattern=""
    ).first()
    ended = list(
        ShiftAssignment.objects.filter(pk__in=[key for key, _to in row["ended"]], valid_to=start - timedelta(days=1))
    )
    if made is None or len(ended) != len(row["ended"]):
        raise changed_since()
    made.delete()
    before = dict(row["ended"])
    for one in ended:
        one.valid_to = date.fromisoformat(before[one.pk]) if before[one.pk] else None
        one.save()


def _there(model: Any, key: str) -> Any:
    found = model.objects.filter(pk=key).first()
    if found is None:
        raise changed_since()
    return found
