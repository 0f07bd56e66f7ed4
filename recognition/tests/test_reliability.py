"""The calibration error of confidences whose error is known."""

from __future__ import annotations

import numpy as np
import pytest

from recognition.evaluation.reliability import prior_weights, reliability


def test_a_confidence_that_comes_true_has_no_error() -> None:
    said = np.repeat([0.25, 0.75], 100)
    right = np.concatenate([np.arange(100) < 25, np.arange(100) < 75])

    assert reliability(said, right).ece == pytest.approx(0)


def test_the_error_is_the_weighted_distance_from_the_diagonal() -> None:
    found = reliability([0.9, 0.9, 0.1, 0.1], [1, 0, 0, 0], [1, 1, 3, 3])

    assert found.ece == pytest.approx(0.25 * 0.4 + 0.75 * 0.1)
    assert [(round(row.said, 3), row.right, row.share) for row in found.bins] == [(0.1, 0, 0.75), (0.9, 0.5, 0.25)]


def test_certainty_falls_into_the_last_bin() -> None:
    assert reliability([1.0, 0.0], [1, 0]).bins[-1].high == 1


def test_prior_weights_make_strangers_the_share_they_are_taken_to_be() -> None:
    known = np.array([True] * 30 + [False] * 50)

    weights = prior_weights(known, strangers=0.2)

    assert weights[~known].sum() == pytest.approx(0.2)
    assert weights.sum() == pytest.approx(1)
    assert prior_weights([True, True]).tolist() == [0.5, 0.5]


@pytest.mark.parametrize(("said", "right"), [([], []), ([1.2], [1])])
def test_what_makes_no_sense_is_refused(said: list[float], right: list[int]) -> None:
    with pytest.raises(ValueError):
        reliability(said, right)
