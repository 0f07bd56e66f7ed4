"""What attendance refuses: a clock event, a correction, an absence, overtime, a period."""

from __future__ import annotations

from datetime import date

from common.refusals import Refusal


class AttendanceRefused(Refusal):
    """A change of somebody's times that is not made."""


class NotAllowed(AttendanceRefused):
    """Somebody else may do this, and not the person who asked."""

    status = 403


class PeriodLocked(AttendanceRefused):
    """The day is in a locked period; ``seconds`` is by how much its work would have been another."""

    def __init__(self, message: str, *, day: date, seconds: int = 0) -> None:
        super().__init__("period_locked", message)
        self.day, self.seconds = day, seconds


class PeriodOverlaps(AttendanceRefused):
    """Another period has some of these days; ``key`` is its."""

    def __init__(self, message: str, *, key: int) -> None:
        super().__init__("overlaps", message)
        self.key = key


class ClockWrong(AttendanceRefused):
    """Nothing is stored while the server does not know what time it is."""

    status = 503
