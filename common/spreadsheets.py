"""Tables that people send: XLSX, or CSV in any usual encoding and with any separator, as lines of cells."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from common.merged_cells import fill_down, merged_ranges
from common.refusals import Refusal

Cell = str | date | time
"""``datetime`` is a date; a number is the text that a reader of the sheet sees."""
Rate = Callable[[Sequence[str]], int]
"""How many of these texts are headings that are looked for."""

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16 (little endian)",
    "utf-16-be": "UTF-16 (big endian)",
    "cp1252": "Windows-1252",
    "cp850": "MS-DOS (850)",
    "mac-roman": "Macintosh",
}
SEPARATORS = {",": ",", ";": ";", "\t": "Tab", "|": "|"}
LARGEST = 10 * 2**20
UNPACKED = 200 * 2**20
"""Bytes that an XLSX file may have when it is unpacked."""
LONGEST = 20_000
"""Lines of one file; each is stored by itself."""
WIDEST = 500
"""Columns of one file: all lines are made as wide as the widest."""
TAGS, TAGS_OF_A_ROW = 4_000_000, 100_000
"""What a part of an XLSX file may have of them: its readers hold a row in memory before anybody can count its cells."""
MOST_ROWS = 10 * LONGEST
"""Empty ones between others are nothing; in an XLSX file they are counted."""
HEADING_WITHIN = 20
"""A title may stand over the headings: they are looked for in so many lines."""
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_EIGHT_BITS = ("cp1252", "cp850", "mac-roman")
_NEUTRAL = frozenset("¿¡ºª°€–—’‘“”«»·´\xa0")
_SEP_LINE = re.compile(r"\A\s*\"?sep=(.)\"?\r?\n?", re.IGNORECASE)
_ROW = re.compile(rb"<(?:\w+:)?row[ />]")
_ZEROS = re.compile(r"(?:\[[^\]]*\])?(0{2,40})(?:_.)?(?:;.*)?")
_AS_TEXT = re.compile(r"=\"([^\"]*)\"|'(?=[0-9=+@\-])")
"""How programs keep a spreadsheet from reading a text as a number or a formula."""
_WITHOUT_RESULT = re.compile(
    rb"<c\b([^>]*)>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>",
)
_CELL_NAME = re.compile(rb'\br="([A-Z]+[0-9]+)"')
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")


class Unreadable(Refusal):
    """A file that cannot be read as a table."""

    status = 400


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number in the file, as a spreadsheet program counts, and its cells."""

    number: int
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of how a file is read that only its kind has: its name, what to call it, its values, the chosen one."""

    name: str
    label: str
    choices: list[tuple[str, str]]
    value: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that was read: its headings, the lines below them, and how it was read."""

    headings: list[str]
    lines: list[Line]
    form: str
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)


def read_sheet(content: bytes, *, rate: Rate, encoding: str = "", separator: str = "", sheet: str = "") -> Sheet:
    """The table in a file; what is not given is found out. Raises ``Unreadable``."""
    if len(content) > LARGEST:
        raise Unreadable("too_large", _("The file is too large: up to 10 MB are read. Split it."), field="file")
    if not content.strip():
        raise Unreadable("empty", _("The file is empty."), field="file")
    if content.startswith(b"PK\x03\x04"):
        return _read_workbook(content, rate, sheet)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(
            "old_excel",
            _("This is the old Excel format (.xls), or a file with a password. Save it as .xlsx without one."),
            field="file",
        )
    text, encoding = _decode(content, encoding)
    lines, separator = _parse(text, separator, rate)
    return _below_the_headings(lines, rate, form="csv", encoding=encoding, separator=separator)


def read_text(content: bytes, encoding: str = "") -> tuple[str, str]:
    """The text of a file and its encoding; raises ``Unreadable``."""
    return _decode(content, encoding)


def clean(text: str) -> str:
    """A cell's text without what nobody sees: blanks around it, marks without width, blanks that do not break."""
    return _INVISIBLE.sub("", text).replace("\xa0", " ").replace("\u202f", " ").strip()


def shown(cell: Cell) -> str:
    """A cell as text."""
    return cell if isinstance(cell, str) else cell.isoformat(sep=" ") if isinstance(cell, datetime) else str(cell)


