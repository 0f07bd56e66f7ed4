"""The confidence is a probability that moves the right way, and the fit finds it again on people it never saw."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from recognition.engine import calibrate, leave_out, operating
from recognition.engine.calibrate import (
    Calibration,
    Coefficients,
    confidence,
    pair_confidence,
    pair_threshold,
    rivalled,
)
from recognition.engine.embedder import unit
from recognition.engine.gallery import NOBODY, Gallery, Match
from recognition.engine.tail import upper_tail
from recognition.evaluation import calibrate_fit
from recognition.evaluation.calibrate_fit import Person, Population
from recognition.tests.fake_engine import FakeEngine, fake_nobody, fake_photo

MATCH = Match(1, 1.0, 2, 1.1, people=6, templates=30, best_templates=5)
FIGURES = calibrate.shipped().coefficients
distances = st.floats(0.0, 2.0)


@given(distances, distances, st.integers(1, 100_000), st.integers(1, 20), st.floats(0, 0.5))
def test_it_lies_between_0_and_1_and_never_moves_the_wrong_way(
    distance: float, margin: float, people: int, templates: int, step: float
) -> None:
    match = replace(
        MATCH, distance=distance, runner_up_distance=distance + margin, people=people, best_templates=templates
    )
    said = confidence(match)
    assert 0 <= said <= 1
    assert confidence(replace(match, distance=distance + step)) <= said
    assert confidence(replace(match, runner_up_distance=distance + margin + step)) >= said
    assert confidence(replace(match, people=people + 1)) <= said
    assert confidence(replace(match, best_templates=templates + 1)) <= said


def test_an_empty_gallery_gives_no_confidence_and_a_gallery_of_one_an_honest_one() -> None:
    assert confidence(NOBODY) == 0
    alone = Match(1, 0.8, None, math.inf, people=1, templates=1, best_templates=1)
    assert confidence(alone) > 0.95
    assert confidence(replace(alone, distance=1.35)) < 0.05


def test_two_people_equally_near_share_the_confidence() -> None:
    twins = replace(MATCH, distance=0.6, runner_up_distance=0.6, runner_up_templates=5)
    assert confidence(twins) == pytest.approx(0.5, abs=0.01)
    assert confidence(replace(twins, runner_up_distance=1.35)) > 0.999


def test_a_runner_up_as_near_as_the_same_face_would_be_is_a_rival_and_a_stranger_is_none() -> None:
    near = replace(MATCH, distance=0.6, runner_up_distance=0.63, runner_up_templates=5)
    assert rivalled(near, FIGURES)
    # 2.5 spreads of 0.1 are a cosine of 0.26: 0.82 against 0.5.
    assert not rivalled(replace(near, runner_up_distance=1.0), FIGURES)
    assert not rivalled(replace(near, distance=1.2, runner_up_distance=1.21), FIGURES), "both are strangers"
    assert not rivalled(replace(near, runner_up=None, runner_up_distance=math.inf), FIGURES)
    assert not rivalled(NOBODY, FIGURES)


def test_the_rate_of_strangers_falls_with_the_threshold_grows_with_the_gallery_and_is_the_tail_of_the_spread() -> None:
    limits = np.linspace(-5, 20, 40)
    for people in (1, 6, 1000):
        rates = calibrate.stranger_rate(limits, np.full(people, 1), FIGURES)
        assert (np.diff(rates) < 0).all()
        assert ((rates > 0) & (rates < 1)).all()
    # So many spreads above their mean, that with 30 degrees of freedom 1 in 100 goes so far (Student's tables: 2.457).
    limit = FIGURES.intercept + FIGURES.slope * 2.457
    exact = replace(FIGURES, spread_pairs=30)
    assert calibrate.stranger_rate(limit, [1], exact) == pytest.approx(0.01, rel=0.002)
    assert calibrate.stranger_rate(limit - math.log(10), [1] * 10, exact) == pytest.approx(1 - 0.99**10, rel=0.002)


@pytest.mark.parametrize(
    ("freedom", "above", "share"),
    [(5, 2.015, 0.05), (10, 1.812, 0.05), (30, 3.385, 0.001), (120, 2.358, 0.01), (math.inf, 3.0902, 0.001)],
)
def test_the_tail_is_that_of_the_tables(freedom: float, above: float, share: float) -> None:
    assert float(upper_tail(above, freedom)) == pytest.approx(share, rel=0.01)


def population(people: int, *, shared: float, seed: int, photos: int = 6) -> NDArray[np.float32]:
    """Vectors (people, photos, 128) that have a mean face of their own in common, ``shared`` of each."""
    rng = np.random.default_rng(seed)
    rows = shared * math.sqrt(128) * unit(rng.standard_normal(128).astype(np.float32))
    drawn = rows + rng.standard_normal((people, 1, 128)) + 0.4 * rng.standard_normal((people, photos, 128))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=2, keepdims=True), np.float32)


def enrolled(vectors: NDArray[np.float32], people: int, calibration: Calibration) -> Gallery:
    rows = vectors[:people, :5].reshape(-1, 128)
    return calibration.gallery(range(len(rows)), np.repeat(np.arange(people), 5), rows)


def test_strangers_of_a_population_that_is_alike_are_turned_away_by_its_own_mean_face() -> None:
    shipped = calibrate.shipped()
    fixed = replace(shipped, centre_people=math.inf)
    vectors = population(40, shared=0.5, seed=3)
    passed = {}
    for name, used in (("follows", shipped), ("fixed", fixed)):
        gallery = enrolled(vectors, 8, used)
        figures = used.adapted(gallery)
        limit = operating.threshold(operating.of_prior(gallery, figures, used.prior), 0.01)
        strangers = vectors[8:].reshape(-1, 128)
        said = calibrate.log_odds_of(gallery, gallery.distances_of(strangers), figures)
        own = calibrate.log_odds_of(gallery, gallery.distances_of(vectors[:8, 5]), figures)
        passed[name] = float((said >= limit).mean())
        assert (own >= limit).mean() == 1
    assert passed["fixed"] > 0.05
    assert passed["follows"] <= 0.01


def test_the_spread_follows_the_gallery_the_more_people_it_has() -> None:
    shipped = calibrate.shipped()
    alike = population(60, shared=0.0, seed=4)
    alike = np.asarray(np.apply_along_axis(unit, 2, alike + 2 * np.roll(alike[:, :1], 1, axis=0)), np.float32)
    few, many = (shipped.adapted(enrolled(alike, people, shipped)) for people in (4, 60))
    assert many.spread_pairs == shipped.coefficients.spread_pairs + calibrate.MOST_LEFT_OUT * 59 / 2
    assert many.spread != few.spread != shipped.coefficients.spread
    alone = shipped.adapted(enrolled(alike, 1, shipped))
    assert alone == shipped.coefficients


def test_a_larger_gallery_is_left_out_person_by_person_as_a_small_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped, vectors = calibrate.shipped(), population(80, shared=0.4, seed=5)
    monkeypatch.setattr(leave_out, "EXACT", 80)
    exact = shipped.adapted(enrolled(vectors, 80, shipped))
    monkeypatch.setattr(leave_out, "EXACT", 10)
    assert shipped.adapted(enrolled(vectors, 80, shipped)).spread == pytest.approx(exact.spread, rel=0.02)


def test_what_the_kiosk_added_does_not_move_the_mean_face() -> None:
    vectors = population(6, shared=0.4, seed=6)
    plain = enrolled(vectors, 6, calibrate.shipped())
    rows = np.concatenate([plain.vectors, vectors[:1, 5]])
    owners, added = np.append(plain.owners, 0), np.arange(31) == 30
    joined = calibrate.shipped().gallery(range(31), owners, rows, added=added)
    assert joined.centre == pytest.approx(plain.centre)
    assert not np.allclose(calibrate.shipped().gallery(range(31), owners, rows).centre, plain.centre, atol=1e-5)


def test_the_threshold_of_pairs_is_where_their_confidence_reaches_the_acceptance() -> None:
    assert pair_confidence(pair_threshold()) == pytest.approx(calibrate.DEFAULT_ACCEPTANCE)
    assert pair_threshold(0.99) < pair_threshold(0.85) < pair_threshold(0.5)
    # Same pairs of faces/raw lie at most 0.933 apart, different ones at least 1.236 (docs/recognition.md).
    assert 0.98 < pair_threshold() < 1.19


@pytest.mark.parametrize(
    "change",
    [
        {"format_version": 2},
        {"centre": [1.0] * 128},
        {"centre": "none"},
        {"coefficients": {"intercept": 1}},
        {
            "coefficients": {
                "intercept": 1,
                "slope": -2,
                "photos": 1,
                "templates": 1,
                "spread": 0.1,
                "spread_pairs": 30,
            }
        },
        {"coefficients": {"intercept": 1, "slope": 2, "photos": 1, "templates": 1, "spread": 0, "spread_pairs": 30}},
        {
            "coefficients": {
                "intercept": 1,
                "slope": 2,
                "photos": 1,
                "templates": -1,
                "spread": 0.1,
                "spread_pairs": 30,
            }
        },
        {"coefficients": {"intercept": 1, "slope": 2, "photos": 1, "templates": 1, "spread": 0.1, "spread_pairs": 0}},
        {"centre_people": 0},
    ],
)
def test_a_calibration_that_cannot_be_right_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    raw = json.loads(calibrate.FILE.read_text()) | change
    (tmp_path / "calibration.json").write_text(json.dumps(raw))
    with pytest.raises(ValueError):
        Calibration.read(tmp_path / "calibration.json")


def drawn(people: int, photos: int, spread: float, seed: int, *, sessions: int = 1) -> Population:
    vectors = population(people, shared=0.1 * seed, seed=seed, photos=photos)
    rng = np.random.default_rng(seed + 100)
    noisy = vectors + spread / math.sqrt(128) * rng.standard_normal(vectors.shape)
    rows = np.asarray(noisy / np.linalg.norm(noisy, axis=2, keepdims=True), np.float32)
    names = tuple(f"{place}.jpg" for place in range(photos))
    days = tuple(f"day-{place % sessions}" if sessions > 1 else "" for place in range(photos))
    return Population(f"seed-{seed}", tuple(Person(f"{index}", names, one, days) for index, one in enumerate(rows)))


def test_a_fit_is_repeatable_and_holds_for_a_population_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrate_fit, "GALLERIES", 20)
    monkeypatch.setattr(calibrate_fit, "TESTED", 10)
    populations = [drawn(12, 12, 0.8, 1), drawn(10, 12, 0.4, 2, sessions=3), drawn(9, 12, 0.6, 5)]
    fitted = calibrate_fit.fit(populations)
    assert fitted == calibrate_fit.fit(populations)
    figures = Coefficients(**fitted["coefficients"])
    assert figures.slope > 0
    assert figures.templates >= 0
    assert figures.spread == pytest.approx(max(one["spread"] for one in fitted["populations"]), abs=1e-4)
    assert [one["name"] for one in fitted["left_out"]] == ["seed-1", "seed-2", "seed-5"]
    for one in fitted["left_out"]:
        assert one["ece"] < 0.05
        for at in one["at"]:
            assert at["fpir"] <= 2 * at["target"]


def test_of_a_population_with_sessions_nobody_is_asked_for_in_the_one_enrolled() -> None:
    days = drawn(6, 12, 0.4, 2, sessions=3)
    for draw in calibrate_fit._draws(days, np.random.default_rng(0), 10):
        taken = {row.tobytes() for row in draw.vectors}
        for person, own in enumerate(days.people):
            session = {day for row, day in zip(own.vectors, own.sessions, strict=True) if row.tobytes() in taken}
            assert len(session) <= 1
            probes = {row.tobytes() for row in draw.probes[draw.truth == person]}
            asked = {day for row, day in zip(own.vectors, own.sessions, strict=True) if row.tobytes() in probes}
            assert not session & asked


def test_a_fit_needs_people() -> None:
    with pytest.raises(ValueError, match="at least 4 people"):
        calibrate_fit.fit([drawn(3, 5, 1, 0)])


def test_a_folder_of_people_is_read_in_order_with_misses_and_without_rubbish(tmp_path: Path) -> None:
    for person in range(4):
        folder = tmp_path / f"person-{person}"
        folder.mkdir()
        for variation in range(3):
            (folder / f"{variation}.png").write_bytes(fake_photo(person, variation=variation))
        (folder / "notes.txt").write_text("no photo")
        (folder / "broken.jpg").write_text("no photo")
        (folder / "empty.png").write_bytes(fake_nobody())
    (tmp_path / "person-3" / "day-2" / "burst").mkdir(parents=True)
    (tmp_path / "person-3" / "day-2" / "burst" / "0.png").write_bytes(fake_photo(3))
    seen: list[tuple[int, int]] = []
    people = calibrate_fit.read_folder(FakeEngine(), tmp_path, progress=lambda *at: seen.append(at))
    assert [person.name for person in people] == ["person-0", "person-1", "person-2", "person-3"]
    assert people[0].photos == ("0.png", "1.png", "2.png", "empty.png")
    assert [len(person.found()) for person in people] == [3, 3, 3, 4]
    assert people[3].sessions == ("", "", "", "day-2", "")
    assert seen[-1] == (21, 21)
    with pytest.raises(ValueError, match="not a folder"):
        calibrate_fit.read_folder(FakeEngine(), tmp_path / "nowhere")
