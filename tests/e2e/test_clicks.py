"""What people do every day, by the number of clicks it takes; each page usable by everybody, with a quiet console."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from datetime import time as dt_time
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from attendance.models import ClockEvent, Period, WorkPolicy
from attendance.services.periods import period_create
from attendance.tests.fixtures import MADRID, Punched, early_shift, on_early_shift, punched
from doors.models import Door
from employees.models import Employee, EmploymentPeriod, EnrolmentPhoto, User
from employees.services import employee_create
from presente.first_run import setup_link
from recognition.services import photo_process
from recognition.tests.fake_engine import fake_photo
from reporting.models import PayrollColumn, PayrollLayout
from tests.e2e.access import violations
from tests.e2e.conftest import Launch
from tests.e2e.hand import Hand

__all__ = ["early_shift", "on_early_shift", "punched"]
"""Fixtures of another room's tests, offered here too."""

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Page]
PATIENCE = 60_000
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_from_an_empty_machine_to_the_first_recognised_face_in_15_clicks(
    launch: Launch, server: LiveServer, tmp_path: Path
) -> None:
    film = tmp_path / "camera.mjpeg"
    film.write_bytes(b"".join(fake_photo(1, variation=each, size=480, kind="JPEG") for each in (1, 2) * 15))
    office, hand = launch().new_page(locale="en-GB", base_url=server.url), Hand()
    office.set_default_timeout(PATIENCE)
    office.goto(setup_link(server.url))
    password = "a-long-and-quiet-phrase"
    hand.write(
        (office.get_by_label("First name"), "Demo"),
        (office.get_by_label("User name"), "demo"),
        (office.get_by_label("Password", exact=True), password),
        (office.get_by_label("Password, once more"), password),
    )
    hand.choose(office.get_by_label("Country and city"), "America/La_Paz")
    hand.click(office.get_by_role("button", name="Create the account and begin"))
    hand.click(office.get_by_role("button", name="Save and begin"))

    hand.click(office.get_by_role("link", name="Add a person"))
    hand.write(*((office.locator(f"[name={name}]"), said) for name, said in (("number", "1"), ("first_name", "Ana"))))
    hand.press(office.locator("[name=first_name]"), "Enter")
    agrees = office.get_by_label("agrees to be recognised")
    hand.click(agrees)
    hand.press(agrees, "Enter")
    hand.pick_file(office.locator("#enrol-files"), tmp_path / "ana.png", fake_photo(1))
    # The card stands there before the server has the photo.
    expect(office.locator(".enrol-card")).to_have_attribute("data-state", "queued", timeout=PATIENCE)
    photo_process(EnrolmentPhoto.objects.get().pk)

    hand.click(office.get_by_role("link", name="Presente").first)
    hand.click(office.get_by_role("link", name="Pair a kiosk"))
    hand.write((office.locator("[name=name]"), "Front door"))
    hand.press(office.locator("[name=name]"), "Enter")
    hand.click(office.get_by_role("button", name="Make a one-time link"))
    tablet = launch(clip=film).new_page(locale="en-GB")
    # The tablet reads the QR code.
    tablet.goto(office.locator("#pairing-link").input_value())
    hand.click(tablet.get_by_role("button", name="Pair this device"))

    expect(tablet.locator("body")).to_have_attribute("data-state", "done", timeout=PATIENCE)
    assert hand.clicks <= 15
    event = ClockEvent.objects.get()
    assert (event.method, event.zone) == ("face", "America/La_Paz")
    expect(tablet.locator("[data-view=done]")).to_contain_text(f"{event.at.astimezone(ZoneInfo(event.zone)):%H:%M}")


@pytest.mark.parametrize(("width", "scheme", "locale"), [(1280, "light", "en-GB"), (360, "dark", "es-ES")])
def test_the_companys_place_takes_one_click_beside_the_choice(
    hr_page: Open, server: LiveServer, width: int, scheme: Literal["light", "dark"], locale: str
) -> None:
    page, hand = hr_page(width=width, scheme=scheme, locale=locale), Hand()
    page.goto("/settings/")
    assert violations(page) == []

    page.locator("[name=time_zone]").select_option("America/La_Paz")
    hand.click(page.locator("main [type=submit]"))
    expect(page.locator("main")).to_contain_text("La Paz")
    hand.click(page.locator("main [type=submit]"))

    expect(page.locator("[name=start-holidays]")).to_have_count(0)
    assert hand.clicks == 2
    assert violations(page) == []
    assert page.evaluate(WIDE) <= 0
    assert WorkPolicy.objects.get().holiday_country == "BO"


