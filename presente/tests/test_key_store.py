"""The key store: keys apart from the database, a master key that can change, and keys that are destroyed for good."""

from __future__ import annotations

import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from employees import key_store, master_key, vault
from employees.models import Employee, EnrolmentPhoto
from employees.services import photo_read, photo_store
from presente import checks
from presente.start import key_problem, lost_key


@pytest.fixture(autouse=True)
def store(settings: Settings, tmp_path: Path) -> Path:
    """A folder of keys of the test's own."""
    settings.KEYS_DIR = tmp_path / "keys"
    return tmp_path / "keys"


def rotate() -> str:
    said = StringIO()
    call_command("rotate_master_key", stdout=said)
    return said.getvalue()


@pytest.fixture
def photo(ana: Employee) -> EnrolmentPhoto:
    return photo_store(employee=ana, content=b"a face", source=EnrolmentPhoto.Source.UPLOAD)


def test_no_key_lies_in_the_database(photo: EnrolmentPhoto, store: Path) -> None:
    key = photo.employee.biometric_key()
    wrapped = key_store.path_of(key_store.person(photo.employee.public_id)).read_bytes().split()[2]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                held = b" ".join(bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row)
                assert key not in held
                assert wrapped not in held
    assert {path.stat().st_mode & 0o077 for path in store.rglob("*.key")} == {0}


def test_a_destroyed_key_opens_no_copy_that_was_made_before(photo: EnrolmentPhoto) -> None:
    copied = storages["faces"].open(photo.path).read()
    person = key_store.person(photo.employee.public_id)
    assert key_store.destroy(person)
    assert key_store.destroy(person) is None
    assert list(key_store.destroyed()) == [person]
    EnrolmentPhoto.objects.all().delete()
    for key in [photo.employee.biometric_key(), *filter(None, map(key_store.read, key_store.names()))]:
        with pytest.raises(vault.VaultError):
            vault.decrypt(key, copied, context=f"photo:{photo.pk}")


def test_a_rotation_leaves_everything_readable_and_the_old_master_key_worthless(
    photo: EnrolmentPhoto, store: Path, tmp_path: Path
) -> None:
    sealed = vault.wrap(b"secret", context="webhook:1")
    old = (store / "master.key").read_text()
    before = master_key.current().identifier
    assert "2 keys are wrapped" in rotate()
    assert master_key.current().identifier != before
    assert not master_key.previous_path().exists()
    assert (photo_read(photo), vault.unwrap(sealed, context="webhook:1")) == (b"a face", b"secret")
    (store / "master.key").write_text(old)
    with pytest.raises(vault.VaultError, match="master key is not the one"):
        photo_read(photo)


@pytest.mark.parametrize("moment", ["linked", "switched", "one of three"])
def test_a_rotation_that_was_interrupted_goes_on(photo: EnrolmentPhoto, store: Path, moment: str) -> None:
    """As a kill would leave it: each step is on the disk before the next begins."""
    sealed = vault.wrap(b"secret", context="webhook:1")
    key_store.make("days/2026-01-01")
    if moment == "linked":
        shutil.copy(store / "master.key", master_key.previous_path())
    else:
        key_store.switch()
    if moment == "one of three":
        key_store.put("days/2026-01-01", key_store.make("days/2026-01-01"))
    # Meanwhile everything is readable, and what is new is wrapped with the new key.
    assert (photo_read(photo), vault.unwrap(sealed, context="webhook:1")) == (b"a face", b"secret")
    rotate()
    assert (photo_read(photo), vault.unwrap(sealed, context="webhook:1")) == (b"a face", b"secret")
    assert not master_key.previous_path().exists()
    assert rotate().startswith("3 keys")


def test_a_master_key_of_the_environment_is_rotated_with_the_one_before_it(
    photo: EnrolmentPhoto, store: Path, settings: Settings
) -> None:
    old = (store / "master.key").read_text()
    settings.MASTER_KEY = "another-key-of-the-environment-1234567"
    with pytest.raises(CommandError, match="PRESENTE_MASTER_KEY_PREVIOUS"):
        rotate()
    settings.MASTER_KEY_PREVIOUS = old
    assert "Unset PRESENTE_MASTER_KEY_PREVIOUS" in rotate()
    settings.MASTER_KEY_PREVIOUS = ""
    assert photo_read(photo) == b"a face"


