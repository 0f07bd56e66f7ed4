"""An erasure reaches every copy, and its receipt tells whether that still holds."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as program
from django.core.cache import caches
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from common.refusals import Refusal
from employees import gallery_revision, key_store, vault
from employees.models import Consent, Employee, EnrolmentPhoto
from employees.services import chip_read, consent_give, consent_withdraw, photo_read
from employees.tests.employment_kit import employ
from privacy import tasks
from privacy.models import Erasure, LegalHold
from privacy.receipts import receipt_pdf
from privacy.services.erasure import biometrics_erase, erasure_run, erasure_sweep
from recognition import gallery
from recognition.models import Decision, FaceTemplate, ModelVersion, VersionPerson
from recognition.services import identify
from recognition.services.checkpoints import cache_folder, checkpoint_folder
from recognition.services.training import training_claim, training_move, training_request
from recognition.tests.fake_engine import fake_photo
from recognition.tests.test_training_run import company, dull, enrol, work  # noqa: F401  fixtures

HR = Erasure.Cause.HR


@pytest.fixture(autouse=True)
def _folders(settings: Settings, tmp_path: Path) -> None:
    """Everything that is kept lies in one folder of the test's own."""
    data = tmp_path / "var"
    settings.DATA_DIR, settings.MODELS_DIR, settings.KEEP_IMAGES = data, data / "models", True
    faces = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": data / "faces"}}
    settings.STORAGES = {**program.STORAGES, "faces": faces}
    (data / "models").mkdir(parents=True)


def everything() -> Iterator[tuple[str, bytes]]:
    """Each file of the data folder, each value of each table, the database's own file or dump, and each value of the
    broker and cache."""
    for path in Path(program.DATA_DIR).rglob("*"):
        if path.is_file():
            yield str(path), path.read_bytes()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                for value in row:
                    yield table, bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
    yield from dumped()
    client = caches["default"]._cache.get_client(write=True)  # type: ignore[attr-defined]
    reads = {
        b"string": client.get,
        b"list": lambda name: client.lrange(name, 0, -1),
        b"hash": client.hgetall,
        b"set": client.smembers,
        b"zset": lambda name: client.zrange(name, 0, -1),
    }
    for name in client.scan_iter(match="*"):
        value = reads[client.type(name)](name)
        yield f"valkey {name!r}", value if isinstance(value, bytes) else repr(value).encode()


def dumped() -> Iterator[tuple[str, bytes]]:
    """What a backup of the database holds: SQLite's file with the pages that were freed, PostgreSQL's tables copied."""
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA wal_checkpoint")
        for path in Path(connection.settings_dict["NAME"]).parent.glob(
            f"{Path(connection.settings_dict['NAME']).name}*"
        ):
            yield str(path), path.read_bytes()
        return
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                yield f"dump of {table}", b"".join(bytes(piece) for piece in copy)


def forms(secret: bytes) -> list[bytes]:
    """The ways in which it could be written: as it is, in hexadecimal digits as a dump has it, in base64."""
    return [secret, secret.hex().encode(), base64.b64encode(secret).rstrip(b"=")]


def traces(secrets: list[bytes]) -> list[str]:
    wanted = [form for secret in secrets for form in forms(secret)]
    return [where for where, content in everything() if any(one in content for one in wanted)]


def look(number: int) -> Decision:
    Consent.objects.update(pictures=True)
    return identify(images=[fake_photo(number, variation=7)], asker=Decision.Asker.API).decision


def erase(employee: Employee, **more: str) -> dict[str, object]:
    said = StringIO()
    call_command("erase_biometrics", employee.number, "--json", stdout=said, **more)
    return dict(json.loads(said.getvalue()))


