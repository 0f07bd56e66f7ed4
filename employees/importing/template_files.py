"""Empty files with the headings of an import, to fill in."""

from __future__ import annotations

import csv
import io

import xlsxwriter

from employees.importing.plan import Importer

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def template_file(importer: Importer, *, form: str, spanish: bool) -> bytes:
    """The file with its headings; in a sheet every column takes text, so that no zero is lost."""
    headings = [column.spanish if spanish else column.label for column in importer.columns]
    if form == "csv":
        text = io.StringIO()
        # What a spreadsheet program of the language opens into columns by itself.
        csv.writer(text, delimiter=";" if spanish else ",").writerow(headings)
        return b"\xef\xbb\xbf" + text.getvalue().encode()
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        bold, text_format = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for index, column in enumerate(importer.columns):
            is_day = column.name in importer.days and column.name not in ("at", "time")
            sheet.set_column(index, index, 18, day if is_day else text_format)
            sheet.write_string(0, index, headings[index], bold)
        sheet.freeze_panes(1, 0)
    return target.getvalue()
