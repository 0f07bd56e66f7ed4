"""The pages of periods say to each viewer what that one can do: approve others' timesheets, make the first period."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.services.periods import period_create
from employees.models import Employee, User
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_a_supervisor_is_not_asked_to_approve_their_own_timesheet(
    ana: Employee, manager: User, hr: User, manager_client: Client, hr_client: Client
) -> None:
    today = timezone.now().date()
    employ(Employee.objects.exclude(pk=manager.employee.pk), hired_on=today)
    employ(manager.employee, hired_on=date(2020, 1, 1))
    monday = today - (today.weekday() + 14) * DAY
    period = period_create(first=monday, last=monday + 6 * DAY, by=hr)
    address, button = reverse("attendance_period", args=[period.pk]), reverse("period_approve_clean", args=[period.pk])

    own, everybody = manager_client.get(address), hr_client.get(address)

    assert own.context["checklist"].approvable == [manager.employee.pk]
    assert own.context["approvable"] == 0
    assert button not in own.text
    assert everybody.context["approvable"] == 1
    assert button in everybody.text


def test_who_only_reads_is_told_how_many_are_not_approved(ana: Employee, hr: User, auditor: User) -> None:
    today = timezone.now().date()
    employ(ana, hired_on=date(2020, 1, 1))
    period = period_create(first=today - 20 * DAY, last=today - 14 * DAY, by=hr)
    client = Client()
    client.force_login(auditor)

    page = client.get(reverse("attendance_period", args=[period.pk]))

    assert page.context["approvable"] == 1
    assert reverse("period_approve_clean", args=[period.pk]) not in page.text


def test_hr_is_offered_to_create_the_first_period(hr_client: Client, manager_client: Client) -> None:
    address = reverse("attendance_periods")

    offered, told = hr_client.get(address).text, manager_client.get(address).text

    assert "HR makes the first one" not in offered
    assert '<button class="button" type="submit" form="new-period">Create the first period</button>' in offered
    assert '<form id="new-period"' in offered
    assert "HR makes the first one" in told
    assert "Create the first period" not in told
