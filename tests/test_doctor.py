"""`manage.py doctor`: what it says of a sound installation, and of each thing that can be wrong."""

from __future__ import annotations

import json
import os
import re
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from common import company
from common.models import Company
from employees.models import Employee, User
from presente import checks, checks_around, heartbeat, process_state
from presente.backup.making import last_path
from presente.broker import message_url
from presente.checks_around import printable_names, strangers
from presente.process_state import ProcessState
from recognition.engines import PUBLISHED
from recognition.models import ModelVersion, ThresholdCurve


def examined() -> tuple[bool, dict[str, dict[str, str]]]:
    """The doctor's verdict and its findings by name, as `--json` prints them."""
    output = StringIO()
    code = 0
    try:
        call_command("doctor", "--json", stdout=output)
    except SystemExit as exit_:
        code = int(str(exit_.code))
    content: dict[str, Any] = json.loads(output.getvalue())
    assert content["ok"] is (code == 0)
    return content["ok"], {finding["name"]: finding for finding in content["checks"]}


@pytest.fixture
def data(tmp_path: Path, settings: Settings) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.mark.django_db
def test_a_sound_installation_passes(data: Path, settings: Settings, hr: User) -> None:
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]  # Django's test runner adds a name of its own
    settings.SITE_URL = "https://presente.example.com"
    heartbeat.mark()
    company.company_change(Company(time_zone="America/La_Paz"))

    well, found = examined()

    assert well
    assert {name: finding["status"] for name, finding in found.items() if finding["status"] != "ok"} == {
        "engine": "warn"
    }
    assert found["broker"]["detail"] == ("Redis" if settings.REDIS_URL else "embedded")
    assert found["worker"]["detail"].startswith("worked ")


@pytest.mark.django_db
def test_mail_that_goes_nowhere_and_links_that_nobody_can_open_are_told_of(data: Path, settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.SITE_URL = "common.unsent_mail.EmailBackend", "http://127.0.0.1:8200"

    found = examined()[1]

    assert (found["mail"]["status"], found["links"]["status"]) == ("warn", "warn")
    assert "EMAIL_URL" in found["mail"]["remedy"]
    assert "PRESENTE_URL" in found["links"]["remedy"]


@pytest.mark.django_db
def test_people_without_a_backup_are_told_of(data: Path, ana: Employee) -> None:
    found = examined()[1]["backup"]
    assert (found["status"], found["detail"]) == ("warn", "there is none")
    assert "manage.py backup DIR --keys DIR2" in found["remedy"]

    made_at = (timezone.now() - timedelta(hours=40)).isoformat()
    last_path().write_text(json.dumps({"made_at": made_at, "folder": "/backups"}))
    assert examined()[1]["backup"]["detail"] == "the last one is 1.7 days old"

    last_path().write_text(json.dumps({"made_at": timezone.now().isoformat(), "folder": "/backups"}))
    assert examined()[1]["backup"]["detail"] == "0 h old, in /backups"


@pytest.mark.django_db
def test_the_table_names_every_check_and_its_remedy(data: Path) -> None:
    output = StringIO()

    call_command("doctor", stdout=output, no_color=True)

    lines = output.getvalue().splitlines()
    assert any("presente.W001" in line and "fake_engine" in line for line in lines)
    assert any("→ Unset PRESENTE_ENGINE" in line for line in lines)
    assert "to mend" in lines[-1]


@pytest.mark.usefixtures("no_version")
def test_missing_models_fail_with_the_command_that_builds_them(settings: Settings) -> None:
    settings.ENGINE = PUBLISHED

    well, found = examined()

    assert not well
    assert found["models"]["status"] == "fail"
    assert found["models"]["id"] == "presente.E006"
    assert "build_models" in found["models"]["remedy"]


@pytest.mark.usefixtures("no_version")
def test_a_damaged_model_is_named(settings: Settings, tmp_path: Path) -> None:
    from recognition.models import ModelVersion

    settings.ENGINE, settings.MODELS_DIR = PUBLISHED, tmp_path
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "manifest.json").write_text("{")
    ModelVersion.objects.create(name="broken", state=ModelVersion.State.ACTIVE)

    _well, found = examined()

    assert found["models"]["status"] == "fail"
    assert "manifest.json" in found["models"]["detail"]


@pytest.mark.django_db
def test_keys_that_others_can_read_fail(data: Path) -> None:
    (data / "keys").mkdir(mode=0o700)
    key = data / "keys" / "master.key"
    key.write_text("secret")
    key.chmod(0o644)

    well, found = examined()

    assert not well
    assert found["keys"]["remedy"] == f"chmod go-rwx {key}"


@pytest.mark.django_db
def test_another_master_key_is_noticed(data: Path, ana: Employee, settings: Settings) -> None:
    ana.biometric_key()
    assert examined()[1]["master key"]["status"] == "ok"

    settings.MASTER_KEY = "another"

    well, found = examined()
    assert not well
    assert "backup" in found["master key"]["remedy"]


