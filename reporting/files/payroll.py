"""Hours for payroll, in the columns that HR has mapped.

Seconds are summed first; each amount is then rounded once, as the layout says, and written in its column's unit. So the
same figure is the same in every unit: 7:55, 475 and 7.92 are one.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.translation import gettext as _

from attendance.hours import hours_and_minutes, to_the_second
from attendance.rules.shapes import PeriodResult
from attendance.selectors.timesheets import Sums
from common.refusals import Refusal
from employees.employment import Placement
from employees.models import Employee
from reporting.files.formats import HOUR, Cell, Column, Echo, Table, csv_text
from reporting.models import PayrollColumn, PayrollLayout

Source = PayrollColumn.Source
ENCODINGS = {"utf-8": "utf-8", "utf-8-sig": "utf-8-sig", "cp1252": "cp1252"}
TIER = "{tier}"
MINUTE = timedelta(minutes=1)
SIGNED = frozenset({Source.BALANCE, Source.ADJUSTED, Source.ADJUSTED_OVERTIME})
"""What may be negative."""
DATES = frozenset({Source.FIRST_DAY, Source.LAST_DAY, Source.DAY})

Filled = tuple[PayrollColumn | None, Cell]
"""A cell and the column that it stands in; the pay code stands in none."""


@dataclass(frozen=True, slots=True)
class Line:
    """What one line speaks of: a person's period, or one day of it; ``day`` is then that day."""

    employee: Employee
    place: Placement
    result: PeriodResult
    approved: Mapping[int, int]
    pending: Mapping[int, int]
    moved: Mapping[int, int]
    adjusted: int = 0
    adjusted_overtime: Mapping[int, int] = field(default_factory=dict)
    day: date | None = None


_TEXTS: dict[str, Callable[[Line], str]] = {
    Source.NUMBER: lambda one: one.employee.number,
    Source.NAME: lambda one: one.employee.name,
    Source.FIRST_NAME: lambda one: one.employee.first_name,
    Source.LAST_NAME: lambda one: one.employee.last_name,
    Source.EMAIL: lambda one: one.employee.email,
    Source.DEPARTMENT: lambda one: one.place.department_name,
}
_CUT = frozenset(_TEXTS) - {Source.NUMBER} | {Source.TEXT}
_SUMMED = {
    Source.WORKED: "worked",
    Source.REQUIRED: "required",
    Source.BALANCE: "balance",
    Source.NIGHT: "night",
    Source.SUNDAY: "sunday",
    Source.HOLIDAY: "on_holiday",
    Source.LEAVE: "leave",
    Source.UNPAID_LEAVE: "unpaid_leave",
    Source.ABSENT: "absent",
    Source.LATE: "late",
    Source.EARLY: "early",
}
_TIERED: dict[str, Callable[[Line], Mapping[int, int]]] = {
    Source.OVERTIME: lambda one: one.approved,
    Source.OVERTIME_PENDING: lambda one: one.pending,
    Source.OVERTIME_MOVED: lambda one: one.moved,
    Source.SURCHARGE: lambda one: one.result.surcharges,
    Source.ADJUSTED_OVERTIME: lambda one: one.adjusted_overtime,
}


def payroll_lines(layout: PayrollLayout, sums: Iterable[Sums], *, first: date, last: date) -> Iterator[bytes]:
    """The file line by line, in the layout's own encoding; letters that the encoding lacks become question marks.

    Raises ``Refusal`` where an amount does not fit into the width of its column.
    """
    columns = list(layout.columns.all())
    encoding = ENCODINGS[layout.encoding]
    # A mark belongs at the beginning of the file alone.
    mark, encoding = (b"\xef\xbb\xbf", "utf-8") if encoding == "utf-8-sig" else (b"", encoding)
    if layout.heading:
        yield mark + _line(_titles(layout, columns), layout, columns, encoding, cut=True)
        mark = b""
    for row in _all_rows(layout, columns, sums, first, last):
        yield mark + _line([_text(column, cell, layout) for column, cell in row], layout, columns, encoding)
        mark = b""


