"""The second step of a login, one's own list of logins, and what asks for a fresh one."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.core import mail
from django.test import Client
from django.urls import reverse

from conftest import PASSWORD
from employees.fresh import BEGUN, FRESH_SECONDS, NEXT
from employees.models import ApiKey, LoginSession, PinTries, RecoveryCode, SecondFactor, User
from employees.pins import ATTEMPTS
from employees.second_factors import app_add, app_secret

pytestmark = pytest.mark.django_db


def code_of(secret: str, *, steps: int = 0) -> str:
    """What the app shows, so many half minutes from now."""
    return TOTP(base64.b32decode(secret), 6, SHA1(), 30).generate(int(time.time()) + 30 * steps).decode()


@pytest.fixture
def secret(hr: User) -> str:
    """HR has an app."""
    secret = app_secret()
    app_add(user=hr, secret=secret, code=code_of(secret, steps=-1))
    return secret


def enter_password(client: Client, **more: str) -> Any:
    return client.post(reverse("login"), {"username": "hr", "password": PASSWORD, **more})


def enter_code(client: Client, code: str) -> Any:
    return client.post(reverse("login_second"), {"code": code})


def test_with_an_app_the_password_alone_opens_nothing(client: Client, secret: str) -> None:
    assert enter_password(client, next="/attendance/")["Location"] == reverse("login_second")
    assert client.get("/admin/").status_code == 302
    assert enter_code(client, "000000").status_code == 422
    assert enter_code(client, code_of(secret))["Location"] == "/attendance/"
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("wanted", ["=1+1", "admin:nothing", "٣", "//evil.example/", "https://evil.example/"])
def test_what_is_no_page_of_ours_leads_to_the_first_one(client: Client, secret: str, wanted: str) -> None:
    enter_password(client)
    session = client.session
    session[NEXT] = wanted
    session.save()
    assert enter_code(client, code_of(secret))["Location"] == "/"


def test_a_code_works_once(client: Client, secret: str) -> None:
    code = code_of(secret)
    enter_password(client)
    assert enter_code(client, code).status_code == 302
    again = Client()
    enter_password(again)
    assert enter_code(again, code).status_code == 422


def test_a_recovery_code_works_once_and_is_kept_as_a_hash(client: Client, hr: User) -> None:
    secret = app_secret()
    codes = app_add(user=hr, secret=secret, code=code_of(secret))
    assert codes[0] not in str(list(RecoveryCode.objects.values()))
    for expected in (302, 422):
        browser = Client()
        enter_password(browser)
        assert enter_code(browser, codes[0]).status_code == expected


def test_the_apps_secret_is_sealed(secret: str) -> None:
    assert secret.encode() not in bytes(SecondFactor.objects.get().secret)


def test_wrong_codes_wait_as_wrong_pins_do_and_no_dashboard_calls_them_pins(client: Client, secret: str) -> None:
    enter_password(client)
    for _attempt in range(ATTEMPTS):
        enter_code(client, "000000")
    assert "Too many wrong codes" in enter_code(client, code_of(secret)).text
    PinTries.objects.update(until=None)
    enter_code(client, code_of(secret))
    assert "second:" not in client.get("/admin/").text


def test_without_the_password_there_is_no_second_step(client: Client, secret: str) -> None:
    assert enter_code(client, code_of(secret))["Location"] == reverse("login")
    assert enter_password(client, password="wrong").status_code == 200
    assert enter_code(client, code_of(secret))["Location"] == reverse("login")


def test_a_role_that_needs_a_second_step_opens_nothing_before(hr_client: Client, hr: User, settings: Any) -> None:
    settings.SECOND_FACTOR_ROLES = ["hr"]
    assert hr_client.get("/admin/")["Location"] == reverse("security")
    assert hr_client.get("/api/v1/people").json()["code"] == "second_factor_needed"
    hr_client.get(reverse("app_set_up"))
    secret = hr_client.session["app_secret"]
    assert hr_client.post(reverse("app_set_up"), {"code": "000000"}).status_code == 422
    page = hr_client.post(reverse("app_set_up"), {"code": code_of(secret)}, follow=True)
    assert "Recovery codes" in page.text
    assert "Recovery codes" not in hr_client.get(reverse("security")).text.replace("New recovery codes", "")
    assert hr_client.get("/admin/").status_code == 200


def test_everybody_sees_their_logins_and_ends_them(hr: User) -> None:
    here, there = Client(), Client()
    for browser in (here, there):
        enter_password(browser)
    assert LoginSession.objects.filter(user=hr).count() == 2
    other = LoginSession.objects.exclude(session_key=here.session.session_key).get()
    here.post(reverse("security_change"), {"do": "end", "key": other.pk})
    assert there.get("/admin/").status_code == 302
    assert here.get("/admin/").status_code == 200
    here.post(reverse("security_change"), {"do": "end_all"})
    assert here.get("/admin/").status_code == 302


def test_nobody_ends_anothers_login_or_removes_anothers_app(manager_client: Client, secret: str, hr: User) -> None:
    enter_password(browser := Client())
    enter_code(browser, code_of(secret))
    key = LoginSession.objects.get(user=hr).pk
    manager_client.post(reverse("security_change"), {"do": "end", "key": key})
    manager_client.post(reverse("security_change"), {"do": "remove", "key": SecondFactor.objects.get().pk})
    assert browser.get("/admin/").status_code == 200
    assert SecondFactor.objects.exists()


def long_ago(client: Client) -> None:
    session = client.session
    session[BEGUN] = time.time() - FRESH_SECONDS - 1
    session.save()


@pytest.mark.parametrize("page", ["employees_apikey", "employees_user", "auth_group"])
def test_keys_and_roles_ask_again_after_a_while(hr_client: Client, page: str) -> None:
    address = reverse(f"admin:{page}_add")
    assert hr_client.get(address).status_code == 200
    long_ago(hr_client)
    assert hr_client.get(address)["Location"] == reverse("confirm_login")
    assert hr_client.post(address, {"name": "Key", "scopes": ["identify"]})["Location"] == reverse("confirm_login")
    assert not ApiKey.objects.exists()
    assert hr_client.post(reverse("confirm_login"), {"password": "wrong"}).status_code == 422
    assert hr_client.post(reverse("confirm_login"), {"password": PASSWORD})["Location"] == address
    assert hr_client.get(address).status_code == 200


def test_whoever_has_an_address_is_invited_and_nobody_else_knows_the_password(hr_client: Client) -> None:
    new = {"username": "zoe", "email": "zoe@example.com", "role": "payroll", "password1": "", "password2": ""}
    assert hr_client.post(reverse("admin:employees_user_add"), {**new, "email": ""}).status_code == 200
    assert hr_client.post(reverse("admin:employees_user_add"), new).status_code == 302
    zoe = User.objects.get(username="zoe")
    assert (zoe.has_usable_password(), zoe.password_temporary, zoe.role) == (False, False, "payroll")
    assert mail.outbox == []  # a worker writes it


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"id": 7}', b'{"id": "x", "response": {}}', b"{", b"\xff"])
def test_a_passkey_that_nobody_has_is_refused(client: Client, body: bytes, hr: User) -> None:
    answer = client.post(reverse("passkey_login"), body, content_type="application/json")
    assert answer.status_code in {200, 403}
    assert "_auth_user_id" not in client.session


def test_hr_gives_its_own_account_an_address(hr_client: Client, hr: User) -> None:
    page = hr_client.post(reverse("security_change"), {"do": "email", "email": "rosa@example.com"}, follow=True)
    wrong = hr_client.post(reverse("security_change"), {"do": "email", "email": "maría@example.com"}, follow=True)

    hr.refresh_from_db()
    assert hr.email == "rosa@example.com"
    assert 'value="rosa@example.com"' in page.text
    assert "“í” cannot stand in an e-mail address" in wrong.text


def test_others_get_their_address_from_hr(colleague_client: Client, colleague: User) -> None:
    before = colleague.email
    colleague_client.post(reverse("security_change"), {"do": "email", "email": "mine@example.com"})

    colleague.refresh_from_db()
    assert colleague.email == before
    assert 'name="email"' not in colleague_client.get(reverse("security")).text


def test_what_needs_a_fresh_login_says_that_nothing_was_saved_and_leads_back(hr_client: Client) -> None:
    long_ago(hr_client)
    sent = {"do": "email", "email": "rosa@example.com"}

    page = hr_client.post(
        reverse("security_change"), sent, headers={"referer": "http://testserver/account/"}, follow=True
    )

    assert "Nothing was saved yet" in page.text
    assert hr_client.post(reverse("confirm_login"), {"password": PASSWORD})["Location"] == "/account/"
