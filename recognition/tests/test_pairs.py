"""A list of pairs is decided, counted and summed up; a list that makes no sense is refused by line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from recognition.engine.types import ImageRejected
from recognition.evaluation.pairs import equal_error_rate, evaluate_pairs
from recognition.tests.fake_engine import FakeEngine, fake_nobody, fake_pair, fake_photo


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    photos = {
        "a1.png": fake_photo(1),
        "a2.png": fake_photo(1, variation=2),
        "b.png": fake_photo(2),
        "both.png": fake_pair(1, 2),
        "nobody.png": fake_nobody(),
        "text.png": b"no photo",
    }
    for name, data in photos.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def write(folder: Path, *lines: str, head: str = "file_x,file_y,Decision") -> Path:
    path = folder / "pairs.csv"
    path.write_text("\n".join([head, *lines]) + "\n")
    return path


def test_pairs_are_decided_and_summed_up(folder: Path) -> None:
    seen: list[tuple[int, int]] = []
    listed = write(folder, "a1.png,a2.png,Yes", "a1.png,b.png,No", "b.png,a2.png,no")
    report = evaluate_pairs(FakeEngine(), listed, progress=lambda *at: seen.append(at))
    assert (report.pairs, report.same, report.right, report.eer) == (3, 1, 3, 0)
    assert report.wrong == ()
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert report.largest_same is not None
    assert report.smallest_different is not None
    assert report.largest_same < report.threshold < report.smallest_different
    assert "3 of 3 pairs right" in str(report)
    assert "EER 0.00%" in str(report)
    json.dumps(report.as_dict())


def test_a_photo_of_two_people_is_as_near_as_its_nearest_face(folder: Path) -> None:
    report = evaluate_pairs(FakeEngine(), write(folder, "both.png,a1.png,Yes", "both.png,b.png,Yes"))
    assert report.right == 2


def test_mistakes_and_photos_without_a_face_are_named(folder: Path) -> None:
    report = evaluate_pairs(FakeEngine(), write(folder, "a1.png,a2.png,No", "a1.png,nobody.png,No"))
    assert report.right == 0
    assert report.no_face == ("nobody.png",)
    assert "a1.png and a2.png are not one person" in str(report)
    assert "no face: nobody.png" in str(report)


def test_the_threshold_can_be_chosen(folder: Path) -> None:
    listed = write(folder, "a1.png,a2.png,Yes", "a1.png,b.png,No")
    assert evaluate_pairs(FakeEngine(), listed, threshold=2.0).right == 1
    assert evaluate_pairs(FakeEngine(), listed, threshold=0.0).right == 1


@pytest.mark.parametrize(
    ("head", "lines", "says"),
    [
        ("left,right,Decision", ["a1.png,a2.png,Yes"], "no column file_x, file_y"),
        ("file_x,file_y,Decision", ["a1.png,a2.png,Maybe"], "line 2: Decision is 'Maybe'"),
        ("file_x,file_y,Decision", [], "has no pairs"),
    ],
)
def test_a_list_that_makes_no_sense_is_refused(folder: Path, head: str, lines: list[str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        evaluate_pairs(FakeEngine(), write(folder, *lines, head=head))


def test_a_missing_file_and_one_that_is_no_photo_are_named(folder: Path) -> None:
    with pytest.raises(FileNotFoundError, match="gone.png"):
        evaluate_pairs(FakeEngine(), write(folder, "a1.png,gone.png,Yes"))
    with pytest.raises(ImageRejected, match="text.png"):
        evaluate_pairs(FakeEngine(), write(folder, "a1.png,text.png,Yes"))


def test_the_equal_error_rate_of_classes_that_overlap() -> None:
    same, different = np.array([0.5, 0.6, 0.7, 1.2]), np.array([0.65, 1.1, 1.3, 1.4])
    assert equal_error_rate(same, different) == pytest.approx((0.25, 0.7))
    assert equal_error_rate(np.array([]), different) == (0.0, 0.0)
