"""Closing a month of 25 people in a browser: checklist, approve all, lock, adjust, export; a console error fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from attendance.models import Adjustment, ClockEvent, Period, PeriodApproval, Shift, ShiftAssignment
from attendance.services.clock import clock
from attendance.services.periods import period_create, period_lock
from attendance.services.results import results_refresh
from attendance.tests.fixtures import MADRID, early_shift
from conftest import PASSWORD
from employees.models import Department, Employee, User
from employees.tests.employment_kit import employ
from tests.e2e.access import violations
from tests.e2e.conftest import Launch

__all__ = ["early_shift"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATIENCE = 60_000
PEOPLE = 25
DAY = timedelta(days=1)
MOST_CLICKS = 15


@pytest.fixture
def visit(launch: Launch, server: LiveServer, hr: User) -> Iterator[Callable[[str], Page]]:
    """Opens a browser in which HR is logged in."""
    errors: list[str] = []

    def console(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(f"{message.text} ({message.location})")

    def start(language: str) -> Page:
        page = launch().new_page(viewport={"width": 1280, "height": 900}, locale=language, base_url=server.url)
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        page.on("console", console)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto("/login/")
        page.locator('input[name="username"]').fill(hr.username)
        page.locator('input[name="password"]').fill(PASSWORD)
        page.locator("main form button").last.click()
        return page

    yield start
    assert errors == []


@pytest.fixture
def month(department: Department, early_shift: Shift, hr: User) -> Period:
    """Two weeks of 25 people, one of whom forgot to clock out; the week before is locked, and a punch came late."""
    today = timezone.now().date()
    first = today - (today.weekday() + 28) * DAY
    people = [
        Employee.objects.create(
            number=f"M{number:02d}",
            first_name=f"Demo{number:02d}",
            department=department,
            time_zone="Europe/Madrid",
        )
        for number in range(PEOPLE)
    ]
    events = []
    employ(Employee.objects.all(), hired_on=first)
    for person in people:
        ShiftAssignment.objects.create(employee=person, shift=early_shift, valid_from=first)
        for number in range(21):
            day = first + number * DAY
            for direction, hour in (("in", 9), ("out", 17)):
                if day.weekday() < 5:
                    events.append(_event(person, direction, day, hour))
    # Demo00 forgot one check-out of the open weeks.
    forgotten = next(one for one in events if one.direction == "out" and one.at.date() == first + 9 * DAY)
    ClockEvent.objects.bulk_create(one for one in events if one is not forgotten)
    before = period_create(first=first, last=first + 6 * DAY, by=hr)
    period_lock(period=before, by=hr, reason="Payday")
    for direction, hour in (("in", 9), ("out", 12)):
        clock(
            employee=people[1],
            direction=direction,
            at=datetime.combine(first + 5 * DAY, time(hour), MADRID),
            zone="Europe/Madrid",
            method="pin",
            idempotency_key=f"late-{direction}",
        )
    results_refresh()
    return period_create(first=first + 7 * DAY, last=first + 20 * DAY, by=hr)


def _event(person: Employee, direction: str, day: date, hour: int) -> ClockEvent:
    return ClockEvent(
        employee=person,
        direction=direction,
        at=datetime.combine(day, time(hour), MADRID),
        zone="Europe/Madrid",
        method="pin",
        idempotency_key=f"{person.number}-{direction}-{day}",
    )


def test_a_month_of_25_people_is_closed_in_under_15_clicks(visit: Callable[[str], Page], month: Period) -> None:
    page = visit("en-GB")
    page.evaluate("sessionStorage.clear()")
    clicks = 0

    def click(name: str, *, within: str = "main", role: str = "button") -> None:
        nonlocal clicks
        clicks += 1
        page.locator(within).get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]

    page.goto("/attendance/periods/")
    clicks += 1
    page.locator("main tbody a").first.click()
    expect(page.locator("main")).to_contain_text("Before it is closed")
    expect(page.locator("main")).to_contain_text("Demo00")
    assert violations(page) == []

    late = page.locator("form.late")
    expect(late).to_have_count(1)
    expect(late).to_contain_text("Worked +3 h 00 min")
    late.get_by_label("Reason").fill("The kiosk was offline")
    click("Adjust", within="form.late")
    expect(page.locator(".notice--success")).to_contain_text("Adjusted in the next open period.")

    click("Approve all that is in order")
    expect(page.locator(".notice--success")).to_contain_text("24 timesheets are approved.")

    page.get_by_label("Reason (needed where an approval is missing)").fill("One check-out is missing")
    click("Close the period")
    expect(page.locator(".notice--success")).to_contain_text("The period is closed.")
    assert violations(page) == []

    click("Export", role="link")
    with page.expect_download() as download:
        clicks += 1
        page.locator("main form button[type=submit]").first.click()
    assert download.value.suggested_filename.endswith(".xlsx")

    assert clicks < MOST_CLICKS
    assert Period.objects.get(pk=month.pk).state == "locked"
    assert PeriodApproval.objects.exclude(manager_at=None).count() == PEOPLE - 1
    assert Adjustment.objects.get().seconds == 3 * 3600


@pytest.mark.parametrize("language", ["en-GB", "es-ES"])
def test_the_pages_of_closing_are_accessible(visit: Callable[[str], Page], month: Period, language: str) -> None:
    page = visit(language)
    for address in (f"/attendance/periods/{month.pk}/", "/attendance/people/M01/adjust/", "/attendance/exceptions/"):
        page.goto(address)
        expect(page.locator("form.late")).to_have_count(1)
        assert violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), address
