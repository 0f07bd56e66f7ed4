"""HR's pages about attendance; importing them registers them."""

from attendance.admin import doors, events, kiosks, policies, queue, shifts, webhooks

__all__ = [
    "doors",
    "events",
    "kiosks",
    "policies",
    "queue",
    "shifts",
    "webhooks",
]
