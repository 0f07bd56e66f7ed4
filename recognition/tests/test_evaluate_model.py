"""A model is measured by the protocol asked for, its report tells what was found, and nothing is measured on itself."""

from __future__ import annotations

import io
import json
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import translation
from PIL import Image

from recognition.evaluation import face_cache
from recognition.selectors import reports
from recognition.tests.faces_kit import picture, tiny_backbone, write_people
from recognition.tests.fake_engine import FakeEngine, fake_nobody, fake_photo, flat
from recognition.training import cnn, runs
from recognition.training.closed_set import closed_set
from recognition.training.dataset import read_dataset

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(tmp_path: Path) -> Path:
    folder = write_people(tmp_path / "people", people=6, photos=8)
    (folder / "person0" / "nobody.png").write_bytes(fake_nobody())
    return folder


@pytest.fixture(autouse=True)
def data_dir(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path / "data"
    return tmp_path / "data"


def evaluate(*arguments: str | Path) -> dict[str, Any]:
    out = StringIO()
    call_command("evaluate_model", *map(str, arguments), "--json", stdout=out)
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


def test_by_session_nobody_is_asked_for_on_the_day_they_were_enrolled(tmp_path: Path) -> None:
    folder = tmp_path / "people"
    # Who was there on one day only is a stranger; variations above 3 belong to the second day.
    for person, days in enumerate((2, 2, 2, 1, 1, 1)):
        for day in range(days):
            burst = folder / f"person{person}" / f"day{day}" / "burst0"
            burst.mkdir(parents=True)
            for place in range(3):
                (burst / f"{place}.png").write_bytes(fake_photo(person, variation=3 * day + place))

    one_day = tmp_path / "one_day"
    for name in ("person3", "person4"):
        shutil.copytree(folder / name, one_day / name)
    report = evaluate(folder, "--protocol", "open", "--enroll", "3", "--repeats", "4", "--by-session")

    assert (report["by_session"], report["enrolled_people"], report["people"]) == (True, 3, 6)
    # Three frames of the second day each, and three of each stranger's one day; four repeats.
    assert (report["known_probes"], report["stranger_probes"]) == (4 * 3 * 3, 4 * 3 * 3)
    assert report["tpir"] == report["chosen"]["tpir"] == dict.fromkeys(("0.1", "0.01", "0.001"), 1.0)
    assert set(report["observed_fpir"].values()) == {0.0}
    assert report["burst"]["known_probes"] == 4 * 3
    with pytest.raises(CommandError, match="nobody .* has two sessions"):
        evaluate(one_day, "--protocol", "open", "--by-session")
    with pytest.raises(CommandError, match="one folder of photos a session"):
        evaluate(write_people(tmp_path / "flat", people=6, photos=8), "--protocol", "open", "--by-session")
    with pytest.raises(CommandError, match="--protocol open"):
        evaluate(folder, "--protocol", "closed", "--by-session")


def test_the_open_protocol_counts_a_face_not_found_as_a_miss(people: Path) -> None:
    report = evaluate(people, "--protocol", "open", "--enroll", "2", "--repeats", "6")

    assert (report["people"], report["photos"], report["no_face"], report["enrolled_people"]) == (6, 49, 1, 3)
    # Colours are never mistaken: only the photo without a face is missed, where its person is enrolled.
    assert 0.9 < report["rank1"] < 1
    assert report["tpir"]["0.01"] == report["rank1"]
    assert report["fnir"]["0.01"] == pytest.approx(1 - report["tpir"]["0.01"])
    assert set(report["tpir"]) == {"0.1", "0.01", "0.001"}
    assert report["burst"]["images"] == 3
    assert report["intervals"]["tpir"]["0.01"][0] <= report["tpir"]["0.01"]
    assert 0 <= report["ece"] <= 1


def test_the_same_seed_gives_the_same_figures(people: Path) -> None:
    def figures(seed: str) -> dict[str, Any]:
        report = evaluate(people, "--protocol", "open", "--enroll", "2", "--repeats", "3", "--seed", seed)
        return {name: value for name, value in report.items() if name != "measured"}

    assert figures("1") == figures("1")
    assert figures("1")["burst"] != figures("2")["burst"] or figures("1")["rank1"] != figures("2")["rank1"]


def test_the_closed_protocol_names_its_mistakes(people: Path) -> None:
    (people / "person0" / "0.png").write_bytes((people / "person1" / "0.png").read_bytes())
    mixed = people / "person2"
    for number in range(8):
        (mixed / f"{number}.png").write_bytes((people / "person3" / f"{number}.png").read_bytes())

    report = evaluate(people, "--protocol", "closed")

    assert report["accuracy"] < 1
    assert report["macro_f1"] < 1
    assert ["person2/0.png", "person3/0.png"] in report["two_names"]
    assert sum(map(sum, report["confusion"]["matrix"])) == report["tested"]
    assert len(report["mistakes"]) == round((1 - report["accuracy"]) * report["tested"])


def test_pairs_come_from_a_list_or_from_a_folder(people: Path) -> None:
    names = [(f"person{p}/{n}.png", f"person{q}/{n + 1}.png") for n in range(7) for p in range(6) for q in range(6)]
    lines = [f"{one},{other},{'Yes' if one[:7] == other[:7] else 'No'}" for one, other in names]
    (people / "list.csv").write_text("\n".join(["file_x,file_y,Decision", *lines]) + "\n")

    listed, folder = (evaluate(data, "--protocol", "pairs") for data in (people / "list.csv", people))

    assert (listed["pairs"], listed["same"], listed["accuracy"], listed["eer"]) == (252, 42, 1.0, 0.0)
    assert folder["eer"] == 0
    assert folder["pairs_without_face"] > 0
    # A pair with a photo without a face is never right.
    assert folder["accuracy"] == pytest.approx(1 - folder["pairs_without_face"] / folder["pairs"], abs=0.01)


def test_a_training_run_is_tested_on_what_it_did_not_see(people: Path, tmp_path: Path) -> None:
    data = read_dataset(people)
    run = cnn.prepare(data, cnn.Options.of("sface", epochs=2), base="fake-1")
    runs.begin(tmp_path / "run", run)
    sface = cnn.Sface(FakeEngine(), tiny_backbone(), "fake-1", stage=("pre_fc1",))
    cnn.train(tmp_path / "run", run, data, sface=sface, say=lambda _row: None)

    closed = evaluate(people, "--protocol", "closed", "--model", tmp_path / "run")
    opened = evaluate(people, "--protocol", "open", "--enroll", "2", "--repeats", "2", "--model", tmp_path / "run")

    assert closed["tested"] == len(run.test)
    assert closed["accuracy"] == pytest.approx(run.result["accuracy"])
    assert Path(closed["report"]) == tmp_path / "run" / "evaluation" / "closed"
    assert opened["model"] == "run"
    assert 0 <= opened["rank1"] <= 1
    write_people(people, people=1, photos=2, first=9)
    with pytest.raises(CommandError, match="does not know person9"):
        evaluate(people, "--protocol", "closed", "--model", tmp_path / "run")


def test_the_thesis_is_measured_closed_alone_and_says_so(people: Path, tmp_path: Path) -> None:
    data = read_dataset(people)
    run = cnn.prepare(data, cnn.Options.of("thesis", epochs=1, size=24))
    runs.begin(tmp_path / "run", run)
    with pytest.raises(CommandError, match="was not trained to its end"):
        evaluate(people, "--protocol", "closed", "--model", tmp_path / "run")
    cnn.train(tmp_path / "run", run, data, say=lambda _row: None)

    assert evaluate(people, "--protocol", "closed", "--model", tmp_path / "run")["tested"] == len(run.test)
    with pytest.raises(CommandError, match="Use --protocol closed"):
        evaluate(people, "--protocol", "open", "--model", tmp_path / "run")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--protocol", "open", "--enroll", "50"), "Lower --enroll or --known"),
        (("--protocol", "open", "--known", "0.99"), "two have to be strangers"),
        (("--protocol", "open", "--known", "1.5"), "not between 0 and 1"),
        (("--protocol", "closed", "--model", "nobody"), "neither a version nor a folder"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_a_remedy(people: Path, arguments: tuple[str, ...], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        evaluate(people, *arguments)


def test_the_report_lies_with_its_pictures_and_reads_in_the_users_language(people: Path, data_dir: Path) -> None:
    out = StringIO()
    call_command("evaluate_model", str(people), "--protocol", "open", "--enroll", "2", "--repeats", "2", stdout=out)

    folder = data_dir / "reports" / "fake-1" / "open"
    assert {path.name for path in folder.iterdir()} == {
        "report.json",
        "report.html",
        "report.md",
        "det.png",
        "reliability.png",
    }
    assert "TPIR" in out.getvalue()
    figures = reports.read("fake-1")["open"]
    with translation.override("es"):
        spanish = reports.markdown(reports.title(figures), reports.sections(figures))
    assert spanish.startswith("# fake-1 · Protocolo abierto")
    assert 'src="det.png"' in (folder / "report.html").read_text()


def test_a_report_shows_no_markup_that_came_from_a_name(people: Path, data_dir: Path) -> None:
    (people / "person1").rename(people / "<img src=x>|")
    for number in range(4):
        (people / "<img src=x>|" / f"{number}.png").write_bytes((people / "person3" / f"{number}.png").read_bytes())

    evaluate(people, "--protocol", "closed")

    folder = data_dir / "reports" / "fake-1" / "closed"
    assert "<img src=x>" not in (folder / "report.html").read_text()
    assert "<img src=x>" not in (folder / "report.md").read_text()


def test_vectors_are_kept_encrypted_and_used_again(people: Path, data_dir: Path) -> None:
    evaluate(people, "--protocol", "closed", "--no-cache")
    assert not (data_dir / "cache").exists()
    first = evaluate(people, "--protocol", "closed")

    (kept,) = (data_dir / "cache" / "faces").iterdir()
    vector = FakeEngine().embed(picture(1, 0), FakeEngine().detect(picture(1, 0))[0])
    assert vector.astype(np.float32).tobytes()[:32] not in kept.read_bytes()
    assert len(face_cache.load(FakeEngine(), people)) == 49
    assert evaluate(people, "--protocol", "closed")["confusion"] == first["confusion"]
    kept.write_bytes(kept.read_bytes()[:-5])
    assert face_cache.load(FakeEngine(), people) == {}


def test_macro_figures_are_those_counted_by_hand() -> None:
    found = closed_set([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, -1, 1], 3)

    assert found.accuracy == pytest.approx(3 / 6)
    assert found.macro_precision == pytest.approx((1 + 1 / 3 + 0) / 3)
    assert found.macro_recall == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    assert found.macro_f1 == pytest.approx((0.8 + 0.4 + 0) / 3)
    assert found.confusion.tolist() == [[2, 1, 0, 0], [0, 1, 0, 1], [0, 1, 0, 0]]


def dated_photo(person: int, variation: int, taken: str) -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = taken
    buffer = io.BytesIO()
    Image.fromarray(flat(person, variation=variation)).save(buffer, "JPEG", quality=92, exif=exif)
    return buffer.getvalue()


def test_by_session_takes_the_days_on_which_photos_were_taken(tmp_path: Path) -> None:
    folder = tmp_path / "people"
    for person, days in enumerate((2, 2, 2, 1, 1, 1)):
        (folder / f"person{person}").mkdir(parents=True)
        for day in range(days):
            for place in range(3):
                # Names tell nothing: the later day's come first.
                path = folder / f"person{person}" / f"{9 - day}{place}.jpg"
                path.write_bytes(dated_photo(person, 3 * day + place, f"2026:03:0{day + 1} 09:0{place}:00"))
    (folder / "person0" / "undated.png").write_bytes(fake_photo(0, variation=6))

    report = evaluate(folder, "--protocol", "open", "--enroll", "3", "--repeats", "4", "--by-session")

    assert (report["photos"], report["enrolled_people"]) == (27, 3)
    assert (report["known_probes"], report["stranger_probes"]) == (4 * 3 * 3, 4 * 3 * 3)


def test_groups_have_figures_of_twenty_people_or_more_and_no_others(tmp_path: Path) -> None:
    folder = write_people(tmp_path / "people", people=50, photos=4)
    listed = tmp_path / "groups.csv"
    lines = [f"person{person},{'few' if person < 9 else 'many'}" for person in range(50)]
    listed.write_text("\n".join(["number,group", *lines]) + "\n")

    report = evaluate(folder, "--protocol", "open", "--enroll", "1", "--repeats", "2", "--groups", listed)

    groups = report["groups"]
    assert (list(groups["cells"]), groups["not_shown"]) == (["many"], 1)
    assert groups["cells"]["many"]["people"] == 41
    assert groups["cells"]["many"]["tpir"]["0.01"][0] == 1.0
    assert groups["cells"]["many"]["fpir"]["0.01"][0] <= 0.01
    page = (Path(report["report"]) / "report.md").read_text()
    assert "| many |" in page
    assert "few" not in page.replace("fewer", "")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("person,group\n", "no column number"),
        ("number,group\nperson1,\n", "line 2: a number and a group"),
        ("number,group\nperson1,a\nperson1,b\n", "line 3: person1 is in two groups"),
    ],
)
def test_a_list_of_groups_that_cannot_be_read_is_refused(people: Path, tmp_path: Path, content: str, says: str) -> None:
    listed = tmp_path / "groups.csv"
    listed.write_text(content)
    with pytest.raises(CommandError, match=says):
        evaluate(people, "--protocol", "open", "--enroll", "2", "--groups", listed)
    with pytest.raises(CommandError, match="--protocol open"):
        evaluate(people, "--protocol", "closed", "--groups", listed)
