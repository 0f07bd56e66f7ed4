"""`python -m attendance.tests.scenarios.page`: write docs/attendance-rules.md from the rules and the scenarios."""

from __future__ import annotations

from pathlib import Path

from attendance.tests.scenarios import ALL
from attendance.tests.scenarios.shape import Scenario
from attendance.tests.scenarios.words import total_words, value_words
from attendance.tests.scenarios.written import RULES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "attendance-rules.md"
INTRODUCTION = """# How worked time is counted

These are the rules by which punches become worked time, breaks, night, overtime, late, early and absent. They live in
`attendance/rules/`, which knows nothing of databases and pages; each figure that a page shows carries the punches and
the rule it came from. Below each rule stand scenarios that the tests run; this page is written from them by
`python -m attendance.tests.scenarios.page`, and a test fails where it is not current.

## The rules
"""
FIGURES = """
## The scenarios

Spans are hours and minutes. `balance` is what was worked less what was required; `overtime` shows its tiers in per
cent. Without another remark the shift is from 9 to 17 with five minutes of grace, Monday to Friday, in Madrid, and
every second counts.
"""


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION]
    parts += [f"**{key} · {title}.** {text}\n" for key, (title, text) in RULES.items()]
    parts.append(FIGURES)
    for key, (title, _text) in RULES.items():
        scenarios = [one for one in ALL if one.rule == key]
        if scenarios:
            parts.append(f"### {key} · {title}\n")
            parts.append("| scenario | punches | result |\n| --- | --- | --- |")
            parts += [_row(one) for one in scenarios]
            parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def _row(one: Scenario) -> str:
    setting = [shift.name for shift in one.shifts if not one.patterns and shift.name != "Early 9–17"]
    setting += sorted({pattern.shift.name for pattern in one.patterns})
    setting += [one.policy.name] if one.policy.name != "Plain" else []
    setting += [f"{policy.name} from {day}" for day, policy in one.policies.items()]
    setting += [one.zone] if one.zone != "Europe/Madrid" else []
    setting += [f"{zone} from {day}" for day, zone in one.zones.items()]
    setting += [f"{name} {day}" for day, name in one.holidays.items()]
    setting += [f"leave {half} {day}" for day, half in one.absences.items()]
    setting += [f"{half} half {day}" for day, half in one.half_holidays.items()]
    setting += [f"contract {one.contract // 3600} h a week"] if one.contract else []
    setting += [f"now {one.now.replace('T', ' ')}"] if one.now else []
    remark = f"<br>*{'; '.join(setting)}*" if setting else ""
    remark += f"<br>{one.law}" if one.law else ""
    return f"| **{one.title}** `{one.name}`{remark} | {_punches(one)} | {_result(one)} |"


def _punches(one: Scenario) -> str:
    shown = [text.replace(" fold", " (second time)").replace("@", " at ") for text in one.punches]
    if len(shown) > 8:
        shown = [*shown[:4], f"… {len(shown) - 6} more …", *shown[-2:]]
    return "<br>".join(shown) or "none"


def _result(one: Scenario) -> str:
    figures = {result.figures.day.isoformat(): result.figures for result in one.results()}
    zone = one.plan(one.first).zone
    lines = []
    for day, expected in one.days.items():
        values = ", ".join(f"{_name(name)} {value_words(figures[day], name, zone) or 'none'}" for name in expected)
        lines.append(f"{day}: {values}")
    if one.total:
        result = one.period()
        lines.append(
            "together: " + ", ".join(f"{_name(name)} {total_words(result, name) or 'none'}" for name in one.total)
        )
    return "<br>".join(lines)


def _name(figure: str) -> str:
    return figure.replace("_", " ")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}: {len(RULES)} rules, {len(ALL)} scenarios")
