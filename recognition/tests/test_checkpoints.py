"""What fine-tuning leaves on the disk is sealed, its owner's alone, and gone when no run needs it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from pytest_django import Settings

from employees.models import Employee, User
from employees.services import consent_give, consent_withdraw, employee_create
from recognition.models import TrainingRun
from recognition.services.checkpoints import checkpoint_folder
from recognition.services.training import (
    training_cancel,
    training_claim,
    training_move,
    training_request,
    training_requeue_stale,
)
from recognition.tests.test_training_run import company, dull, work  # noqa: F401  fixtures
from recognition.training.fine_tune import Lesson, Practice, Recipe

State = TrainingRun.State


@pytest.fixture(autouse=True)
def _folders(settings: Settings, tmp_path: Path) -> None:
    settings.MODELS_DIR = tmp_path / "models"


def _practice() -> Practice:
    """Two people, a layer that is trained, and the features of four pictures."""
    import keras

    keras.utils.set_random_seed(1)
    inputs = keras.Input((8,))
    lesson = Lesson(np.zeros((4, 2, 2, 3), np.uint8), np.array([0, 0, 1, 1]), np.ones(4, np.bool_))
    features = np.random.default_rng(1).normal(size=(4, 8)).astype(np.float16)
    return Practice(
        keras.Model(inputs, keras.layers.Dense(6)(inputs)), features, lesson, np.arange(4), Recipe(epochs=3)
    )


def test_a_checkpoint_is_sealed_and_goes_on_where_it_stood(tmp_path: Path) -> None:
    folder, first = tmp_path / "run-1", _practice()
    row = {"epoch": 1, **first.epoch(0)}
    first.save(folder, [row])

    files = list(folder.iterdir())
    assert [oct(path.stat().st_mode & 0o777) for path in (folder, *files)] == ["0o700", "0o600"]
    content = files[0].read_bytes()
    assert not zipfile.is_zipfile(io.BytesIO(content))
    centre = np.asarray(first._classes.numpy()[0])
    assert centre.tobytes() not in content

    again = _practice()
    assert again.restore(folder) == [row]
    assert first.epoch(1) == again.epoch(1)


def test_another_runs_checkpoint_opens_nothing(tmp_path: Path) -> None:
    first = _practice()
    first.save(tmp_path / "run-1", [{"epoch": 1}])
    (tmp_path / "run-1").rename(tmp_path / "run-2")
    assert _practice().restore(tmp_path / "run-2") == []


def _learning(*people: Employee) -> TrainingRun:
    """A run that a worker holds, in the middle of training, with its checkpoint on the disk."""
    claimed = training_claim(training_request(at_once=True).pk)
    assert claimed is not None
    training_move(run=claimed, state=State.TRAINING, plan={"groups": {str(one.pk): "new" for one in people}})
    folder = checkpoint_folder(claimed.pk)
    folder.mkdir(parents=True)
    (folder / "checkpoint.sealed").write_bytes(b"sealed")
    return claimed


@pytest.mark.django_db(transaction=True)
def test_a_cancelled_runs_checkpoint_goes_at_once(hr: User) -> None:
    run = _learning()
    training_cancel(run=run, by=hr)
    assert not checkpoint_folder(run.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_whoever_withdraws_is_no_longer_learnt_from() -> None:
    leaver, stayer = (employee_create(number=number, first_name="Ana") for number in ("1", "2"))
    for one in (leaver, stayer):
        consent_give(employee=one, method="paper")
    run = _learning(leaver, stayer)
    consent_withdraw(employee=leaver, by=None)
    run.refresh_from_db()
    assert run.state == State.CANCELLED
    assert not checkpoint_folder(run.pk).exists()
    assert TrainingRun.objects.get(state=State.WAITING).kind == TrainingRun.Kind.FINE_TUNE


@pytest.mark.django_db(transaction=True)
def test_a_deleted_person_is_no_longer_learnt_from() -> None:
    leaver = employee_create(number="1", first_name="Ana")
    run = _learning(leaver)
    leaver.delete()
    run.refresh_from_db()
    assert run.state == State.CANCELLED
    assert not checkpoint_folder(run.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_somebody_elses_withdrawal_stops_nothing() -> None:
    learnt, other = (employee_create(number=number, first_name="Ana") for number in ("1", "2"))
    consent_give(employee=other, method="paper")
    run = _learning(learnt)
    consent_withdraw(employee=other, by=None)
    run.refresh_from_db()
    assert (run.state, checkpoint_folder(run.pk).exists()) == (State.TRAINING, True)


@pytest.mark.django_db(transaction=True)
def test_the_sweep_removes_what_a_late_worker_wrote(hr: User) -> None:
    run = _learning()
    training_cancel(run=run, by=hr)
    checkpoint_folder(run.pk).mkdir(parents=True)
    training_requeue_stale()
    assert not checkpoint_folder(run.pk).exists()


@pytest.mark.django_db
def test_a_run_that_has_learnt_keeps_no_checkpoint(company: list[Employee]) -> None:  # noqa: F811
    run = work(training_request(at_once=True))
    assert run.candidate is not None
    assert run.history
    assert not checkpoint_folder(run.pk).exists()
