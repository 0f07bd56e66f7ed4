"""The bell in pages and admin, its page and the choices: usable by everybody; a push message in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from employees.models import User
from notifications.models import Kind, NotificationChoices
from notifications.services.telling import tell
from tests.e2e.access import violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Page]
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
WORKER = "/static/js/push_worker.js"
REGISTER = """
async (worker) => {
  const registered = await navigator.serviceWorker.register(worker);
  while (!registered.active) await new Promise((done) => setTimeout(done, 20));
}
"""
SHOWN = """
async (worker) => {
  const registered = await navigator.serviceWorker.getRegistration(worker);
  for (;;) {
    const [first] = await registered.getNotifications();
    if (first) return [first.title, first.body, first.data.path];
    await new Promise((done) => setTimeout(done, 20));
  }
}
"""


@pytest.fixture
def told(server: LiveServer, hr: User) -> None:
    for number in range(3):
        tell(
            kind=Kind.BACKUP, key=f"backup:{number}", users=[hr], data={"days": number + 2}, path="/attendance/periods/"
        )


@pytest.mark.parametrize(("width", "scheme", "locale"), [(1280, "light", "en-GB"), (360, "dark", "es-BO")])
def test_the_bell_counts_and_its_page_is_read(
    hr_page: Open, told: None, width: int, scheme: Literal["light", "dark"], locale: str
) -> None:
    page = hr_page(width=width, scheme=scheme, locale=locale)
    page.goto("/attendance/")
    bell = page.locator(".bell:not(.bell--help, .bell--search)")
    expect(bell.locator(".menu-badge")).to_have_text("3")
    bell.click()
    expect(page.locator(".told__item--unread")).to_have_count(3)
    assert violations(page) == []
    assert page.evaluate(WIDE) <= 0
    page.locator(".told__open").first.click()
    expect(page).to_have_url(re.compile("/attendance/periods/$"))
    expect(page.locator(".bell .menu-badge")).to_have_text("2")
    page.goto("/notifications/")
    page.locator(".page-head button").click()
    expect(page.locator(".told__item--unread")).to_have_count(0)
    expect(page.locator(".told__item")).to_have_count(3)


def test_the_admin_has_the_same_bell(hr_page: Open, told: None) -> None:
    page = hr_page()
    for address in ("/admin/employees/department/", "/admin/employees/department/add/", "/admin/"):
        page.goto(address)
        expect(page.locator(".bell .menu-badge")).to_have_text("3")
    page.locator(".bell:not(.bell--help, .bell--search)").click()
    expect(page.locator("h1")).to_have_text("Notifications")


@pytest.mark.parametrize(("width", "scheme", "locale"), [(1280, "light", "en-GB"), (360, "dark", "es-BO")])
def test_what_somebody_chooses_is_kept(
    hr_page: Open, server: LiveServer, hr: User, width: int, scheme: Literal["light", "dark"], locale: str
) -> None:
    page = hr_page(width=width, scheme=scheme, locale=locale)
    page.goto("/notifications/choices/")
    assert violations(page) == []
    assert page.evaluate(WIDE) <= 0
    page.locator("input[value='kiosk:email']").uncheck()
    page.locator("[name=digest]").select_option("daily")
    page.locator("[name=quiet_from]").fill("22:00")
    page.locator("[name=quiet_to]").fill("06:30")
    page.locator("main form .button[type=submit]").first.click()
    expect(page.locator(".notice--success")).to_be_visible()
    expect(page.locator("input[value='kiosk:email']")).not_to_be_checked()
    expect(page.locator("[name=quiet_to]")).to_have_value("06:30")
    stored = NotificationChoices.objects.get(user=hr)
    assert "email" not in stored.channels["kiosk"]
    assert stored.digest == "daily"


def test_a_push_message_is_shown_by_a_browser(hr_page: Open, server: LiveServer) -> None:
    page = hr_page()
    page.context.grant_permissions(["notifications"], origin=server.url)
    page.goto("/notifications/choices/")
    registrations: list[dict[str, Any]] = []
    browser = page.context.new_cdp_session(page)
    browser.on("ServiceWorker.workerRegistrationUpdated", lambda event: registrations.extend(event["registrations"]))
    browser.send("ServiceWorker.enable")
    page.evaluate(REGISTER, WORKER)
    message = {"title": "The kiosk Front door is offline", "body": "Offline since 09:00", "path": "/notifications/"}
    browser.send(
        "ServiceWorker.deliverPushMessage",
        {
            "origin": server.url,
            "registrationId": registrations[-1]["registrationId"],
            "data": json.dumps(message),
        },
    )
    assert page.evaluate(SHOWN, WORKER) == [message["title"], message["body"], message["path"]]
