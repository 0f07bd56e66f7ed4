"""What workers do for recognition. Each task takes a key, calls one service and may run twice."""

from __future__ import annotations

from celery import shared_task
from celery.signals import worker_ready

from recognition.services.enrolment import photo_process as process
from recognition.services.enrolment import photo_requeue_stale


@shared_task(name="recognition.photo_process")
def photo_process(photo_id: str) -> None:
    """Check, align and embed one enrolment photo."""
    process(photo_id)


@shared_task(name="recognition.photo_sweep")
def photo_sweep() -> None:
    """Queue again the photos that wait without a worker."""
    photo_requeue_stale()


@worker_ready.connect
def sweep_on_start(**_kwargs: object) -> None:
    """What the last worker left unfinished is picked up as soon as the next one stands."""
    photo_requeue_stale()
