"""`python -m attendance.tests.scenarios.page`: write docs/attendance-rules from the rules and the scenarios.

The rules lie apart from the scenarios: docs/es/attendance-rules has the former in Spanish, written by hand.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from attendance.tests.scenarios import ALL
from attendance.tests.scenarios.shape import Scenario
from attendance.tests.scenarios.words import total_words, value_words
from attendance.tests.scenarios.written import RULES

DOCS = Path(__file__).resolve().parents[3] / "docs"
FOLDER = DOCS / "attendance-rules"


class Topic(NamedTuple):
    """Rules that are read together on one page, and their scenarios on another."""

    title: str
    answers: str
    rules: tuple[str, ...]


TOPICS = {
    "punches": Topic(
        "Punches",
        "what two punches make, and what becomes of a forgotten one",
        ("R1", "R2", "R4", "R6", "R7", "R9", "R35"),
    ),
    "matching": Topic("Punches and shifts", "which shift a punch belongs to", ("R3", "R5", "R8", "R31", "R32")),
    "breaks": Topic(
        "Breaks taken, and time outside the shift",
        "what is a break, and what does not count",
        ("R10", "R11", "R12", "R30"),
    ),
    "automatic-breaks": Topic("Automatic breaks", "what is deducted, and what is not", ("R13", "R29")),
    "presence": Topic(
        "Late, early, absent, on leave", "who is late, and who is not", ("R15", "R16", "R17", "R18", "R28")
    ),
    "calendar": Topic("Holidays, patterns and dates", "what holds on which day", ("R19", "R24", "R25", "R26", "R27")),
    "day-overtime": Topic("Night, and overtime of a day", "which hours have which tier", ("R14", "R20", "R33")),
    "week-overtime": Topic(
        "Overtime of weeks and periods, rest and limits", "what a week or a month adds", ("R21", "R22", "R23", "R34")
    ),
}
INDEX = """# How worked time is counted

To check a figure: click the day on the person's month. It names the punches and the rule, such as R13; look the number
up in the table. To change what a company counts, edit its work policy in the admin; to change a rule for everybody, see
*Where to change what* in [CONTRIBUTING](../CONTRIBUTING.md).

| page | answers | rules |
| --- | --- | --- |
"""
FOOT = """
The rules live in `attendance/rules/`, which knows nothing of databases and pages. Each page of rules leads to its scenarios,
which are what the tests run. All of them are written by `python -m attendance.tests.scenarios.page`, and a test fails where
one is not current. Countries come as packs of settings (`attendance/rules/packs/`); a scenario names the article it stands
for.
"""
FIGURES = """
What decides is written under [{title}](../{name}.md).

Spans are hours and minutes. `balance` is what was worked less what was required; `overtime` shows its tiers in per
cent. Without another remark the shift is from 9 to 17 with five minutes of grace, Monday to Friday, in Madrid, and
every second counts.
"""


def pages() -> dict[Path, str]:
    """Each page's path and its whole text."""
    rows = (
        f"| [{topic.title}](attendance-rules/{name}.md) | {topic.answers} | "
        f"{', '.join(f'{key} {RULES[key][0]}' for key in topic.rules)} |"
        for name, topic in TOPICS.items()
    )
    texts = {FOLDER.with_suffix(".md"): INDEX + "\n".join(rows) + "\n" + FOOT}
    texts |= {FOLDER / f"{name}.md": _rules(name, topic) for name, topic in TOPICS.items()}
    return texts | {FOLDER / "scenarios" / f"{name}.md": _scenarios(name, topic) for name, topic in TOPICS.items()}


def _rules(name: str, topic: Topic) -> str:
    parts = [f"# {topic.title}: {topic.answers}\n"]
    parts += [f"**{key} · {RULES[key][0]}.** {RULES[key][1]}\n" for key in topic.rules]
    parts.append(f"[Examples of each rule](scenarios/{name}.md): what was punched, and what comes of it.\n")
    return "\n".join(parts)


def _scenarios(name: str, topic: Topic) -> str:
    parts = [f"# Examples: {topic.title[0].lower()}{topic.title[1:]}", FIGURES.format(title=topic.title, name=name)]
    for key in topic.rules:
        scenarios = [one for one in ALL if one.rule == key]
        if scenarios:
            parts.append(f"## {key} · {RULES[key][0]}\n")
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
    (FOLDER / "scenarios").mkdir(parents=True, exist_ok=True)
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
    print(f"wrote {len(pages())} pages into {DOCS}: {len(RULES)} rules, {len(ALL)} scenarios")
