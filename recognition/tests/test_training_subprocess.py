"""A training task works in a process of its own; killed, it harms neither the worker nor the next task."""

from __future__ import annotations

import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pytest_django import Settings

from recognition import tasks
from recognition.models import TrainingRun
from recognition.services.promotion import promotion_missing
from recognition.services.training import training_request
from recognition.tests.test_training_kills import overdue, serve_dull, worker_environment
from recognition.tests.test_training_run import people

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrainingRun:
    settings.MODELS_DIR, settings.FINE_TUNE = tmp_path / "models", False
    for name, value in worker_environment(settings.MODELS_DIR).items():
        monkeypatch.setenv(name, value)
    people(10)
    serve_dull()
    return training_request(at_once=True)


def at_work() -> list[int]:
    """The processes of training tasks that this one has started."""
    shown = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(os.getpid())], capture_output=True, text=True, check=True
    ).stdout
    return [int(line.split()[0]) for line in shown.splitlines() if "recognition.training.subprocess" in line]


def test_the_work_is_done_and_its_process_is_gone(run: TrainingRun) -> None:
    tasks.training_run(str(run.pk))
    run.refresh_from_db()
    assert run.state == TrainingRun.State.EMBEDDING, run.report or run.error
    tasks.training_embed(str(run.pk), [str(pk) for pk in promotion_missing(run)])
    run.refresh_from_db()
    assert run.state == TrainingRun.State.PROMOTED, run.error
    assert at_work() == []


def test_who_kills_it_kills_nothing_else(run: TrainingRun) -> None:
    with ThreadPoolExecutor(1) as threads:
        working = threads.submit(tasks.training_run, str(run.pk))
        while not (found := at_work()):
            assert not working.done(), working.exception()
        assert os.getsid(found[0]) == found[0], "it would slow down this whole session"
        os.kill(found[0], signal.SIGKILL)
        with pytest.raises(subprocess.CalledProcessError, match="SIGKILL"):
            working.result()
    overdue(run)
    tasks.training_run(str(run.pk))
    run.refresh_from_db()
    assert run.state == TrainingRun.State.EMBEDDING, run.report or run.error
