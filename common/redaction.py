"""Links that open something by themselves, kept out of every log."""

from __future__ import annotations

import logging
import re

TOKENS = re.compile(r"(/(?:c|calendar|kiosk/pair|password/set/[^/\s]+)/)[^/\s?#\"']+", re.IGNORECASE)
"""Addresses whose last part is a secret: correction and calendar links, pairing links, links to set a password."""


def redact(text: str) -> str:
    """The text with the secrets of such addresses left out."""
    return TOKENS.sub(r"\1…", text)


class RedactTokens(logging.Filter):
    """Leave them out of what is logged, whoever logs it."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        clean = redact(message)
        if clean != message:
            record.msg, record.args = clean, ()
        return True
