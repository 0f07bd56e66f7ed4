"""Who is nearest: the gallery's answers against a plain search, its changes, its size, its speed."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from recognition.engine.embedder import unit
from recognition.engine.gallery import Gallery, burst, centred, distance
from recognition.engine.types import Vector


def vectors(count: int, seed: int = 0) -> NDArray[np.float32]:
    drawn = np.random.default_rng(seed).standard_normal((count, 128)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


def near(vector: Vector, seed: int, by: float = 0.05) -> Vector:
    noise = np.random.default_rng(seed).standard_normal(128).astype(np.float32)
    return unit(vector + by * noise)


def test_a_person_is_found_among_others_with_the_runner_up() -> None:
    base = vectors(3)
    gallery = Gallery.build([10, 11, 12, 13], [7, 5, 7, 9], [base[0], base[1], near(base[0], 1), base[2]])
    match = gallery.match(near(base[0], 2))
    assert (match.best, match.people, match.templates, match.best_templates) == (7, 3, 4, 2)
    assert match.runner_up in (5, 9)
    assert 0 <= match.distance < 0.8 < match.runner_up_distance <= 2
    assert match.template in (10, 12)


def test_the_answer_is_that_of_a_plain_search() -> None:
    rng = np.random.default_rng(3)
    templates, owners = vectors(200, 1), rng.integers(0, 40, 200)
    gallery = Gallery.build(range(200), owners, templates)
    for probe in vectors(20, 2):
        plain = {}
        for owner in set(owners.tolist()):
            rows = templates[owners == owner]
            cosine = 0.25 * max(rows @ probe) + 0.75 * unit(rows.mean(axis=0)) @ probe
            plain[owner] = float(np.sqrt(2 - 2 * cosine))
        order = sorted(plain, key=lambda owner: plain[owner])
        match = gallery.match(probe)
        assert (match.best, match.runner_up) == (order[0], order[1])
        assert match.distance == pytest.approx(plain[order[0]], abs=1e-5)
        assert match.runner_up_distance == pytest.approx(plain[order[1]], abs=1e-5)


def test_nobody_is_enrolled_and_one_person_is() -> None:
    empty = Gallery.build([], [], [])
    nobody = empty.match(vectors(1)[0])
    assert (nobody.best, nobody.people, len(empty)) == (None, 0, 0)
    assert nobody.distance == float("inf")
    alone = Gallery.build([1], [4], vectors(1)).match(vectors(1)[0])
    assert (alone.best, alone.runner_up, alone.people) == (4, None, 1)
    assert alone.distance == pytest.approx(0, abs=1e-3)
    assert alone.runner_up_distance == float("inf")


def test_someone_can_be_left_out_of_the_search() -> None:
    base = vectors(2)
    gallery = Gallery.build([1, 2], [4, 5], base)
    match = gallery.match(base[0], without=4)
    assert (match.best, match.runner_up, match.people) == (5, None, 1)
    assert Gallery.build([1], [4], base[:1]).match(base[0], without=4).best is None


def test_a_gallery_cannot_be_changed() -> None:
    gallery = Gallery.build([1, 2], [4, 5], vectors(2))
    with pytest.raises(ValueError):
        gallery.matrix[0, 0] = 1


def test_what_all_faces_share_is_taken_off_templates_and_probes() -> None:
    rng = np.random.default_rng(5)
    shared = unit(rng.standard_normal(128).astype(np.float32))
    people = [unit(shared + unit(rng.standard_normal(128).astype(np.float32))) for _ in range(3)]
    centre = (0.7 * shared).astype(np.float32)
    plain, without = (Gallery.build([1, 2], [1, 2], people[:2], centre=one) for one in (None, centre))

    stranger, own = people[2], near(people[0], 1)

    assert plain.match(stranger).distance < 1.1
    assert without.match(stranger).distance > 1.2
    assert without.match(own).best == 1
    assert without.match(own).distance < 0.8
    assert without.distances_of(np.stack([own, stranger]))[0] == pytest.approx(without.distances(own), abs=1e-5)
    assert distance(own, stranger, centre=centre) == pytest.approx(
        distance(*centred(np.stack([own, stranger]), centre)), abs=1e-6
    )


def test_a_photo_without_a_face_stays_nothing_when_the_mean_face_is_taken_off() -> None:
    rows = np.stack([vectors(1)[0], np.zeros(128, np.float32)])
    left = centred(rows, np.full(128, 0.01, np.float32))
    assert np.linalg.norm(left, axis=1) == pytest.approx([1, 0], abs=1e-5)


@pytest.mark.parametrize(
    ("ids", "owners", "rows"),
    [([1, 2], [1], vectors(2)), ([1, 1], [1, 2], vectors(2)), ([1], [1], vectors(1) * 2), ([1], [1], vectors(1) * 0)],
)
def test_a_gallery_that_makes_no_sense_is_refused(ids: list[int], owners: list[int], rows: NDArray[np.float32]) -> None:
    with pytest.raises(ValueError):
        Gallery.build(ids, owners, rows)


def test_the_matrix_is_one_contiguous_block_of_float32() -> None:
    gallery = Gallery.build(range(5), [3, 1, 2, 1, 3], vectors(5))
    assert gallery.matrix.flags.c_contiguous
    assert gallery.matrix.dtype == np.float32
    assert gallery.owners.tolist() == [1, 1, 2, 3, 3]


def test_a_burst_counts_its_better_frames_more() -> None:
    one, other = vectors(2)
    assert np.linalg.norm(burst([one, other])) == pytest.approx(1, abs=1e-5)
    assert distance(burst([one, other], [0.9, 0.1]), one) < distance(burst([one, other], [0.1, 0.9]), one)
    assert distance(burst([one, other], [0, 0]), burst([one, other])) == 0
    gallery = Gallery.build([1, 2], [1, 2], np.stack([one, other]))
    assert gallery.match(burst([near(one, seed) for seed in range(3)])).best == 1
    with pytest.raises(ValueError, match="at least one"):
        burst([])
