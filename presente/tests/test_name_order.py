"""People stand in the order in which a reader of Spanish looks for them, in every list and file, in every database."""

from __future__ import annotations

import random
import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from attendance.models import LockedTimesheet
from common.plain import in_order
from employees.models import Employee, EmploymentPeriod, User
from employees.services import employee_create

pytestmark = pytest.mark.django_db
ORDER = [
    ("Álvarez", "Ana"),
    ("Cáceres", "Beto"),
    ("Chavez", "Ana"),
    ("Chávez", "Beto"),
    ("choque", "Caro"),
    ("Cruz", "Zoe"),
    ("Cruz Amaya", "Ana"),
    ("D'Angelo", "Ana"),
    ("Dávila", "Ana"),
    ("Nuñez", "Ana"),
    ("Ñáñez", "Ana"),
    ("Ovando", "Ángel"),
    ("Ovando", "Beto"),
    ("Óvando-Paz", "Ana"),
]
"""Last name, first name; each stands before the next."""
LISTS: dict[str, dict[str, str]] = {
    "attendance_day": {},
    "presence": {"show": "absent"},
    "attendance_team_now": {},
    "attendance_file": {"first": "2026-11-02", "last": "2026-11-02", "file_format": "csv", "report": "period"},
    "plan": {},
    "leave_calendar_now": {},
    "admin:employees_employee_changelist": {},
}


@pytest.fixture
def people(db: None) -> list[str]:
    """Their first and last names in order; they were stored in another."""
    numbered = list(enumerate(ORDER))
    random.Random(7).shuffle(numbered)
    for number, (last, first) in numbered:
        employee_create(number=f"{90 - number}", first_name=first, last_name=last)
    EmploymentPeriod.objects.update(hired_on=date(2020, 1, 1))
    return [f"{first} {last}" for last, first in ORDER]


def test_names_are_in_order_without_accents_and_capitals(people: list[str]) -> None:
    found = [person.name for person in Employee.objects.all()]

    assert found == people
    assert [LockedTimesheet._meta.ordering, Employee._meta.ordering] == [("sort_key", "number")] * 2


@pytest.mark.parametrize("page", LISTS)
def test_each_list_and_file_has_that_order(hr_client: Client, people: list[str], page: str) -> None:
    answer = hr_client.get(reverse(page), LISTS[page], follow=True)
    text = b"".join(answer).decode() if answer.streaming else answer.content.decode()
    text = text.replace("&#x27;", "'")

    assert answer.status_code == 200
    # Of each the first place: some pages repeat people in menus further down.
    places = [re.search(rf"\b{name}(?![\w-]| Amaya)", text) for name in people]
    assert all(places), [name for name, place in zip(people, places, strict=True) if place is None]
    starts = [place.start() for place in places if place]
    assert starts == sorted(starts)


def test_the_order_follows_a_change_of_name(people: list[str], hr: User) -> None:
    last = Employee.objects.get(first_name="Ana", last_name="Álvarez")
    last.last_name = "Zúñiga"
    last.save(update_fields=["last_name"])
    first = Employee.objects.get(last_name="Ñáñez")
    Employee.objects.filter(pk=first.pk).update(last_name="Abasto")

    found = list(Employee.objects.all())

    assert (found[0], found[-1]) == (first, last)


def test_a_composed_letter_is_the_same_as_one_with_its_mark() -> None:
    assert in_order("Nun\u0303ez", "Jose\u0301") == in_order("Nu\u00f1ez", "JOS\u00c9") == b"nun~ez\x01jose"
