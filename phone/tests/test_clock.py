"""Clocking in by phone: who may, from where, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import ClockEvent
from employees.models import Employee, Site, User
from employees.tests.employment_kit import employ
from phone.models import PhoneEvidence, PhoneRule
from phone.tests.phone_kit import FAR, HERE, NEAR, Phone, allow, place, since_last_year

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], Client]


@pytest.fixture
def cleo(colleague: User) -> Employee:
    return since_last_year(colleague)


@pytest.fixture
def phone(colleague: User, cleo: Employee, client_of: ClientOf) -> Phone:
    return Phone(client_of(colleague))


def test_inside_the_punch_is_recorded_with_its_evidence(phone: Phone, cleo: Employee) -> None:
    allow(cleo)
    answer = phone.clock("in").json()
    event = ClockEvent.objects.get()
    assert (answer["outcome"], answer["direction"]) == ("recorded", "in")
    assert (event.employee, event.method, event.direction, event.kiosk) == (cleo, "phone", "in", None)
    kept = event.phone_evidence
    assert (kept.verdict, kept.flagged, kept.offline) == ("inside", False, False)
    assert (kept.latitude, kept.longitude, kept.accuracy, kept.metres) == (*NEAR, 12.0, 0.0)
    assert kept.age == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (place(FAR), "place_outside"),
        (place(accuracy=51), "place_inaccurate"),
        (place(at=0), "place_old"),
        ({"error": "denied"}, "place_denied"),
        ({"error": "unknown"}, "place_unknown"),
        (None, "place_unknown"),
        ("here", "place_unknown"),
    ],
)
def test_where_hr_refuses_nothing_is_recorded(phone: Phone, cleo: Employee, told: Any, code: str) -> None:
    allow(cleo)
    answer = phone.clock(place=told)
    assert (answer.status_code, answer.json()["outcome"], answer.json()["code"]) == (200, "refused", code)
    assert answer.json()["text"]
    assert not ClockEvent.objects.exists()


@pytest.mark.parametrize(
    ("told", "verdict"),
    [(place(FAR), "outside"), (place(accuracy=51), "inaccurate"), ({"error": "denied"}, "denied")],
)
def test_where_hr_flags_it_is_recorded_and_flagged(phone: Phone, cleo: Employee, told: Any, verdict: str) -> None:
    allow(cleo, outside="flag")
    assert phone.clock(place=told).json()["outcome"] == "recorded"
    kept = PhoneEvidence.objects.get()
    assert (kept.verdict, kept.flagged) == (verdict, True)


def test_where_the_place_is_not_asked_for_none_is_kept(phone: Phone, cleo: Employee) -> None:
    allow(cleo, shape="none")
    phone.clock(place=place(FAR))
    kept = PhoneEvidence.objects.get()
    assert (kept.verdict, kept.latitude, kept.accuracy, kept.signs, kept.flagged) == ("unasked", None, None, [], False)


def test_an_area_with_corners(phone: Phone, cleo: Employee) -> None:
    corners = [[-16.499, -68.131], [-16.499, -68.129], [-16.501, -68.129], [-16.501, -68.131]]
    allow(cleo, shape="polygon", corners=corners)
    assert phone.clock("in", place=place(HERE)).json()["outcome"] == "recorded"
    assert phone.clock("out", place=place(FAR)).json()["code"] == "place_outside"


def test_signs_of_a_made_up_place_flag_the_punch(phone: Phone, cleo: Employee) -> None:
    allow(cleo)
    phone.clock("in", place=place(accuracy=0))
    kept = PhoneEvidence.objects.get()
    assert (kept.verdict, kept.signs, kept.flagged) == ("inside", ["exact"], True)


def test_too_fast_since_the_last_punch_is_a_sign(phone: Phone, cleo: Employee) -> None:
    allow(cleo, outside="flag")
    phone.clock("in", place=place(HERE))
    phone.clock("out", place=place((-17.5, -68.13)))
    signs = PhoneEvidence.objects.get(event__direction="out").signs
    assert signs == ["speed"]


def test_the_same_press_twice_is_one_punch(phone: Phone, cleo: Employee) -> None:
    allow(cleo)
    first, second = (phone.clock("in", key="a" * 16).json() for _time in range(2))
    assert (first["outcome"], second["outcome"], first["text"]) == ("recorded", "recorded", second["text"])
    assert ClockEvent.objects.count() == PhoneEvidence.objects.count() == 1


def test_a_second_press_within_the_minute_is_the_same_visit(phone: Phone, cleo: Employee) -> None:
    allow(cleo)
    phone.clock("in")
    answer = phone.clock("in").json()
    assert answer["outcome"] == "already"
    assert ClockEvent.objects.count() == 1


def test_a_key_of_one_person_is_none_of_another_s(
    phone: Phone, cleo: Employee, manager: User, client_of: ClientOf
) -> None:
    allow(cleo)
    allow(since_last_year(manager))
    other = Phone(client_of(manager))
    phone.clock("in", key="b" * 16)
    assert other.clock("in", key="b" * 16).json()["outcome"] == "recorded"
    assert ClockEvent.objects.count() == 2


@pytest.mark.parametrize("body", [{"direction": "any"}, {"direction": "sideways"}, {"key": "short"}, {"key": 7}])
def test_what_cannot_be_read_is_refused(phone: Phone, cleo: Employee, body: dict[str, Any]) -> None:
    allow(cleo)
    sent = {"direction": "in", "key": "c" * 16, "place": place()} | body
    answer = phone.client.post(reverse("phone_clock"), sent, content_type="application/json")
    assert answer.status_code == 400
    assert not ClockEvent.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"latitude": 91}, {"latitude": "x"}, {"accuracy": -1}, {"accuracy": None}, {"at": True}, {"altitude": []}]
)
def test_a_place_that_is_none_is_refused(phone: Phone, cleo: Employee, wrong: dict[str, Any]) -> None:
    allow(cleo)
    assert phone.clock(place=place() | wrong).json()["code"] == "place_invalid"


def test_nobody_may_without_a_rule(phone: Phone, cleo: Employee) -> None:
    assert phone.clock().json()["code"] == "phone_not_allowed"
    assert not ClockEvent.objects.exists()


def test_the_rule_of_the_site_counts_and_the_person_s_goes_before_it(phone: Phone, cleo: Employee) -> None:
    site = Site.objects.create(name="El Alto")
    PhoneRule.objects.create(site=site, shape="none")
    assert phone.clock().json()["code"] == "phone_not_allowed"
    Employee.objects.filter(pk=cleo.pk).update(site=site)
    assert phone.clock().json()["outcome"] == "recorded"
    allow(cleo, allowed=False)
    assert phone.clock("out").json()["code"] == "phone_not_allowed"


def test_a_leaver_may_not(phone: Phone, cleo: Employee) -> None:
    allow(cleo)
    yesterday = timezone.localdate() - timedelta(days=2)
    employ(cleo, hired_on=yesterday - timedelta(days=30), left_on=yesterday)
    assert phone.clock().status_code == 401
    assert phone.client.get(reverse("phone")).status_code == 302
    assert not ClockEvent.objects.exists()


def test_an_account_without_an_employee_may_not(hr_client: Client, client: Client) -> None:
    assert Phone(hr_client).clock().status_code == 403
    assert Phone(client).clock().status_code == 401


def test_the_page_has_the_buttons_only_where_hr_allows_it(phone: Phone, cleo: Employee) -> None:
    before = phone.client.get(reverse("phone"))
    assert before.context["allowed"] is False
    assert "Use a kiosk" in before.text
    allow(cleo)
    phone.clock("in")
    page = phone.client.get(reverse("phone"))
    assert page.context["following"] == "out"
    assert page.context["config"]["rule"] == {"allowed": True, "place": True, "selfie": False, "accuracy": 50}
    assert "geolocation=(self)" in page["Permissions-Policy"]


def test_the_page_without_a_connection_names_nobody(phone: Phone, cleo: Employee) -> None:
    allow(cleo)
    page = phone.client.get(reverse("phone_away"))
    assert cleo.last_name not in page.text
    assert cleo.number not in page.text
