"""Open-set figures on galleries whose answers can be counted by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest

from recognition.training.openset import (
    Trial,
    det,
    difference,
    folds,
    fpir,
    measure,
    measure_at,
    rank1,
    threshold_at,
    tpir,
)


def trial(known: dict[int, list[float]], strangers: dict[int, list[float]], wrong: tuple[float, ...] = ()) -> Trial:
    """Scores by person; a known person's score in ``wrong`` found somebody else."""
    rows = [(s, s not in wrong, True, p) for p, scores in known.items() for s in scores]
    rows += [(s, False, False, p) for p, scores in strangers.items() for s in scores]
    return Trial.of(*zip(*rows, strict=True))


@pytest.mark.parametrize(
    ("rate", "passing"),
    [(0.0, 0), (0.05, 0), (0.1, 1), (0.19, 1), (0.7, 7), (1.0, 10)],
)
def test_a_threshold_lets_at_most_the_wanted_share_of_strangers_pass(rate: float, passing: int) -> None:
    strangers = np.arange(10) / 10

    limit = threshold_at(strangers, rate)

    assert (strangers >= limit).sum() == passing


def test_strangers_with_equal_scores_do_not_slip_through_together() -> None:
    strangers = np.array([0.9, 0.9, 0.9, 0.1])
    assert (strangers >= threshold_at(strangers, 0.5)).sum() == 0


def test_the_shares_are_those_counted_by_hand() -> None:
    one = trial({0: [0.9, 0.8], 1: [0.7, 0.3]}, {2: [0.75, 0.2], 3: [0.1]}, wrong=(0.7,))

    assert tpir(one, 0.6) == 0.5
    assert rank1(one) == 0.75
    assert fpir(one, 0.6) == pytest.approx(1 / 3)


def test_a_face_not_found_is_a_miss_for_the_known_and_a_refusal_for_strangers() -> None:
    one = trial({0: [0.9, -np.inf]}, {1: [-np.inf], 2: [0.1]})

    assert rank1(one) == 0.5
    assert fpir(one, 0.0) == 0.5


def test_the_threshold_comes_from_other_strangers_than_those_who_are_counted() -> None:
    # One stranger is near (0.8), one far (0.1): whoever does not choose the threshold is measured against it.
    one = trial({0: [0.9] * 10, 1: [0.5] * 10}, {2: [0.8] * 10, 3: [0.1] * 10})

    found = measure([one], fpirs=(0.1,)).at[0]

    assert found.observed_fpir.value == 0.5
    assert found.tpir.value == pytest.approx((0.5 + 1.0) / 2)
    assert found.fnir.value == pytest.approx(1 - found.tpir.value)


def test_intervals_are_over_people_and_hold_the_figure() -> None:
    rng = np.random.default_rng(1)
    known = {p: list(rng.normal(0.8 if p else 0.3, 0.05, 30)) for p in range(6)}
    strangers = {p: list(rng.normal(0.2, 0.1, 30)) for p in range(6, 12)}

    found = measure([trial(known, strangers)], fpirs=(0.01,)).at[0].tpir

    # One person of six is hard: resampled people, unlike resampled photos, spread by whole persons.
    assert found.low <= found.value <= found.high
    assert found.high - found.low > 0.2


def test_people_who_were_not_drawn_do_not_count_as_misses() -> None:
    # Two strangers: many resamplings draw neither, and such a one says nothing about anybody.
    one = trial({p: [0.9] * 5 for p in range(8)}, {8: [0.1] * 5, 9: [0.2] * 5})

    found = measure([one], fpirs=(0.01,)).at[0]

    assert (found.tpir.low, found.tpir.value) == (1, 1)


def test_an_interval_holds_its_figure_however_few_people_chose_the_threshold() -> None:
    rng = np.random.default_rng(8)
    trials = [
        trial(
            {p: list(rng.normal(0.6, 0.1, 20)) for p in people[:6].tolist()},
            {p: list(rng.normal(0.2 + 0.02 * p, 0.1, 20)) for p in people[6:].tolist()},
        )
        for people in (rng.permutation(13) for _ in range(5))
    ]

    for at in measure(trials).at:
        for figure in (at.tpir, at.fnir, at.observed_fpir):
            assert 0 <= figure.low <= figure.value <= figure.high <= 1


def test_the_same_seed_gives_the_same_figures() -> None:
    rng = np.random.default_rng(2)
    trials = [
        trial({0: list(rng.random(9) + 0.5), 1: list(rng.random(9))}, {2: list(rng.random(9)), 3: list(rng.random(9))})
        for _ in range(3)
    ]

    first, again = (json.dumps(measure(trials, seed=4).as_dict()) for _ in range(2))

    assert first == again
    assert first != json.dumps(measure(trials, seed=5).as_dict())


def test_a_paired_difference_does_not_count_what_is_hard_for_both() -> None:
    rng = np.random.default_rng(3)
    strangers = {p: list(rng.normal(0.2, 0.05, 40)) for p in range(8, 14)}
    known = {p: list(rng.normal(0.45 + 0.06 * p, 0.02, 40)) for p in range(8)}
    parent = trial(known, strangers)
    better = trial({p: [s + 0.02 for s in scores] for p, scores in known.items()}, strangers)

    assert difference([parent], [parent], fpir=0.01).high == 0
    gain = difference([better], [parent], fpir=0.01)
    alone = measure([parent], fpirs=(0.01,)).at[0].tpir
    assert gain.value >= 0
    assert gain.high - gain.low < alone.high - alone.low + 1e-9


def test_the_det_curve_falls() -> None:
    rng = np.random.default_rng(5)
    one = trial({0: list(rng.normal(0.6, 0.2, 50))}, {1: list(rng.normal(0.2, 0.2, 50)), 2: [0.1] * 50})

    rates, missed = det([one])

    assert rates[0] == pytest.approx(1 / 100)
    assert rates[-1] == 1
    assert (np.diff(missed) <= 0).all()
    assert missed[-1] == 0


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(ValueError, match="two strangers, found 1"):
        folds(trial({0: [1.0]}, {1: [0.1]}))
    with pytest.raises(ValueError, match="known probes"):
        measure([trial({}, {1: [0.1], 2: [0.2]})])
    with pytest.raises(ValueError, match="both enrolled and a stranger"):
        trial({0: [1.0]}, {0: [0.1]})
    with pytest.raises(ValueError, match="NaN"):
        trial({0: [float("nan")]}, {1: [0.1]})
    with pytest.raises(ValueError, match="strangers' scores"):
        threshold_at([], 0.1)
    with pytest.raises(ValueError, match="cannot be paired"):
        difference([trial({0: [1.0]}, {1: [0.1], 2: [0.1]})], [trial({0: [1.0]}, {1: [0.1], 3: [0.1]})], fpir=0.1)


def test_at_thresholds_chosen_elsewhere_every_stranger_counts() -> None:
    one = trial({0: [0.9, 0.8], 1: [0.7, 0.3]}, {2: [0.75, 0.2], 3: [0.1]}, wrong=(0.7,))

    found = measure_at([one, one], [(0.6, 0.85), (0.6, 0.75)], fpirs=(0.1, 0.01), resamples=20)

    assert [at.tpir.value for at in found.at] == [0.5, 0.375]
    assert [at.observed_fpir.value for at in found.at] == pytest.approx([1 / 3, 1 / 6])
    assert found.at[0].tpir.low <= 0.5 <= found.at[0].tpir.high
    assert found.rank1.value == 0.75
