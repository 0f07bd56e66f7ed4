"""Every scenario of docs/leave-scenarios comes out as it says there, and the packs say what their articles say."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from leave.rules.packs import packs
from leave.tests.scenarios import ALL
from leave.tests.scenarios.page import RULES, TOPICS, pages
from leave.tests.scenarios.shape import Scenario


@pytest.mark.parametrize("scenario", ALL, ids=lambda one: one.name)
def test_the_balances_are_as_the_table_says(scenario: Scenario) -> None:
    expected = {"balances": scenario.balances, "lacks": scenario.lacks, "encash": scenario.encash}
    assert scenario.found() == expected


@pytest.mark.parametrize("scenario", [one for one in ALL if one.lines], ids=lambda one: one.name)
def test_the_ledger_has_these_lines(scenario: Scenario) -> None:
    assert scenario.written() == list(scenario.lines)


def test_there_are_many_and_each_has_its_own_name() -> None:
    assert len(ALL) >= 70
    assert len({one.name for one in ALL}) == len({one.title for one in ALL}) == len(ALL)


def test_each_rule_has_scenarios_and_each_scenario_a_rule() -> None:
    assert {one.rule for one in ALL} == RULES.keys()


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_the_pages_of_the_documentation_are_current(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == pages()[path], "Run: python -m leave.tests.scenarios.page"


def test_each_rule_stands_on_one_page() -> None:
    assert [key for _title, keys in TOPICS.values() for key in keys] == list(RULES)


@pytest.mark.parametrize("code", ["bolivia", "brazil", "mexico", "spain"])
def test_each_line_of_a_pack_names_its_article(code: str) -> None:
    found = packs()[code]

    assert found.checked <= date.today()
    for kind in found.types:
        assert kind.lines
        for line in kind.lines:
            assert re.search(r"\d", line.article)
            assert line.says.endswith(".")
        assert kind.rule.steps or kind.rule.time_bank
