"""What workers do for templates that follow their people."""

from __future__ import annotations

from celery import shared_task

from attendance.services.refresh import refresh_settle as settle


@shared_task(name="attendance.refresh_settle")
def refresh_settle() -> None:
    """Confirm or delete the looks that have waited for a day."""
    settle()
