"""The work of a month in a real browser: a manager mends, an employee asks, HR locks; any console error fails."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from django.utils import timezone
from playwright.sync_api import ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from attendance.models import Absence, AbsenceType, ClockEvent, CorrectionRequest, WorkPolicy
from attendance.services.periods import period_create, period_lock
from attendance.services.results import results_refresh
from attendance.tests.fixtures import MADRID, Punched, early_shift, on_early_shift, punched
from conftest import PASSWORD
from employees.models import Employee, User
from employees.tests.employment_kit import employ
from leave.models import LeaveRule
from tests.e2e.access import violations
from tests.e2e.conftest import Launch

__all__ = ["early_shift", "on_early_shift", "punched"]
"""Fixtures of another room's tests, offered here too."""

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATIENCE = 30_000
SCREENSHOTS = os.environ.get("PRESENTE_SCREENSHOTS")
Visit = Callable[..., Page]
PAGES = (
    "/people/2001/",
    "/people/2001/leave/",
    "/people/2001/shifts/",
    "/find/?q=demo",
    "/attendance/",
    "/attendance/exceptions/",
    "/attendance/trends/",
    "/attendance/periods/",
    "/attendance/files/",
    "/attendance/reports/",
    "/attendance/me/",
    "/attendance/me/away/",
    "/leave/me/",
    "/leave/calendar/2026-11/",
    "/attendance/people/2001/correct/",
)


