"""The README's pictures: the page on which each everyday task is done, in both languages."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from scripts.pages.looking import HIGH, Onlooker, View
from scripts.pages.naming import names_in
from scripts.pages.starting import browsers
from scripts.pages.walking import Walk

DESK, PHONE = 1280, 390
SHOWN = 860
"""Pixels of a desk's picture; a phone's keeps the same height."""
QUALITY = 70


@dataclass(frozen=True, slots=True)
class Task:
    """What the picture is called, who does it, and the name of the page's address."""

    name: str
    role: str
    address: str
    width: int = DESK


TASKS = (
    Task("start", "hr", "admin:index"),
    Task("import", "hr", "import_file"),
    Task("plan", "hr", "plan"),
    Task("logins", "hr", "invite"),
    Task("person", "hr", "person"),
    Task("who-is-in", "hr", "presence"),
    Task("to-do", "manager", "attendance_exceptions"),
    Task("month", "hr", "attendance_month"),
    Task("period", "hr", "attendance_period"),
    Task("payroll", "hr", "attendance_files"),
    Task("phone", "employee", "my_month", PHONE),
    Task("leave", "employee", "absence_new", PHONE),
)


def tasks_picture(walk: Walk, folder: Path) -> None:
    """One picture for each task and language of the walk."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        started = browsers(driver, walk.languages)
        for role in dict.fromkeys(task.role for task in TASKS):
            found = walk.found(role)
            places = {one.name: one for one in found.pages}
            for language in walk.languages:
                names_in(language)
                onlooker = Onlooker(started[language], walk.base, role, found, language=language, touch=False)
                for task in TASKS:
                    if task.role != role:
                        continue
                    onlooker.open(places[task.address])
                    onlooker.set(View(language, "light", task.width))
                    _save(onlooker.page.screenshot(), folder / f"{task.name}-{language}.webp")
                    walk.looked += 1
                    walk.walked.add((role, task.address))
                onlooker.close()


def _save(shot: bytes, path: Path) -> None:
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    high = round(HIGH * SHOWN / DESK)
    size = round(picture.width * high / picture.height), high
    picture.resize(size, Image.Resampling.LANCZOS).save(path, quality=QUALITY, method=6)
