"""What people do every day, by the number of clicks it takes; each page usable by everybody, with a quiet console."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from datetime import time as dt_time
from typing import Literal

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from attendance.models import ClockEvent, Period, WorkPolicy
from attendance.services.periods import period_create
from attendance.tests.fixtures import MADRID, Punched, early_shift, on_early_shift, punched
from doors.models import Door
from employees.models import Employee, EmploymentPeriod, User
from employees.services import employee_create
from reporting.models import PayrollColumn, PayrollLayout
from tests.e2e.access import violations

__all__ = ["early_shift", "on_early_shift", "punched"]
"""Fixtures of another room's tests, offered here too."""

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Page]
PATIENCE = 60_000
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
COUNT = """
addEventListener("pointerdown", (event) => {
  if (event.isTrusted) sessionStorage.setItem("clicks", 1 + Number(sessionStorage.getItem("clicks")));
}, true);
"""


def counted(page: Page) -> Page:
    """From now on the page counts what is clicked by hand."""
    page.add_init_script(COUNT)
    return page


def clicks(page: Page) -> int:
    return int(page.evaluate("Number(sessionStorage.getItem('clicks'))"))


@pytest.mark.parametrize(("width", "scheme", "locale"), [(1280, "light", "en-GB"), (360, "dark", "es-ES")])
def test_the_companys_place_takes_one_click_beside_the_choice(
    hr_page: Open, server: LiveServer, width: int, scheme: Literal["light", "dark"], locale: str
) -> None:
    page = counted(hr_page(width=width, scheme=scheme, locale=locale))
    page.goto("/settings/")
    assert violations(page) == []

    page.locator("[name=time_zone]").select_option("America/La_Paz")
    page.locator("main [type=submit]").click()
    expect(page.locator("main")).to_contain_text("La Paz")
    page.locator("main [type=submit]").click()

    expect(page.locator("[name=start-holidays]")).to_have_count(0)
    assert clicks(page) == 2
    assert violations(page) == []
    assert page.evaluate(WIDE) <= 0
    assert WorkPolicy.objects.get().holiday_country == "BO"


@pytest.mark.parametrize("page_of", ["/admin/", "/attendance/"])
def test_a_person_is_found_by_the_keyboard_in_two_seconds(hr_page: Open, server: LiveServer, page_of: str) -> None:
    others = (Employee(number=f"N{n}", first_name="Demo", last_name=f"Person {n}") for n in range(300))
    Employee.objects.bulk_create(others)
    employee_create(number="3001", first_name="María José", last_name="Peña")
    page = counted(hr_page())
    page.goto(page_of)
    expect(page.locator("#find")).to_be_hidden()

    page.keyboard.press("Control+k")
    page.keyboard.type("maria pena")
    found = page.locator("#find a").filter(has_text="María José Peña")
    begun = time.monotonic()
    expect(found).to_be_visible(timeout=2000)
    took = time.monotonic() - begun
    assert violations(page, within="#find") == []
    page.keyboard.press("ArrowDown")
    expect(found).to_be_focused()
    page.keyboard.press("Enter")

    page.wait_for_url("**/people/3001/")
    assert took < 2
    assert clicks(page) == 0


