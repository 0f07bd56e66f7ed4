"""What a clerk stumbles over in a file of people: a column that only counts, a refused date, a corrected file."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from common.company import remember
from common.models import Company
from common.spreadsheets import read_sheet
from employees.importing.columns import match
from employees.importing.people_columns import EMPLOYEE
from employees.models import Employee
from employees.tests.import_kit import page, plan_of, save, text_of, upload

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("counter", "number"),
    [
        ("N°", "C.I."),
        ("Nro.", "Cédula de Identidad"),
        ("No.", "Nro. de Carnet"),
        ("Nº", "Código"),
        ("N", "R.U.T."),
        ("Item", "Employee number"),
        ("No", "ID card"),
    ],
)
def test_the_number_is_taken_from_the_column_that_has_one(hr_client: Client, counter: str, number: str) -> None:
    job, text = upload(hr_client, f"{counter},Nombre,{number}", "1,María,4839201", "2,José,5120777")

    assert f"“{counter}” only counts the lines of this file" in text
    assert f"taken from “{number}”" in text
    assert "rename that heading to “Number”" in text
    save(hr_client, job)

    assert set(Employee.objects.values_list("number", flat=True)) == {"4839201", "5120777"}


def test_without_a_column_of_numbers_the_identity_document_is_the_number(hr_client: Client) -> None:
    job, text = upload(hr_client, "Nombre,C.I.", "María,4839201", "José,5120777")

    assert "No column is called “Number”: the number of each person is taken from “C.I.”." in text
    save(hr_client, job)

    assert set(Employee.objects.values_list("number", flat=True)) == {"4839201", "5120777"}


@pytest.mark.parametrize(
    "lines",
    [
        ("Número,Nombre,C.I.", "1,María,4839201", "2,José,5120777"),
        ("N°,Nombre,C.I.", "1,María,4839201", "3,José,5120777"),
        ("N°,Nombre,C.I.", "1,María,4839201", "2,José,"),
        ("N°,Nombre,C.I.", "1,María,4839201", "2,José,4839201"),
        ("N°,Nombre,Talla", "1,María,38", "2,José,40"),
    ],
)
def test_otherwise_the_number_is_what_the_heading_says(hr_client: Client, lines: tuple[str, ...]) -> None:
    job, text = upload(hr_client, *lines)

    assert "only counts the lines" not in text
    assert [row.data["number"] for row in plan_of(job).rows] == [line.split(",")[0] for line in lines[1:]]


def test_in_a_file_of_assignments_a_person_may_have_several_lines() -> None:
    sheet = read_sheet("N°,C.I.\r\n1,77\r\n2,77".encode(), rate=len, encoding="utf-8", separator=",", sheet="")

    table = match(sheet, [EMPLOYEE])

    assert [entry.cells["employee"] for entry in table.entries] == ["77", "77"]
    assert len(table.notices) == 1


def test_columns_that_are_left_out_are_named_in_a_sentence_that_ends_once(hr_client: Client) -> None:
    hr_client.cookies["django_language"] = "es"
    _job, text = upload(hr_client, "Número;Nombre;C.I.", "31;María;7")

    assert "estas columnas del archivo y no las importa: C.I. " in text
    assert "C.I.." not in text


@pytest.mark.parametrize(
    ("style", "language", "dates", "example"),
    [
        ("", "es", "", "31/01/2026"),
        ("", "en", "", "31 Jan 2026"),
        ("mdy", "en", "mdy", "01/31/2026"),
        ("dmy", "en", "mdy", "2026-01-31"),
    ],
)
def test_a_refused_date_has_an_example_as_the_company_writes_it(
    hr_client: Client, style: str, language: str, dates: str, example: str
) -> None:
    remember(Company(date_style=style))
    hr_client.cookies["django_language"] = language
    job, _text = upload(hr_client, "number,first_name,hired_on", "3001,Bo,31/02/2026")
    if dates:
        hr_client.post(reverse("import_file", args=[job.pk if job else ""]), {"do": "read", "dates": dates})

    text = page(hr_client, job)

    assert f"{example}," in text
    assert "31/02/2026" in text
    assert "(today" not in text
    assert "(hoy" not in text


def sent(client: Client, job: Any, content: bytes, name: str = "better.csv") -> str:
    address = reverse("import_file", args=[job.pk])
    return text_of(client.post(address, {"do": "replace", "file": SimpleUploadedFile(name, content)}, follow=True))


def test_the_box_for_the_corrected_file_follows_what_is_said_to_be_wrong(hr_client: Client) -> None:
    _job, fine = upload(hr_client, "number,first_name", "3001,Bo")
    _job, wrong = upload(hr_client, "number,first_name,hired_on", "3002,Bo,31/02/2026")

    assert "The corrected file" not in fine
    assert wrong.count("Nothing is saved until every row is valid") == 1
    said, box = wrong.index("Nothing is saved until every row is valid"), wrong.index("Send the corrected file")
    assert said < box < wrong.index("How the file was read")


def test_a_corrected_file_takes_the_place_of_the_first(hr_client: Client, ana: Employee) -> None:
    job, text = upload(hr_client, "number,first_name,hired_on", "3001,Bo,31/02/2026", "01001,Ana,05/06/2026")
    assert "Send the corrected file" in text
    hr_client.post(
        reverse("import_file", args=[job.pk if job else ""]),
        {"do": "answer", "dates": "mdy", "key": "alike:01001", "answer-0": "=known"},
    )

    text = sent(hr_client, job, b"number;first_name;hired_on\n3001;Bo;02/28/2026\n01001;Ana;05/06/2026\n")

    assert "better.csv" in text
    assert "28 February 2026" in text
    assert "Refused: 0. With a question: 0." in text
    assert save(hr_client, job).state == "done"
    assert Employee.objects.get(number="3001").hired_on == date(2026, 2, 28)


def test_a_corrected_file_that_cannot_be_read_leaves_the_first(hr_client: Client) -> None:
    job, _text = upload(hr_client, "number,first_name", "3001,Bo")

    text = sent(hr_client, job, b"\x89PNG\r\n\x1a\n", "photo.png")

    assert "rows.csv" in text
    assert "3001" in text
    assert save(hr_client, job).state == "done"


def test_who_confirms_needs_no_scrolling(hr_client: Client) -> None:
    job, _text = upload(hr_client, "number,first_name", *(f"M{one},Bo" for one in range(60)))

    shown = hr_client.get(reverse("import_file", args=[job.pk if job else ""])).content.decode()

    assert shown.index('value="save"') < shown.index("<table>")
    assert shown.count('<th scope="row">') == 50


def test_the_templates_of_files_are_no_faces(hr_client: Client) -> None:
    with translation.override("es"):
        assert translation.pgettext("file", "Templates") == "Plantillas"
    hr_client.cookies["django_language"] = "es"

    assert "Plantillas faciales" not in hr_client.get(reverse("imports")).content.decode()
