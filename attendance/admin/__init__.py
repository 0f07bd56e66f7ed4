"""HR's pages about attendance; importing them registers them."""

from attendance.admin import doors, events, kiosks, payroll, policies, queue, shifts, webhooks

__all__ = ["doors", "events", "kiosks", "payroll", "policies", "queue", "shifts", "webhooks"]
