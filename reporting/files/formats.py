"""A table as a file: CSV that a spreadsheet cannot be tricked with, and XLSX with real dates, times and durations."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from tempfile import TemporaryFile
from typing import IO, Any

import xlsxwriter
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_col_to_name

from attendance.hours import to_the_second

Cell = str | date | datetime | time | timedelta | int | float | None

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_FORMATS = {
    "text": "@",
    "date": "yyyy-mm-dd",
    "moment": "yyyy-mm-dd hh:mm",
    "duration": "[h]:mm:ss",
    "count": "0",
    "hours": "0.00;[Red]-0.00",
    "decimal": "0.00;[Red]-0.00",
    "number": "General",
}
_SPANISH = {"date": "dd/mm/yyyy", "moment": "dd/mm/yyyy hh:mm"}
"""How a sheet shows its dates to who reads Spanish; what is in the cells is the same."""
_DEFAULT_WIDTHS = {"text": 16, "date": 12, "moment": 17, "count": 9}
_NUMBERS_WIDTH = 12
_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
"""What a sheet's name must not have in it."""
SUMMED = ("duration", "hours", "count")
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading and kind.

    ``text``, ``date``, ``moment``, ``count``, ``duration`` (a span), ``hours`` (a span that may be negative; see
    ``as_sheet``), ``decimal`` (a number with two places) or ``number``. A span is written to the second, so that the
    rows of a file add up to the sums of another. ``total`` has a sheet sum it up.
    """

    title: str
    kind: str = "text"
    width: int = 0
    total: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A report as rows. The totals are formulas of a sheet; CSV, which programs read, has none.

    ``as_of``: when what it shows came to be as it is, where nothing changes any more; else it is being made now.
    """

    name: str
    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    as_of: datetime | None = None


def formats() -> dict[str, str]:
    """How a sheet shows each kind of column in the language of who asks."""
    return _FORMATS | (_SPANISH if (get_language() or "").startswith("es") else {})


def as_sheet(columns: Sequence[Column]) -> list[Column]:
    """The columns as a sheet heads them: what is in decimal hours there says so.

    Spreadsheets show no negative times, and 0.47 beside 40:28 is taken for minutes.
    """
    return [replace(one, title=f"{one.title} (h)") if one.kind == "hours" else one for one in columns]


class Echo:
    """What a ``csv.writer`` writes to: ``writerow`` then returns the line."""

    def write(self, value: str) -> str:
        """The value as it came."""
        return value


def csv_lines(table: Table, *, on_row: Callable[[int], None] | None = None) -> Iterator[bytes]:
    """The file line by line: UTF-8 with the mark that makes spreadsheets read it as such."""
    writer = csv.writer(Echo())
    yield b"\xef\xbb\xbf" + writer.writerow([column.title for column in table.columns]).encode()
    for number, row in enumerate(table.rows, start=1):
        yield writer.writerow([csv_text(cell) for cell in row]).encode()
        if on_row is not None:
            on_row(number)


def csv_text(cell: Cell) -> str:
    """A cell as text. Text that a spreadsheet would run as a formula gets an apostrophe in front."""
    match cell:
        case None:
            return ""
        case timedelta():
            return to_the_second(cell)
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M:%S}"
        case date() | time():
            return cell.isoformat()
        case int() | float():
            return str(cell)
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) or cell.lstrip().startswith(_FORMULA_STARTS) else cell


def xlsx_file(table: Table, *, on_row: Callable[[int], None] | None = None) -> IO[bytes]:
    """The sheet in a temporary file, written row by row, so that memory does not grow with the report."""
    columns = as_sheet(table.columns)
    target = TemporaryFile()  # noqa: SIM115  the caller closes it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        if table.as_of is not None:
            book.set_properties({"created": table.as_of.astimezone(UTC).replace(tzinfo=None)})
        sheet = book.add_worksheet(_SHEET_NAME.sub(" ", table.title)[:31].strip("' "))
        head = book.add_format({"bold": True, "bg_color": "#E3EEEE", "bottom": 1, "valign": "vcenter"})
        cells = {kind: book.add_format({"num_format": form}) for kind, form in formats().items()}
        for index, column in enumerate(columns):
            sheet.set_column(index, index, column.width or _DEFAULT_WIDTHS.get(column.kind, _NUMBERS_WIDTH))
        for index, column in enumerate(columns):
            sheet.write_string(0, index, column.title, head)
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        styles = [cells[column.kind] for column in columns]
        kinds = [column.kind for column in columns]
        sums = [0.0] * len(kinds)
        count = 0
        for count, row in enumerate(table.rows, start=1):
            _write_row(sheet, count, row, kinds, styles, sums)
            if on_row is not None:
                on_row(count)
        sheet.autofilter(0, 0, count, len(columns) - 1)
        _write_totals(book, sheet, columns, count, sums)
    target.seek(0)
    return target


def _write_row(
    sheet: Any, number: int, row: Sequence[Cell], kinds: Sequence[str], styles: Sequence[Any], sums: list[float]
) -> None:
    for index, (cell, kind, style) in enumerate(zip(row, kinds, styles, strict=True)):
        if cell is None or cell == "":
            continue
        if isinstance(cell, str):
            sheet.write_string(number, index, cell, style)
        elif isinstance(cell, timedelta):
            value = cell / HOUR if kind == "hours" else cell.total_seconds() / 86400
            sums[index] += value
            sheet.write_number(number, index, value, style)
        elif isinstance(cell, int | float):
            sums[index] += cell
            sheet.write_number(number, index, cell, style)
        else:
            sheet.write_datetime(number, index, cell, style)


def _write_totals(book: Any, sheet: Any, columns: Sequence[Column], count: int, sums: Sequence[float]) -> None:
    """A row of formulas beneath the table, each with its value, for programs that show a sheet without counting."""
    if not any(column.total for column in columns):
        return
    label = book.add_format({"bold": True, "top": 1})
    for index, column in enumerate(columns):
        style = book.add_format({"num_format": formats()[column.kind], "bold": True, "top": 1})
        if column.total:
            letter = xl_col_to_name(index)
            sheet.write_formula(count + 1, index, f"=SUM({letter}2:{letter}{max(count, 1) + 1})", style, sums[index])
        elif index == 0:
            sheet.write_string(count + 1, index, _("Total"), label)
        else:
            sheet.write_blank(count + 1, index, None, style)
