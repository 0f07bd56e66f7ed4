"""A person agrees and withdraws, HR erases, and the trace is found, in a real browser."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from common.models import AuditEntry
from employees.consent_texts import consent_text
from employees.models import Consent, Employee, User
from employees.services import consent_give
from privacy.models import Erasure, LegalHold
from recognition.services import photo_add, photo_process
from recognition.tests.fake_engine import fake_photo
from tests.e2e.access import violations
from tests.e2e.conftest import Launch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def shown(page: Page, name: str) -> None:
    """Keep a picture of the page where PRESENTE_SHOTS names a folder, for whoever wants to look."""
    if folder := os.environ.get("PRESENTE_SHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.fixture
def page_of(launch: Launch, live_server: LiveServer) -> Callable[[User], Page]:
    """Makes a page in which that user is logged in."""

    def make(user: User) -> Page:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        context = launch().new_context()
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        return context.new_page()

    return make


@pytest.fixture
def own_page(page_of: Callable[[User], Page], colleague: User) -> Page:
    """A page in which an employee is logged in."""
    return page_of(colleague)


def test_an_employee_agrees_and_withdraws(own_page: Page, live_server: LiveServer) -> None:
    own_page.goto(f"{live_server.url}/attendance/me/")
    own_page.get_by_role("link", name="My consent").click()
    expect(own_page.get_by_text("nobody may put you at a disadvantage")).to_be_visible()
    shown(own_page, "consent-asked")
    assert violations(own_page, within="main") == []
    own_page.get_by_label("I agree to be recognised").check()
    own_page.get_by_label("Also to open doors").check()
    own_page.get_by_role("button", name="I agree").click()
    expect(own_page.get_by_role("heading", name="You have agreed")).to_be_visible()
    shown(own_page, "consent-given")
    consent = Consent.objects.get()
    assert (consent.method, consent.doors, consent.refresh) == ("own", True, False)
    with own_page.expect_download() as got:
        own_page.get_by_role("link", name="Receipt (PDF)").click()
    assert Path(got.value.path()).read_bytes().startswith(b"%PDF")
    own_page.get_by_role("button", name="Withdraw my consent").click()
    expect(own_page.get_by_text("Your consent is withdrawn")).to_be_visible()
    assert not Consent.objects.filter(withdrawn_at=None).exists()
    assert Erasure.objects.get().cause == "withdrawal"


def test_hr_erases_and_the_trace_is_found(
    hr_page: Callable[..., Page], live_server: LiveServer, enrolled_ana: Employee
) -> None:
    page = hr_page()
    page.goto(f"{live_server.url}/admin/employees/employee/{enrolled_ana.pk}/change/")
    # The menu has the company's page of that name, and comes first.
    page.get_by_role("link", name="Privacy").last.click()
    expect(page.get_by_text("3 photos are kept")).to_be_visible()
    shown(page, "privacy-person")
    page.get_by_role("link", name="Erase biometrics").click()
    expect(page.get_by_text("this cannot be undone")).to_be_visible()
    page.get_by_role("button", name="Erase biometrics").click()
    expect(page.get_by_text("The face of Ana Demo is erased.")).to_be_visible()
    assert not enrolled_ana.photos.exists()
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("nothing that it names is left")).to_be_visible()
    page.get_by_role("link", name="Audit trail of this person").click()
    row = page.get_by_role("row").filter(has_text="erasure.added")
    expect(row).to_contain_text("user hr")
    shown(page, "audit-trail")
    assert AuditEntry.objects.filter(act="audit.searched", subject=enrolled_ana.number).exists()


def test_what_the_employee_gave_hr_erases_and_the_auditor_finds_the_trace(
    page_of: Callable[[User], Page], live_server: LiveServer, colleague: User, hr: User
) -> None:
    """One person's data, from the box that was ticked to the entry that an auditor reads."""
    employee = colleague.employee
    own = page_of(colleague)
    own.goto(f"{live_server.url}/privacy/me/consent/")
    own.get_by_label("I agree to be recognised").check()
    own.get_by_role("button", name="I agree").click()
    expect(own.get_by_role("heading", name="You have agreed")).to_be_visible()
    for variation in range(3):
        photo_process(
            photo_add(employee=employee, content=fake_photo(3, variation=variation), source="upload", queue=False).pk
        )
    office = page_of(hr)
    office.goto(f"{live_server.url}/people/{employee.number}/privacy/")
    office.get_by_role("link", name="Erase biometrics").click()
    office.get_by_role("button", name="Erase biometrics").click()
    expect(office.get_by_text("is erased.")).to_be_visible()
    assert not employee.photos.exists()
    auditor = User.objects.create_user("auditor", password=None, role=User.Role.AUDITOR)
    trail = page_of(auditor)
    trail.goto(f"{live_server.url}/privacy/audit/?subject={employee.number}")
    erased = trail.get_by_role("row").filter(has_text="erasure.added")
    expect(erased).to_contain_text("user hr")
    given = trail.get_by_role("row").filter(has_text="consent.added")
    expect(given).to_contain_text(f"employee {employee.number}")
    ended = trail.get_by_role("row").filter(has_text="consent.changed")
    expect(ended.first).to_contain_text("Withdrawn at: – →")
    shown(trail, "audit-of-one")


