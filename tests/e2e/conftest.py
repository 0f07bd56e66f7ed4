"""The one way to a browser: found or skipped with the reason, with a clip in front of its camera or without one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, sync_playwright
from pytest_django.live_server_helper import LiveServer

from attendance.models import Kiosk
from common.testing import make_flushable, skip_or_fail
from employees.models import Consent, Employee, User
from employees.services import consent_give, employee_create
from kiosk import browser_files
from recognition import assets, engine_holder, gallery
from recognition.engine.types import ModelUnavailable
from recognition.engines import PUBLISHED
from recognition.services import photo_add, photo_process
from recognition.services.versions import version_register
from recognition.tests.conftest import faces_dir, liveness_folder, liveness_weights, models_dir, version_folder
from tests.e2e.kiosk import KioskPage

__all__ = ["faces_dir", "liveness_folder", "liveness_weights", "models_dir", "version_folder"]
"""Fixtures of another room's tests, offered here too."""

Launch = Callable[..., Browser]
LaunchKept = Callable[..., BrowserContext]
FAKE_CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


def _program() -> str:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        skip_or_fail("Chromium is not installed (apt-get install chromium)")
    return program


def _switches(clip: Path | None, switches: Sequence[str]) -> list[str]:
    camera = [] if clip is None else [*FAKE_CAMERA, f"--use-file-for-fake-video-capture={clip}"]
    return ["--no-sandbox", *switches, *camera]


def _started(playwright: Playwright, switches: list[str]) -> Browser:
    try:
        return playwright.chromium.launch(executable_path=_program(), args=switches)
    except Error as error:
        skip_or_fail(f"Chromium does not start: {str(error).splitlines()[0]}")


@pytest.fixture(scope="module")
def without_camera(playwright: Playwright) -> Iterator[Browser]:
    """The Chromium of all tests in a file that need no switch and no camera."""
    browser = _started(playwright, _switches(None, ()))
    yield browser
    browser.close()


@pytest.fixture
def launch(playwright: Playwright, request: pytest.FixtureRequest) -> Iterator[Launch]:
    """Gives Chromium with ``switches`` and, before its camera, the film ``clip``; what opened is closed after the test.

    Without either it is one Chromium for the whole file: each page or context made by it is a visitor of its own.
    """
    browsers: list[Browser] = []
    shared: list[Browser] = []

    def start(*, clip: Path | None = None, switches: Sequence[str] = ()) -> Browser:
        if clip is None and not switches:
            shared.append(request.getfixturevalue("without_camera"))
            return shared[-1]
        browsers.append(_started(playwright, _switches(clip, switches)))
        return browsers[-1]

    yield start
    for browser in browsers:
        browser.close()
    for context in [context for browser in shared[:1] for context in browser.contexts]:
        context.close()


@pytest.fixture
def hr_page(launch: Launch, live_server: LiveServer, hr: User) -> Iterator[Callable[..., Page]]:
    """Opens a page in which HR is logged in; any error in its console fails the test."""
    errors: list[str] = []
    client = Client()
    client.force_login(hr, backend="django.contrib.auth.backends.ModelBackend")
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value

    def start(*, width: int = 1280, scheme: Literal["light", "dark"] = "light", locale: str = "en-GB") -> Page:
        context = launch().new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, locale=locale, base_url=live_server.url
        )
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error.stack)))
        return page

    yield start
    assert errors == []


@pytest.fixture
def launch_kept(playwright: Playwright) -> Iterator[LaunchKept]:
    """Starts Chromium on a ``profile`` folder, which keeps what its pages stored for the next start."""
    program = _program()
    contexts: list[BrowserContext] = []

    def start(profile: Path, *, clip: Path | None = None) -> BrowserContext:
        try:
            context = playwright.chromium.launch_persistent_context(
                profile,
                executable_path=program,
                args=_switches(clip, ()),
                locale="en-GB",
                viewport={"width": 1280, "height": 800},
            )
        except Error as error:
            skip_or_fail(f"Chromium does not start: {str(error).splitlines()[0]}")
        contexts.append(context)
        return context

    yield start
    for context in contexts:
        context.close()


@pytest.fixture
def server(live_server: LiveServer) -> LiveServer:
    """The program on a port. Beside Playwright's loop Django opens another connection, to be made flushable too."""
    make_flushable(connection)
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


@pytest.fixture(scope="session")
def page_parts() -> None:
    """What the kiosk's page finds faces and reads codes with."""
    try:
        browser_files.fetch()
    except browser_files.BrowserFilesError as error:
        skip_or_fail(str(error))


@pytest.fixture(scope="session")
def photos() -> dict[str, Path]:
    """Photographs in the public domain, by their file's name."""
    try:
        return assets.fetch_demo_photos(Path(settings.MODELS_DIR).parent / "demo-photos")
    except ModelUnavailable as error:
        skip_or_fail(error.message)


PIN = "246813"


@pytest.fixture
def person(
    no_version: None, photos: dict[str, Path], version_folder: Path, kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Employee]:
    """Somebody enrolled with two photographs, by the real networks; number 1001."""
    monkeypatch.setattr(settings, "ENGINE", PUBLISHED)
    engine_holder.reset()
    gallery.reset()
    version_register(version_folder)
    somebody = employee_create(number="1001", first_name="Barack", last_name="Obama", pin=PIN)
    consent_give(employee=somebody, method=Consent.Method.ATTESTED)
    for name in ("obama.jpg", "obama3.jpg"):
        photo_process(photo_add(employee=somebody, content=photos[name].read_bytes(), source="demo", queue=False).pk)
    yield somebody
    engine_holder.reset()
    gallery.reset()
