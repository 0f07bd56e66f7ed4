"""What the tests of leave share: a rule of vacation, people with shifts, and the day that they play on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from attendance.models import AbsenceType
from employees.models import Employee, User
from leave.models import LeaveRule
from leave.refusals import LeaveRefused

Assigned = Callable[[Employee], Employee]
MONDAY = date(2026, 11, 16)
FRIDAY = MONDAY + timedelta(days=4)
TODAY = date(2026, 11, 13)


def rule_of(kind: AbsenceType, **given: Any) -> LeaveRule:
    """22 days ahead for everybody from 2026 on, or what is given."""
    values: dict[str, Any] = {"valid_from": date(2026, 1, 1), "steps": [{"after": 0, "amount": "22"}], **given}
    rule = LeaveRule(kind=kind, **values)
    rule.full_clean()
    rule.save()
    return rule


def refused(code: str) -> Any:
    return pytest.raises(LeaveRefused, check=lambda error: error.code == code)


def worker(user: User) -> Employee:
    """The employee of a user."""
    found = user.employee
    assert isinstance(found, Employee)
    return found
