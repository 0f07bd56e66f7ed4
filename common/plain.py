"""Text as people type it in a search: without accents, in small letters."""

from __future__ import annotations

import unicodedata

LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
"""Letters that Unicode does not take apart into one without a mark and its mark."""


def plain(text: str) -> str:
    """``María Peña`` as ``maria pena``: what is stored to be searched, and what is searched for."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in apart if not unicodedata.combining(one)).translate(LETTERS)
