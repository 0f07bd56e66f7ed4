"""Whoever was erased stays erased, whichever backup is restored, and nobody else is."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from django.core.management import CommandError

from common.seals import keys_folder
from employees import key_store
from employees.models import Consent, Employee, EnrolmentPhoto, User
from employees.services import consent_give, employee_create
from presente.backup.content import roots
from presente.backup.repository import PIECE
from presente.tests.backup.kit import destroy, enrol, files, recognised, run
from privacy.models import Erasure
from recognition.models import FaceTemplate, ModelVersion, VersionPerson

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_was_erased_since_is_not_brought_back(hr: User, staff: list[Employee], place: Path) -> None:
    run("backup", place)
    keys_then = files(Path(f"{place}-keys"))
    public_id = str(staff[0].public_id)
    run("erase_biometrics", "1001", "--json")

    # The keys alone are backed up again; the data is that of the day before.
    run("backup", place)
    last = sorted((place / "backups").iterdir())[-1]
    last.unlink()
    destroy()
    said = run("restore", place)

    assert "Erasing the face of 1001 again" in said
    assert [recognised(1), recognised(2)] == ["unknown", "1002"]
    assert not EnrolmentPhoto.objects.filter(employee__number="1001").exists()
    assert not FaceTemplate.objects.filter(employee__number="1001").exists()
    assert not key_store.path_of(key_store.person(public_id)).exists()
    # Nor do the earlier backups of the keys have that key any more.
    assert set(keys_then) - set(files(Path(f"{place}-keys")))


def test_weights_that_learnt_from_who_was_erased_leave_earlier_backups(staff: list[Employee], place: Path) -> None:
    taught = ModelVersion.objects.create(name="fake-2", manifest={})
    VersionPerson.objects.create(version=taught, employee=staff[0], part=VersionPerson.Part.LEARNT)
    (roots()["models"] / "fake-2").mkdir()
    weights = (roots()["models"] / "fake-1" / "weights").read_bytes()
    # What both versions have in common stays for the other one.
    (roots()["models"] / "fake-2" / "weights").write_bytes(weights[:PIECE] + os.urandom(1000))
    run("backup", place)
    run("erase_biometrics", "1001")

    run("backup", place)

    manifests = [json.loads(path.read_text()) for path in (place / "backups").iterdir()]
    paths = {file["path"] for one in manifests for file in one["files"]}
    assert "models/fake-1/weights" in paths
    assert not [path for path in paths if path.startswith("models/fake-2/")]
    for one in manifests:
        assert "each as it was stored" in run("restore", place, "--check", "--at", one["id"])


def test_a_receipt_erases_again_what_the_keys_do_not_know(staff: list[Employee], place: Path, tmp_path: Path) -> None:
    run("backup", place)
    receipt = tmp_path / "receipt.json"
    receipt.write_text(run("erase_biometrics", "1002", "--json"))
    destroy()

    run("restore", place, "--receipt", receipt)

    assert recognised(2) == "unknown"
    assert "nothing of the face of 1002 that it names is left" in run("verify_erasure", receipt)


def test_keys_that_stayed_are_enough(staff: list[Employee], place: Path) -> None:
    run("backup", place, "--no-keys")
    faces = roots()["faces"]
    run("erase_biometrics", "1003")
    kept = files(keys_folder())
    destroy()
    for name, content in kept.items():
        (keys_folder() / name).parent.mkdir(parents=True, exist_ok=True)
        (keys_folder() / name).write_bytes(content)

    said = run("restore", place)

    assert "Erasing the face of 1003 again" in said
    assert [recognised(1), recognised(3)] == ["1001", "unknown"]
    assert not (faces / str(staff[2].public_id)).exists()


def test_nobody_is_erased_for_want_of_a_key(staff: list[Employee], place: Path) -> None:
    run("backup", place)
    late = employee_create(number="1004", first_name="Person 4", last_name="Demo")
    consent_give(employee=late, method=Consent.Method.PAPER)
    enrol(late, 4)
    run("backup", place, "--no-keys")
    destroy()

    with pytest.raises(CommandError, match="not all is well:\n  The key store .* lacks the keys of 1 people who have"):
        run("restore", place)

    assert EnrolmentPhoto.objects.filter(employee__number="1004").count() == 2
    assert not Erasure.objects.exists()


def test_who_was_enrolled_again_keeps_the_new_key(staff: list[Employee], place: Path) -> None:
    run("backup", place)
    run("erase_biometrics", "1001")
    consent_give(employee=staff[0], method=Consent.Method.PAPER)
    enrol(staff[0], 5)
    run("backup", place)
    destroy()

    said = run("restore", place)

    assert "Erasing" not in said
    assert [recognised(1), recognised(5)] == ["unknown", "1001"]
