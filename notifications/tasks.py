"""Telling people: each task takes a key or nothing, calls one service and may run twice."""

from __future__ import annotations

import logging

from celery import shared_task

from notifications.models import Delivery
from notifications.services import delivering
from notifications.services.calendar import look

log = logging.getLogger(__name__)


@shared_task(name="notifications.deliver")
def deliver(delivery_id: str) -> None:
    """Send one message; one that was deleted while it waited needs nothing."""
    try:
        delivering.deliver(delivery_id=delivery_id)
    except Delivery.DoesNotExist:
        log.info("message %s was deleted while it waited", delivery_id)


@shared_task(name="notifications.sweep")
def sweep() -> None:
    """Queue the messages whose time has come."""
    delivering.sweep()


@shared_task(name="notifications.look")
def look_task() -> None:
    """Find what the clock tells: missing punches, who is late, overtime that waits, periods that are over."""
    look()
