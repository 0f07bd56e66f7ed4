"""The trade-off of a gallery: against a plain search, with nobody in it, and with its intervals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from recognition.engine import operating, prior
from recognition.engine.calibrate import log_odds, log_odds_of, shipped, stranger_rate
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
    return Gallery.build(gallery.ids[keep], gallery.owners[keep], gallery.vectors[keep])


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


def test_a_gallery_with_nobody_to_leave_out_has_the_expected_trade_off_and_says_so() -> None:
    for gallery in (Gallery.build([], [], []), gallery_of(1, 1)):
        found = operating.curve(gallery, FIGURES, PRIOR)
        assert found.own_share == 0
        assert found.strangers.rate == pytest.approx(stranger_rate(GRID, gallery.counts(), FIGURES))
        assert found.honest.rate == pytest.approx(PRIOR.of(gallery.counts()), abs=1e-9)
        assert operating.of_prior(gallery, FIGURES, PRIOR).strangers.rate == pytest.approx(found.strangers.rate)


def test_where_too_few_pass_to_count_the_companys_own_share_goes_on_as_the_expected_one_does() -> None:
    gallery = gallery_of(60, 5)
    found, expected = operating.curve(gallery, FIGURES, PRIOR), stranger_rate(GRID, gallery.counts(), FIGURES)
    tail = expected < 1e-4
    ratio = found.strangers.rate[tail] / expected[tail]
    assert ratio == pytest.approx(ratio[0], rel=0.01)
    assert ratio[0] > 0.05


def test_a_chosen_rate_is_kept_by_strangers_of_the_same_kind() -> None:
    drawn = gallery_of(260, 5, spread=0.6, seed=3)
    keep = drawn.owners < 20
    company = shipped().gallery(drawn.ids[keep], drawn.owners[keep], drawn.vectors[keep])
    figures = shipped().adapted(company)
    limit = operating.threshold(operating.curve(company, figures, PRIOR), 0.01)
    said = log_odds_of(company, company.distances_of(drawn.vectors[~keep]), figures)
    assert (said >= limit).mean() <= 0.01


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


def test_the_prior_is_written_and_read_again() -> None:
    again = Prior.read(PRIOR.as_dict())
    assert again.honest == pytest.approx(PRIOR.honest)
    with pytest.raises(ValueError, match="other thresholds"):
        Prior.read(PRIOR.as_dict() | {"to": 3})
    with pytest.raises(ValueError, match="table of shares"):
        Prior.read(PRIOR.as_dict() | {"honest": [[2.0] * len(GRID)] * 5})


def test_photos_that_do_not_depend_on_their_person_are_as_many_trials_as_they_are() -> None:
    rates = np.random.default_rng(1).binomial(10, 0.02, 50_000) / 10
    assert 8 < prior.independence(rates) < 12
    assert prior.independence(np.repeat([0.0, 1.0], [98, 2])) == pytest.approx(1, abs=0.02)
