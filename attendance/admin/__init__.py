"""HR's pages about attendance; importing them registers them."""

from attendance.admin import events, periods, policies, shifts

__all__ = ["events", "periods", "policies", "shifts"]