@pytest.mark.django_db(transaction=True)
def test_the_search_finds_what_is_there(enrolled_ana: Employee) -> None:
    """A search that finds nothing proves nothing unless it finds what was put somewhere."""
    secret = bytes(range(200, 256)) * 3
    (Path(program.DATA_DIR) / "left.bin").write_bytes(b"before" + secret + b"after")
    caches["default"].set("left", secret)
    EnrolmentPhoto.objects.filter(employee=enrolled_ana).update(override_reason=base64.b64encode(secret).decode())
    FaceTemplate.objects.filter(employee=enrolled_ana).update(sealed_vector=secret)
    found = " ".join(traces([secret]))
    for place in ("left.bin", "valkey", "employees_enrolmentphoto", "recognition_facetemplate"):
        assert place in found
    assert ("dump of" in found) == (connection.vendor == "postgresql")
    FaceTemplate.objects.filter(employee=enrolled_ana).delete()
    caches["default"].delete("left")


@pytest.mark.django_db(transaction=True)
def test_after_fine_tuning_nothing_of_the_person_is_left_anywhere_nor_in_a_backup(
    company: list[Employee],  # noqa: F811
    tmp_path: Path,
) -> None:
    tuned = work(training_request(at_once=True)).candidate
    assert tuned is not None
    learnt = VersionPerson.objects.filter(version=tuned, part=VersionPerson.Part.LEARNT).values("employee")
    ana, ben = [one for one in company if one in Employee.objects.filter(pk__in=learnt)][:2]
    seen = look(company.index(ana) + 1)
    assert (seen.employee, seen.version, bool(seen.image_path)) == (ana, tuned.name, True)
    cache_folder().mkdir(parents=True)
    sealed_cache = vault.wrap(b"vectors", context="faces:x", key=key_store.CACHE)
    (cache_folder() / "x.sealed").write_bytes(sealed_cache)

    key = ana.biometric_key()
    pictures = [photo_read(photo) for photo in ana.photos.all()] + [chip_read(photo) for photo in ana.photos.all()]
    vectors = [gallery.open_vector(one, key).tobytes() for one in FaceTemplate.objects.filter(employee=ana)]
    assert len(vectors) > len(ana.photos.all()), "templates of two versions"
    # The backup: all files but the keys, and every encrypted thing of the database.
    shutil.copytree(program.DATA_DIR, tmp_path / "backup", ignore=shutil.ignore_patterns("keys"))
    contexts = {photo.path: f"photo:{photo.pk}" for photo in ana.photos.select_related("employee")}
    contexts |= {photo.chip_path: f"chip:{photo.pk}" for photo in ana.photos.select_related("employee")}
    contexts[seen.image_path] = f"decision:{seen.pk}"
    dumped = [
        (f"template:{one.photo_id}:{one.version_id}", bytes(one.sealed_vector))
        for one in FaceTemplate.objects.filter(employee=ana)
    ]
    before = gallery_revision.current()

    receipt = erase(ana, reason="asked for it")

    assert traces([*pictures, *vectors, key]) == []
    assert not (Path(program.DATA_DIR) / "faces" / str(ana.public_id)).exists()
    assert not (Path(program.MODELS_DIR) / tuned.name).exists()
    assert not cache_folder().exists()
    backup = [(context, (tmp_path / "backup" / "faces" / path).read_bytes()) for path, context in contexts.items()]
    keys = [key_store.read(name) for name in key_store.names()]
    for context, sealed in [*backup, *dumped, ("faces:x", sealed_cache)]:
        for one in keys:
            assert one is not None
            with pytest.raises(vault.VaultError):
                vault.decrypt(one, sealed, context=context)
    assert gallery_revision.current() > before
    assert receipt["serving_instead"] == "fake-dull"
    tuned.refresh_from_db()
    assert tuned.state == ModelVersion.State.ERASED
    # The others go on being recognised; their photos are whole.
    assert identify(images=[fake_photo(1 + company.index(ben))], asker=Decision.Asker.API).version == "fake-dull"
    assert all(photo_read(photo) for photo in ben.photos.all())
    erased = receipt["erased"]
    assert isinstance(erased, dict)
    assert [len(erased[kind]) for kind in ("pictures", "decision_pictures", "keys")] == [len(contexts) - 1, 1, 1]
    assert {one["version"] for one in erased["templates"]} >= {"fake-dull", tuned.name}
    assert [one["version"] for one in erased["models"]] == [tuned.name]


