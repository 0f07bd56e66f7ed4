"""Links that open something by themselves, kept out of every log."""

from __future__ import annotations

import logging
import re

TOKENS = re.compile(
    r"(/(?:c|calendar|consent|kiosk/pair|(?:password/set|invitation)/[^/\s]+)/"
    r"|[?&](?:token|code|state|id_token_hint)=)[^/\s?#&\"']+",
    re.IGNORECASE,
)
"""Addresses whose last part is a secret: links of corrections, calendars, consents, pairing, invitations, and to set a
password, and the link to the first account; and what a login server sends back."""


def redact(text: str) -> str:
    """The text with the secrets of such addresses left out."""
    return TOKENS.sub(r"\1…", text)


class RedactTokens(logging.Filter):
    """Leave them out of what is logged, whoever logs it; and say in one line what was refused (400 to 499).

    Where in the program a refusal was raised is no news, and would let anybody fill the log.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        clean = redact(message)
        if clean != message:
            record.msg, record.args = clean, ()
        if 400 <= getattr(record, "status_code", 500) < 500:
            record.exc_info = record.exc_text = None
        return True
