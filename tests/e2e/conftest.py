"""The one way to a browser: found or skipped with the reason, with a clip in front of its camera or without one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Browser, Error, Playwright, sync_playwright
from pytest_django.live_server_helper import LiveServer

from attendance import testing
from attendance.models import Kiosk
from presente.testing import skip_or_fail
from recognition.tests.conftest import models_dir, version_folder
from tests.e2e.kiosk import KioskPage

__all__ = ["models_dir", "version_folder"]
"""Fixtures of another room's tests, offered here too."""

Launch = Callable[..., Browser]
FAKE_CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture
def launch(playwright: Playwright) -> Iterator[Launch]:
    """Starts Chromium with ``switches`` and, before its camera, the film ``clip``; all are closed after the test."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        skip_or_fail("Chromium is not installed (apt-get install chromium)")
    browsers: list[Browser] = []

    def start(*, clip: Path | None = None, switches: Sequence[str] = ()) -> Browser:
        arguments = ["--no-sandbox", *switches]
        if clip is not None:
            arguments += [*FAKE_CAMERA, f"--use-file-for-fake-video-capture={clip}"]
        try:
            browsers.append(playwright.chromium.launch(executable_path=program, args=arguments))
        except Error as error:
            skip_or_fail(f"Chromium does not start: {str(error).splitlines()[0]}")
        return browsers[-1]

    yield start
    for browser in browsers:
        browser.close()


@pytest.fixture
def server(live_server: LiveServer) -> LiveServer:
    """The program on a port. Beside Playwright's loop Django opens another connection, to be made flushable too."""
    testing.make_flushable(connection)
    return live_server


@pytest.fixture
def kiosk(server: LiveServer) -> Kiosk:
    return Kiosk.objects.create(name="Front door", time_zone="Europe/Madrid")


@pytest.fixture
def browse(launch: Launch, server: LiveServer, tmp_path: Path) -> Iterator[Callable[..., KioskPage]]:
    """Opens a browser before a clip, or with the given switches instead of a camera."""
    pages: list[KioskPage] = []

    def start(
        clip: Sequence[bytes] = (), *, switches: Sequence[str] = (), width: int = 1280, height: int = 800
    ) -> KioskPage:
        film = None
        if clip:
            film = tmp_path / "camera.mjpeg"
            film.write_bytes(b"".join(clip))
        browser = launch(clip=film, switches=switches)
        page = browser.new_page(viewport={"width": width, "height": height}, locale="en-GB")
        pages.append(KioskPage(page, server.url))
        return pages[-1]

    yield start
    assert [error for page in pages for error in page.errors] == []
