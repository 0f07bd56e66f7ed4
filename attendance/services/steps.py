"""Approving in one step or two, with what is refused in this app's words."""

from __future__ import annotations

from typing import Any

from approvals.services import NotApprover, check_approver, needs_second, step_add
from approvals.subjects import Subject
from attendance.refusals import NotAllowed
from employees.access import is_hr
from employees.models import User


def approver_check(*, subject: Subject, by: User) -> None:
    """Raise ``NotAllowed`` where this user may not decide about the request now."""
    try:
        check_approver(subject=subject, by=by)
    except NotApprover as refused:
        raise NotAllowed(refused.code, refused.message) from refused


def step(*, subject: Subject, by: User, approve: bool, wish: dict[str, Any] | None = None) -> bool:
    """Write a yes or no down; whether that decides the request, or a second yes is needed. Raises ``NotAllowed``."""
    try:
        return step_add(subject=subject, by=by, approve=approve, wish=wish)
    except NotApprover as refused:
        raise NotAllowed(refused.code, refused.message) from refused


def enters_alone(*, subject: Subject, by: User) -> bool:
    """Whether what this user enters by hand counts at once: HR's does, else where one approval is enough."""
    return is_hr(by) or not needs_second(subject)
