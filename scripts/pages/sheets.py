"""Contact sheets: each page of a role on a phone, a tablet and at a desk, in one picture.

A page has every width, light and dark, in one of the two languages.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, sync_playwright

from scripts.pages.addresses import Found
from scripts.pages.looking import HIGH, Onlooker, Scheme, View
from scripts.pages.naming import names_in
from scripts.pages.starting import browsers
from scripts.pages.walking import Walk

COLUMNS, LINES = 3, 66
"""A picture of this kind is at most 16,383 pixels high: more pages than these lie in more columns."""
TALL = 225
"""Pixels of a page's picture in the sheet."""
GAP, WORDS = 14, 22
GROUND, INK = (228, 233, 236), (30, 40, 48)
QUALITY = 52
VIEWS: dict[str, tuple[tuple[int, Scheme], ...]] = {
    "en": ((390, "light"), (800, "dark"), (1440, "light")),
    "es": ((360, "dark"), (800, "light"), (1024, "dark")),
}
LEFT_OUT = re.compile(r"admin:.*_(delete|history|password_change.*)")
"""Pages of the theme that look the same for every table."""


@dataclass(slots=True)
class Row:
    """One page: its title with the name of its address, and its pictures."""

    name: str
    shots: list[Image.Image]


def sheets_make(walk: Walk, folder: Path) -> None:
    """One sheet for each role and language of the walk."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        started = browsers(driver, walk.languages)
        for role in walk.roles:
            found = walk.found(role)
            found.pages = [one for one in found.pages if not LEFT_OUT.fullmatch(one.name)]
            for language in walk.languages:
                names_in(language)
                rows = _rows(started[language], walk, role, found, language)
                sheet(rows).save(folder / f"{role}-{language}.webp", quality=QUALITY, method=6)


def _rows(browser: Browser, walk: Walk, role: str, found: Found, language: str) -> Iterable[Row]:
    rows: dict[str, Row] = {}
    views = [View(language, scheme, width) for width, scheme in VIEWS[language]]
    # With a mouse alone: in small windows the style sheets make room for a finger anyway.
    onlooker = Onlooker(browser, walk.base, role, found, language=language, touch=False)
    for address in found.pages:
        onlooker.open(address)
        for stage in walk.stages(onlooker, address):
            title = re.split(r" [·|] ", onlooker.page.title())[0].strip()
            name = stage.name.removeprefix("admin:")
            rows[stage.name] = Row(f"{title} ({name})", [_shot(onlooker, view) for view in views])
            walk.looked += len(views)
            walk.walked.add((role, stage.name))
        print(f"{role} {language} {address.name}", file=sys.stderr)
    onlooker.close()
    return rows.values()


def _shot(onlooker: Onlooker, view: View) -> Image.Image:
    onlooker.set(view)
    picture = Image.open(io.BytesIO(onlooker.page.screenshot(type="jpeg", quality=90))).convert("RGB")
    return picture.resize((round(view.width * TALL / HIGH), TALL), Image.Resampling.LANCZOS)


def sheet(rows: Iterable[Row]) -> Image.Image:
    """The pages beside and below each other, each with its name."""
    cells = list(rows)
    wide = max(sum(shot.width + GAP // 2 for shot in row.shots) for row in cells)
    high = TALL + WORDS
    columns = min(max(COLUMNS, -(-len(cells) // LINES)), len(cells))
    lines = -(-len(cells) // columns)
    made = Image.new("RGB", (columns * (wide + GAP) + GAP, lines * (high + GAP) + GAP), GROUND)
    pen, letters = ImageDraw.Draw(made), _letters()
    for number, row in enumerate(cells):
        left, top = GAP + number % columns * (wide + GAP), GAP + number // columns * (high + GAP)
        pen.text((left, top), row.name, INK, letters)
        for shot in row.shots:
            made.paste(shot, (left, top + WORDS))
            left += shot.width + GAP // 2
    return made


def _letters() -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    """Letters for the names; those that Pillow brings have no ó."""
    try:
        return ImageFont.truetype("DejaVuSans.ttf", 14)
    except OSError:
        return ImageFont.load_default(15)
