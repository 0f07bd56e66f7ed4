"""Rules, people and requests for the tests of approvals."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from approvals.models import ApprovalRule
from approvals.selectors import courses
from attendance.models import Absence, AbsenceType
from common.refusals import Refusal
from employees.models import Employee, User
from employees.services import employee_create
from employees.services.delegations import delegation_add
from employees.tests.employment_kit import employ

DAY = timedelta(days=1)
TO_DO = "/attendance/exceptions/"
Second = ApprovalRule.Second


def rule(kind: str, second: str = Second.HR, **given: Any) -> ApprovalRule:
    made = ApprovalRule(kind=kind, second=second, **given)
    made.full_clean()
    made.save()
    return made


def fresh(user: User) -> User:
    """As the next request reads the account."""
    return User.objects.get(pk=user.pk)


def refused(code: str) -> Any:
    return pytest.raises(Refusal, check=lambda error: error.code == code)


def words(key: str) -> str:
    return courses([key])[key].words


def page(client: Client, url: str = TO_DO) -> str:
    return " ".join(client.get(url).content.decode().split())


@pytest.fixture
def today(db: None) -> date:
    return timezone.now().date()


@pytest.fixture
def vacation(db: None) -> AbsenceType:
    return AbsenceType.objects.create(code="vac", name="Vacation")


@pytest.fixture
def cleo(colleague: User) -> Employee:
    person: Employee = colleague.employee
    employ(person, hired_on=date(2026, 6, 1))
    return person


@pytest.fixture
def away(ana: Employee, vacation: AbsenceType, today: date) -> Absence:
    """Ana asks for a day in ten days."""
    employ(ana, hired_on=date(2026, 6, 1))
    return Absence.objects.create(employee=ana, kind=vacation, first=today + 10 * DAY, last=today + 10 * DAY)


@pytest.fixture
def stands_in(manager: User, colleague: User, today: date) -> User:
    """The colleague, who acts for the manager of the workshop."""
    delegation_add(principal=manager, delegate=colleague, first=today, last=today + DAY, by=manager)
    return fresh(colleague)


@pytest.fixture
def director(other_department: Any) -> User:
    """Whom the workshop's manager reports to; manages nobody else."""
    user = User.objects.create_user("director", "director@example.com", role=User.Role.MANAGER)
    employee_create(number="2009", first_name="Dina", last_name="Demo", department=other_department, user=user)
    return user
