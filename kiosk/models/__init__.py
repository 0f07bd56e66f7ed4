"""What proves a device, how it behaves, and the punches that it kept while the server was away."""

from kiosk.models.devices import DeviceKey, UsedNonce
from kiosk.models.queue import QueuedPunch, QueueKey
from kiosk.models.settings import KioskSettings, every_day

__all__ = ["DeviceKey", "KioskSettings", "QueueKey", "QueuedPunch", "UsedNonce", "every_day"]
