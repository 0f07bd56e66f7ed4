"""`python -m leave.tests.scenarios.page`: write docs/leave-scenarios from the rules and the scenarios."""

from __future__ import annotations

from pathlib import Path

from leave.tests.scenarios import ALL
from leave.tests.scenarios.shape import Scenario

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "leave-scenarios"
RULES = {
    "L1": (
        "When leave is granted",
        "Ahead, on the first day of the leave year, which begins in any month; a twelfth as each month ends; or a year's "
        "leave on the day on which a year of service is over. A rule counts from its first day on, and what it granted "
        "stays when another follows. Rounding is of the sum of a leave year's grants, never of each.",
    ),
    "L2": (
        "Seniority",
        "Steps say how much a year grants from so many completed years of service on. Ahead, the years count that are "
        "over on the first day; by month, on the month's last; for completed years, with the one that is just over.",
    ),
    "L3": (
        "Part time",
        "Where the rule says so, amounts are in proportion to the contract's week, day by day. What was granted ahead is "
        "corrected on the day of the change.",
    ),
    "L4": (
        "Parts of a year",
        "Who comes or goes within a year gets its part: by days, or by months, of which 15 days make one whole. Where leave "
        "is for completed years, who leaves gets the part of the running one; a rule may except the first year. What is "
        "left is paid out, and what was taken beyond it owed, on the day after the last one at work.",
    ),
    "L5": (
        "Who comes back",
        "The years count from the present employment, or those of all employments are added up. The balance of the "
        "earlier one was paid out, or waits.",
    ),
    "L6": (
        "Carry-over and expiry",
        "When a leave year ends, at most so much is carried over, for so many months. What is granted may live so many "
        "months by itself. What is taken uses up first what lapses first.",
    ),
    "L7": (
        "Negative balances",
        "A rule says how far the balance may be negative, if at all. The lowest balance counts from the first day of the "
        "leave on, so that leave approved for later is not taken away.",
    ),
    "L8": (
        "Half days and hours",
        "In days, half a day is 0.5. In hours, a day costs the work that is asked for on it.",
    ),
    "L9": (
        "Days that are charged",
        "Working days by the person's shifts (without shifts: all but the weekend), or every day of the calendar. Public "
        "holidays are free where the rule says so; half a holiday frees half.",
    ),
    "L10": (
        "Sick leave within leave",
        "Where the rule says so, days of leave on which the person was on sick leave are given back as far as they were "
        "charged.",
    ),
    "L11": (
        "Paid out",
        "At most so much in a leave year, and never more than there is. 0 means that money never replaces leave while the "
        "employment lasts.",
    ),
    "L12": (
        "Time bank",
        "Approved overtime is moved into leave minute by minute, at the rule's per cent; in days, by the length of a day.",
    ),
    "L13": (
        "Opening balances and adjustments",
        "An opening balance is the balance at the start of its day: nothing before it is counted, and what is granted on "
        "it comes on top. A later one sets the balance anew; of two on one day the one entered last counts.",
    ),
}
TOPICS = {
    "granted": ("What is granted", ("L1", "L2", "L3", "L4", "L5")),
    "used": ("What is kept, taken and entered", ("L6", "L7", "L8", "L9", "L10", "L11", "L12", "L13")),
}
HEAD = """
How [leave](../leave.md) is counted, rule by rule. Each scenario is run by the tests; this page is written from them by
`python -m leave.tests.scenarios.page`, and a test fails where it is not current. Amounts are days, or hours where the
rule says so, on the evening of the day. Without another remark somebody works full weeks from Monday to Friday since
2020, and the rule holds from 1 January 2026.
"""


def pages() -> dict[Path, str]:
    """Each page's path and its whole text."""
    return {FOLDER / f"{name}.md": _page(title, keys) for name, (title, keys) in TOPICS.items()}


def _page(heading: str, keys: tuple[str, ...]) -> str:
    parts = [f"# Leave: {heading[0].lower()}{heading[1:]}\n{HEAD}"]
    for key in keys:
        title, text = RULES[key]
        parts.append(f"## {key} · {title}\n\n{text}\n")
        parts.append("| scenario | what happens | balance |\n| --- | --- | --- |")
        parts += [_row(one) for one in ALL if one.rule == key]
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def _row(one: Scenario) -> str:
    law = f"<br>{one.law}" if one.law else ""
    return f"| **{one.title}** `{one.name}`{law} | {'<br>'.join(_happens(one))} | {'<br>'.join(_result(one))} |"


def _happens(one: Scenario) -> list[str]:
    found = [f"*{one.leave.name}*" if one.since == "2026-01-01" else f"*{one.leave.name}, from {one.since}*"]
    found += [f"*{rule.name}, from {day}*" for day, rule in one.then.items()]
    found += [f"employed {one.before[0]} to {one.before[1]}"] if one.before else []
    found += [f"hired {one.hired}"] if one.hired != "2020-01-01" else []
    found += [f"left {one.left}"] if one.left else []
    found += [f"works {part} of a week from {day}" for day, part in one.parts.items()]
    found += [f"{minutes} minutes on {_WEEKDAYS[day]}" for day, minutes in one.minutes.items()]
    found += [f"holiday {day}{'' if half == 'whole' else f', {half} half'}" for day, half in one.holidays.items()]
    found += [f"leave {_days(text)}" for text in one.taken]
    found += [f"sick {_days(text)}" for text in one.sick]
    found += [f"overtime {minutes} minutes, {day}" for day, minutes in one.overtime.items()]
    return found + [f"entered {text}" for text in one.entered]


def _result(one: Scenario) -> list[str]:
    found = [f"{day}: {amount}" for day, amount in one.balances.items()]
    found += [f"lacking from {day} on: {amount}" for day, amount in one.lacks.items()]
    return found + [f"may be paid out {day}: {amount}" for day, amount in one.encash.items()]


def _days(text: str) -> str:
    first, *more = text.split()
    if not more:
        return first
    return f"{first}, {more[0]} half" if more[0] in {"first", "second"} else f"{first} to {more[0]}"


_WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
