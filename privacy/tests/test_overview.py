"""HR's page about the company's privacy: what would be deleted, what was, who is on hold and what waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from employees.models import Employee, User
from privacy import tasks
from privacy.models import Erasure, LegalHold
from recognition.models import Decision

pytestmark = pytest.mark.django_db


def old_decision() -> None:
    Decision.objects.create(asker="kiosk", outcome="not_live", at=timezone.now() - timedelta(days=400))


def test_the_preview_counts_and_deletes_nothing(hr_client: Client) -> None:
    old_decision()
    page = hr_client.get(reverse("privacy_overview"))
    assert "Would be deleted now" not in page.content.decode()
    page = hr_client.get(reverse("privacy_overview"), {"preview": "1"})
    counts = {one.code: one.count for one in page.context["schedule"]}
    assert counts["decisions"] == 1
    assert "Would be deleted now" in page.content.decode()
    assert Decision.objects.count() == 1


def test_the_last_runs_are_reported_also_where_nothing_was_old_enough(hr_client: Client) -> None:
    old_decision()
    tasks.retention_run()
    tasks.retention_run()
    said = hr_client.get(reverse("privacy_overview")).content.decode()
    assert "Recognitions behind no punch and no passage: 1" in " ".join(said.split())
    assert "nothing was old enough" in said


def test_delete_now_hands_it_to_a_worker(hr_client: Client) -> None:
    said = hr_client.post(reverse("privacy_retention"), follow=True).content.decode()
    assert "A worker deletes it now" in said


def test_holds_and_waiting_erasures_are_listed_with_the_way_to_the_person(
    hr_client: Client, enrolled_ana: Employee
) -> None:
    LegalHold.objects.create(employee=enrolled_ana, reason="court case 12")
    Erasure.objects.create(number="77", public_id=enrolled_ana.public_id, cause="hr")
    said = hr_client.get(reverse("privacy_overview")).content.decode()
    assert "court case 12" in said
    assert reverse("privacy_person", args=[enrolled_ana.number]) in said
    assert "77 ·" in said


@pytest.mark.parametrize(("role", "shown"), [("hr", True), ("auditor", False), ("it", False), ("branch", False)])
def test_the_menu_leads_nobody_to_a_page_that_is_closed_to_them(client: Client, role: str, shown: bool) -> None:
    user = User.objects.create_user(f"the-{role}", role=role)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    menu = client.get(reverse("admin:index")).content.decode()
    for name in ("privacy_overview", "audit_trail"):
        if f'href="{reverse(name)}"' in menu:
            assert client.get(reverse(name)).status_code == 200
    assert (f'href="{reverse("privacy_overview")}"' in menu) is shown


def test_the_page_is_in_spanish_too(hr_client: Client) -> None:
    said = hr_client.get(reverse("privacy_overview"), HTTP_ACCEPT_LANGUAGE="es").content.decode()
    assert "Identificación: el rostro indica quién es (1:N)" in said
    assert "Retention" not in said
