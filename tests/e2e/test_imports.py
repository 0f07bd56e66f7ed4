"""HR's spreadsheet as Excel saves it in Bolivia, in a browser: from the file to the last assignment."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from attendance.models import Shift, ShiftAssignment
from employees.models import Department, Employee, Import
from employees.services.imports import import_run
from tests.e2e.access import violations

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

Open = Callable[..., Page]
HEADINGS = [
    "N°",
    "Nombres",
    "Apellido Paterno",
    "Apellido Materno",
    "Correo electrónico",
    "Fecha de Ingreso",
    "Área",
    "Jefe",
    "Talla",
]
AREAS = ["Almacén", "Producción", "Administración"]
PEOPLE = 50


def people() -> list[list[Any]]:
    """Fifty lines: workers first, their three managers last."""
    lines: list[list[Any]] = []
    for number in range(1, PEOPLE + 1):
        manager = "" if number > PEOPLE - 3 else f"B{PEOPLE - number % 3:03}"
        day = date(2024, 1 + number % 12, 1 + number % 28)
        names = [f"B{number:03}", f"Íñigo {number}", "Muñoz", "Güemes", f"b{number}@example.com"]
        lines.append([*names, day, AREAS[number % 3], manager, "M"])
    return lines


def as_csv() -> tuple[str, bytes]:
    rows = [HEADINGS, *([f"{cell:%d/%m/%Y}" if isinstance(cell, date) else cell for cell in line] for line in people())]
    text = "sep=;\r\n" + "\r\n".join(";".join(map(str, row)) + ";" for row in rows) + "\r\n"
    return "personal.csv", text.encode("cp1252")


def as_xlsx() -> tuple[str, bytes]:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Planilla de personal"])
    sheet.append([])
    for row in [HEADINGS, *people()]:
        sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return "personal.xlsx", target.getvalue()


def send(page: Page, kind: str, file: Path) -> None:
    page.goto(f"/imports/?kind={kind}")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Leer el archivo", exact=True).click()


def save(page: Page) -> None:
    """Confirm, have the worker's task run, and wait for the page to say so by itself."""
    page.get_by_role("button", name="Guardar", exact=True).first.click()
    expect(page.locator("#import-progress[data-open]")).to_be_visible()
    import_run(job_id=Import.objects.latest("created_at").pk)
    expect(page.get_by_role("heading", name="Guardado")).to_be_visible()


@pytest.mark.parametrize("make", [as_csv, as_xlsx])
def test_a_company_comes_in_from_its_spreadsheet(
    hr_page: Open, server: LiveServer, tmp_path: Path, make: Callable[[], tuple[str, bytes]]
) -> None:
    Shift.objects.create(name="Mañana", starts_at=time(8), ends_at=time(16), weekdays=[0, 1, 2, 3, 4])
    name, content = make()
    (tmp_path / name).write_bytes(content)
    assigned = ["Empleado;Turno;Desde", *(f"B{number:03};mañana;01/02/2026" for number in range(1, PEOPLE + 1))]
    (tmp_path / "turnos.csv").write_bytes("\r\n".join(assigned).encode("cp1252"))
    page = hr_page(locale="es-BO")

    send(page, "people", tmp_path / name)
    expect(page.get_by_text("Nuevas: 50. Cambiadas: 0.")).to_be_visible()
    expect(page.get_by_text("Departamentos nuevos que se crearán")).to_contain_text("Producción")
    expect(page.get_by_text("no las importa: Talla")).to_be_visible()
    expect(page.get_by_text("2 de febrero de 2024").first).to_be_visible()
    assert violations(page) == []
    save(page)
    send(page, "assignments", tmp_path / "turnos.csv")
    expect(page.get_by_text("Nuevas: 50. Cambiadas: 0.")).to_be_visible()
    save(page)

    first = Employee.objects.get(number="B001")
    assert (first.name, first.hired_on) == ("Íñigo 1 Muñoz Güemes", date(2024, 2, 2))
    assert first.manager == Employee.objects.get(number="B049")
    assert set(Department.objects.values_list("name", flat=True)) == set(AREAS)
    assert ShiftAssignment.objects.filter(valid_from=date(2026, 2, 1)).count() == PEOPLE
