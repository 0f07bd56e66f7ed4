"""Tables as people's programs write them: each encoding, separator and workbook is read as what it shows."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from common.spreadsheets import WIDEST, Sheet, Unreadable, read_sheet

HEADINGS = {"número", "nombre", "fecha"}
TEXT = "número;nombre\r\n1;María Muñoz – Güemes\r\n2;ÑANDÚ\r\n"


def rate(texts: Sequence[str]) -> int:
    return sum(text.lower() in HEADINGS for text in texts)


def read(content: bytes, **how: str) -> Sheet:
    return read_sheet(content, rate=rate, **how)


def cells(sheet: Sheet) -> list[list[Any]]:
    return [line.cells for line in sheet.lines]


@pytest.mark.parametrize(
    ("codec", "said"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
        ("mac-roman", "mac-roman"),
    ],
)
def test_the_encoding_is_found_out(codec: str, said: str) -> None:
    sheet = read(TEXT.encode(codec))

    assert (sheet.encoding, sheet.headings) == (said, ["número", "nombre"])
    assert cells(sheet) == [["1", "María Muñoz – Güemes"], ["2", "ÑANDÚ"]]


def test_the_encoding_of_old_programs_is_found_out() -> None:
    sheet = read(TEXT.replace("–", "-").encode("cp850"))

    assert cells(sheet)[0] == ["1", "María Muñoz - Güemes"]


def test_a_chosen_encoding_is_taken_and_a_wrong_one_refused_by_line() -> None:
    assert read(TEXT.encode("cp1252"), encoding="cp850").headings != ["número", "nombre"]
    with pytest.raises(Unreadable, match="Line 1 is no UTF-8 text"):
        read(TEXT.encode("cp1252"), encoding="utf-8")


def test_a_character_that_was_cut_is_refused_by_line() -> None:
    with pytest.raises(Unreadable, match="Line 4 is no UTF-8 text"):
        read(TEXT.encode() + "3;Añ".encode()[:-1])


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_what_makes_the_most_headings(separator: str) -> None:
    sheet = read(f"número{separator}nombre\n1{separator}Ana de la O\n".encode())

    assert (sheet.separator, cells(sheet)) == (separator, [["1", "Ana de la O"]])


def test_a_separator_that_the_file_names_is_taken() -> None:
    sheet = read(b"sep=;\r\nnombre;fecha\r\nAna;1,5\r\n")

    assert (cells(sheet), sheet.lines[0].number) == ([["Ana", "1,5"]], 3)


def test_titles_above_and_empty_columns_behind_are_nothing() -> None:
    sheet = read("Planilla 2026;;;\n;;;\nnúmero;nombre;;\n1;Ana;;\n;;;\n2;Bo\n".encode())

    assert (sheet.headings, cells(sheet)) == (["número", "nombre"], [["1", "Ana"], ["2", "Bo"]])
    assert [line.number for line in sheet.lines] == [4, 6]


def test_a_cell_may_hold_separators_and_line_breaks() -> None:
    sheet = read('número,nombre\n1,"Solano,\nAna"\n2,Bo\n'.encode())

    assert cells(sheet) == [["1", "Solano,\nAna"], ["2", "Bo"]]
    assert [line.number for line in sheet.lines] == [2, 4]


def workbook(*rows: Sequence[Any], before: str = "", zeros: str = "") -> bytes:
    """A file with one worksheet, behind an empty one of the name ``before``; ``zeros``: the format of A2."""
    book = Workbook()
    for name in book.sheetnames:
        del book[name]
    if before:
        book.create_sheet(before)
    sheet = book.create_sheet("Personal")
    for row in rows:
        sheet.append(list(row))
    if zeros:
        sheet["A2"].number_format = zeros
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_a_workbook_s_cells_are_what_it_shows() -> None:
    rows: list[list[Any]] = [
        ["número", "nombre", "fecha"],
        [42, " Ana\xa0", date(2026, 11, 12)],
        [7.5, True, datetime(2026, 11, 12, 9)],
    ]

    sheet = read(workbook(*rows, [None, None, time(8, 30)], [None, None, timedelta(days=1)]))

    assert cells(sheet) == [
        ["42", "Ana", date(2026, 11, 12)],
        ["7.5", "TRUE", datetime(2026, 11, 12, 9)],
        ["", "", time(8, 30)],
        ["", "", "24:00:00"],
    ]


@pytest.mark.parametrize("zeros", ["00000", "00000_)", "00000;-00000"])
def test_zeros_that_a_workbook_s_format_shows_are_kept(zeros: str) -> None:
    content = workbook(["número", "nombre"], [42, "Ana"], zeros=zeros)

    assert cells(read(content)) == [["00042", "Ana"]]


@pytest.mark.parametrize("text", ['="00042"', '"=""00042"""', "'00042"])
def test_zeros_that_a_text_file_keeps_from_the_spreadsheet_are_kept(text: str) -> None:
    assert cells(read(f"número,nombre\n{text},O'Hara".encode())) == [["00042", "O'Hara"]]


def test_a_formula_that_nobody_calculated_is_refused_instead_of_read_as_an_empty_cell() -> None:
    content = workbook(["número", "nombre", "fecha"], ["1", "Ana", "=DATE(2026,11,12)"])

    with pytest.raises(Unreadable, match="Cell C2 has a formula without its result"):
        read(content)


