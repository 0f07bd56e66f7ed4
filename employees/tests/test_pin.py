"""Number and PIN: the way in for everybody, and a wall for guessers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from employees.models import Employee
from employees.services import EmployeeError, pin_check, pin_set

pytestmark = pytest.mark.django_db


def refusal(number: str, pin: str) -> str:
    with pytest.raises(EmployeeError) as refused:
        pin_check(number=number, pin=pin)
    return refused.value.code


def test_the_right_pin_names_its_person(ana: Employee) -> None:
    assert pin_check(number="1001", pin="2468") == ana


def test_the_pin_is_stored_as_an_argon2_hash(ana: Employee) -> None:
    assert ana.pin_hash.startswith("argon2")
    assert "2468" not in ana.pin_hash


@pytest.mark.parametrize(("number", "pin"), [("1001", "0000"), ("9999", "2468"), ("1001", ""), ("", "")])
def test_a_wrong_pin_and_an_unknown_number_read_the_same(ana: Employee, number: str, pin: str) -> None:
    assert refusal(number, pin) == "pin_wrong"


def test_five_wrong_ones_lock_and_time_unlocks(ana: Employee) -> None:
    for _attempt in range(5):
        assert refusal("1001", "0000") == "pin_wrong"

    assert refusal("1001", "2468") == "pin_locked"
    Employee.objects.filter(pk=ana.pk).update(pin_locked_until=timezone.now() - timedelta(seconds=1))
    assert pin_check(number="1001", pin="2468") == ana


def test_a_right_pin_forgets_the_wrong_ones(ana: Employee) -> None:
    for _round in range(2):
        for _attempt in range(4):
            refusal("1001", "0000")
        assert pin_check(number="1001", pin="2468") == ana


@pytest.mark.parametrize("pin", ["123", "123456789", "12a4", "１２３４"])
def test_a_pin_is_four_to_eight_digits(ana: Employee, pin: str) -> None:
    with pytest.raises(EmployeeError) as refused:
        pin_set(employee=ana, pin=pin)

    assert (refused.value.code, refused.value.field) == ("pin_format", "pin")
