"""WHEN: kiosks, shifts and clock events."""

from attendance.models.events import ClockEvent, RepeatedLook
from attendance.models.kiosk import Kiosk, KioskSettings
from attendance.models.shifts import Shift, ShiftAssignment

__all__ = ["ClockEvent", "Kiosk", "KioskSettings", "RepeatedLook", "Shift", "ShiftAssignment"]
