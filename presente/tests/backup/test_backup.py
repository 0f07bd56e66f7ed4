"""A backup brings everything back; one that was changed, or opens with another key, is refused."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
from pathlib import Path

import pytest
from django.conf import settings as program
from django.core.management import CommandError
from django.db import connection
from pytest_django.fixtures import Settings

from common.seals import keys_folder
from employees.models import Employee, User
from presente import process_state
from presente.backup.content import roots
from presente.backup.database import NAMES, is_empty
from presente.backup.repository import PIECE
from presente.backup.restoring import FORCE
from presente.process_state import ProcessState
from presente.tests.backup.kit import PASSPHRASE, destroy, enrol, files, pages, recognised, run

pytestmark = pytest.mark.django_db(transaction=True)


def test_all_comes_back(hr: User, company: list[Employee], place: Path) -> None:
    before, faces = pages(company), files(roots()["faces"])
    run("audit_verify")
    made = json.loads(run("backup", place, "--json"))

    destroy()
    said = run("restore", place)

    assert len(before) == 100
    assert pages(company) == before
    assert files(roots()["faces"]) == faces
    assert (roots()["models"] / "fake-1" / "weights").stat().st_size == 5_000_000
    assert [recognised(face) for face in range(1, 52)] == [*(one.number for one in company), "unknown"]
    assert re.search(r"\d+ stored days compared with the events, 0 differ", said)
    assert re.search(r"timestamps verified, 0 findings", said)
    assert made["id"] in said
    assert not list(Path(program.DATA_DIR).rglob(".restoring"))


def test_the_second_backup_stores_what_changed(staff: list[Employee], place: Path) -> None:
    first = json.loads(run("backup", place, "--json"))
    again = json.loads(run("backup", place, "--json"))

    enrol(staff[0], 1, (2, 3))
    third = json.loads(run("backup", place, "--json"))

    assert again["files"] == first["files"]
    assert third["files"] == first["files"] + 4
    assert again["new_bytes"] <= first["new_bytes"]
    if connection.vendor == "sqlite":
        # One piece of the database at most: the audit trail was read meanwhile.
        assert again["new_bytes"] < 4 * 2**20 + 1000


def test_nothing_in_it_can_be_read_and_nobody_else_may_open_it(staff: list[Employee], place: Path) -> None:
    run("backup", place)

    kept = files(place)
    assert not [name for name, content in kept.items() if b"SQLite format" in content or b"Person 1" in content]
    assert not [path for path in (place, *place.rglob("*")) if path.stat().st_mode & 0o077]


def test_an_interrupted_backup_goes_on(staff: list[Employee], place: Path) -> None:
    run("backup", place)
    manifest = next((place / "backups").iterdir())
    manifest.unlink()
    with pytest.raises(CommandError, match="no backup was finished"):
        run("restore", place, "--check")

    again = json.loads(run("backup", place, "--json"))

    assert again["new_bytes"] < 4 * 2**20
    assert "each as it was stored" in run("restore", place, "--check")


def test_pieces_that_a_power_failure_emptied_are_stored_again(staff: list[Employee], place: Path) -> None:
    run("backup", place)
    next((place / "backups").iterdir()).unlink()
    for path in (place / "pieces").glob("*/*"):
        os.truncate(path, 0)

    run("backup", place)

    assert "each as it was stored" in run("restore", place, "--check")


@pytest.mark.parametrize("name", ["repository.json", "keys/repository.json"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b"{}", b"salt"])
def test_a_damaged_head_of_a_backup_is_told_in_one_line(
    staff: list[Employee], place: Path, name: str, content: bytes
) -> None:
    run("backup", place)
    path = Path(f"{place}-keys") / "repository.json" if name.startswith("keys") else place / name
    about = json.dumps({**json.loads(path.read_text()), "salt": "no hex"}).encode()
    path.write_bytes(about if content == b"salt" else content)
    with pytest.raises(CommandError, match="is damaged or of another version"):
        run("restore", place, "--check")


@pytest.mark.parametrize("what", ["pieces", "backups"])
def test_a_changed_backup_is_refused_before_anything_is_touched(staff: list[Employee], place: Path, what: str) -> None:
    run("backup", place)
    victim = max((path for path in (place / what).rglob("*") if path.is_file()), key=lambda one: one.stat().st_size)
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(bytes(content))
    destroy()

    with pytest.raises(CommandError, match=r"damaged or was changed.*Nothing was changed here"):
        run("restore", place)

    assert is_empty()
    assert not files(Path(program.DATA_DIR))


def test_another_key_is_refused_with_the_remedy(staff: list[Employee], place: Path, tmp_path: Path) -> None:
    good, wrong = tmp_path / "good", tmp_path / "wrong"
    good.write_text(PASSPHRASE)
    wrong.write_text(PASSPHRASE[::-1])
    run("backup", place, "--passphrase-file", good)
    other = tmp_path / "other"
    shutil.move(keys_folder(), tmp_path / "kept")
    run("backup", other, "--passphrase-file", good)
    shutil.rmtree(keys_folder())

    with pytest.raises(CommandError, match="encrypted with a passphrase: give it with --passphrase-file"):
        run("restore", place, "--check")
    with pytest.raises(CommandError, match=r"not the secret.*Give the passphrase"):
        run("restore", place, "--check", "--passphrase-file", wrong)
    with pytest.raises(CommandError, match=r"not the secret.*backup\.key"):
        run("restore", place, "--check", "--passphrase-file", good, "--keys", f"{other}-keys")
    assert "each as it was stored" in run("restore", place, "--check", "--passphrase-file", good)


def test_a_passphrase_is_not_taken_where_it_encrypts_nothing(place: Path, hr: User, tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    (tmp_path / "weak").write_text("1234")
    run("backup", place)

    with pytest.raises(CommandError, match="begun without a passphrase and opens by itself"):
        run("backup", place, "--passphrase-file", tmp_path / "passphrase")
    with pytest.raises(CommandError, match="has 4 characters; take 16 or more"):
        run("backup", place, "--passphrase-file", tmp_path / "weak")


def test_another_master_key_is_refused(staff: list[Employee], place: Path, settings: Settings) -> None:
    run("backup", place)
    destroy()
    settings.MASTER_KEY = "another-master-key-of-more-than-32-characters"

    with pytest.raises(CommandError, match=r"master key at hand is not the one.*PRESENTE_MASTER_KEY"):
        run("restore", place)

    assert is_empty()


def test_a_place_with_people_needs_the_words(hr: User, staff: list[Employee], place: Path) -> None:
    run("backup", place)
    Employee.objects.filter(number="1002").update(first_name="Changed")

    with pytest.raises(CommandError, match=r"not empty: the database has people.*--force 'replace everything'"):
        run("restore", place)
    with pytest.raises(CommandError, match="takes the words"):
        run("restore", place, "--force", "yes")
    process_state.write(Path(program.DATA_DIR), {"web": ProcessState(running=True, pid=1, since=0)})
    with pytest.raises(CommandError, match="Presente runs on this data folder. Stop it first"):
        run("restore", place, "--force", FORCE)
    process_state.remove(Path(program.DATA_DIR))
    assert Employee.objects.get(number="1002").first_name == "Changed"

    run("restore", place, "--force", FORCE)

    assert Employee.objects.get(number="1002").first_name == "Person 2"
    assert recognised(2) == "1002"


def test_places_that_make_no_sense_are_refused(staff: list[Employee], place: Path) -> None:
    with pytest.raises(CommandError, match="lies within what is backed up"):
        run("backup", roots()["faces"] / "backup")
    with pytest.raises(CommandError, match="have to lie apart"):
        run("backup", place, "--keys", place / "keys")
    place.mkdir(parents=True)
    (place / "letter.txt").write_text("mine")
    with pytest.raises(CommandError, match="holds other files"):
        run("backup", place)


def test_a_full_disk_is_said_and_the_next_run_goes_on(staff: list[Employee], place: Path) -> None:
    (roots()["models"] / "fake-1" / "packed").write_bytes(os.urandom(6_000_000))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (PIECE, before[1]))
    try:
        with pytest.raises(CommandError, match=r"is full.*\. What was finished before is whole"):
            run("backup", place)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list((place / "backups").iterdir())

    run("backup", place)

    assert "each as it was stored" in run("restore", place, "--check")
    assert not list((place / "pieces").rglob(".*"))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite's copy is a file of ours")
def test_a_quota_that_the_databases_copy_reaches_is_said(staff: list[Employee], place: Path) -> None:
    run("backup", place)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(CommandError, match=r"quota is full .*\. What was finished before is whole"):
            run("backup", place)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert "each as it was stored" in run("restore", place, "--check")


def test_another_kind_of_database_is_said(staff: list[Employee], place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("backup", place)
    monkeypatch.setitem(NAMES, connection.vendor, "Another")

    with pytest.raises(CommandError, match=r"The backup is of (SQLite|PostgreSQL), and this installation has Another"):
        run("restore", place, "--force", FORCE)


def test_older_backups_go(staff: list[Employee], place: Path) -> None:
    for _number in range(3):
        run("backup", place, "--keep", "2")

    assert len(list((place / "backups").iterdir())) == 2
    assert "each as it was stored" in run("restore", place, "--check")
