"""Text as people type it in a search: without accents, in small letters."""

from __future__ import annotations

import re
import unicodedata

LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
"""Letters that Unicode does not take apart into one without a mark and its mark."""


def plain(text: str) -> str:
    """``María Peña`` as ``maria pena``: what is stored to be searched, and what is searched for."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in apart if not unicodedata.combining(one)).translate(LETTERS)


def in_order(*parts: str) -> bytes:
    """What names are put in order by, part after part: no accents or capitals, Ñ after N, marks between words alone.

    Bytes, because each database compares letters in a way of its own: SQLite puts Á after Z, PostgreSQL as it was made.
    """
    found = []
    for part in parts:
        text = re.sub("['\u2019\u02bc`\u00b4]", "", unicodedata.normalize("NFC", part.casefold())).replace(
            "\u00f1", "n~"
        )
        found.append(" ".join(re.sub(r"[^\w~]|_", " ", plain(text)).split()))
    # Below a space: all of one last name come before those of whom it is the first word.
    return "\x01".join(found).encode()
