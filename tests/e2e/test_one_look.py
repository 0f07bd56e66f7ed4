"""HR's admin and the pages beside it look like one program: the same colours, letters, search and choice of theme."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from employees.models import Employee
from tests.e2e.access import violations

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

Open = Callable[..., Page]
LOOK = """
({ ground, card, head }) => {
  const style = (place) => getComputedStyle(document.querySelector(place));
  document.querySelector(card).append(Object.assign(document.createElement("a"), { href: "#", id: "link" }));
  document.querySelector(".bell--search").focus({ focusVisible: true });
  const { outlineColor, outlineStyle, outlineWidth, outlineOffset } = style(".bell--search");
  return {
    ground: style(ground).backgroundColor, card: style(card).backgroundColor, border: style(card).borderTopColor,
    head: style(head).backgroundColor, words: style(`${card} h2`).color, letters: style(card).fontFamily.split(",")[0],
    link: style("#link").color, focus: [outlineColor, outlineStyle, outlineWidth, outlineOffset].join(" "),
    scheme: style("html").colorScheme,
  };
}
"""
ADMIN = {"ground": "#main", "card": ".home-card", "head": "#nav-sidebar-inner"}
OUTSIDE = {"ground": "body", "card": ".card", "head": ".site-header"}


def look(page: Page, address: str, places: dict[str, str]) -> Any:
    page.goto(address)
    expect(page.locator(places["card"]).first).to_be_visible()
    return page.evaluate(LOOK, places)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_admin_has_the_colours_of_the_pages(
    hr_page: Open, server: LiveServer, enrolled_ana: Employee, scheme: Literal["light", "dark"]
) -> None:
    page = hr_page(scheme=scheme)
    inside = look(page, "/admin/", ADMIN)

    assert inside["scheme"] == scheme
    assert inside == look(page, "/attendance/", OUTSIDE)


def test_what_is_chosen_in_the_admin_holds_outside_it(hr_page: Open, server: LiveServer) -> None:
    page = hr_page(scheme="light")
    page.goto("/admin/")
    page.locator("#nav-sidebar-inner .cursor-pointer", has_text="hr").last.click()
    page.get_by_text("Dark", exact=True).click()
    expect(page.locator("html")).to_have_class("dark")

    page.goto("/attendance/")
    expect(page.locator("html")).to_have_class("dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"


def test_a_page_that_is_open_in_the_evening_turns_dark(hr_page: Open, server: LiveServer) -> None:
    page = hr_page(scheme="light")
    for address in ("/admin/", "/attendance/"):
        page.emulate_media(color_scheme="light")
        page.goto(address)
        expect(page.locator("html")).not_to_have_class("dark")
        page.emulate_media(color_scheme="dark")
        expect(page.locator("html")).to_have_class("dark")


def test_the_admin_has_the_search_of_the_pages(hr_page: Open, server: LiveServer) -> None:
    page = hr_page()
    for address in ("/admin/", "/attendance/"):
        page.goto(address)
        page.get_by_role("link", name="Search").click()
        expect(page.get_by_role("dialog", name="Search")).to_be_visible()


def test_no_date_in_the_admin_warns_of_the_browsers_zone(hr_page: Open, server: LiveServer, ana: Employee) -> None:
    page = hr_page()
    page.goto(f"/admin/employees/employee/{ana.pk}/change/")
    warning = "Object.assign(document.createElement('span'), { className: 'timezonewarning', textContent: '!' })"
    page.evaluate(f"document.querySelector('#id_hired_on').after({warning})")
    expect(page.locator(".timezonewarning").first).to_be_hidden()


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_everybody_can_read_the_description_of_the_api(
    hr_page: Open, server: LiveServer, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = hr_page(width=width, scheme=scheme)
    page.goto("/api/docs/")
    page.get_by_text("401").first.click()

    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
