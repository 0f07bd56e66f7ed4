"""The walk: each role's pages, one after the other, in every view; what is wrong with them."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from scripts.pages.addresses import Address, Found, pages_of
from scripts.pages.company import Made
from scripts.pages.looking import TOUCHED, Fault, Onlooker, Scheme, View
from scripts.pages.naming import names_in
from scripts.pages.roles import KIOSK, LOGGED_IN
from scripts.pages.starting import browsers


@dataclass(slots=True)
class Walk:
    """What is walked, and what was found."""

    base: str
    made: Made
    roles: Sequence[str]
    widths: Sequence[int]
    languages: Iterable[str]
    schemes: Sequence[Scheme]
    pages: Sequence[str]
    out: Path | None = None
    axe: bool = True
    faults: list[Fault] = field(default_factory=list)
    missing: dict[str, list[str]] = field(default_factory=dict)
    looked: int = 0
    walked: set[tuple[str, str]] = field(default_factory=set)

    def go(self) -> None:
        """Walk all of it in a Chromium of each language."""
        with sync_playwright() as driver:
            self.through(browsers(driver, self.languages))

    def through(self, started: Mapping[str, Browser]) -> None:
        """Walk all of it in these browsers, one for each language."""
        for role in self.roles:
            # Now, not before: to pair the tablet makes the visitor's link to pair it void.
            theirs = self.found(role)
            for language in self.languages:
                names_in(language)
                for touch in (True, False):
                    self._walk(started[language], role, theirs, language, touch)

    def found(self, role: str) -> Found:
        """The role's pages, of those that were asked for."""
        theirs = pages_of(role, self.made, self.pages)
        if theirs.missing:
            self.missing[role] = theirs.missing
        return theirs

    def _walk(self, browser: Browser, role: str, found: Found, language: str, touch: bool) -> None:
        widths = [width for width in self.widths if (width <= TOUCHED) == touch]
        views = [View(language, scheme, width) for width in widths for scheme in self.schemes]
        if not views or not found.pages:
            return
        onlooker = Onlooker(browser, self.base, role, found, language=language, touch=touch)
        for address in found.pages:
            said = onlooker.open(address)
            self._note(onlooker, address, views[0], said)
            for name in self.stages(onlooker, address):
                self._stage(onlooker, name, views)
            self._note(onlooker, address, views[-1], onlooker.heard())
            if onlooker.role in LOGGED_IN and not touch:
                self._note(onlooker, address, views[-1], onlooker.refused())
            print(f"{role} {language} {'finger' if touch else 'mouse'} {address.name}", file=sys.stderr)
        onlooker.close()

    def stages(self, onlooker: Onlooker, address: Address) -> Iterator[Address]:
        """The page itself; of a kiosk, each of its screens."""
        if onlooker.role != KIOSK:
            yield address
            return
        for state in onlooker.screens():
            onlooker.screen(state)
            yield Address(f"kiosk_{state}", address.url)

    def _stage(self, onlooker: Onlooker, address: Address, views: Sequence[View]) -> None:
        self.walked.add((onlooker.role, address.name))
        # Axe once for finger and mouse, in light or dark by turns: both languages together have all four.
        judged = (onlooker.language == "en") == onlooker.touch
        last = [view for view in views if (view.scheme == "dark") == judged] or list(views)
        for view in views:
            self._note(onlooker, address, view, onlooker.look(view))
            self.looked += 1
            if self.axe and view == last[-1]:
                self._note(onlooker, address, view, onlooker.access())
            if self.out:
                name = address.name.replace(":", "-")
                onlooker.shoot(self.out / onlooker.role / name / f"{view}.jpg".replace(" ", "-"))

    def _note(self, onlooker: Onlooker, address: Address, view: View, said: Iterable[str]) -> None:
        self.faults += [Fault(onlooker.role, address.name, str(view), each) for each in said]


def table(faults: Iterable[Fault]) -> str:
    """One line for each fault of a page, with the views that have it; the same in several roles once."""
    lines: dict[tuple[str, str], tuple[set[str], list[str]]] = defaultdict(lambda: (set(), []))
    for fault in faults:
        roles, views = lines[fault.page, fault.said]
        roles.add(fault.role)
        if fault.view not in views:
            views.append(fault.view)
    return "\n".join(
        f"{page} ({', '.join(sorted(roles))}; {views[0]}{f' and {len(views) - 1} more' if views[1:] else ''}): {said}"
        for (page, said), (roles, views) in sorted(lines.items())
    )
