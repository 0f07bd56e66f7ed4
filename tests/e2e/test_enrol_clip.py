"""HR records a clip of the webcam on the enrolment page, and a photo of each pose is kept; in both languages."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from employees.models import Employee, EnrolmentPhoto, User
from recognition.services import photo_process
from recognition.tests.fake_engine import fake_pose
from tests.e2e.access import violations
from tests.e2e.conftest import Launch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCREENSHOTS = os.environ.get("PRESENTE_SCREENSHOTS")
SIDE = 480
# A second of each at thirty frames a second, so that three seconds show all three.
CLIP = ("rest", "turn_left", "turn_right")
WORDS = {
    "en-GB": ("Switch the camera on", "Record 3 seconds", "3 photos taken from the clip.", "3 of 5 good photos"),
    "es-BO": ("Encender la cámara", "Grabar 3 segundos", "Fotos tomadas del video: 3.", "3 de 5"),
}


def clip(target: Path) -> Path:
    """What the camera sees: somebody who turns their head to both sides."""
    frames = []
    for tick, pose in enumerate(CLIP):
        encoded = np.frombuffer(fake_pose(1, pose, tick=tick, size=SIDE), np.uint8)
        picture = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
        assert picture is not None
        frames += [cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()] * 30
    target.write_bytes(b"".join(frames))
    return target


def open_page(launch: Launch, server: LiveServer, hr: User, film: Path, locale: str) -> Page:
    client = Client()
    client.force_login(hr, backend="django.contrib.auth.backends.ModelBackend")
    context = launch(clip=film).new_context(viewport={"width": 1280, "height": 900}, locale=locale, base_url=server.url)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": server.url}])
    return context.new_page()


@pytest.mark.parametrize("locale", list(WORDS))
def test_a_clip_of_three_seconds_becomes_a_photo_of_each_pose(
    launch: Launch, server: LiveServer, hr: User, ana: Employee, tmp_path: Path, locale: str
) -> None:
    switch_on, record, said, good = WORDS[locale]
    page = open_page(launch, server, hr, clip(tmp_path / "camera.mjpeg"), locale)
    page.goto(f"/people/{ana.number}/enrol/")
    page.locator("#cam-auto").evaluate("box => { box.checked = false; }")
    page.get_by_role("button", name=switch_on).click()
    page.get_by_role("button", name=record).click()
    expect(page.locator("#cam-hint")).to_have_text(said, timeout=60_000)
    assert violations(page, within="#enrol-cam") == []
    if SCREENSHOTS:
        page.screenshot(path=str(Path(SCREENSHOTS) / f"enrol-clip-{locale[:2]}.png"))

    photos = list(EnrolmentPhoto.objects.filter(employee=ana))
    for photo in photos:
        photo_process(photo.pk)

    expect(page.locator(".enrol-card")).to_have_count(3)
    expect(page.locator("#enrol-count")).to_contain_text(good, timeout=60_000)
    assert {photo.source for photo in photos} == {EnrolmentPhoto.Source.WEBCAM}
