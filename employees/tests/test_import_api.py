"""``/api/v1/imports``: a program sends a file, answers what is asked, and learns how it ended."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from employees.models import ApiKey, Department, Employee, Import, User
from employees.services.imports import import_run

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/imports"


@pytest.fixture
def key(hr: User) -> Any:
    """Made by somebody of HR."""
    made: Any
    made, made_text = ApiKey.objects.create_key(name="HR system", scopes=["imports:write"], created_by=hr)
    made.text = made_text
    return made


@pytest.fixture
def program(key: Any) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {key.text}")
    return client


def send(client: Any, *lines: str, kind: str = "people", **more: str) -> Any:
    file = SimpleUploadedFile("people.csv", "\r\n".join(lines).encode())
    return client.post(ADDRESS, {"kind": kind, "file": file, **more})


def test_a_file_without_questions_is_stored_by_the_worker(program: APIClient, hr: User) -> None:
    answer = send(program, "number,first_name,department", "3001,Bo,Workshop")
    sent = answer.json()
    assert (answer.status_code, sent["state"], sent["counts"]["new"]) == (201, "waiting", 1)
    assert not Employee.objects.exists()

    import_run(job_id=sent["id"])

    done = program.get(f"{ADDRESS}/{sent['id']}").json()
    assert (done["state"], done["done"], done["total"], done["problems"]) == ("done", 1, 1, [])
    assert Employee.objects.get().department == Department.objects.get(name="Workshop")
    assert Import.objects.get().by == hr


def test_what_is_asked_is_answered_and_what_is_refused_is_told_by_line(program: APIClient, ana: Employee) -> None:
    asked = send(program, "number,first_name,hired_on", "01001,Ana,12/11/2026", "3001,,13/11/2026").json()

    assert asked["state"] == "open"
    assert [(one["key"], one["lines"]) for one in asked["questions"]] == [("alike:01001", [2])]
    assert [one["line"] for one in asked["refused"]] == [3]
    address = f"{ADDRESS}/{asked['id']}"
    still = program.post(address, {"answers": {"alike:01001": "=known"}}, format="json").json()
    assert (still["state"], still["questions"][0]["answer"]) == ("open", "=known")
    assert program.delete(address).status_code == 200
    assert program.get(address).status_code == 404


def test_which_is_the_day_is_asked_where_no_line_tells_whatever_the_language(program: APIClient) -> None:
    program.defaults["HTTP_ACCEPT_LANGUAGE"] = "es"
    asked = send(program, "número,nombre,fecha de ingreso", "3001,Bo,05/11/2026").json()
    assert (asked["state"], [one["key"] for one in asked["questions"]]) == ("open", ["dates"])

    said = program.post(f"{ADDRESS}/{asked['id']}", {"answers": {"dates": "mdy"}}, format="json").json()

    assert said["state"] == "waiting"
    import_run(job_id=said["id"])
    assert f"{Employee.objects.get().hired_on}" == "2026-05-11"


def test_looking_stores_nothing(program: APIClient, db: None) -> None:
    assert send(program, "number,first_name", "3001,Bo", dry_run="true").json()["state"] == "open"


def test_a_key_imports_for_somebody_of_hr_alone_and_never_punches(program: APIClient, key: ApiKey, hr: User) -> None:
    punches = send(program, "employee,at", "1001,2026-11-02 08:00", kind="punches")
    assert (punches.status_code, punches.json()["code"]) == (403, "key_cannot_sign")
    hr.role = User.Role.EMPLOYEE
    hr.save()
    left = send(program, "number,first_name", "3001,Bo")
    assert (left.status_code, left.json()["code"]) == (403, "key_without_person")
    assert not Import.objects.exists()


def test_hr_sends_punches_and_other_roles_nothing(hr_client: Client, manager_client: Client, ana: Employee) -> None:
    assert send(hr_client, "employee,at", "1001,2026-11-02 08:00", kind="punches").status_code == 201
    assert send(manager_client, "number,first_name", "3001,Bo").status_code == 403


def test_a_file_that_is_none_and_a_field_that_is_none_are_refused(program: APIClient, db: None) -> None:
    assert send(program, "first_name", "Bo").json()["code"]
    wrong = send(program, "number,first_name", "3001,Bo", kind="birthdays", colour="red")
    assert wrong.status_code == 400
    assert not Import.objects.exists()
