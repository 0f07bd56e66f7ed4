"""A split is fair: by person, the same each time, and never with a photo's copy on the other side."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from recognition.engine.types import RGB
from recognition.tests.fake_engine import encode
from recognition.training.augment import DAMAGES, augment
from recognition.training.dataset import batches, read_dataset, split


def scene(seed: int, size: int = 96) -> RGB:
    """A picture with a structure of its own."""
    small = np.random.default_rng(seed).integers(0, 256, (9, 9, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(small, (size, size), interpolation=cv2.INTER_CUBIC), np.uint8)


def test_a_split_takes_its_share_of_everybody_and_keeps_groups_whole() -> None:
    labels = np.repeat([0, 1, 2], [50, 20, 10])
    groups = np.arange(80)
    groups[:6] = 0
    groups[60:62] = 60

    train, held = split(labels, groups, test=0.2, seed=3)

    assert sorted([*train, *held]) == list(range(80))
    assert np.bincount(labels[held], minlength=3).tolist() == pytest.approx([10, 4, 2], abs=1)
    assert not set(groups[train]) & set(groups[held])


def test_the_same_seed_gives_the_same_split() -> None:
    labels, groups = np.repeat([0, 1], 40), np.arange(80)
    first, again, other = (split(labels, groups, seed=seed)[1].tolist() for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_whoever_has_one_photo_is_trained_on_and_not_tested() -> None:
    train, held = split(np.array([0, 1, 1]), np.array([0, 1, 2]), test=0.5)
    assert 0 in train
    assert len(held) == 1


def test_a_folder_is_read_with_its_copies_and_what_is_no_photo(tmp_path: Path) -> None:
    for name, content in {
        "ana/1.png": encode(scene(1), "PNG"),
        "ana/2.png": encode(scene(2), "PNG"),
        "ben/again.png": encode(scene(1), "PNG"),
        "ben/3.png": encode(scene(3), "PNG"),
        "ben/notes.txt": b"text",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)

    data = read_dataset(tmp_path)

    assert data.people == ("ana", "ben")
    assert [photo.path.name for photo in data.photos] == ["1.png", "2.png", "3.png", "again.png"]
    assert data.shared() == [("ana/1.png", "ben/again.png")]
    assert [(entry.path.name, entry.code) for entry in data.skipped] == [("notes.txt", "not_an_image")]


def test_the_fingerprint_follows_the_photos_and_not_their_place(tmp_path: Path) -> None:
    def write(folder: Path, swap: bool) -> str:
        for person, seed in (("ana", 2 if swap else 1), ("ben", 1 if swap else 2)):
            (folder / person).mkdir(parents=True)
            (folder / person / "photo.png").write_bytes(encode(scene(seed), "PNG"))
        return read_dataset(folder).fingerprint

    here, elsewhere, swapped = (
        write(tmp_path / name, swap) for name, swap in (("a", False), ("b", False), ("c", True))
    )

    assert here == elsewhere
    assert here != swapped


def test_a_folder_without_two_people_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two are needed"):
        read_dataset(tmp_path)
    with pytest.raises(ValueError, match="not a folder"):
        read_dataset(tmp_path / "gone")


@pytest.mark.parametrize("damage", [*DAMAGES, augment], ids=lambda damage: damage.__name__)
def test_a_damage_changes_a_picture_within_its_size_and_repeats_itself(damage: object) -> None:
    assert callable(damage)
    image = scene(4)

    first, again = (damage(image, np.random.default_rng(7)) for _ in range(2))

    assert first.shape == image.shape
    assert first.dtype == np.uint8
    assert (first == again).all()
    assert (first != image).any()
    assert (image == scene(4)).all()


def test_batches_come_in_an_order_the_seed_decides() -> None:
    def read(seed: int | None) -> list[int]:
        rows = batches(lambda i: np.full((2, 2), i), np.arange(10), range(10), shape=(2, 2), batch=4, order_seed=seed)
        return [int(value) for pictures, _targets in rows for value in pictures.numpy()[:, 0, 0]]

    assert read(None) == list(range(10))
    assert read(1) == read(1)
    assert sorted(read(1)) == list(range(10))
    assert read(1) != read(2)
