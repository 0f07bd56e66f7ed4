"""Promote a candidate that passed: embed everybody under it, then switch in one commit."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from common.jobs import enqueue
from recognition.models import ModelVersion, TrainingRun
from recognition.services.templates import chunks, templates_embed, templates_missing
from recognition.services.training import end_locked, training_beat
from recognition.services.versions import VersionError, version_promote

log = logging.getLogger(__name__)

State = TrainingRun.State


def promotion_missing(run: TrainingRun) -> list[UUID]:
    """Photos that still lack a template under the run's candidate, but for those that it cannot read."""
    assert run.candidate is not None
    return list(
        templates_missing(run.candidate)
        .exclude(pk__in=run.unreadable)
        .order_by("created_at")
        .values_list("pk", flat=True)
    )


def promotion_embed(*, run: TrainingRun, photo_ids: Sequence[UUID | str]) -> None:
    """Give photos their templates under the candidate; what it cannot read is noted in the run."""
    assert run.candidate is not None
    lost = [str(photo.pk) for photo in templates_embed(version=run.candidate, photo_ids=photo_ids)]
    if lost:
        with transaction.atomic():
            locked = TrainingRun.objects.select_for_update().get(pk=run.pk)
            locked.unreadable = sorted({*locked.unreadable, *lost})
            locked.save(update_fields=["unreadable"])
        run.unreadable = locked.unreadable


def promotion_spread(*, run: TrainingRun) -> None:
    """Hand what is missing to the workers as a group of tasks; the last of them makes the switch.

    Raises ``LeaseLost``. Where the broker does not answer the lease runs out and the sweep comes back.
    """
    waiting = promotion_missing(run)
    if not waiting:
        promotion_finish(run_id=run.pk)
        return
    training_beat(run=run, done=0, total=len(waiting))
    for chunk in chunks(waiting):
        enqueue("recognition.training_embed", run.pk, chunk)


def promotion_step(*, run_id: UUID | str, photo_ids: Sequence[str]) -> None:
    """One task's share of the embedding, and the switch when it was the last. Safe to run twice and side by side."""
    run = TrainingRun.objects.select_related("candidate").filter(pk=run_id, state=State.EMBEDDING).first()
    if run is None:
        return
    promotion_embed(run=run, photo_ids=photo_ids)
    waiting = len(promotion_missing(run))
    TrainingRun.objects.filter(pk=run.pk, state=State.EMBEDDING).update(
        done=max(0, run.total - waiting),
        total=max(run.total, waiting),
        attempts=1,
        lease_until=timezone.now() + TrainingRun.lease_length(),
    )
    if not waiting:
        promotion_finish(run_id=run.pk)


def promotion_finish(*, run_id: UUID | str) -> bool:
    """Switch to the run's candidate, in the commit that ends the run; False while a photo still lacks its template.

    A candidate whose parent no longer serves was tested against another version than it would replace: it is refused.
    """
    with transaction.atomic():
        run = TrainingRun.objects.select_for_update().filter(pk=run_id, state=State.EMBEDDING).first()
        if run is None or run.candidate is None:
            return False
        serving = ModelVersion.objects.filter(state=ModelVersion.State.ACTIVE).first()
        if serving != run.parent:
            run.report = {**run.report, "passed": False, "reasons": [{"code": "parent_changed"}]}
            end_locked(run, State.REFUSED)
            return False
        try:
            with transaction.atomic():
                version_promote(version=run.candidate, by=run.requested_by, without=tuple(run.unreadable))
        except VersionError as error:
            if error.code == "templates_missing":
                return False
            end_locked(run, State.FAILED, error=error.message)
            return False
        run.candidate.refresh_from_db()
        run.done = run.total
        end_locked(run, State.PROMOTED)
        return True
