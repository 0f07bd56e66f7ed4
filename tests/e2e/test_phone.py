"""The employee's page on a phone, in a real browser whose place is given by the test; any console error fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from attendance.models import ClockEvent
from employees.models import Employee, User
from phone.models import PhoneEvidence, PhonePunch
from phone.tests.phone_kit import FAR, HERE, allow, since_last_year
from recognition.models import Decision
from recognition.tests.fake_engine import fake_photo
from tests.e2e.access import violations
from tests.e2e.conftest import Launch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATIENCE = 30_000
WIDTH = 360
AWAY = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED")
"""The browser itself writes a line for each request that failed."""
Open = Callable[..., Page]


@pytest.fixture
def cleo(colleague: User) -> Employee:
    return since_last_year(colleague)


@pytest.fixture
def phone(
    launch: Launch, server: LiveServer, colleague: User, cleo: Employee, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Open]:
    """Opens the page for Cleo, who is logged in, at a place."""
    monkeypatch.setattr("phone.page.PLACE_SECONDS", 1)
    errors: list[str] = []
    client = Client()
    client.force_login(colleague, backend="django.contrib.auth.backends.ModelBackend")
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value

    def start(
        where: tuple[float, float] = HERE, *, accuracy: float = 15, shared: bool = True, locale: str = "en-GB"
    ) -> Page:
        at: Any = {"latitude": where[0], "longitude": where[1], "accuracy": accuracy}
        context = launch().new_context(
            viewport={"width": WIDTH, "height": 740},
            locale=locale,
            base_url=server.url,
            geolocation=at,
            permissions=["geolocation"] if shared else [],
        )
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server.url}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error.stack)))
        page.goto("/phone/")
        ready(page)
        return page

    yield start
    assert [error for error in errors if not any(sign in error for sign in AWAY)] == []


def ready(page: Page) -> None:
    expect(page.locator("body")).to_have_attribute("data-ready", "yes", timeout=PATIENCE)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def said(page: Page, text: str) -> None:
    expect(page.locator("#phone-state")).to_contain_text(text, timeout=PATIENCE)


def connection(page: Page, *, on: bool) -> BrowserContext:
    context = page.context
    context.set_offline(not on)
    return context


def test_inside_it_is_recorded_and_the_page_fits_and_is_accessible(phone: Open, cleo: Employee) -> None:
    allow(cleo)
    page = phone()
    press(page, "Clock in")
    said(page, "Recorded: In at")
    event = ClockEvent.objects.get()
    assert (event.method, event.phone_evidence.verdict) == ("phone", "inside")
    room = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert room <= 0
    small = page.evaluate(
        "[...document.querySelectorAll('main button, main a.button')].filter(one => one.offsetParent)"
        ".filter(one => one.getBoundingClientRect().height < 43.5).map(one => one.textContent.trim())"
    )
    assert small == []
    assert violations(page) == []
    page.reload()
    ready(page)
    expect(page.get_by_role("button", name="Clock out")).not_to_have_class("button button--quiet")


@pytest.mark.parametrize(
    ("opened", "text"),
    [
        ({"where": FAR}, "You are outside the area"),
        ({"accuracy": 400}, "does not know its place well enough"),
        ({"shared": False}, "may not share its place"),
    ],
)
def test_outside_unsure_and_denied_are_refused_and_say_what_to_do(
    phone: Open, cleo: Employee, opened: dict[str, Any], text: str
) -> None:
    allow(cleo)
    page = phone(**opened)
    press(page, "Clock in")
    said(page, text)
    assert not ClockEvent.objects.exists()
    assert violations(page, within="main") == []


def test_outside_is_flagged_where_hr_chose_that(phone: Open, cleo: Employee) -> None:
    allow(cleo, outside="flag")
    page = phone(FAR)
    press(page, "Clock in")
    said(page, "Recorded: In at")
    assert (PhoneEvidence.objects.get().verdict, PhoneEvidence.objects.get().flagged) == ("outside", True)


def test_nobody_whom_hr_does_not_allow_it_gets_buttons(phone: Open, cleo: Employee) -> None:
    page = phone()
    expect(page.get_by_role("button", name="Clock in", exact=True)).to_have_count(0)
    expect(page.locator("main")).to_contain_text("Use a kiosk")


def test_offline_it_waits_and_goes_once_when_the_connection_is_back(phone: Open, cleo: Employee) -> None:
    allow(cleo)
    page = phone()
    connection(page, on=False)
    press(page, "Clock in")
    said(page, "There is no connection")
    expect(page.locator("#phone-kept")).to_have_text("Waiting to be sent: 1")
    assert not ClockEvent.objects.exists()
    connection(page, on=True)
    said(page, "Recorded: In")
    expect(page.locator("body")).to_have_attribute("data-kept", "0", timeout=PATIENCE)
    punch, event = PhonePunch.objects.get(), ClockEvent.objects.get()
    assert (punch.event, event.method, event.phone_evidence.offline) == (event, "phone", True)
    assert event.phone_evidence.verdict == "inside"


def test_started_without_a_connection_it_has_the_buttons_and_sends_later(phone: Open, cleo: Employee) -> None:
    allow(cleo)
    page = phone()
    expect(page.locator("body")).to_have_attribute("data-installed", "yes", timeout=PATIENCE)
    connection(page, on=False)
    page.goto("/phone/")
    ready(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("No connection")
    expect(page.locator("#phone-owner")).to_have_text("You clock in as Cleo Demo.")
    assert violations(page) == []
    press(page, "Clock out")
    expect(page.locator("#phone-kept")).to_have_text("Waiting to be sent: 1", timeout=PATIENCE)
    page.goto("/phone/")
    ready(page)
    expect(page.locator("#phone-kept")).to_have_text("Waiting to be sent: 1", timeout=PATIENCE)
    connection(page, on=True)
    said(page, "Recorded: Out")
    assert ClockEvent.objects.get().direction == "out"
    page.get_by_role("link", name="Try again").click()
    ready(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Cleo Demo")


def test_what_is_refused_later_is_said_on_the_page(phone: Open, cleo: Employee) -> None:
    allow(cleo)
    page = phone(FAR)
    connection(page, on=False)
    press(page, "Clock in")
    said(page, "There is no connection")
    connection(page, on=True)
    said(page, "Not recorded: In")
    page.reload()
    ready(page)
    expect(page.get_by_role("heading", name="Sent later and not recorded")).to_be_visible()
    expect(page.get_by_role("link", name="Ask for a correction")).to_be_visible()
    assert not ClockEvent.objects.exists()


def test_who_does_not_move_is_no_living_face_and_clocks_nothing(
    launch: Launch, server: LiveServer, enrolled_ana: Employee, tmp_path: Path
) -> None:
    user = User.objects.create_user("ana", role=User.Role.EMPLOYEE)
    Employee.objects.filter(pk=enrolled_ana.pk).update(user=user)
    allow(enrolled_ana, selfie=True, shape="none")
    film = tmp_path / "camera.mjpeg"
    film.write_bytes(b"".join(fake_photo(1, variation=each, size=480, kind="JPEG") for each in (5, 6) * 15))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context = launch(clip=film).new_context(viewport={"width": WIDTH, "height": 740}, base_url=server.url)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server.url}])
    page = context.new_page()
    page.goto("/phone/")
    ready(page)
    press(page, "Clock in")
    press(page, "Compare my face")
    words = page.locator("#selfie-text")
    for step in (1, 2, 3):
        expect(page.locator("#selfie")).to_have_attribute("data-step", str(step), timeout=PATIENCE)
    assert violations(page, within="#selfie") == []
    expect(page.get_by_role("button", name="Compare my face")).to_be_enabled(timeout=PATIENCE)
    expect(words).not_to_have_text("Comparing…")
    press(page, "Cancel")
    expect(page.locator("#selfie")).to_be_hidden()
    assert Decision.objects.filter(outcome="not_live", image_path="").exists()
    assert not ClockEvent.objects.exists()


def test_in_spanish_it_fits_as_well(phone: Open, cleo: Employee) -> None:
    allow(cleo)
    page = phone(locale="es-BO")
    press(page, "Marcar entrada")
    said(page, "Se registró")
    room = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert room <= 0


def test_it_can_be_installed(phone: Open, cleo: Employee) -> None:
    page = phone()
    session = page.context.new_cdp_session(page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert manifest["url"].endswith("/phone/app.webmanifest")
