"""What keeps somebody from using a page, as axe finds it."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WCAG = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
"""For parts of a page: what axe calls best practice judges whole pages."""
STILL = "document.getAnimations().forEach(each => each.effect.getComputedTiming().endTime < Infinity && each.finish())"


def violations(page: Page, *, within: str = "") -> list[str]:
    """Each rule that the page breaks, or the part of it that the selector ``within`` names, and its first element.

    What fades in has the colours of neither its beginning nor its end: the page stands still first.
    """
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(STILL)
    options: dict[str, object] = {"resultTypes": ["violations"]}
    if within:
        options["runOnly"] = WCAG
    found = Axe().run(page, context=within or None, options=options)
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found.response["violations"]]
