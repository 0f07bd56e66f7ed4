"""The mean face: measured on people told apart by their faces, without those whom it must not know."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from recognition.evaluation import mean_face
from recognition.tests.fake_engine import FakeEngine, fake_nobody, fake_pair, fake_photo


def people(count: int, photos: int, seed: int = 0) -> list[NDArray[np.float32]]:
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((count, 1, 128)) + 0.5 * rng.standard_normal((count, photos, 128)) + 0.4
    return list((rows / np.linalg.norm(rows, axis=2, keepdims=True)).astype(np.float32))


def test_each_person_counts_once_however_many_photos_there_are() -> None:
    group = people(9, 4)
    more = [np.repeat(group[0], 50, axis=0), *group[1:]]
    assert mean_face.measure(more) == pytest.approx(mean_face.measure(group), abs=1e-6)
    assert 0.2 < np.linalg.norm(mean_face.measure(group)) < 1
    with pytest.raises(ValueError, match="at least 8 people, found 7"):
        mean_face.measure(group[:7])


def test_faces_are_told_apart_without_names_and_known_people_are_left_out() -> None:
    group = people(10, 4)
    shuffled = np.concatenate(group)[np.random.default_rng(1).permutation(40)]
    found = mean_face.grouped(shuffled)
    assert sorted(map(len, found)) == [4] * 10
    assert len(mean_face.apart_from(found, group[:3])) == 7
    assert len(mean_face.apart_from(found, [])) == 10


def test_every_face_under_a_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "one.png").write_bytes(fake_photo(1))
    (tmp_path / "two.png").write_bytes(fake_pair(2, 3))
    (tmp_path / "none.png").write_bytes(fake_nobody())
    (tmp_path / "text.jpg").write_text("no picture")
    assert mean_face.read_faces(FakeEngine(), tmp_path).shape == (3, 128)
    with pytest.raises(ValueError, match="no face"):
        mean_face.read_faces(FakeEngine(), _empty(tmp_path))
    with pytest.raises(ValueError, match="not a folder"):
        mean_face.read_faces(FakeEngine(), tmp_path / "nowhere")


def _empty(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"
