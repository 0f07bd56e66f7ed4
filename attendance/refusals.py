"""What attendance refuses: a clock event, a correction, an absence, overtime, a period."""

from __future__ import annotations

from common.refusals import Refusal


class AttendanceRefused(Refusal):
    """A change of somebody's times that is not made."""


class NotAllowed(AttendanceRefused):
    """Somebody else may do this, and not the person who asked."""

    status = 403
