"""Every page of HR's menu, its form and its first row: usable by everybody, on a phone too, with a quiet console."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time
from typing import Literal

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from attendance.models import AbsenceType, ClockEvent, CompanyHoliday, Kiosk, Shift, ShiftAssignment, WorkPolicy
from attendance.services.clock import clock
from doors.models import Door
from doors.services import access_request
from employees.models import Department, Employee, User
from kiosk.models import KioskSettings
from recognition.models import Decision
from recognition.services import identify
from recognition.tests.fake_engine import fake_photo
from tests.e2e.access import violations
from webhooks.models import Webhook

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

Open = Callable[..., Page]
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
ROW = "#result_list tbody a[href*='/change/']"


@pytest.fixture
def company(server: LiveServer, enrolled_ana: Employee, hr: User) -> None:
    """Something on every page."""
    Department.objects.create(name="Night watch")
    kiosk = Kiosk.objects.create(name="Front door", time_zone="Europe/Madrid")
    KioskSettings.objects.create(kiosk=kiosk)
    door = Door.objects.create(name="Lobby", kiosk=kiosk)
    shift = Shift.objects.create(name="Early", starts_at=time(6), ends_at=time(14), weekdays=[0, 1, 2])
    ShiftAssignment.objects.create(employee=enrolled_ana, shift=shift, valid_from=date(2026, 1, 5))
    WorkPolicy.objects.create(
        name="House rules",
        valid_from=date(2026, 1, 1),
        breaks=[{"after": 360, "length": 30}],
        overtime=[{"scope": "day", "after": 480, "tier": 150}],
    )
    CompanyHoliday.objects.create(day=date(2026, 5, 4), name="Works outing")
    AbsenceType.objects.create(name="Illness", code="illness")
    Webhook.objects.create(name="Payroll", url="https://example.com/hook")
    look = identify(images=[fake_photo(1, variation=7)], asker=Decision.Asker.KIOSK).decision
    access_request(door=door, employee=enrolled_ana, method="face", key="first", decision=look)
    clock(
        employee=enrolled_ana,
        direction="in",
        method=ClockEvent.Method.FACE,
        zone="Europe/Madrid",
        idempotency_key="first",
        kiosk=kiosk,
        decision=look,
    )


def menu(page: Page) -> list[str]:
    """The menu's addresses."""
    page.goto("/admin/")
    found = page.eval_on_selector_all("#nav-sidebar-inner a[href*='/admin/']", "links => links.map(link => link.href)")
    return list(dict.fromkeys(found))


def further(page: Page) -> list[str]:
    """The addresses of a list's form and first row."""
    links = [page.locator(selector).first for selector in ("a.addlink", ROW)]
    return [link.evaluate("link => link.href") for link in links if link.count()]


@pytest.mark.parametrize(("width", "scheme", "locale"), [(1280, "light", "en-GB"), (360, "dark", "es-ES")])
def test_everybody_can_use_every_page(
    hr_page: Open, company: None, width: int, scheme: Literal["light", "dark"], locale: str
) -> None:
    page = hr_page(width=width, scheme=scheme, locale=locale)
    waiting = menu(page)
    seen: list[str] = []
    wrong = []
    while waiting:
        address = waiting.pop(0)
        page.goto(address)
        seen.append(address)
        wrong += [f"{address} {each}" for each in violations(page, within="body")]
        if (over := page.evaluate(WIDE)) > 0:
            wrong.append(f"{address} is {over} pixels too wide")
        waiting += [each for each in further(page) if each not in seen + waiting]

    assert len(seen) > 40
    assert wrong == [], "\n".join(wrong)


def test_rules_are_typed_as_hours_not_as_code(hr_page: Open, company: None) -> None:
    page = hr_page()
    policy = WorkPolicy.objects.get()
    page.goto(f"/admin/attendance/workpolicy/{policy.pk}/change/")
    cell = page.get_by_role("textbox", name="Break, line 1")
    expect(cell).to_have_value("0:30")
    cell.fill("half an hour")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("body")).to_contain_text("Line 1, Break: Write hours and minutes as 6:30.")
    page.get_by_role("textbox", name="Break, line 1").fill("0:45")
    page.get_by_label("Work, line 2", exact=True).select_option(label="on a holiday")
    page.get_by_role("textbox", name="Beyond hours, line 2").fill("0:00")
    page.get_by_label("Per cent, line 2", exact=True).fill("200")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("body")).to_contain_text("was changed successfully")
    policy.refresh_from_db()
    assert policy.breaks == [{"after": 360, "length": 45}]
    assert policy.overtime == [
        {"scope": "day", "after": 480, "tier": 150},
        {"scope": "holiday", "after": 0, "tier": 200},
    ]


def test_the_second_part_of_a_shift_shows_where_it_counts_or_is_filled(hr_page: Open, company: None) -> None:
    page = hr_page()
    page.goto("/admin/attendance/shift/add/")
    kind, second = page.locator("#id_kind"), page.locator("#id_resumes_at")
    expect(second).to_be_hidden()

    kind.select_option("split")
    expect(second).to_be_visible()
    second.fill("14:30")
    kind.select_option("fixed")
    expect(second).to_be_visible()


def test_a_decision_is_told_in_words(hr_page: Open, company: None) -> None:
    identify(images=[fake_photo(40)], asker=Decision.Asker.KIOSK)
    page = hr_page()
    page.goto(f"/admin/recognition/decision/{Decision.objects.get(outcome='unknown').pk}/change/")
    body = page.locator("#content, main").first
    expect(body).to_contain_text("This face is not known.")
    expect(body).to_contain_text("finding the face:")
    expect(body).not_to_contain_text("{")


def test_an_open_page_follows_the_device_into_the_night(hr_page: Open, hr: User) -> None:
    page = hr_page(scheme="light")
    page.goto("/admin/employees/department/")
    dark = re.compile(r"\bdark\b")
    expect(page.locator("html")).not_to_have_class(dark)

    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_class(dark)
    page.emulate_media(color_scheme="light")
    expect(page.locator("html")).not_to_have_class(dark)


def test_the_theme_works_under_a_policy_that_evaluates_nothing(hr_page: Open, company: None) -> None:
    page = hr_page()
    answer = page.goto("/admin/attendance/kiosk/")
    assert answer is not None
    assert "unsafe" not in answer.headers["content-security-policy"]
    page.locator("input.action-select").first.check()
    expect(page.locator("#changelist-actions")).to_be_visible()
    page.locator("input.action-select").first.uncheck()
    sidebar = page.locator("#nav-sidebar")
    expect(sidebar).to_be_visible()
    page.locator("[x-on\\:click^='sidebarDesktopOpen']").first.click()
    expect(sidebar).to_be_hidden()
    page.reload()
    expect(sidebar).to_be_hidden()
    page.locator("[x-on\\:click^='sidebarDesktopOpen']").first.click()
    page.locator("[x-on\\:click^='openUserLinks = !']").first.click()
    expect(page.get_by_role("link", name="Change password")).to_be_visible()
