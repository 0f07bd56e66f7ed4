"""On a phone and at a desk, in the longer language, nothing is cut, covered, too wide or too small to touch.

The pages here are those that hold the most; `python -m scripts.pages` walks every one.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from scripts.pages.company import fill
from scripts.pages.walking import Walk, table

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PAGES = {
    "hr": [
        "admin:index", "admin:employees_employee_change", "admin:kiosk_kiosksettings_add", "attendance_exceptions",
        "attendance_team", "attendance_period", "attendance_month", "plan", "import_file", "company_settings", "doors",
    ],
    "manager": ["presence", "leave_calendar", "plan_requests", "delegates"],
    "employee": ["my_month", "my_leave", "my_shifts", "phone", "notification_choices", "own_consent", "security"],
    "visitor": ["login", "consent_link", "correction_link"],
    "kiosk": ["kiosk"],
}  # fmt: skip


def test_nothing_is_cut_covered_or_too_small(without_camera: Browser, server: LiveServer) -> None:
    made = fill()
    faults = []
    for role, pages in PAGES.items():
        walk = Walk(
            server.url, made, roles=[role], widths=(360, 1280), languages=["es"], schemes=["light"], pages=pages,
            axe=False,
        )  # fmt: skip
        walk.through({"es": without_camera})
        faults += walk.faults
        assert walk.walked

    assert faults == [], table(faults)
