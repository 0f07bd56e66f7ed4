"""What the program refuses: the one error that services raise for people and programs alike."""

from __future__ import annotations


class Refusal(Exception):
    """Something that was asked for and is not done.

    ``code`` is for programs, ``message`` tells a person what to do, ``field`` names what it concerns (empty: the whole
    request). ``status`` is the HTTP status that the API answers with.
    """

    status = 422

    def __init__(self, code: str, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
