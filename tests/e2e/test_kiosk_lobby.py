"""A morning in the lobby: the ways in which it can fail, one after the other; every screen says what to do next.

With PRESENTE_SCREENSHOTS=FOLDER it also leaves a picture of every state, in English and in Spanish, for docs/kiosk.md.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from attendance.models import ClockEvent, Kiosk
from doors.models import Door
from employees.models import Employee
from kiosk.models import KioskSettings
from kiosk.services.pairing import kiosk_name_show, kiosk_revoke
from tests.e2e import clips
from tests.e2e.access import violations
from tests.e2e.conftest import PIN
from tests.e2e.kiosk import PATIENCE, KioskPage

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("page_parts")]

SCREENSHOTS = os.environ.get("PRESENTE_SCREENSHOTS")
LANGUAGES = ("en", "es") if SCREENSHOTS else ("en",)
STRANGER = (0.05, 0.0, 1.0, 0.42)
PERSON = (0.0, 0.05, 1.0, 0.65)
Browse = Callable[..., KioskPage]


class Tour:
    """One visitor's look at the page: opens it before a clip, and checks and keeps what it shows."""

    def __init__(self, browse: Browse, kiosk: Kiosk, language: str) -> None:
        self.browse, self.kiosk, self.language = browse, kiosk, language

    def open(self, clip: Sequence[bytes] = (), **browser: object) -> KioskPage:
        KioskSettings.objects.update_or_create(kiosk=self.kiosk, defaults={"language": self.language})
        door = self.browse(clip, width=1024, height=768, **browser)
        # Half-way through its fade a screen has less contrast than it ends with.
        door.page.emulate_media(reduced_motion="reduce")
        return door.pair(self.kiosk)

    def see(self, door: KioskPage, state: str, name: str = "") -> None:
        """The state comes; it says something to do, can be used by everybody, and has its picture taken."""
        door.wait(state)
        view = door.page.locator(f'[data-view="{state}"]')
        assert view.locator("h1, p, small, button").count() >= 2, state
        ways = door.page.locator("button:visible, a.button:visible").count()
        assert ways > 0, f"{state} leads nowhere"
        if SCREENSHOTS:
            folder = Path(SCREENSHOTS)
            folder.mkdir(parents=True, exist_ok=True)
            door.page.screenshot(path=str(folder / f"{name or state}-{self.language}.png"))
        assert violations(door.page) == [], state


@pytest.fixture(params=LANGUAGES)
def tour(request: pytest.FixtureRequest, browse: Browse, kiosk: Kiosk) -> Tour:
    return Tour(browse, kiosk, request.param)


def face(photos: dict[str, Path], name: str = "obama2.jpg", **options: object) -> clips.Picture:
    part = STRANGER if name == "biden.jpg" else PERSON
    return clips.photo(photos[name], part=part, **options)  # type: ignore[arg-type]


def test_somebody_clocks_and_looks_again(tour: Tour, person: Employee, photos: dict[str, Path]) -> None:
    door = tour.open(clips.swaying(face(photos)))
    tour.see(door, "proposal")
    door.page.keyboard.press("Enter")
    tour.see(door, "done")
    door.page.locator("#undo").click()
    tour.see(door, "mistaken", "undone")
    assert not ClockEvent.objects.standing().exists()
    door.page.locator('[data-view="mistaken"] [data-do="again"]').click()
    door.wait("proposal")
    door.page.keyboard.press("Enter")
    tour.see(door, "done", "done-again")
    tour.see(door, "already")


def test_nobody_and_a_stranger(tour: Tour, person: Employee, photos: dict[str, Path]) -> None:
    door = tour.open(clips.jpegs([clips.scene()], times=30))
    tour.see(door, "idle")
    door.page.context.browser.close()  # type: ignore[union-attr]
    tour.see(tour.open(clips.swaying(face(photos, "biden.jpg"))), "unknown")


@pytest.mark.parametrize("what", ["far", "dark", "blurred", "turned", "several"])
def test_a_picture_that_will_not_do(tour: Tour, person: Employee, photos: dict[str, Path], what: str) -> None:
    near = clips.photo(photos["obama2.jpg"])
    head = (round(0.32 * near.shape[1]), 0, round(0.55 * near.shape[1]), near.shape[0])
    pictures = {
        "far": [clips.photo(photos["obama2.jpg"], width=220, height=220)],
        "dark": [clips.darkened(face(photos), 0.12)],
        "blurred": [clips.blurred(face(photos), 9)],
        "turned": [clips.turned(near, head, -25)],
        "several": [face(photos, width=320, height=400), face(photos, "biden.jpg", width=320, height=400)],
    }
    door = tour.open(clips.swaying(*pictures[what]))
    tour.see(door, "several" if what == "several" else "hint", what)
    assert not ClockEvent.objects.exists()


