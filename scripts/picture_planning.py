"""Make the pictures of docs/leave.md, docs/planning.md and docs/imports.md from a running demo, in both languages.

    make run DEMO=1
    .venv/bin/python -m scripts.picture_planning http://127.0.0.1:8000 var/demo-login.txt [leave] [plan] [imports]

The imports store made-up people in the demo, so their pictures come last; start from a fresh demo.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, StorageState, expect, sync_playwright

OUT = Path(__file__).resolve().parent.parent / "docs" / "images"
LANGUAGES = {"en": "en-GB", "es": "es-BO"}
DESKTOP, TABLET, PHONE = (1280, 860), (1024, 768), (390, 844)
WIDEST = 1100
LARGEST = 120 * 1024
HEADINGS = {
    "en": "number,first_name,last_name,department,manager,hired_on,shoe size",
    "es": "número,nombre,apellido,departamento,jefe,fecha de ingreso,talla",
}
MORE_PEOPLE = 400
PROGRESS_HIGH = 430


def main(url: str, logins: Path, parts: list[str]) -> None:
    """Picture every page in each language, by whoever opens it; or those of some ``parts`` alone."""
    wanted = parts or ["leave", "plan", "imports"]
    passwords = dict(re.findall(r"^(\w+) (\S+)$", logins.read_text(), re.MULTILINE))
    with sync_playwright() as driver:
        # A browser writes weeks and dates in the language that its own windows have.
        browsers = {
            language: driver.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox"],
                env={**os.environ, "LANGUAGE": locale.replace("-", "_")},
            )
            for language, locale in LANGUAGES.items()
        }
        for language, browser in browsers.items():
            shots = Shots(browser, url, passwords, language)
            if "leave" in wanted:
                shots.leave()
            if "plan" in wanted:
                shots.plan()
        for number, (language, browser) in enumerate(browsers.items() if "imports" in wanted else ()):
            Shots(browser, url, passwords, language).imports(first=5000 + number * 1000)


class Shots:
    """The pictures of one language."""

    def __init__(self, browser: Browser, url: str, passwords: dict[str, str], language: str) -> None:
        self._browser, self._url, self._passwords, self._language = browser, url, passwords, language
        self._logins: dict[str, StorageState] = {}

    def leave(self) -> None:
        """My leave, the team's calendar, and HR's view of a person's balances."""
        soon = date.today() + timedelta(days=7)
        self._picture("employee", DESKTOP, "/leave/me/", "leave/my-leave", before=_vacation)
        self._picture("hr", DESKTOP, f"/leave/calendar/{soon:%Y-%m}/", "leave/calendar")
        self._picture("hr", DESKTOP, "/people/D003/leave/", "leave/balances", before=_vacation)

    def plan(self) -> None:
        """The board on a desktop, with its menu on a tablet; my shifts, a rotation, an open shift with its requests."""
        year, week, _day = (date.today() + timedelta(days=7)).isocalendar()
        query = f"week={year}-W{week:02}"
        self._picture("hr", DESKTOP, f"/plan/?{query}&weeks=1", "planning/board")
        self._picture("manager", TABLET, f"/plan/?{query}", "planning/board-tablet", before=_menu)
        self._picture("employee", PHONE, "/plan/me/", "planning/my-shifts")
        self._picture("manager", DESKTOP, f"/plan/rotation/?{query}", "planning/rotation")
        self._picture("manager", DESKTOP, f"/plan/open/?{query}", "planning/open-shift")
        self._picture("manager", DESKTOP, "/plan/requests/", "planning/requests")

    def imports(self, first: int) -> None:
        """A file with a heading that is none and a number that looks like another; then a long one on its way."""
        page = self._page("hr", DESKTOP)
        lines = [
            "D004,Demo,Employee 04 (new name),Office,D008,2024-03-01,39",
            "D010,Demo,Employee 10,Warehouse,D002,2026-02-12,41",
            "d005,Demo,Employee 05,Workshop,D002,2025-06-01,40",
        ]
        self._send(page, lines)
        self._save(page, "imports/mapping")
        table = page.locator("table").first
        table.scroll_into_view_if_needed()
        page.evaluate("document.querySelector('main table').scrollIntoView({block: 'center'})")
        self._save(page, "imports/preview")
        people = (
            f"N{first + number},Demo,Employee {first + number},Warehouse,D002,2026-02-12,41"
            for number in range(MORE_PEOPLE)
        )
        self._send(page, list(people))
        page.locator("button[name=do][value=save]").click()
        bar = page.locator("progress")
        expect(bar).to_be_visible(timeout=60_000)
        for _look in range(600):
            if not bar.count() or int(bar.get_attribute("value") or 0) >= 30:
                break
            page.wait_for_timeout(200)
        self._save(page, "imports/progress", high=PROGRESS_HIGH)
        page.context.close()

    def _send(self, page: Page, lines: list[str]) -> None:
        content = "\r\n".join([HEADINGS[self._language], *lines]).encode()
        page.goto("/imports/")
        page.locator("[name=kind]").select_option("people")
        name = {"en": "people.csv", "es": "personal.csv"}[self._language]
        page.locator("[name=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
        page.locator("main form [type=submit]").first.click()
        page.wait_for_load_state()

    def _picture(
        self,
        who: str,
        size: tuple[int, int],
        address: str,
        name: str,
        *,
        before: Callable[[Page], None] = lambda page: None,
    ) -> None:
        page = self._page(who, size)
        page.goto(address)
        before(page)
        self._save(page, name)
        page.context.close()

    def _page(self, who: str, size: tuple[int, int]) -> Page:
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale=LANGUAGES[self._language],
            base_url=self._url,
            has_touch=size == TABLET,
            reduced_motion="reduce",
            storage_state=self._logins.get(who),
        )
        page = context.new_page()
        page.set_default_timeout(120_000)
        if who not in self._logins:
            page.goto("/login/")
            page.locator("[name=username]").fill(who)
            page.locator("[name=password]").fill(self._passwords[who])
            page.locator("main [type=submit]").first.click()
            page.wait_for_load_state()
            self._logins[who] = context.storage_state()
        return page

    def _save(self, page: Page, name: str, *, high: int = 0) -> None:
        """As JPEG, of no more bytes than a page of the documentation bears; ``high`` leaves out what is below."""
        shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        if high:
            shot = shot.crop((0, 0, shot.width, min(high, shot.height)))
        if shot.width > WIDEST:
            shot = shot.resize((WIDEST, round(shot.height * WIDEST / shot.width)), Image.Resampling.LANCZOS)
        path = OUT / f"{name}-{self._language}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        for quality in (88, 80, 70, 60):
            shot.save(path, quality=quality, optimize=True, progressive=True)
            if path.stat().st_size <= LARGEST:
                break


def _vacation(page: Page) -> None:
    """The lines of that type, without the address that the link has added."""
    page.get_by_role("link", name="Vacation").click()
    page.evaluate("window.scrollTo(0, 0)")


def _menu(page: Page) -> None:
    """The menu of a day, as a tap opens it."""
    page.locator("tr[data-person=D003] td a").nth(2).click()
    expect(page.locator("[data-menu]")).to_be_visible()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), Path(sys.argv[2]), sys.argv[3:])