def verified(receipt: dict[str, object], folder: Path) -> str:
    path, said = folder / "receipt.json", StringIO()
    path.write_text(json.dumps(receipt))
    try:
        call_command("verify_erasure", str(path), stdout=said)
    except CommandError as error:
        return said.getvalue() + str(error)
    return ""


@pytest.mark.django_db(transaction=True)
def test_the_receipt_holds_until_something_is_there_again(enrolled_ana: Employee, tmp_path: Path) -> None:
    decision = look(1)
    path = enrolled_ana.photos.all()[0].path
    stored = storages["faces"].open(path).read()
    key_file = key_store.path_of(key_store.person(enrolled_ana.public_id))
    key = key_file.read_bytes()
    row = FaceTemplate.objects.select_related("photo").all()[0]
    receipt = erase(enrolled_ana)
    assert verified(receipt, tmp_path) == ""
    assert b"%PDF" in receipt_pdf(receipt)[:8]

    decision.refresh_from_db()
    assert (decision.employee, decision.image_path) == (enrolled_ana, "")
    assert "SHA-256 is another one" in verified({**receipt, "reason": "none"}, tmp_path)
    key_file.write_bytes(key)
    assert "a backup of the keys was restored" in verified(receipt, tmp_path)
    key_store.destroy(key_store.person(enrolled_ana.public_id))
    target = Path(storages["faces"].path(path))
    target.parent.mkdir()
    target.write_bytes(stored)
    assert path in verified(receipt, tmp_path)
    target.unlink()
    EnrolmentPhoto.objects.bulk_create([row.photo])
    FaceTemplate.objects.bulk_create([row])
    said = verified(receipt, tmp_path)
    assert "the template of the photo" in said
    assert "in the database" in said
    # Erased once more, it holds.
    erase(enrolled_ana)
    assert verified(receipt, tmp_path) == ""


@pytest.mark.django_db
def test_an_erasure_that_was_interrupted_is_gone_on_with_and_its_receipt_is_whole(enrolled_ana: Employee) -> None:
    from recognition.services import faces_erase, faces_inventory

    consent_withdraw(employee=enrolled_ana, by=None)
    asked = Erasure.objects.get()
    assert asked.cause == Erasure.Cause.WITHDRAWAL
    found = {**faces_inventory(enrolled_ana), "queued_pictures": [], "keys": []}
    Erasure.objects.filter(pk=asked.pk).update(found=found)
    faces_erase(employee=enrolled_ana)
    assert erasure_sweep() == 1
    asked.refresh_from_db()
    assert [len(asked.receipt["erased"][kind]) for kind in ("pictures", "templates", "keys")] == [6, 3, 1]
    assert erasure_run(erasure_id=asked.pk).receipt == asked.receipt


@pytest.mark.django_db
def test_a_withdrawn_consent_erases_the_face_and_the_punches_stay(enrolled_ana: Employee) -> None:
    consent_withdraw(employee=enrolled_ana, by=None)
    tasks.erase(str(Erasure.objects.get().pk))
    assert not enrolled_ana.photos.exists()
    assert not list((Path(program.DATA_DIR) / "faces").rglob("*.photo"))
    assert key_store.read(key_store.person(enrolled_ana.public_id)) is None
    # A new consent begins with a new key.
    consent_give(employee=enrolled_ana, method=Consent.Method.PAPER)
    assert enrolled_ana.biometric_key()


