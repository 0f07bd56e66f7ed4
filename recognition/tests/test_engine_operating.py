"""The trade-off of a gallery: against a plain search, with nobody in it, and with its intervals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from recognition.engine import operating, prior
from recognition.engine.calibrate import log_odds, shipped
from recognition.engine.gallery import Gallery
from recognition.engine.prior import GRID, Prior

FIGURES = shipped().coefficients
PRIOR = shipped().prior


def gallery_of(people: int, photos: int, *, spread: float = 0.9, seed: int = 0) -> Gallery:
    """People in all directions, their photos ``spread`` around them."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((people, 1, 128)) + spread * rng.standard_normal((people, photos, 128))
    vectors = (rows / np.linalg.norm(rows, axis=2, keepdims=True)).reshape(-1, 128).astype(np.float32)
    return Gallery.build(range(len(vectors)), np.repeat(np.arange(people), photos), vectors)


def without(gallery: Gallery, keep: NDArray[np.bool_]) -> Gallery:
    return Gallery.build(gallery.ids[keep], gallery.owners[keep], gallery.matrix[keep])


def test_a_person_left_out_is_judged_as_a_stranger_to_the_others() -> None:
    gallery = gallery_of(6, 3)
    found = operating.strangers(gallery, FIGURES)
    for row in range(len(gallery)):
        match = without(gallery, gallery.owners != gallery.owners[row]).match(gallery.matrix[row])
        assert found.people[row] == gallery.owners[row]
        assert found.scores[row] == pytest.approx(log_odds(match, FIGURES), abs=1e-2)


def test_an_honest_photo_is_judged_without_itself() -> None:
    gallery = gallery_of(6, 3)
    found = operating.honest(gallery, FIGURES)
    assert len(found.scores) == len(gallery)
    for row in range(len(gallery)):
        match = without(gallery, gallery.ids != gallery.ids[row]).match(gallery.matrix[row])
        assert match.best == gallery.owners[row]
        # The person keeps the number of photos: one is taken out of the search, not out of the employment.
        kept = replace(match, best_templates=3)
        assert found.scores[row] == pytest.approx(log_odds(kept, FIGURES), abs=1e-2)


def test_an_empty_gallery_has_the_priors_trade_off_and_says_so() -> None:
    for gallery in (Gallery.build([], [], []), gallery_of(1, 1)):
        found = operating.curve(gallery, FIGURES, PRIOR)
        assert found.own_share == 0
        assert found.strangers.rate == pytest.approx(PRIOR.of(np.diff(np.append(gallery.starts, len(gallery))))[0])


def test_the_larger_the_company_the_more_it_speaks_for_itself_and_the_narrower_the_interval() -> None:
    small, large = (operating.curve(gallery_of(people, 5), FIGURES, PRIOR) for people in (5, 200))
    assert 0.1 < small.own_share < 0.5 < 0.85 < large.own_share < 1
    # Compared where as many pass: what one rate's interval is worth at another rate is no question.
    widths = []
    for found in (small, large):
        rate, low, high = operating.at(found.strangers, operating.threshold(found, 0.01))
        assert low <= rate <= high
        widths.append(high - low)
    assert widths[1] < widths[0] / 2


def test_a_stricter_target_never_lies_lower_and_rates_never_turn() -> None:
    found = operating.curve(gallery_of(20, 5), FIGURES, PRIOR)
    limits = [operating.threshold(found, target) for target in (0.1, 0.01, 0.001, 0.0001)]
    assert limits == sorted(limits)
    assert (np.diff(found.strangers.rate) <= 0).all()
    assert (np.diff(found.honest.rate) >= 0).all()
    for rate in (found.strangers, found.honest):
        assert (rate.low <= rate.rate).all()
        assert (rate.rate <= rate.high).all()
        assert 0 <= rate.low.min() <= rate.high.max() <= 1
    assert (np.diff(found.strangers.high) <= 1e-9).all()


def test_alike_people_push_the_threshold_up() -> None:
    strange, alike = gallery_of(30, 5), gallery_of(30, 5, spread=0.2)
    twins = np.concatenate([alike.matrix, alike.matrix])
    doubled = Gallery.build(range(300), np.concatenate([alike.owners, alike.owners + 100]), twins)
    apart, together = (operating.curve(one, FIGURES, PRIOR) for one in (strange, doubled))
    assert operating.threshold(together, 0.01) > operating.threshold(apart, 0.01) + 3


def test_a_large_gallery_is_measured_on_some_of_its_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operating, "MOST_PRODUCTS", 10_000)
    gallery = gallery_of(60, 5)
    found = operating.curve(gallery, FIGURES, PRIOR)
    assert (found.people, found.templates) == (60, 300)
    assert found.own_share < operating.curve(gallery_of(10, 5), FIGURES, PRIOR).own_share


def test_what_was_measured_is_found_again() -> None:
    rng = np.random.default_rng(1)
    known, photos = np.arange(50_000) % 2 == 0, np.tile(np.arange(1, 6), 10_000)
    scores = np.where(known, rng.normal(12, 3, 50_000), rng.normal(-8, 3, 50_000))
    group = rng.integers(0, 500, 50_000)
    found = prior.measure(scores, known.astype(float), known, photos, group, people=500)
    place = int(np.flatnonzero(GRID == -5)[0])
    assert found.strangers[:, place] == pytest.approx(0.159, abs=0.02)
    assert found.honest[:, int(np.flatnonzero(GRID == 9)[0])] == pytest.approx(0.159, abs=0.02)
    assert (found.strangers[:, -1] < 1e-4).all()
    # Photos that do not depend on their person are as many trials as they are: ten in each group.
    assert 7 < found.independence < 14
    again = Prior.read(found.as_dict())
    assert again.strangers == pytest.approx(found.strangers, rel=0.01)
    with pytest.raises(ValueError, match="other thresholds"):
        Prior.read(found.as_dict() | {"to": 3})
