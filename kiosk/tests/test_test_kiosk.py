"""`manage.py test_kiosk`: the test of a kiosk on folders of pictures."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from attendance.models import ClockEvent, Kiosk
from employees.models import Employee
from kiosk.models import KioskSettings
from recognition.models import Decision, SeenFrame
from recognition.tests.fake_engine import fake_nobody, fake_photo

pytestmark = pytest.mark.django_db


def look(folder: Path, person: int, *, nobody: bool = False) -> None:
    """Three frames, 0.1 s apart."""
    folder.mkdir(parents=True)
    for index in range(3):
        picture = fake_nobody() if nobody else fake_photo(person, variation=index, kind="JPEG")
        (folder / f"frame-{10 + 2 * index:04}.jpg").write_bytes(picture)


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    """Two people with two sessions, one with one, prints of two of them."""
    for person, name in ((11, "a"), (12, "b")):
        for session in ("day1", "day2"):
            for number in ("01", "02"):
                look(tmp_path / "live" / name / session / number, person)
    look(tmp_path / "live" / "c" / "day1" / "01", 13)
    look(tmp_path / "print" / "a" / "01", 11)
    look(tmp_path / "print" / "c" / "01", 13)
    look(tmp_path / "print" / "b" / "01", 12, nobody=True)
    return tmp_path


def run(frames: Path, *options: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("test_kiosk", "--frames", str(frames), "--json", *options, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_people_enrol_in_memory_with_their_first_session_and_nothing_is_stored(frames: Path) -> None:
    found = run(frames)
    assert found["enrolled"]["people"] == ["a", "b"]
    assert found["enrolled"]["sessions"] == {"a": "day1", "b": "day1"}
    assert found["strangers"] == ["c"]
    assert (found["fnir"]["n"], found["fnir"]["rate"]) == (4, 0.0)
    assert (found["fpir"]["n"], found["fpir"]["rate"]) == (1, 0.0)
    assert (found["iapar"]["print"]["n"], found["iapar"]["print"]["rate"]) == (1, 1.0)
    assert found["unusable"] == {"print": 1}
    assert (found["n"], found["network"]) == (8, False)
    stored = Decision, SeenFrame, ClockEvent, Employee
    assert [model.objects.count() for model in stored] == [0, 0, 0, 0]


def test_a_share_of_people_can_be_kept_as_strangers(frames: Path) -> None:
    found = run(frames, "--strangers", "0.6")
    assert (found["enrolled"]["people"], found["strangers"]) == (["a"], ["b", "c"])
    assert found["fpir"]["n"] == 5


def test_employees_of_the_company_are_asked_for_where_the_folder_names_them(
    frames: Path, enrolled_ana: Employee
) -> None:
    look(frames / "live" / enrolled_ana.number / "01", 1)
    found = run(frames)
    assert (found["enrolled"]["how"], found["enrolled"]["people"]) == ("employees", [enrolled_ana.number])
    assert found["fnir"]["n"] == 1
    assert found["strangers"] == ["a", "b", "c"]
    assert run(frames, "--in-memory")["enrolled"]["people"] == ["a", "b"]


def test_a_kiosks_own_settings_count(frames: Path) -> None:
    kiosk = Kiosk.objects.create(name="Gate")
    KioskSettings.objects.create(kiosk=kiosk, liveness=KioskSettings.Liveness.ALWAYS)
    found = run(frames, "--kiosk", "Gate")
    assert (found["settings"]["liveness"], found["iapar"]["print"]["rate"]) == ("always", 0.0)
    with pytest.raises(CommandError, match="There is no kiosk Door. Kiosks: Gate"):
        run(frames, "--kiosk", "Door")


def test_the_report_in_words(frames: Path) -> None:
    out = io.StringIO()
    call_command("test_kiosk", "--frames", str(frames), stdout=out)
    assert "All 4 attempts by employees were recognised" in out.getvalue()
    assert "1 of 1 attempts with a picture were let in (printed photo)" in out.getvalue()


def test_what_is_laid_out_otherwise_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is no folder"):
        run(tmp_path / "none")
    with pytest.raises(CommandError, match="there is no folder .*live"):
        run(tmp_path)
    look(tmp_path / "live" / "a" / "01", 3)
    with pytest.raises(CommandError, match="nobody can be enrolled"):
        run(tmp_path)
    (tmp_path / "live" / "a" / "01" / "face.jpg").write_bytes(fake_photo(3))
    with pytest.raises(CommandError, match="ends in its index"):
        run(tmp_path)


def test_without_a_model_one_line_says_what_to_do(frames: Path, no_version: None) -> None:
    with pytest.raises(CommandError, match="build_models"):
        run(frames)
