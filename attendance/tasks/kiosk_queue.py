"""Punches that kiosks made without a network, and what the binding of requests leaves behind."""

from __future__ import annotations

from celery import shared_task

from attendance.services import queue
from attendance.services.devices import nonces_forget


@shared_task(name="attendance.queue_settle")
def queue_settle(key_id: int) -> None:
    """Recognise what one device kept, in its order."""
    queue.queue_settle(key_id=key_id)


@shared_task(name="attendance.queue_sweep")
def queue_sweep() -> None:
    """Settle what no worker holds, erase pictures that waited too long, forget nonces that have expired."""
    for key_id in queue.queues_waiting():
        queue_settle.delay(key_id)
    queue.pictures_forget()
    nonces_forget()
