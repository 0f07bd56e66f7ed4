"""The README's pictures: the page on which each everyday task is done, in both languages."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from PIL import Image
from playwright.sync_api import sync_playwright

from presente import heartbeat
from scripts.pages.looking import HIGH, Onlooker, View
from scripts.pages.naming import names_in
from scripts.pages.starting import browsers
from scripts.pages.walking import Walk

HOST = "presente.example.com"
"""By this name the pages are opened: by that of this computer they warn that no phone can open their links."""
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
    Task("import", "hr", "import_file"),
    Task("plan", "hr", "plan"),
    Task("logins", "hr", "invite"),
    Task("person", "hr", "person"),
    Task("who-is-in", "hr", "presence"),
    Task("to-do", "manager", "attendance_exceptions"),
    Task("month", "hr", "attendance_month"),
    Task("period", "hr", "attendance_period"),
    Task("phone", "employee", "my_month", PHONE),
    Task("leave", "employee", "absence_new", PHONE),
)


def tasks_picture(walk: Walk, folder: Path) -> None:
    """One picture for each task and language of the walk."""
    folder.mkdir(parents=True, exist_ok=True)
    settings.ALLOWED_HOSTS.append(HOST)
    base = walk.base.replace("localhost", HOST)
    with sync_playwright() as driver:
        started = browsers(driver, walk.languages, f"--host-resolver-rules=MAP {HOST} 127.0.0.1")
        for role in dict.fromkeys(task.role for task in TASKS):
            found = walk.found(role)
            places = {one.name: one for one in found.pages}
            for language in walk.languages:
                names_in(language)
                onlooker = Onlooker(started[language], base, role, found, language=language, touch=False)
                for task in (task for task in TASKS if task.role == role):
                    # A program whose workers run.
                    heartbeat.mark()
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
