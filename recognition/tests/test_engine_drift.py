"""Unknown faces at the door, held against what was measured: as they should be, nearer, tried again, and too few."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from recognition.engine import operating
from recognition.engine.calibrate import shipped
from recognition.engine.drift import PAUSE, Look, measure
from recognition.engine.operating import Curve

TARGET = 0.001
HOUR = 3600.0


@pytest.fixture(scope="module")
def curve() -> Curve:
    """Twenty people with five photos each, as the prior has them."""
    scale, rng = shipped(), np.random.default_rng(5)
    vectors = rng.standard_normal((100, 128)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    gallery = scale.gallery(np.arange(100), np.repeat(np.arange(20), 5), vectors)
    return operating.of_prior(gallery, scale.coefficients, scale.prior)


def visits(log_odds: Iterable[float], *, named: bool = False, begin: float = 0.0) -> list[Look]:
    """One an hour."""
    return [Look(begin + place * HOUR, "kiosk", score, named) for place, score in enumerate(log_odds)]


def strangers(curve: Curve, count: int, *, nearer: float = 0.0) -> list[float]:
    """Log-odds of so many strangers, spread as the curve has them, each moved ``nearer``."""
    limit = operating.threshold(curve, TARGET)
    scores = [operating.threshold(curve, (place + 0.5) / count) + nearer for place in range(count)]
    return [score for score in scores if score < limit]


def test_strangers_as_they_were_measured_are_no_drift(curve: Curve) -> None:
    found = measure(visits(strangers(curve, 1000)), curve, target=TARGET)

    assert (found.unknown, found.found) == (999, False)
    assert found.near == pytest.approx(found.expected, abs=2)


def test_strangers_who_lie_nearer_are_told(curve: Curve) -> None:
    found = measure(visits(strangers(curve, 1000, nearer=2.0)), curve, target=TARGET)

    assert found.found
    assert found.near > 3 * found.expected


def test_honest_people_who_are_refused_now_and_then_are_expected(curve: Curve) -> None:
    limit = operating.threshold(curve, TARGET)
    refused, *_ = operating.at(curve.honest, limit)
    below = [limit - 0.5] * round(3000 * refused * 0.5)

    found = measure([*visits([limit + 3] * 3000, named=True), *visits(below, begin=0.5 * HOUR)], curve, target=TARGET)

    assert len(below) > 10
    assert not found.found


def test_trying_again_is_no_new_visit_and_a_name_in_the_end_makes_it_an_honest_one(curve: Curve) -> None:
    near = operating.threshold(curve, TARGET) - 0.1
    again = [Look(place * PAUSE / 2, "one", near, named=False) for place in range(50)]
    recognised = [Look(0, "two", near, named=False), Look(PAUSE, "two", near + 5, named=True)]

    found = measure([*again, *recognised], curve, target=TARGET)

    assert (found.unknown, found.near, found.found) == (1, 1, False)


def test_a_handful_says_nothing(curve: Curve) -> None:
    near = operating.threshold(curve, TARGET) - 0.1

    assert not measure(visits([near] * 3), curve, target=TARGET).found
    assert not measure([], curve, target=TARGET).found
