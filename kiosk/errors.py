"""What the kiosk app refuses a device with."""

from __future__ import annotations

from common.refusals import Refusal


class KioskError(Refusal):
    """A request of a kiosk, or a punch that it kept, that is not taken."""

    status = 400


class DeviceRefused(KioskError):
    """It is not the device that it should be, or does not prove that it is."""

    status = 403


class KioskConflict(KioskError):
    """Something else stands in this place already."""

    status = 409
