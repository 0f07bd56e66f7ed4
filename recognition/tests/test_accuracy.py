"""The figures the program stands on, measured through its own commands on real faces."""

from __future__ import annotations

import json
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from common.testing import skip_or_fail
from employees.models import Employee
from recognition.engines import PUBLISHED

ENROLLED = 6
PHOTOS = 5


@pytest.fixture
def real_models(settings: Any, real_engine: object, no_version: None) -> None:
    """The real networks serve, as in production."""
    from recognition import engine_holder, gallery

    settings.ENGINE = PUBLISHED
    call_command("build_models", stdout=StringIO())
    engine_holder.reset()
    gallery.reset()


@pytest.fixture
def people(faces_dir: Path) -> list[Path]:
    folder = faces_dir / "aligned112"
    if not folder.is_dir():
        skip_or_fail(f"no faces to measure on at {folder}")
    return sorted(path for path in folder.iterdir() if path.is_dir())


def enrol(people: list[Path], folder: Path) -> dict[str, Any]:
    for person in people:
        (folder / person.name).mkdir(parents=True)
        for photo in sorted(person.iterdir())[:PHOTOS]:
            shutil.copy(photo, folder / person.name / photo.name)
    out = StringIO()
    call_command("enroll", str(folder), "--consent", "public figures, development set", "--json", stdout=out)
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


def accepted_as(images: list[Path]) -> list[str | None]:
    """For each picture, the person its largest face was accepted as, or None."""
    out = StringIO()
    call_command("identify", *map(str, images), "--json", stdout=out)
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [row["image"] for row in rows] == [str(image) for image in images]
    return [row["faces"][0]["person"] if row["faces"] else None for row in rows]


@pytest.mark.slow
@pytest.mark.django_db
def test_enrolled_people_are_accepted_and_strangers_are_not(
    real_models: None, people: list[Path], tmp_path: Path
) -> None:
    known, strangers = people[:ENROLLED], people[ENROLLED:]

    report = enrol(known, tmp_path / "enrol")

    assert report["accepted"] == ENROLLED * PHOTOS, report
    probes = [(person.name, photo) for person in known for photo in sorted(person.iterdir())[PHOTOS:]]
    named = accepted_as([photo for _name, photo in probes])
    right = sum(name == got for (name, _photo), got in zip(probes, named, strict=True))
    wrong = sum(got not in {None, name} for (name, _photo), got in zip(probes, named, strict=True))
    others = accepted_as([photo for person in strangers for photo in sorted(person.iterdir())])
    false = sum(got is not None for got in others)
    print(f"own name {right}/{len(probes)}, another's {wrong}/{len(probes)}, strangers {false}/{len(others)}")
    assert right / len(probes) >= 0.97
    assert wrong / len(probes) <= 0.003
    assert false / len(others) <= 0.015


@pytest.mark.django_db
def test_every_pair_of_whole_photos_is_decided_rightly(real_models: None, faces_dir: Path) -> None:
    out = StringIO()

    call_command("evaluate_pairs", str(faces_dir / "raw" / "pairs.csv"), "--json", stdout=out)

    report = json.loads(out.getvalue())
    assert (report["pairs"], report["right"]) == (300, 300), report
    assert report["eer"] == 0.0


@pytest.mark.django_db
def test_people_without_consent_are_refused_by_name_and_the_others_go_on(tmp_path: Path, ana: Employee) -> None:
    from recognition.tests.fake_engine import fake_photo

    for number, person in ((ana.number, 1), ("newcomer", 7)):
        (tmp_path / number).mkdir()
        (tmp_path / number / "one.png").write_bytes(fake_photo(person))
    out = StringIO()

    with pytest.raises(CommandError, match="newcomer"):
        call_command("enroll", str(tmp_path), "--json", stdout=out)

    report = json.loads(out.getvalue())
    assert report["refused"] == ["newcomer"]
    assert report["accepted"] == 1
    assert not Employee.objects.filter(number="newcomer").exists()


@pytest.mark.django_db
def test_enrolling_again_does_only_what_is_missing(tmp_path: Path, ana: Employee) -> None:
    from recognition.tests.fake_engine import fake_photo

    (tmp_path / "Ana_Demo").mkdir()
    (tmp_path / "Ana_Demo" / "one.png").write_bytes(fake_photo(1))
    (tmp_path / "Ana_Demo" / "notes.txt").write_text("not a picture")
    call_command("enroll", str(tmp_path), stdout=StringIO())
    (tmp_path / "Ana_Demo" / "two.png").write_bytes(fake_photo(1, variation=1))
    out = StringIO()

    call_command("enroll", str(tmp_path), "--json", stdout=out)

    report = json.loads(out.getvalue())
    assert (report["accepted"], report["known"]) == (1, 1)
    assert [entry["code"] for entry in report["people"][0]["rejected"]] == ["not_an_image"]
    assert ana.templates.count() == 2


@pytest.mark.django_db
def test_identify_reports_what_it_cannot_read_and_saves_what_it_can(tmp_path: Path, enrolled_ana: Employee) -> None:
    from recognition.tests.fake_engine import fake_photo

    (tmp_path / "good.png").write_bytes(fake_photo(1))
    (tmp_path / "bad.jpg").write_text("text")
    out = StringIO()

    with pytest.raises(CommandError, match="1 of 2"):
        call_command(
            "identify",
            str(tmp_path / "good.png"),
            str(tmp_path / "bad.jpg"),
            "--json",
            "--save",
            str(tmp_path / "out"),
            stdout=out,
        )

    good, bad = (json.loads(line) for line in out.getvalue().splitlines())
    assert good["faces"][0]["person"] == enrolled_ana.number
    assert bad["error"]["code"] == "not_an_image"
    assert (tmp_path / "out" / "good.jpg").stat().st_size > 0
