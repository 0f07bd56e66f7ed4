"""An access request holds everything: each table that names the person, their pictures, and who looked at them."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from attendance.services.clock import clock
from conftest import PASSWORD
from doors.models import Door
from doors.services import access_request as door_request
from employees.consent_texts import consent_text
from employees.models import Consent, Employee, User
from employees.services import EmployeeError, photo_read, pin_check
from privacy.services.erasure import biometrics_erase
from recognition.models import Decision, FaceTemplate
from recognition.services import identify
from recognition.tests.fake_engine import fake_photo
from webhooks.models import Webhook

pytestmark = pytest.mark.django_db


def written(number: str, folder: Path) -> zipfile.ZipFile:
    call_command("access_request", number, str(folder / "all.zip"), stdout=StringIO())
    return zipfile.ZipFile(folder / "all.zip")


def data_of(packed: zipfile.ZipFile) -> dict[str, Any]:
    return dict(json.loads(packed.read("data.json")))


def test_every_table_that_names_a_person_is_in_it(ana: Employee, tmp_path: Path) -> None:
    """By the models, and not by a list that somebody would have to keep."""
    naming = {
        relation.related_model._meta.label_lower
        for model in (Employee, User)
        for relation in model._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ForeignObjectRel)
        and relation.related_model is not None
        and relation.related_model not in (Employee, User)
    }
    # Many-to-many tables name a person in their own rows.
    naming |= {
        model._meta.label_lower
        for model in apps.get_models(include_auto_created=True)
        if model._meta.auto_created
        and any(getattr(field, "related_model", None) in (Employee, User) for field in model._meta.concrete_fields)
    }
    naming -= {
        model._meta.label_lower
        for model in apps.get_models()
        # A many-to-many's far side is named by the table between the two.
        if not any(getattr(field, "related_model", None) in (Employee, User) for field in model._meta.concrete_fields)
    }
    tables = data_of(written("1001", tmp_path))["tables"]
    assert naming <= set(tables)
    assert {"employees.consent", "recognition.facetemplate", "recognition.decision", "doors.accessevent"} <= naming
    assert {"employees.employee", "employees.user", "common.auditentry", "axes.accesslog"} <= set(tables)


def test_every_table_that_hangs_on_a_row_about_a_person_is_in_it_too(ana: Employee, tmp_path: Path) -> None:
    """A lock's pulse belongs to a passage, a challenge to a recognition: neither names the person itself."""
    about = {
        model
        for model in apps.get_models(include_auto_created=True)
        if any(
            isinstance(field, models.ForeignKey) and field.remote_field.model is Employee
            for field in model._meta.concrete_fields
        )
    }
    hanging = {
        model._meta.label_lower
        for model in apps.get_models(include_auto_created=True)
        if any(
            isinstance(field, models.ForeignKey) and field.remote_field.model in about - {Employee}
            for field in model._meta.concrete_fields
        )
    }
    assert {"doors.doorpulse", "recognition.livenesschallenge", "attendance.repeatedlook"} <= hanging
    # Accounts are people's own rows, and named by the employee's.
    assert hanging - {"employees.user"} <= set(data_of(written("1001", tmp_path))["tables"])


def test_wherever_the_database_has_the_person_s_number_or_name_the_zip_has_rows(
    hr_client: Client,
    client: Client,
    colleague: User,
    enrolled_ana: Employee,
    tmp_path: Path,
) -> None:
    """Text that names somebody without a foreign key is found as well: by looking for it in every table."""
    ana = enrolled_ana
    ana.number, ana.last_name, ana.email, ana.user = "Q7731", "Quispevalle", "q7731@example.com", colleague
    Employee.objects.filter(user=colleague).update(user=None)
    ana.save()
    User.objects.filter(pk=colleague.pk).update(username="u7731", email=ana.email, last_name=ana.last_name)
    colleague.refresh_from_db()
    Webhook.objects.create(name="Payroll", url="https://payroll.example/", events=["punch"], sealed_secret=b"x")
    door = Door.objects.create(name="Store")
    seen = identify(images=[fake_photo(1)], asker=Decision.Asker.API).decision
    clock(
        employee=ana, direction="in", at=timezone.now(), zone="UTC", method="face", decision=seen, idempotency_key="k"
    )
    door_request(door=door, employee=ana, method="face", decision=seen, key="d")
    page = reverse("admin:employees_employee_change", args=[ana.pk])
    form = hr_client.get(page).context["adminform"].form
    hr_client.post(page, {**{name: form.initial.get(name) or "" for name in form.fields}, "first_name": "Anabel"})
    client.post(reverse("login"), {"username": "u7731", "password": "wrong"})
    client.post(reverse("login"), {"username": "u7731", "password": PASSWORD})
    client.get(reverse("own_data"))
    with pytest.raises(EmployeeError):
        pin_check(number="Q7731", pin="000000")
    named = {
        model._meta.label_lower
        for model in apps.get_models(include_auto_created=True)
        for row in model._default_manager.values_list()
        if any(mark in str(value) for value in row for mark in ("Q7731", "Quispevalle", "u7731", "q7731@"))
    }
    assert {"employees.employee", "common.auditentry", "employees.pintries", "axes.accesslog"} <= named
    tables = data_of(written("Q7731", tmp_path))["tables"]
    assert {name for name in named if not tables.get(name)} == set()


