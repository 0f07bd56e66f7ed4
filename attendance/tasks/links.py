"""Messages about missing check-outs."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from attendance.services.links import links_sweep


@shared_task(name="attendance.links_sweep", queue=settings.QUEUES["reports"])
def links_sweep_task() -> None:
    """Write to whoever forgot to clock out."""
    links_sweep()
