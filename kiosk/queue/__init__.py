"""Punches made without a network: taken in, recognised at their own time, and what is unsure settled by HR."""

from kiosk.queue.receive import punch_receive
from kiosk.queue.review import picture_read, pictures_forget, punch_accept, punch_dismiss
from kiosk.queue.sealing import queue_key, queue_public_key
from kiosk.queue.settle import queue_settle, queues_waiting

__all__ = [
    "picture_read",
    "pictures_forget",
    "punch_accept",
    "punch_dismiss",
    "punch_receive",
    "queue_key",
    "queue_public_key",
    "queue_settle",
    "queues_waiting",
]
