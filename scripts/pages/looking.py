"""Look at one page as it stands in a browser: its layout, what axe finds, what its console says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from scripts.pages.addresses import REFUSALS, Address, Found
from scripts.pages.roles import KIOSK
from tests.e2e.access import violations

MEASURE = (Path(__file__).parent / "measure.js").read_text()
HIGH = 900
WIDTHS = (360, 390, 800, 1024, 1440)
TOUCHED = 800
"""Windows as wide as this, and narrower ones, are touched with a finger."""
LANGUAGES = {"en": "en-GB", "es": "es-BO"}
SCREENS = """
state => {
  for (const view of document.querySelectorAll('[data-view]')) view.hidden = view.dataset.view !== state;
  document.body.dataset.state = state;
  const said = {
    "[data-clock], [data-time], #time": "13:10", "[data-date]": "29/11/2026",
    "[data-way]": document.documentElement.lang === "es" ? "Entrada" : "In",
    "#who, [data-name], #greeting, h1[data-detail], h1[data-title]": "Demo Employee 01", "#countdown": "3",
  };
  for (const [place, words] of Object.entries(said)) {
    for (const each of document.querySelectorAll(place)) if (!each.textContent.trim()) each.textContent = words;
  }
}
"""
STILL = re.compile(r"/static/js/kiosk/main\.js")
"""What would show another screen than the one that is looked at."""
ROW = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+")
"""What tells one row's link from another's."""
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@dataclass(frozen=True, slots=True)
class View:
    """How a page is looked at."""

    language: str
    scheme: Scheme
    width: int

    def __str__(self) -> str:
        return f"{self.language} {self.scheme} {self.width}"

    @property
    def touch(self) -> bool:
        return self.width <= TOUCHED


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a page, and in which views."""

    role: str
    page: str
    view: str
    said: str


class Onlooker:
    """Somebody of one role with a browser in one language, with a finger or with a mouse."""

    def __init__(self, browser: Browser, base: str, role: str, found: Found, *, language: str, touch: bool) -> None:
        self.role, self.language, self.touch = role, language, touch
        self._base = base
        self._tried: set[str] = set()
        self._context: BrowserContext = browser.new_context(
            viewport={"width": 390 if touch else 1440, "height": HIGH},
            locale=LANGUAGES[language],
            base_url=base,
            has_touch=touch,
            reduced_motion="reduce",
            service_workers="block",
        )
        cookies = {**found.cookies, "django_language": language}
        self._context.add_cookies([{"name": name, "value": value, "url": base} for name, value in cookies.items()])
        self._said: list[str] = []
        self.page: Page = self._context.new_page()
        if role == KIOSK:
            self.page.route(STILL, lambda route: route.fulfill(content_type="text/javascript", body=""))
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self._said.append(f"error: {error}"))

    def _console(self, message: ConsoleMessage) -> None:
        # The walk keeps service workers away, and hears that it does.
        if "blocked by Playwright" in message.text:
            return
        self._said.append(f"{message.type}: {message.text}")

    def close(self) -> None:
        self._context.close()

    def open(self, address: Address) -> list[str]:
        """Open a page; what its console said. A page that refuses says so there, too."""
        self._said.clear()
        self.page.goto(address.url, wait_until="load")
        if address.name in REFUSALS:
            self._said.clear()
        return self.heard()

    def heard(self) -> list[str]:
        """What the console said since it was asked last."""
        said = [f"console: {each}" for each in self._said]
        self._said.clear()
        return said

    def refused(self) -> list[str]:
        """Links of the page that the program refuses whom it shows them to; of those to many rows one is tried."""
        found = self.page.eval_on_selector_all("a[href]", "all => all.map(each => each.href.split('#')[0])")
        wrong = []
        for link in dict.fromkeys(found):
            kind = ROW.sub("#", link)
            if kind in self._tried or not link.startswith(self._base) or "logout" in link:
                continue
            self._tried.add(kind)
            if (answer := self._context.request.get(link)).status >= 400:
                wrong.append(f"link: {link.removeprefix(self._base)} answers {answer.status}")
            answer.dispose()
        return wrong

    def set(self, view: View) -> None:
        """Turn the page to a view, and wait until it is laid out so."""
        self.page.emulate_media(color_scheme=view.scheme)
        self.page.set_viewport_size({"width": view.width, "height": HIGH})
        # Twice: what a script measures on the first frame is laid out on the second.
        self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def look(self, view: View) -> list[str]:
        """What is wrong with the layout in this view."""
        self.set(view)
        return list(self.page.evaluate(MEASURE, {"touch": view.touch}))

    def access(self) -> list[str]:
        """What axe finds; the admin's frame is judged by WCAG, our own pages by its best practices too."""
        # Some of our own pages stand in the admin's frame without lying under its address.
        within = "body" if self.page.query_selector("#nav-sidebar-inner, body[data-admin-utc-offset]") else ""
        return [f"axe {each}" for each in violations(self.page, within=within)]

    def shoot(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path, type="jpeg", quality=80, full_page=True)

    def screens(self) -> Sequence[str]:
        """The screens of a kiosk."""
        return list(self.page.eval_on_selector_all("[data-view]", "all => all.map(each => each.dataset.view)"))

    def screen(self, state: str) -> None:
        """Show a kiosk's screen as the device would."""
        self.page.evaluate(SCREENS, state)
