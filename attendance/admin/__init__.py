"""HR's pages about attendance; importing them registers them."""

from attendance.admin import events, kiosks, shifts, webhooks

__all__ = ["events", "kiosks", "shifts", "webhooks"]
