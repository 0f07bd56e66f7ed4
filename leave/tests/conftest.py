"""Fixtures of the leave tests."""

from __future__ import annotations

import pytest

from attendance.models import AbsenceType
from employees.models import Employee, User
from leave.models import LeaveRule
from leave.tests.leave_kit import Assigned, rule_of, worker


@pytest.fixture
def vacation(db: None) -> AbsenceType:
    return AbsenceType.objects.create(code="vacation", name="Vacation")


@pytest.fixture
def sick(db: None) -> AbsenceType:
    return AbsenceType.objects.create(code="sick-leave", name="Sick leave", interrupts=True)


@pytest.fixture
def bank(db: None) -> AbsenceType:
    return AbsenceType.objects.create(code="time-bank", name="Time off for overtime")


@pytest.fixture
def rule(vacation: AbsenceType) -> LeaveRule:
    return rule_of(vacation)


@pytest.fixture
def cleo(colleague: User, on_early_shift: Assigned) -> Employee:
    return on_early_shift(worker(colleague))
