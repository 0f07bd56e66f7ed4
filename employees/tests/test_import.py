"""A file of people: the preview says what becomes of each line, questions are asked, and a worker stores it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from employees.models import Department, Employee, Import
from employees.services import imports, pin_check
from employees.services.imports import import_run, import_sweep
from employees.tests.employment_kit import employ
from employees.tests.import_kit import imported, page, plan_of, save, upload, upload_bytes

pytestmark = pytest.mark.django_db
HEAD = "number,first_name,last_name,department,manager,time_zone,hired_on,pin"


def test_the_preview_stores_nothing_and_the_confirmation_stores_what_it_showed(
    hr_client: Client, ana: Employee
) -> None:
    job, text = upload(
        hr_client,
        HEAD,
        "3001,Íñigo,Núñez,Workshop,1001,Europe/Madrid,2025-03-01,471108",
        "1001,,Demo Neu,Workshop,,,,",
    )
    assert "New: 1. Changed: 1." in text
    assert "1 March 2025" in text
    assert "471108" not in text
    assert Employee.objects.count() == 1

    done = save(hr_client, job)

    assert (done.state, done.problems, bytes(done.sealed)) == ("done", [], b"")
    hired = Employee.objects.get(number="3001")
    assert (hired.name, hired.department, hired.manager) == ("Íñigo Núñez", ana.department, ana)
    assert (hired.time_zone, hired.hired_on) == ("Europe/Madrid", date(2025, 3, 1))
    assert pin_check(number="3001", pin="471108") == hired
    ana.refresh_from_db()
    assert ana.last_name == "Demo Neu"


def test_each_change_is_shown_with_what_was_before(hr_client: Client, ana: Employee) -> None:
    Employee.objects.filter(pk=ana.pk).update(email="old@example.com")

    _job, text = upload(hr_client, "number,first_name,email", "1001,Ana,new@example.com")

    assert "E-mail: old@example.com → new@example.com" in text


def test_an_empty_cell_takes_nothing_away_from_somebody_who_is_known(hr_client: Client, ana: Employee) -> None:
    employ(ana, hired_on=date(2020, 1, 1), time_zone="Europe/Madrid", email="ana@example.com")
    head = "number,first_name,last_name,email,department,manager,time_zone,hired_on"

    imported(hr_client, head, "1001,Ana,Demo,new@example.com,,,,")

    ana = Employee.objects.get(pk=ana.pk)
    assert (ana.email, ana.time_zone, ana.hired_on) == ("new@example.com", "Europe/Madrid", date(2020, 1, 1))
    assert ana.department is not None


def test_of_known_people_a_file_needs_nothing_but_the_number_and_what_changes(hr_client: Client, ana: Employee) -> None:
    job, text = upload(hr_client, "number,email", "1001,new@example.com", "3001,bo@example.com")
    assert "first_name: This cell is empty." in text
    assert job is not None

    imported(hr_client, "number,email", "1001,new@example.com")

    ana.refresh_from_db()
    assert (ana.name, ana.email) == ("Ana Demo", "new@example.com")


def test_columns_are_found_by_name_in_spanish_and_others_are_kept_aside(hr_client: Client, ana: Employee) -> None:
    job, text = upload(
        hr_client,
        "Planilla de personal 2026",
        "",
        "N°;APELLIDO PATERNO;Apellido Materno;Nombres;Fecha de Ingreso;Área;Jefe inmediato;Talla;;",
        "3001;Quispe;Mamani;María;31/01/2026;Almacén;Ana Demo;M;;",
        encoding="cp1252",
    )
    assert "leaves them out: Talla" in text
    assert "New departments that will be made: Almacén." in text

    save(hr_client, job)

    hired = Employee.objects.get(number="3001")
    assert (hired.name, hired.hired_on, hired.manager) == ("María Quispe Mamani", date(2026, 1, 31), ana)
    assert hired.department == Department.objects.get(name="Almacén")


def test_two_headings_of_one_column_are_refused(hr_client: Client) -> None:
    _job, text = upload(hr_client, "number,first_name,email,correo", "3001,Bo,a@example.com,b@example.com")

    assert "email, correo mean the same column" in text


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("3 001,Bo,,,,,,", "number: Use letters, digits, dots, dashes and underscores."),
        ("3001,,,,,,,", "first_name: This cell is empty."),
        ("3001,Bo,,,9999,,,", "manager: There is no “9999” here"),
        ("3001,Bo,,-,,,,", "department: “-” is no name."),
        ("3001,Bo,,,3001,,,", "Nobody is their own manager."),
        ("3001,Bo,,,,Mars/Base,,", "Mars/Base is not a time zone."),
        ("3001,Bo,,,,,soon,", "hired_on: “soon” is no day."),
        ("3001,Bo,,,,,31/02/2026,", "hired_on: “31/02/2026” is no day."),
        ("3001,Bo,,,,,,12", "A PIN has 6 to 8 digits."),
        ("3001,Bo,,,,,,123456", "This PIN is easily guessed."),
        ("3001,B\x00o,,,,,,", "first_name: It holds a character that cannot be stored"),
        ("3001,Bo,,,,,,,extra", "There are more cells than headings."),
    ],
)
def test_one_refused_line_refuses_the_file_and_says_why(
    hr_client: Client, department: Department, row: str, said: str
) -> None:
    job, text = upload(hr_client, HEAD, "3000,Al,,Workshop,,,,", row)

    assert said in text
    assert "Refused: 1" in text
    assert save(hr_client, job).state == "open"
    assert not Employee.objects.exists()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("first_name,last_name", "Ana,Bo"), "These columns are missing: number (Número)."),
        (("", ",,"), "The file is empty."),
        (("number,first_name", '3001,"Bo'), "its quotation marks do not match"),
    ],
)
def test_a_file_of_another_shape_is_refused(hr_client: Client, lines: tuple[str, ...], said: str) -> None:
    job, text = upload(hr_client, *lines)

    assert job is None
    assert said in text


def test_what_changed_since_the_preview_is_shown_again(hr_client: Client, ana: Employee) -> None:
    job, _text = upload(hr_client, "number,first_name,email", "1001,Ana,new@example.com")
    seen = plan_of(job).seen
    assert job is not None
    imports.import_confirm(job=job, seen=seen)
    Employee.objects.filter(pk=ana.pk).update(email="other@example.com")

    import_run(job_id=job.pk)

    assert "Something changed since the preview: nothing was saved." in page(hr_client, job)
    ana.refresh_from_db()
    assert ana.email == "other@example.com"


def test_a_worker_that_was_stopped_is_followed_by_one_that_goes_on(
    hr_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, _text = upload(
        hr_client, "number,first_name,manager", *(f"W{one:03},Ana,W000" for one in range(1, 45)), "W000,Bo,"
    )
    parts: list[int] = []

    def stop(seconds: float) -> None:
        parts.append(1)
        if len(parts) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr("employees.services.imports.time.sleep", stop)
    with pytest.raises(KeyboardInterrupt):
        save(hr_client, job)
    assert job is not None
    job.refresh_from_db()
    assert (job.state, job.done > 0, Employee.objects.count()) == ("running", True, job.done)

    Import.objects.filter(pk=job.pk).update(lease_until=timezone.now())
    import_run(job_id=job.pk)

    job.refresh_from_db()
    assert (job.state, job.problems) == ("done", [])
    assert Employee.objects.filter(manager__number="W000").count() == 44


def test_a_file_that_nobody_confirms_is_forgotten_after_a_day(hr_client: Client) -> None:
    upload(hr_client, "number,first_name", "3001,Al")
    Import.objects.update(created_at=timezone.now() - imports.UNCONFIRMED)

    import_sweep()

    assert not Import.objects.exists()


def test_a_discarded_file_leaves_nothing(hr_client: Client) -> None:
    job, _text = upload(hr_client, "number,first_name", "3001,Al")
    assert job is not None

    hr_client.post(reverse("import_file", kwargs={"key": job.pk}), {"do": "discard"})

    assert not Import.objects.exists()


@pytest.mark.parametrize("role", ["manager_client", "colleague_client", "client"])
@pytest.mark.parametrize("name", ["imports", "import_file", "import_template"])
def test_nobody_but_hr_imports(role: str, name: str, hr_client: Client, request: pytest.FixtureRequest) -> None:
    job, _text = upload(hr_client, "number,first_name", "3001,Al")
    assert job is not None
    given: dict[str, dict[str, Any]] = {
        "imports": {},
        "import_file": {"key": job.pk},
        "import_template": {"kind": "people", "form": "csv"},
    }
    visitor: Client = request.getfixturevalue(role)

    got: Any = visitor.get(reverse(name, kwargs=given[name]), follow=True)

    assert got.status_code == 403 or got.redirect_chain[-1][0].startswith("/login/")


def test_a_file_hires_again_ends_and_leaves_alone_what_it_does_not_say(hr_client: Client, ana: Employee) -> None:
    employ(ana, hired_on=date(2020, 1, 1), time_zone="Europe/Madrid")
    head = "number,first_name,last_name,email,time_zone,hired_on,left_on"

    imported(hr_client, head, "1001,Ana,Demo,ana@example.com,,,2026-10-09")
    imported(hr_client, head, "1001,Ana,Demo,ana@example.com,,2026-11-23,")
    imported(hr_client, head, "1001,Ana,Demo,new@example.com,,,")

    ana.refresh_from_db()
    assert (ana.email, ana.time_zone) == ("new@example.com", "Europe/Madrid")
    assert list(ana.employment.values_list("hired_on", "left_on")) == [
        (date(2020, 1, 1), date(2026, 10, 9)),
        (date(2026, 11, 23), None),
    ]


@pytest.mark.django_db(transaction=True)
def test_pins_are_hashed_before_the_transaction_in_which_nobody_could_clock(
    hr_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside: list[bool] = []

    def hashing(*args: Any, **kwargs: Any) -> str:
        inside.append(connection.in_atomic_block)
        return make_password(*args, **kwargs)

    monkeypatch.setattr("employees.services.people.make_password", hashing)
    imported(hr_client, HEAD, "3001,Carla,,,,,,471108", "3002,Dora,,,,,,471109")

    assert Employee.objects.filter(number__in=["3001", "3002"]).exclude(pin_hash="").count() == 2
    assert inside == [False, False]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", ["people", "shifts", "assignments", "punches"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_each_template_is_read_as_what_it_is(hr_client: Client, kind: str, form: str, language: str) -> None:
    from common.spreadsheets import read_sheet
    from employees.importing.columns import match, rated
    from employees.importing.registry import KINDS

    hr_client.cookies["django_language"] = language
    content = hr_client.get(reverse("import_template", kwargs={"kind": kind, "form": form})).content
    columns = KINDS[kind].columns

    sheet = read_sheet(content, rate=lambda headings: sum(bool(one) for one in headings))

    table = match(sheet, columns)
    assert (table.present, table.aside) == ([column.name for column in columns], [])
    assert rated(columns)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, "This is a picture, not a table"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\x00" * 40, "This is a picture, not a table"),
        (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 40, "This is a picture, not a table"),
        (b"%PDF-1.7\n", "This is a PDF, not a table"),
    ],
)
def test_a_file_that_is_no_table_is_named(hr_client: Client, content: bytes, said: str) -> None:
    job, text = upload_bytes(hr_client, content, name="list.xlsx")

    assert job is None
    assert said in text


def test_a_table_that_begins_with_the_letters_of_a_picture_is_read(hr_client: Client) -> None:
    job, _text = upload(hr_client, "BM,number,first_name", "1,3001,Bo")

    assert job is not None


def test_an_accent_in_an_address_is_named(hr_client: Client) -> None:
    _job, text = upload(hr_client, "number,first_name,email", "3001,María,maría@example.com")

    assert "“í” cannot stand in an e-mail address" in text


def test_what_comes_after_people_were_saved_is_shown(hr_client: Client) -> None:
    job, _text = upload(hr_client, HEAD, "3001,Bo,Demo,,,,2025-03-01,")
    save(hr_client, job)

    assert "What comes next" in page(hr_client, job)
