"""HR finds a picture from the kiosk on the person's page and takes it out, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from employees.models import Consent, Employee, EnrolmentPhoto, User
from employees.services import consent_refresh
from recognition import gallery
from recognition.services.refresh import refresh_choose
from recognition.tests.test_refresh import joined, look
from tests.e2e.access import violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def added(enrolled_ana: Employee, hr: User) -> Employee:
    """Ana, to whose photos a picture from the kiosk was added."""
    consent_refresh(employee=enrolled_ana, agreed=True, method=Consent.Method.PAPER, by=hr)
    refresh_choose(on=True, by=hr, reason="agreed with the works council")
    joined(look(enrolled_ana, days=40))
    return enrolled_ana


def test_a_picture_from_the_kiosk_is_told_from_hrs_and_removed(
    hr_page: Callable[..., Page], live_server: LiveServer, added: Employee
) -> None:
    page = hr_page()
    page.goto(f"{live_server.url}/admin/recognition/refreshment/")
    page.get_by_role("link", name=added.name).click()
    expect(page.get_by_text("3 of 5 good photos")).to_be_visible()
    card = page.locator(".enrol-card").filter(has_text="From the kiosk")
    expect(card).to_contain_text("3 of 3 photos")

    card.get_by_role("button", name="Delete").click()
    card.get_by_role("button", name="Press again to delete").click()

    expect(card).to_have_count(0)
    assert not EnrolmentPhoto.objects.filter(source="refresh").exists()
    assert len(gallery.current().gallery) == 3


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1280, "dark")])
def test_everybody_can_use_the_page(
    hr_page: Callable[..., Page], live_server: LiveServer, added: Employee, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = hr_page(width=width, scheme=scheme)
    page.goto(f"{live_server.url}/admin/recognition/refreshment/")
    expect(page.get_by_role("button", name="Switch off and delete")).to_be_visible()
    assert violations(page, within="#content") == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
