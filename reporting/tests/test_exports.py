"""The files: safe CSV, XLSX with real types."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time, timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client
from openpyxl.utils import get_column_letter

from attendance.hours import hours_and_minutes
from attendance.tests.fixtures import Punched
from employees.models import Department, Employee
from employees.tests.employment_kit import employ
from reporting.files.formats import csv_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def worked_november(ana: Employee, punched: Punched) -> Employee:
    employ(ana, hired_on=date(2020, 1, 1))
    ana.time_zone = "Europe/Madrid"
    ana.save()
    for direction, when in [
        ("in", "02T09:00"),
        ("out", "02T17:30"),
        ("in", "03T09:00"),
        ("in", "04T22:00"),
        ("out", "05T06:00"),
    ]:
        punched(ana, direction, f"2026-11-{when}")
    return ana


def download(client: Client, url: str) -> bytes:
    response: Any = client.get(url)
    assert response.status_code == 200
    assert response.streaming
    assert response["Content-Disposition"].startswith("attachment; filename=")
    assert response["Cache-Control"] == "private, no-store"
    return b"".join(response)


def rows(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_month_as_csv(hr_client: Client, worked_november: Employee) -> None:
    head, *days = rows(download(hr_client, "/attendance/export/month.csv?person=1001&month=2026-11"))
    shown = ("Date", "Number", "In", "Out", "Worked", "Missing", "Time zone")
    assert [[row[head.index(name)] for name in shown] for row in days] == [
        ["2026-11-02", "1001", "2026-11-02 09:00:00", "2026-11-02 17:30:00", "8:30:00", "", "Europe/Madrid"],
        ["2026-11-03", "1001", "2026-11-03 09:00:00", "", "", "no check-out", "Europe/Madrid"],
        ["2026-11-04", "1001", "2026-11-04 22:00:00", "2026-11-05 06:00:00", "8:00:00", "", "Europe/Madrid"],
    ]


def test_the_month_as_xlsx_has_real_types_and_a_frozen_head(hr_client: Client, worked_november: Employee) -> None:
    content = download(hr_client, "/attendance/export/month.xlsx?person=1001&month=2026-11")
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    assert sheet.title == "2026-11"
    assert sheet.freeze_panes == "A2"
    place = {cell.value: get_column_letter(number) for number, cell in enumerate(sheet[1], start=1)}
    assert sheet["A2"].value == datetime(2026, 11, 2)
    assert (sheet["B2"].value, sheet["B2"].data_type) == ("1001", "s")
    assert [sheet[f"{place[name]}2"].value for name in ("In", "Out")] == [
        datetime(2026, 11, 2, 9),
        datetime(2026, 11, 2, 17, 30),
    ]
    worked = place["Worked"]
    assert sheet[f"{worked}2"].value in {timedelta(hours=8, minutes=30), time(8, 30)}
    assert sheet[f"{worked}2"].number_format == "[h]:mm:ss"
    assert "Balance (h)" in place
    assert sheet[f"{place['Missing']}3"].value == "no check-out"
    assert sheet[f"{worked}5"].value == f"=SUM({worked}2:{worked}4)"
    counted = openpyxl.load_workbook(io.BytesIO(content), data_only=True).active
    assert counted is not None
    assert counted[f"{worked}5"].value in {timedelta(hours=16, minutes=30), time(16, 30)}


def test_the_day_in_both_formats(hr_client: Client, worked_november: Employee, ben: Employee) -> None:
    employ(ben, hired_on=date(2020, 1, 1))
    table = rows(download(hr_client, "/attendance/export/day.csv?date=2026-11-02&q=demo"))
    assert [row[1] for row in table[1:]] == ["1001", "1002"]
    assert table[1] == [
        "2026-11-02",
        "1001",
        "Ana Demo",
        "Workshop",
        "Present",
        "2026-11-02 09:00:00",
        "2026-11-02 17:30:00",
        "8:30:00",
        "",
        "",
        "Europe/Madrid",
    ]
    content = download(hr_client, "/attendance/export/day.xlsx?date=2026-11-02&q=ana")
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    assert sheet.max_row == 3
    assert sheet["F2"].value == datetime(2026, 11, 2, 9)


def test_the_export_keeps_the_filters_of_the_page(
    hr_client: Client, ana: Employee, ben: Employee, department: Department
) -> None:
    table = rows(download(hr_client, f"/attendance/export/day.csv?department={department.pk}"))
    assert [row[1] for row in table[1:]] == ["1001"]


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])
def test_a_name_is_never_a_formula(hr_client: Client, ana: Employee, name: str) -> None:
    employ(ana, first_name=name, last_name="", hired_on=date(2020, 1, 1))
    table = rows(download(hr_client, "/attendance/export/day.csv?date=2026-11-02"))
    written = next(row[2] for row in table if row[1] == "1001")
    assert written.startswith("'") or written == name.strip()
    assert not written.strip().startswith(("=", "+", "-", "@", "＝"))
    sheet = openpyxl.load_workbook(
        io.BytesIO(download(hr_client, "/attendance/export/day.xlsx?date=2026-11-02"))
    ).active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows(max_row=sheet.max_row - 1) for cell in row} <= {"s", "d", "n"}


@pytest.mark.parametrize("blank", [" ", "   ", "\N{NO-BREAK SPACE}", "\N{EM SPACE}", "\n", "\t "])
@pytest.mark.parametrize("formula", ["=1", "+1", "-1+1", "@SUM(A1)", "＝1"])
def test_a_formula_behind_blanks_is_text_too(blank: str, formula: str) -> None:
    assert csv_text(blank + formula) == f"'{blank}{formula}"


def test_cells_as_text() -> None:
    assert csv_text(None) == ""
    assert csv_text("José") == "José"
    assert csv_text("-5") == "'-5"
    assert csv_text(date(2026, 11, 24)) == "2026-11-24"
    assert csv_text(timedelta(hours=26, minutes=5, seconds=9)) == "26:05:09"
    assert hours_and_minutes(timedelta(0)) == "0:00"


@pytest.mark.parametrize(("language", "style"), [("en", "yyyy-mm-dd"), ("es", "dd/mm/yyyy")])
def test_a_sheet_shows_its_dates_as_its_reader_writes_them(
    hr_client: Client, worked_november: Employee, language: str, style: str
) -> None:
    hr_client.cookies["django_language"] = language

    content = download(hr_client, "/attendance/export/month.xlsx?person=1001&month=2026-11")

    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    assert (sheet["A2"].value, sheet["A2"].number_format) == (datetime(2026, 11, 2), style)
