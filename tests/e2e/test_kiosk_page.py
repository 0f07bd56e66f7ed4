"""The kiosk's page in a real browser, before a camera that plays a clip; any console error fails."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django import Settings

from attendance.models import ClockEvent, Kiosk
from attendance.services.clock import clock
from employees.models import Employee
from employees.tests.employment_kit import employ
from kiosk.services.pairing import kiosk_pairing_link, kiosk_revoke
from recognition.models import Decision
from recognition.services import search_choose
from recognition.tests.fake_engine import fake_photo
from tests.e2e.access import violations
from tests.e2e.kiosk import PATIENCE, KioskPage

pytestmark = pytest.mark.browser


def person(number: int, *, variations: Sequence[int] = (5, 6)) -> Sequence[bytes]:
    """A clip of somebody of the fake engine who moves a little every half second."""
    return [fake_photo(number, variation=each, size=480, kind="JPEG") for each in variations for _frame in range(15)]


def flat(colours: Sequence[tuple[int, int, int]]) -> Sequence[bytes]:
    """A still clip with these colours side by side: black has no face, two have two."""
    import io

    from PIL import Image

    picture = Image.new("RGB", (640, 480))
    width = 640 // len(colours)
    for index, colour in enumerate(colours):
        picture.paste(colour, (index * width, 0, (index + 1) * width, 480))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=95)
    return [buffer.getvalue()] * 10


def test_greets_by_name_records_and_says_already(
    browse: Callable[..., KioskPage], kiosk: Kiosk, enrolled_ana: Employee
) -> None:
    door = browse(person(1)).pair(kiosk)
    door.wait("proposal")
    assert "Ana" in door.heading
    assert door.page.locator("#who").inner_text() == "Ana Demo"
    proposed = door.page.locator("[data-proposed]")
    assert proposed.get_attribute("data-direction") == "in"
    expect(proposed).to_be_focused()
    door.wait("done")
    assert door.heading == "Welcome, Ana"
    event = ClockEvent.objects.get()
    assert (event.employee, event.direction, event.method, event.kiosk) == (enrolled_ana, "in", "face", kiosk)
    shown = f"{event.at.astimezone(kiosk.zone):%H:%M}"
    assert shown in door.page.locator('[data-view="done"]').inner_text()
    door.wait("already")
    assert door.heading == f"Already in, {shown}"
    assert ClockEvent.objects.count() == 1


def test_in_a_company_that_only_verifies_the_number_comes_first_and_nobody_is_looked_for(
    browse: Callable[..., KioskPage], kiosk: Kiosk, enrolled_ana: Employee
) -> None:
    search_choose(search=False, by=None)
    door = browse(person(1)).pair(kiosk)
    door.wait("number")
    assert violations(door.page) == []
    door.type_pin("1001", "246813")
    door.wait("proposal")
    assert door.page.locator("#who").inner_text() == "Ana Demo"
    door.page.keyboard.press("Enter")
    door.wait("done")
    decision = ClockEvent.objects.get().decision
    assert decision is not None
    assert (decision.employee, decision.gallery_people) == (enrolled_ana, 1)
    assert set(Decision.objects.values_list("gallery_people", flat=True)) == {1}


def test_the_person_may_choose_the_other_direction(
    browse: Callable[..., KioskPage], kiosk: Kiosk, enrolled_ana: Employee
) -> None:
    door = browse(person(1)).pair(kiosk)
    door.wait("proposal")
    # A keyboard stops the countdown: whoever needs time has it.
    door.page.keyboard.press("ArrowRight")
    expect(door.page.locator("#countdown")).to_have_text("Choose In or Out.")
    door.page.keyboard.press("Enter")
    door.wait("done")
    assert ClockEvent.objects.get().direction == "out"


def test_a_minute_after_coming_in_a_look_alone_records_nothing(
    browse: Callable[..., KioskPage], kiosk: Kiosk, enrolled_ana: Employee
) -> None:
    employ(enrolled_ana, hired_on=timezone.localdate() - timedelta(days=9))
    clock(
        employee=enrolled_ana,
        direction="in",
        at=timezone.now() - timedelta(seconds=63),
        zone=kiosk.time_zone,
        method="face",
        kiosk=kiosk,
        idempotency_key="came-in",
    )
    door = browse(person(1)).pair(kiosk)
    door.wait("proposal")
    expect(door.page.locator("#countdown")).to_have_text("Choose In or Out.")
    expect(door.page.locator("[data-proposed]")).to_have_attribute("data-direction", "out")
    # Nobody touches it, and what stands is said.
    door.wait("already")
    assert door.heading.startswith("Already in, ")
    assert ClockEvent.objects.count() == 1
    door.wait("proposal")
    door.page.locator('[data-direction="out"]').click()
    door.wait("done")
    assert list(ClockEvent.objects.order_by("at").values_list("direction", flat=True)) == ["in", "out"]


def test_that_is_not_me_records_nothing(browse: Callable[..., KioskPage], kiosk: Kiosk, enrolled_ana: Employee) -> None:
    door = browse(person(1)).pair(kiosk)
    door.wait("proposal")
    door.page.get_by_role("button", name="That is not me").click()
    door.wait("mistaken")
    expect(door.page.locator('[data-view="mistaken"] p')).to_have_text(re.compile("^Nothing was recorded"))
    assert not ClockEvent.objects.exists()


def test_an_unknown_face_is_offered_the_pin(
    browse: Callable[..., KioskPage], kiosk: Kiosk, enrolled_ana: Employee
) -> None:
    door = browse(person(7)).pair(kiosk)
    door.wait("unknown")
    assert door.heading == "I do not recognise you"
    assert set(Decision.objects.values_list("outcome", flat=True)) == {"unknown"}
    door.page.locator('[data-view="unknown"]').get_by_role("button", name="Use my PIN").click()
    door.wait("pin")
    expect(door.page.locator("#pin-number")).to_be_focused()
    assert not ClockEvent.objects.exists()


def test_without_a_face_and_motion_nothing_is_sent(browse: Callable[..., KioskPage], kiosk: Kiosk) -> None:
    door = browse(flat([(0, 0, 0)])).pair(kiosk)
    door.wait("idle")
    assert door.heading == "Look at the camera"
    body = door.page.locator("body")
    expect(body).to_have_attribute("data-awake", "true", timeout=PATIENCE)
    expect(body).to_have_attribute("data-awake", "false", timeout=PATIENCE)
    looks, ticks = door.looks, int(body.get_attribute("data-ticks") or 0)
    assert looks > 0
    door.page.wait_for_function("from => Number(document.body.dataset.ticks) >= from + 6", arg=ticks)
    assert door.looks == looks
    assert door.wait("idle")
    assert not Decision.objects.exists()


def test_two_faces_are_asked_to_come_one_by_one(browse: Callable[..., KioskPage], kiosk: Kiosk) -> None:
    door = browse(flat([(200, 60, 60), (60, 60, 200)])).pair(kiosk)
    door.wait("several")
    assert door.heading == "One person at a time"
    assert not Decision.objects.exists()


def test_the_pin_pad_by_keyboard_and_by_touch(browse: Callable[..., KioskPage], kiosk: Kiosk, ana: Employee) -> None:
    door = browse(flat([(0, 0, 0)])).pair(kiosk)
    door.wait("idle")
    door.type_pin("1001", "9999")
    expect(door.page.locator("#pin-error")).to_have_text("Number or PIN is wrong. Check both and try again.")
    expect(door.page.locator("#pin-number")).to_have_value("1001")
    for key in "246813":
        door.page.locator(f'[data-key="{key}"]').click()
    door.page.locator("#pin-submit").click()
    door.wait("proposal")
    assert "Ana" in door.heading
    door.page.locator('[data-direction="out"]').click()
    door.wait("done")
    assert door.heading == "Goodbye, Ana"
    event = ClockEvent.objects.get()
    assert (event.method, event.direction, event.decision) == ("pin", "out", None)
    door.wait("idle")


def test_a_locked_pin_says_for_how_long(browse: Callable[..., KioskPage], kiosk: Kiosk, ana: Employee) -> None:
    door = browse(flat([(0, 0, 0)])).pair(kiosk)
    door.wait("idle")
    door.type_pin("1001", "0000")
    message = door.page.locator("#pin-error")
    for _attempt in range(5):
        expect(message).to_have_text(re.compile("Number or PIN is wrong|Too many wrong PINs"))
        if "Too many" in message.inner_text():
            break
        expect(door.page.locator("#pin-code")).to_be_focused()
        door.page.keyboard.type("0000")
        expect(message).to_have_text("")
        door.page.keyboard.press("Enter")
    expect(message).to_have_text(re.compile(r"Too many wrong PINs\. Try again in \d min, or ask HR\."))
    door.page.keyboard.press("Escape")
    door.wait("idle")


def test_a_refused_camera_says_how_to_allow_it(browse: Callable[..., KioskPage], kiosk: Kiosk, ana: Employee) -> None:
    door = browse(switches=["--use-fake-device-for-media-stream", "--deny-permission-prompts"]).pair(kiosk)
    assert door.wait("camera_denied")
    door.type_pin("1001", "246813")
    door.wait("proposal")
    door.wait("done")
    door.wait("camera_denied")


def test_a_device_without_a_camera(browse: Callable[..., KioskPage], kiosk: Kiosk) -> None:
    door = browse(switches=["--use-fake-ui-for-media-stream"]).pair(kiosk)
    door.wait("camera_missing")
    assert door.heading == "No camera was found"


def test_over_plain_http_the_page_explains_itself(
    browse: Callable[..., KioskPage], kiosk: Kiosk, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    door = browse(flat([(0, 0, 0)]), switches=["--host-resolver-rules=MAP kiosk.test 127.0.0.1"])
    door.base = re.sub(r"//[^:/]+", "//kiosk.test", door.base)
    door.pair(kiosk).wait("insecure")
    expect(door.page.locator('[data-view="insecure"] p')).to_have_text(re.compile("https://"))
    # The browser itself says that it ignores a header over plain HTTP.
    assert all("Cross-Origin-Opener-Policy" in error for error in door.errors)
    door.errors.clear()


def test_a_lost_network_is_said_and_left_behind(browse: Callable[..., KioskPage], kiosk: Kiosk) -> None:
    door = browse(person(7)).pair(kiosk)
    door.wait("framed", "unknown", "identifying")
    door.cut_off()
    # The answer to what was sent before may still come, and is shown first.
    expect(door.page.locator("h1:visible")).to_have_text("No connection", timeout=PATIENCE)
    door.wait("offline")
    door.page.context.set_offline(False)
    door.wait("idle", "framed")
    # The browser itself writes a line for each failed request.
    assert all("ERR_INTERNET_DISCONNECTED" in error for error in door.errors)
    door.errors.clear()


def test_a_revoked_device_learns_it_at_once(browse: Callable[..., KioskPage], kiosk: Kiosk) -> None:
    door = browse(person(7)).pair(kiosk)
    door.wait("framed", "unknown", "identifying")
    kiosk.refresh_from_db()
    kiosk_revoke(kiosk=kiosk)
    door.wait("kiosk_unpaired")
    assert door.heading == "This device was unpaired"
    assert all("401" in error for error in door.errors)
    door.errors.clear()


def test_the_page_speaks_spanish(browse: Callable[..., KioskPage], kiosk: Kiosk) -> None:
    door = browse(flat([(0, 0, 0)])).pair(kiosk)
    door.wait("idle")
    door.page.get_by_role("link", name="Español").click()
    door.wait("idle")
    expect(door.page.locator("html")).to_have_attribute("lang", "es")


@pytest.mark.parametrize(("width", "height"), [(320, 568), (568, 320), (800, 1280), (3840, 2160)])
def test_every_size_shows_everything(
    browse: Callable[..., KioskPage], kiosk: Kiosk, ana: Employee, width: int, height: int
) -> None:
    door = browse(flat([(0, 0, 0)]), width=width, height=height).pair(kiosk)
    for state in ("idle", "pin", "proposal"):
        if state == "pin":
            door.page.locator("#pin-open").click()
        if state == "proposal":
            door.type_pin("1001", "246813")
        door.wait(state)
        room = door.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert room <= 0, state
        last = {"idle": "#pin-open", "pin": "#pin-submit", "proposal": '[data-view="proposal"] [data-do="not-me"]'}[
            state
        ]
        door.page.locator(last).scroll_into_view_if_needed()
        expect(door.page.locator(last)).to_be_in_viewport(ratio=0.98)


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_it_is_accessible(browse: Callable[..., KioskPage], kiosk: Kiosk, ana: Employee, scheme: str) -> None:
    door = browse(flat([(0, 0, 0)]))
    door.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    door.page.goto(door.base + kiosk_pairing_link(kiosk=kiosk, by=None))
    found = violations(door.page)
    door.page.locator("#pair").click()
    door.wait("idle")
    found += violations(door.page)
    door.page.locator("#pin-open").click()
    found += violations(door.page)
    door.type_pin("1001", "246813")
    door.wait("proposal")
    door.page.keyboard.press("Tab")
    found += violations(door.page)
    assert found == []
