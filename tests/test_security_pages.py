"""What docs/security*.md name is there: each test and file, and each requirement of OWASP ASVS 4.0.3, level 2."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PAGES = sorted((ROOT / "docs").glob("security*.md"))
NAMED = re.compile(r"`([\w./-]+\.(?:py|md|sh|yml)|Dockerfile|\.ci/run|deploy/\w+)(?:::\w+)?`")
TEST = re.compile(r"`([\w./-]+\.py)::(\w+)`")
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| (met|open|n/a) \| (.*) \| (.*) \|$", re.MULTILINE)
SECTIONS = {
    "1": {
        1: "1-7",
        2: "1-4",
        4: "1 4 5",
        5: "1-4",
        6: "1-4",
        7: "1-2",
        8: "1-2",
        9: "1-2",
        10: "1",
        11: "1-2",
        12: "2",
        14: "1-6",
    },
    "2": {1: "1-12", 2: "1-3", 3: "1-3", 4: "1-6", 5: "1-7", 6: "1-3", 7: "1-6", 8: "1-7", 9: "1-3", 10: "1-4"},
    "3": {1: "1", 2: "1-4", 3: "1-4", 4: "1-5", 5: "1-3", 7: "1"},
    "4": {1: "1-3 5", 2: "1-2", 3: "1-3"},
    "5": {1: "1-5", 2: "1-8", 3: "1-10", 4: "1-3", 5: "1-4"},
    "6": {1: "1-3", 2: "1-6", 3: "1-2", 4: "1-2"},
    "7": {1: "1-4", 2: "1-2", 3: "1 3 4", 4: "1-3"},
    "8": {1: "1-4", 2: "1-3", 3: "1-8"},
    "9": {1: "1-3", 2: "1-4"},
    "10": {2: "1-2", 3: "1-3"},
    "11": {1: "1-8"},
    "12": {1: "1-3", 2: "1", 3: "1-6", 4: "1-2", 5: "1-2", 6: "1"},
    "13": {1: "1 3-5", 2: "1-3 5-6", 3: "1-2", 4: "1-2"},
    "14": {1: "1-4", 2: "1-6", 3: "2-3", 4: "1-7", 5: "1-4"},
}
"""The numbers of level 2, without those that the standard deleted."""
FINDINGS = 13


def level_two() -> Counter[str]:
    found: Counter[str] = Counter()
    for chapter, sections in SECTIONS.items():
        for section, numbers in sections.items():
            for part in numbers.split():
                first, _dash, last = part.partition("-")
                found.update(f"{chapter}.{section}.{number}" for number in range(int(first), int(last or first) + 1))
    return found


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_what_a_page_names_is_there(page: Path) -> None:
    named = set(NAMED.findall(page.read_text()))
    assert named
    assert [name for name in sorted(named) if not any((ROOT / place / name).exists() for place in ("", "docs"))] == []
    links = re.findall(r"\]\(([\w./-]+\.md)\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_each_requirement_stands_there_once_and_what_is_met_is_shown() -> None:
    rows = [row for page in PAGES for row in ROW.findall(page.read_text())]
    assert Counter(number for number, *_rest in rows) == level_two()
    assert [number for number, state, _words, shown in rows if state == "met" and not NAMED.search(shown)] == []
    assert [number for number, state, words, _shown in rows if state != "met" and not words] == []


def test_the_counts_of_each_page_are_those_of_its_rows() -> None:
    for page in PAGES:
        text = page.read_text()
        if rows := ROW.findall(text):
            counted = Counter(state for _number, state, *_rest in rows)
            said = f"{counted['met']} met, {counted['open']} open, {counted['n/a']} not applicable"
            assert said in text, page.name


def test_each_finding_of_the_audit_names_its_tests() -> None:
    text = (ROOT / "docs" / "security.md").read_text()
    rows = re.findall(r"^\| (\d+) \| .* \| (.*) \|$", text, re.MULTILINE)
    assert [int(number) for number, _tests in rows] == list(range(1, FINDINGS + 1))
    named = [TEST.findall(tests) for _number, tests in rows]
    assert all(named)
    for path, name in {one for tests in named for one in tests}:
        assert f"def {name}(" in (ROOT / path).read_text(), f"{path}::{name}"


def test_each_threat_names_a_test_or_says_that_it_is_open() -> None:
    text = (ROOT / "docs" / "security.md").read_text()
    threats = re.findall(r"^\| [STRIDE](?:, [STRIDE])* \| (.*) \| (.*) \| (.*) \|$", text, re.MULTILINE)
    assert len(threats) > 50
    shown = {threat: re.findall(r"`([\w./]+/test_\w+\.py)`", tests) for threat, _answer, tests in threats}
    assert [threat for threat, tests in shown.items() if not tests] == []
    for path in {one for tests in shown.values() for one in tests}:
        assert "def test_" in (ROOT / path).read_text(), path
