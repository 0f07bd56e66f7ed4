"""The admin belongs to HR: by role alone, and to nobody else."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from employees.models import ApiKey, Consent, Department, Employee, User
from employees.services import employee_create

pytestmark = pytest.mark.django_db
OWN_APPS = set(settings.OWN_APPS)
OURS = sorted(
    model._meta.label_lower.replace(".", "_") for model in admin.site._registry if model._meta.app_label in OWN_APPS
)


@pytest.mark.parametrize("model", OURS)
def test_hr_opens_every_list_without_a_permission_ticked_by_hand(
    hr_client: Client, enrolled_ana: Employee, model: str
) -> None:
    assert hr_client.get(reverse(f"admin:{model}_changelist")).status_code == 200


@pytest.mark.parametrize("model", OURS)
def test_nobody_else_does(colleague_client: Client, manager_client: Client, client: Client, model: str) -> None:
    address = reverse(f"admin:{model}_changelist")
    assert colleague_client.get(address, follow=True).status_code == 403
    assert manager_client.get(address, follow=True).status_code == 403
    assert client.get(address).status_code == 302


def test_being_staff_opens_nothing_by_itself(client: Client, colleague: User) -> None:
    User.objects.filter(pk=colleague.pk).update(is_staff=True)
    client.force_login(colleague, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("admin:index"), follow=True).status_code == 403


def test_a_visitor_is_sent_to_the_login_of_everybody_and_back(client: Client, hr: User) -> None:
    address = reverse("admin:employees_employee_changelist")
    arrived = client.get(address, follow=True)
    assert arrived.redirect_chain[-1][0].startswith(reverse("login"))
    posted = client.post(
        arrived.redirect_chain[-1][0], {"username": "hr", "password": "correct-horse-battery", "next": address}
    )
    assert posted.status_code == 302
    assert posted["Location"] == address


def test_a_deactivated_hr_user_is_out(hr_client: Client, hr: User) -> None:
    User.objects.filter(pk=hr.pk).update(is_active=False)
    assert hr_client.get(reverse("admin:index")).status_code == 302


def test_hr_adds_a_person_with_a_pin_and_lands_on_the_enrolment(hr_client: Client, department: Department) -> None:
    answer = hr_client.post(
        reverse("admin:employees_employee_add"),
        {
            "number": "77",
            "first_name": "Zoe",
            "last_name": "Demo",
            "department": department.pk,
            "pin": "975312",
            "time_zone": "Europe/Madrid",
            "hired_on": "2026-01-02",
        },
    )
    zoe = Employee.objects.get(number="77")
    assert answer["Location"] == reverse("enrol", args=["77"])
    assert zoe.pin_hash.startswith("argon2")
    assert zoe.department == department


def test_a_pin_is_never_shown_and_an_empty_one_keeps_it(hr_client: Client, ana: Employee) -> None:
    address = reverse("admin:employees_employee_change", args=[ana.pk])
    page = hr_client.get(address).content.decode()
    assert ana.pin_hash not in page
    before = ana.pin_hash
    hr_client.post(
        address,
        {
            "number": ana.number,
            "first_name": "Anna",
            "time_zone": "UTC",
            "hired_on": f"{ana.hired_on:%Y-%m-%d}",
            "pin": "",
        },
    )
    ana.refresh_from_db()
    assert (ana.first_name, ana.pin_hash) == ("Anna", before)


@pytest.mark.parametrize("pin", ["12", "abcdef", "123456789", "12 34 56", "123456", "000000"])
def test_a_bad_pin_is_refused_in_the_form(hr_client: Client, pin: str) -> None:
    answer = hr_client.post(
        reverse("admin:employees_employee_add"),
        {"number": "78", "first_name": "Zoe", "time_zone": "UTC", "hired_on": "2026-01-02", "pin": pin},
    )
    assert answer.status_code == 200
    assert "pin" in answer.context["adminform"].form.errors
    assert not Employee.objects.filter(number="78").exists()


def test_search_and_filters_of_people(hr_client: Client, enrolled_ana: Employee, ben: Employee) -> None:
    def found(query: str) -> set[str]:
        page = hr_client.get(reverse("admin:employees_employee_changelist") + query)
        return {employee.number for employee in page.context["cl"].queryset}

    assert found("?q=1001") == {"1001"}
    assert found("?face=yes") == {"1001"}
    assert found("?face=no") == {"1002"}
    assert found("?consent=yes") == {"1001", "1002"}
    assert found("?employed=no") == set()


def test_people_are_listed_in_a_constant_number_of_statements(
    hr_client: Client, ana: Employee, department: Department, django_assert_max_num_queries: object
) -> None:
    Employee.objects.bulk_create(
        Employee(number=f"b{number}", first_name="Bulk", department=department) for number in range(40)
    )
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        hr_client.get(reverse("admin:employees_employee_changelist"))


def test_hr_records_a_consent_and_withdraws_it(hr_client: Client, hr: User, ana: Employee) -> None:
    consent = ana.consents.get()
    address = reverse("admin:employees_consent_withdraw", args=[consent.pk])
    assert hr_client.get(address).status_code == 200
    assert ana.consents.filter(withdrawn_at=None).exists()
    hr_client.post(address)
    assert not ana.consents.filter(withdrawn_at=None).exists()
    assert ana.consents.get().withdrawn_by == hr
    hr_client.post(reverse("admin:employees_consent_add"), {"employee": ana.pk, "method": "paper", "note": "folder 3"})
    again = ana.consents.get(withdrawn_at=None)
    assert (again.recorded_by, again.note) == (hr, "folder 3")


def test_a_second_consent_is_refused_and_none_is_deleted_or_rewritten(hr_client: Client, ana: Employee) -> None:
    consent = ana.consents.get()
    answer = hr_client.post(reverse("admin:employees_consent_add"), {"employee": ana.pk, "method": "paper"})
    assert answer.status_code == 200
    assert ana.consents.count() == 1
    delete = reverse("admin:employees_consent_delete", args=[consent.pk])
    assert hr_client.post(delete, {"post": "yes"}).status_code == 403
    change = reverse("admin:employees_consent_change", args=[consent.pk])
    assert hr_client.post(change, {"method": "attested"}).status_code == 403
    consent.refresh_from_db()
    assert consent.method == Consent.Method.PAPER


def test_an_api_key_is_shown_once_and_stored_hashed(hr_client: Client, hr: User) -> None:
    answer = hr_client.post(
        reverse("admin:employees_apikey_add"), {"name": "Door", "scopes": ["identify", "attendance:read"]}, follow=True
    )
    key = ApiKey.objects.get()
    assert (key.scopes, key.created_by) == (["identify", "attendance:read"], hr)
    page = answer.content.decode()
    shown = page.split(f"{key.prefix}.", 1)[1].split(".", 1)[0]
    assert ApiKey.objects.is_valid(f"{key.prefix}.{shown}")
    assert shown not in hr_client.get(reverse("admin:employees_apikey_changelist")).content.decode()
    assert shown not in key.hashed_key


def test_an_api_key_needs_a_known_scope(hr_client: Client) -> None:
    hr_client.post(reverse("admin:employees_apikey_add"), {"name": "Door", "scopes": ["everything"]})
    hr_client.post(reverse("admin:employees_apikey_add"), {"name": "Door"})
    assert not ApiKey.objects.exists()


def test_a_key_is_revoked_for_good(hr_client: Client) -> None:
    key, _secret = ApiKey.objects.create_key(name="Door", scopes=["identify"])
    address = reverse("admin:employees_apikey_change", args=[key.pk])
    hr_client.post(address, {"name": "Door", "scopes": ["identify"], "revoked": "on"})
    key.refresh_from_db()
    assert key.revoked
    assert hr_client.get(address).status_code == 200
    assert hr_client.post(address, {"name": "Door", "scopes": ["identify"]}).status_code == 403


def test_photos_are_read_only(hr_client: Client, enrolled_ana: Employee) -> None:
    photo = enrolled_ana.photos.first()
    assert photo is not None
    assert hr_client.get(reverse("admin:employees_enrolmentphoto_change", args=[photo.pk])).status_code == 200
    assert hr_client.get(reverse("admin:employees_enrolmentphoto_add")).status_code == 403
    delete = reverse("admin:employees_enrolmentphoto_delete", args=[photo.pk])
    assert hr_client.post(delete, {"post": "yes"}).status_code == 403


def test_somebody_entered_by_mistake_is_removed(hr_client: Client) -> None:
    wrong = employee_create(number="9", first_name="Wrong")
    address = reverse("admin:employees_employee_remove", args=[wrong.pk])
    assert "Remove Wrong?" in hr_client.get(address).content.decode()

    hr_client.post(address)

    assert not Employee.objects.filter(pk=wrong.pk).exists()


def test_whoever_gave_a_consent_is_not_removed(hr_client: Client, enrolled_ana: Employee) -> None:
    answer = hr_client.post(reverse("admin:employees_employee_remove", args=[enrolled_ana.pk]), follow=True)

    assert "cannot be removed, because there are: " in answer.content.decode()
    assert Employee.objects.filter(pk=enrolled_ana.pk).exists()
