"""What workers do for doors. Opening is not among it: a door opens in the request that granted it, or not at all."""

from __future__ import annotations

from celery import shared_task

from attendance.services.doors import pulses_settle


@shared_task(name="attendance.door_settle")
def door_settle() -> None:
    """Mark the pulses that a dead process left as void or failed."""
    pulses_settle()
