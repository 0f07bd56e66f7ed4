"""Work without a shift on the page of a period: named with its days, and no reason not to approve."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import Period
from attendance.services.periods import period_create
from attendance.tests.fixtures import MADRID, Punched
from employees.models import Employee, User
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def monday() -> date:
    """The Monday of the week that ended more than a week ago."""
    today = timezone.now().date()
    return today - (today.weekday() + 14) * DAY


@pytest.fixture
def period(monday: date, hr: User) -> Period:
    return period_create(first=monday, last=monday + 6 * DAY, by=hr)


def test_who_worked_without_a_shift_is_named_and_in_order(
    period: Period, monday: date, ana: Employee, punched: Punched, hr_client: Client
) -> None:
    employ(Employee.objects.exclude(pk=ana.pk), hired_on=timezone.now().date())
    employ(ana, hired_on=date(2020, 1, 1), time_zone="Europe/Madrid")
    for number in range(2):
        punched(ana, "in", datetime.combine(monday + number * DAY, time(9), MADRID))
        punched(ana, "out", datetime.combine(monday + number * DAY, time(17), MADRID))

    answer = hr_client.get(reverse("attendance_period", args=[period.pk]))

    assert answer.context["without_shift"] == [(ana, (monday, monday + DAY))]
    assert ana.pk in answer.context["checklist"].approvable
    assert "their timesheets count as in order" in answer.text
    assert f"?day={monday}#d{monday}" in answer.text
