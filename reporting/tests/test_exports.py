"""The files: safe CSV, XLSX with real types."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time, timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client

from attendance.hours import hours_and_minutes
from attendance.tests.fixtures import Punched
from employees.models import Department, Employee
from reporting.files.formats import csv_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def worked_november(ana: Employee, punched: Punched) -> Employee:
    ana.hired_on = date(2020, 1, 1)
    ana.time_zone = "Europe/Madrid"
    ana.save()
    for direction, when in [
        ("in", "02T09:00"), ("out", "02T17:30"), ("in", "03T09:00"), ("in", "04T22:00"), ("out", "05T06:00"),
    ]:  # fmt: skip
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
    table = rows(download(hr_client, "/attendance/export/month.csv?person=1001&month=2026-11"))
    assert table[0] == ["Date", "Number", "Name", "In", "Out", "Worked", "Missing", "Time zone"]
    assert table[1:] == [
        ["2026-11-02", "1001", "Ana Demo", "2026-11-02 09:00:00", "2026-11-02 17:30:00", "8:30", "", "Europe/Madrid"],
        ["2026-11-03", "1001", "Ana Demo", "2026-11-03 09:00:00", "", "", "no check-out", "Europe/Madrid"],
        ["2026-11-04", "1001", "Ana Demo", "2026-11-04 22:00:00", "2026-11-05 06:00:00", "8:00", "", "Europe/Madrid"],
    ]


def test_the_month_as_xlsx_has_real_types_and_a_frozen_head(hr_client: Client, worked_november: Employee) -> None:
    content = download(hr_client, "/attendance/export/month.xlsx?person=1001&month=2026-11")
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    assert sheet.title == "2026-11"
    assert sheet.freeze_panes == "A2"
    first = [cell.value for cell in sheet[2]]
    assert first[0] == datetime(2026, 11, 2)
    assert first[1] == "1001"
    assert first[3:5] == [datetime(2026, 11, 2, 9), datetime(2026, 11, 2, 17, 30)]
    assert first[5] in {timedelta(hours=8, minutes=30), time(8, 30)}
    assert sheet["B2"].data_type == "s"
    assert sheet["F2"].number_format == "[h]:mm"
    assert sheet["G3"].value == "no check-out"
    assert sheet["F5"].value == "=SUM(F2:F4)"
    counted = openpyxl.load_workbook(io.BytesIO(content), data_only=True).active
    assert counted is not None
    assert counted["F5"].value in {timedelta(hours=16, minutes=30), time(16, 30)}


def test_the_day_in_both_formats(hr_client: Client, worked_november: Employee, ben: Employee) -> None:
    Employee.objects.filter(pk=ben.pk).update(hired_on=date(2020, 1, 1))
    table = rows(download(hr_client, "/attendance/export/day.csv?date=2026-11-02&q=demo"))
    assert [row[1] for row in table[1:]] == ["1001", "1002"]
    assert table[1] == [
        "2026-11-02", "1001", "Ana Demo", "Workshop", "Present", "2026-11-02 09:00:00", "2026-11-02 17:30:00", "8:30",
        "", "", "Europe/Madrid",
    ]  # fmt: skip
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
    Employee.objects.filter(pk=ana.pk).update(first_name=name, last_name="", hired_on=date(2020, 1, 1))
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
    assert csv_text(timedelta(hours=26, minutes=5)) == "26:05"
    assert hours_and_minutes(timedelta(0)) == "0:00"
