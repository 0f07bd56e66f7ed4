"""The one way to a browser: found or skipped with the reason, with a clip in front of its camera or without one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Playwright, sync_playwright

from presente.testing import skip_or_fail

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
