"""Number and PIN: the way in for everybody, and a wall for guessers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from employees.models import Department, Employee, PinTries
from employees.pins import ATTEMPTS, FORGOTTEN, is_guessable, tries_sweep, try_take
from employees.services import EmployeeError, employee_create, pin_check, pin_set

pytestmark = pytest.mark.django_db


def refusal(number: str, pin: str) -> str:
    with pytest.raises(EmployeeError) as refused:
        pin_check(number=number, pin=pin)
    return refused.value.code


def test_the_right_pin_names_its_person(ana: Employee) -> None:
    assert pin_check(number="1001", pin="246813") == ana


def test_the_pin_is_stored_as_an_argon2_hash(ana: Employee) -> None:
    assert ana.pin_hash.startswith("argon2")
    assert "246813" not in ana.pin_hash


@pytest.mark.parametrize(("number", "pin"), [("1001", "0000"), ("9999", "246813"), ("1001", ""), ("", "")])
def test_a_wrong_pin_and_an_unknown_number_read_the_same(ana: Employee, number: str, pin: str) -> None:
    assert refusal(number, pin) == "pin_wrong"


@pytest.mark.parametrize("number", ["1001", "9999"])
def test_five_wrong_ones_make_a_number_wait_whether_anybody_has_it_or_not(ana: Employee, number: str) -> None:
    for _attempt in range(ATTEMPTS):
        assert refusal(number, "000000") == "pin_wrong"

    assert refusal(number, "246813") == "pin_locked"


@pytest.mark.parametrize("number", ["second:1", "１００１", "1001\u200b", "9" * 41, "\x00", "", "*"])
def test_what_is_no_number_locks_neither_a_person_nor_a_login(ana: Employee, number: str) -> None:
    """Whoever types another account's counter at a kiosk keeps nobody out of the second step of their login."""
    for _attempt in range(ATTEMPTS):
        assert refusal(number, "000000") == "pin_wrong"
    assert refusal(number, "000000") == "pin_locked"
    assert try_take(number="second:1") is None
    assert pin_check(number="1001", pin="246813") == ana


def test_time_ends_the_wait_and_each_further_wrong_one_doubles_it(ana: Employee) -> None:
    waits = []
    for _attempt in range(ATTEMPTS + 5):
        assert refusal("1001", "000000") == "pin_wrong"
        row = PinTries.objects.get()
        waits.append((row.until - row.last_at) // timedelta(minutes=1) if row.until else 0)
        PinTries.objects.update(until=timezone.now() - timedelta(seconds=1))

    assert waits == [0, 0, 0, 0, 5, 10, 20, 40, 60, 60]
    assert pin_check(number="1001", pin="246813") == ana
    assert not PinTries.objects.exists()


def test_a_day_without_a_wrong_one_begins_the_count_anew(ana: Employee) -> None:
    for _attempt in range(ATTEMPTS - 1):
        refusal("1001", "000000")
    PinTries.objects.update(last_at=timezone.now() - FORGOTTEN - timedelta(seconds=1))

    refusal("1001", "000000")

    assert PinTries.objects.get().failures == 1
    PinTries.objects.update(last_at=timezone.now() - FORGOTTEN - timedelta(seconds=1))
    assert tries_sweep() == 1


def test_hr_is_told_which_pins_are_guessed_at(ana: Employee, hr_client: Client) -> None:
    for number in ("1001", "9999"):
        for _attempt in range(ATTEMPTS):
            refusal(number, "000000")

    page = hr_client.get(reverse("admin:index")).text

    assert "Wrong PINs" in page
    assert reverse("person", args=[ana.number]) in page
    assert "9999, a number that nobody has" in page


def test_a_right_pin_forgets_the_wrong_ones(ana: Employee) -> None:
    for _round in range(2):
        for _attempt in range(4):
            refusal("1001", "0000")
        assert pin_check(number="1001", pin="246813") == ana


@pytest.mark.parametrize("pin", ["123", "12345", "123456789", "12a456", "１２３４５６"])
def test_a_pin_is_six_to_eight_digits(ana: Employee, pin: str) -> None:
    with pytest.raises(EmployeeError) as refused:
        pin_set(employee=ana, pin=pin)

    assert (refused.value.code, refused.value.field) == ("pin_format", "pin")
    assert "6 to 8 digits" in refused.value.message


def test_an_installation_may_ask_for_more_or_fewer(ana: Employee, settings: Any) -> None:
    settings.PIN_DIGITS = 4
    pin_set(employee=ana, pin="7205")
    settings.PIN_DIGITS = 8
    with pytest.raises(EmployeeError, match="8 digits"):
        pin_set(employee=ana, pin="720518")


@pytest.mark.parametrize(
    "pin",
    [
        "000000",
        "00000000",
        "123456",
        "654321",
        "890123",
        "12345678",
        "246802",
        "112233",
        "998877",
        "121212",
        "123123",
        "72057205",
        "111222",
        "198507",
        "071985",
        "20031224",
        "147258",
        "159753",
    ],
)
def test_what_everybody_guesses_first_is_refused(ana: Employee, pin: str) -> None:
    with pytest.raises(EmployeeError) as refused:
        pin_set(employee=ana, pin=pin)

    assert refused.value.code == "pin_guessable"


def test_nobodys_number_is_their_pin(department: Department) -> None:
    with pytest.raises(EmployeeError) as refused:
        employee_create(number="720518", first_name="Zoe", department=department, pin="720518")

    assert refused.value.code == "pin_guessable"
    assert not Employee.objects.exists()


def test_few_of_all_pins_are_refused() -> None:
    refused = sum(is_guessable(f"{number:06}") for number in range(0, 1_000_000, 7))

    assert refused / (1_000_000 / 7) < 0.04
