"""Files made by a worker: asked for, made with progress, fetched later, forgotten after a week."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import IO, cast
from uuid import UUID

from django.core.files.base import File
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from common.jobs import enqueue
from common.leases import LeaseLost
from employees.access import reads_reports, visible_employees
from employees.models import User
from reporting.files.build import Spec, lines, people_for, sheet
from reporting.models import ExportJob, PayrollLayout

log = logging.getLogger(__name__)

State = ExportJob.State
KEPT = timedelta(days=7)
MAX_ATTEMPTS = 3
TOLD_EVERY = 1.0
"""Seconds between two notes of progress, each of which renews the lease."""


def export_request(*, spec: Spec, by: User) -> ExportJob:
    """Have a worker make this file. Whom it may show is asked when it is made."""
    with transaction.atomic():
        job = ExportJob.objects.create(
            requested_by=by, spec=spec.as_json(), file_name=spec.file_name, language=translation.get_language() or "en"
        )
        enqueue("reporting.export_run", job.pk)
    return job


def export_run(*, job_id: UUID | str) -> ExportJob:
    """Make the file. Safe to run twice and in two workers at once: the first one claims it."""
    job = ExportJob.claim(job_id, Q(state__in=[State.WAITING, State.RUNNING]), state=State.RUNNING, done=0)
    if job is None:
        return ExportJob.objects.get(pk=job_id)
    try:
        return _run(job)
    except LeaseLost:
        log.warning("export %s was taken over by another worker", job.pk)
        return ExportJob.objects.get(pk=job_id)


def _run(job: ExportJob) -> ExportJob:
    if job.attempts > MAX_ATTEMPTS:
        return _finish(job, State.FAILED, _("The export failed several times. Try again with fewer people."))
    if not reads_reports(job.requested_by):
        return _finish(job, State.FAILED, _("Your role no longer opens this report."))
    with translation.override(job.language):
        try:
            _make(job)
        except PayrollLayout.DoesNotExist:
            return _finish(job, State.FAILED, _("The payroll layout was deleted."))
    return _finish(job, State.DONE, "")


def export_open(*, job: ExportJob) -> IO[bytes] | None:
    """The finished file; None where it is gone, or shows somebody whom its owner may not see any more."""
    storage = storages["exports"]
    visible = visible_employees(job.requested_by).order_by().values_list("pk", flat=True)
    if not set(job.shown) <= set(visible) or not storage.exists(job.path):
        return None
    return cast(IO[bytes], storage.open(job.path))


def export_sweep() -> int:
    """Queue what waits without a worker and forget what is old; returns how many were queued."""
    now = timezone.now()
    for old in ExportJob.objects.filter(created_at__lt=now - KEPT):
        storages["exports"].delete(old.path)
        old.delete()
    late = now - timedelta(seconds=10)
    stale = Q(state=State.WAITING, created_at__lt=late) | Q(ExportJob.stale(now), state=State.RUNNING)
    waiting = list(ExportJob.objects.filter(stale).order_by("created_at").values_list("pk", flat=True)[:50])
    for key in waiting:
        enqueue("reporting.export_run", key)
    return len(waiting)


def _make(job: ExportJob) -> None:
    spec, user = Spec.from_json(job.spec), job.requested_by
    shown = list(people_for(spec, user).order_by().values_list("pk", flat=True))
    job.renew(total=len(shown), shown=shown)
    told = [time.monotonic()]

    def tick(count: int) -> None:
        if time.monotonic() - told[0] > TOLD_EVERY:
            told[0] = time.monotonic()
            job.renew(done=count)

    storage = storages["exports"]
    storage.delete(job.path)
    if spec.form == "xlsx":
        with sheet(spec, user, tick) as file:
            storage.save(job.path, File(file))
        return
    storage.save(job.path, _Stream(lines(spec, user, tick)))


class _Stream(File):  # type: ignore[type-arg]
    """An iterator of bytes that a storage can save piece by piece."""

    def __init__(self, pieces: object) -> None:
        super().__init__(None, name="export")
        self._pieces = pieces

    def chunks(self, chunk_size: int | None = None) -> object:  # type: ignore[override]
        """The pieces as they come."""
        return self._pieces


def _finish(job: ExportJob, state: str, error: str) -> ExportJob:
    if not job.release(state=state, error=error[:300], finished_at=timezone.now(), done=F("total")):
        raise LeaseLost
    job.refresh_from_db()
    return job
