"""What workers do for recognition. Each task takes a key, calls one service and may run twice."""

from __future__ import annotations

import logging

from celery import shared_task
from celery.signals import worker_ready

from employees.models import EnrolmentPhoto
from recognition.services.enrolment import photo_process as process
from recognition.services.enrolment import photo_requeue_stale

log = logging.getLogger(__name__)


@shared_task(name="recognition.photo_process")
def photo_process(photo_id: str) -> None:
    """Check, align and embed one enrolment photo; one that was deleted while it waited needs nothing."""
    try:
        process(photo_id)
    except EnrolmentPhoto.DoesNotExist:
        log.info("photo %s was deleted while it waited", photo_id)


@shared_task(name="recognition.photo_sweep")
def photo_sweep() -> None:
    """Queue again the photos that wait without a worker."""
    photo_requeue_stale()


@worker_ready.connect
def sweep_on_start(**_kwargs: object) -> None:
    """What the last worker left unfinished is picked up as soon as the next one stands."""
    photo_requeue_stale()
