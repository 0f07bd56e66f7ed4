"""Biometric data at rest: readable with its person's key, in its own place, and in no other way."""

from __future__ import annotations

import pytest

from employees import vault
from employees.models import Employee


def test_what_was_encrypted_comes_back() -> None:
    key = vault.new_key()

    assert vault.decrypt(key, vault.encrypt(key, b"face", context="a"), context="a") == b"face"


@pytest.mark.parametrize("context", ["b", ""])
def test_bytes_moved_to_another_place_are_refused(context: str) -> None:
    key = vault.new_key()

    with pytest.raises(vault.VaultError):
        vault.decrypt(key, vault.encrypt(key, b"face", context="a"), context=context)


@pytest.mark.parametrize("damage", [lambda sealed: sealed[:-1], lambda sealed: b"", lambda sealed: b"x" + sealed[1:]])
def test_changed_bytes_are_refused(damage: object) -> None:
    key = vault.new_key()
    sealed = vault.encrypt(key, b"face", context="a")

    with pytest.raises(vault.VaultError):
        vault.decrypt(key, damage(sealed), context="a")  # type: ignore[operator]


@pytest.mark.django_db
def test_each_person_has_a_key_of_their_own(ana: Employee, ben: Employee) -> None:
    assert ana.biometric_key() == Employee.objects.get(pk=ana.pk).biometric_key()
    assert ana.biometric_key() != ben.biometric_key()


@pytest.mark.django_db
def test_another_master_key_opens_nothing(ana: Employee, settings: pytest.FixtureRequest) -> None:
    ana.biometric_key()
    settings.MASTER_KEY = "another"  # type: ignore[attr-defined]

    with pytest.raises(vault.VaultError, match="master"):
        ana.biometric_key()
