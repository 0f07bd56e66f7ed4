"""A company measures its own gallery: the photos that it stored, by the days on which they were taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError

from employees.models import Consent, Employee, EnrolmentPhoto
from employees.services import consent_give, consent_withdraw, employee_create
from employees.tests.employment_kit import employ
from recognition.services import photo_add, photo_process
from recognition.tests.fake_engine import fake_photo
from recognition.tests.test_evaluate_model import dated_photo, evaluate

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_dir(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "data"


@pytest.fixture
def company() -> list[Employee]:
    """Six people with three photos of one day each, three of them with three of another day as well."""
    people = []
    for person in range(6):
        employee = employee_create(number=f"30{person}", first_name=f"P{person}")
        consent_give(employee=employee, method=Consent.Method.PAPER)
        people.append(employee)
        for variation in range(6 if person < 3 else 3):
            # Shifts of colour of one day lie beside those of the other.
            taken = f"2026:03:0{1 + variation // 3} 09:0{variation % 3}:00"
            content = dated_photo(10 * person, variation, taken)
            photo = photo_add(employee=employee, content=content, source=EnrolmentPhoto.Source.UPLOAD, queue=False)
            assert photo_process(photo.pk).state == EnrolmentPhoto.State.ACCEPTED
    return people


def test_a_company_is_enrolled_with_one_day_and_asked_for_on_another(company: list[Employee]) -> None:
    report = evaluate("--stored", "--protocol", "open", "--by-session", "--enroll", "3", "--repeats", "2")

    assert (report["people"], report["photos"], report["enrolled_people"]) == (6, 27, 3)
    assert (report["known_probes"], report["rank1"]) == (2 * 3 * 3, 1.0)


def test_a_photo_without_a_date_is_of_no_day_and_who_withdrew_is_not_measured(company: list[Employee]) -> None:
    photo = photo_add(
        employee=company[1], content=fake_photo(10, variation=6), source=EnrolmentPhoto.Source.UPLOAD, queue=False
    )
    photo_process(photo.pk)
    consent_withdraw(employee=company[5], by=None)

    by_day = evaluate("--stored", "--protocol", "open", "--by-session", "--enroll", "3", "--repeats", "2")
    all_of_them = evaluate("--stored", "--protocol", "closed")

    assert (by_day["people"], by_day["photos"]) == (5, 24)
    assert all_of_them["photos"] == 25


def test_data_or_stored_and_not_both(company: list[Employee], tmp_path: Path) -> None:
    for arguments in (("--protocol", "open"), (tmp_path, "--stored", "--protocol", "open")):
        with pytest.raises(CommandError, match="Give DATA, or --stored"):
            evaluate(*arguments)
    employ(Employee.objects.exclude(pk=company[0].pk), left_on="2020-01-01", hired_on="2019-01-01")
    with pytest.raises(CommandError, match="of 1 people"):
        evaluate("--stored", "--protocol", "open")
