"""What attendance refuses a kiosk with."""

from __future__ import annotations


class KioskError(Exception):
    """A refusal with a machine-readable ``code`` and a sentence that says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
