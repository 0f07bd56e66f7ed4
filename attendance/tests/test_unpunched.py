"""A shift from a past day on makes absences of days on which nobody had to punch: that is said before."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import Shift, ShiftAssignment
from attendance.selectors.unpunched import unpunched
from attendance.tests.fixtures import Punched
from employees.models import Employee
from employees.tests.employment_kit import employ
from employees.tests.import_kit import imported, page, save, upload

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def daily() -> Shift:
    return Shift.objects.create(name="Daily", starts_at=time(9), ends_at=time(17), weekdays=list(range(7)))


@pytest.fixture
def today() -> date:
    return timezone.localdate()


def noon(day: date) -> str:
    return datetime.combine(day, time(12)).isoformat()


def test_days_without_a_punch_or_a_shift_are_counted_from_the_first_day_at_work(
    ana: Employee, ben: Employee, daily: Shift, today: date, punched: Punched
) -> None:
    for person in (ana, ben):
        employ(person, hired_on=today - 10 * DAY)
    punched(ana, "in", noon(today - 4 * DAY))
    ShiftAssignment.objects.create(employee=ana, shift=daily, valid_from=today - 3 * DAY, valid_to=today - 2 * DAY)
    new = [ShiftAssignment(employee=one, shift=daily, valid_from=today - 30 * DAY) for one in (ana, ben)]

    found = unpunched(new)

    assert found == (today - 10 * DAY, 10 + 10 - 1 - 2, today - 4 * DAY)
    assert unpunched([ShiftAssignment(employee=ana, shift=daily, valid_from=today)]) is None


def test_a_shift_for_many_from_a_past_day_warns_before_it_is_confirmed(
    hr_client: Client, ana: Employee, daily: Shift, today: date
) -> None:
    employ(ana, hired_on=date(2020, 1, 1))
    chosen = {"action": "assign_shift", "_selected_action": [ana.pk]}
    answer = hr_client.post(reverse("admin:employees_employee_changelist"), chosen)
    assert answer["Location"] == f"{reverse('people_change')}#id_shift"

    for first, warned in ((today - 639 * DAY, True), (today, False)):
        text = hr_client.post(reverse("people_change"), {"valid_from": f"{first}", "shift": daily.pk}).text
        assert ("up to 639 past days without a punch become absences" in text) is warned
        assert ("Punches begin on" in text) is warned


def test_the_form_of_an_assignment_asks_whether_somebody_means_it(
    hr_client: Client, ana: Employee, daily: Shift, today: date
) -> None:
    employ(ana, hired_on=date(2020, 1, 1))
    sent = {"employee": ana.pk, "shift": daily.pk, "valid_from": f"{today - 2 * DAY}", "run_days": "1"}
    address = reverse("admin:attendance_shiftassignment_add")

    asked = hr_client.post(address, sent)

    assert "up to 2 past days without a punch become absences" in asked.text
    assert not ShiftAssignment.objects.exists()
    assert hr_client.post(address, sent | {"sure": "on", "locked_seen": "yes"}).status_code == 302
    assert ShiftAssignment.objects.get().employee == ana


def test_a_file_of_assignments_warns_and_is_stored_all_the_same(
    hr_client: Client, ana: Employee, daily: Shift, today: date, punched: Punched
) -> None:
    employ(ana, hired_on=date(2020, 1, 1))
    job, text = upload(hr_client, "employee,shift,valid_from", f"1001,Daily,{today - 2 * DAY}", kind="assignments")
    assert "up to 2 past days without a punch become absences" in text
    # Meanwhile somebody's phone delivered a punch.
    punched(ana, "in", noon(today - DAY))

    assert save(hr_client, job).state == "done"


def test_after_people_were_imported_the_same_people_get_a_shift(
    hr_client: Client, ana: Employee, ben: Employee, daily: Shift
) -> None:
    job = imported(hr_client, "number,first_name,email", "1001,Ana,ana@example.com", "3001,Bo,")
    assert "Assign a shift to them" in page(hr_client, job)

    answer = hr_client.post(reverse("import_file", args=[job.pk]), {"do": "shift"})

    assert answer["Location"] == f"{reverse('people_change')}#id_shift"
    sent = {"valid_from": f"{timezone.localdate()}", "shift": daily.pk}
    shown = hr_client.post(reverse("people_change"), sent)
    assert {row["who"].number for row in shown.context["rows"]} == {"1001", "3001"}
