"""The main job, once through, for real: enrol in the admin, clock in at the kiosk, read it in the report.

Real networks, a real worker over a real broker, a real browser and photographs of a real face (public domain, fetched
by pip). With PRESENTE_SCREENSHOTS=FOLDER it leaves the pictures that the README shows.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from django.conf import settings
from playwright.sync_api import ConsoleMessage, Page, expect

from common.testing import skip_or_fail
from recognition import assets
from recognition.engine.types import ModelUnavailable
from tests.e2e import clips
from tests.e2e.conftest import Launch
from tests.e2e.instance import Instance, running

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
ENROLLED = ("obama.jpg", "obama3.jpg", "obama_partial_face.jpg")
AT_THE_DOOR = "obama2.jpg"
SCREENSHOTS = os.environ.get("PRESENTE_SCREENSHOTS")
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def presente(photos: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    try:
        assets.fetch_assets(Path(settings.MODELS_DIR) / "sources")
    except ModelUnavailable as error:
        skip_or_fail(error.message)
    with running(tmp_path_factory.mktemp("mainjob")) as instance:
        yield instance


@pytest.fixture
def open_page(launch: Launch, presente: Instance) -> Iterator[Open]:
    """Opens a browser, with a camera that plays ``clip`` if given; any console error fails the test."""
    errors: list[str] = []

    def console(message: ConsoleMessage) -> None:
        # Without its link the first page refuses, on purpose, and the browser itself writes a line of it.
        refused = "403" in message.text and message.location.get("url", "").endswith("/welcome/")
        if message.type == "error" and not refused:
            errors.append(f"{message.text} ({message.location})")

    def start(*, clip: Path | None = None) -> Page:
        page = launch(clip=clip).new_page(
            viewport={"width": 1280, "height": 860}, locale="en-GB", base_url=presente.url
        )
        page.set_default_timeout(PATIENCE)
        page.on("console", console)
        page.on("dialog", lambda dialog: dialog.accept())
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error.stack}"))
        return page

    yield start
    assert errors == []


def film(photo: Path, target: Path) -> Path:
    """A clip of a photograph that somebody holds still in front of the camera: 640×480, a pixel of sway."""
    picture = cv2.imread(str(photo))
    assert picture is not None
    scale = min(640 / picture.shape[1], 480 / picture.shape[0])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    frames = []
    for sway in (0, 1, 2, 1) * 6:
        canvas = np.full((480, 640, 3), 60, np.uint8)
        top, left = (480 - small.shape[0]) // 2, min((640 - small.shape[1]) // 2 + sway, 640 - small.shape[1])
        canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
        frames.append(cv2.imencode(".jpg", canvas)[1].tobytes())
    target.write_bytes(b"".join(frames))
    return target


def shoot(page: Page, name: str) -> None:
    if SCREENSHOTS:
        Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
        # What is still fading in is shown as it ends.
        page.screenshot(path=str(Path(SCREENSHOTS) / f"{name}.png"), animations="disabled")


def create_first_account(page: Page, printed: str) -> None:
    page.goto("/")
    expect(page).to_have_url(re.compile("/welcome/$"))
    expect(page.locator("body")).to_contain_text("manage.py doctor")
    link = re.search(r"open (http\S+) and create the first HR account", printed)
    assert link is not None, printed
    page.goto(link[1])
    expect(page).to_have_url(re.compile("/welcome/$"))
    page.get_by_label("First name").fill("Hanna")
    page.get_by_label("User name").fill("hanna")
    page.get_by_label("Password", exact=True).fill("a-long-and-quiet-phrase")
    page.get_by_label("Password, once more").fill("a-long-and-quiet-phrase")
    page.get_by_label("Country and city").select_option("America/La_Paz")
    page.get_by_role("button", name="Create the account and begin").click()
    expect(page.get_by_text(re.compile(r"It is \d\d:\d\d in La Paz"))).to_be_visible()
    page.get_by_role("button", name="Save and begin").click()
    expect(page).to_have_url(re.compile("/admin/$"))


def hire(page: Page) -> None:
    page.goto("/admin/employees/employee/add/")
    page.locator("[name=number]").fill("D001")
    page.locator("[name=first_name]").fill("Barack")
    page.locator("[name=last_name]").fill("Obama")
    page.locator("[name=_save]").click()
    page.goto("/people/D001/enrol/")


def enrol(page: Page, photos: dict[str, Path]) -> None:
    expect(page.locator("#enrol-choose")).to_be_disabled()
    page.locator("#consent-method").select_option("paper")
    page.get_by_label("agrees to be recognised").check()
    page.get_by_role("button", name="Record the consent").click()
    page.locator("#enrol-files").set_input_files([str(photos[name]) for name in ENROLLED])
    states = page.locator(".enrol-card .enrol-state")
    expect(states.filter(has_text="Accepted")).to_have_count(3, timeout=60_000)
    page.locator("#enrol-files").set_input_files([str(photos["biden.jpg"])])
    expect(states.filter(has_text="Rejected")).to_have_count(1)
    stranger = page.locator(".enrol-card").filter(has_text="biden.jpg")
    expect(stranger).to_contain_text("does not look like the person's other photos")
    for _click in ("asks", "does it"):
        stranger.locator("[data-do=delete]").click()
    expect(states).to_have_count(3)


def pair(page: Page) -> str:
    page.goto("/admin/attendance/kiosk/add/")
    page.locator("[name=name]").fill("Front door")
    page.locator("[name=_save]").click()
    page.get_by_role("button", name="Make a one-time link").click()
    return page.locator("#pairing-link").input_value()


def test_from_hiring_to_the_report(
    open_page: Open, presente: Instance, photos: dict[str, Path], tmp_path: Path
) -> None:
    office = open_page()
    create_first_account(office, presente.printed)
    hire(office)
    enrol(office, photos)
    shoot(office, "enrol")
    link = pair(office)

    door = open_page(clip=film(photos[AT_THE_DOOR], tmp_path / "door.mjpeg"))
    door.goto(link)
    door.get_by_role("button", name="Pair this device").click()
    body = door.locator("body")
    expect(body).to_have_attribute("data-state", "proposal")
    expect(door.locator("#who")).to_have_text("Barack Obama")
    shoot(door, "kiosk-proposal")
    expect(body).to_have_attribute("data-state", "done")
    expect(door.locator("h1:visible")).to_have_text("Welcome, Barack")
    shoot(door, "kiosk-greeting")

    office.goto("/attendance/")
    expect(office.locator("main")).to_contain_text("Barack Obama")
    office.goto("/attendance/people/D001/" + office.evaluate("new Date().toISOString().slice(0, 7)") + "/")
    expect(office.locator("main")).to_contain_text("In now")
    shoot(office, "month")
    office.goto("/admin/")
    shoot(office, "dashboard")


def test_a_stranger_at_the_door_is_offered_the_pin(open_page: Open, photos: dict[str, Path], tmp_path: Path) -> None:
    office = open_page()
    office.goto("/login/")
    office.locator("[name=username]").fill("hanna")
    office.locator("[name=password]").fill("a-long-and-quiet-phrase")
    office.locator("[type=submit]").first.click()
    office.goto("/admin/attendance/kiosk/")
    office.get_by_role("link", name="Front door", exact=True).click()
    office.get_by_role("link", name="Pair a device").click()
    office.get_by_role("button", name="Make a one-time link").click()
    link = office.locator("#pairing-link").input_value()

    # The photograph shows more of him than a kiosk sees of who stands before it.
    near = tmp_path / "near.jpg"
    cv2.imwrite(str(near), clips.photo(photos["biden.jpg"], part=(0.05, 0.0, 1.0, 0.42)))
    door = open_page(clip=film(near, tmp_path / "stranger.mjpeg"))
    door.goto(link)
    door.get_by_role("button", name="Pair this device").click()

    expect(door.locator("body")).to_have_attribute("data-state", "unknown")
    shoot(door, "kiosk-unknown")
