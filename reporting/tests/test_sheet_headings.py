"""The timesheet's headings: no word of them is wider than its column, in either language."""

from __future__ import annotations

import pytest
from django.utils import translation
from fpdf import FPDF

from reporting.files.fonts import add_fonts
from reporting.files.pdf import FONT, WIDTHS, headings


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_heading_is_broken_within_a_word(language: str) -> None:
    paper = FPDF(format="A4")
    add_fonts(paper, "")
    paper.set_font(FONT, "B", 7.5)

    with translation.override(language):
        titles = headings()

    for title, width in zip(titles, WIDTHS, strict=True):
        for word in title.split():
            assert paper.get_string_width(word) + 2 * paper.c_margin <= width, word
