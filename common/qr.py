"""QR codes, drawn here: no text that they hold goes to anybody else."""

from __future__ import annotations

import segno
from django.utils.safestring import SafeString, mark_safe


def qr_svg(text: str) -> SafeString:
    """The text as a QR code, an inline SVG in black on white that fills its container."""
    drawing = segno.make(text, error="m", micro=False).svg_inline(dark="#000", light="#fff", border=4, omitsize=True)
    # The picture is made of a path's numbers; the text itself is not written in it.
    return mark_safe(drawing)