def test_the_page_says_names_and_not_the_keys_of_rows(
    enrolled_ana: Employee, ben: Employee, hr: User, tmp_path: Path
) -> None:
    Consent.objects.update(recorded_by=hr, text=consent_text(language="en"))
    Decision.objects.create(asker="kiosk", outcome="unknown", employee=enrolled_ana, runner_up=ben)
    packed = written("1001", tmp_path)
    page = packed.read("index.html").decode()
    assert "Policy version" in page
    assert "nobody may put you at a disadvantage" in page
    assert "another person" in page
    assert ben.first_name not in page, "whose face is alike is nobody's to know"
    assert "None" not in page.replace(">None<", "")


def test_rows_pictures_and_who_looked_are_in_it_and_no_secret_is(
    enrolled_ana: Employee, ben: Employee, hr_client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.KEEP_IMAGES = True
    Consent.objects.update(pictures=True)
    seen = identify(images=[fake_photo(1)], asker=Decision.Asker.API).decision
    photo = enrolled_ana.photos.all()[0]
    hr_client.get(reverse("photo_chip", args=[photo.pk]))
    packed = written("1001", tmp_path)
    content = data_of(packed)
    tables = content["tables"]
    assert [one["id"] for one in tables["recognition.decision"]] == [str(seen.pk)]
    assert len(tables["employees.enrolmentphoto"]) == 3
    assert len(tables["recognition.facetemplate"]) == FaceTemplate.objects.filter(employee=enrolled_ana).count()
    assert photo_read(photo) in [packed.read(name) for name in content["pictures"]]
    assert sorted(name.split("/")[0] for name in content["pictures"]) == ["faces"] * 3 + ["photos"] * 3 + [
        "recognitions"
    ]
    page = packed.read("index.html").decode()
    assert "user hr" in page
    assert "face.read" in page
    assert all(name in page for name in content["pictures"])
    everything = json.dumps(content)
    assert enrolled_ana.pin_hash not in everything
    assert ben.first_name not in everything


def test_after_an_erasure_no_picture_is_left_and_the_erasure_stands_in_it(
    enrolled_ana: Employee, tmp_path: Path
) -> None:
    biometrics_erase(employee=enrolled_ana, cause="hr")
    content = data_of(written("1001", tmp_path))
    assert content["pictures"] == []
    assert len(content["tables"]["privacy.erasure"]) == 1


def test_hr_hands_it_out_from_the_page_which_is_recorded(hr_client: Client, ana: Employee) -> None:
    answer = hr_client.post(reverse("access_request", args=[ana.number]))
    assert zipfile.ZipFile(BytesIO(answer.content)).namelist() == ["data.json", "index.html"]
    assert data_of(zipfile.ZipFile(BytesIO(answer.content)))["person"]["number"] == "1001"


def test_a_person_gets_their_own(colleague_client: Client, client: Client) -> None:
    answer = colleague_client.post(reverse("own_access_request"))
    assert data_of(zipfile.ZipFile(BytesIO(answer.content)))["person"]["number"] == "2003"
    assert client.post(reverse("own_access_request")).status_code == 302


def test_nobody_else_gets_it(manager_client: Client, ana: Employee, tmp_path: Path) -> None:
    assert manager_client.post(reverse("access_request", args=[ana.number])).status_code == 403
    (tmp_path / "all.zip").write_bytes(b"there")
    with pytest.raises(CommandError, match="there already"):
        call_command("access_request", "1001", str(tmp_path / "all.zip"))
