"""Requests for open shifts and swaps as approvals know them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from approvals.models import Kind
from approvals.services import NotApprover, check_approver, step_add
from approvals.subjects import SOURCES, Subject
from attendance.models import RequestState
from employees.models import User
from planning.access import NotPlanned
from planning.models import ShiftRequest, Swap


def request_key(pk: int) -> str:
    return f"shift:{pk}"


def swap_key(pk: int) -> str:
    return f"swap:{pk}"


def of_request(asked: ShiftRequest) -> Subject:
    return Subject(
        kind=Kind.SHIFT,
        key=request_key(asked.pk),
        employee=asked.employee,
        first=asked.open_shift.day,
        last=asked.open_shift.day,
        asked_at=asked.requested_at,
    )


def of_swap(swap: Swap) -> Subject:
    """It waits for an approval from when the colleague has accepted."""
    return Subject(
        kind=Kind.SHIFT,
        key=swap_key(swap.pk),
        employee=swap.employee,
        other=swap.colleague,
        first=min(swap.day, swap.colleague_day),
        last=max(swap.day, swap.colleague_day),
        asked_at=swap.answered_at or swap.requested_at,
    )


def approver_check(*, subject: Subject, by: User, message: str) -> None:
    """Raise ``NotPlanned`` where this user may not decide about the request now."""
    try:
        check_approver(subject=subject, by=by)
    except NotApprover as refused:
        raise NotPlanned(refused.code, message if refused.code == "not_allowed" else refused.message) from refused


def step(*, subject: Subject, by: User, approve: bool) -> bool:
    """Write a yes or no down; whether that decides the request, or a second yes is needed. Raises ``NotPlanned``."""
    try:
        return step_add(subject=subject, by=by, approve=approve)
    except NotApprover as refused:
        raise NotPlanned(refused.code, refused.message) from refused


def _requests(before: datetime) -> Iterable[Subject]:
    rows = ShiftRequest.objects.filter(state=RequestState.REQUESTED, requested_at__lt=before)
    return map(of_request, rows.select_related("employee", "open_shift"))


def _swaps(before: datetime) -> Iterable[Subject]:
    rows = Swap.objects.filter(state=Swap.State.ACCEPTED, answered_at__lt=before)
    return map(of_swap, rows.select_related("employee", "colleague"))


def register() -> None:
    """Have them looked after; called once when the app is ready."""
    SOURCES.update({"shift": _requests, "swap": _swaps})
