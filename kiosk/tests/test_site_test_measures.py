"""What the looks of a kiosk's test tell, and what is proposed after them: figures by hand against the code."""

from __future__ import annotations

import dataclasses

import pytest

from common.shares import wilson, wilson_sum
from kiosk.site_test.measures import Measures, Seen, measure
from kiosk.site_test.proposals import Conditions, Proposal, propose
from kiosk.site_test.words import fpir_words, measures_words, proposal_words

RIGHT = Seen("live", "right", confidence=0.99, liveness="live")
STRANGER = Seen("stranger", "", liveness="live", enrolled=False)
PRINT = Seen("print", "right", confidence=0.98, liveness="suspect")
CONDITIONS = Conditions("flag", "clocking", 0.001, ((0.0005, 0.9), (0.0001, 0.95), (0.00001, 0.995)))


def but(look: Seen, **changes: object) -> Seen:
    return dataclasses.replace(look, **changes)  # type: ignore[arg-type]


def found(*looks: Seen, strength: str = "flag") -> Measures:
    return measure(looks, strength=strength)


def proposed(*looks: Seen, conditions: Conditions = CONDITIONS) -> dict[str, Proposal]:
    return {one.setting: one for one in propose(looks, conditions)}


def test_intervals_are_those_of_the_tables() -> None:
    # Newcombe (Statistics in Medicine, 1998, p. 857), table I: 81 of 263, and 0 of 20.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)
    # The same paper's companion (p. 873), method 10: 56 of 70 less 48 of 80; as a sum with what did not happen.
    low, high = wilson_sum((56, 70), (32, 80))
    assert (low - 1, high - 1) == pytest.approx((0.0524, 0.3339), abs=5e-4)


def test_the_rates_of_a_whole_test() -> None:
    looks = [
        *[RIGHT] * 7,
        but(RIGHT, named=""),
        but(RIGHT, named="other", liveness="suspect"),
        *[STRANGER] * 11,
        but(STRANGER, named="other"),
        *[PRINT] * 2,
        but(PRINT, liveness="unsure"),
        but(PRINT, named="", liveness="live"),
        but(PRINT, usable=False, named=""),
    ]
    measured = found(*looks, strength="suspect")
    assert (measured.fnir.wrong, measured.fnir.n) == (2, 9)
    assert (measured.fpir.wrong, measured.fpir.n) == (1, 12)
    assert (measured.bpcer.wrong, measured.bpcer.n) == (1, 21)
    assert (measured.apcer["print"].wrong, measured.apcer["print"].n) == (2, 4)
    assert (measured.iapar["print"].wrong, measured.iapar["print"].n) == (1, 4)
    assert measured.unusable == {"print": 1}
    # RIAPAR = 1 + (IAPAR − (1 − FRR)).
    assert measured.riapar["print"].rate == pytest.approx(1 / 4 + 2 / 9)


@pytest.mark.parametrize(
    ("strength", "iapar", "frr"), [("off", 1, 0), ("flag", 1, 0), ("suspect", 0, 0), ("always", 0, 1)]
)
def test_whom_a_kiosk_asks_to_move_is_not_let_in_by_the_look_alone(strength: str, iapar: float, frr: float) -> None:
    measured = found(RIGHT, PRINT, strength=strength)
    assert (measured.iapar["print"].rate, measured.frr.rate) == (iapar, frr)


def test_pictures_of_people_who_are_not_enrolled_count_for_the_liveness_check_alone() -> None:
    measured = found(but(PRINT, enrolled=False, named=""), but(RIGHT, enrolled=False, named=""))
    assert (measured.apcer["print"].n, measured.iapar["print"].n) == (1, 0)
    assert (measured.fnir.n, measured.fpir.n) == (0, 1)
    assert measured.riapar["print"].rate is None


def test_without_looks_nothing_is_known() -> None:
    measured = found()
    assert measured.fnir.as_dict() == {"n": 0, "wrong": 0, "rate": None, "interval": [0.0, 1.0]}
    assert {one.code for one in propose([], CONDITIONS)} == {"attacks_untried", "strangers_untried"}
    assert all(line["figure"] == "–" for line in measures_words(measured))


def test_the_mildest_strength_that_lets_no_picture_in_is_proposed_with_what_it_costs() -> None:
    looks = [RIGHT, RIGHT, but(RIGHT, liveness="unsure"), PRINT, but(PRINT, liveness="unsure")]
    liveness = proposed(*looks)["liveness"]
    assert (liveness.proposed, liveness.passed, liveness.n) == ("unsure", 2, 2)
    assert (liveness.cost, liveness.honest) == (1, 3)
    assert "1 would have been asked to move" in proposal_words(liveness)
    assert proposed(RIGHT, PRINT)["liveness"].proposed == "suspect"
    assert proposed(RIGHT, but(PRINT, liveness="live"))["liveness"].proposed == "always"


def test_what_let_nothing_in_is_never_loosened() -> None:
    stays = proposed(RIGHT, PRINT, STRANGER, conditions=dataclasses.replace(CONDITIONS, liveness="always"))
    assert [one.changes for one in stays.values()] == [False, False]
    assert stays["liveness"].code == "attacks_stopped"


def test_a_stranger_who_was_named_asks_for_the_mildest_strictness_that_would_not_have() -> None:
    looks = [RIGHT, but(RIGHT, confidence=0.93), STRANGER, but(STRANGER, named="other", confidence=0.92)]
    strictness = proposed(*looks)["strictness"]
    assert (strictness.proposed, strictness.cost, strictness.honest) == ("0.0001", 1, 2)
    assert "1 in 10,000" in proposal_words(strictness)


def test_where_no_strictness_helps_the_pin_comes_first() -> None:
    mode = proposed(but(STRANGER, named="other", confidence=0.999))["mode"]
    assert (mode.now, mode.proposed) == ("face", "verify")


def test_people_who_were_missed_get_photos_like_it() -> None:
    photos = proposed(RIGHT, but(RIGHT, named="", condition="glasses"))["photos"]
    assert (photos.passed, photos.n, photos.detail) == (1, 2, ("glasses",))
    assert "with glasses" in proposal_words(photos)
    assert "photos" not in proposed(RIGHT)


def test_none_of_a_dozen_may_still_be_one_in_four() -> None:
    words = fpir_words(found(*[STRANGER] * 12).fpir)
    assert words == (
        "Of 12 attempts by strangers none was taken for an employee; with so few attempts, up to 1 in 4 could still be."
    )
