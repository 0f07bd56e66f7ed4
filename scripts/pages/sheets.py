"""Contact sheets: each page of a role on a phone by day and on a desktop by night, in one picture."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, sync_playwright

from scripts.pages.addresses import Found
from scripts.pages.looking import HIGH, Onlooker, View
from scripts.pages.starting import chromium
from scripts.pages.walking import Walk

COLUMNS = 4
TALL = 250
"""Pixels of a page's picture in the sheet."""
GAP, WORDS = 14, 22
GROUND, INK = (228, 233, 236), (30, 40, 48)
QUALITY = 62
VIEWS = ((390, "light"), (1440, "dark"))
LEFT_OUT = re.compile(r"admin:.*_(delete|history|password_change.*)")
"""Pages of the theme that look the same for every table."""


@dataclass(slots=True)
class Row:
    """One page: its name and its pictures."""

    name: str
    shots: list[Image.Image] = field(default_factory=list)


def sheets_make(walk: Walk, folder: Path) -> None:
    """One sheet for each role and language of the walk."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = chromium(driver)
        for role in walk.roles:
            found = walk.found(role)
            found.pages = [one for one in found.pages if not LEFT_OUT.fullmatch(one.name)]
            for language in walk.languages:
                rows = _rows(browser, walk, role, found, language)
                sheet(rows).save(folder / f"{role}-{language}.webp", quality=QUALITY, method=6)
        browser.close()


def _rows(browser: Browser, walk: Walk, role: str, found: Found, language: str) -> Iterable[Row]:
    rows: dict[str, Row] = {}
    for width, scheme in VIEWS:
        view = View(language, "light" if scheme == "light" else "dark", width)
        onlooker = Onlooker(browser, walk.base, role, found, language=language, touch=view.touch)
        for address in found.pages:
            onlooker.open(address)
            for stage in walk.stages(onlooker, address):
                onlooker.set(view)
                picture = Image.open(io.BytesIO(onlooker.page.screenshot())).convert("RGB")
                small = picture.resize((round(width * TALL / HIGH), TALL), Image.Resampling.LANCZOS)
                rows.setdefault(stage.name, Row(stage.name)).shots.append(small)
                walk.looked += 1
                walk.walked.add((role, stage.name))
        onlooker.close()
    return rows.values()


def sheet(rows: Iterable[Row]) -> Image.Image:
    """The pages beside and below each other, each with its name."""
    cells = list(rows)
    wide = sum(round(width * TALL / HIGH) for width, _scheme in VIEWS) + GAP // 2
    high = TALL + WORDS
    lines = -(-len(cells) // COLUMNS)
    columns = min(COLUMNS, len(cells))
    made = Image.new("RGB", (columns * (wide + GAP) + GAP, lines * (high + GAP) + GAP), GROUND)
    pen, letters = ImageDraw.Draw(made), ImageFont.load_default(15)
    for number, row in enumerate(cells):
        left, top = GAP + number % COLUMNS * (wide + GAP), GAP + number // COLUMNS * (high + GAP)
        pen.text((left, top), row.name.removeprefix("admin:"), INK, letters)
        for shot in row.shots:
            made.paste(shot, (left, top + WORDS))
            left += shot.width + GAP // 2
    return made
