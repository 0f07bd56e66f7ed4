"""What stops the start says so in one line; what is written is its owner's alone."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings as program
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from pytest_django import Settings

from common.cipher import VaultError
from common.private_files import folder_close
from common.seals import seal
from employees.models import Employee
from presente import checks
from presente.management.commands import serve
from presente.start import explain, lost_key
from tests.test_doctor import examined


def manage(data: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`manage.py` in a process of its own, on a data folder of its own."""
    inherited = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=program.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
        env={**inherited, "DJANGO_SETTINGS_MODULE": "presente.settings", "PRESENTE_DATA": str(data), **environment},
        umask=0o022,
    )


def modes(folder: Path) -> set[str]:
    return {oct(stat.S_IMODE(path.stat().st_mode) & 0o077) for path in (folder, *folder.rglob("*"))}


def test_everything_is_written_for_its_owner_alone_and_a_folder_that_stood_open_is_closed(tmp_path: Path) -> None:
    data = tmp_path / "var"
    data.mkdir(mode=0o755)
    data.chmod(0o755)
    done = manage(data, "migrate", "--verbosity", "0")
    assert done.returncode == 0, done.stderr
    assert (data / "presente.sqlite3").exists()
    assert modes(data) == {"0o0"}


def test_what_stood_open_inside_is_closed_too(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir(mode=0o755)
    log = tmp_path / "log" / "web.log"
    log.write_text("x")
    for path, mode in ((tmp_path, 0o755), (tmp_path / "log", 0o755), (log, 0o644)):
        path.chmod(mode)
    assert folder_close(tmp_path) == 3
    assert modes(tmp_path) == {"0o0"}
    assert folder_close(tmp_path) == 0


@pytest.mark.parametrize("content", ["", "x", "a" * 64])
def test_a_weak_master_key_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "master.key").write_text(content)
    done = manage(tmp_path, "check")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(keys / "master.key") in done.stderr
    assert "backup" in done.stderr


@pytest.mark.parametrize("name", ["master.key", "django.key"])
@pytest.mark.parametrize("content", [bytes(64), b"\xff\xfe\x80" * 40, b"x", b""])
def test_a_key_that_was_cut_off_or_overwritten_is_refused_in_one_line(
    tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / "keys").mkdir()
    path = tmp_path / "keys" / name
    path.write_bytes(content)
    done = manage(tmp_path, "check")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    assert str(path) in done.stderr
    assert "backup" in done.stderr


@pytest.mark.parametrize("name", ["keys", "keys/master.key", "keys/django.key"])
def test_a_file_in_a_folders_place_and_the_other_way_round_are_told_in_one_line(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "keys":
        path.write_bytes(b"")
    else:
        path.mkdir(parents=True)
    done = manage(tmp_path, "check")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    assert str(path) in done.stderr


@pytest.mark.parametrize("content", [b"", b"x", bytes(64), b"\xff" * 64])
def test_a_damaged_key_of_the_seals_seals_nothing(settings: Settings, tmp_path: Path, content: bytes) -> None:
    settings.KEYS_DIR = tmp_path
    (tmp_path / "audit.key").write_bytes(content)
    with pytest.raises(ImproperlyConfigured, match="Restore it from the backup"):
        seal(b"a row")


def test_a_weak_master_key_of_the_environment_is_refused(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", PRESENTE_MASTER_KEY="x")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "PRESENTE_MASTER_KEY has 1 characters" in done.stderr


def test_a_damaged_database_says_which_file_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "presente.sqlite3").write_bytes(b"no database at all" * 100)
    done = manage(tmp_path, "migrate")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert str(tmp_path / "presente.sqlite3") in done.stderr
    assert "backup" in done.stderr


@pytest.mark.parametrize("command", [("serve", "--prepare", "--port", "65431"), ("upgrade",), ("upgrade", "--check")])
def test_an_empty_database_where_people_s_keys_are_is_not_begun_anew(tmp_path: Path, command: tuple[str, ...]) -> None:
    people = tmp_path / "keys" / "store" / "people" / "ab"
    people.mkdir(parents=True)
    (people / "ab12.key").write_text("presente-key-1 x y\n")
    database = tmp_path / "presente.sqlite3"
    database.write_bytes(b"")
    done = manage(tmp_path, *command)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    told = done.stdout + done.stderr
    assert "the keys of 1 people" in told
    assert "newest backup" in told
    with closing(sqlite3.connect(database)) as opened:
        assert opened.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(28, "No space left on device", "/srv/var/x"), "/srv/var/x is full"),
        (sqlite3.OperationalError("database or disk is full"), "is full"),
        (sqlite3.DatabaseError("database disk image is malformed"), "is damaged"),
        (OSError(30, "Read-only file system", "/srv/var"), "cannot be read or written"),
        (VaultError("The key file /srv/keys/x is damaged."), "The key file /srv/keys/x is damaged."),
        (OSError(21, "Is a directory", "/srv/var/x"), "is a file where a folder belongs"),
    ],
)
def test_what_the_operator_can_mend_is_one_line(error: Exception, says: str) -> None:
    assert says in str(explain(error))
    assert explain(RuntimeError("a fault of ours")) is None


@pytest.fixture
def no_key(ana: Employee, settings: Settings, tmp_path: Path) -> Path:
    """Somebody is enrolled, and the key is gone."""
    settings.DATA_DIR, settings.MASTER_KEY = tmp_path, ""
    ana.biometric_key()
    (tmp_path / "keys" / "master.key").unlink()
    return tmp_path / "keys" / "master.key"


@pytest.mark.django_db
def test_a_lost_key_is_not_replaced_and_stops_the_start(no_key: Path) -> None:
    assert "Restore it" in str(lost_key())
    assert not no_key.exists()
    assert checks.master_key().status == "fail"
    assert examined()[1]["master key"]["status"] == "fail"


@pytest.mark.django_db(transaction=True)
def test_without_the_key_the_program_is_not_ready(no_key: Path, client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["key"]["ok"] is False


@pytest.mark.django_db
def test_without_anybody_enrolled_a_key_is_made(settings: Settings, tmp_path: Path, db: None) -> None:
    settings.DATA_DIR, settings.MASTER_KEY = tmp_path, ""
    employee = Employee.objects.create(number="1", first_name="Ana")
    employee.biometric_key()
    assert len((tmp_path / "keys" / "master.key").read_text()) == 64
    assert lost_key() is None


@pytest.mark.django_db
def test_the_doctor_names_files_that_others_may_read(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    tmp_path.chmod(0o700)
    loose = tmp_path / "presente.sqlite3"
    loose.write_bytes(b"")
    loose.chmod(0o644)
    found = checks.private_files()
    assert (found.status, found.id) == ("fail", "presente.E009")
    assert str(loose) in found.detail
    loose.chmod(0o600)
    assert checks.private_files().status == "ok"


@pytest.mark.parametrize(
    ("public", "named"), [("", "http://127.0.0.1:8200"), ("https://a.example", "https://a.example")]
)
def test_messages_name_the_port_that_is_listened_on_where_no_public_address_is_set(
    public: str, named: str, monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path
) -> None:
    monkeypatch.setenv("PRESENTE_URL", public)
    settings.DATA_DIR = tmp_path

    def taken(host: str, port: int) -> None:
        raise CommandError("taken")

    monkeypatch.setattr(serve, "_refuse_taken_port", taken)
    with pytest.raises(CommandError, match="taken"):
        call_command("serve", port=8200)

    assert os.environ["PRESENTE_URL"] == named
