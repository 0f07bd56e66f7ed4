"""Request, claim, renew, move on and end training runs; the work itself is ``recognition.training``.

The row is the truth: a worker that is killed leaves a state and a lease, and the sweep hands both to the next one.
"""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from common.jobs import enqueue
from common.refusals import Refusal
from employees.models import User
from recognition.models import FaceTemplate, ModelVersion, TrainingRun
from recognition.services.checkpoints import checkpoint_forget, checkpoints_tidy

log = logging.getLogger(__name__)

State = TrainingRun.State
Kind = TrainingRun.Kind
MAX_ATTEMPTS = 15
"""Times a run may be taken over before it is given up: something kills every worker that touches it."""
DEBOUNCES = 6
"""However many photos keep coming, a run waits for no more than so many delays."""


class RunRefused(Refusal):
    """A training run that cannot be asked for or cancelled."""


def training_request(
    *, by: User | None = None, at_once: bool = False, options: dict[str, Any] | None = None
) -> TrainingRun:
    """Ask for a fine-tune. One that waits already is put off a little further, so that a day's hires make one run.

    ``at_once``: without the delay. ``options``: a recipe's figures instead of the defaults.
    """
    delay = timedelta(seconds=0 if at_once else settings.TRAINING_DELAY)
    now = timezone.now()
    with transaction.atomic():
        run, created = TrainingRun.objects.select_for_update().get_or_create(
            kind=Kind.FINE_TUNE,
            state=State.WAITING,
            defaults={"not_before": now + delay, "requested_by": by, "options": options or {}},
        )
        if not created:
            latest = run.created_at + DEBOUNCES * timedelta(seconds=settings.TRAINING_DELAY)
            run.not_before = now if at_once else min(now + delay, max(latest, now))
            run.requested_by = by or run.requested_by
            run.options = options or run.options
            run.save(update_fields=["not_before", "requested_by", "options"])
        if at_once:
            enqueue("recognition.training_run", run.pk)
    return run


def release_request(*, version: ModelVersion, by: User | None = None) -> TrainingRun:
    """Put a version that is at hand (registered, or retired) through test, re-embedding and promotion.

    Raises ``RunRefused`` (``already_active``, ``run_waits``).
    """
    if version.state == ModelVersion.State.ACTIVE:
        raise RunRefused("already_active", _("%(name)s is active already.") % {"name": version.name})
    try:
        with transaction.atomic():
            run = TrainingRun.objects.create(kind=Kind.RELEASE, candidate=version, requested_by=by)
            enqueue("recognition.training_run", run.pk)
    except IntegrityError as error:
        raise RunRefused("run_waits", _("Another release waits already. Let it finish, or cancel it.")) from error
    return run


def training_cancel(*, run: TrainingRun, by: User | None) -> TrainingRun:
    """Stop a run that waits or works; its worker notices within seconds. What serves is untouched.

    Raises ``RunRefused`` (``run_ended``).
    """
    with transaction.atomic():
        locked = TrainingRun.objects.select_for_update().get(pk=run.pk)
        if locked.state not in TrainingRun.OPEN:
            raise RunRefused("run_ended", _("This training has ended already."))
        return end_locked(locked, State.CANCELLED, error=str(by or ""))


def training_claim(run_id: uuid.UUID | str) -> TrainingRun | None:
    """Take a run for this worker: one that is due, or one whose holder's lease ran out. None when it is not to be had.

    A run that was taken too often ends as failed.
    """
    now = timezone.now()
    try:
        with transaction.atomic():
            run = TrainingRun.claim(run_id, Q(state=State.WAITING, not_before__lte=now) | Q(busy=True))
            if run is None:
                return None
            if run.attempts > MAX_ATTEMPTS:
                end_locked(run, State.FAILED, error=_("Given up after %(count)d attempts.") % {"count": MAX_ATTEMPTS})
                return None
            if run.state == State.WAITING:
                run.state, run.busy, run.started_at = State.PREPARING, True, now
                run.save()
            return run
    except IntegrityError:
        # Another run is being worked on: this one keeps waiting, the sweep comes back to it.
        return None


def training_beat(*, run: TrainingRun, **figures: Any) -> None:
    """Keep the lease, and store ``figures`` (``done``, ``total``, ``history``, …) as the run's progress.

    Raises ``LeaseLost``.
    """
    run.renew(**figures)


def training_move(*, run: TrainingRun, state: str, **figures: Any) -> None:
    """Enter the next state; what was done up to here is not done again. Raises ``LeaseLost``."""
    training_beat(run=run, state=state, done=0, total=0, **figures)


def training_end(*, run: TrainingRun, state: str, error: str = "", **figures: Any) -> None:
    """End a run that this worker holds; raises ``LeaseLost``."""
    with transaction.atomic():
        training_beat(run=run, **figures)
        end_locked(TrainingRun.objects.select_for_update().get(pk=run.pk), state, error=error)
    run.refresh_from_db()


def training_forget(*, employee_id: int) -> None:
    """Somebody's face may no longer be learnt from: a run that does so ends with its checkpoint, and is asked for anew.

    What it would have made without this person, the next run makes.
    """
    with transaction.atomic():
        learning = TrainingRun.objects.select_for_update().filter(state__in=[State.PREPARING, State.TRAINING])
        for run in learning:
            if run.state == State.PREPARING or str(employee_id) in run.plan.get("groups", {}):
                end_locked(run, State.CANCELLED, error=_("A consent was withdrawn; another run follows."))
                training_request(by=run.requested_by, options=run.options)


def training_end_taught(*, employee_id: int) -> None:
    """As ``training_forget``, and a run that has learnt already ends too: its candidate is not to be promoted."""
    training_forget(employee_id=employee_id)
    with transaction.atomic():
        taught = TrainingRun.objects.select_for_update().filter(state__in=[State.TESTING, State.EMBEDDING])
        for run in taught.filter(kind=Kind.FINE_TUNE):
            if str(employee_id) in run.plan.get("groups", {}):
                end_locked(run, State.CANCELLED, error=_("A consent was withdrawn; another run follows."))
                training_request(by=run.requested_by, options=run.options)


def training_requeue_stale() -> int:
    """Queue again what is due or was left by a killed worker; returns how many."""
    checkpoints_tidy()
    now = timezone.now()
    left = list(TrainingRun.objects.filter(TrainingRun.stale(now), busy=True))
    due = TrainingRun.objects.filter(state=State.WAITING, not_before__lte=now).order_by("not_before")
    runs = left or ([] if TrainingRun.objects.filter(busy=True).exists() else list(due[:1]))
    for run in runs:
        enqueue("recognition.training_run", run.pk)
    return len(runs)


def end_locked(run: TrainingRun, state: str, *, error: str = "") -> TrainingRun:
    """The last state of a locked row; a candidate that will not serve leaves no templates behind."""
    run.state, run.busy, run.finished_at, run.error = state, False, timezone.now(), error[:500]
    run.lease_end()
    run.save()
    transaction.on_commit(partial(checkpoint_forget, run.pk))
    candidate = run.candidate
    if candidate is not None and candidate.state == ModelVersion.State.CANDIDATE and state != State.PROMOTED:
        ModelVersion.objects.filter(pk=candidate.pk).update(state=ModelVersion.State.REFUSED)
        FaceTemplate.objects.filter(version=candidate).delete()
    return run
