"""What workers do for doors. Opening is not among it: a door opens in the request that granted it, or not at all."""

from __future__ import annotations

from celery import shared_task

from doors.services import pulses_settle


@shared_task(name="doors.settle")
def door_settle() -> None:
    """Mark the pulses that a dead process left as void or failed."""
    pulses_settle()