@pytest.mark.django_db
def test_who_left_is_erased_when_the_days_are_over(enrolled_ana: Employee, settings: Settings) -> None:
    settings.ERASE_AFTER_DAYS = 10
    today = timezone.localdate()
    employ(enrolled_ana, hired_on=today - timedelta(days=99), left_on=today - timedelta(days=10))
    assert erasure_sweep() == 0
    employ(enrolled_ana, left_on=today - timedelta(days=11))
    assert erasure_sweep() == 1
    assert Erasure.objects.get().cause == Erasure.Cause.LEFT
    assert not enrolled_ana.photos.exists()
    assert erasure_sweep() == 0


@pytest.mark.django_db
def test_a_legal_hold_stops_every_erasure(enrolled_ana: Employee) -> None:
    LegalHold.objects.create(employee=enrolled_ana, reason="court case 12")
    with pytest.raises(CommandError, match="court case 12"):
        erase(enrolled_ana)
    with pytest.raises(Refusal):
        biometrics_erase(employee=enrolled_ana, cause=HR)
    consent_withdraw(employee=enrolled_ana, by=None)
    erasure_sweep()
    assert enrolled_ana.photos.count() == 3
    assert look(1).employee is None


@pytest.mark.django_db(transaction=True)
def test_a_training_that_learns_from_the_person_ends_with_its_checkpoint(enrolled_ana: Employee) -> None:
    run = training_claim(training_request(at_once=True).pk)
    assert run is not None
    training_move(run=run, state="testing", plan={"groups": {str(enrolled_ana.pk): "new"}})
    checkpoint_folder(run.pk).mkdir(parents=True)
    key_store.make(f"checkpoints/{run.pk}")
    biometrics_erase(employee=enrolled_ana, cause=HR)
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert not checkpoint_folder(run.pk).exists()
    assert list(key_store.names("checkpoints")) == []


@pytest.mark.django_db(transaction=True)
def test_a_version_that_came_from_one_that_learnt_goes_too(enrolled_ana: Employee) -> None:
    base = ModelVersion.objects.get(state=ModelVersion.State.ACTIVE)
    first = ModelVersion.objects.create(name="tuned-1", parent=base, state=ModelVersion.State.REFUSED)
    second = ModelVersion.objects.create(name="tuned-2", parent=first, state=ModelVersion.State.RETIRED)
    VersionPerson.objects.create(version=first, employee=enrolled_ana, part=VersionPerson.Part.LEARNT)
    for one in (first, second):
        (Path(program.MODELS_DIR) / one.name).mkdir()
    receipt = biometrics_erase(employee=enrolled_ana, cause=HR).receipt
    assert {one["version"] for one in receipt["erased"]["models"]} == {"tuned-1", "tuned-2"}
    assert receipt["serving_instead"] == ""
    assert ModelVersion.objects.filter(state=ModelVersion.State.ERASED).count() == 2


@pytest.mark.django_db(transaction=True)
def test_weights_without_another_version_stay_until_there_is_one_and_the_rest_is_gone(enrolled_ana: Employee) -> None:
    only = ModelVersion.objects.get(state=ModelVersion.State.ACTIVE)
    VersionPerson.objects.create(version=only, employee=enrolled_ana, part=VersionPerson.Part.LEARNT)
    with pytest.raises(CommandError, match="no earlier version"):
        erase(enrolled_ana)
    assert not enrolled_ana.photos.exists()
    assert key_store.read(key_store.person(enrolled_ana.public_id)) is None
    asked = Erasure.objects.get()
    assert asked.finished_at is None
    before = ModelVersion.objects.create(name="fake-dull", state=ModelVersion.State.RETIRED)
    ModelVersion.objects.filter(pk=only.pk).update(parent=before)
    assert erasure_sweep() == 1
    asked.refresh_from_db()
    assert asked.receipt["serving_instead"] == "fake-dull"
    assert len(asked.receipt["erased"]["pictures"]) == 6


@pytest.mark.django_db
def test_nobody_of_that_number(db: None) -> None:
    with pytest.raises(CommandError, match="no employee"):
        call_command("erase_biometrics", "999")
