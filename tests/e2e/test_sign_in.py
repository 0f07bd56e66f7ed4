"""From the invitation to the first login, by app, passkey or the company's login; the end of a leaver's session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from employees.models import Department, EmploymentPeriod, ProviderLogin, SecondFactor, User
from employees.services import employee_create
from presente import env
from presente.passwords import password_link_send
from tests.e2e.access import violations
from tests.e2e.conftest import Launch
from tests.oidc_provider import CLIENT, SECRET, provider_running
from tests.test_second_step import code_of

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
CHOSEN = "seven quiet lamps in March"


@pytest.fixture
def invited(server: LiveServer, department: Department) -> User:
    """An account without a password, and its mail."""
    user = User.objects.create_user("zoe", "zoe@example.com", role=User.Role.MANAGER)
    employee = employee_create(number="2009", first_name="Zoe", department=department, user=user)
    department.managers.add(employee)
    password_link_send(user=user)
    return user


@pytest.fixture
def page(launch: Launch, server: LiveServer) -> Iterator[Page]:
    errors: list[str] = []
    # Passkeys belong to a name, which an address is not.
    page = launch().new_page(base_url=server.url.replace("127.0.0.1", "localhost"), locale="en-GB")
    page.on("pageerror", lambda error: errors.append(str(error.stack)))
    page.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)
    yield page
    assert errors == []


def accept(page: Page) -> None:
    """Follow the link of the mail and log in with the new password."""
    found = re.search(r"https?://[^/\s]+(/password/set/\S+)", str(mail.outbox[0].body))
    assert found is not None
    page.goto(found[1])
    for field in page.locator("input[type=password]").all():
        field.fill(CHOSEN)
    page.get_by_role("button", name="Set the password").click()
    log_in(page)


def log_in(page: Page) -> None:
    page.goto("/login/")
    page.get_by_label("User name").fill("zoe")
    page.get_by_label("Password", exact=True).fill(CHOSEN)
    page.get_by_role("button", name="Log in", exact=True).click()


def log_out(page: Page) -> None:
    page.context.clear_cookies()


def test_from_the_invitation_to_a_login_with_an_app(page: Page, invited: User) -> None:
    accept(page)
    page.goto("/account/")
    page.get_by_role("link", name="Set up an authenticator app").click()
    secret = page.locator("#app-secret").inner_text()
    page.get_by_label("Code").fill(code_of(secret, steps=-1))
    page.get_by_role("button", name="Use this app").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    log_out(page)

    log_in(page)
    expect(page).to_have_url(re.compile("/login/second/$"))
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Log in", exact=True).click()

    expect(page).to_have_url(re.compile("/attendance/"))


def test_from_the_invitation_to_a_login_with_a_passkey(page: Page, invited: User) -> None:
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    accept(page)
    page.goto("/account/")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert SecondFactor.objects.get(user=invited).kind == "passkey"
    log_out(page)

    page.goto("/login/")
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page).to_have_url(re.compile("/attendance/"))
    log_out(page)

    log_in(page)
    expect(page).to_have_url(re.compile("/login/second/$"))
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(re.compile("/attendance/"))


def test_a_password_is_shown_while_it_is_typed_and_hidden_when_it_is_sent(page: Page, invited: User) -> None:
    accept(page)
    log_out(page)
    page.goto("/login/")
    page.get_by_label("User name").fill("zoe")
    field = page.get_by_label("Password", exact=True)
    field.fill("not the right one")
    expect(field).to_have_attribute("type", "password")

    page.get_by_role("button", name="Show password").click()
    expect(field).to_have_attribute("type", "text")
    expect(field).to_be_focused()
    page.evaluate("document.forms[0].addEventListener('submit', (event) => event.preventDefault())")
    page.get_by_role("button", name="Log in", exact=True).click()

    expect(field).to_have_attribute("type", "password")
    assert violations(page) == []


def test_a_leavers_session_ends(page: Page, invited: User) -> None:
    accept(page)
    page.goto("/attendance/me/")
    expect(page).to_have_url(re.compile("/attendance/"))
    yesterday = timezone.localdate() - timedelta(days=1)
    EmploymentPeriod.objects.filter(employee__user=invited).update(hired_on=yesterday, left_on=yesterday)

    page.reload()

    expect(page).to_have_url(re.compile("/login/"))


def test_login_and_logout_at_the_company_login(page: Page, server: LiveServer, invited: User, settings: Any) -> None:
    with provider_running() as provider:
        provider.claims = {"sub": "7f3a", "email": invited.email, "email_verified": True}
        settings.OIDC = env.Oidc(provider.issuer, CLIENT, SECRET, "")
        settings.SITE_URL = server.url.replace("127.0.0.1", "localhost")
        directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        form_action = [*directives["form-action"], settings.OIDC.origin]
        settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": directives | {"form-action": form_action}}
        page.goto("/login/?next=/attendance/me/")

        page.get_by_role("link", name="Log in with your company login").click()
        page.get_by_role("button", name="Come in").click()

        expect(page).to_have_url(re.compile("localhost.*/attendance/"))
        assert ProviderLogin.objects.get(user=invited).subject == "7f3a"
        page.goto("/account/")
        expect(page.get_by_role("heading", name="Company login")).to_be_visible()

        page.goto("/attendance/me/")
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_role("heading", name="Gone from the provider")).to_be_visible()
        page.goto("/attendance/me/")
        expect(page).to_have_url(re.compile("/login/"))
