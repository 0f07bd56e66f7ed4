"""WHEN: kiosks, shifts and clock events."""

from attendance.models.events import ClockEvent, RepeatedLook
from attendance.models.kiosk import Kiosk, KioskSettings
from attendance.models.shifts import Shift, ShiftAssignment
from attendance.models.webhooks import Webhook, WebhookDelivery

__all__ = [
    "ClockEvent",
    "Kiosk",
    "KioskSettings",
    "RepeatedLook",
    "Shift",
    "ShiftAssignment",
    "Webhook",
    "WebhookDelivery",
]
