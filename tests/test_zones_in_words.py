"""No page shows the name of a zone to somebody who is not choosing one: “La Paz time”, not “America/La_Paz”."""

from __future__ import annotations

import re
import zoneinfo
from html.parser import HTMLParser

import pytest
from django.test import Client

from scripts.pages.addresses import pages_of
from scripts.pages.company import fill
from scripts.pages.roles import VISITOR

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

REGIONS = "|".join(sorted({name.split("/")[0] for name in zoneinfo.available_timezones() if "/" in name}))
NAME = re.compile(rf"\b(?:{REGIONS})/[A-Z]\w+")
WRITTEN = {"import_file"}
"""Where the name is what somebody wrote in a file."""
CHOSEN_OR_CODE = {"option", "script", "style", "template", "code", "pre"}


class Words(HTMLParser):
    """The text of a page, without what is chosen from and without code."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._within: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in CHOSEN_OR_CODE:
            self._within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._within and self._within[-1] == tag:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if not self._within:
            self.found += NAME.findall(data)


@pytest.mark.parametrize("role", ["hr", "auditor", "employee", VISITOR])
def test_no_page_shows_the_name_of_a_zone(role: str) -> None:
    given = pages_of(role, fill())
    client = Client()
    client.cookies.load(given.cookies)
    shown = {}
    for address in given.pages:
        words = Words()
        words.feed(client.get(address.url, follow=True).content.decode())
        if words.found and address.name not in WRITTEN:
            shown[address.name] = sorted(set(words.found))

    assert given.pages
    assert shown == {}, shown
