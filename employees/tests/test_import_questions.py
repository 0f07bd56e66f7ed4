"""What only a person knows of a file of people is asked: days, numbers, names and managers."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook

from employees.models import Employee
from employees.tests.employment_kit import employ
from employees.tests.import_kit import answer, imported, save, upload, upload_bytes

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("choice", "day"), [("dmy", date(2026, 11, 12)), ("mdy", date(2026, 12, 11))])
def test_a_day_that_could_be_read_both_ways_is_asked(hr_client: Client, choice: str, day: date) -> None:
    job, text = upload(hr_client, "number,first_name,hired_on", "3001,Bea,12/11/2026")
    assert "Which day is 12/11/2026?" in text
    assert "12 November 2026" in text
    assert "11 December 2026" in text
    assert save(hr_client, job).state == "open"

    answer(hr_client, job, dates=choice)
    save(hr_client, job)

    assert Employee.objects.get(number="3001").hired_on == day


def test_other_names_of_english_headings_do_not_say_that_the_day_comes_first(hr_client: Client) -> None:
    _job, text = upload(hr_client, "badge,given name,surname,hire date", "3001,Bea,Gil,12/11/2026")

    assert "Which day is 12/11/2026?" in text


def test_other_days_of_the_file_tell_how_to_read_it(hr_client: Client) -> None:
    job, text = upload(hr_client, "number,first_name,hired_on", "3001,Bea,12/11/2026", "3002,Bo,25/11/2026")
    assert "12 November 2026" in text

    save(hr_client, job)

    assert Employee.objects.get(number="3001").hired_on == date(2026, 11, 12)


def test_in_spanish_the_day_comes_first_and_is_shown_in_words_before(hr_client: Client) -> None:
    hr_client.cookies["django_language"] = "es"

    job, text = upload(hr_client, "número,nombre,fecha de ingreso", "3001,Bea,12/11/2026")

    assert "12 de noviembre de 2026" in text
    save(hr_client, job)
    assert Employee.objects.get(number="3001").hired_on == date(2026, 11, 12)


def test_portuguese_headings_are_found_and_have_the_day_first(hr_client: Client) -> None:
    imported(
        hr_client,
        "Matrícula;Nome do funcionário;Sobrenome;Data de admissão;Setor;Gestor;Fuso horário",
        "3001;João;Conceição;12/11/2026;Produção;3002;America/Sao_Paulo",
        "3002;Bea;Gil;13 de novembro de 2026;;;",
    )

    found = Employee.objects.get(number="3001")
    assert (found.name, found.hired_on) == ("João Conceição", date(2026, 11, 12))
    assert (str(found.department), found.time_zone) == ("Produção", "America/Sao_Paulo")
    assert found.manager == Employee.objects.get(number="3002")


def test_a_cell_in_which_a_formula_failed_is_refused(hr_client: Client) -> None:
    job, text = upload(hr_client, "number,first_name,last_name,department", "3001,Bea,#N/A,#¡REF!")

    assert "last_name: “#N/A” is a spreadsheet&#x27;s mistake. Correct the cell." in text
    assert "department: “#¡REF!” is a spreadsheet" in text
    assert save(hr_client, job).state == "open"


def test_managers_may_stand_below_their_people(hr_client: Client) -> None:
    job = imported(hr_client, "number,first_name,last_name,manager", "T020,Worker,One,T021", "T021,Boss,Two,")

    assert job.problems == []
    assert Employee.objects.get(number="T020").manager == Employee.objects.get(number="T021")


def test_a_manager_s_number_without_its_zeros_is_asked(hr_client: Client) -> None:
    job, text = upload(hr_client, "number,first_name,last_name,manager", "0020,Al,Uno,7", "0007,Jo,Dos,")
    assert "Nobody has the number “7”" in text

    answer(hr_client, job, {"manager:7": "=known"})
    save(hr_client, job)

    assert Employee.objects.get(number="0020").manager == Employee.objects.get(number="0007")


def test_dates_that_a_spreadsheet_may_have_swapped_are_named(hr_client: Client) -> None:
    book = Workbook()
    sheet = book.create_sheet("Personal", 0)
    for row in (["number", "first_name", "hired_on"], ["1", "Al", date(2026, 12, 11)], ["2", "Bo", "25/11/2026"]):
        sheet.append(row)
    target = io.BytesIO()
    book.save(target)

    _job, text = upload_bytes(hr_client, target.getvalue(), name="people.xlsx")

    assert "may have swapped day and month" in text


def test_a_manager_of_a_name_that_two_have_is_refused(hr_client: Client) -> None:
    head = "number,first_name,last_name,manager"
    _job, text = upload(hr_client, head, "1,Al,Uno,Jo Dos", "2,Jo,Dos,", "3,Jo,Dos,")

    assert "manager: Several people are called “Jo Dos”." in text


def test_the_same_number_twice_is_refused_by_line(hr_client: Client) -> None:
    job, text = upload(hr_client, "number,first_name,last_name", "T091,Uno,Alfa", "T091,Dos,Beta")

    assert text.count("Lines 2 and 3 have the same number") == 2
    assert save(hr_client, job).state == "open"


def test_the_same_line_twice_is_stored_once(hr_client: Client) -> None:
    job, text = upload(hr_client, "number,first_name", "T091,Uno", "T091,Uno")

    assert "The same as line 2." in text
    save(hr_client, job)
    assert Employee.objects.filter(number="T091").count() == 1


def test_a_known_number_with_another_name_is_asked_and_renamed(hr_client: Client, ana: Employee) -> None:
    job, text = upload(hr_client, "number,first_name,last_name", "1001,Ana,Quispe")
    assert "The number 1001 belongs to Ana Demo; the file says Ana Quispe. Who is it?" in text
    assert save(hr_client, job).state == "open"

    answer(hr_client, job, {"name:1001": "=renamed"})
    save(hr_client, job)

    ana.refresh_from_db()
    assert ana.name == "Ana Quispe"


def test_as_a_new_person_the_number_comes_along_and_the_face_does_not(
    hr_client: Client, enrolled_ana: Employee
) -> None:
    employ(enrolled_ana, hired_on=date(2020, 1, 1), left_on=date(2025, 12, 31))
    job, _text = upload(hr_client, "number,first_name,last_name,hired_on", "1001,Nueva,Persona,2026-02-01")
    text = answer(hr_client, job, {"name:1001": "=new"})
    assert "Ana Demo keeps their face and hours, under the number 1001-1." in text

    save(hr_client, job)

    new = Employee.objects.get(number="1001")
    assert (new.name, new.photos.count(), new.consents.count()) == ("Nueva Persona", 0, 0)
    enrolled_ana.refresh_from_db()
    assert (enrolled_ana.number, enrolled_ana.photos.exists()) == ("1001-1", True)


def test_the_number_of_somebody_who_still_works_is_not_given_away(hr_client: Client, ana: Employee) -> None:
    job, _text = upload(hr_client, "number,first_name,last_name", "1001,Nueva,Persona")

    text = answer(hr_client, job, {"name:1001": "=new"})

    assert "Ana Demo still works under this number." in text


@pytest.mark.parametrize(
    ("known", "typed"),
    [("00042", "42"), ("T001", "t001"), ("42", "４２"), ("42", "042"), ("T-001", "T1"), ("42", "42.0")],
)
def test_a_number_that_looks_like_a_known_one_is_asked(
    hr_client: Client, ana: Employee, known: str, typed: str
) -> None:
    Employee.objects.filter(pk=ana.pk).update(number=known)
    job, text = upload(hr_client, "number,first_name,last_name", f"{typed},Ana,Demo Neu")
    assert f"Nobody has the number “{typed}”" in text

    answer(hr_client, job, {"alike:": "=known"})
    save(hr_client, job)

    assert list(Employee.objects.values_list("number", "last_name")) == [(known, "Demo Neu")]


def test_one_answer_counts_for_all_questions_of_a_kind_also_those_not_shown(hr_client: Client) -> None:
    for number in range(120):
        Employee.objects.create(number=f"000{number + 100}", first_name="Ana", last_name="Demo")
    job, text = upload(
        hr_client, "number,first_name,email", *(f"{one + 100},Ana,{one}@example.com" for one in range(120))
    )
    assert "And 20 more" in text
    assert job is not None

    hr_client.post(reverse("import_file", kwargs={"key": job.pk}), {"do": "answer", "all-0": "=known"})
    save(hr_client, job)

    assert set(Employee.objects.values_list("email", flat=True)) == {f"{one}@example.com" for one in range(120)}


def test_a_whole_name_in_one_column_is_the_known_person_s(hr_client: Client, ana: Employee) -> None:
    imported(hr_client, "Número;Nombre completo;Correo", "1001;Demo Ana;a@example.com")

    ana.refresh_from_db()
    assert (ana.first_name, ana.last_name, ana.email) == ("Ana", "Demo", "a@example.com")


def test_it_may_be_a_new_person_all_the_same(hr_client: Client, ana: Employee) -> None:
    Employee.objects.filter(pk=ana.pk).update(number="00042")
    job, _text = upload(hr_client, "number,first_name,last_name", "42,Bo,Otro")

    answer(hr_client, job, {"alike:42": "=new"})
    save(hr_client, job)

    assert set(Employee.objects.values_list("number", flat=True)) == {"00042", "42"}


def test_numbers_that_look_alike_within_a_file_are_asked(hr_client: Client) -> None:
    job, text = upload(hr_client, "number,first_name", "00042,Ana", "42,Bo")
    assert "42 looks like 00042 of line 2. Are these two people?" in text

    answer(hr_client, job, {"alike:42": "=new"})
    save(hr_client, job)

    assert Employee.objects.count() == 2
