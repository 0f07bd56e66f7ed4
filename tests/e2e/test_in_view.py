"""What somebody asked for is on the screen, whole, in a real browser of 1366 by 768."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from attendance.tests.fixtures import MADRID, Punched, early_shift, on_early_shift, punched
from employees.models import Employee, User
from employees.tests.employment_kit import employ
from tests.e2e.test_attendance_pages import last_weekday

__all__ = ["early_shift", "on_early_shift", "punched"]
"""Fixtures of another room's tests, offered here too."""

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CUT = """() => {
  const [stays, ...others] = document.querySelectorAll(".grid thead th");
  const edge = stays.getBoundingClientRect().right;
  return others.filter((one) => {
    const box = one.getBoundingClientRect();
    return box.left < edge - 1 && box.right > edge + 1;
  }).map((one) => one.textContent.trim());
}"""


@pytest.fixture
def page(hr_page: Callable[..., Page], live_server: LiveServer) -> Page:
    opened = hr_page(width=1366, locale="es-ES")
    opened.set_viewport_size({"width": 1366, "height": 768})
    return opened


@pytest.fixture
def nine() -> datetime:
    """Nine in the morning of the last weekday of the month before this one: at the end of its page."""
    day = timezone.now().astimezone(MADRID).replace(day=1, hour=9, minute=0, second=0, microsecond=0)
    day -= timedelta(days=1)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return day


@pytest.fixture
def forgetful(
    colleague: User, on_early_shift: Callable[[Employee], Employee], punched: Punched, nine: datetime
) -> Employee:
    """Cleo, who forgot to clock out on that day."""
    cleo = on_early_shift(colleague.employee)
    employ(cleo, hired_on=nine.date().replace(day=1))
    punched(cleo, "in", nine)
    return Employee.objects.get(pk=cleo.pk)


def said_in_view(page: Page, day: Locator) -> None:
    """The page has come to rest with the answer of the opened day in view, below the header."""
    expect(day.locator(".notice")).to_have_count(1)
    # The badges of the menu come last, and move what is around them.
    page.wait_for_load_state("networkidle")
    header, notice = page.locator(".site-header").bounding_box(), day.locator(".notice").bounding_box()
    assert header
    assert notice
    assert header["height"] <= notice["y"] <= 768 - notice["height"]


def test_a_punch_is_added_changed_removed_and_undone_without_looking_for_it(
    page: Page, forgetful: Employee, nine: datetime
) -> None:
    shown = f"{nine:%Y-%m-%d}"
    page.goto(f"/attendance/people/{forgetful.number}/{nine:%Y-%m}/?day={shown}#d{shown}")
    day = page.locator(f"#d{shown}")

    def send(form: Locator, first: str, time: str = "") -> None:
        form.locator("summary").click()
        expect(form.locator(f"[name={first}]")).to_be_focused()
        expect(form.locator("[type=submit]")).to_be_in_viewport(ratio=1)
        if first == "direction":
            form.locator("[name=direction]").select_option("out")
            form.locator("[name=time]").fill(time)
        form.locator("[name=reason]").fill("Olvido")
        form.locator("[type=submit]").click()
        said_in_view(page, day)

    send(day.locator(".punches > .punches__form"), "direction", "17:05")
    expect(day.locator(".punches__one")).to_have_count(2)
    send(day.locator(".punches__one").nth(1).locator(".punches__form").first, "direction", "17:10")
    send(day.locator(".punches__one").nth(1).locator(".punches__form").last, "reason")
    expect(day.locator(".punches__one")).to_have_count(1)
    day.locator("form[action$='/undo/'] button").last.click()
    said_in_view(page, day)
    expect(day.locator(".punches__one")).to_have_count(2)


def test_a_mended_punch_is_confirmed_in_view(page: Page, forgetful: Employee, nine: datetime, punched: Punched) -> None:
    if last_weekday() != nine:
        # The list goes back a month, which may be less than to that day.
        punched(forgetful, "in", last_weekday())
    page.goto("/attendance/exceptions/")
    page.locator(f"form[action$='/{forgetful.number}/mend/'] [type=submit]").last.click()

    expect(page.locator(".notice--success")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("width", [1366, 1180, 1000, 700])
def test_no_column_of_a_team_s_month_begins_under_the_names(page: Page, forgetful: Employee, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 768})
    page.goto("/attendance/team/")

    expect(page.locator("[data-here]")).to_be_in_viewport(ratio=0.95)
    assert page.evaluate(CUT) == []


def test_the_search_closes_at_the_first_escape(page: Page) -> None:
    page.goto("/attendance/")
    page.keyboard.press("Control+k")
    page.keyboard.type("cleo")

    page.keyboard.press("Escape")

    expect(page.locator("#find")).to_be_hidden()
