"""The tasks of recognition. Each takes a key, calls one service and may run twice."""

from __future__ import annotations

import logging

from celery import shared_task
from celery.signals import worker_ready

from employees import gallery_revision
from employees.models import Employee, EnrolmentPhoto
from recognition import gallery
from recognition.engine.types import ModelUnavailable
from recognition.models import ModelVersion
from recognition.services.enrolment import photo_process as process
from recognition.services.enrolment import photo_requeue_stale
from recognition.services.operating import curve_measure as measure
from recognition.services.operating import curve_sweep as sweep
from recognition.services.portraits import portrait_make as cut
from recognition.services.portraits import portraits_fill
from recognition.services.templates import templates_embed as embed
from recognition.services.templates import templates_fill, templates_give_up
from recognition.services.training import training_requeue_stale
from recognition.training.subprocess import embed_in_subprocess, run_in_subprocess

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
    """Queue again the photos that wait without a worker, and what the active version lacks."""
    photo_requeue_stale()
    templates_fill()
    portraits_fill()


@shared_task(name="recognition.portrait_make")
def portrait_make(employee_id: int) -> None:
    """Cut the portrait of one person; of somebody who was removed meanwhile there is none."""
    employee = Employee.objects.filter(pk=employee_id).first()
    if employee is not None:
        cut(employee=employee)


@shared_task(name="recognition.curve_sweep")
def curve_sweep() -> None:
    """Have the threshold measured again where the gallery has changed and holds still."""
    try:
        sweep()
    except ModelUnavailable as error:
        log.info("no threshold to measure: %s", error)


@shared_task(name="recognition.curve_measure")
def curve_measure(version_id: int) -> None:
    """Measure the threshold of a version; one that is gone or no longer serves needs none."""
    version = ModelVersion.objects.filter(pk=version_id).first()
    if version is not None:
        measure(version=version)


@shared_task(name="recognition.snapshot_write")
def snapshot_write() -> None:
    """Write the file from which processes start, where somebody has changed since; forget changes of long ago."""
    gallery_revision.forget()
    try:
        gallery.snapshot_write()
    except (ModelUnavailable, OSError) as error:
        # Without the file a process reads the rows.
        log.warning("no snapshot of the gallery is written: %s", error)


@shared_task(name="recognition.templates_embed")
def templates_embed(version_id: int, photo_ids: list[str]) -> None:
    """Embed accepted photos again, under the active version; a version that was left meanwhile needs none."""
    version = ModelVersion.objects.filter(pk=version_id, state=ModelVersion.State.ACTIVE).first()
    if version is not None:
        templates_give_up(embed(version=version, photo_ids=photo_ids))


@shared_task(name="recognition.training_run")
def training_run(run_id: str) -> None:
    """Work on a training run, behind everything else that the machine does."""
    run_in_subprocess(run_id)


@shared_task(name="recognition.training_embed")
def training_embed(run_id: str, photo_ids: list[str]) -> None:
    """Embed a share of the photos under a run's candidate."""
    embed_in_subprocess(run_id, photo_ids)


@shared_task(name="recognition.training_sweep")
def training_sweep() -> None:
    """Begin the run that is due, and go on with one whose worker was killed."""
    training_requeue_stale()


@worker_ready.connect
def sweep_on_start(**_kwargs: object) -> None:
    """What the last worker left unfinished is picked up as soon as the next one stands."""
    photo_sweep()
