"""Two at once, on a database with row locks: one place for two requests, one day for two planners."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.utils import timezone

from attendance.models import PlannedShift
from common.testing import together
from employees.models import Department, User
from planning.access import PlanRefused
from planning.models import OpenShift, ShiftRequest
from planning.services.drafts import Wish, drafts_set
from planning.services.open_shifts import shift_give
from planning.tests.plan_kit import DAY, MONDAY, hired, shift

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


@pytest.fixture(autouse=True)
def _row_locks() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no row locks to race for; DATABASE_URL=postgres://… runs this test")


def test_two_managers_give_one_place_once(department: Department, hr: User, manager: User) -> None:
    day: date = timezone.now().date() + 3 * DAY
    offer = OpenShift.objects.create(day=day, shift=shift("Early", 6, 14), department=department, state="published")
    people = [hired(f"W{number}", department=department) for number in range(2)]
    first, second = (ShiftRequest.objects.create(open_shift=offer, employee=one) for one in people)

    found = together(
        lambda: shift_give(request=first, by=hr, approve=True),
        lambda: shift_give(request=second, by=manager, approve=True),
    )

    assert [one.code for one in found if isinstance(one, PlanRefused)] == ["taken"]
    assert PlannedShift.objects.published().count() == 1


def test_two_planners_of_one_day_leave_one_of_their_drafts(department: Department, hr: User, manager: User) -> None:
    person = hired("W1", department=department)
    early, late = shift("Early", 6, 14), shift("Late", 14, 22)

    together(
        lambda: drafts_set(wishes=[Wish(person, MONDAY, (early.pk,))], by=hr),
        lambda: drafts_set(wishes=[Wish(person, MONDAY, (late.pk,))], by=manager),
    )

    assert PlannedShift.objects.count() == 1
