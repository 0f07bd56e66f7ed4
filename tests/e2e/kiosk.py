"""The kiosk's page as a person uses it."""

from __future__ import annotations

import re

from playwright.sync_api import ConsoleMessage, Page, expect

from attendance.models import Kiosk
from kiosk.services.pairing import kiosk_pairing_link

PATIENCE = 30_000


class KioskPage:
    """The page as a person uses it."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = base
        self.errors: list[str] = []
        self.looks = 0
        """Pictures that were sent while nobody was asked for a name."""
        page.set_default_timeout(PATIENCE)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _request(self, request: object) -> None:
        self.looks += str(getattr(request, "url", "")).endswith("/kiosk/look")

    def pair(self, kiosk: Kiosk) -> KioskPage:
        """Open a fresh link and press its button."""
        self.page.goto(self.base + kiosk_pairing_link(kiosk=kiosk, by=None))
        self.page.get_by_role("button", name="Pair this device").click()
        return self

    def wait(self, *states: str) -> str:
        """Wait for one of these states; which one it is."""
        body = self.page.locator("body")
        expect(body).to_have_attribute("data-state", re.compile(f"^({'|'.join(states)})$"), timeout=PATIENCE)
        return body.get_attribute("data-state") or ""

    def cut_off(self) -> None:
        """Take the browser's network away, once the page would start without it: half installed it says so."""
        expect(self.page.locator("body")).to_have_attribute("data-installed", "yes", timeout=PATIENCE)
        self.page.context.set_offline(True)

    @property
    def heading(self) -> str:
        return self.page.locator("h1:visible").inner_text()

    def type_pin(self, number: str, pin: str) -> None:
        """By keyboard alone: the first digit opens the pad."""
        self.page.keyboard.type(number)
        self.page.keyboard.press("Enter")
        self.page.keyboard.type(pin)
        self.page.keyboard.press("Enter")
