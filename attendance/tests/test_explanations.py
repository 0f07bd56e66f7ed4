"""Each day's explanations account for its figures, to the second, in every scenario."""

from __future__ import annotations

from collections import Counter

import pytest

from attendance.rules.shapes import DayResult
from attendance.tests.scenarios import ALL
from attendance.tests.scenarios.shape import Scenario

EACH = pytest.mark.parametrize("scenario", ALL, ids=lambda one: one.name)
SUMMED = (
    "planned",
    "night",
    "absent",
    "taken_break",
    "auto_break",
    "early",
    "late",
    "leave",
    "unpaid_leave",
    "on_holiday",
    "short_rest",
    "paid_break",
    "on_call",
)


def explained(day: DayResult, figure: str) -> int:
    return sum(why.seconds for why in day.explanations if why.figure == figure)


def by_fact(day: DayResult, figure: str, fact: str) -> Counter[object]:
    found: Counter[object] = Counter()
    for why in day.explanations:
        if why.figure == figure:
            found[why.facts[fact]] += why.seconds
    return found


@EACH
def test_the_seconds_of_each_figure_are_those_of_its_explanations(scenario: Scenario) -> None:
    for day in scenario.results():
        figures = day.figures
        assert {name: explained(day, name) for name in SUMMED} == {name: getattr(figures, name) for name in SUMMED}
        assert explained(day, "worked") + figures.paid_break - figures.auto_break == figures.worked
        for name in ("overtime", "surcharges"):
            assert by_fact(day, name, "tier") == getattr(figures, name)
        assert {why.rule: why.seconds for why in day.explanations if why.figure == "flags"} == figures.flags


@EACH
def test_each_missing_punch_is_explained_once_and_names_the_one_that_is_there(scenario: Scenario) -> None:
    for day in scenario.results():
        for name in ("missing_in", "missing_out"):
            said = [why for why in day.explanations if why.figure == name]
            assert len(said) == getattr(day.figures, name)
            assert all(len(why.punches) == 1 for why in said)


@EACH
def test_asking_why_changes_no_figure(scenario: Scenario) -> None:
    assert [day.figures for day in scenario.results(explain=False)] == [day.figures for day in scenario.results()]
    assert not any(day.explanations for day in scenario.results(explain=False))
