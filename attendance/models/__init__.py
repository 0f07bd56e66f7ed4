"""WHEN: kiosks, shifts, clock events and doors."""

from attendance.models.devices import DeviceKey, UsedNonce
from attendance.models.doors import AccessEvent, Door, DoorPulse, DoorSchedule
from attendance.models.events import ClockEvent, RepeatedLook
from attendance.models.kiosk import Kiosk, KioskSettings
from attendance.models.queue import QueuedPunch, QueueKey
from attendance.models.shifts import Shift, ShiftAssignment
from attendance.models.webhooks import Webhook, WebhookDelivery

__all__ = [
    "AccessEvent",
    "ClockEvent",
    "DeviceKey",
    "Door",
    "DoorPulse",
    "DoorSchedule",
    "Kiosk",
    "KioskSettings",
    "QueueKey",
    "QueuedPunch",
    "RepeatedLook",
    "Shift",
    "ShiftAssignment",
    "UsedNonce",
    "Webhook",
    "WebhookDelivery",
]