@pytest.fixture
def visit(launch: Launch, server: LiveServer) -> Iterator[Visit]:
    """Opens a browser for somebody who is logged in."""
    errors: list[str] = []

    def console(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(f"{message.text} ({message.location})")

    def start(user: User, *, dark: bool = False, width: int = 1280, language: str = "en-GB") -> Page:
        page = launch().new_page(
            viewport={"width": width, "height": 860},
            locale=language,
            base_url=server.url,
            color_scheme="dark" if dark else "light",
        )
        page.set_default_timeout(PATIENCE)
        page.on("console", console)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto("/login/")
        page.locator("[name=username]").fill(user.username)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main [type=submit]").first.click()
        return page

    yield start
    assert errors == []


def last_weekday() -> datetime:
    """Nine in the morning in Madrid on a weekday that is far enough back to be locked."""
    day = timezone.now().astimezone(MADRID) - timedelta(days=5)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return day.replace(hour=9, minute=0, second=0, microsecond=0)


@pytest.fixture
def forgetful(colleague: User, on_early_shift: Callable[[Employee], Employee], punched: Punched) -> Employee:
    """Cleo, hired that day, who forgot to clock out."""
    cleo = on_early_shift(colleague.employee)
    employ(cleo, hired_on=last_weekday().date())
    punched(cleo, "in", last_weekday())
    return Employee.objects.get(pk=cleo.pk)


def sheet_of(page: Page, number: str) -> str:
    return f"/attendance/people/{number}/{last_weekday():%Y-%m}/?day={last_weekday():%Y-%m-%d}"


def test_a_manager_mends_a_missing_check_out_in_under_five_clicks(
    visit: Visit, manager: User, forgetful: Employee
) -> None:
    page = visit(manager)
    clicks = 0
    page.get_by_role("link", name="To do").click()
    clicks += 1
    task = page.locator(".task").filter(has_text="No check-out")
    expect(task).to_contain_text("Cleo Demo")
    task.get_by_role("button", name="Save").click()
    clicks += 1
    expect(page.locator(".notice--success")).to_contain_text("Cleo Demo")
    expect(page.locator(".task").filter(has_text="No check-out")).to_have_count(0)

    assert clicks < 5
    stored = ClockEvent.objects.get(direction="out")
    assert (stored.author, stored.local_at.hour) == (manager, 17)
    page.goto(sheet_of(page, "2003"))
    expect(page.locator("details[open]")).to_contain_text("entered by manager: “Forgotten check-out”")


def test_a_team_s_month_opens_at_today(visit: Visit, manager: User, forgetful: Employee) -> None:
    page = visit(manager, width=500)
    page.goto("/attendance/team/")

    expect(page.locator("[data-here]")).to_be_in_viewport()


def test_what_became_of_a_correction_is_seen_beside_its_day(visit: Visit, manager: User, forgetful: Employee) -> None:
    page = visit(manager)
    page.goto(sheet_of(page, forgetful.number))
    day = page.locator(f"#d{last_weekday():%Y-%m-%d}")
    day.get_by_text("Add a punch", exact=True).click()
    added = day.locator("form[action$='/punches/add/']")
    added.locator("[name=reason]").fill("Forgotten")
    added.get_by_role("button", name="Save").click()

    expect(day.locator(".notice--success")).to_be_in_viewport()
    header, row = page.locator(".site-header").bounding_box(), day.locator("summary").first.bounding_box()
    assert header
    assert row
    assert row["y"] >= header["height"]


def test_hr_removes_a_double_punch_in_three_clicks(
    visit: Visit, hr: User, forgetful: Employee, punched: Punched
) -> None:
    punched(forgetful, "in", last_weekday() + timedelta(minutes=2))
    page = visit(hr)
    page.goto(sheet_of(page, forgetful.number).partition("?")[0])
    day = page.locator(f"#d{last_weekday():%Y-%m-%d}")

    day.locator("summary").first.click()
    twice = day.locator(".punches__one").nth(1)
    twice.get_by_text("Remove", exact=True).click()
    expect(day.locator(".punches__one")).to_have_count(2)
    assert violations(page) == []
    twice.locator("[name=reason]").last.fill("Clocked twice")
    twice.get_by_role("button", name="Remove the punch").click()

    expect(page.locator(".notice--success")).to_contain_text("removed")
    expect(day.locator(".punches__one")).to_have_count(1)
    assert ClockEvent.objects.standing().filter(employee=forgetful).count() == 1


def test_the_days_of_an_absence_are_said_while_the_form_is_filled_in(visit: Visit, colleague: User) -> None:
    employ(colleague.employee, hired_on=date(2020, 1, 1))
    AbsenceType.objects.create(name="Without pay")
    page = visit(colleague)
    page.goto("/attendance/me/away/")
    expect(page.get_by_role("button", name="How many days is that?")).to_be_hidden()

    page.get_by_label("From").fill("2026-06-01")
    page.get_by_label("To").fill("2026-06-07")
    page.get_by_label("Type").select_option("Without pay")

    expect(page.locator("[data-days-answer]")).to_contain_text("Working days that it takes: 5.")
    assert not Absence.objects.exists()


def test_an_address_that_is_shown_once_can_be_copied(visit: Visit, colleague: User) -> None:
    page = visit(colleague)
    page.goto("/attendance/me/")
    page.get_by_role("button", name="Make an address").click()

    page.get_by_role("button", name="Copy").click()

    expect(page.locator("[data-copy]")).to_have_text(re.compile("Copied|Selected"))
    assert page.evaluate("document.activeElement.id") == "calendar-url"


def test_an_employee_asks_the_manager_approves_and_sheet_and_export_show_it(
    visit: Visit, manager: User, colleague: User, forgetful: Employee
) -> None:
    asking = visit(colleague)
    asking.goto(sheet_of(asking, "2003"))
    asking.get_by_role("link", name="Correct a punch of this day").click()
    asking.get_by_label("Direction").select_option("out")
    asking.get_by_label("Time").fill("18:00")
    asking.get_by_label("Reason").fill("Stock-taking")
    asking.get_by_role("button", name="Send to my manager").click()
    expect(asking.locator(".notice--success")).to_be_visible()

    deciding = visit(manager)
    deciding.goto("/attendance/exceptions/")
    task = deciding.locator(".task").filter(has_text="Stock-taking")
    task.get_by_role("button", name="Approve").click()
    expect(deciding.locator(".notice--success")).to_have_text("The request of Cleo Demo is approved.")

    deciding.goto(sheet_of(deciding, "2003"))
    expect(deciding.locator("details[open]")).to_contain_text("Stock-taking")
    with deciding.expect_download() as coming:
        deciding.get_by_role("link", name="XLSX").click()
    book = openpyxl.load_workbook(io.BytesIO(Path(coming.value.path()).read_bytes()))
    assert book.active is not None
    assert last_weekday().replace(hour=18, tzinfo=None) in [
        cell.value for row in book.active.iter_rows() for cell in row
    ]
    asking.goto("/attendance/me/")
    expect(asking.locator("main")).to_contain_text("Approved")


def test_a_manager_approves_part_of_the_overtime_and_refuses_the_rest(
    visit: Visit, manager: User, forgetful: Employee, punched: Punched
) -> None:
    WorkPolicy.objects.create(
        name="Approved",
        valid_from=date(2020, 1, 1),
        approve_overtime=True,
        overtime=[{"scope": "day", "after": 480, "tier": 150}],
    )
    punched(forgetful, "out", last_weekday() + timedelta(hours=10))
    results_refresh()
    page = visit(manager)
    page.goto(sheet_of(page, "2003"))
    expect(page.locator("main")).to_contain_text("Overtime pending: 2 h 00 min")
    page.get_by_role("link", name="To do").click()
    task = page.locator(".task").filter(has_text="2 h 00 min")
    task.get_by_label(f"{last_weekday():%a}").fill("1:30")
    task.get_by_label("Reason").fill("Half an hour was lunch")
    task.get_by_role("button", name="Approve").click()
    expect(page.locator(".notice--success")).to_have_text("The overtime of Cleo Demo is approved.")
    expect(page.locator(".task").filter(has_text="2 h 00 min")).to_have_count(0)
    page.goto(sheet_of(page, "2003"))
    expect(page.locator("main")).to_contain_text("Overtime refused: 30 min")
    expect(page.locator("main")).to_contain_text("approved 1 h 30 min of 2 h 00 min")
    expect(page.locator("main")).not_to_contain_text("Overtime pending")


def test_the_menu_of_hr_is_one_line_in_spanish_and_its_tools_another(visit: Visit, hr: User) -> None:
    page = visit(hr, language="es-ES")
    page.goto("/attendance/")
    expect(page.locator(".site-nav a")).to_have_count(9)
    for line in (".site-nav a", ".brand, .site-tools"):
        tops = page.eval_on_selector_all(line, "all => all.map(each => each.offsetTop)")
        assert max(tops) - min(tops) < 20, line
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_locked_period_refuses(visit: Visit, manager: User, hr: User, forgetful: Employee) -> None:
    page = visit(manager)
    page.goto("/attendance/exceptions/")
    day = last_weekday().date()
    period_lock(period=period_create(first=day, last=day, by=hr), by=hr, reason="test")

    page.locator(".task").filter(has_text="No check-out").get_by_role("button", name="Save").click()

    expect(page.locator(".notice--error")).to_contain_text("in a closed period")
    assert ClockEvent.objects.count() == 1


@pytest.mark.parametrize(("dark", "width"), [(False, 1280), (True, 390)])
def test_the_pages_are_accessible_and_fit(
    visit: Visit, manager: User, forgetful: Employee, dark: bool, width: int
) -> None:
    kind = AbsenceType.objects.create(code="vac", name="Vacation")
    rule = LeaveRule.objects.create(kind=kind, valid_from=date(2020, 1, 1), steps=[{"after": 0, "amount": "22"}])
    Absence.objects.create(employee=forgetful, kind=rule.kind, first=date(2026, 11, 16), last=date(2026, 11, 17))
    CorrectionRequest.objects.create(
        employee=forgetful,
        kind="add",
        direction="out",
        at=last_weekday(),
        zone="Europe/Madrid",
        reason="x",
        requested_by=manager,
    )
    page = visit(manager, dark=dark, width=width)
    month = f"{last_weekday():%Y-%m}"
    sheets = (sheet_of(page, "2003"), f"/attendance/team/{month}/", f"/attendance/people/2003/year/{month[:4]}/")
    for address in (*PAGES, *sheets):
        page.goto(address)
        assert violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), address
        if SCREENSHOTS:
            name = address.strip("/").partition("?")[0].replace("/", "-")
            page.screenshot(path=str(Path(SCREENSHOTS) / f"{name}-{width}.png"), full_page=True)


