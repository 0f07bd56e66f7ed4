"""Who sees how a punch by phone was made, and what HR sets and reads about phones."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from attendance.models import ClockEvent
from attendance.signals import evidence_of
from common import append_only
from common.models import AuditEntry
from employees.models import Employee, User
from phone.models import PhoneEvidence, PhoneKey, PhoneRule
from phone.tests.phone_kit import FAR, HERE, Phone, allow, place, since_last_year

pytestmark = pytest.mark.django_db


@pytest.fixture
def punch(colleague: User, client_of: Callable[[User], Client]) -> ClockEvent:
    """Cleo, 2.2 km outside, which HR has flagged."""
    allow(since_last_year(colleague), outside="flag")
    assert Phone(client_of(colleague)).clock("in", place=place(FAR)).status_code == 200
    return ClockEvent.objects.get()


def month(client: Client, event: ClockEvent) -> str:
    day = event.local_at.date()
    url = reverse("attendance_month", kwargs={"number": event.employee.number, "month": day})
    return client.get(f"{url}?day={day}").text


def test_hr_and_the_manager_see_it_beside_the_punch(
    hr_client: Client, manager_client: Client, punch: ClockEvent
) -> None:
    for client in (hr_client, manager_client):
        page = month(client, punch)
        assert "Outside the area by 2124 metres, accurate to 12 metres" in page
        assert "-16.52000, -68.13000" in page
        assert "To be looked at" in page


def test_the_person_sees_it_too_and_payroll_and_auditors_do_not(
    colleague_client: Client, payroll: User, auditor: User, client_of: Callable[[User], Client], punch: ClockEvent
) -> None:
    assert "Outside the area by" in month(colleague_client, punch)
    for user in (payroll, auditor):
        page = month(client_of(user), punch)
        assert "Cleo Demo" in page
        assert "Outside the area by" not in page
        assert "-16.52000" not in page


def test_whoever_has_no_punches_by_phone_costs_no_query(
    punch: ClockEvent, ana: Employee, django_assert_num_queries: Callable[..., AbstractContextManager[object]]
) -> None:
    with django_assert_num_queries(0):
        assert evidence_of(ClockEvent, [ClockEvent(employee=ana, method="face")]) == {}


def test_the_evidence_cannot_be_changed(punch: ClockEvent) -> None:
    kept = PhoneEvidence.objects.get()
    with pytest.raises(append_only.AppendOnlyError):
        kept.save()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE phone_phoneevidence SET verdict = 'inside'")


def form(**more: object) -> dict[str, object]:
    return {
        "shape": "circle",
        "latitude": HERE[0],
        "longitude": HERE[1],
        "radius": 100,
        "accuracy": 50,
        "outside": "refuse",
        "outline": "",
        "allowed": "on",
    } | more


def test_hr_sets_a_rule_and_sees_its_area(hr_client: Client, ana: Employee) -> None:
    answer = hr_client.post(reverse("admin:phone_phonerule_add"), form(employee=ana.pk))
    assert answer.status_code == 302
    rule = PhoneRule.objects.get()
    page = hr_client.get(reverse("admin:phone_phonerule_change", args=[rule.pk])).text
    assert 'class="admin-fence"' in page
    assert AuditEntry.objects.filter(act="phonerule.added", subject="1001").exists()


def test_an_area_is_typed_as_lines(hr_client: Client, ana: Employee) -> None:
    add = reverse("admin:phone_phonerule_add")
    lines = "-16.499, -68.131\n-16.499 -68.129\n\n-16.501;-68.13"
    hr_client.post(add, form(employee=ana.pk, shape="polygon", latitude="", longitude="", outline=lines))
    assert PhoneRule.objects.get().corners == [[-16.499, -68.131], [-16.499, -68.129], [-16.501, -68.13]]


@pytest.mark.parametrize(
    "wrong",
    [
        {"shape": "polygon", "outline": "1, 1\n2, 2"},
        {"shape": "polygon", "outline": "1, 1\n2, 2\nhere"},
        {"shape": "polygon", "outline": "1, 1\n2, 2\n91, 3"},
        {"latitude": ""},
        {"latitude": 91},
        {"radius": 5},
    ],
)
def test_a_rule_that_cannot_be_is_refused(hr_client: Client, ana: Employee, wrong: dict[str, object]) -> None:
    answer = hr_client.post(reverse("admin:phone_phonerule_add"), form(employee=ana.pk, **wrong))
    assert answer.status_code == 200
    assert not PhoneRule.objects.exists()


def test_a_rule_is_of_a_site_or_of_a_person(hr_client: Client) -> None:
    assert hr_client.post(reverse("admin:phone_phonerule_add"), form()).status_code == 200
    assert not PhoneRule.objects.exists()


def test_hr_reads_the_punches_by_phone(hr_client: Client, punch: ClockEvent) -> None:
    listed = hr_client.get(reverse("admin:phone_phoneevidence_changelist")).text
    assert "Outside the area by" in listed
    one = hr_client.get(reverse("admin:phone_phoneevidence_change", args=[punch.pk])).text
    assert "-16.52000, -68.13000" in one


def test_hr_removes_a_lost_phone(
    hr_client: Client, colleague: User, client_of: Callable[[User], Client], punch: ClockEvent
) -> None:
    phone = Phone(client_of(colleague))
    phone.register()
    key = PhoneKey.objects.get()
    page = reverse("admin:phone_phonekey_retire", args=[key.pk])
    assert "Remove this phone" in hr_client.get(page).text
    assert hr_client.post(page).status_code == 302
    assert phone.send(phone.keep("out", ago=timedelta(hours=1))).json()["recorded"] is False
    assert AuditEntry.objects.filter(act="phonekey.retired", subject="2003").exists()
