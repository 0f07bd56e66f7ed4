"""Photos, exports, models and the gallery's snapshot in a real S3 server, which is all that a second machine has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import storages
from pytest_django.fixtures import Settings

from attendance.tests.fixtures import Punched
from bench.chaos_parts import free_port
from common import shared_folders
from employees.models import Employee, EnrolmentPhoto, User
from employees.services import EmployeeError, chip_read, photo_read
from employees.tests.employment_kit import employ
from presente import file_places
from presente.checks_around import file_storage
from presente.tests.backup.kit import run
from presente.tests.object_server import BUCKET, KEY, SECRET, object_server
from recognition import engine_holder, gallery
from recognition.gallery import snapshot
from recognition.models import Decision, FaceTemplate, ModelVersion, VersionPerson
from recognition.services import identify, photo_add
from recognition.services.versions import version_delete, version_register
from recognition.tests.fake_engine import VERSION, fake_photo
from reporting.files.build import Spec
from reporting.services.exports import export_open, export_request, export_run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with object_server(tmp_path_factory.mktemp("objects")) as address:
        yield address


@pytest.fixture
def machine(
    server: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """A machine with folders of its own, whose files are in a folder of the bucket for this test alone."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    place = f"s3://{BUCKET}/{request.node.name}?endpoint={server}&region=us-east-1"
    monkeypatch.setenv("PRESENTE_STORAGE", place)
    settings.KEYS_DIR = tmp_path / "keys"
    _move(settings, tmp_path / "first")
    settings.STORAGES = file_places.storages("PRESENTE_STORAGE", tmp_path / "first")


def _move(settings: Settings, data: Path) -> None:
    """To another machine, which shares database, keys and storage, and has nothing on its disk."""
    data.mkdir()
    settings.DATA_DIR, settings.MODELS_DIR = data, data / "models"
    gallery.reset()
    engine_holder.reset()


def _everything(place: str, folder: str = "") -> list[str]:
    folders, files = storages[place].listdir(folder)
    start = f"{folder}/" if folder else ""
    return [start + file for file in files] + [path for one in folders for path in _everything(place, f"{start}{one}")]


def _version(settings: Settings, name: str) -> Path:
    folder = Path(settings.MODELS_DIR) / name
    (folder / "part").mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"version": name}))
    (folder / "part" / "weights").write_bytes(b"w" * 100_000)
    (folder / ".draft").write_bytes(b"not this")
    return folder


def test_photos_lie_in_the_bucket_and_an_erasure_removes_them(
    machine: None, settings: Settings, enrolled_ana: Employee, tmp_path: Path
) -> None:
    photo = enrolled_ana.photos.first()
    assert photo is not None
    asked = identify(images=[fake_photo(1, variation=4)], asker=Decision.Asker.API)

    assert asked.decision.employee == enrolled_ana
    assert file_storage().status == "ok"
    assert photo_read(photo).startswith(b"\x89PNG")
    assert chip_read(photo)
    kept = _everything("faces")
    assert {photo.path, photo.chip_path} <= set(kept)
    assert not (tmp_path / "first" / "faces").exists()
    with storages["faces"].open(photo.path) as file:
        assert b"PNG" not in file.read()

    receipt = tmp_path / "receipt.json"
    receipt.write_text(run("erase_biometrics", "1001", "--json"))

    assert not [path for path in _everything("faces") if str(enrolled_ana.public_id) in path]
    assert "nothing of the face of 1001" in run("verify_erasure", receipt)
    with pytest.raises(FileNotFoundError):
        storages["faces"].open(photo.path)