def fold(text: str) -> str:
    """A text without case, accents and marks, so that two spellings of it are one."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    return " ".join(re.sub(r"[^\w]|_", " ", plain).split())


def _decode(content: bytes, encoding: str) -> tuple[str, str]:
    for mark, name in _MARKS.items():
        if content.startswith(mark) and encoding in ("", name):
            return _decoded(content[len(mark) :], name), name
    if encoding in ENCODINGS:
        return _decoded(content, encoding), encoding
    for name, zeros in (("utf-16-le", content[1::2]), ("utf-16-be", content[0::2])):
        if len(content) % 2 == 0 and zeros.count(0) > len(zeros) * 0.6:
            return _decoded(content, name), name
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        repaired = content.decode("utf-8", "replace")
        broken, whole = repaired.count("\ufffd"), sum(one > "\x7f" for one in repaired)
        if whole > 2 * broken:
            # UTF-8 with a character that was cut, which no other encoding would read rightly.
            return _decoded(content, "utf-8"), "utf-8"
        return max((_eight_bits(content, name) for name in _EIGHT_BITS), key=lambda one: one[0])[1:]


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode(name)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = _("Line %(line)d is no %(encoding)s text. Choose another encoding, or save the file as XLSX.")
        raise Unreadable("encoding", message % {"line": line, "encoding": ENCODINGS[name]}, field="encoding") from error


def _eight_bits(content: bytes, name: str) -> tuple[int, str, str]:
    """How well the text reads in this encoding: letters within words speak for it, signs within words against it."""
    try:
        text = content.decode(name)
    except UnicodeDecodeError:
        return -len(content) - 1, content.decode(name, "replace"), name
    score = 0
    for found in re.finditer(r"[^\x00-\x7f]", text):
        one = found.group()
        around = text[max(0, found.start() - 1) : found.start()] + text[found.end() : found.end() + 1]
        in_word = any(each.isalpha() for each in around)
        if one.isalpha() and one not in "ºª" and "\xbf" < one < "\u0180":
            score += 2 if in_word else -1
        elif one not in _NEUTRAL or (len(around) == 2 and around.isalpha()):
            score -= 1
    return score, text, name


def _parse(text: str, separator: str, rate: Rate) -> tuple[list[Line], str]:
    """The lines, and what separates their cells: what the file says itself, else what makes the most headings."""
    # What is no single character came from a program; the form offers those there are.
    separator = separator if len(separator) == 1 else ""
    if said := _SEP_LINE.match(text):
        rest = text[said.end() :]
        separator = separator or said.group(1)
        return [Line(line.number + 1, line.cells) for line in _split(rest, separator)], separator
    if separator:
        return _split(text, separator), separator
    head = "".join(text.splitlines(keepends=True)[:HEADING_WITHIN])

    def worth(one: str) -> tuple[int, int]:
        try:
            lines = _split(head, one)
        except Unreadable:
            # A quoted cell may go on below the lines that were looked at.
            return 0, head.count(one)
        best = max((rate([shown(cell) for cell in line.cells]) for line in lines), default=0)
        return best, head.count(one)

    separator = max(SEPARATORS, key=worth)
    return _split(text, separator), separator


def _split(text: str, separator: str) -> list[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    lines: list[Line] = []
    begin = 1
    try:
        for row in reader:
            lines.append(Line(begin, [_text(cell) for cell in _filled(row)]))
            begin = reader.line_num + 1
    except csv.Error as error:
        message = _("Line %(line)d cannot be split into cells: its quotation marks do not match. Correct them.")
        raise Unreadable("quotes", message % {"line": begin}, field="file") from error
    return lines


def _text(cell: str) -> str:
    """A cell of a text file; ``="00042"`` and ``'00042`` are 00042."""
    text = clean(cell)
    found = _AS_TEXT.match(text)
    if found is None:
        return text
    return text[1:] if found.group(1) is None else found.group(1) if found.end() == len(text) else text


def _filled(row: list[Any]) -> list[Any]:
    """The cells of a row up to its last one with something in it; raises ``Unreadable`` where these are too many."""
    width = next((index for index in range(len(row), 0, -1) if row[index - 1] not in ("", None)), 0)
    if width > WIDEST:
        message = _("The file has more than %(limit)d columns. Leave out those that are not imported.")
        raise Unreadable("too_wide", message % {"limit": WIDEST}, field="file")
    return row[:width]


def _below_the_headings(lines: list[Line], rate: Rate, **how: Any) -> Sheet:
    """Split headings from lines; empty lines, and empty columns on the right, are nothing."""
    filled = [line for line in lines if any(cell != "" for cell in line.cells)]
    if not filled:
        raise Unreadable("empty", _("The file is empty."), field="file")
    at = max(range(min(len(filled), HEADING_WITHIN)), key=lambda one: (_rated(filled[one], rate), -one))
    headings = [shown(cell) for cell in filled[at].cells]
    below = filled[at + 1 :]
    if len(below) > LONGEST:
        message = _("The file has more than %(limit)d rows. Split it.")
        raise Unreadable("too_long", message % {"limit": LONGEST}, field="file")
    width = max((index + 1 for line in filled[at:] for index, cell in enumerate(line.cells) if cell != ""), default=0)
    cut = [Line(line.number, (line.cells + [""] * width)[:width]) for line in below]
    return Sheet((headings + [""] * width)[:width], cut, **how)


