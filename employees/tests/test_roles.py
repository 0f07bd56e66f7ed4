"""What each role sees and changes, what keys are limited to, and the trace of whoever reads everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from common.models import AuditEntry
from employees.access import may_decide, visible_employees
from employees.models import ApiKey, Department, Employee, EnrolmentPhoto, Site, User
from employees.services import employee_create
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], Client]


def seen(user: User) -> set[str]:
    return set(visible_employees(user).values_list("number", flat=True))


def test_payroll_and_auditors_see_everybody_and_decide_nothing(
    payroll: User, auditor: User, ana: Employee, ben: Employee
) -> None:
    for user in (payroll, auditor):
        assert seen(user) == {"1001", "1002"}
        assert not may_decide(user, ana)


def test_it_sees_nobodys_hours(technician: User, ana: Employee) -> None:
    assert seen(technician) == set()


def test_branch_hr_looks_after_its_own_departments(
    branch_hr: User, client_of: ClientOf, ana: Employee, ben: Employee
) -> None:
    client = client_of(branch_hr)
    assert seen(branch_hr) == {"1001"}
    assert (may_decide(branch_hr, ana), may_decide(branch_hr, ben)) == (True, False)
    page = client.get(reverse("admin:employees_employee_changelist")).text
    assert "Ana Demo" in page
    assert "Ben Demo" not in page
    for name in ("change", "badge"):
        assert client.get(reverse(f"admin:employees_employee_{name}", args=[ana.pk])).status_code == 200
        assert client.get(reverse(f"admin:employees_employee_{name}", args=[ben.pk]), follow=True).status_code == 403
        assert client.post(reverse(f"admin:employees_employee_{name}", args=[ben.pk])).status_code == 302
    assert client.get("/people/1001/enrol/").status_code == 200
    assert client.get("/people/1002/enrol/").status_code == 404
    ben.refresh_from_db()
    assert ben.badge_hash == ""


def test_branch_hr_is_not_told_whom_of_elsewhere_a_face_looks_like(
    branch_hr: User, client_of: ClientOf, ana: Employee, ben: Employee, hr: User
) -> None:
    photo = EnrolmentPhoto.objects.create(
        employee=ana,
        state=EnrolmentPhoto.State.REJECTED,
        reasons=[{"code": "resembles", "value": 0.4, "limit": 0.6}],
        resembles=ben,
        resembles_distance=0.4,
    )
    pages = [f"/people/{ana.number}/enrol/", reverse("enrol_progress", args=[ana.number])]
    pages += [reverse("face_person", args=[ana.number])]
    pages += [reverse("admin:employees_enrolmentphoto_change", args=[photo.pk])]
    for address in pages:
        seen_by = {user.username: client_of(user).get(address).text for user in (branch_hr, hr)}
        assert "Ben Demo" not in seen_by["branch"], address
        if "/faces/" not in address:
            assert "Ben Demo" in seen_by["hr"], address


def test_branch_hr_hires_into_its_own_departments_and_gives_no_accounts(
    branch_hr: User, client_of: ClientOf, department: Department, other_department: Department, hr: User
) -> None:
    client, address = client_of(branch_hr), reverse("admin:employees_employee_add")
    new: dict[str, Any] = {"number": "77", "first_name": "Zoe", "time_zone": "UTC", "hired_on": "2026-01-02"}
    for elsewhere in ({}, {"department": other_department.pk}):
        assert client.post(address, new | elsewhere).status_code == 200
    assert client.post(address, new | {"department": department.pk, "user": hr.pk}).status_code == 302
    zoe = Employee.objects.get(number="77")
    assert (zoe.department, zoe.user) == (department, None)


def test_a_group_adds_permissions_to_a_role(colleague: User, client_of: ClientOf) -> None:
    client, kiosks = client_of(colleague), reverse("admin:attendance_kiosk_changelist")
    assert client.get(kiosks, follow=True).status_code == 403
    group = Group.objects.create(name="Reception")
    group.permissions.add(Permission.objects.get(codename="view_kiosk", content_type__app_label="attendance"))
    colleague.groups.add(group)
    assert client.get(kiosks).status_code == 200
    assert client.get(reverse("admin:attendance_kiosk_add"), follow=True).status_code == 403
    assert client.get(reverse("admin:employees_employee_changelist"), follow=True).status_code == 403


def test_what_an_auditor_reads_leaves_a_trace(auditor: User, client_of: ClientOf, hr_client: Client) -> None:
    client_of(auditor).get("/attendance/day/?date=2026-11-02")
    hr_client.get("/attendance/day/")
    trace = AuditEntry.objects.get(act="page.read")
    assert (trace.actor, trace.object) == ("user auditor", "/attendance/day/?date=2026-11-02")


@pytest.fixture
def workshop_key(department: Department) -> APIClient:
    row, key = ApiKey.objects.create_key(name="workshop", scopes=["attendance:read", "attendance:write"])
    assert isinstance(row, ApiKey)
    row.departments.add(department)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {key}")
    return client


def test_a_key_of_a_department_knows_nobody_else(workshop_key: APIClient, ana: Employee, ben: Employee) -> None:
    found = workshop_key.get("/api/v1/people").json()["results"]
    assert [row["number"] for row in found] == ["1001"]
    for number, expected in (("1001", 201), ("1002", 422)):
        content = {"employee": number, "direction": "in"}
        answer = workshop_key.post(
            "/api/v1/attendance/events", content, format="json", HTTP_IDEMPOTENCY_KEY=f"key-{number}"
        )
        assert answer.status_code == expected, answer.json()
    found = workshop_key.get("/api/v1/attendance/events").json()["results"]
    assert [row["employee"]["number"] for row in found] == ["1001"]


def test_a_key_of_a_site_knows_who_works_there_alone(
    workshop_key: APIClient, department: Department, ana: Employee, ben: Employee
) -> None:
    """With departments as well: whoever is of one of them and works there."""
    here = Site.objects.create(name="La Paz")
    employee_create(number="1003", first_name="Eva", last_name="Demo", department=department, site=here)
    employ(ben, site=here)
    key = ApiKey.objects.get()
    key.sites.add(here)
    assert [row["number"] for row in workshop_key.get("/api/v1/people").json()["results"]] == ["1003"]
    key.departments.clear()
    assert [row["number"] for row in workshop_key.get("/api/v1/people").json()["results"]] == ["1002", "1003"]
    answer = workshop_key.post(
        "/api/v1/attendance/events",
        {"employee": "1001", "direction": "in"},
        format="json",
        HTTP_IDEMPOTENCY_KEY="key-1001",
    )
    assert answer.status_code == 422


def test_a_key_works_from_its_own_addresses_alone(workshop_key: APIClient, ana: Employee) -> None:
    ApiKey.objects.update(addresses=["10.0.0.0/8", "127.0.0.1"])
    assert workshop_key.get("/api/v1/people").status_code == 200
    answer = workshop_key.get("/api/v1/people", REMOTE_ADDR="192.0.2.1")
    assert (answer.status_code, answer.json()["code"]) == (401, "key_address")
    for other, status in (("::ffff:10.1.2.3", 200), ("", 401), ("unix:", 401)):
        assert workshop_key.get("/api/v1/people", REMOTE_ADDR=other).status_code == status
    with pytest.raises(ValidationError, match="no network"):
        ApiKey(name="x", scopes=[], addresses=["office"]).clean()


def test_a_program_signs_nothing(workshop_key: APIClient, ana: Employee) -> None:
    for address in ("absences", "corrections/entered", "overtime"):
        answer = workshop_key.post(f"/api/v1/attendance/{address}", {}, format="json")
        assert answer.status_code == 403, address