def payroll_table(layout: PayrollLayout, sums: Iterable[Sums], *, first: date, last: date) -> Table:
    """The same figures for a sheet, in which dates are dates and amounts are numbers; it has no widths and encoding."""
    columns = list(layout.columns.all())
    coded = layout.shape == PayrollLayout.Shape.CODE
    kinds = [_kind(column) for column in columns if not (coded and column.code)] + ["text", "number"] * coded
    rows = (
        [_typed(column, cell, layout) for column, cell in row] for row in _all_rows(layout, columns, sums, first, last)
    )
    heads = [Column(title, kind) for title, kind in zip(_titles(layout, columns), kinds, strict=True)]
    return Table("", layout.name, heads, rows)


def _all_rows(
    layout: PayrollLayout, columns: Sequence[PayrollColumn], sums: Iterable[Sums], first: date, last: date
) -> Iterator[list[Filled]]:
    for one in sums:
        for line in _lines_of(layout, one):
            yield from _rows(layout, columns, line, first, last)


def _kind(column: PayrollColumn) -> str:
    """How a sheet shows the column; see ``Column``."""
    source = Source(column.source)
    if source in DATES:
        return "date"
    if source in PayrollColumn.COUNTS or source is Source.DAYS:
        return "count"
    if source not in PayrollColumn.SPANS:
        return "text"
    if column.unit == PayrollColumn.Unit.CLOCK:
        return "hours" if source in SIGNED else "duration"
    return "decimal" if column.unit == PayrollColumn.Unit.HOURS else "number"


def _typed(column: PayrollColumn | None, cell: Cell, layout: PayrollLayout) -> Cell:
    """The cell as a sheet has it: rounded as it is in text."""
    if column is None or not isinstance(cell, timedelta):
        return cell
    if column.unit == PayrollColumn.Unit.CLOCK:
        return _amount(cell, column.unit, layout) if column.code else cell
    if column.unit == PayrollColumn.Unit.MINUTES:
        return round(cell / MINUTE, 4)
    return round(cell / HOUR, _places(layout))


def _text(column: PayrollColumn | None, cell: Cell, layout: PayrollLayout) -> str:
    """The cell as it is written where everything is text."""
    if isinstance(cell, timedelta):
        return _amount(cell, column.unit if column is not None else "", layout)
    if isinstance(cell, date):
        return cell.strftime(layout.date_format)
    return csv_text(str(cell)) if column is not None and column.source in _TEXTS else str(cell)


def _titles(layout: PayrollLayout, columns: list[PayrollColumn]) -> list[str]:
    if layout.shape != PayrollLayout.Shape.CODE:
        return [column.title for column in columns]
    coded = next((column.title for column in columns if column.code), "")
    return [*(column.title for column in columns if not column.code), layout.code_title, coded]


def _lines_of(layout: PayrollLayout, one: Sums) -> Iterator[Line]:
    if layout.shape != PayrollLayout.Shape.DAY:
        overtime, adjusted = one.overtime, (one.adjusted, one.adjusted_overtime)
        whole = (overtime.approved, overtime.pending, overtime.moved)
        yield Line(one.employee, one.place, one.result, *whole, *adjusted)
        return
    for day in one.result.days:
        figures = day.figures
        if not (figures.worked or figures.required or figures.leave or figures.exceptional):
            continue
        split = one.overtime.days.get(figures.day)
        result = PeriodResult(first=figures.day, last=figures.day, days=(day,))
        parts = (split.approved, split.pending, split.moved) if split else ({}, {}, {})
        place = one.history.place(figures.day)
        yield Line(one.employee, place, result, *parts, day=figures.day)


def _rows(
    layout: PayrollLayout, columns: Sequence[PayrollColumn], one: Line, first: date, last: date
) -> Iterator[list[Filled]]:
    if layout.shape != PayrollLayout.Shape.CODE:
        yield [(column, _cell(column, layout, one, first, last)) for column in columns]
        return
    # One line for each pay code that has anything to say: the columns with a code take turns.
    shared = [column for column in columns if not column.code]
    for coded in columns:
        if not coded.code:
            continue
        for code, amount in _coded(coded, one):
            if amount:
                cells: list[Filled] = [(column, _cell(column, layout, one, first, last)) for column in shared]
                counted = coded.source in PayrollColumn.COUNTS
                yield [*cells, (None, code), (coded, amount if counted else _rounded(amount, layout))]


def _coded(column: PayrollColumn, one: Line) -> Iterator[tuple[str, int]]:
    """The column's pay code with its seconds, or how many punches are missing; of a code for each tier, all of them."""
    if TIER in column.code and column.source in _TIERED:
        yield from ((column.code.replace(TIER, str(tier)), sec) for tier, sec in _TIERED[column.source](one).items())
    elif column.source in PayrollColumn.COUNTS:
        yield column.code, _count(Source(column.source), one)
    else:
        yield column.code, seconds_of(column, one)