@pytest.mark.parametrize(
    ("made", "read_as"), [(' t="str"><f>A1</f><v></v>', []), ("><f>A1</f><v>46338</v>", ["46338"])]
)
def test_the_result_of_a_formula_is_read_also_an_empty_one(made: str, read_as: list[str]) -> None:
    content = workbook(["número", "nombre", "fecha"], ["1", "Ana", "=A1"])
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(target, "w") as after:
        for part in before.infolist():
            text = before.read(part)
            if part.filename.endswith("sheet1.xml"):
                start, end = text.index(b'<c r="C2"') + 9, text.index(b"</c>", text.index(b'<c r="C2"'))
                text = text[:start] + made.encode() + text[end:]
            after.writestr(part, text)

    assert [one for one in cells(read(target.getvalue()))[0][2:] if one] == read_as


def test_what_is_merged_over_several_rows_stands_in_each_of_them() -> None:
    rows: list[list[Any]] = [
        ["Personal", None, None],
        ["número", "nombre", "fecha"],
        ["1", "Ana", date(2026, 11, 12)],
        ["2", "Bo", None],
    ]
    book = load_workbook(io.BytesIO(workbook(*rows, ["3", "Cy", "13/11/2026"])))
    for one in ("A1:C1", "C3:C4"):
        book["Personal"].merge_cells(one)
    target = io.BytesIO()
    book.save(target)

    sheet = read(target.getvalue())

    assert sheet.headings == ["número", "nombre", "fecha"]
    assert [line[2] for line in cells(sheet)] == [date(2026, 11, 12), date(2026, 11, 12), "13/11/2026"]


def test_the_worksheet_with_the_headings_is_read() -> None:
    sheet = read(workbook(["número", "nombre"], ["1", "Ana"], before="Notas"))

    assert (sheet.sheet, sheet.sheets, cells(sheet)) == ("Personal", ["Notas", "Personal"], [["1", "Ana"]])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 no workbook", "Save it as XLSX or CSV"),
        (b"\xd0\xcf\x11\xe0 old", "Save it as .xlsx"),
        ('número,nombre\n1,"Ana\n'.encode(), "Line 2 cannot be split"),
        (b"x" * (10 * 2**20 + 1), "10 MB"),
        (("número\n" + "1\n" * 20_001).encode(), "more than 20000 rows"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        read(content)


def changed(change: Callable[[bytes], bytes], part: str = "xl/worksheets/sheet1.xml") -> bytes:
    """A workbook with one of its parts changed, which is what a damaged or a made-up file is."""
    target = io.BytesIO()
    source = io.BytesIO(workbook(["número", "nombre"], [42, "Ana"]))
    with zipfile.ZipFile(source) as packed, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as other:
        for name in packed.namelist():
            content = packed.read(name)
            other.writestr(name, change(content) if name == part else content)
    return target.getvalue()


def replaced(old: bytes, new: bytes) -> bytes:
    def change(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new)

    return changed(change)


def spoilt(at: bytes, content: bytes, by: int = 0) -> bytes:
    """The bytes behind ``at`` turned round, without the file's own sums being set right."""
    start = content.index(at) + len(at) + by
    return content[:start] + bytes(255 - one for one in content[start : start + 8]) + content[start + 8 :]


@pytest.mark.parametrize(
    "content",
    [
        spoilt(b"xl/worksheets/sheet1.xml", workbook(["número", "nombre"], [42, "Ana"])),
        workbook(["número"]).replace(b"\x50\x4b\x01\x02", b"\x50\x4b\x01\x02\xff\xff\xff\xff\xff\xff\xff\xff", 1),
        replaced(b'<c r="A2"', b'<c r="A2" s="99999"'),
        replaced(b't="n"><v>42<', b't="s"><v>99999<'),
        replaced(b'r="A2"', b'r="ZZZZZZ2"'),
        replaced(b"<v>42<", b"<v>nan<"),
        replaced(b"</sheetData>", b"</sheet"),
    ],
    ids=["packed", "directory", "style", "text", "column", "number", "xml"],
)
def test_a_damaged_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        read(content)

    assert refused.value.code == "broken"


def test_a_number_longer_than_any_other_is_its_digits() -> None:
    digits = "7" * 400

    assert cells(read(replaced(b"<v>42<", f"<v>{digits}<".encode()))) == [[digits, "Ana"]]


@pytest.mark.parametrize("separator", [";;", "\n", "\r", '"', " ", "é"])
def test_what_separates_nothing_is_no_mistake_of_ours(separator: str) -> None:
    for content in (b"n\xc3\xbamero;nombre\n1;Ana\n", f"sep={separator}\nnúmero;nombre\n1;Ana\n".encode()):
        assert read(content, separator=separator).lines


FAR = b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (number, number) for number in range(3, 5000))
"""Rows with a single cell, in the last column that there is."""


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (("número;" * 100_000 + "nombre\n" + "1\n" * 10_000).encode(), "too_wide"),
        (replaced(b"</sheetData>", FAR + b"</sheetData>"), "too_wide"),
        (replaced(b"</row></sheetData>", b"<c/>" * 1_000_000 + b"</row></sheetData>"), "too_large"),
        (replaced(b"</sheetData>", b"<row/>" * 300_000 + b"</sheetData>"), "too_large"),
    ],
    ids=["csv", "columns", "cells", "rows"],
)
def test_a_small_file_does_not_become_a_large_table(content: bytes, code: str) -> None:
    assert len(content) < 1_000_000
    with pytest.raises(Unreadable) as refused:
        read(content)

    assert refused.value.code == code


def test_columns_that_are_empty_do_not_count() -> None:
    sheet = read(("número;nombre" + ";" * 4 * WIDEST + "\n1;Ana" + ";" * 4 * WIDEST + "\n").encode())

    assert (sheet.headings, cells(sheet)) == (["número", "nombre"], [["1", "Ana"]])
