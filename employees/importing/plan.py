"""What would become of each line of a file, what has to be asked first, and how each kind of file says it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from common.moments import day_text
from common.refusals import Refusal
from common.spreadsheets import Cell, Sheet, shown
from employees.importing.columns import Column, Entry, Table, called, heading
from employees.importing.dates import DayUnclear, Order, read_day
from employees.models import Employee, User

_FAULT = re.compile(
    r"#(?:N/[AD]|DIV/0!|(?:REF|VALUE|VALOR|NUM|NÚM|NULL|NULO|SPILL|CALC)!|(?:NAME|NOMBRE|NOME)\?|#+)", re.IGNORECASE
)
"""What a spreadsheet shows where a formula failed, or a column is too narrow."""
OUT, NEW, KNOWN = "out", "=new", "=known"
"""Answers: leave the line out; somebody new; the one person whose number looks like it."""


class Fate(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"
    ASKED = "asked"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Change:
    """One value that a line changes; without ``before`` it is a new one."""

    label: str
    before: str
    after: str

    @property
    def heading(self) -> str:
        """What the column is called in the reader's language."""
        return heading(self.label)


@dataclass(slots=True)
class Row:
    """One line on its way: ``data`` is what would be stored, ``problems`` are sentences with the column's name."""

    entry: Entry
    title: str = ""
    fate: Fate = Fate.SAME
    changes: list[Change] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    asked: bool = False
    out: bool = False

    @property
    def line(self) -> int:
        """The line's number in the file."""
        return self.entry.line

    def refuse(self, column: str, message: str) -> None:
        """Say what is wrong with a cell, and what to do."""
        self.problems.append(f"{called(column)}: {message}" if column else message)

    def settle(self, *, new: bool) -> None:
        """Conclude what becomes of the line from what was found out about it."""
        if self.out:
            self.fate = Fate.OUT
        elif self.problems:
            self.fate = Fate.REFUSED
        elif self.asked:
            self.fate = Fate.ASKED
        else:
            self.fate = Fate.NEW if new else Fate.CHANGED if self.changes else Fate.SAME


@dataclass(slots=True)
class Question:
    """Something that only a person knows; ``group`` names questions that may be answered at once."""

    key: str
    group: str
    text: str
    options: list[tuple[str, str]]
    answer: str = ""
    lines: list[int] = field(default_factory=list)

    @property
    def where(self) -> str:
        """The lines that it is about."""
        shown_lines = ", ".join(map(str, self.lines[:8]))
        return shown_lines if len(self.lines) <= 8 else f"{shown_lines} …"


@dataclass(slots=True)
class Asking:
    """The questions of one file, with the answers that were given."""

    answers: dict[str, str]
    found: dict[str, Question] = field(default_factory=dict)

    def ask(self, row: Row, *, key: str, group: str, text: str, options: list[tuple[str, str]]) -> str:
        """The answer, where one was given; else the line waits for it. ``out`` leaves the line out."""
        options = [*options, (OUT, _("Leave the line out"))]
        known = {value for value, _label in options}
        answer = self.answers.get(key, "")
        answer = answer if answer in known else ""
        question = self.found.setdefault(key, Question(key, group, text, options, answer))
        if row.line not in question.lines:
            question.lines.append(row.line)
        row.out |= answer == OUT
        row.asked |= not answer
        return answer


@dataclass(slots=True)
class Plan:
    """What a whole file comes to; ``notices`` say what else would be made, such as departments."""

    rows: list[Row]
    questions: list[Question] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    """What to think about before it is stored. It may come to say something else meanwhile: the file is stored then."""

    def count(self, fate: str) -> int:
        """How many lines come to that."""
        return sum(row.fate == fate for row in self.rows)

    @property
    def counts(self) -> dict[str, int]:
        """How many lines come to what."""
        return {fate.value: self.count(fate) for fate in Fate}

    @property
    def open_questions(self) -> list[Question]:
        """Those nobody has answered."""
        return [one for one in self.questions if not one.answer]

    @property
    def ready(self) -> bool:
        """Whether it may be stored: nothing is asked or refused, and something is left."""
        stays = self.count(Fate.NEW) + self.count(Fate.CHANGED)
        return not self.open_questions and not self.count(Fate.REFUSED) and not self.count(Fate.ASKED) and stays > 0

    @property
    def seen(self) -> str:
        """What identifies it: the same where everything would become what it showed."""
        said = repr([(row.line, row.fate.value, row.changes) for row in self.rows]) + repr(self.notices)
        return hashlib.sha256(said.encode()).hexdigest()


class Importer(ABC):
    """One kind of file: its columns, what its lines would become, and how one is stored."""

    name: ClassVar[str]
    title: ClassVar[Any]
    columns: ClassVar[Sequence[Column]]
    days: ClassVar[tuple[str, ...]] = ()
    """The columns that hold days, from which the file's order of day and month is told."""
    later: ClassVar[tuple[str, ...]] = ()
    """The columns that can only be stored when every line is there."""

    def sheet(self, content: bytes, file_name: str, choices: dict[str, Any]) -> Sheet | None:
        """The table of a file that only this kind knows; None for any other."""
        return None

    @abstractmethod
    def plan(self, table: Table, *, order: Order, answers: dict[str, str], user: User | None) -> Plan:
        """What would become of each line; stores nothing."""

    def before(self, plan: Plan) -> None:
        """What has to be there before the first line is stored."""
        return None

    def slow(self, row: Row) -> None:
        """What takes long and needs no transaction."""
        return None

    def people(self, rows: Iterable[Row]) -> list[int]:
        """The keys of the people whom a stored file was about, for what comes next; none where nothing does."""
        return []

    @abstractmethod
    def store(self, row: Row, *, user: User | None) -> None:
        """Store one line; raises ``Refusal`` or ``ValidationError``. Stored twice it changes nothing more."""

    def after(self, rows: Iterable[Row]) -> Iterable[tuple[Row, Any]]:
        """What can only be stored when every line is there: each line with a function that does it."""
        return ()


