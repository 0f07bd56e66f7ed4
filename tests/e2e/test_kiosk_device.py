"""What may happen to the tablet itself: its camera hangs or is unplugged, it sleeps, its page stumbles, it speaks.

Time is the page's own and is set forward, so that nothing here waits.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import expect

from attendance.models import Kiosk
from employees.models import Employee
from kiosk.models import KioskSettings
from recognition.tests.fake_engine import fake_photo
from tests.e2e import clips
from tests.e2e.kiosk import PATIENCE, KioskPage

pytestmark = pytest.mark.browser

NOBODY = clips.jpegs([np.zeros((480, 640, 3), np.uint8)], times=10)
STRANGER = [fake_photo(7, variation=each, size=480, kind="JPEG") for each in (5, 6) for _frame in range(15)]
CAMERA = """
const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
window.opened = [];
navigator.mediaDevices.getUserMedia = async (asked) => {
  const stream = await real(asked);
  window.opened.push(stream);
  return stream;
};
const { get } = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "currentTime");
Object.defineProperty(HTMLMediaElement.prototype, "currentTime", {
  configurable: true,
  get() { return window.hangs ? 1 : get.call(this); },
});
"""
VOICE = """
window.spoken = [];
SpeechSynthesis.prototype.speak = (said) => window.spoken.push([said.lang, said.text]);
"""


def opened(door: KioskPage, times: int) -> None:
    """The camera has been opened so often, and the kiosk looks for faces again."""
    door.page.wait_for_function("times => window.opened.length === times", arg=times, timeout=PATIENCE)
    door.wait("idle")


def test_the_camera_hangs_is_unplugged_and_the_tablet_sleeps(browse: Callable[..., KioskPage], kiosk: Kiosk) -> None:
    door = browse(NOBODY)
    door.page.clock.install()
    door.page.add_init_script(CAMERA)
    door.pair(kiosk)
    opened(door, 1)

    door.page.evaluate("window.hangs = true")
    door.page.clock.run_for(12_000)
    door.page.evaluate("window.hangs = false")
    opened(door, 2)

    door.page.evaluate("window.opened.at(-1).getTracks()[0].dispatchEvent(new Event('ended'))")
    door.wait("camera_busy")
    assert door.heading
    door.page.clock.run_for(10_500)
    opened(door, 3)

    door.page.clock.fast_forward(3_600_000)
    opened(door, 4)


def test_after_an_error_nobody_foresaw_the_page_loads_itself_again_but_not_over_and_over(
    browse: Callable[..., KioskPage], kiosk: Kiosk
) -> None:
    door = browse(NOBODY)
    door.page.clock.install()
    door.pair(kiosk).wait("idle")
    stumble = "window.old = true; void Promise.reject(new Error('nobody foresaw this'))"

    door.page.evaluate(stumble)
    with door.page.expect_navigation():
        door.page.clock.fast_forward(10_000)
    door.wait("idle")

    door.page.evaluate(stumble)
    door.page.clock.fast_forward(15_000)
    assert door.page.evaluate("window.old") is True
    with door.page.expect_navigation():
        door.page.clock.fast_forward(50_000)
    door.wait("idle")
    assert len(door.errors) == 2
    assert all("nobody foresaw this" in error for error in door.errors)
    door.errors.clear()


def test_what_the_screen_says_is_spoken_where_hr_switched_that_on(
    browse: Callable[..., KioskPage], kiosk: Kiosk, enrolled_ana: Employee
) -> None:
    KioskSettings.objects.create(kiosk=kiosk, voice=True, language="es")
    door = browse(STRANGER)
    door.page.add_init_script(VOICE)
    door.pair(kiosk).wait("unknown")

    expect(door.page.locator("html")).to_have_attribute("lang", "es")
    spoken = door.page.evaluate("window.spoken")
    assert {language for language, _said in spoken} == {"es"}
    assert any(door.heading in said for _language, said in spoken)