def seconds_of(column: PayrollColumn, one: Line) -> int:
    """The seconds that a column tells of one person; 0 for texts.

    Overtime is paid once it is approved, unless it became leave.
    """
    if column.source in _TIERED:
        found = _TIERED[column.source](one)
        return found.get(column.tier, 0) if column.tier else sum(found.values())
    if column.source == Source.ORDINARY:
        return one.result.ordinary
    if column.source == Source.ADJUSTED:
        return one.adjusted_overtime.get(column.tier, 0) if column.tier else one.adjusted
    return one.result.total(_SUMMED[Source(column.source)]) if column.source in _SUMMED else 0


def _cell(column: PayrollColumn, layout: PayrollLayout, one: Line, first: date, last: date) -> Cell:
    source = Source(column.source)
    if source in _TEXTS:
        return _TEXTS[source](one)
    if source is Source.TEXT:
        return column.text
    if source in DATES:
        return one.day or (first if source is Source.FIRST_DAY else last)
    if source is Source.DAYS:
        return sum(day.figures.worked > 0 for day in one.result.days)
    if source in PayrollColumn.COUNTS:
        return _count(source, one)
    return _rounded(seconds_of(column, one), layout)


def _count(source: Source, one: Line) -> int:
    """How many punches are missing."""
    kinds = ("missing_in", "missing_out") if source is Source.MISSING else (source.value,)
    return sum(one.result.total(kind) for kind in kinds)


def _rounded(seconds: int, layout: PayrollLayout) -> timedelta:
    if layout.rounding == PayrollLayout.Rounding.MINUTE:
        seconds = (1 if seconds >= 0 else -1) * ((abs(seconds) + 30) // 60 * 60)
    return timedelta(seconds=seconds)


def _places(layout: PayrollLayout) -> int:
    """Decimal places of hours."""
    return 2 if layout.rounding == PayrollLayout.Rounding.MINUTE else 4


def _amount(span: timedelta, unit: str, layout: PayrollLayout) -> str:
    if unit == PayrollColumn.Unit.CLOCK:
        write = to_the_second if layout.rounding == PayrollLayout.Rounding.SECOND else hours_and_minutes
        return write(span)
    seconds = int(span.total_seconds())
    if unit == PayrollColumn.Unit.MINUTES:
        whole = f"{seconds // 60}" if seconds % 60 == 0 else f"{seconds / 60:.4f}"
        return whole.replace(".", layout.decimal)
    return f"{seconds / 3600:.{_places(layout)}f}".replace(".", layout.decimal)


def _line(
    cells: list[str], layout: PayrollLayout, columns: list[PayrollColumn], encoding: str, *, cut: bool = False
) -> bytes:
    if layout.separator == PayrollLayout.Separator.FIXED:
        fitted = (_fitted(cell, column, cut) for cell, column in zip(cells, _placed(layout, columns), strict=True))
        return ("".join(fitted) + "\r\n").encode(encoding, errors="replace")
    line: str = csv.writer(Echo(), delimiter=layout.separator).writerow(cells)
    return line.encode(encoding, errors="replace")


def _placed(layout: PayrollLayout, columns: list[PayrollColumn]) -> list[PayrollColumn]:
    """The column whose width each cell of a line has; the code has that of the first column with a code."""
    if layout.shape != PayrollLayout.Shape.CODE:
        return columns
    coded = [column for column in columns if column.code][:1]
    return [*(column for column in columns if not column.code), *coded, *coded]


def _fitted(cell: str, column: PayrollColumn, cut: bool) -> str:
    """Names are cut and stand left; amounts stand right. Neither they nor numbers and dates are ever cut."""
    width = column.width or len(cell)
    if cut or column.source in _CUT:
        cell = cell[:width]
    if len(cell) > width:
        raise Refusal(
            "column_too_narrow",
            _("“%(amount)s” does not fit into the %(width)d characters of the column “%(column)s”. Make it wider.")
            % {"amount": cell, "width": width, "column": column},
            field="width",
        )
    amount = column.source in PayrollColumn.SPANS | PayrollColumn.COUNTS
    return cell.rjust(width) if amount else cell.ljust(width)
