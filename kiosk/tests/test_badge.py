"""A badge or a QR code before the camera."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import ClockEvent, Kiosk
from employees.models import Employee
from employees.services import badge_issue, badge_revoke
from employees.tests.employment_kit import employ
from kiosk.models import KioskSettings
from kiosk.services.pin import FAILURES
from kiosk.tests.kiosk_kit import post_json

pytestmark = pytest.mark.django_db


def show(client: Client, code: str) -> Any:
    return post_json(client, "kiosk_badge", code=code)


def choose(kiosk: Kiosk, **chosen: Any) -> None:
    KioskSettings.objects.update_or_create(kiosk=kiosk, defaults=chosen)


def test_a_badge_stands_for_the_number_and_asks_for_the_pin(door: tuple[Kiosk, Client], ana: Employee) -> None:
    answer = show(door[1], badge_issue(employee=ana)).json()
    assert (answer["outcome"], answer["number"]) == ("number", "1001")
    assert "name" not in answer


def test_where_hr_allows_it_a_badge_is_enough(door: tuple[Kiosk, Client], ana: Employee) -> None:
    kiosk, client = door
    choose(kiosk, badge="alone")
    offer = show(client, badge_issue(employee=ana)).json()
    assert (offer["outcome"], offer["name"]) == ("identified", "Ana Demo")
    post_json(client, "kiosk_confirm", proposal=offer["proposal"], direction="in")
    event = ClockEvent.objects.get()
    assert (event.employee, event.method, event.decision) == (ana, "badge", None)


def test_a_number_printed_as_a_code_is_never_enough(door: tuple[Kiosk, Client], ana: Employee) -> None:
    kiosk, client = door
    choose(kiosk, badge="alone")
    assert show(client, "1001").json() == {"outcome": "number", "number": "1001", "advice": ""}


def test_a_printed_number_answers_the_same_whether_somebody_has_it_or_not(
    door: tuple[Kiosk, Client], ana: Employee
) -> None:
    kiosk, client = door
    for number in ("1001", "7777"):
        assert show(client, number).json() == {"outcome": "number", "number": number, "advice": ""}
    kiosk.refresh_from_db()
    assert kiosk.pin_failures == 0
    assert show(client, "https://example.com/1001").json()["outcome"] == "badge_unknown"


def test_a_new_badge_and_a_revoked_one_end_the_old(door: tuple[Kiosk, Client], ana: Employee) -> None:
    _kiosk, client = door
    first, second = badge_issue(employee=ana), badge_issue(employee=ana)
    assert show(client, first).json()["outcome"] == "badge_unknown"
    assert show(client, second).json()["outcome"] == "number"
    badge_revoke(employee=ana)
    assert show(client, second).json()["outcome"] == "badge_unknown"
    assert second not in str(Employee.objects.values().get())


def test_whoever_left_has_no_badge(door: tuple[Kiosk, Client], ana: Employee) -> None:
    code = badge_issue(employee=ana)
    employ(Employee.objects.all(), hired_on="2020-01-01", left_on="2020-02-01")
    assert show(door[1], code).json()["outcome"] == "badge_unknown"


def test_unknown_codes_count_as_wrong_pins(door: tuple[Kiosk, Client], ana: Employee) -> None:
    kiosk, client = door
    Kiosk.objects.filter(pk=kiosk.pk).update(pin_failures=FAILURES - 1, pin_window_at=timezone.now())
    assert show(client, "PRESENTE-guess").json()["outcome"] == "badge_unknown"
    answer = show(client, badge_issue(employee=ana))
    assert (answer.status_code, answer.json()["code"]) == (429, "pin_throttled")


def test_badges_switched_off_and_bodies_without_one(door: tuple[Kiosk, Client], ana: Employee) -> None:
    kiosk, client = door
    for body in ("", "[]", '{"code": 7}', '{"code": " "}'):
        answer = client.post(reverse("kiosk_badge"), body, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (400, "code_missing")
    choose(kiosk, badge="off")
    answer = show(client, badge_issue(employee=ana))
    assert (answer.status_code, answer.json()["code"]) == (403, "badge_off")


def test_only_a_paired_device_may_ask(client: Client, ana: Employee) -> None:
    assert show(client, badge_issue(employee=ana)).status_code == 401
    assert post_json(client, "kiosk_undo", undo="x").status_code == 401


def test_hr_issues_a_badge_that_is_shown_once(hr_client: Client, door: tuple[Kiosk, Client], ana: Employee) -> None:
    address = reverse("admin:employees_employee_badge", args=[ana.pk])
    assert "PRESENTE-" not in hr_client.get(address).text
    page = hr_client.post(address, {"do": "issue"})
    assert "no-store" in page["Cache-Control"]
    assert "<svg" in page.text
    code = page.text.partition('data-code="')[2].partition('"')[0]
    assert show(door[1], code).json()["number"] == "1001"
    hr_client.post(address, {"do": "revoke"})
    assert show(door[1], code).json()["outcome"] == "badge_unknown"


def test_nobody_else_issues_badges(manager_client: Client, client: Client, ana: Employee) -> None:
    address = reverse("admin:employees_employee_badge", args=[ana.pk])
    for outsider in (manager_client, client):
        assert outsider.post(address, {"do": "issue"}).status_code in (302, 403)
    ana.refresh_from_db()
    assert ana.badge_hash == ""