def test_the_first_upgrade_makes_the_bucket_that_a_storage_of_one_s_own_lacks(
    machine: None, server: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRESENTE_STORAGE", f"s3://another?endpoint={server}&region=us-east-1")
    settings.STORAGES = file_places.storages("PRESENTE_STORAGE", tmp_path / "first")
    folder = _version(settings, "sface-1")
    with pytest.raises(OSError, match="NoSuchBucket"):
        shared_folders.share("models/sface-1", folder)

    assert shared_folders.bucket_make()
    assert not shared_folders.bucket_make()

    shared_folders.share("models/sface-1", folder)
    assert "models/sface-1/manifest.json" in _everything("shared")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_is_made_there_and_fetched_from_another_machine(
    machine: None, settings: Settings, tmp_path: Path, hr: User, ana: Employee, punched: Punched, form: str
) -> None:
    employ(ana, hired_on=date(2026, 1, 1))
    punched(ana, "in", "2026-11-02T08:00")
    spec = Spec(report="period", form=form, first=date(2026, 11, 2), last=date(2026, 11, 8))
    job = export_run(job_id=export_request(spec=spec, by=hr).pk)
    _move(settings, tmp_path / "second")

    opened = export_open(job=job)

    assert opened is not None
    content = opened.read()
    assert content[:2] == b"PK" if form == "xlsx" else b"1001" in content


def test_a_version_comes_to_another_machine_and_goes_from_all(
    machine: None, settings: Settings, tmp_path: Path, ana: Employee, hr: User
) -> None:
    first = _version(settings, "fake-2")
    version = version_register(first)
    taught = version_register(_version(settings, "fake-3"))
    VersionPerson.objects.create(version=taught, employee=ana, part=VersionPerson.Part.LEARNT)
    _move(settings, tmp_path / "second")

    engine_holder.load("fake-2")
    engine_holder.load("fake-3")

    here = Path(settings.MODELS_DIR)
    assert (here / "fake-2" / "part" / "weights").read_bytes() == b"w" * 100_000
    assert sorted(path.name for path in (here / "fake-2").iterdir()) == ["manifest.json", "part"]
    assert not list(here.glob(".*"))

    # On the first machine, whose copy goes at once; the second one's goes when it hears of it.
    settings.MODELS_DIR = first.parent
    run("erase_biometrics", "1001")
    version_delete(version=version)
    assert not _everything("shared", "models")
    assert not (first.parent / "fake-3").exists()
    settings.MODELS_DIR = here
    gallery.current()
    assert ModelVersion.objects.get(name="fake-3").state == ModelVersion.State.ERASED
    assert not (here / "fake-3").exists()


def test_a_start_elsewhere_reads_the_snapshot(
    machine: None, settings: Settings, enrolled_ana: Employee, tmp_path: Path
) -> None:
    assert gallery.snapshot_write()
    _move(settings, tmp_path / "second")
    FaceTemplate.objects.update(sealed_vector=b"spoilt")

    assert [int(owner) for owner in gallery.current().gallery.people] == [enrolled_ana.pk]
    assert snapshot.path_of(VERSION).exists()
    snapshot.forget()
    assert not _everything("shared")


def test_a_storage_that_does_not_answer_is_said_and_nothing_is_half_done(
    machine: None, settings: Settings, ana: Employee, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PRESENTE_STORAGE", f"s3://{BUCKET}?endpoint=http://127.0.0.1:{free_port()}&region=us-east-1")
    settings.STORAGES = file_places.storages("PRESENTE_STORAGE", tmp_path)

    with pytest.raises(EmployeeError) as refused:
        photo_add(employee=ana, content=fake_photo(1), source=EnrolmentPhoto.Source.UPLOAD, queue=False)

    assert refused.value.code == "storage_failed"
    assert not EnrolmentPhoto.objects.exists()
    assert file_storage().status == "fail"


@pytest.mark.parametrize(
    "place", ["ftp://x", "s3://", "s3://key:secret@bucket", "s3://b?acl=public", "s3://b?endpoint=x"]
)
def test_another_place_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str) -> None:
    monkeypatch.setenv("PRESENTE_STORAGE", place)
    with pytest.raises(ImproperlyConfigured, match="PRESENTE_STORAGE"):
        file_places.storages("PRESENTE_STORAGE", tmp_path)


def test_the_disk_alone_shares_nothing(tmp_path: Path) -> None:
    assert shared_folders.storage() is None
    assert not shared_folders.fetch("models/fake-2", tmp_path / "fake-2")
