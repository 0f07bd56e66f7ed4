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

from recognition.engine import calibrate
from recognition.engine.calibrate import Calibration, Coefficients, confidence, pair_confidence, pair_threshold
from recognition.engine.gallery import NOBODY, Match
from recognition.evaluation import calibrate_fit
from recognition.tests.fake_engine import FakeEngine, fake_nobody, fake_photo

MATCH = Match(1, 1.0, 2, 1.1, people=6, templates=30, best_templates=5)
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
    assert confidence(replace(match, distance=distance + step, runner_up_distance=distance + step + margin)) <= said
    assert confidence(replace(match, distance=distance + step)) <= said
    assert confidence(replace(match, runner_up_distance=distance + margin + step)) >= said
    assert confidence(replace(match, people=people + 1)) <= said
    assert confidence(replace(match, best_templates=templates + 1)) <= said


def test_an_empty_gallery_gives_no_confidence_and_a_gallery_of_one_an_honest_one() -> None:
    assert confidence(NOBODY) == 0
    alone = Match(1, 0.8, None, math.inf, people=1, templates=1, best_templates=1)
    assert confidence(alone) > 0.95
    assert confidence(replace(alone, distance=1.35)) < 0.05


def test_two_people_equally_near_are_doubted() -> None:
    assert confidence(replace(MATCH, distance=1.09, runner_up_distance=1.09)) < 0.85
    assert confidence(replace(MATCH, distance=1.09, runner_up_distance=1.35)) > 0.85


def test_the_threshold_of_pairs_is_where_their_confidence_reaches_the_acceptance() -> None:
    assert pair_confidence(pair_threshold()) == pytest.approx(calibrate.DEFAULT_ACCEPTANCE)
    assert pair_threshold(0.99) < pair_threshold(0.85) < pair_threshold(0.5)
    # Same pairs of faces/raw lie at most 0.933 apart, different ones at least 1.236 (docs/recognition.md).
    assert 0.98 < pair_threshold() < 1.19


@pytest.mark.parametrize(
    "change",
    [
        {"format_version": 1},
        {"centre": [1.0] * 128},
        {"centre": "none"},
        {"coefficients": {"intercept": 1}},
        {"coefficients": {"intercept": 1, "distance": -2, "margin": 1, "templates": 1}},
        {"coefficients": {"intercept": 1, "distance": 2, "margin": -1, "templates": 1}},
    ],
)
def test_a_calibration_that_cannot_be_right_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    raw = json.loads(calibrate.FILE.read_text()) | change
    (tmp_path / "calibration.json").write_text(json.dumps(raw))
    with pytest.raises(ValueError):
        Calibration.read(tmp_path / "calibration.json")


def drawn(people: int, photos: int, spread: float, seed: int) -> list[NDArray[np.float32]]:
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(people):
        rows = rng.standard_normal(128) + spread * rng.standard_normal((photos, 128))
        found.append((rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32))
    return found


def test_a_fit_is_repeatable_has_the_right_signs_and_holds_for_people_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrate_fit, "GALLERIES", 40)
    monkeypatch.setattr(calibrate_fit, "FOLDS", 3)
    monkeypatch.setattr(calibrate_fit, "FOLD_GALLERIES", 20)
    people = drawn(12, 20, 1.2, 0)
    fitted = calibrate_fit.fit(people)
    assert fitted == calibrate_fit.fit(people)
    figures = fitted["coefficients"]
    assert figures["distance"] > 0
    assert min(figures["margin"], figures["templates"]) >= 0
    assert fitted["left_out_log_loss"] < 0.2
    for row in fitted["left_out_reliability"]:
        if row["share"] > 0.05:
            assert abs(row["said"] - row["right"]) < 0.1
    assert Coefficients(**figures).distance == figures["distance"]


def test_a_fit_needs_people() -> None:
    with pytest.raises(ValueError, match="at least 4 people"):
        calibrate_fit.fit(drawn(3, 5, 1, 0))


def test_a_folder_of_people_is_read_in_order_with_misses_and_without_rubbish(tmp_path: Path) -> None:
    for person in range(4):
        folder = tmp_path / f"person-{person}"
        folder.mkdir()
        for variation in range(3):
            (folder / f"{variation}.png").write_bytes(fake_photo(person, variation=variation))
        (folder / "notes.txt").write_text("no photo")
        (folder / "broken.jpg").write_text("no photo")
        (folder / "empty.png").write_bytes(fake_nobody())
    seen: list[tuple[int, int]] = []
    people = calibrate_fit.read_folder(FakeEngine(), tmp_path, progress=lambda *at: seen.append(at))
    assert [person.name for person in people] == ["person-0", "person-1", "person-2", "person-3"]
    assert people[0].photos == ("0.png", "1.png", "2.png", "empty.png")
    assert [len(person.found()) for person in people] == [3] * 4
    assert seen[-1] == (20, 20)
    with pytest.raises(ValueError, match="not a folder"):
        calibrate_fit.read_folder(FakeEngine(), tmp_path / "nowhere")
