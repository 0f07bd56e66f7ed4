"""The sizing table grows with what was measured (bench/sizing.py)."""

from __future__ import annotations

import pytest

from bench.sizing import Measured, rows

GALLERIES = {
    10_000: {"match_ms": 1.0, "start_s": 1.0, "rss_mb": 300.0},
    250_000: {"match_ms": 13.0, "start_s": 7.0, "rss_mb": 1_500.0},
}


def test_twice_the_looks_take_half_the_cores_and_people_take_memory() -> None:
    slow, quick = (rows(Measured(2, looks, 700.0, GALLERIES)) for looks in (10.0, 20.0))

    assert [row.looks_a_second for row in slow][:4] == [0.1, 0.6, 2.2, 11.1]
    assert [(row.cores, row.machines) for row in slow][:4] == [(2, 1), (2, 1), (2, 1), (5, 1)]
    assert [row.cores for row in quick][3] == 3
    assert slow[-1].memory_mb > slow[0].memory_mb
    assert slow[-1].machines > 1


@pytest.mark.parametrize(("templates", "expected"), [(5_000, 1.0), (10_000, 1.0), (130_000, 7.0), (490_000, 25.0)])
def test_a_gallery_between_and_above_the_measured_ones(templates: int, expected: float) -> None:
    assert Measured(2, 10.0, 700.0, GALLERIES).of("match_ms", templates) == pytest.approx(expected)
