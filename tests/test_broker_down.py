"""The broker is down while HR uploads: the photo waits in the database, nothing is lost, and the sweep finds it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPO = Path(__file__).resolve().parent.parent
UPLOAD = """
import json, time
from employees.services import consent_give, employee_create
from recognition.tests.fake_engine import fake_photo
from recognition.services import photo_add, photo_verdict
ana = employee_create(number="1001", first_name="Ana", time_zone="UTC")
consent_give(employee=ana, method="paper")
start = time.monotonic()
photo = photo_add(employee=ana, content=fake_photo(1), source="upload")
print(json.dumps({"state": photo_verdict(photo)["state"], "seconds": time.monotonic() - start}))
"""
SWEEP = """
from employees.models import EnrolmentPhoto
from recognition.services import photo_process, photo_requeue_stale
EnrolmentPhoto.objects.update(created_at="2026-01-01T00:00:00Z")
print(photo_requeue_stale(), photo_process(EnrolmentPhoto.objects.get().pk).state)
"""


def manage(data: Path, *arguments: str, **extra: str) -> str:
    theirs = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
    environment = {name: value for name, value in os.environ.items() if name not in theirs}
    environment |= {"PRESENTE_DATA": str(data), **extra}
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=REPO,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("redis_url", ["redis://127.0.0.1:1/0", ""], ids=["Redis", "embedded"])
def test_a_photo_waits_for_the_broker(tmp_path: Path, redis_url: str) -> None:
    manage(tmp_path, "migrate", "-v0")
    manage(tmp_path, "build_models")

    printed = manage(tmp_path, "shell", "-v0", "-c", UPLOAD, REDIS_URL=redis_url)

    answer: dict[str, Any] = json.loads(printed.splitlines()[-1])
    assert answer["state"] == "queued"
    # Celery's own retries took six seconds of the uploading person's time.
    assert answer["seconds"] < 5
    assert manage(tmp_path, "shell", "-v0", "-c", SWEEP).split()[-2:] == ["1", "accepted"]
