"""A kiosk that asks people to move, before a camera that plays clips: the fake engine's poses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from attendance.models import ClockEvent, Kiosk
from employees.models import Employee
from kiosk.models import KioskSettings
from recognition.models import Decision, LivenessChallenge
from recognition.tests.fake_engine import fake_photo
from tests.e2e.access import violations
from tests.e2e.kiosk import KioskPage

pytestmark = pytest.mark.browser

ANA = [fake_photo(1, variation=each, size=480, kind="JPEG") for each in (5, 6) for _frame in range(15)]


def test_who_does_nothing_is_not_taken_for_living_and_may_use_the_pin(
    browse: Callable[..., KioskPage], kiosk: Kiosk, enrolled_ana: Employee
) -> None:
    KioskSettings.objects.create(kiosk=kiosk, liveness=KioskSettings.Liveness.ALWAYS)
    door = browse(ANA, width=360, height=640).pair(kiosk)
    door.wait("challenge")
    view = door.page.locator('[data-view="challenge"]')
    challenge = LivenessChallenge.objects.get()
    for number, (action, _at) in enumerate(challenge.cues, start=1):
        expect(view).to_have_attribute("data-step", str(number), timeout=10_000)
        expect(view).to_have_attribute("data-action", action)
        assert door.heading
    if door.page.evaluate("document.body.dataset.state") == "challenge":
        assert violations(door.page) == []
    door.wait("not_live")
    assert door.heading == "Show your face, not a picture"
    assert violations(door.page) == []
    refused = Decision.objects.get(outcome="not_live")
    assert refused.image_path == "", "the person did not agree to that"
    door.page.locator('[data-view="not_live"]').get_by_role("button", name="Use my PIN").click()
    door.wait("pin")
    assert not ClockEvent.objects.exists()


def test_leaving_a_request_leaves_it_unanswered(
    browse: Callable[..., KioskPage], kiosk: Kiosk, enrolled_ana: Employee
) -> None:
    KioskSettings.objects.create(kiosk=kiosk, liveness=KioskSettings.Liveness.ALWAYS)
    door = browse(ANA).pair(kiosk)
    door.wait("challenge")
    door.page.keyboard.press("Escape")
    door.wait("idle", "framed", "identifying")
    assert LivenessChallenge.objects.filter(answered_at=None).count() == LivenessChallenge.objects.count()
