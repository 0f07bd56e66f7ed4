"""Accounts: HR makes them, a role decides what they open, and nobody locks HR out by mistake."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from employees.models import User

pytestmark = pytest.mark.django_db
NEW = {"username": "nora", "password1": "long-and-unusual-7", "password2": "long-and-unusual-7", "email": ""}


@pytest.mark.parametrize(("role", "staff"), [("hr", True), ("manager", False), ("employee", False)])
def test_a_new_account_gets_what_its_role_needs(hr_client: Client, role: str, staff: bool) -> None:
    answer = hr_client.post(reverse("admin:employees_user_add"), {**NEW, "role": role})
    assert answer.status_code == 302
    nora = User.objects.get(username="nora")
    assert (nora.role, nora.is_staff, nora.is_superuser) == (role, staff, False)
    assert nora.check_password("long-and-unusual-7")


def test_a_manager_who_becomes_hr_enters_the_admin(hr_client: Client, manager: User) -> None:
    hr_client.post(
        reverse("admin:employees_user_change", args=[manager.pk]),
        {"username": manager.username, "email": manager.email, "role": "hr", "is_active": "on"},
    )
    manager.refresh_from_db()
    assert (manager.role, manager.is_staff) == ("hr", True)


@pytest.mark.parametrize("change", [{"role": "employee", "is_active": "on"}, {"role": "hr"}])
def test_hr_cannot_lock_itself_out(hr_client: Client, hr: User, change: dict[str, str]) -> None:
    address = reverse("admin:employees_user_change", args=[hr.pk])
    answer = hr_client.post(address, {"username": "hr", "email": "", **change})
    assert answer.status_code == 200
    hr.refresh_from_db()
    assert (hr.role, hr.is_active) == ("hr", True)


def test_accounts_are_deactivated_never_deleted(hr_client: Client, colleague: User) -> None:
    answer = hr_client.post(reverse("admin:employees_user_delete", args=[colleague.pk]), {"post": "yes"})
    assert answer.status_code == 403
    assert User.objects.filter(pk=colleague.pk).exists()


def test_hr_sets_a_new_password_for_somebody_without_an_address(hr_client: Client, colleague: User) -> None:
    User.objects.filter(pk=colleague.pk).update(email="")
    address = reverse("admin:auth_user_password_change", args=[colleague.pk])
    assert hr_client.get(address).status_code == 200
    hr_client.post(address, {"password1": "another-unusual-8", "password2": "another-unusual-8"})
    colleague.refresh_from_db()
    assert colleague.check_password("another-unusual-8")


def test_without_a_mail_server_a_new_account_needs_a_password(hr_client: Client, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "common.unsent_mail.EmailBackend"
    sent = {**NEW, "password1": "", "password2": "", "email": "nora@example.com", "role": "employee"}

    page = hr_client.post(reverse("admin:employees_user_add"), sent)

    assert "password1" in page.context["adminform"].form.errors
    assert "they get a link by e-mail" not in page.text


def test_an_accent_in_an_address_is_named(hr_client: Client) -> None:
    page = hr_client.post(reverse("admin:employees_user_add"), {**NEW, "role": "employee", "email": "nóra@example.com"})

    assert "“ó” cannot stand in an e-mail address" in page.text
