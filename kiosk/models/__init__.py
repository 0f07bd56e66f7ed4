"""What proves a device, how it behaves, the punches that it kept while the server was away, and how it was tested."""

from kiosk.models.devices import DeviceKey, UsedNonce
from kiosk.models.queue import QueuedPunch, QueueKey
from kiosk.models.settings import KioskSettings, every_day
from kiosk.models.site_test import KioskTest, KioskTestLook

__all__ = [
    "DeviceKey",
    "KioskSettings",
    "KioskTest",
    "KioskTestLook",
    "QueueKey",
    "QueuedPunch",
    "UsedNonce",
    "every_day",
]
