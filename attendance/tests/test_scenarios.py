"""Every scenario of docs/attendance-rules.md comes out as it says there."""

from __future__ import annotations

from pathlib import Path

import pytest

from attendance.rules.shapes import Figures
from attendance.tests.scenarios import ALL
from attendance.tests.scenarios.page import TOPICS, pages
from attendance.tests.scenarios.shape import Scenario
from attendance.tests.scenarios.words import total_words, value_words
from attendance.tests.scenarios.written import RULES


@pytest.mark.parametrize("scenario", ALL, ids=lambda one: one.name)
def test_the_days_are_as_the_table_says(scenario: Scenario) -> None:
    by_day: dict[str, Figures] = {one.figures.day.isoformat(): one.figures for one in scenario.results()}
    expected = {day: {name: str(value) for name, value in figures.items()} for day, figures in scenario.days.items()}
    zone = scenario.plan(scenario.first).zone
    found = {
        day: {name: value_words(by_day[day], name, zone) for name in figures} for day, figures in scenario.days.items()
    }
    assert found == expected


@pytest.mark.parametrize("scenario", [one for one in ALL if one.total], ids=lambda one: one.name)
def test_the_period_is_as_the_table_says(scenario: Scenario) -> None:
    result = scenario.period()
    assert {name: total_words(result, name) for name in scenario.total} == scenario.total


def test_there_are_many_and_each_has_its_own_name() -> None:
    assert len(ALL) >= 180
    assert len({one.name for one in ALL}) == len(ALL)


@pytest.mark.parametrize("path", pages(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_pages_of_the_documentation_are_current(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == pages()[path], "Run: python -m attendance.tests.scenarios.page"


def test_each_rule_stands_on_one_page() -> None:
    assert sorted(key for topic in TOPICS.values() for key in topic.rules) == sorted(RULES)


def test_each_scenario_names_a_written_rule() -> None:
    assert {one.rule for one in ALL} <= RULES.keys()
