"""The Spanish interface is whole: every string, every placeholder, and the compiled file as it is written."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from employees.models import User

FOLDER: Path = settings.BASE_DIR / "locale" / "es" / "LC_MESSAGES"
PLACEHOLDER = re.compile(r"%\(\w+\)[-0-9.]*[a-z]|%%|%[sd]|\{\w*\}|</?\w+[^>]*>|&#?\w+;")


@pytest.fixture(scope="module")
def written() -> polib.POFile:
    return polib.pofile(str(FOLDER / "django.po"), encoding="utf-8")


def pairs(entry: polib.POEntry) -> list[tuple[str, str]]:
    """Each English form with the Spanish one that stands for it."""
    if not entry.msgid_plural:
        return [(entry.msgid, entry.msgstr)]
    return [(entry.msgid, entry.msgstr_plural[0]), (entry.msgid_plural, entry.msgstr_plural[1])]


def content(entries: list[polib.POEntry]) -> dict[tuple[str | None, str], list[tuple[str, str]]]:
    return {(entry.msgctxt, entry.msgid): pairs(entry) for entry in entries}


def test_nothing_is_untranslated_fuzzy_or_obsolete(written: polib.POFile) -> None:
    assert len(written) > 600
    assert [entry.msgid for entry in written.untranslated_entries()] == []
    assert [entry.msgid for entry in written.fuzzy_entries()] == []
    assert [entry.msgid for entry in written.obsolete_entries()] == []


def test_every_translation_keeps_its_placeholders(written: polib.POFile) -> None:
    assert [
        (english, spanish)
        for entry in written
        for english, spanish in pairs(entry)
        if Counter(PLACEHOLDER.findall(english)) != Counter(PLACEHOLDER.findall(spanish))
    ] == []


def test_the_header_says_spanish_with_two_plural_forms(written: polib.POFile) -> None:
    assert written.metadata["Language"] == "es"
    assert written.metadata["Content-Type"] == "text/plain; charset=UTF-8"
    assert written.metadata["Plural-Forms"] == "nplurals=2; plural=(n != 1);"


def test_the_compiled_file_holds_what_is_written(written: polib.POFile) -> None:
    compiled = polib.mofile(str(FOLDER / "django.mo"))

    assert content(list(compiled)) == content(list(written))


def test_a_browser_that_asks_for_spanish_gets_a_spanish_page(client: Client, hr: User) -> None:
    page = client.get(reverse("login"), headers={"accept-language": "es"})

    text = page.content.decode()
    assert page.status_code == 200
    assert '<html lang="es"' in text
    assert "Iniciar sesión" in text
    assert "Log in" not in text
