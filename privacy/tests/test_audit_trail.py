"""Who looked at a face, exported, changed or logged in stands in the audit trail, and HR can search it."""

from __future__ import annotations

from datetime import date
from io import StringIO
from unittest.mock import patch

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from attendance.services.periods import period_create, period_lock
from common import audit
from common.chain import chain_extend
from common.models import AuditEntry, ChainLink
from common.testing import together
from conftest import PASSWORD
from employees.models import Department, Employee, User
from employees.tests.import_kit import save, upload
from privacy.models import Erasure, LegalHold

pytestmark = pytest.mark.django_db


def entries(act: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(act=act))


def test_a_look_at_a_face_is_recorded(hr_client: Client, enrolled_ana: Employee) -> None:
    photo = enrolled_ana.photos.all()[0]
    assert hr_client.get(reverse("photo_chip", args=[photo.pk]), REMOTE_ADDR="10.0.0.7").status_code == 200
    (entry,) = entries("face.read")
    assert (entry.actor, entry.subject, entry.object) == ("user hr", "1001", f"photo {photo.pk}")
    assert (entry.address, entry.zone) == ("10.0.0.7", "UTC")


def test_who_is_refused_looked_at_nothing(colleague_client: Client, enrolled_ana: Employee) -> None:
    photo = enrolled_ana.photos.all()[0]
    assert colleague_client.get(reverse("photo_chip", args=[photo.pk])).status_code == 403
    assert entries("face.read") == []


def test_a_change_of_a_person_is_recorded_with_before_and_after(hr_client: Client, ana: Employee) -> None:
    page = reverse("admin:employees_employee_change", args=[ana.pk])
    form = hr_client.get(page).context["adminform"].form
    given = {name: form.initial.get(name) or "" for name in form.fields}
    hr_client.post(page, {**given, "last_name": "Rivera", "pin": "846152"})
    (entry,) = [one for one in entries("employee.changed") if "last_name" in one.details]
    assert entry.details["last_name"] == ["Demo", "Rivera"]
    assert (entry.actor, entry.subject) == ("user hr", "1001")
    assert "846152" not in str([one.details for one in AuditEntry.objects.all()])


def test_the_page_shows_before_and_after_in_the_words_of_the_pages(
    hr_client: Client, ana: Employee, other_department: Department
) -> None:
    page = reverse("admin:employees_employee_change", args=[ana.pk])
    form = hr_client.get(page).context["adminform"].form
    given = {name: form.initial.get(name) or "" for name in form.fields}
    hr_client.post(page, {**given, "last_name": "Rivera", "language": "es"})
    said = " ".join(hr_client.get(reverse("audit_trail"), {"subject": "1001"}).content.decode().split())
    assert "Last name: Demo → Rivera" in said
    assert "Employee: changed" in said
    spanish = hr_client.get(reverse("audit_trail"), {"subject": "1001"}, HTTP_ACCEPT_LANGUAGE="es").content.decode()
    assert "Apellidos: Demo → Rivera" in " ".join(spanish.split())


def test_a_changed_department_is_named_and_not_numbered(
    hr_client: Client, ana: Employee, other_department: Department
) -> None:
    with audit.acting("user hr"):
        ana.department = other_department
        ana.save()
    (entry,) = [one for one in entries("employee.changed") if "department" in one.details]
    assert entry.details["department"][1] == str(other_department)


def test_rights_passwords_and_logins_are_recorded(hr_client: Client, colleague: User, client: Client) -> None:
    page = reverse("admin:employees_user_change", args=[colleague.pk])
    form = hr_client.get(page).context["adminform"].form
    given = {name: value for name in form.fields if name != "password" and (value := form.initial.get(name))}
    hr_client.post(page, {**given, "role": "manager", "is_active": "on"})
    assert entries("user.changed")[0].details["role"] == ["employee", "manager"]
    client.post(reverse("login"), {"username": "colleague", "password": "wrong"})
    client.post(reverse("login"), {"username": "colleague", "password": PASSWORD})
    assert entries("login.failed")[0].object == f"user {colleague.pk}"
    assert [one.actor for one in entries("login")].count("user colleague") == 1
    assert PASSWORD not in str([one.details for one in AuditEntry.objects.all()])


def test_an_export_is_recorded_with_its_address(colleague_client: Client, colleague: User) -> None:
    assert colleague_client.get(reverse("own_data")).status_code == 200
    (entry,) = entries("export")
    assert (entry.actor, entry.object) == ("user colleague", "presente-2003.json")
    assert entry.details["address"] == reverse("own_data")


