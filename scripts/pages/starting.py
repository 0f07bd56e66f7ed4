"""The browser of the walk."""

from __future__ import annotations

import shutil

from playwright.sync_api import Browser, Playwright


def chromium(driver: Playwright) -> Browser:
    """Start the Chromium of this machine."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        raise SystemExit("Chromium is not installed (apt-get install chromium)")
    return driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