@pytest.mark.parametrize("page_of", ["/admin/", "/attendance/"])
def test_a_person_is_found_by_the_keyboard_in_two_seconds(hr_page: Open, server: LiveServer, page_of: str) -> None:
    others = (Employee(number=f"N{n}", first_name="Demo", last_name=f"Person {n}") for n in range(300))
    Employee.objects.bulk_create(others)
    employee_create(number="3001", first_name="María José", last_name="Peña")
    page = hr_page()
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


def test_the_badges_do_not_push_the_open_page_out_of_a_narrow_menu(hr_page: Open, server: LiveServer) -> None:
    page = hr_page(width=360)
    badges = [
        {"href": href, "count": 888, "said": "Waiting"}
        for href in ("/attendance/exceptions/", "/plan/", "/attendance/")
    ]
    page.route("**/find/badges/", lambda route: route.fulfill(json={"badges": badges}))
    page.goto("/attendance/files/")
    expect(page.locator(".site-nav .menu-badge")).to_have_count(3)

    beyond = """() => {
      const menu = document.querySelector(".site-nav").getBoundingClientRect();
      const here = document.querySelector(".site-nav [aria-current]").getBoundingClientRect();
      return Math.max(menu.left - here.left, here.right - menu.right);
    }"""
    page.wait_for_function(f"({beyond})() <= 1")


def test_three_hundred_people_get_logins_in_ten_clicks(hr_page: Open, server: LiveServer) -> None:
    begin = date(2026, 1, 1)
    people = Employee.objects.bulk_create(
        Employee(number=f"N{n:03}", first_name="Demo", last_name=f"Person {n}") for n in range(300)
    )
    EmploymentPeriod.objects.bulk_create(EmploymentPeriod(employee=one, hired_on=begin) for one in people)
    page, hand = hr_page(), Hand()
    page.set_default_timeout(PATIENCE)
    page.goto("/admin/employees/employee/")

    hand.click(page.locator("#action-toggle"))
    hand.click(page.locator(".question a"))
    hand.choose(page.locator("select[name=action]"), "give_logins")
    hand.click(page.get_by_role("button", name="Run"))
    expect(page.locator(".lead")).to_contain_text("300 people get a login", timeout=PATIENCE)
    assert violations(page) == []
    hand.click(page.get_by_role("button", name="Print a slip for everybody"))

    expect(page.locator(".slip")).to_have_count(300, timeout=PATIENCE)
    assert hand.clicks <= 10
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
    page, approving, paying = hr_page(), Hand(), Hand()
    page.set_default_timeout(PATIENCE)
    page.goto("/attendance/")

    approving.click(page.get_by_role("link", name="Periods"))
    approving.click(page.locator(f"a[href='/attendance/periods/{week.pk}/']").first)
    approving.click(page.get_by_role("button", name="Approve all that is in order"))
    expect(page.locator(".notice--success")).to_contain_text("25 timesheets are approved")
    assert approving.clicks <= 4

    page.goto("/attendance/")
    paying.click(page.get_by_role("link", name="Periods"))
    paying.click(page.locator(f"a[href='/attendance/periods/{week.pk}/']").first)
    with page.expect_download() as download:
        paying.click(page.get_by_role("link", name="Payroll file: Bank"))
    assert paying.clicks <= 3
    assert download.value.suggested_filename.endswith(".csv")


def test_a_wrong_punch_is_put_right_in_three_clicks(
    hr_page: Open, server: LiveServer, punched: Punched, on_early_shift: Callable[[Employee], Employee]
) -> None:
    today = date.today()
    ana = on_early_shift(employee_create(number="1001", first_name="Ana", last_name="Demo"))
    day = today.replace(day=1)
    for direction, hour in (("in", 9), ("out", 16)):
        punched(ana, direction, datetime.combine(day, dt_time(hour), MADRID))
    page, hand = hr_page(), Hand()
    page.set_default_timeout(PATIENCE)
    page.goto("/attendance/team/", wait_until="load")

    hand.click(page.locator(f"a.cell[href*='day={day}']"))
    wrong = page.locator(".punches__one").filter(has_text="16:00")
    hand.click(wrong.locator("summary").first)
    # From the summary, Tab leads to the fields and to the button.
    hand.write((wrong.locator("[name=time]").first, "17:00"), (wrong.locator("[name=reason]").first, "Left later"))
    hand.press(wrong.locator("[name=reason]").first, "Enter")

    expect(page.locator(".notice--success")).to_be_visible()
    assert hand.clicks <= 3
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