def test_a_deleted_photo_is_recorded_with_whose_it_was(hr_client: Client, enrolled_ana: Employee) -> None:
    photo = enrolled_ana.photos.all()[0]
    hr_client.post(reverse("photo_delete", args=[photo.pk]))
    assert not enrolled_ana.photos.filter(pk=photo.pk).exists()
    (entry,) = entries("enrolmentphoto.deleted")
    assert (entry.actor, entry.subject, entry.object) == ("user hr", "1001", f"enrolmentphoto {photo.pk}")


def test_people_who_were_imported_are_recorded_and_a_preview_is_not(hr_client: Client, department: Department) -> None:
    job, _text = upload(hr_client, "number,first_name,last_name", "3001,Rita,Gil", "3002,Tom,Gil")
    assert entries("employee.added") == []
    save(hr_client, job)
    assert {(one.actor, one.subject) for one in entries("employee.added")} == {
        ("user hr", "3001"),
        ("user hr", "3002"),
    }


def test_a_lock_is_recorded_with_before_and_after(hr_client: Client, hr: User) -> None:
    with audit.acting("user hr"):
        period = period_create(first=date(2026, 1, 1), last=date(2026, 1, 31), by=hr)
        period_lock(period=period, by=hr, reason="January")
    (entry,) = [one for one in entries("period.changed") if "state" in one.details]
    assert entry.details["state"] == ["open", "locked"]


def test_hr_erases_from_the_page_and_finds_the_trace(hr_client: Client, enrolled_ana: Employee) -> None:
    page = reverse("privacy_person", args=[enrolled_ana.number])
    assert "Erase biometrics" in hr_client.get(page).content.decode()
    ask = reverse("privacy_erase", args=[enrolled_ana.number])
    assert "cannot be undone" in hr_client.get(ask).content.decode()
    hr_client.post(ask)
    erasure = Erasure.objects.get()
    assert erasure.requested_by is not None
    assert not enrolled_ana.photos.exists()
    for form, begin in (("pdf", b"%PDF"), ("json", b"{")):
        answer = hr_client.get(reverse("erasure_receipt", args=[erasure.pk, form]))
        assert answer.content.startswith(begin)
    assert (
        "nothing that it names is left"
        in hr_client.post(reverse("erasure_verify", args=[erasure.pk]), follow=True).content.decode()
    )
    found = hr_client.get(reverse("audit_trail"), {"subject": "1001"}).content.decode()
    assert "erasure.added" in found
    assert "consent.changed" in found
    assert entries("audit.searched")[0].details == {"subject": "1001"}


def test_a_legal_hold_is_set_and_lifted_on_the_page(hr_client: Client, enrolled_ana: Employee) -> None:
    hold = reverse("privacy_hold", args=[enrolled_ana.number])
    hr_client.post(hold, {"reason": "court case 12"})
    hr_client.post(reverse("privacy_erase", args=[enrolled_ana.number]))
    assert enrolled_ana.photos.count() == 3
    hr_client.post(hold, {"do": "lift"})
    assert LegalHold.objects.filter(lifted_at=None).count() == 0


@pytest.mark.parametrize("name", ["privacy_person", "privacy_erase", "privacy_hold"])
def test_privacy_pages_are_hr_s_alone(name: str, manager_client: Client, client: Client, ana: Employee) -> None:
    address = reverse(name, args=[ana.number])
    assert manager_client.get(address).status_code == 403
    assert manager_client.post(address).status_code == 403
    assert client.get(address).status_code == 302


def test_the_audit_trail_opens_to_whoever_has_the_permission_and_is_changed_by_nobody(
    manager: User, manager_client: Client, hr_client: Client
) -> None:
    page = reverse("audit_trail")
    assert manager_client.get(page).status_code == 403
    manager.user_permissions.add(Permission.objects.get(codename="view_auditentry"))
    assert manager_client.get(page).status_code == 200
    assert hr_client.post(page).status_code == 405


def test_a_command_is_recorded_under_its_name(ana: Employee) -> None:
    with patch("sys.argv", ["manage.py", "erase_biometrics", "1001"]):
        call_command("erase_biometrics", "1001", stdout=StringIO())
    assert entries("erasure.added")[0].actor.startswith("command erase_biometrics by ")


@pytest.mark.django_db(transaction=True)
def test_the_chain_has_one_order_whoever_extends_it_at_the_same_time() -> None:
    for number in range(30):
        audit.record("export", object=str(number))
    assert [one for one in together(*[chain_extend] * 4) if isinstance(one, Exception)] == []
    numbers = list(ChainLink.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert ChainLink.objects.filter(table="common.auditentry").count() == 30
