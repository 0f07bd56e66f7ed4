"""Every reason that the rules can give has its sentence, in both languages."""

from __future__ import annotations

import pytest
from django.utils import translation

from attendance.rules.shapes import Status
from attendance.tests.scenarios import ALL
from attendance.wording import figure_label, reason, rule_number, span_text, status_label


@pytest.mark.parametrize("language", ["en", "es"])
def test_all_reasons_of_all_scenarios_can_be_said(language: str) -> None:
    with translation.override(language):
        said = [
            (reason(why, day.plan.zone), rule_number(why), figure_label(why.figure))
            for scenario in ALL
            for day in scenario.results()
            for why in day.explanations
        ]
    assert len(said) > 300
    assert all(text and rule and label for text, rule, label in said)
    assert not any("%(" in text for text, _rule, _label in said)


def test_the_overtime_of_periods_can_be_said() -> None:
    said = {
        reason(why, scenario.plan(scenario.first).zone)
        for scenario in ALL
        if scenario.total
        for day in scenario.period().days
        for why in day.explanations
    }
    assert any("of the week" in text and text.endswith("%") for text in said)


def test_every_status_has_its_words() -> None:
    assert len({status_label(status) for status in Status}) == len(Status)


def test_spans_are_said_with_their_sign() -> None:
    assert [span_text(seconds) for seconds in (0, 59, 3600, -90 * 60)] == [
        "0 min",
        "0 min",
        "1 h 00 min",
        "−1 h 30 min",
    ]
