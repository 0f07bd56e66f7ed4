"""The browsers of the walk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable

from playwright.sync_api import Browser, Playwright

from scripts.pages.looking import LANGUAGES


def browsers(driver: Playwright, languages: Iterable[str], *options: str) -> dict[str, Browser]:
    """A Chromium for each language: a page has its language of the person, a date's field that of the program."""
    return {language: chromium(driver, LANGUAGES[language], *options) for language in languages}


def chromium(driver: Playwright, language: str, *options: str) -> Browser:
    """Start the Chromium of this machine; where its languages are not installed, it speaks American English."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        raise SystemExit("Chromium is not installed (apt-get install chromium)")
    return driver.chromium.launch(
        executable_path=program,
        args=["--no-sandbox", *options],
        env={**os.environ, "LANGUAGE": language.replace("-", "_")},
        ignore_default_args=["--lang=en-US"],
    )
