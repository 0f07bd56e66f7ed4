"""HR's pages about attendance; importing them registers them."""

from attendance.admin import doors, events, kiosks, queue, shifts, webhooks

__all__ = [
    "doors",
    "events",
    "kiosks",
    "queue",
    "shifts",
    "webhooks",
]
