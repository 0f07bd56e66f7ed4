"""Honest people, a print and a telephone before a kiosk that doubts pictures: real networks, clips made for it.

The clips are drawn when the test runs, from a photograph in the public domain (see bench/liveness).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import expect

from attendance.models import ClockEvent, Kiosk
from bench.liveness.heads import Head
from bench.liveness.kinds import ATTACKS, HONEST, Film, Subject
from employees.models import Employee
from kiosk.models import KioskSettings
from recognition.engine.loaded import load_engine
from recognition.models import Decision
from tests.e2e.kiosk import PATIENCE, KioskPage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Browse = Callable[..., KioskPage]
SECONDS, PACE = 10, 10


def doubt(kiosk: Kiosk, level: KioskSettings.Liveness) -> None:
    """Whom the kiosk asks to move."""
    KioskSettings.objects.create(kiosk=kiosk, liveness=level)


def clip(film: Film, photo: Path, models: Path) -> list[bytes]:
    """Ten seconds of a film made of the photograph, each picture three times: the camera shows thirty a second."""
    picture = cv2.imread(str(photo))
    assert picture is not None
    head = Head.of(load_engine(models), np.ascontiguousarray(picture[:, :, ::-1]).astype(np.uint8))
    assert head is not None
    moments = [index / PACE for index in range(SECONDS * PACE)]
    frames = film(Subject(head, head, ()), moments, np.random.default_rng(5))
    jpegs = [cv2.imencode(".jpg", frame[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes() for frame in frames]
    return [jpeg for jpeg in jpegs for _time in range(30 // PACE)]


def test_an_honest_person_is_greeted_without_a_request(
    browse: Browse, kiosk: Kiosk, person: Employee, photos: dict[str, Path], version_folder: Path
) -> None:
    doubt(kiosk, KioskSettings.Liveness.SUSPECT)
    door = browse(clip(HONEST["good light"], photos["obama2.jpg"], version_folder)).pair(kiosk)
    door.wait("proposal")
    assert "Barack" in door.heading
    assert not Decision.objects.filter(outcome="challenge").exists()


@pytest.mark.parametrize("attack", ["print moved", "photo on a telephone"])
def test_a_picture_is_asked_to_move_and_refused(
    browse: Browse, kiosk: Kiosk, person: Employee, photos: dict[str, Path], version_folder: Path, attack: str
) -> None:
    # Without the liveness network a telephone held still is no suspect, and nobody has shown to be alive.
    doubt(kiosk, KioskSettings.Liveness.UNSURE)
    door = browse(clip(ATTACKS[attack], photos["obama2.jpg"], version_folder)).pair(kiosk)
    door.wait("challenge")
    # Nine seconds of film, and some fifty pictures for the server to look at.
    expect(door.page.locator("body")).to_have_attribute("data-state", "not_live", timeout=4 * PATIENCE)
    assert door.heading == "Show your face, not a picture"
    expect(door.page.locator('[data-view="not_live"]').get_by_role("button", name="Use my PIN")).to_be_visible()
    assert set(Decision.objects.values_list("outcome", flat=True)) <= {"challenge", "not_live"}
    assert not ClockEvent.objects.exists()
