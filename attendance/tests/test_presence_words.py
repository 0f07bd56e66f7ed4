"""What the pages say while nobody is missing: all are here, or nobody was to come."""

from __future__ import annotations

from datetime import date, time

import pytest
from django.test import Client
from django.urls import reverse

from attendance.models import Shift, ShiftAssignment
from employees.models import Employee
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db
PAGES = ["presence", "admin:index"]


@pytest.mark.parametrize("page", PAGES)
def test_without_shifts_nobody_is_said_to_have_come(hr_client: Client, ana: Employee, page: str) -> None:
    shown = hr_client.get(reverse(page)).text

    assert "Nobody has a shift today." in shown
    assert "Everybody who is expected by now" not in shown


@pytest.mark.parametrize("page", PAGES)
def test_while_the_shift_has_not_begun_everybody_expected_is_here(hr_client: Client, ana: Employee, page: str) -> None:
    employ(ana, hired_on=date(2020, 1, 1))
    late = Shift.objects.create(
        name="Late", starts_at=time(23, 58), ends_at=time(23, 59), weekdays=list(range(7)), grace_minutes=1
    )
    ShiftAssignment.objects.create(employee=ana, shift=late, valid_from=date(2020, 1, 1))

    shown = hr_client.get(reverse(page)).text

    assert "Everybody who is expected by now" in shown
    assert "Nobody has a shift today." not in shown