def test_a_wrong_pin_and_a_badge_of_somewhere_else(tour: Tour, person: Employee) -> None:
    door = tour.open(clips.jpegs([clips.scene()], times=30))
    door.wait("idle")
    door.page.locator("#pin-open").click()
    tour.see(door, "pin")
    door.type_pin("1001", "0000")
    expect(door.page.locator("#pin-error")).not_to_have_text("")
    tour.see(door, "pin", "pin-wrong")


@pytest.mark.parametrize("what", ["touch", "number", "closed"])
def test_as_hr_set_it_up(tour: Tour, person: Employee, photos: dict[str, Path], what: str) -> None:
    local = timezone.now().astimezone(tour.kiosk.zone)
    choices: dict[str, dict[str, Any]] = {
        "touch": {"start": "touch"},
        "number": {"mode": "verify"},
        "closed": {"opens_at": "07:00", "closes_at": "19:00", "weekdays": [(local.weekday() + 3) % 7]},
    }
    KioskSettings.objects.create(kiosk=tour.kiosk, **choices[what])
    door = tour.open(clips.swaying(face(photos)))
    tour.see(door, what)
    if what == "touch":
        door.page.locator('[data-do="look"]').click()
        door.wait("proposal")
    if what == "number":
        door.type_pin("1001", PIN)
        door.wait("proposal")
        door.page.keyboard.press("Enter")
        door.wait("done")
        assert ClockEvent.objects.get().decision is not None


def test_what_is_wrong_with_the_device(tour: Tour, person: Employee, photos: dict[str, Path]) -> None:
    door = tour.open(switches=["--use-fake-device-for-media-stream", "--deny-permission-prompts"])
    tour.see(door, "camera_denied")
    door.page.context.browser.close()  # type: ignore[union-attr]
    door = tour.open(switches=["--use-fake-ui-for-media-stream"])
    tour.see(door, "camera_missing")
    kiosk_name_show(kiosk=tour.kiosk)
    door.page.reload()
    expect(door.page.locator("#flash")).to_be_visible()
    tour.see(door, "camera_missing", "identify")
    tour.kiosk.refresh_from_db()
    kiosk_revoke(kiosk=tour.kiosk)
    door.page.reload()
    door.wait("kiosk_unpaired")
    assert "401" in str(door.errors)
    door.errors.clear()


def test_a_request_to_move_that_nobody_follows(tour: Tour, person: Employee, photos: dict[str, Path]) -> None:
    KioskSettings.objects.create(kiosk=tour.kiosk, liveness=KioskSettings.Liveness.ALWAYS)
    door = tour.open(clips.swaying(face(photos)))
    expect(door.page.locator('[data-view="challenge"]')).to_have_attribute("data-step", "1", timeout=2 * PATIENCE)
    tour.see(door, "challenge")
    # Nine seconds of film, and some fifty pictures for the server to look at.
    expect(door.page.locator("body")).to_have_attribute("data-state", "not_live", timeout=4 * PATIENCE)
    tour.see(door, "not_live")
    assert not ClockEvent.objects.exists()


def test_without_a_network(tour: Tour, person: Employee, photos: dict[str, Path]) -> None:
    KioskSettings.objects.create(kiosk=tour.kiosk, start=KioskSettings.Start.TOUCH)
    door = tour.open(clips.swaying(face(photos)))
    door.wait("touch")
    expect(door.page.locator("body")).to_have_attribute("data-keeps", "yes")
    for part in ("finder", "reader"):
        expect(door.page.locator("body")).to_have_attribute(f"data-{part}", "page", timeout=2 * PATIENCE)
    door.cut_off()
    tour.see(door, "offline")
    door.type_pin("1001", PIN)
    tour.see(door, "way")
    door.page.locator('[data-view="way"] [data-do="keep-in"]').click()
    tour.see(door, "kept")
    # The browser itself writes a line for each failed request, and for the worker that it cannot look for.
    assert [error for error in door.errors if not re.search("net::ERR_|fetching the script", error)] == []
    door.errors.clear()


def test_a_door_opens_asks_for_more_and_stays_shut(tour: Tour, person: Employee, photos: dict[str, Path]) -> None:
    lock = Door.objects.create(name="Lobby", kiosk=tour.kiosk, leads="in", clocks=True)
    clip, stranger = clips.swaying(face(photos)), clips.swaying(face(photos, "biden.jpg"))
    for state, name, shown in (("done", "door-open", clip), ("unknown", "door-shut", stranger)):
        door = tour.open(shown)
        tour.see(door, state, name)
        expect(door.page.locator("#door-said")).to_be_visible()
        door.page.context.browser.close()  # type: ignore[union-attr]
    lock.pin_needed = True
    lock.save()
    door = tour.open(clip)
    tour.see(door, "pin", "door-pin")
    expect(door.page.locator("#door-said")).to_be_visible()