def test_the_year_opens_at_this_month_on_a_phone(visit: Visit, manager: User, forgetful: Employee) -> None:
    today = timezone.now().astimezone(MADRID).date()
    page = visit(manager, width=390)
    page.goto(f"/attendance/people/2003/year/{today.year}/")
    here, frame = page.locator("[data-here]"), page.locator(".table-scroll").first
    expect(here).to_have_text(f"{today:%b}")
    expect(here).to_be_in_viewport(ratio=0.5)
    assert frame.evaluate("one => one.scrollWidth > one.clientWidth")
    page.goto(f"/attendance/people/2003/year/{today.year - 1}/")
    expect(here).to_have_count(0)
    assert frame.evaluate("one => one.scrollLeft") == 0


def test_hr_rehires_somebody_on_the_line_of_time(visit: Visit, hr: User, ana: Employee) -> None:
    employ(ana, hired_on=date(2026, 1, 5), left_on=date(2026, 10, 9))
    page = visit(hr)
    page.goto(f"/people/{ana.number}/")
    expect(page.locator("h1")).to_contain_text("not employed")
    page.locator("summary", has_text="Rehire").click()
    form = page.locator("details", has=page.locator("summary", has_text="Rehire"))

    form.get_by_label("First day").fill("2026-01-20")
    form.get_by_role("button", name="Rehire").click()
    expect(form.get_by_role("alert")).to_contain_text("already")
    form.get_by_label("First day").fill("2026-11-23")
    form.get_by_role("button", name="Rehire").click()

    expect(page.locator(".notice--success")).to_contain_text("Ana Demo")
    expect(page.locator("h1")).not_to_contain_text("not employed")
    stretches = page.locator(".line__stretch")
    expect(stretches).to_have_count(3)
    expect(stretches.nth(1)).to_contain_text("10 October 2026 – 22 November 2026")
    page.reload()
    page.locator("summary", has_text="Rehire").click()
    assert violations(page) == []
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS) / "employment.png", full_page=True)
