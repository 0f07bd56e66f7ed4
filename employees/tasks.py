"""What changes by the calendar alone, and files that are stored in small parts."""

from __future__ import annotations

import logging

from celery import shared_task

from employees.models import Employee, Import
from employees.services import imports, postings_apply
from employees.services.accounts import leavers_log_out

log = logging.getLogger(__name__)


@shared_task(name="employees.postings_apply")
def postings_apply_task() -> None:
    """Let moves that were entered for today take effect, and log out whose last day was yesterday."""
    postings_apply()
    leavers_log_out(Employee.objects.left())


@shared_task(name="employees.import_run")
def import_run(job_id: str) -> None:
    """Store one file; one that was deleted while it waited needs nothing."""
    try:
        imports.import_run(job_id=job_id)
    except Import.DoesNotExist:
        log.info("import %s was deleted while it waited", job_id)


@shared_task(name="employees.import_sweep")
def import_sweep() -> None:
    """Pick up what waits, forget what is old."""
    imports.import_sweep()