def begin(table: Table) -> list[Row]:
    """A row for each line; what stands beyond the headings, or holds a character that is none, is refused."""
    rows = []
    for entry in table.entries:
        row = Row(entry)
        if entry.surplus:
            row.refuse(
                "",
                _("There are more cells than headings. Put a text that holds the separator in quotation marks."),
            )
        for name, cell in entry.cells.items():
            if isinstance(cell, str) and any(unicodedata.category(one) in ("Cc", "Cs") for one in cell if one != "\n"):
                row.refuse(name, _("It holds a character that cannot be stored, such as NUL. Delete it."))
            elif isinstance(cell, str) and _FAULT.fullmatch(cell.replace("¡", "").replace("¿", "")):
                row.refuse(name, _("“%(value)s” is a spreadsheet's mistake. Correct the cell.") % {"value": cell[:40]})
        rows.append(row)
    return rows


def day_of(row: Row, name: str, order: Order) -> Any:
    """The day in the column, None where it is empty; what cannot be read is refused, what is unclear is asked."""
    cell = row.entry.cells.get(name)
    if cell is None:
        return None
    try:
        return read_day(cell, order.said)
    except DayUnclear:
        row.asked = True
    except ValueError:
        row.refuse(
            name,
            _("“%(value)s” is no day. Write the day as %(example)s, or as everywhere else in this file.")
            % {"value": shown(cell)[:40], "example": day_example(order)},
        )
    return None


def day_example(order: Order) -> str:
    """A day as the company writes it; in a file that would read it otherwise, as every file reads it."""
    day = date(2026, 1, 31)
    said = day_text(day)
    try:
        return said if read_day(said, order.said) == day else day.isoformat()
    except ValueError:
        return day.isoformat()


def text_of(row: Row, name: str) -> str:
    """The text in the column, empty where there is none."""
    cell: Cell = row.entry.cells.get(name, "")
    return shown(cell)


def alike(number: str) -> str:
    """What numbers that look alike have in common: letters and digits, without case, width and leading zeros."""
    plain = re.sub(r"\.0+$", "", unicodedata.normalize("NFKC", number).casefold())
    signs = "".join(one for one in plain if one.isalnum())
    return re.sub(r"(?<!\d)0+(?=\d)", "", signs)


class People:
    """Everybody who is known, by number, by what looks like it, and by name."""

    def __init__(self) -> None:
        self.by_number = {
            one.number: one
            for one in Employee.objects.select_related("department", "site", "contract", "manager").prefetch_related(
                "employment"
            )
        }
        self._alike: dict[str, list[Employee]] = {}
        for one in self.by_number.values():
            self._alike.setdefault(alike(one.number), []).append(one)

    def like(self, number: str) -> list[Employee]:
        """Those whose number looks like this one without being it."""
        return [one for one in self._alike.get(alike(number), ()) if one.number != number]

    def find(self, row: Row, column: str, asking: Asking, *, missing: str) -> Employee | None:
        """The person whose number stands in the column; who only looks like it is asked about."""
        number = text_of(row, column)
        if not number:
            row.refuse(column, _("This cell is empty. Give the person's number."))
            return None
        if number in self.by_number:
            return self.by_number[number]
        answer = self.ask_alike(row, number, asking)
        if answer in self.by_number:
            return self.by_number[answer]
        if not row.asked and not row.out:
            row.refuse(column, missing)
        return None

    def ask_alike(self, row: Row, number: str, asking: Asking, *, new: str = "") -> str:
        """The number of whoever is meant by one that nobody has, ``=new`` for somebody new, else empty.

        ``new``: what to call that answer; without it there is none.
        """
        similar = self.like(number)
        if not similar:
            return ""
        options = [
            (
                KNOWN if len(similar) == 1 else f"={one.number}",
                _("It is %(name)s, number %(number)s") % {"name": one.name, "number": one.number},
            )
            for one in similar[:5]
        ]
        answer = asking.ask(
            row,
            key=f"alike:{number}",
            group=_("Numbers that look alike"),
            text=_("Nobody has the number “%(number)s”, but one that looks like it is known. Who is it?")
            % {"number": number},
            options=[*options, (NEW, new)] if new else options,
        )
        if answer == KNOWN:
            return similar[0].number
        return answer if answer == NEW else answer.removeprefix("=") if answer != OUT else ""


def refusal_text(error: Exception) -> str:
    """What a refusal or a model's check says, as one sentence with the columns' names."""
    if isinstance(error, Refusal):
        return f"{called(error.field)}: {error.message}" if error.field else error.message
    fields: Any = getattr(error, "error_dict", None)
    if fields:
        return " ".join(
            f"{called(name)}: {' '.join(one.messages[0] for one in found)}"
            if name != "__all__"
            else found[0].messages[0]
            for name, found in fields.items()
        )
    return " ".join(getattr(error, "messages", [str(error)]))


__all__ = [
    "KNOWN",
    "NEW",
    "OUT",
    "Asking",
    "Change",
    "Fate",
    "Importer",
    "People",
    "Plan",
    "Question",
    "Row",
    "alike",
    "begin",
    "day_example",
    "day_of",
    "refusal_text",
    "text_of",
]
