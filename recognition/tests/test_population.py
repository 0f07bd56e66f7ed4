"""A population's transform: its maths, and what the gate says of it on faces whose truth is known and on real ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from recognition.engine.calibrate import shipped, uncentred
from recognition.engine.loaded import LoadedEngine
from recognition.evaluation.population import Transform, mean_share, read, trial

Floats = NDArray[np.float32]
PEOPLE, PHOTOS, DIMENSIONS = 20, 20, 64


def unit(vectors: NDArray[np.float64]) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def population(*, along: float, anywhere: float, seed: int = 3) -> tuple[Floats, NDArray[np.int64]]:
    """People whose photos differ by ``along`` in four directions, the same for all, and by ``anywhere`` in any."""
    rng = np.random.default_rng(seed)
    own = np.repeat(unit(rng.standard_normal((PEOPLE, DIMENSIONS))), PHOTOS, axis=0)
    few, _rest = np.linalg.qr(rng.standard_normal((DIMENSIONS, 4)))
    alike = along * rng.standard_normal((len(own), 4)) @ few.T / 2
    chance = anywhere * unit(rng.standard_normal(own.shape))
    return unit(own + alike + chance), np.repeat(np.arange(PEOPLE), PHOTOS).astype(np.int64)


def test_with_one_photo_a_person_it_is_the_mean_face_alone() -> None:
    vectors, _people = population(along=0.0, anywhere=1.0)

    found = Transform.learn(vectors[::PHOTOS], np.arange(PEOPLE, dtype=np.int64), uncentred(DIMENSIONS))

    assert np.allclose(found.matrix, np.eye(DIMENSIONS), atol=1e-6)


def test_the_fewer_people_the_nearer_it_stays_to_identity() -> None:
    vectors, people = population(along=1.5, anywhere=0.5)

    def away(count: int) -> float:
        mine = people < count
        found = Transform.learn(vectors[mine], people[mine], uncentred(DIMENSIONS))
        return float(np.linalg.norm(found.matrix - np.eye(DIMENSIONS)))

    assert 0 < away(1) < away(4) < away(20)


def test_what_it_gives_has_length_one_and_spreads_evenly_within_people() -> None:
    vectors, people = population(along=1.5, anywhere=0.5)

    def unevenness(rows: Floats) -> float:
        means = np.stack([rows[people == person].mean(axis=0) for person in range(PEOPLE)])
        values = np.linalg.eigvalsh(np.cov((rows - means[people]).T))
        return float(values[-1] / values.mean())

    changed = Transform.learn(vectors, people, uncentred(DIMENSIONS)).apply(vectors)

    assert np.allclose(np.linalg.norm(changed, axis=1), 1, atol=1e-5)
    assert unevenness(changed) < unevenness(vectors) / 2


def test_a_population_that_differs_in_few_directions_gains_by_it_and_is_promoted() -> None:
    vectors, people = population(along=2.0, anywhere=0.5)

    verdict = trial(vectors, people, uncentred(DIMENSIONS), target=0.001, seed=0)

    assert verdict.passed, verdict
    assert (verdict.share("unseen", "candidate") or 0) > (verdict.share("unseen", "parent") or 0)


@pytest.mark.parametrize("seed", range(3))
def test_one_that_differs_in_all_directions_alike_has_nothing_to_gain_and_is_refused(seed: int) -> None:
    vectors, people = population(along=0.0, anywhere=1.0)

    assert not trial(vectors, people, uncentred(DIMENSIONS), target=0.001, seed=seed).passed


def test_what_whitening_gains_at_the_door_of_people_it_learnt_is_no_reason_to_promote() -> None:
    vectors, people = population(along=0.0, anywhere=1.5)

    verdict = trial(vectors, people, uncentred(DIMENSIONS), target=0.001, seed=0)

    assert (verdict.share("new", "candidate") or 0) > (verdict.share("new", "parent") or 0) + 0.02
    assert not verdict.passed


@pytest.mark.slow
def test_on_real_faces_it_is_promoted_where_the_network_sees_badly_and_refused_where_it_sees_well(
    faces_dir: Path, real_engine: LoadedEngine
) -> None:
    if not (faces_dir / "office_grey").is_dir():
        pytest.skip(f"there is no {faces_dir / 'office_grey'}")
    badly = read(real_engine, faces_dir / "aligned112", most=20, size=0.6)
    well = read(real_engine, faces_dir / "office_grey", most=10)

    promoted, refused = (
        [trial(*one, shipped(), target=0.001, seed=seed) for seed in range(8)] for one in (badly, well)
    )

    # The gate is sure in half of the splits; the gain is there in the mean of all.
    assert sum(verdict.passed for verdict in promoted) >= 2
    for group in ("new", "unseen"):
        assert (mean_share(promoted, group, "candidate") or 0) > (mean_share(promoted, group, "parent") or 0) + 0.05
    assert {verdict.reasons for verdict in refused} == {("not_better",)}
