"""What leave refuses: an absence that the balance does not cover, an entry of a ledger, a pack."""

from __future__ import annotations

from attendance.refusals import AttendanceRefused


class LeaveRefused(AttendanceRefused):
    """Something about leave that is not done."""


class BalanceTooLow(LeaveRefused):
    """An absence for which there is not enough leave."""


class NotForYou(LeaveRefused):
    """Somebody else may do this."""

    status = 403
