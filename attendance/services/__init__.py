"""Writes of attendance."""

from attendance.services.clock import ClockRefused, ClockResult, clock, next_direction, recent_event

__all__ = ["ClockRefused", "ClockResult", "clock", "next_direction", "recent_event"]
