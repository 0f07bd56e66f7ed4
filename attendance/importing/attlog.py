"""The file that a ZKTeco device gives out (``attlog.dat``): no headings, and the state in one of two columns."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _

from common.spreadsheets import LONGEST, Line, Option, Sheet, Unreadable, clean, read_text

FIRST = re.compile(
    r"\s*(\w+)(?:\t|\s{2,}|,|;| )\s*(\d{4}[-/]\d{1,2}[-/]\d{1,2}[ T]\d{1,2}:\d{2}(?::\d{2})?)\s*(?:[\t,; ]|$)"
)
STATES = {"0": "in", "1": "out", "2": "out", "3": "in", "4": "in", "5": "out"}
"""Check-in, check-out, break out, break in, overtime in, overtime out; any other one says nothing."""
SAYS_NOTHING = "255"
THIRD, FOURTH, TURNS = "3", "4", "turns"


def attlog(content: bytes, choices: dict[str, Any]) -> Sheet | None:
    """The punches of such a file with headings of ours; None where it is another file."""
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return None
    encoding = str(choices.get("encoding", ""))
    text, encoding = read_text(content, encoding)
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if not lines or FIRST.match(lines[0][1]) is None:
        return None
    if len(lines) > LONGEST:
        raise Unreadable(
            "too_long", _("The file has more than %(limit)d rows. Split it.") % {"limit": LONGEST}, field="file"
        )
    rows: list[Line] = []
    for number, line in lines:
        found = FIRST.match(line)
        if found is None:
            rows.append(Line(number, [clean(line), "", "", ""]))
            continue
        rest = [clean(cell) for cell in re.split(r"[\t,; ]+", line[found.end() :].strip())]
        rows.append(Line(number, [found.group(1), found.group(2), *[*rest, "", ""][:2]]))
    wanted = str(choices.get("states", ""))
    chosen = wanted if wanted in (THIRD, FOURTH, TURNS) else _column(rows)
    at = {THIRD: 2, FOURTH: 3}.get(chosen)
    table = [
        Line(row.number, [row.cells[0], row.cells[1], "" if at is None else _direction(str(row.cells[at]))])
        for row in rows
    ]
    option = Option(
        "states",
        _("In or out stands in"),
        [
            (FOURTH, _("the fourth column")),
            (THIRD, _("the third column")),
            (TURNS, _("no column: in and out by turns")),
        ],
        chosen,
    )
    return Sheet(["employee", "at", "direction"], table, "csv", encoding=encoding, separator="\t", options=[option])


def _column(rows: list[Line]) -> str:
    """Where the state stands: in the column whose values are states and change; else in none."""
    for name, at in ((FOURTH, 3), (THIRD, 2)):
        values = {str(row.cells[at]) for row in rows}
        told = values & set(STATES)
        if values <= {*STATES, SAYS_NOTHING} and "in" in map(STATES.get, told) and "out" in map(STATES.get, told):
            return name
    return TURNS


def _direction(state: str) -> str:
    return STATES.get(state, "")
