"""Which heading of a file means which column: by name, in English, Spanish or Portuguese, however it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.refusals import Refusal
from common.spreadsheets import Cell, Sheet, fold

_FILLERS = frozenset(
    [
        "a",
        "al",
        "colaborador",
        "colaboradora",
        "da",
        "de",
        "del",
        "do",
        "el",
        "employee",
        "employees",
        "empleado",
        "empleados",
        "funcionario",
        "funcionaria",
        "la",
        "las",
        "los",
        "of",
        "the",
        "trabajador",
        "trabajadores",
    ]
)


_HEADINGS: dict[str, tuple[str, str]] = {}
"""Of each column's name: what it is called in English and in Spanish."""


def called(name: str) -> str:
    """What a column is called where a cell is refused: in Spanish by its heading, otherwise by its name."""
    return heading(name) if (get_language() or "").startswith("es") else name


def heading(name: str) -> str:
    """What a column is called in the reader's language; any other name as it is."""
    english, spanish = _HEADINGS.get(name, (name, name))
    return spanish if (get_language() or "").startswith("es") else english


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading in English and in Spanish, which the templates have, and what else it is called."""

    name: str
    label: str
    spanish: str
    also: str = ""
    """Other names in Spanish and Portuguese, with commas between them."""
    english: str = ""
    """Other names in English, and those that tell no language."""
    needed: bool = False
    joined: bool = False
    """Whether several headings, such as two surnames, make one column."""
    example: str = ""

    def __post_init__(self) -> None:
        _HEADINGS[self.name] = self.label, self.spanish

    def headings(self) -> set[str]:
        """All that it is called, folded."""
        return self.headings_in_english() | _keys(self.spanish, *self.also.split(","))

    def headings_in_english(self) -> set[str]:
        """Those of them that do not say that the file is in Spanish or Portuguese."""
        return _keys(self.name, self.label, *self.english.split(","))


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a file: what stands in each column; an empty cell is not there."""

    line: int
    cells: dict[str, Cell]
    surplus: bool = False
    """Whether it has cells beyond the headings."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file's lines by the names of the columns, and which headings are of no column."""

    entries: list[Entry]
    present: list[str]
    aside: list[str]
    spanish: bool
    """Whether its headings are in Spanish or Portuguese, in which the day is written before the month."""


def rated(columns: Sequence[Column]) -> dict[str, str]:
    """From each folded heading to the column's name."""
    return {heading: column.name for column in columns for heading in column.headings()}


def match(sheet: Sheet, columns: Sequence[Column]) -> Table:
    """The file's lines by column. Raises ``Refusal`` for a column that is missing or is there twice."""
    known = rated(columns)
    by_name = {column.name: column for column in columns}
    places: dict[str, list[int]] = {}
    aside: list[str] = []
    for index, heading in enumerate(sheet.headings):
        name = known.get(heading_key(heading))
        if name is not None:
            places.setdefault(name, []).append(index)
        elif heading:
            aside.append(heading)
    _check(sheet, places, by_name)
    entries = [
        Entry(
            line.number,
            {name: cell for name, at in places.items() if (cell := _joined([line.cells[one] for one in at])) != ""},
            any(line.cells[index] != "" for index, heading in enumerate(sheet.headings) if not heading),
        )
        for line in sheet.lines
    ]
    folded = {heading_key(heading) for heading in sheet.headings}
    english = {key for column in columns for key in column.headings_in_english()}
    # A heading that both languages have tells nothing.
    spanish = bool(folded & set(known) - english)
    present = [column.name for column in columns if column.name in places]
    return Table([one for one in entries if one.cells or one.surplus], present, aside, spanish)


def _check(sheet: Sheet, places: dict[str, list[int]], columns: dict[str, Column]) -> None:
    for name, at in places.items():
        if len(at) > 1 and not columns[name].joined:
            message = _("The headings %(headings)s mean the same column (%(column)s). Rename or delete all but one.")
            names = ", ".join(sheet.headings[one] for one in at)
            raise Refusal("column_twice", message % {"headings": names, "column": name}, field=name)
    missing = [column for column in columns.values() if column.needed and column.name not in places]
    if missing:
        message = _("These columns are missing: %(names)s. There are: %(present)s. Name them as in the template.")
        said = ", ".join(f"{column.name} ({column.spanish})" for column in missing)
        present = ", ".join(one for one in sheet.headings if one) or "–"
        raise Refusal("column_missing", message % {"names": said, "present": present}, field=missing[0].name)


def _joined(cells: list[Cell]) -> Cell:
    filled = [cell for cell in cells if cell != ""]
    return filled[0] if len(filled) == 1 else " ".join(str(cell) for cell in filled)


def _keys(*names: str) -> set[str]:
    """These names as they are compared."""
    return {heading_key(one) for one in names if one}


def heading_key(text: str) -> str:
    """A heading as it is compared: without case, accents, marks and filling words."""
    words = fold(text).split()
    return " ".join(word for word in words if word not in _FILLERS) or " ".join(words)
