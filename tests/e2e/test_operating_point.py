"""HR moves the handle of the trade-off in a real browser; any console error fails."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from employees.models import Employee, User
from recognition import gallery
from recognition.models import ModelVersion, OperatingPoint
from recognition.services.operating import curve_measure
from tests.e2e.access import violations
from tests.e2e.conftest import Launch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(launch: Launch, live_server: LiveServer, hr: User, enrolled_ana: Employee) -> Page:
    """HR before the page, on a measured gallery."""
    hr.set_password("correct horse battery staple")
    hr.save()
    gallery.current()
    curve_measure(version=ModelVersion.objects.get())
    opened = launch().new_context(viewport={"width": 1280, "height": 900}).new_page()
    opened.goto(f"{live_server.url}/admin/recognition/operatingpoint/")
    opened.get_by_label("User name").fill(hr.username)
    opened.get_by_label("Password", exact=True).fill("correct horse battery staple")
    opened.get_by_role("button", name="Log in", exact=True).click()
    expect(opened.get_by_role("heading", name="Recognition strictness").first).to_be_visible()
    return opened


def test_the_handle_is_moved_by_keys_and_what_it_means_is_chosen(page: Page) -> None:
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    clocking = page.locator("[data-operating]").first
    slider = clocking.get_by_role("slider")
    handle = clocking.locator("[data-handle]")
    before = float(handle.get_attribute("cx") or 0)
    expect(slider).to_have_attribute("aria-valuetext", "1 in 1,000")

    slider.press("ArrowRight")

    expect(slider).to_have_attribute("aria-valuetext", "1 in 2,000")
    expect(clocking.locator("[data-strangers]")).to_contain_text("Of 2,000 strangers who try, about 1 ")
    expect(clocking.locator("[data-honest]")).to_contain_text("of 1,000 honest attempts will be sent to the PIN")
    assert float(handle.get_attribute("cx") or 0) > before

    chart = clocking.locator("svg").bounding_box()
    assert chart is not None
    page.mouse.click(chart["x"] + chart["width"] * 0.97, chart["y"] + chart["height"] / 2)
    expect(slider).to_have_attribute("aria-valuetext", "1 in 1,000,000")

    clocking.get_by_label("Reason").fill("a break-in")
    clocking.get_by_role("button", name="Choose this").click()
    expect(page.get_by_text("Clocking: chosen. It counts from now on.")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="a break-in")).to_contain_text("1 in 1,000,000")
    assert OperatingPoint.objects.get().target == 1e-6
    assert errors == []


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(page: Page, width: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate("scheme => localStorage.setItem('adminTheme', JSON.stringify(scheme))", scheme)
    page.reload()
    assert violations(page, within="#content") == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
