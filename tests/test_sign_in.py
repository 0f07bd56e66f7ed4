"""Who may log in, for how long, and how often one may be wrong."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from common.limits import client_address, counted_address
from conftest import PASSWORD
from employees.access import is_hr, is_manager, may_decide, visible_employees
from employees.models import Employee, User
from employees.services import access_end, employee_create
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db


def sign_in(client: Client, name: str, password: str = PASSWORD, **headers: str) -> Any:
    return client.post("/login/", {"username": name, "password": password}, headers=headers)


def leave(user: User, *, days_ago: int) -> None:
    day = timezone.localdate() - timedelta(days=days_ago)
    employ(Employee.objects.filter(user=user), left_on=day, hired_on=day - timedelta(days=100))
    user.refresh_from_db()


@pytest.fixture
def leaver(manager: User) -> User:
    """A manager whose last day was two days ago, in whatever zone."""
    leave(manager, days_ago=2)
    return User.objects.get(pk=manager.pk)


def test_a_leaver_cannot_log_in(leaver: User, client: Client) -> None:
    answer = sign_in(client, leaver.username)
    assert answer.status_code == 200
    assert "This access has ended" in answer.text
    assert "_auth_user_id" not in client.session


def test_a_leavers_session_ends(manager: User, client: Client) -> None:
    assert sign_in(client, manager.username).status_code == 302
    assert client.get("/attendance/").status_code == 200
    leave(manager, days_ago=2)
    assert client.get("/attendance/").status_code == 302
    assert "_auth_user_id" not in client.session


def test_a_leavers_session_opens_no_api(manager: User, client: Client) -> None:
    sign_in(client, manager.username)
    assert client.get("/api/v1/people").status_code == 200
    leave(manager, days_ago=2)
    assert client.get("/api/v1/people").status_code == 401


def test_a_leaver_has_no_rights_left(leaver: User, ana: Employee) -> None:
    assert not is_manager(leaver)
    assert not visible_employees(leaver).exists()
    assert not may_decide(leaver, ana)


def test_hr_who_left_is_hr_no_more(hr: User) -> None:
    employee_create(number="9", first_name="Hanna", user=hr)
    leave(hr, days_ago=2)
    assert not is_hr(User.objects.get(pk=hr.pk))


def test_the_last_day_itself_is_a_day_at_work(manager: User, client: Client) -> None:
    employ(Employee.objects.filter(user=manager), left_on=timezone.localdate(timezone=manager.employee.zone))
    assert sign_in(client, manager.username).status_code == 302


def test_access_ends_at_once_where_hr_says_so(manager: User, client: Client, hr_client: Client) -> None:
    sign_in(client, manager.username)
    answer = hr_client.post(f"/admin/employees/employee/{manager.employee.pk}/end-access/")
    assert answer.status_code == 302
    assert client.get("/attendance/").status_code == 302
    assert sign_in(Client(), manager.username).status_code == 200
    assert Employee.objects.get(pk=manager.employee.pk).pin_hash == ""


def test_ending_takes_pin_and_badge(ana: Employee) -> None:
    access_end(employee=ana)
    ana.refresh_from_db()
    assert (ana.pin_hash, ana.badge_hash) == ("", "")


def test_an_idle_session_ends(hr: User, client: Client, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    sign_in(client, "hr")
    client.get("/admin/")
    later = time.time() + settings.SESSION_IDLE_SECONDS + 1
    monkeypatch.setattr("presente.middleware.time.time", lambda: later)
    assert client.get("/admin/").status_code == 302


def test_a_busy_session_ends_too(hr: User, client: Client, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    sign_in(client, "hr")
    begun, step = time.time(), settings.SESSION_IDLE_SECONDS / 2
    answers = []
    for number in range(int(settings.SESSION_COOKIE_AGE / step) + 2):
        monkeypatch.setattr("presente.middleware.time.time", lambda now=begun + number * step: now)
        answers.append(client.get("/api/schema/?format=json").wsgi_request.user.is_authenticated)
    assert answers[0] is True
    assert answers[-1] is False


def test_spraying_one_password_over_names_is_limited(hr: User, settings: Settings, client: Client) -> None:
    settings.SIGN_IN_FAILURES = 5
    for number in range(5):
        assert sign_in(client, f"nobody{number}", "Winter2026!").status_code == 200
    refused = sign_in(client, "nobody9", "Winter2026!")
    assert (refused.status_code, "Retry-After" in refused) == (429, True)


def test_one_name_from_many_addresses_is_limited(hr: User, settings: Settings) -> None:
    settings.SIGN_IN_FAILURES, settings.PROXIES = 5, 1
    for number in range(5):
        sign_in(Client(), "hr", "wrong", **{"X-Forwarded-For": f"10.0.0.{number}"})
    assert sign_in(Client(), "hr", "wrong", **{"X-Forwarded-For": "10.0.1.1"}).status_code == 429


def test_a_name_in_other_letters_has_no_tries_of_its_own(hr: User, settings: Settings) -> None:
    """Django reads ｈｒ as hr."""
    settings.SIGN_IN_FAILURES, settings.PROXIES = 5, 1
    for number, name in enumerate(["hr", "ｈr", "hｒ", "ｈｒ", " hr "]):
        sign_in(Client(), name, "wrong", **{"X-Forwarded-For": f"10.0.0.{number}"})
    assert sign_in(Client(), "hr", "wrong", **{"X-Forwarded-For": "10.0.1.1"}).status_code == 429


def test_the_addresses_of_one_house_count_together(hr: User, settings: Settings) -> None:
    settings.SIGN_IN_FAILURES, settings.PROXIES = 5, 1
    for number in range(5):
        sign_in(Client(), f"nobody{number}", "wrong", **{"X-Forwarded-For": f"2001:db8:0:1::{number}"})
    assert sign_in(Client(), "nobody9", "wrong", **{"X-Forwarded-For": "2001:db8:0:1:ffff::1"}).status_code == 429
    assert sign_in(Client(), "hr", **{"X-Forwarded-For": "2001:db8:0:2::1"}).status_code == 302


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_how_an_address_is_counted(address: str, counted: str) -> None:
    assert counted_address(RequestFactory().get("/", REMOTE_ADDR=address)) == counted


def test_who_logged_in_from_there_before_is_not_kept_out_by_others(hr: User, settings: Settings) -> None:
    settings.SIGN_IN_FAILURES = 5
    assert sign_in(Client(), "hr").status_code == 302
    for number in range(6):
        sign_in(Client(), f"nobody{number}", "wrong")
    assert sign_in(Client(), "hr").status_code == 302


def test_behind_a_proxy_one_clients_wrong_passwords_lock_nobody_else(hr: User, settings: Settings) -> None:
    settings.PROXIES = 1
    for _ in range(settings.AXES_FAILURE_LIMIT + 1):
        sign_in(Client(), "hr", "wrong", **{"X-Forwarded-For": "10.0.0.1"})
    assert sign_in(Client(), "hr", **{"X-Forwarded-For": "10.0.0.1"}).status_code == 429
    assert sign_in(Client(), "hr", **{"X-Forwarded-For": "10.0.0.2"}).status_code == 302


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "9.9.9.9", "127.0.0.1"),
        (1, "10.0.0.1", "10.0.0.1"),
        (1, "9.9.9.9, 10.0.0.1", "10.0.0.1"),
        (2, "9.9.9.9, 10.0.0.1, 10.0.0.2", "10.0.0.1"),
        (2, "10.0.0.1", "127.0.0.1"),
        (1, "", "127.0.0.1"),
        (1, "unknown", "127.0.0.1"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_what_a_client_claims_of_its_address_is_not_believed(
    proxies: int, forwarded: str, address: str, settings: Settings
) -> None:
    settings.PROXIES = proxies
    request: HttpRequest = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded})
    assert client_address(request) == address


def test_a_form_that_came_after_the_session_says_so_and_its_page_comes_back(hr_client: Client, hr: User) -> None:
    hr_client.logout()

    page = hr_client.post(
        "/settings/", {"name": "Lost"}, headers={"referer": "http://testserver/settings/?begin"}, follow=True
    )
    back = hr_client.post("/login/", {"username": "hr", "password": PASSWORD, "next": page.context["next"]})

    assert "what you entered was not saved" in page.text
    assert back["Location"] == "/settings/?begin"


def test_a_form_of_the_admin_says_so_too_and_a_foreign_page_is_nowhere_to_go_back_to(client: Client, hr: User) -> None:
    place = "/admin/employees/department/add/"

    page = client.post(place, {"name": "Lost"}, headers={"referer": "https://elsewhere.example/x"}, follow=True)

    assert page.text.count("what you entered was not saved") == 1
    assert page.context["next"] == place


def test_a_page_that_is_only_opened_says_nothing(client: Client, hr: User) -> None:
    assert "not saved" not in client.get("/settings/", follow=True).text


def test_a_form_of_an_earlier_login_is_refused_in_words(hr: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(hr)

    page = browser.post("/settings/", {"name": "Lost"}, headers={"accept": "text/html"})

    assert page.status_code == 403
    assert "What you entered was not saved" in page.text
