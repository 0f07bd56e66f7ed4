"""A report as a file: CSV that a spreadsheet cannot be tricked with, and XLSX with real dates, times and durations."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from tempfile import TemporaryFile
from typing import IO, Any

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from attendance.rules.expected import State
from attendance.rules.worked import Punch
from attendance.selectors import DayReport, MonthReport

Cell = str | date | datetime | time | timedelta | None

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_FORMATS = {"text": "@", "date": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm", "duration": "[h]:mm"}
_DEFAULT_WIDTHS = {"text": 16, "date": 12, "moment": 17, "duration": 10}


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading and kind: ``text``, ``date``, ``moment`` or ``duration``."""

    title: str
    kind: str = "text"
    width: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A report as rows; ``footer`` is added to a sheet, never to CSV, which programs read."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    footer: Sequence[Cell] = field(default_factory=tuple)


class _Echo:
    def write(self, value: str) -> str:
        return value


def csv_lines(table: Table) -> Iterator[bytes]:
    """The file line by line: UTF-8 with the mark that makes spreadsheets read it as such."""
    writer = csv.writer(_Echo())
    yield b"\xef\xbb\xbf" + writer.writerow([column.title for column in table.columns]).encode()
    for row in table.rows:
        yield writer.writerow([csv_text(cell) for cell in row]).encode()


def csv_text(cell: Cell) -> str:
    """A cell as text. Text that a spreadsheet would run as a formula gets an apostrophe in front."""
    match cell:
        case None:
            return ""
        case timedelta():
            return hours_and_minutes(cell)
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M:%S}"
        case date() | time():
            return cell.isoformat()
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA_STARTS) else cell


def hours_and_minutes(span: timedelta) -> str:
    """``26:05`` for a day, two hours and five minutes."""
    minutes = int(span.total_seconds()) // 60
    return f"{minutes // 60}:{minutes % 60:02d}"


def xlsx_file(table: Table) -> IO[bytes]:
    """The sheet in a temporary file, written row by row, so that memory does not grow with the report."""
    target = TemporaryFile()  # noqa: SIM115  the response closes it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet(table.title[:31])
        head = book.add_format({"bold": True, "bg_color": "#E3EEEE", "bottom": 1, "valign": "vcenter"})
        cells = {kind: book.add_format({"num_format": form}) for kind, form in _FORMATS.items()}
        totals = {
            kind: book.add_format({"num_format": form, "bold": True, "top": 1}) for kind, form in _FORMATS.items()
        }
        for index, column in enumerate(table.columns):
            sheet.set_column(index, index, column.width or _DEFAULT_WIDTHS[column.kind])
        for index, column in enumerate(table.columns):
            sheet.write_string(0, index, column.title, head)
        sheet.freeze_panes(1, 0)
        count = 0
        for count, row in enumerate(table.rows, start=1):
            _write_row(sheet, count, table.columns, row, cells)
        sheet.autofilter(0, 0, count, len(table.columns) - 1)
        if table.footer:
            _write_row(sheet, count + 1, table.columns, table.footer, totals)
    target.seek(0)
    return target


def _write_row(
    sheet: Any, number: int, columns: Sequence[Column], row: Sequence[Cell], formats: dict[str, Any]
) -> None:
    for index, (column, cell) in enumerate(zip(columns, row, strict=True)):
        style = formats[column.kind]
        if cell is None or cell == "":
            sheet.write_blank(number, index, None, style)
        elif isinstance(cell, str):
            sheet.write_string(number, index, cell, style)
        else:
            sheet.write_datetime(number, index, cell, style)


def day_table(report: DayReport) -> Table:
    """A row for each person."""
    columns = [
        Column(_("Date"), "date"),
        Column(_("Number")),
        Column(_("Name"), width=28),
        Column(_("Department"), width=20),
        Column(_("State"), width=14),
        Column(pgettext("punch", "In"), "moment"),
        Column(pgettext("punch", "Out"), "moment"),
        Column(_("Worked"), "duration"),
        Column(_("Late"), "duration"),
        Column(_("Missing"), width=14),
        Column(_("Time zone"), width=18),
    ]
    rows: Iterable[Sequence[Cell]] = (
        (
            report.day,
            row.employee.number,
            row.employee.name,
            row.employee.department.name if row.employee.department else "",
            state_label(row.summary.state),
            _local(row.first),
            _local(row.last),
            row.summary.worked or None,
            row.summary.late or None,
            ", ".join(missing_label(one) for one in row.summary.missing),
            _zone(row.first, row.last),
        )
        for row in report.rows
    )
    footer: list[Cell] = [None] * len(columns)
    footer[2], footer[7] = _("Total"), report.worked
    return Table(f"presente-{report.day:%Y-%m-%d}", f"{report.day:%Y-%m-%d}", columns, rows, footer)


def month_table(report: MonthReport) -> Table:
    """A row for each interval."""
    columns = [
        Column(_("Date"), "date"),
        Column(_("Number")),
        Column(_("Name"), width=28),
        Column(pgettext("punch", "In"), "moment"),
        Column(pgettext("punch", "Out"), "moment"),
        Column(_("Worked"), "duration"),
        Column(_("Missing"), width=14),
        Column(_("Time zone"), width=18),
    ]
    person = report.employee
    rows: Iterable[Sequence[Cell]] = (
        (
            summary.day,
            person.number,
            person.name,
            _local(interval.start),
            _local(interval.end),
            interval.worked or None,
            missing_label(interval.missing),
            _zone(interval.start, interval.end),
        )
        for summary in report.days
        for interval in summary.intervals
    )
    footer: list[Cell] = [None, None, _("Total"), None, None, report.worked, None, None]
    return Table(f"presente-{person.number}-{report.first:%Y-%m}", f"{report.first:%Y-%m}", columns, rows, footer)


def state_label(state: str) -> str:
    """The words for a person's state."""
    return {
        State.IN: _("In now"),
        State.OUT: _("Gone"),
        State.PRESENT: _("Present"),
        State.ABSENT: _("Absent"),
        State.EXPECTED: _("Expected"),
        State.LEAVE: _("On leave"),
        State.OFF: _("No shift"),
    }[State(state)]


def missing_label(direction: str) -> str:
    """The words for a forgotten punch; empty where none is missing."""
    return {"in": _("missing in"), "out": _("missing out")}.get(direction, "")


def _local(punch: Punch | None) -> datetime | None:
    return punch.local.replace(tzinfo=None) if punch else None


def _zone(*punches: Punch | None) -> str:
    return next((punch.zone for punch in punches if punch), "")
