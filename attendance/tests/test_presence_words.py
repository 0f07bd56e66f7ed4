"""What the pages say while nobody is missing: all are here, some are still to come, or nobody was to."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from django.test import Client
from django.urls import reverse

from attendance.models import Shift, ShiftAssignment
from attendance.tests.fixtures import Punched
from employees.models import Employee
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db
PAGES = ["presence", "admin:index"]


@pytest.mark.parametrize("page", PAGES)
def test_without_shifts_nobody_is_said_to_have_come(hr_client: Client, ana: Employee, page: str) -> None:
    shown = hr_client.get(reverse(page)).text

    assert "Nobody has a shift today." in shown
    assert "Everybody with a shift" not in shown


@pytest.mark.parametrize("page", PAGES)
def test_before_the_shift_nobody_is_said_to_be_here(hr_client: Client, ana: Employee, page: str) -> None:
    late_shift(ana)

    shown = hr_client.get(reverse(page)).text

    assert "Nobody is missing so far." in shown
    assert "Everybody with a shift" not in shown
    assert "Nobody has a shift today." not in shown


def test_who_is_still_to_come_has_a_list_of_their_own(hr_client: Client, ana: Employee, ben: Employee) -> None:
    late_shift(ana)
    employ(ben, hired_on=date(2020, 1, 1))

    page = hr_client.get(reverse("presence"))

    parts = {part["name"]: part for part in page.context["parts"]}
    assert [row.employee for row in parts["later"]["rows"]] == [ana]
    assert (parts["later"]["count"], page.context["tiles"]["later"]) == (1, 1)
    assert [row.employee for row in parts["others"]["rows"]] == [ben]
    assert "at 23:58" in " ".join(page.text.split())


def test_the_dashboard_counts_who_is_still_to_come(hr_client: Client, ana: Employee) -> None:
    late_shift(ana)

    shown = " ".join(hr_client.get(reverse("admin:index")).text.split())

    assert "and 0 missing, 1 still to come" in shown
    assert "The next is expected at 23:58." in shown


@pytest.mark.parametrize("page", PAGES)
def test_when_the_last_has_come_everybody_has(hr_client: Client, ana: Employee, punched: Punched, page: str) -> None:
    late_shift(ana)
    punched(ana, "in", datetime.now(UTC))

    assert "Everybody with a shift today has come." in hr_client.get(reverse(page)).text


def late_shift(person: Employee) -> None:
    """Give the person a shift that begins at 23:58 every day."""
    employ(person, hired_on=date(2020, 1, 1))
    late = Shift.objects.create(
        name="Late", starts_at=time(23, 58), ends_at=time(23, 59), weekdays=list(range(7)), grace_minutes=1
    )
    ShiftAssignment.objects.create(employee=person, shift=late, valid_from=date(2020, 1, 1))
