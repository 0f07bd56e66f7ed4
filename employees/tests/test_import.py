"""People from a CSV file: the preview says what becomes of each row, and a file is all or nothing."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from employees.models import Department, Employee
from employees.services import pin_check

pytestmark = pytest.mark.django_db
HEAD = "number,first_name,last_name,department,manager,time_zone,hired_on,pin"


def preview(client: Client, *lines: str, page: str = "employees_employee", encoding: str = "utf-8") -> HttpResponse:
    file = SimpleUploadedFile("rows.csv", "\r\n".join(lines).encode(encoding), "text/csv")
    return client.post(  # type: ignore[return-value]
        reverse(f"admin:{page}_import"), {"format": "0", "resource": "", "import_file": file}
    )


def confirm(client: Client, answer: HttpResponse, page: str = "employees_employee") -> HttpResponse:
    form = answer.context["confirm_form"]  # type: ignore[attr-defined]
    return client.post(reverse(f"admin:{page}_process_import"), form.initial, follow=True)  # type: ignore[return-value]


def test_the_preview_stores_nothing_and_the_confirmation_stores_what_it_showed(
    hr_client: Client, ana: Employee
) -> None:
    seen = preview(
        hr_client,
        HEAD,
        "3001,Íñigo,Núñez,Workshop,1001,Europe/Madrid,2025-03-01,4711",
        "1001,Ana,Neu,Workshop,,,2026-01-01,",
    )
    assert "Changed" in seen.content.decode()
    assert "4711" not in seen.content.decode()
    assert Employee.objects.count() == 1

    confirm(hr_client, seen)

    hired = Employee.objects.get(number="3001")
    assert (hired.name, hired.department, hired.manager) == ("Íñigo Núñez", ana.department, ana)
    assert (hired.time_zone, hired.hired_on) == ("Europe/Madrid", date(2025, 3, 1))
    assert pin_check(number="3001", pin="4711") == hired
    ana.refresh_from_db()
    assert ana.last_name == "Neu"


def test_a_spreadsheet_s_semicolons_and_its_mark_are_understood(hr_client: Client, department: Department) -> None:
    seen = preview(hr_client, "number;first_name;department", "3001;Ana;Workshop", encoding="utf-8-sig")

    confirm(hr_client, seen)

    assert Employee.objects.get(number="3001").department == department


def test_columns_that_are_left_out_are_left_alone(hr_client: Client, ana: Employee) -> None:
    confirm(hr_client, preview(hr_client, "number,first_name,last_name", "1001,Anna,Demo"))

    ana.refresh_from_db()
    assert (ana.first_name, ana.department is not None) == ("Anna", True)


def test_an_unchanged_row_is_left_as_it_is(hr_client: Client, ana: Employee) -> None:
    seen = preview(hr_client, "number,first_name,last_name", "1001,Ana,Demo")

    assert "Unchanged" in seen.content.decode()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("3 001,Bo,,,,,,", "Use letters, digits, dots, dashes and underscores."),
        ("3001,,,,,,,", "This field cannot be blank."),
        ("3001,Bo,,Kitchen,,,,", "There is no “Kitchen” here."),
        ("3001,Bo,,,9999,,,", "There is no “9999” here."),
        ("3001,Bo,,,,Mars/Base,,", "Mars/Base is not a time zone."),
        ("3001,Bo,,,,,01.03.2025,", "hired_on"),
        ("3001,Bo,,,,,,12", "A PIN is 4 to 8 digits."),
    ],
)
def test_one_refused_row_refuses_the_file_and_says_why(
    hr_client: Client, department: Department, row: str, said: str
) -> None:
    seen = preview(hr_client, HEAD, "3000,Al,,Workshop,,,,", row)

    page = seen.content.decode()
    assert said in page
    assert "Refused" in page
    assert "confirm_form" not in seen.context  # type: ignore[attr-defined]
    assert not Employee.objects.exists()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("number,first_name,salary", "3001,Bo,1"), "No column is called salary."),
        (("number,last_name", "3001,Bo"), "These columns are missing: first_name."),
        (("number,first_name", "3001,Bo,extra"), "line 2 has 3 cells, the heading 2"),
        (("", ",,"), "the file is empty"),
    ],
)
def test_a_file_of_another_shape_is_refused(hr_client: Client, lines: tuple[str, ...], said: str) -> None:
    assert said in preview(hr_client, *lines).content.decode()


def test_a_file_that_is_no_text_is_refused(hr_client: Client) -> None:
    assert (
        "it is not UTF-8 text" in preview(hr_client, "number,first_name", "1,Ñu", encoding="latin-1").content.decode()
    )


def test_what_changed_since_the_preview_is_checked_again(hr_client: Client, department: Department) -> None:
    seen = preview(hr_client, "number,first_name,department", "3001,Al,Workshop", "3002,Bo,Workshop")
    department.delete()

    answer = confirm(hr_client, seen)

    assert "nothing was saved" in answer.content.decode()
    assert not Employee.objects.exists()


def test_a_confirmation_that_comes_too_late_is_told_so(hr_client: Client) -> None:
    seen = preview(hr_client, "number,first_name", "3001,Al")
    confirm(hr_client, seen)

    again = confirm(hr_client, seen)

    assert "no longer kept" in again.content.decode()
    assert Employee.objects.count() == 1


@pytest.mark.parametrize("role", ["manager_client", "colleague_client", "client"])
@pytest.mark.parametrize("page", ["employees_employee", "attendance_clockevent", "attendance_shiftassignment"])
def test_nobody_but_hr_imports(role: str, page: str, hr: object, request: pytest.FixtureRequest) -> None:
    visitor: Client = request.getfixturevalue(role)
    before = Employee.objects.count()

    for name in ("import", "process_import"):
        answer = visitor.post(reverse(f"admin:{page}_{name}"), {}, follow=True)
        assert answer.status_code == 403 or answer.redirect_chain[-1][0].startswith("/login/")
    assert Employee.objects.count() == before
