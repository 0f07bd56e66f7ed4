"""The fonts of a PDF: Roboto, and where a name has letters that it lacks, others that have them.

FiraGO (SIL Open Font License) has Arabic, Hebrew, Thai, Georgian and Devanagari. Chinese, Japanese and Korean need a
font of the machine: the usual places are looked at, or ``PRESENTE_PDF_FONT`` names a file.
"""

from __future__ import annotations

import os
import tempfile
from functools import lru_cache
from itertools import chain
from pathlib import Path

import font_roboto
import pymupdf_fonts
from fontTools.ttLib import TTFont
from fpdf import FPDF

ROBOTO = "Roboto"
PLACES = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/System/Library/Fonts/Supplemental/Arial Unicode.ttf",
    "/Library/Fonts/Arial Unicode.ttf",
)


def add_fonts(paper: FPDF, text: str) -> None:
    """Give ``paper`` Roboto, and as many other fonts as the letters of ``text`` need; Arabic is shaped and runs right
    to left."""
    paper.add_font(ROBOTO, "", font_roboto.Roboto)
    paper.add_font(ROBOTO, "B", font_roboto.RobotoBold)
    lacking = _letters(text) - covered(font_roboto.Roboto)
    added: list[str] = []
    for path in _others():
        if lacking & covered(path):
            name = f"other{len(added)}"
            paper.add_font(name, "", path)
            paper.add_font(name, "B", path)
            added.append(name)
            lacking -= covered(path)
    if added:
        paper.set_fallback_fonts(added, exact_match=False)
        paper.set_text_shaping(True)


def unprintable(text: str) -> bool:
    """Whether no font of this machine has all letters of ``text``."""
    fonts = (covered(path) for path in (font_roboto.Roboto, *_others()))
    return bool(_letters(text) - set(chain.from_iterable(fonts)))


@lru_cache(maxsize=8)
def covered(path: str) -> frozenset[int]:
    """The code points that a font file has."""
    with TTFont(path, fontNumber=0, lazy=True) as font:
        return frozenset(font.getBestCmap())


def _letters(text: str) -> set[int]:
    return {ord(one) for one in text if not one.isspace()}


def _others() -> tuple[str, ...]:
    own = os.environ.get("PRESENTE_PDF_FONT", "")
    found = [one for one in (own, *PLACES) if one and Path(one).is_file()]
    return (_firago(), *found[:1])


@lru_cache(maxsize=1)
def _firago() -> str:
    """The package keeps its fonts as bytes, and a PDF is made from files: one for the life of the process."""
    file = tempfile.NamedTemporaryFile(prefix="presente-font-", suffix=".ttf", delete=False)  # noqa: SIM115
    with file:
        file.write(pymupdf_fonts.fontbuffers["figo"]())
    return file.name
