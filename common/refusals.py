"""What the program refuses: the one error that services raise for people and programs alike."""

from __future__ import annotations


class Refusal(Exception):
    """Something that was asked for and is not done.

    ``code`` is for programs, ``message`` tells a person what is wrong, ``field`` names what it concerns (empty: the
    whole request) and ``remedy`` what to do where the message does not say it. ``status`` is the HTTP status of the
    answer, the class's own where a raise names none; ``retry_after`` the seconds after which to ask again.
    """

    status = 422

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str = "",
        remedy: str = "",
        status: int | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.remedy = remedy
        self.status = status or self.status
        self.retry_after = retry_after
