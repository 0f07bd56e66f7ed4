"""Hours for payroll, in the columns that HR has mapped."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from attendance.selectors.timesheets import Sums
from reporting.files.formats import Echo, csv_text
from reporting.models import PayrollColumn, PayrollLayout

Source = PayrollColumn.Source
ENCODINGS = {"utf-8": "utf-8", "utf-8-sig": "utf-8-sig", "cp1252": "cp1252"}

_TEXTS: dict[str, Callable[[Sums], str]] = {
    Source.NUMBER: lambda one: one.employee.number,
    Source.NAME: lambda one: one.employee.name,
    Source.FIRST_NAME: lambda one: one.employee.first_name,
    Source.LAST_NAME: lambda one: one.employee.last_name,
    Source.EMAIL: lambda one: one.employee.email,
    Source.DEPARTMENT: lambda one: one.employee.department.name if one.employee.department else "",
}
_SUMMED = {
    Source.WORKED: "worked", Source.REQUIRED: "required", Source.BALANCE: "balance", Source.NIGHT: "night",
    Source.HOLIDAY: "on_holiday", Source.LEAVE: "leave", Source.ABSENT: "absent", Source.LATE: "late",
    Source.EARLY: "early",
}  # fmt: skip


def payroll_lines(layout: PayrollLayout, sums: Iterable[Sums], *, first: date, last: date) -> Iterator[bytes]:
    """The file line by line, in the layout's own encoding; letters that the encoding lacks become question marks."""
    columns = list(layout.columns.all())
    encoding = ENCODINGS[layout.encoding]
    # A mark belongs at the beginning of the file alone.
    mark, encoding = (b"\xef\xbb\xbf", "utf-8") if encoding == "utf-8-sig" else (b"", encoding)
    if layout.heading:
        yield mark + _line(_titles(layout, columns), layout, encoding)
        mark = b""
    for one in sums:
        for cells in _rows(layout, columns, one, first, last):
            yield mark + _line(cells, layout, encoding)
            mark = b""


def _titles(layout: PayrollLayout, columns: list[PayrollColumn]) -> list[str]:
    if layout.shape == PayrollLayout.Shape.PERSON:
        return [column.title for column in columns]
    coded = next((column.title for column in columns if column.code), "")
    return [*(column.title for column in columns if not column.code), layout.code_title, coded]


def _rows(
    layout: PayrollLayout, columns: list[PayrollColumn], one: Sums, first: date, last: date
) -> Iterator[list[str]]:
    if layout.shape == PayrollLayout.Shape.PERSON:
        yield [_cell(column, layout, one, first, last) for column in columns]
        return
    # One line for each pay code that has anything to pay: the columns with a code take turns.
    shared = [column for column in columns if not column.code]
    for coded in columns:
        if coded.code and seconds_of(coded, one):
            cells = [_cell(column, layout, one, first, last) for column in shared]
            yield [*cells, coded.code, _cell(coded, layout, one, first, last)]


def seconds_of(column: PayrollColumn, one: Sums) -> int:
    """The seconds that a column tells of one person; 0 for texts. Overtime is paid once it is approved."""
    tiers = {Source.OVERTIME: one.overtime.approved, Source.OVERTIME_PENDING: one.overtime.pending}
    if (found := tiers.get(Source(column.source))) is not None:
        return found.get(column.tier, 0) if column.tier else sum(found.values())
    if column.source == Source.ADJUSTED:
        return one.adjusted
    return one.result.total(_SUMMED[Source(column.source)]) if column.source in _SUMMED else 0


def _cell(column: PayrollColumn, layout: PayrollLayout, one: Sums, first: date, last: date) -> str:
    source = Source(column.source)
    if source in _TEXTS:
        return csv_text(_TEXTS[source](one))
    if source is Source.TEXT:
        return column.text
    if source in (Source.FIRST_DAY, Source.LAST_DAY):
        return (first if source is Source.FIRST_DAY else last).strftime(layout.date_format)
    if source is Source.DAYS:
        return str(sum(day.figures.worked > 0 for day in one.result.days))
    return _amount(seconds_of(column, one), column.unit, layout.decimal)


def _amount(seconds: int, unit: str, decimal: str) -> str:
    if unit == PayrollColumn.Unit.MINUTES:
        return str(round(seconds / 60))
    if unit == PayrollColumn.Unit.CLOCK:
        minutes = abs(seconds) // 60
        return f"{'-' if seconds < 0 else ''}{minutes // 60}:{minutes % 60:02d}"
    return f"{seconds / 3600:.2f}".replace(".", decimal)


def _line(cells: list[str], layout: PayrollLayout, encoding: str) -> bytes:
    line: str = csv.writer(Echo(), delimiter=layout.separator).writerow(cells)
    return line.encode(encoding, errors="replace")
