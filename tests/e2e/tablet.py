"""The tablet at the door: its browser may be closed, killed and opened again, and people clock before it offline."""

from __future__ import annotations

import contextlib
import os
import signal
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from attendance.models import Kiosk
from recognition.tests.fake_engine import fake_photo
from tests.e2e.conftest import LaunchKept
from tests.e2e.kiosk import PATIENCE, KioskPage
from tests.e2e.wire import Wire

Punch = tuple[str, str, str, datetime, datetime]
"""Whose, how, which way, and between which moments."""


class Lobby:
    """The tablet at the door: its browser may be closed and opened again, and keeps what it kept."""

    def __init__(self, launch: LaunchKept, cable: Wire, folder: Path) -> None:
        self.launch, self.cable, self.folder = launch, cable, folder
        self.film = folder / "camera.mjpeg"
        self.film.write_bytes(b"".join(fake_photo(1, variation=each, size=480, kind="JPEG") for each in (5, 6) * 15))
        self.context: BrowserContext | None = None
        self.pages: list[KioskPage] = []

    def open(self) -> KioskPage:
        self.context = self.launch(self.folder / "profile", clip=self.film)
        return self.tab()

    def tab(self) -> KioskPage:
        assert self.context is not None
        page = KioskPage(self.context.new_page(), self.cable.url)
        self.pages.append(page)
        return page

    def close(self) -> None:
        assert self.context is not None
        self.context.close()

    def kill(self) -> None:
        """As a power cut does: no page and no process of this browser gets to finish anything."""
        profile = str(self.folder / "profile").encode()
        for process in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if process.name.isdigit() and profile in (process / "cmdline").read_bytes():
                    os.kill(int(process.name), signal.SIGKILL)

    def paired(self, kiosk: Kiosk, *, clock: bool = False) -> KioskPage:
        """Paired, and so far that it would start without the server; with ``clock`` the test moves the page's time."""
        door = self.open()
        if clock:
            door.page.clock.install()
        door.pair(kiosk).wait("touch", "idle")
        expect(door.page.locator("body")).to_have_attribute("data-installed", "yes", timeout=PATIENCE)
        expect(door.page.locator("body")).to_have_attribute("data-keeps", "yes")
        return door

    def unplug(self, door: KioskPage) -> None:
        self.cable.cut()
        door.page.evaluate("window.dispatchEvent(new Event('offline'))")
        door.wait("offline")


def by_face(door: KioskPage, way: str) -> Punch:
    door.wait("offline")
    begun = datetime.now(UTC)
    door.page.locator(f'[data-view="offline"] [data-do="keep-{way}"]').click()
    door.wait("kept")
    done = datetime.now(UTC)
    door.page.keyboard.press("Escape")
    return ("1001", "face", way, begun, done)


def by_pin(door: KioskPage, way: str, *, pin: str = "135792") -> Punch:
    door.wait("offline")
    door.type_pin("1002", pin)
    door.wait("way")
    begun = datetime.now(UTC)
    door.page.locator(f'[data-view="way"] [data-do="keep-{way}"]').click()
    door.wait("kept")
    done = datetime.now(UTC)
    expect(door.page.locator('[data-view="kept"] [data-way]')).to_have_text(way.capitalize())
    door.page.keyboard.press("Escape")
    return ("1002", "pin", way, begun, done)


def people(door: KioskPage, count: int) -> list[Punch]:
    """So many people one after the other, by face and by PIN in turn, in and out in turn."""
    ways = ("in", "in", "out", "out")
    return [(by_pin if number % 2 else by_face)(door, ways[number % 4]) for number in range(count)]
