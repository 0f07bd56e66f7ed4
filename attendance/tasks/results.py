"""Counting days anew in the background. The marks in the database are the truth; a lost message costs nothing."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from attendance.services.results import results_catch_up, results_refresh


@shared_task(name="attendance.results_refresh", queue=settings.QUEUES["reports"])
def results_refresh_task() -> None:
    """Count what is marked."""
    results_refresh()


@shared_task(name="attendance.results_catch_up", queue=settings.QUEUES["reports"])
def results_catch_up_task() -> None:
    """Mark what has become settled, and count it."""
    results_catch_up()
    results_refresh()
