"""Reports by e-mail. The rows say what is due and what was sent; a lost message costs a minute."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from attendance.services.reports import reports_sweep


@shared_task(name="attendance.reports_sweep", queue=settings.QUEUES["reports"])
def reports_sweep_task() -> None:
    """Begin what is due and send what is made."""
    reports_sweep()
