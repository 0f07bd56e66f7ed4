"""Which heading of a file means which column: by name, in English, Spanish or Portuguese, however it is written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.refusals import Refusal
from common.spreadsheets import Cell, Line, Sheet, fold, shown

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


_COUNTS = frozenset({"n", "no", "nro", "num", "item", "it", "ord", "orden", "s n", "sn"})
"""How the first column of many lists is headed, which counts the lines."""
_DOCUMENTS = frozenset(
    {
        *("ci", "c i", "cedula", "cedula identidad", "carnet", "carnet identidad", "dni", "d n i", "rut", "r u t"),
        *("documento", "documento identidad", "identity card", "id card", "national id", "identification number"),
        *("cpf", "curp", "cuil", "cuit", "cedula ciudadania"),
    }
)
"""What a person's identity document is called. It stands for the number where a file has no other."""
_WORDS_FOR_NUMBER = frozenset({"n", "no", "nro", "num", "numero", "number"})
WHOSE = ("number", "employee")
"""The columns that say whose a line is: in a file of people, and in others."""

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
    notices: list[str] = field(default_factory=list)
    """What was understood in another way than the headings say by themselves."""


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
    notices = _not_the_counter(sheet, places, aside, by_name)
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
    return Table([one for one in entries if one.cells or one.surplus], present, aside, spanish, notices)


def _not_the_counter(
    sheet: Sheet, places: dict[str, list[int]], aside: list[str], columns: Collection[str]
) -> list[str]:
    """Take another column for whose each line is where none is called so, or one that only counts the lines.

    Says so in a sentence, and how to have it otherwise.
    """
    documents = [at for at, one in enumerate(sheet.headings) if one in aside and _is_document(one)]
    name = next((one for one in WHOSE if one in places), next((one for one in WHOSE if one in columns), ""))
    counters = [at for at in places.get(name, ()) if _counts(sheet, at)]
    if not name or (name in places and len(counters) != 1):
        return []
    others = [at for at in places.get(name, ()) if at not in counters] or documents
    if len(others) != 1 or not _identifies(sheet.lines, others[0], alone=name == "number"):
        return []
    taken = sheet.headings[others[0]]
    places[name] = others
    aside[:] = [one for one in aside if one != taken]
    if not counters:
        message = _("No column is called “%(name)s”: the number of each person is taken from “%(taken)s”.")
        return [message % {"taken": taken, "name": heading(name)}]
    counter = sheet.headings[counters[0]]
    message = _(
        "“%(counter)s” only counts the lines of this file: the number of each person is taken from “%(taken)s”. If "
        "“%(counter)s” is their number, rename that heading to “%(name)s” and send the file again."
    )
    return [message % {"counter": counter, "taken": taken, "name": heading(name)}]


def _counts(sheet: Sheet, at: int) -> bool:
    """Whether a column that may be a counter is one: 1, 2, 3 … in the order of the lines."""
    if fold(sheet.headings[at]) not in _COUNTS:
        return False
    cells = [shown(line.cells[at]) for line in sheet.lines if any(cell != "" for cell in line.cells)]
    return bool(cells) and cells == [str(number) for number in range(1, len(cells) + 1)]


def _is_document(heading: str) -> bool:
    words = [word for word in heading_key(heading).split() if word not in _WORDS_FOR_NUMBER]
    return " ".join(words) in _DOCUMENTS


def _identifies(lines: Sequence[Line], at: int, *, alone: bool) -> bool:
    """Whether each line has something there; ``alone``: and no two the same."""
    cells = [shown(line.cells[at]) for line in lines if any(cell != "" for cell in line.cells)]
    return all(cells) and (not alone or len(set(cells)) == len(cells))


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
