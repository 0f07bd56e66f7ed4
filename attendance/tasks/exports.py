"""Files that take a while. Each task takes a key, calls one service and may run twice."""

from __future__ import annotations

import logging

from celery import shared_task
from django.conf import settings

from attendance.models import ExportJob
from attendance.services import exports

log = logging.getLogger(__name__)
QUEUE = settings.QUEUES["reports"]


@shared_task(name="attendance.export_run", queue=QUEUE)
def export_run(job_id: str) -> None:
    """Make one file; one whose owner was deleted while it waited needs nothing."""
    try:
        exports.export_run(job_id=job_id)
    except ExportJob.DoesNotExist:
        log.info("export %s was deleted while it waited", job_id)


@shared_task(name="attendance.export_sweep", queue=QUEUE)
def export_sweep() -> None:
    """Pick up what waits, forget what is old."""
    exports.export_sweep()
