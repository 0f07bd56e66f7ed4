"""Asking for a training, putting it off, cancelling it and finding it again: no network is trained here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from employees.models import User
from recognition.models import FaceTemplate, ModelVersion, TrainingRun
from recognition.services.training import (
    RunRefused,
    release_request,
    training_cancel,
    training_claim,
    training_end,
    training_forget,
    training_move,
    training_request,
    training_requeue_stale,
)

pytestmark = pytest.mark.django_db
State = TrainingRun.State
DELAY = 600


@pytest.fixture(autouse=True)
def _delay(settings: Settings) -> None:
    settings.TRAINING_DELAY = DELAY


def claimed(**changes: Any) -> TrainingRun:
    """A run that this worker holds."""
    run = training_claim(training_request(at_once=True).pk)
    assert run is not None
    if changes:
        training_move(run=run, **changes)
    return run


def refused(code: str) -> Any:
    return pytest.raises(RunRefused, check=lambda error: error.code == code)


def test_a_run_waits_for_its_delay_and_keeps_who_asked_and_how(hr: User) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        run = training_request(by=hr, options={"epochs": 3})

        assert run.not_before == timezone.now() + timedelta(seconds=DELAY)
        assert (run.state, run.kind, run.requested_by, run.options) == ("waiting", "fine_tune", hr, {"epochs": 3})
        again = training_request()
    assert (again.pk, again.requested_by, again.options) == (run.pk, hr, {"epochs": 3})


def test_asked_for_at_once_it_no_longer_waits_and_takes_the_new_figures(hr: User) -> None:
    training_request(options={"epochs": 3})
    with time_machine.travel(timezone.now(), tick=False):
        run = training_request(by=hr, at_once=True, options={"epochs": 5})

        assert (run.not_before, run.requested_by, run.options) == (timezone.now(), hr, {"epochs": 5})


def test_photos_that_keep_coming_put_a_run_off_by_six_delays_at_most() -> None:
    begun = timezone.now()
    with time_machine.travel(begun, tick=False):
        training_request()
    waits = []
    for delays in (4.5, 5.5, 7):
        with time_machine.travel(begun + timedelta(seconds=delays * DELAY), tick=False):
            waits.append((training_request().not_before - begun).total_seconds() / DELAY)

    assert waits == [5.5, 6, 7]


def test_a_run_is_taken_when_it_is_due_and_then_prepares() -> None:
    run = training_request()
    assert training_claim(run.pk) is None
    TrainingRun.objects.update(not_before=timezone.now())

    taken = training_claim(run.pk)

    assert taken is not None
    assert (taken.state, taken.busy, taken.attempts) == (State.PREPARING, True, 1)
    assert taken.started_at is not None


def test_a_worker_that_takes_a_run_over_goes_on_where_it_stood() -> None:
    first = claimed(state=State.TRAINING)
    TrainingRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    second = training_claim(first.pk)

    assert second is not None
    assert (second.state, second.attempts, second.started_at) == (State.TRAINING, 2, first.started_at)


def test_the_next_state_begins_its_own_count() -> None:
    run = claimed()
    TrainingRun.objects.update(done=3, total=9)

    training_move(run=run, state=State.TRAINING, history=[{"epoch": 1}])

    run = TrainingRun.objects.get()
    assert (run.state, run.done, run.total, run.history) == (State.TRAINING, 0, 0, [{"epoch": 1}])


def test_the_sweep_finds_one_that_is_due_or_what_a_killed_worker_left() -> None:
    training_request()
    assert training_requeue_stale() == 0
    TrainingRun.objects.update(not_before=timezone.now() - timedelta(seconds=1))
    assert training_requeue_stale() == 1

    held = training_claim(TrainingRun.objects.get().pk)
    training_request(at_once=True)
    assert held is not None
    assert training_requeue_stale() == 0
    TrainingRun.objects.filter(pk=held.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert training_requeue_stale() == 1


def test_a_run_that_ends_keeps_no_lease_and_its_candidate_no_templates(hr: User) -> None:
    candidate = ModelVersion.objects.create(name="fake-2")
    run = claimed(state=State.TESTING, candidate=candidate)

    training_end(run=run, state=State.REFUSED, error="x" * 501, report={"passed": False})

    assert (run.state, run.busy, run.error, run.report) == (State.REFUSED, False, "x" * 500, {"passed": False})
    assert (run.lease_until, run.finished_at is not None) == (None, True)
    candidate.refresh_from_db()
    assert candidate.state == ModelVersion.State.REFUSED
    assert not FaceTemplate.objects.filter(version=candidate).exists()
    with refused("run_ended"):
        training_cancel(run=run, by=hr)


def test_who_cancels_a_run_that_waits_is_named(hr: User) -> None:
    run = training_cancel(run=training_request(), by=hr)

    assert (run.state, run.error) == (State.CANCELLED, str(hr))
    assert training_cancel(run=training_request(), by=None).error == ""


def test_a_version_that_serves_is_not_released_and_one_release_waits_at_a_time(hr: User) -> None:
    with refused("already_active"):
        release_request(version=ModelVersion.objects.get(state="active"), by=hr)
    version = ModelVersion.objects.create(name="fake-2")
    run = release_request(version=version, by=hr)
    assert (run.kind, run.candidate, run.requested_by, run.state) == ("release", version, hr, "waiting")

    with refused("run_waits"):
        release_request(version=version)
    # A fine-tune may wait beside it.
    assert training_request().pk != run.pk


@pytest.mark.parametrize(
    ("state", "learnt", "ends"),
    [
        (State.PREPARING, "8", True),
        (State.TRAINING, "7", True),
        (State.TRAINING, "8", False),
        (State.TESTING, "7", False),
    ],
)
def test_a_run_ends_when_a_face_it_learns_from_may_no_longer_be_used(
    hr: User, state: str, learnt: str, ends: bool
) -> None:
    run = claimed(state=state, plan={"groups": {learnt: []}})
    TrainingRun.objects.update(requested_by=hr, options={"epochs": 3})

    training_forget(employee_id=7)

    run.refresh_from_db()
    assert (run.state == State.CANCELLED) is ends
    following = TrainingRun.objects.filter(state=State.WAITING).first()
    assert (following is not None) is ends
    if following:
        assert (following.requested_by, following.options) == (hr, {"epochs": 3})