def test_the_menu_shows_what_waits_and_the_search_closes_with_escape(hr_page: Open, server: LiveServer) -> None:
    Period.objects.create(first=date(2026, 1, 1), last=date(2026, 1, 31))
    page = hr_page()
    for address, menu in (("/attendance/", ".site-nav"), ("/admin/", "#nav-sidebar-inner")):
        page.goto(address)
        expect(page.locator(f"{menu} a[href='/attendance/periods/'] .menu-badge")).to_have_text("1")
        page.keyboard.press("Control+k")
        expect(page.locator("#find")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#find")).to_be_hidden()


def test_three_hundred_people_get_logins_in_ten_clicks(hr_page: Open, server: LiveServer) -> None:
    begin = date(2026, 1, 1)
    people = Employee.objects.bulk_create(
        Employee(number=f"N{n:03}", first_name="Demo", last_name=f"Person {n}") for n in range(300)
    )
    EmploymentPeriod.objects.bulk_create(EmploymentPeriod(employee=one, hired_on=begin) for one in people)
    page = counted(hr_page())
    page.set_default_timeout(PATIENCE)
    page.goto("/admin/employees/employee/")

    page.locator("#action-toggle").click()
    page.locator(".question a").click()
    page.locator("select[name=action]").select_option("give_logins")
    page.get_by_role("button", name="Run").click()
    expect(page.locator(".lead")).to_contain_text("300 people get a login", timeout=PATIENCE)
    assert violations(page) == []
    page.get_by_role("button", name="Print a slip for everybody").click()

    expect(page.locator(".slip")).to_have_count(300, timeout=PATIENCE)
    # Choosing in a list takes two more than the browser test does by the keyboard.
    assert clicks(page) + 2 <= 10
    assert User.objects.filter(employee__in=people).count() == 300


def worked_week(people: list[Employee], punched: Punched, monday: date) -> None:
    """Nine to five from Monday to Friday, for each."""
    for person in people:
        for day in range(5):
            for direction, hour in (("in", 9), ("out", 17)):
                at = datetime.combine(monday + timedelta(days=day), dt_time(hour), MADRID)
                punched(person, direction, at)


def test_a_week_of_25_is_approved_in_four_clicks_and_paid_in_three(
    hr_page: Open, server: LiveServer, punched: Punched, on_early_shift: Callable[[Employee], Employee], hr: User
) -> None:
    monday = date.today() - timedelta(days=date.today().weekday() + 14)
    people = [on_early_shift(employee_create(number=f"W{n:02}", first_name="Demo")) for n in range(25)]
    worked_week(people, punched, monday)
    week = period_create(first=monday, last=monday + timedelta(days=6), by=hr)
    layout = PayrollLayout.objects.create(name="Bank")
    PayrollColumn.objects.create(layout=layout, position=0, title="Number", source=PayrollColumn.Source.NUMBER)
    page = counted(hr_page())
    page.set_default_timeout(PATIENCE)
    page.goto("/attendance/")

    page.get_by_role("link", name="Periods").click()
    page.locator(f"a[href='/attendance/periods/{week.pk}/']").first.click()
    page.get_by_role("button", name="Approve all that is in order").click()
    expect(page.locator(".notice--success")).to_contain_text("25 timesheets are approved")
    assert clicks(page) <= 4

    page.goto("/attendance/")
    page.evaluate("sessionStorage.removeItem('clicks')")
    page.get_by_role("link", name="Periods").click()
    page.locator(f"a[href='/attendance/periods/{week.pk}/']").first.click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Payroll file: Bank").click()
    assert clicks(page) <= 3
    assert download.value.suggested_filename.endswith(".csv")


def test_a_wrong_punch_is_put_right_in_three_clicks(
    hr_page: Open, server: LiveServer, punched: Punched, on_early_shift: Callable[[Employee], Employee]
) -> None:
    today = date.today()
    ana = on_early_shift(employee_create(number="1001", first_name="Ana", last_name="Demo"))
    day = today.replace(day=1)
    for direction, hour in (("in", 9), ("out", 16)):
        punched(ana, direction, datetime.combine(day, dt_time(hour), MADRID))
    page = counted(hr_page())
    page.set_default_timeout(PATIENCE)
    page.goto("/attendance/team/", wait_until="load")

    page.locator(f"a.cell[href*='day={day}']").click()
    wrong = page.locator(".punches__one").filter(has_text="16:00")
    wrong.locator("summary").first.click()
    wrong.locator("[name=time]").first.fill("17:00")
    wrong.locator("[name=reason]").first.fill("Left later")
    page.evaluate("document.activeElement.blur()")
    wrong.get_by_role("button", name="Save").click()

    expect(page.locator(".notice--success")).to_be_visible()
    assert clicks(page) <= 3
    assert ClockEvent.objects.filter(employee=ana, author__isnull=False).count() == 1


def test_every_door_opens_on_the_second_click_alone(hr_page: Open, server: LiveServer) -> None:
    Door.objects.create(name="Lobby")
    page = hr_page()
    page.goto("/doors/")
    sure = page.get_by_role("button", name="Yes, open every door now")
    expect(sure).to_be_hidden()

    page.locator(".sure summary").click()

    expect(sure).to_be_visible()
    assert page.url.endswith("/doors/")
    assert violations(page) == []
    sure.click()
    page.wait_for_url("**/doors/roll-call/")
