"""Writes of attendance."""

from attendance.refusals import AttendanceRefused
from attendance.services.clock import ClockResult, clock, next_direction, recent_event

__all__ = ["AttendanceRefused", "ClockResult", "clock", "next_direction", "recent_event"]