def _rated(line: Line, rate: Rate) -> int:
    return rate([shown(cell) for cell in line.cells])


def _read_workbook(content: bytes, rate: Rate, wanted: str) -> Sheet:
    found: dict[str, list[Line]] = {}
    paths: dict[str, str] = {}
    try:
        _weigh(content)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        names = [one.title for one in book.worksheets if one.sheet_state == "visible"]
        for name in [wanted] if wanted in names else names:
            sheet: Any = book[name]
            lines = _rows(sheet)
            if any(cell != "" for line in lines for cell in line.cells):
                found[name], paths[name] = lines, str(sheet._worksheet_path)
        book.close()
    except Refusal:
        raise
    # Each of the libraries below raises what it likes on a damaged file: zlib its own error, openpyxl an IndexError.
    except Exception as error:
        raise Unreadable("broken", _("We could not read this file. Save it as XLSX or CSV."), field="file") from error
    if not found:
        raise Unreadable("empty", _("The file is empty."), field="file")
    best = max(found, key=lambda name: max(_rated(line, rate) for line in found[name][:HEADING_WITHIN]))
    if cell := _without_result(content, paths[best]):
        message = _(
            "Cell %(cell)s has a formula without its result. Open the file in Excel, save it, and send it again."
        )
        raise Unreadable("formula", message % {"cell": cell}, field="file")
    fill_down([(line.number, line.cells) for line in found[best]], merged_ranges(content, paths[best]))
    return _below_the_headings(found[best], rate, form="xlsx", sheet=best, sheets=names)


def _weigh(content: bytes) -> None:
    """Raise ``Unreadable`` for a workbook that unpacks to more than any table, before anything builds it in memory."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        parts = packed.infolist()
        heavy = sum(one.file_size for one in parts) > UNPACKED
        if heavy or any(_has_too_many_tags(packed, one) for one in parts):
            raise Unreadable("too_large", _("The file is too large when it is unpacked. Split it."), field="file")


def _has_too_many_tags(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether a part has more than ``TAGS``, a row of it more than ``TAGS_OF_A_ROW``, or the part too many rows."""
    tags = rows = of_a_row = 0
    with packed.open(part) as file:
        while piece := file.read(2**20):
            tags += piece.count(b"<")
            first, *others = _ROW.split(piece)
            of_a_row += first.count(b"<") if rows else 0
            rows += len(others)
            if tags > TAGS or rows > MOST_ROWS or of_a_row > TAGS_OF_A_ROW:
                return True
            for one in others:
                of_a_row = one.count(b"<")
                if of_a_row > TAGS_OF_A_ROW:
                    return True
    return False


def _without_result(content: bytes, part: str) -> str:
    """The first cell of a worksheet with a formula that no program has calculated: it would be read as an empty one."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed, packed.open(part.lstrip("/")) as file:
        rest = b""
        while piece := file.read(2**20):
            rest += piece
            for found in _WITHOUT_RESULT.finditer(rest):
                # A text that is empty is a result.
                if b't="str"' not in found.group(1) and (name := _CELL_NAME.search(found.group(1))):
                    return name.group(1).decode()
            rest = rest[max(rest.rfind(b"<c "), len(rest) - 2**16, 0) :]
    return ""


def _rows(sheet: Any) -> list[Line]:
    """The lines of one worksheet; what it says of its own size is not believed."""
    sheet.reset_dimensions()
    lines: list[Line] = []
    for number, row in enumerate(sheet.iter_rows(), start=1):
        if number > MOST_ROWS or len(lines) > LONGEST + HEADING_WITHIN:
            message = _("The file has more than %(limit)d rows. Split it.")
            raise Unreadable("too_long", message % {"limit": LONGEST}, field="file")
        cells = _filled([_value(cell) for cell in row])
        if cells:
            lines.append(Line(number, cells))
    return lines


def _value(cell: Any) -> Cell:
    """What somebody sees in the cell, as far as its kind and format tell."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, datetime):
        dated = "h" not in str(cell.number_format).lower() and value.time() == time()
        return value.date() if dated else value.replace(microsecond=0)
    if isinstance(value, date | time):
        return value
    if isinstance(value, timedelta):
        if timedelta() <= value < timedelta(days=1):
            return (datetime.min + value).time()
        whole = round(value.total_seconds())
        # 24:00 is the end of a day.
        return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}" if whole > 0 else str(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        text = str(value) if isinstance(value, int) else str(int(value)) if value.is_integer() else repr(value)
        zeros = str(cell.number_format)
        # A format such as 00000 shows the zeros that the number itself does not have.
        padded = _ZEROS.fullmatch(zeros)
        return text.zfill(len(padded.group(1))) if padded else text
    return clean(str(value))