def test_a_lost_key_store_stops_the_start_and_no_second_key_is_made(photo: EnrolmentPhoto, store: Path) -> None:
    assert key_problem() is None
    shutil.rmtree(store / "store")
    assert "backup of the keys" in str(key_problem())
    with pytest.raises(vault.VaultError, match="backup of the keys"):
        photo.employee.biometric_key()
    assert list(key_store.names("people")) == []


@pytest.mark.parametrize(
    "content", [b"", b"short", b"presente-key-1 x", b"presente-key-1 x y z", bytes(90), b"\xff\xfe\x80" * 30, None]
)
def test_a_damaged_key_file_is_named(photo: EnrolmentPhoto, content: bytes | None) -> None:
    path = key_store.path_of(key_store.person(photo.employee.public_id))
    path.unlink()
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    vault.wrap(b"secret", context="webhook:1")
    # Of one person: the others come to work, and the doctor says whose it is.
    assert key_problem() is None
    found = checks.master_key()
    assert (found.status, str(photo.employee) in found.detail, str(path) in found.remedy) == ("fail", True, True)
    assert list(key_store.problems())
    with pytest.raises(CommandError, match="damaged"):
        rotate()


@pytest.fixture
def others(photo: EnrolmentPhoto, ben: Employee) -> list[EnrolmentPhoto]:
    """Ana's photo, then Ben's."""
    return [photo, photo_store(employee=ben, content=b"a face", source=EnrolmentPhoto.Source.UPLOAD)]


def path_of(photo: EnrolmentPhoto) -> Path:
    return key_store.path_of(key_store.person(photo.employee.public_id))


@pytest.mark.parametrize("harm", ["damaged", "of another key", "gone"])
def test_the_newest_persons_key_alone_stops_nobody(others: list[EnrolmentPhoto], harm: str) -> None:
    """It stopped the start, the workers and /readyz: nobody could clock in for one file on a bad sector."""
    newest = path_of(others[1])
    if harm == "gone":
        newest.unlink()
    else:
        mark, identifier, sealed = newest.read_text().split()
        newest.write_text(f"{mark} {identifier} AAAA" if harm == "damaged" else f"{mark} {identifier[::-1]} {sealed}")
    assert lost_key() is None
    found = checks.master_key()
    assert (found.status, others[1].employee.number in found.detail) == ("fail", True)
    assert others[0].employee.number not in found.detail
    assert str(newest) in found.remedy
    assert f"erase_biometrics {others[1].employee.number}" in found.remedy
    # As the remedy says.
    call_command("erase_biometrics", others[1].employee.number, stdout=StringIO())
    assert checks.master_key().status == "ok"
    assert len(others[1].employee.biometric_key()) == 32


def test_another_master_key_stops_the_start_also_where_one_key_is_damaged(
    others: list[EnrolmentPhoto], settings: Settings
) -> None:
    path_of(others[1]).write_bytes(b"short")
    settings.MASTER_KEY = "another-key-of-the-environment-1234567"
    assert "master key is not the one" in str(lost_key())
    # Also where something was stored under it meanwhile.
    key_store.make(key_store.CACHE)
    path_of(others[1]).unlink()
    assert "master key is not the one" in str(lost_key())
    settings.MASTER_KEY = ""
    assert lost_key() is None


def test_the_keys_of_all_people_that_are_gone_stop_the_start(others: list[EnrolmentPhoto]) -> None:
    vault.wrap(b"secret", context="webhook:1")
    for one in others:
        path_of(one).unlink()
    assert "lacks the keys of 2 people" in str(lost_key())


def test_a_rotation_goes_on_beside_a_damaged_key(others: list[EnrolmentPhoto]) -> None:
    """It ended at the first one, and the keys behind it stayed under the old master key."""
    first, second = sorted(others, key=lambda one: str(path_of(one)))
    path_of(first).write_bytes(b"short")
    with pytest.raises(CommandError, match="damaged"):
        rotate()
    # What a backup of the keys brings back was stored with the one before it.
    assert master_key.previous_path().exists()
    assert path_of(second).read_text().split()[1] == master_key.current().identifier


@pytest.mark.django_db
def test_two_that_ask_together_get_the_same_key() -> None:
    first = key_store.make("days/2026-02-01")
    assert key_store.make("days/2026-02-01") == first
