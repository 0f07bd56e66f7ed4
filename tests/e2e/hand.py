"""A person's hand at a screen: it clicks and types, and what it does is counted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator


@dataclass(slots=True)
class Hand:
    """Counts clicks and touches, and keys that are no text. One hand may use several screens."""

    clicks: int = 0
    keys: int = 0

    def click(self, target: Locator) -> None:
        target.click()
        self.clicks += 1

    def write(self, *fields: tuple[Locator, str]) -> None:
        """Fill in fields of one form: the first is clicked unless it has the focus, Tab leads to those that follow."""
        for place, (target, text) in enumerate(fields):
            if not self._has_focus(target) and not (place and self._tab_to(target)):
                self.click(target)
            target.fill(text)

    def press(self, target: Locator, key: str) -> None:
        target.press(key)
        self.keys += 1

    def choose(self, target: Locator, value: str) -> None:
        """In a list: one click opens it, one takes what is wanted."""
        target.select_option(value)
        self.clicks += 2

    def pick_file(self, target: Locator, path: Path, content: bytes) -> None:
        """The button, then the file in the system's window, then its button."""
        path.write_bytes(content)
        target.set_input_files(path)
        self.clicks += 3

    def _tab_to(self, target: Locator, most: int = 6) -> bool:
        for _ in range(most):
            target.page.keyboard.press("Tab")
            self.keys += 1
            if self._has_focus(target):
                return True
        return False

    @staticmethod
    def _has_focus(target: Locator) -> bool:
        return bool(target.evaluate("element => element === document.activeElement"))
