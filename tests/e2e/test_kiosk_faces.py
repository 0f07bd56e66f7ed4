"""The kiosk before real faces: the page finds them itself, real networks name them. Any console error fails."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import segno
from playwright.sync_api import expect

from attendance.models import ClockEvent, Kiosk
from employees.models import Employee
from employees.services import badge_issue
from kiosk.models import KioskSettings
from recognition.models import Decision
from tests.e2e import clips
from tests.e2e.kiosk import PATIENCE, KioskPage

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("page_parts")]

Browse = Callable[..., KioskPage]
STRANGER = (0.05, 0.0, 1.0, 0.42)
"""Head and shoulders in the photograph of the one who is not enrolled."""
PERSON = (0.0, 0.05, 1.0, 0.65)


def at_the_door(browse: Browse, kiosk: Kiosk, clip: list[bytes]) -> KioskPage:
    """The page, paired, finding faces itself."""
    door = browse(clip).pair(kiosk)
    expect(door.page.locator("body")).to_have_attribute("data-finder", "page", timeout=PATIENCE)
    return door


def test_a_known_face_is_greeted_and_recorded(
    browse: Browse, kiosk: Kiosk, person: Employee, photos: dict[str, Path]
) -> None:
    door = at_the_door(browse, kiosk, clips.swaying(clips.photo(photos["obama2.jpg"])))
    door.wait("proposal")
    assert "Barack" in door.heading
    door.wait("done")
    assert ClockEvent.objects.get().employee == person
    assert Decision.objects.filter(outcome="identified").exists()


def test_a_stranger_is_told_so(browse: Browse, kiosk: Kiosk, person: Employee, photos: dict[str, Path]) -> None:
    door = at_the_door(browse, kiosk, clips.swaying(clips.photo(photos["biden.jpg"], part=STRANGER)))
    door.wait("unknown")
    assert not ClockEvent.objects.exists()


def test_two_people_are_asked_to_come_one_by_one(
    browse: Browse, kiosk: Kiosk, person: Employee, photos: dict[str, Path]
) -> None:
    pair = [
        clips.photo(photos[name], width=320, height=400, part=part)
        for name, part in (("obama2.jpg", PERSON), ("biden.jpg", STRANGER))
    ]
    door = at_the_door(browse, kiosk, clips.swaying(*pair))
    door.wait("several")
    assert not Decision.objects.exists()


def test_the_nearest_is_clocked_and_a_bystander_is_not(
    browse: Browse, kiosk: Kiosk, person: Employee, photos: dict[str, Path]
) -> None:
    near = clips.photo(photos["obama2.jpg"], width=400, height=460)
    far = clips.photo(photos["biden.jpg"], width=90, height=90, part=STRANGER)
    door = at_the_door(browse, kiosk, clips.swaying(near, far))
    door.wait("proposal")
    door.wait("done")
    assert ClockEvent.objects.get().employee == person


def test_a_passer_by_far_away_is_asked_to_come_closer_and_nothing_is_sent(
    browse: Browse, kiosk: Kiosk, person: Employee, photos: dict[str, Path]
) -> None:
    door = at_the_door(browse, kiosk, clips.swaying(clips.photo(photos["obama2.jpg"], width=220, height=220)))
    door.wait("hint")
    expect(door.page.locator('[data-view="hint"] [data-detail]')).to_have_text("Come closer to the camera.")
    assert not Decision.objects.exists()


def test_nobody_is_nobody_and_nothing_is_sent(browse: Browse, kiosk: Kiosk, person: Employee) -> None:
    door = at_the_door(browse, kiosk, clips.jpegs([clips.scene()], times=30))
    door.wait("idle")
    seen = door.looks
    ticks = int(door.page.locator("body").get_attribute("data-ticks") or 0)
    door.page.wait_for_function("from => Number(document.body.dataset.ticks) >= from + 20", arg=ticks)
    assert door.looks == seen
    assert door.wait("idle")
    assert not Decision.objects.exists()


def test_a_dark_face_is_asked_into_the_light(
    browse: Browse, kiosk: Kiosk, person: Employee, photos: dict[str, Path]
) -> None:
    dark = clips.darkened(clips.photo(photos["obama2.jpg"]), 0.12)
    door = at_the_door(browse, kiosk, clips.swaying(dark))
    door.wait("hint")
    expect(door.page.locator('[data-view="hint"] [data-detail]')).to_have_text("Step into the light.")


def test_a_blurred_face_is_asked_to_hold_still(
    browse: Browse, kiosk: Kiosk, person: Employee, photos: dict[str, Path]
) -> None:
    soft = clips.blurred(clips.photo(photos["obama2.jpg"]), 7)
    door = at_the_door(browse, kiosk, clips.swaying(soft))
    door.wait("hint")
    expect(door.page.locator('[data-view="hint"] [data-detail]')).to_have_text(re.compile("^Hold still"))
    assert not ClockEvent.objects.exists()


def test_a_turning_face_is_greeted_once_it_looks_straight(
    browse: Browse, kiosk: Kiosk, person: Employee, photos: dict[str, Path]
) -> None:
    face = clips.photo(photos["obama2.jpg"])
    head = (round(0.32 * face.shape[1]), 0, round(0.55 * face.shape[1]), face.shape[0])
    away = clips.jpegs([clips.scene(clips.turned(face, head, -25), shift=sway) for sway in (0, 1)], times=40)
    door = at_the_door(browse, kiosk, away + clips.swaying(face, seconds=4))
    door.wait("hint")
    expect(door.page.locator('[data-view="hint"] [data-detail]')).to_have_text("Look straight at the camera.")
    assert not Decision.objects.exists()
    door.wait("proposal")
    assert "Barack" in door.heading


def code(text: str) -> clips.Picture:
    """A badge held before the camera."""
    buffer = io.BytesIO()
    segno.make(text, micro=False).save(buffer, kind="png", scale=8, border=4)
    picture = cv2.imdecode(np.frombuffer(buffer.getvalue(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    scale = 300 / picture.shape[0]
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST), np.uint8)


def test_a_badge_is_read_and_clocks_where_hr_allows_it(browse: Browse, kiosk: Kiosk, person: Employee) -> None:
    KioskSettings.objects.create(kiosk=kiosk, badge="alone")
    door = at_the_door(browse, kiosk, clips.swaying(code(badge_issue(employee=person))))
    door.wait("proposal")
    door.wait("done")
    event = ClockEvent.objects.get()
    assert (event.employee, event.method) == (person, "badge")


def test_a_number_printed_as_a_code_asks_for_the_pin(browse: Browse, kiosk: Kiosk, person: Employee) -> None:
    door = at_the_door(browse, kiosk, clips.swaying(code("1001")))
    door.wait("pin")
    expect(door.page.locator("#pin-number")).to_have_value("1001")
    expect(door.page.locator("#pin-code")).to_be_focused()
    door.page.keyboard.type("246813")
    door.page.keyboard.press("Enter")
    door.wait("proposal")


def test_a_person_is_spoken_to_in_their_language(
    browse: Browse, kiosk: Kiosk, person: Employee, photos: dict[str, Path]
) -> None:
    Employee.objects.filter(pk=person.pk).update(language="es")
    door = at_the_door(browse, kiosk, clips.swaying(clips.photo(photos["obama2.jpg"])))
    door.wait("proposal")
    assert re.match("Buen[oa]s .*, Barack", door.heading)
    expect(door.page.locator('[data-view="proposal"] [data-direction="in"]')).to_have_text("Entrada")
    expect(door.page.locator(".say")).to_have_attribute("lang", "es")
    door.wait("done")
    door.wait("idle", "already", "framed")
    expect(door.page.locator("html")).to_have_attribute("lang", "en")
