"""WHEN: kiosks, shifts and clock events."""

from attendance.models.events import ClockEvent, RepeatedLook
from attendance.models.kiosk import Kiosk
from attendance.models.shifts import Shift, ShiftAssignment

__all__ = ["ClockEvent", "Kiosk", "RepeatedLook", "Shift", "ShiftAssignment"]