@pytest.mark.django_db
def test_a_worker_that_is_silent_is_a_warning(data: Path, settings: Settings) -> None:
    settings.REDIS_URL = ""
    assert "none has ever been seen" in examined()[1]["worker"]["detail"]

    heartbeat.mark()
    an_hour_ago = heartbeat.path().stat().st_mtime - 3600
    os.utime(heartbeat.path(), (an_hour_ago, an_hour_ago))

    well, found = examined()
    assert well
    assert found["worker"]["status"] == "warn"
    assert re.search(r"is 1:0\d:\d\d old", found["worker"]["detail"])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hosts", "https", "debug", "words"),
    [
        (["*"], True, False, "any name"),
        (["presente.example.com"], False, False, "without HTTPS"),
        (["presente.example.com"], True, True, "debug pages"),
    ],
)
def test_what_a_reachable_server_must_not_do(
    settings: Settings, hosts: list[str], https: bool, debug: bool, words: str
) -> None:
    settings.ALLOWED_HOSTS, settings.HTTPS, settings.DEBUG = hosts, https, debug

    finding = checks_around.exposure()

    assert finding.status == "warn"
    assert words in finding.detail


def test_a_data_folder_that_is_gone_stops_every_command(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "gone"

    messages = checks.before_every_command(None)

    assert [message.id for message in messages] == ["presente.E002"]
    assert "PRESENTE_DATA" in str(messages[0].hint)


def test_an_unknown_engine_stops_every_command(settings: Settings) -> None:
    settings.ENGINE = "imaginary"

    assert [message.id for message in checks.before_every_command(None)] == ["presente.E001"]


@pytest.mark.django_db
def test_a_process_that_was_started_again_is_a_warning(data: Path) -> None:
    killed = ProcessState(True, 4242, time.time() - 3, 2, 2, "was killed by SIGKILL", time.time() - 4)
    process_state.write(data, {"web": ProcessState(True, 4241, time.time() - 90), "worker": killed})

    well, found = examined()

    assert well
    assert (found["processes"]["id"], found["processes"]["status"]) == ("presente.W008", "warn")
    assert re.fullmatch(
        r"worker was killed by SIGKILL \(runs again for \d s, 2 restarts\)", found["processes"]["detail"]
    )
    assert str(data / "log") in found["processes"]["remedy"]


@pytest.mark.django_db
def test_an_embedded_broker_that_is_not_started_is_a_warning(data: Path, settings: Settings) -> None:
    settings.REDIS_URL, settings.CELERY_BROKER_URL = "", message_url(data)

    well, found = examined()

    assert well
    assert (found["broker"]["id"], found["broker"]["status"]) == ("presente.W007", "warn")
    assert "make run" in found["broker"]["remedy"]


@pytest.mark.django_db
def test_an_embedded_broker_that_should_run_and_does_not_answer_fails(data: Path, settings: Settings) -> None:
    settings.REDIS_URL, settings.CELERY_BROKER_URL = "", message_url(data)
    process_state.write(
        data, {"broker": ProcessState(False, None, time.time(), 5, 5, "ended with code 1", time.time())}
    )

    well, found = examined()

    assert not well
    assert found["broker"]["id"] == "presente.E008"
    assert "broker ended with code 1 (does not run, 5 restarts)" in found["processes"]["detail"]


@pytest.mark.django_db
def test_a_machine_without_an_embedded_broker_is_told_what_to_install(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = ""
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")

    well, found = examined()

    assert not well
    assert found["broker"]["remedy"] == (
        "There is no embedded broker for this machine (darwin, x86_64). Install Valkey or Redis (brew install valkey), "
        "start it, and name it: REDIS_URL=redis://127.0.0.1:6379/0."
    )


@pytest.mark.django_db
def test_a_supervisor_that_is_gone_says_nothing_any_more(data: Path) -> None:
    process_state.write(
        data, {"worker": ProcessState(False, None, time.time(), 1, 1, "ended with code 1", time.time())}
    )
    long_ago = time.time() - process_state.STALE_SECONDS - 1
    os.utime(process_state.path(data), (long_ago, long_ago))

    assert examined()[1]["processes"]["status"] == "ok"


@pytest.mark.django_db
def test_doctor_names_the_people_whose_names_no_font_here_can_print(ana: Employee) -> None:
    assert printable_names().status == "ok"
    Employee.objects.filter(pk=ana.pk).update(first_name="\N{EGYPTIAN HIEROGLYPH A001}")

    found = printable_names()

    assert (found.status, "1001" in found.detail) == ("warn", True)
    assert "PRESENTE_PDF_FONT" in found.remedy


@pytest.mark.django_db
def test_unknown_faces_nearer_than_was_measured_are_a_warning_that_says_where_to_look() -> None:
    assert strangers().status == "ok"
    curve = ThresholdCurve.objects.create(version=ModelVersion.objects.get(), measured_at=timezone.now())
    curve.live = {"drift": {"unknown": 300, "near": 40, "expected": 4.2, "chance": 1e-6}}
    curve.save()

    found = strangers()

    assert (found.id, found.status) == ("presente.W012", "warn")
    assert found.detail.startswith("40 of 300 unknown faces came near the threshold, 4.2 expected")
    assert "Recognition strictness" in found.remedy
