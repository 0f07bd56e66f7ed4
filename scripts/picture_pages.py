"""Make the pictures of docs/attendance.md from a running demo: each page in both languages, light and dark.

    make run DEMO=1
    .venv/bin/python scripts/picture_pages.py http://127.0.0.1:8000 var/demo-login.txt [NAME=ADDRESS …]

A picture is a sheet of four: English light on a desktop and dark on a phone; Spanish dark on a desktop and light on a
phone. ``NAME=ADDRESS`` adds a page that only this installation has, such as the link of a message.
"""

from __future__ import annotations

import io
import re
import shutil
import sys
from datetime import date
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

OUT = Path(__file__).resolve().parent.parent / "docs" / "images" / "attendance"
HIGH, WIDE, NARROW, GAP = 900, 1280, 390, 24
SCALE = 0.55
COLOURS = 256
Scheme = Literal["light", "dark"]
VIEWS: tuple[tuple[str, Scheme, int], ...] = (
    ("en-GB", "light", WIDE),
    ("en-GB", "dark", NARROW),
    ("es-ES", "dark", WIDE),
    ("es-ES", "light", NARROW),
)


def pages(today: date) -> dict[str, tuple[str, str]]:
    """Name to (who is logged in, address)."""
    month = f"{today:%Y-%m}"
    return {
        "who-is-in": ("hr", "/attendance/"),
        "day": ("hr", "/attendance/day/"),
        "to-do": ("manager", "/attendance/exceptions/"),
        "team": ("hr", f"/attendance/team/{month}/"),
        "overtime": ("hr", f"/attendance/team/{month}/?show=overtime"),
        "trends": ("hr", "/attendance/trends/"),
        "month": ("hr", f"/attendance/people/D003/{month}/"),
        "year": ("hr", f"/attendance/people/D003/year/{today.year}/"),
        "periods": ("hr", "/attendance/periods/"),
        "period": ("hr", "/attendance/periods/2/"),
        "files": ("hr", "/attendance/files/"),
        "reports": ("hr", "/attendance/reports/"),
        "me": ("employee", "/attendance/me/"),
        "correction": ("employee", "/attendance/people/D003/correct/"),
        "absence": ("employee", "/attendance/me/away/"),
        "doors": ("hr", "/doors/"),
    }


def main(url: str, logins: Path, extra: list[str]) -> None:
    """Picture every page."""
    passwords = dict(re.findall(r"^(\w+) (\S+)$", logins.read_text(), re.MULTILINE))
    wanted = pages(date.today()) | {name: ("", address) for name, _is, address in (one.partition("=") for one in extra)}
    shots: dict[str, list[Image.Image]] = {name: [] for name in wanted}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for view in VIEWS:
            for who in sorted({user for user, _address in wanted.values()}):
                page = _page(browser, url, view, who, passwords)
                for name, (user, address) in wanted.items():
                    if user == who:
                        page.goto(address)
                        shots[name].append(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
                page.context.close()
    OUT.mkdir(parents=True, exist_ok=True)
    for name, four in shots.items():
        _sheet(four).save(OUT / f"{name}.png", optimize=True)


def _page(browser: Browser, url: str, view: tuple[str, Scheme, int], who: str, passwords: dict[str, str]) -> Page:
    language, scheme, width = view
    page = browser.new_page(
        viewport={"width": width, "height": HIGH}, locale=language, color_scheme=scheme, base_url=url
    )
    if who:
        page.goto("/login/")
        page.locator("[name=username]").fill(who)
        page.locator("[name=password]").fill(passwords[who])
        page.locator("main [type=submit]").first.click()
        page.wait_for_load_state()
    return page


def _sheet(four: list[Image.Image]) -> Image.Image:
    """Two rows, a language each; few colours, so that the file stays small."""
    sheet = Image.new("RGB", (WIDE + NARROW + 3 * GAP, 2 * HIGH + 3 * GAP), (128, 136, 136))
    for number, shot in enumerate(four):
        sheet.paste(shot, (GAP if number % 2 == 0 else WIDE + 2 * GAP, GAP + (number // 2) * (HIGH + GAP)))
    small = sheet.resize((round(sheet.width * SCALE), round(sheet.height * SCALE)), Image.Resampling.LANCZOS)
    return small.quantize(COLOURS, kmeans=1, dither=Image.Dither.NONE)


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), Path(sys.argv[2]), sys.argv[3:])
