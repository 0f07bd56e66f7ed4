"""Payroll's files: nothing paid twice, one rounding in every unit, columns of a fixed width, a line for each day."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, datetime, timedelta

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from attendance.models import Adjustment, WorkPolicy
from attendance.services.periods import period_create
from attendance.tests.fixtures import Punched
from common.company import remember
from common.models import Company
from employees.models import Employee, User
from employees.tests.employment_kit import employ
from reporting.models import PayrollColumn, PayrollLayout
from reporting.services.payroll import payroll_layout_from_preset

pytestmark = pytest.mark.django_db
Source, Unit = PayrollColumn.Source, PayrollColumn.Unit
DAY = date(2026, 11, 2)


def asked(client: Client, layout: PayrollLayout, status: int = 200) -> bytes:
    wished = {"report": f"payroll-{layout.pk}", "file_format": "csv", "first": "2026-11-02", "last": "2026-11-08"}
    answer = client.get(reverse("attendance_file"), wished | {"q": "1001"})
    assert answer.status_code == status, answer.content
    return answer.content


def columns(layout: PayrollLayout, *rows: dict[str, object]) -> PayrollLayout:
    for position, row in enumerate(rows):
        PayrollColumn.objects.create(layout=layout, position=position, **row)
    return layout


@pytest.fixture
def long_day(ana: Employee, punched: Punched) -> Employee:
    """Thirteen hours on a day whose policy has the tiers of California."""
    WorkPolicy.objects.create(
        name="California",
        valid_from=date(2020, 1, 1),
        overtime=[
            {"scope": "day", "after": 480, "tier": 150},
            {"scope": "day", "after": 720, "tier": 200},
        ],
    )
    employ(ana, hired_on=date(2020, 1, 1))
    punched(ana, "in", "2026-11-02T08:00")
    punched(ana, "out", "2026-11-02T21:00")
    return ana


def test_by_pay_code_each_hour_is_paid_once(hr_client: Client, long_day: Employee) -> None:
    layout = payroll_layout_from_preset(preset="codes")

    rows = list(csv.DictReader(io.StringIO(asked(hr_client, layout).decode())))

    assert [(row["code"], row["hours"]) for row in rows] == [("100", "8.00"), ("150", "4.00"), ("200", "1.00")]


def test_by_pay_code_a_forgotten_check_out_has_a_line(hr_client: Client, ana: Employee, punched: Punched) -> None:
    employ(ana, hired_on=date(2020, 1, 1))
    punched(ana, "in", "2026-11-02T08:00")
    punched(ana, "in", "2026-11-03T08:00")
    layout = payroll_layout_from_preset(preset="codes")

    rows = list(csv.DictReader(io.StringIO(asked(hr_client, layout).decode())))

    assert [(row["employee"], row["code"], row["hours"]) for row in rows] == [("1001", "no check-out", "2")]


def test_adjusted_overtime_is_paid_by_tier(hr_client: Client, ana: Employee, hr: User) -> None:
    employ(ana, hired_on=date(2020, 1, 1))
    for tier, seconds in ((0, 1800), (150, -3600)):
        Adjustment.objects.create(
            employee=ana,
            day=DAY,
            about_day=DAY - timedelta(days=30),
            seconds=seconds,
            tier=tier,
            reason="x",
            author=hr,
        )
    layout = payroll_layout_from_preset(preset="codes")

    rows = list(csv.DictReader(io.StringIO(asked(hr_client, layout).decode())))

    assert [(row["code"], row["hours"]) for row in rows] == [("adjusted", "0.50"), ("adjusted 150", "-1.00")]


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [("minute", "7:55,475,7.92"), ("second", "7:54:59,474.9833,7.9164")],
)
def test_an_amount_is_rounded_once_and_is_the_same_in_every_unit(
    hr_client: Client, ana: Employee, punched: Punched, rounding: str, expected: str
) -> None:
    employ(ana, hired_on=date(2020, 1, 1))
    punched(ana, "in", "2026-11-02T09:00:00")
    punched(ana, "out", "2026-11-02T16:54:59")
    layout = columns(
        PayrollLayout.objects.create(name="x", separator=",", decimal=".", heading=False, rounding=rounding),
        {"source": Source.WORKED, "unit": Unit.CLOCK},
        {"source": Source.WORKED, "unit": Unit.MINUTES},
        {"source": Source.WORKED, "unit": Unit.HOURS},
    )

    assert asked(hr_client, layout).decode().strip() == expected


def test_the_answer_names_the_encoding_of_the_file(hr_client: Client, ana: Employee) -> None:
    layout = columns(PayrollLayout.objects.create(name="x", encoding="cp1252"), {"title": "Nº", "source": "number"})

    answer = hr_client.get(
        reverse("attendance_file"),
        {"report": f"payroll-{layout.pk}", "file_format": "csv", "first": "2026-11-02", "last": "2026-11-08"},
    )

    assert answer["Content-Type"] == "text/csv; charset=windows-1252"
    assert answer.content.decode("cp1252").startswith("Nº")


def test_columns_of_a_fixed_width(hr_client: Client, long_day: Employee) -> None:
    layout = columns(
        PayrollLayout.objects.create(name="x", separator="=", decimal=".", heading=False),
        {"source": Source.NUMBER, "width": 8},
        {"source": Source.NAME, "width": 5},
        {"source": Source.WORKED, "width": 7},
    )

    assert asked(hr_client, layout) == b"1001    Ana D  13.00\r\n"


def test_an_amount_that_does_not_fit_is_said_and_never_cut(hr_client: Client, long_day: Employee) -> None:
    layout = columns(
        PayrollLayout.objects.create(name="x", separator="=", heading=False),
        {"title": "Hours", "source": Source.WORKED, "width": 3},
    )

    assert "Make it wider" in asked(hr_client, layout, status=400).decode()


def test_a_line_for_each_day_with_what_is_missing(
    hr_client: Client, ana: Employee, on_early_shift: Callable[[Employee], Employee], punched: Punched
) -> None:
    on_early_shift(ana)
    punched(ana, "in", "2026-11-02T09:00")
    punched(ana, "in", "2026-11-03T09:00")
    punched(ana, "out", "2026-11-03T17:00")
    layout = payroll_layout_from_preset(preset="days")

    rows = list(csv.DictReader(io.StringIO(asked(hr_client, layout).decode())))

    assert [(row["date"], row["ordinary"], row["missing"]) for row in rows[:2]] == [
        ("2026-11-02", "0.00", "1"),
        ("2026-11-03", "8.00", "0"),
    ]


def sheet_of(client: Client, layout: PayrollLayout) -> list[tuple[object, ...]]:
    wished = {"report": f"payroll-{layout.pk}", "file_format": "xlsx", "first": "2026-11-02", "last": "2026-11-08"}
    answer = client.get(reverse("attendance_file"), wished | {"q": "1001"})
    assert answer.status_code == 200
    assert ".xlsx" in answer["Content-Disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer))).active
    assert sheet is not None
    return list(sheet.iter_rows(values_only=True))


def test_xlsx_that_was_chosen_is_a_sheet_with_dates_and_numbers(hr_client: Client, long_day: Employee) -> None:
    layout = columns(
        PayrollLayout.objects.create(name="Our [own] layout"),
        {"title": "who", "source": Source.NAME},
        {"title": "to", "source": Source.LAST_DAY},
        {"title": "worked", "source": Source.WORKED},
        {"title": "minutes", "source": Source.WORKED, "unit": Unit.MINUTES},
        {"title": "clock", "source": Source.WORKED, "unit": Unit.CLOCK},
        {"title": "missing", "source": Source.MISSING},
    )

    assert sheet_of(hr_client, layout) == [
        ("who", "to", "worked", "minutes", "clock", "missing"),
        (long_day.name, datetime(2026, 11, 8), 13, 780, timedelta(hours=13), 0),
    ]
    coded = payroll_layout_from_preset(preset="codes")
    assert [row[3:] for row in sheet_of(hr_client, coded)] == [
        ("code", "hours"),
        ("100", 8),
        ("150", 4),
        ("200", 1),
    ]


def test_the_presets_of_a_spanish_company_are_in_its_language(hr_client: Client, long_day: Employee) -> None:
    remember(Company(language="es"))
    written = payroll_layout_from_preset(preset="hours")

    lines = asked(hr_client, written).decode("utf-8-sig").splitlines()

    assert lines[0].startswith("Número;Nombre;Desde;Hasta;Trabajado;Horas extra;")
    assert lines[1].startswith("1001;Ana Demo;02/11/2026;08/11/2026;13,00;")
    read = payroll_layout_from_preset(preset="codes")
    assert asked(hr_client, read).decode().splitlines()[:2] == [
        "Número,Nombre,Hasta,Concepto,Horas",
        "1001,Ana Demo,2026-11-08,100,8.00",
    ]


def test_hr_finds_the_layouts_from_the_reports_and_from_a_period(
    hr_client: Client, manager_client: Client, hr: User
) -> None:
    period = period_create(first=DAY, last=DAY + timedelta(days=6), by=hr)
    layouts = reverse("admin:reporting_payrolllayout_changelist")

    for page in (reverse("attendance_files"), reverse("attendance_period", args=[period.pk])):
        assert layouts in hr_client.get(page).content.decode()
        assert layouts not in manager_client.get(page).content.decode()
