"""The support bundle says how the installation is, and names nobody."""

from __future__ import annotations

import json
import re
import zipfile
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from attendance.models import Kiosk
from employees.models import ApiKey, Department, Employee, User
from employees.services import employee_create
from presente.support_bundle import Cleaner

pytestmark = pytest.mark.django_db

TOKEN = "q8Zr4mKx2Lw7Tn5Vb9Yc3Hd6"


@pytest.fixture
def bundle(settings: Settings, tmp_path: Path, hr: User, enrolled_ana: Employee) -> dict[str, str]:
    """Each file of a bundle of an installation whose logs name everybody and show secrets."""
    settings.DATA_DIR = tmp_path / "var"
    for number in ("701", "709"):
        employee_create(number=number, first_name="Zoë-Marie", last_name="O'Núñez")
    Kiosk.objects.create(name="Puerta Norte", location="Planta baja")
    _key, secret = ApiKey.objects.create_key(name="Ventanilla")
    lines = [f"{one.number} {one.first_name} {one.last_name} {one.public_id}" for one in Employee.objects.all()]
    lines += [f"GET /c/{TOKEN}/ 200", f"Authorization: Api-Key {secret}", f"token {TOKEN}", "hr@example.com 10.1.2.3"]
    lines += ["redis://user:hunter2@cache:6379", "kiosk Puerta Norte is silent", "PIN of 709 was wrong"]
    log = settings.DATA_DIR / "log"
    log.mkdir(parents=True)
    (log / "web.log").write_text("\n".join(["an old line"] * 1000 + lines))
    target = tmp_path / "bundle.zip"
    call_command("support_bundle", str(target), stdout=StringIO())
    assert target.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(target) as found:
        return {name: found.read(name).decode() for name in found.namelist()}


def test_nobody_and_no_secret_is_in_it(bundle: dict[str, str]) -> None:
    words = {TOKEN, "hunter2", "hr@example.com", "10.1.2.3", "Puerta", "Norte", "Ventanilla"}
    for one in Employee.objects.all():
        words |= {one.number, one.first_name, one.last_name, str(one.public_id), *re.findall(r"\w+", one.last_name)}
    words |= {one.prefix for one in ApiKey.objects.all()} | {one.name for one in Department.objects.all()}

    # Versions and counts are numbers that name nobody.
    free_text = {name: text for name, text in bundle.items() if name not in {"versions.json", "rows.json"}}
    found = [
        (name, word)
        for name, text in free_text.items()
        for word in words
        if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)
    ]
    assert found == []
    assert not any("SECRET" in text and "KEY=" in text for text in bundle.values())


def test_it_says_how_the_installation_is(bundle: dict[str, str]) -> None:
    parts = [f"{name}.json" for name in ("versions", "doctor", "processes", "settings", "rows")]
    assert list(bundle) == [*parts, "log/web.log"]
    assert json.loads(bundle["rows.json"])["employees.EnrolmentPhoto"] == 3
    assert "Django" in json.loads(bundle["versions.json"])["packages"]
    assert {one["id"] for one in json.loads(bundle["doctor.json"])} >= {"presente.E004", "presente.W001"}
    assert json.loads(bundle["settings.json"])["values"]["TIME_ZONE"]
    lines = bundle["log/web.log"].splitlines()
    assert len(lines) == 400
    assert "kiosk … … is silent" in lines


def test_a_file_that_is_there_stays(tmp_path: Path, ana: Employee) -> None:
    target = tmp_path / "mine.zip"
    target.write_text("mine")

    with pytest.raises(CommandError, match="is there already"):
        call_command("support_bundle", str(target))

    assert target.read_text() == "mine"


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("nothing to hide in port 8000", "nothing to hide in port 8000"),
        ("ANA came, Ana-Lucía went", "… came, …-… went"),
        ("eyJhbGciOiJIUzI1NiJ9.x", "….x"),
        ("2026-11-28 22:01:13,123 WARNING celery.worker", "2026-11-28 22:01:13,123 WARNING celery.worker"),
    ],
)
def test_the_cleaner_takes_out_that_and_no_more(said: str, left: str) -> None:
    assert Cleaner(["Ana Lucía"]).clean(said) == left
