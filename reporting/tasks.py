"""Files that take a while, and reports by e-mail. The rows say what is due; a lost message costs a minute."""

from __future__ import annotations

import logging

from celery import shared_task

from reporting.models import ExportJob
from reporting.services import exports
from reporting.services.schedules import reports_sweep

log = logging.getLogger(__name__)


@shared_task(name="reporting.export_run")
def export_run(job_id: str) -> None:
    """Make one file; one whose owner was deleted while it waited needs nothing."""
    try:
        exports.export_run(job_id=job_id)
    except ExportJob.DoesNotExist:
        log.info("export %s was deleted while it waited", job_id)


@shared_task(name="reporting.export_sweep")
def export_sweep() -> None:
    """Pick up what waits, forget what is old."""
    exports.export_sweep()


@shared_task(name="reporting.reports_sweep")
def reports_sweep_task() -> None:
    """Begin what is due and send what is made."""
    reports_sweep()