def test_a_person_downloads_everything_and_can_read_it(
    page_of: Callable[[User], Page], live_server: LiveServer, colleague: User, tmp_path: Path
) -> None:
    consent_give(employee=colleague.employee, method="paper", text=consent_text(language="en"))
    photo_process(photo_add(employee=colleague.employee, content=fake_photo(3), source="upload", queue=False).pk)
    page = page_of(colleague)
    page.goto(f"{live_server.url}/attendance/me/")
    with page.expect_download() as got:
        page.get_by_role("button", name="Download everything").click()
    with zipfile.ZipFile(got.value.path()) as packed:
        packed.extractall(tmp_path / "mine")
    page.goto((tmp_path / "mine" / "index.html").as_uri())
    expect(page.get_by_role("heading", level=1)).to_contain_text("What Presente keeps about Cleo Demo")
    expect(page.get_by_role("heading", name="Consents", exact=True)).to_be_visible()
    expect(page.get_by_role("cell", name="Signed form")).to_be_visible()
    loaded = "Array.from(document.images, one => one.complete && one.naturalWidth > 0)"
    assert page.evaluate(loaded) == [True, True]
    shown(page, "access-request")
    assert violations(page) == []


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1280, "dark")])
def test_hr_changes_to_1_1_previews_retention_and_finds_the_hold(
    hr_page: Callable[..., Page],
    live_server: LiveServer,
    ana: Employee,
    width: int,
    scheme: Literal["light", "dark"],
) -> None:
    LegalHold.objects.create(employee=ana, reason="court case 12")
    page = hr_page(width=width, scheme=scheme)
    page.goto(f"{live_server.url}/privacy/")
    page.get_by_label("Reason (for the history)").fill("works council")
    page.get_by_role("button", name="Change to 1:1").click()
    expect(page.get_by_role("heading", name="the face confirms the number (1:1)")).to_be_visible()
    page.get_by_role("link", name="Preview").click()
    expect(page.get_by_role("columnheader", name="Would be deleted now")).to_be_visible()
    expect(page.get_by_role("button", name="Delete now")).to_be_visible()
    shown(page, f"privacy-{width}")
    assert violations(page, within="[role=main]") == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("link", name="Ana Demo (1001)").click()
    expect(page.get_by_role("button", name="Lift the hold")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1280, "dark")])
def test_everybody_can_use_the_audit_trail(
    hr_page: Callable[..., Page], live_server: LiveServer, ana: Employee, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = hr_page(width=width, scheme=scheme)
    page.goto(f"{live_server.url}/privacy/audit/")
    expect(page.get_by_role("heading", name="Audit trail")).to_be_visible()
    shown(page, f"audit-{width}")
    assert violations(page, within="main") == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
