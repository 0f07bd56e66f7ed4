"""A worker killed at ten random moments: the service answers throughout, and the run ends as if nothing had been."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.utils import timezone
from pytest_django import Settings

from common.testing import database_url
from recognition.models import Decision, FaceTemplate, ModelVersion, TrainingRun
from recognition.services import identify
from recognition.services.templates import templates_embed, templates_missing
from recognition.services.training import training_request
from recognition.services.versions import version_promote, version_rollback
from recognition.tests.fake_engine import fake_photo
from recognition.tests.test_training_run import people

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

KILLS = 10
WORKER = """
import sys, django
django.setup()
from recognition.training.job import run_training
run_training(sys.argv[1], here=True)
"""


def worker_environment(models: Path) -> dict[str, str]:
    """What another process needs to work on this test's database and files."""
    return {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "tests.settings", "PRESENTE_MODELS": str(models)}


def start_worker(run: TrainingRun, models: Path) -> subprocess.Popen[bytes]:
    """Another process that works on the run, over the same database and files."""
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(run.pk)],
        cwd=django_settings.BASE_DIR,
        env={**os.environ, **worker_environment(models)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


class Caller(threading.Thread):
    """Somebody who stands at a kiosk all the time."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.versions: set[str] = set()
        self.answers = 0
        self.failed: list[Exception] = []
        self._over = threading.Event()

    def run(self) -> None:
        number = 0
        while not self._over.is_set():
            number += 1
            try:
                answer = identify(images=[fake_photo(1 + number % 10)], asker=Decision.Asker.KIOSK)
                self.versions.add(answer.version)
                self.answers += 1
            # Whatever it is, somebody stood there and was not answered.
            except Exception as error:
                self.failed.append(error)
            self._over.wait(0.05)
        connections.close_all()

    def stop(self) -> None:
        self._over.set()
        self.join()


def serve_dull() -> None:
    """A version serves that any candidate is better than."""
    dull = ModelVersion.objects.create(name="fake-dull")
    templates_embed(version=dull, photo_ids=templates_missing(dull).values_list("pk", flat=True))
    version_promote(version=dull)


def overdue(run: TrainingRun) -> None:
    """The time that the killed worker was given has passed."""
    TrainingRun.objects.filter(pk=run.pk, busy=True).update(lease_until=timezone.now())


def test_a_run_survives_ten_kills_and_nobody_at_the_door_notices(settings: Settings, tmp_path: Path) -> None:
    settings.MODELS_DIR, settings.FINE_TUNE = tmp_path / "models", False
    people(10)
    serve_dull()
    begun = time.monotonic()
    first = training_request(at_once=True)
    assert start_worker(first, settings.MODELS_DIR).wait(120) == 0
    whole = time.monotonic() - begun
    first.refresh_from_db()
    assert first.state == TrainingRun.State.PROMOTED, (first.error, first.report)
    version_rollback()

    caller, rng, hit = Caller(), random.Random(4), []
    caller.start()
    run = training_request(at_once=True)
    for _kill in range(KILLS):
        worker = start_worker(run, settings.MODELS_DIR)
        try:
            worker.wait(whole * rng.uniform(0.3, 0.95))
        except subprocess.TimeoutExpired:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        run.refresh_from_db()
        hit.append(str(run.state))
        assert ModelVersion.objects.filter(state=ModelVersion.State.ACTIVE).count() == 1
        overdue(run)
        if run.state not in TrainingRun.OPEN:
            version_rollback()
            run = training_request(at_once=True)
    assert start_worker(run, settings.MODELS_DIR).wait(120) == 0
    caller.stop()

    run.refresh_from_db()
    assert run.state == TrainingRun.State.PROMOTED, (hit, run.error)
    assert caller.failed == []
    assert caller.answers > KILLS
    assert caller.versions <= set(ModelVersion.objects.values_list("name", flat=True))
    assert run.candidate is not None
    assert not templates_missing(run.candidate).exists()
    assert FaceTemplate.objects.filter(version=run.candidate).count() == 60
    assert identify(images=[fake_photo(3)], asker=Decision.Asker.API).version == run.candidate.name
