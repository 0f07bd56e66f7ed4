"""HR's pages about attendance; importing them registers them."""

from attendance.admin import events, policies, shifts

__all__ = ["events", "policies", "shifts"]
