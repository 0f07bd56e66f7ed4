"""What is made of a phone's place: the verdict, and the signs of one that was made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phone.geo import Circle, Point
from phone.judging import FASTEST, Earlier, Fix, Judged, Reading, Sign, Verdict, judge, signs

HERE = Point(-16.5, -68.13)
FENCE = Circle(HERE, 100)
FIX = Fix(HERE, accuracy=12.5, altitude=3640.0, age=1.0)
FAR = Point(-16.52, -68.13)
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fix", "verdict"),
    [
        (FIX, Verdict.INSIDE),
        (replace(FIX, point=FAR), Verdict.OUTSIDE),
        (replace(FIX, accuracy=51), Verdict.INACCURATE),
        (replace(FIX, accuracy=50), Verdict.INSIDE),
        (replace(FIX, point=FAR, accuracy=500), Verdict.INACCURATE),
        (replace(FIX, age=121), Verdict.OLD),
        (replace(FIX, age=-121), Verdict.OLD),
        (replace(FIX, age=120), Verdict.INSIDE),
    ],
)
def test_the_verdict(fix: Fix, verdict: Verdict) -> None:
    assert judge(Reading(fix), fence=FENCE, accuracy=50).verdict == verdict


@pytest.mark.parametrize("error", [Verdict.DENIED, Verdict.UNKNOWN])
def test_without_a_place_the_reason_is_the_verdict(error: Verdict) -> None:
    assert judge(Reading(error=error), fence=FENCE, accuracy=50) == Judged(error)


def test_without_a_fence_no_place_is_judged() -> None:
    for reading in (Reading(), Reading(FIX)):
        assert judge(reading, fence=None, accuracy=50) == Judged(Verdict.UNASKED)


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(0, 1000), st.floats(-200, 200))
def test_only_what_is_within_exact_and_fresh_counts_as_inside(
    latitude: float, longitude: float, accuracy: float, age: float
) -> None:
    fix = Fix(Point(latitude, longitude), accuracy, None, age)
    found = judge(Reading(fix), fence=FENCE, accuracy=50)
    fine = found.metres == 0 and accuracy <= 50 and abs(age) <= 120
    assert (found.verdict == Verdict.INSIDE) == fine


def test_a_usual_place_has_no_signs() -> None:
    before = Earlier(NOW - timedelta(hours=4), Point(-16.5001, -68.1301), 20.0)
    assert signs(FIX, at=NOW, earlier=before) == []
    assert signs(FIX, at=NOW, earlier=None) == []


@pytest.mark.parametrize(
    ("fix", "expected"),
    [
        (replace(FIX, accuracy=0), [Sign.EXACT]),
        (replace(FIX, altitude=None), [Sign.HEIGHT]),
        (replace(FIX, altitude=None, accuracy=60), []),
        (replace(FIX, accuracy=0, altitude=None), [Sign.EXACT, Sign.HEIGHT]),
    ],
)
def test_signs_of_a_single_place(fix: Fix, expected: list[Sign]) -> None:
    assert signs(fix, at=NOW, earlier=None) == expected


def test_the_very_same_place_twice_is_a_sign() -> None:
    before = Earlier(NOW - timedelta(hours=8), FIX.point, FIX.accuracy)
    assert signs(FIX, at=NOW, earlier=before) == [Sign.REPEATED]
    assert signs(replace(FIX, accuracy=12.6), at=NOW, earlier=before) == []


@given(st.floats(1, 100_000), st.floats(0, 5000))
def test_nobody_is_called_too_fast_whom_the_accuracies_can_explain(seconds: float, accuracy: float) -> None:
    """The distance to the other place is 2,224 m."""
    before = Earlier(NOW - timedelta(seconds=seconds), FAR, accuracy)
    found = Sign.SPEED in signs(FIX, at=NOW, earlier=before)
    assert (
        found == ((2223.9 - accuracy - FIX.accuracy) / seconds > FASTEST)
        or abs((2223.9 - accuracy - FIX.accuracy) / seconds - FASTEST) < 1
    )
